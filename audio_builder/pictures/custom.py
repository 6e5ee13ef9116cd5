"""An author's own cover, held to the rules that the drawn ones keep."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from ..errors import BadPicture
from .cover import COVER, LARGE, WEIGHT, jpeg

_KINDS = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",)}


def custom_cover(path: Path) -> bytes:
    """The picture as a JPEG: its own bytes where it is one. Raises BadPicture where it is not what directories take:
    a square of 1400 to 3000 pixels, RGB without transparency, under 512 kB, of the type that its name says."""
    try:
        content = path.read_bytes()
        image = Image.open(io.BytesIO(content))
        image.load()
    except OSError as error:
        if error.strerror:
            raise BadPicture(f"{path}: {error.strerror}; put the picture there, or mend its name") from None
        raise BadPicture(f"{path}: it is no picture that can be read; save it as JPEG or PNG") from None
    wrong = _wrong(path, content, image)
    if wrong:
        raise BadPicture(f"{path}: {wrong}")
    return content if image.format == "JPEG" else jpeg(image)


def smaller(picture: bytes) -> bytes:
    """A cover at the size that goes into an MP3."""
    image = Image.open(io.BytesIO(picture))
    return jpeg(image.resize((COVER, COVER), Image.Resampling.LANCZOS))


def _wrong(path: Path, content: bytes, image: Image.Image) -> str:
    """What is wrong with a cover, with the cure; empty where nothing is."""
    kind = str(image.format)
    width, height = image.size
    if kind not in _KINDS:
        return f"it is {kind}; save it as JPEG or PNG"
    if path.suffix.lower() not in _KINDS[kind]:
        return f"it is a {kind} whatever its name says; rename it to end in {_KINDS[kind][0]}"
    if width != height:
        return f"it is {width} x {height} pixels; a cover is square: crop it"
    if not COVER <= width <= LARGE:
        return f"it is {width} x {height} pixels; a cover has {COVER} to {LARGE} on each side: resize it"
    if image.mode != "RGB" or "transparency" in image.info:
        return f"its colours are {image.mode}; directories want RGB without transparency: save it so"
    if len(content) > WEIGHT and kind == "JPEG":
        return (
            f"it has {len(content) / 1000:.0f} kB; save it with more compression, under {WEIGHT // 1000} kB"
        )
    return ""
