"""Check an author's cover against the rules of podcast directories."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import ExifTags, Image, ImageOps

from ..errors import BadPicture
from ..files import read_file
from ..units import file_size
from .cover import EMBEDDED_SIZE, LARGE_SIZE, MAX_COVER_BYTES, jpeg

_LARGEST_FILE = 50_000_000
_SUFFIXES = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",)}


def custom_cover(path: Path) -> bytes:
    """Return the author's picture as a JPEG; the content of a JPEG file that is stored upright is returned unchanged.

    Cameras and phones store a picture as the sensor saw it, and note in its EXIF data how to turn it.

    Raises BadPicture if the file cannot be read, or if it is not what directories accept: a square of 1400 to 3000
    pixels, RGB without transparency, under 512 kB, and of the type that its name says.
    """
    try:
        content = read_file(path, _LARGEST_FILE)
        image = Image.open(io.BytesIO(content))
        if problem := _problem(path, content, image):  # before its pixels take memory
            raise BadPicture(f"{path}: {problem}")
        image.load()
    except OSError as error:
        if error.strerror:  # the file is missing or locked; Pillow's own errors have no error number
            raise BadPicture(f"{path}: {error.strerror}; check the name and the folder") from None
        raise BadPicture(f"{path}: not a picture that can be read; save it as JPEG or PNG") from None
    except (SyntaxError, ValueError, Image.DecompressionBombError):
        raise BadPicture(f"{path}: not a picture that can be read; save it as JPEG or PNG") from None
    upright = _upright(image)
    return content if upright is image and image.format == "JPEG" else jpeg(upright)


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture turned as its EXIF data say, which not every app reads, or the picture itself."""
    try:
        is_turned = image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9)
        return ImageOps.exif_transpose(image) if is_turned else image
    except (SyntaxError, ValueError, OSError):  # damaged EXIF data: apps show the picture as it is stored
        return image


def resize_to_embed(cover: bytes) -> bytes:
    """Return a cover as a JPEG at the size that goes into an MP3."""
    image = Image.open(io.BytesIO(cover))
    return jpeg(image.resize((EMBEDDED_SIZE, EMBEDDED_SIZE), Image.Resampling.LANCZOS))


def _problem(path: Path, content: bytes, image: Image.Image) -> str:
    """Return what is wrong with a cover and how to fix it, or "" if it is fine."""
    kind = str(image.format)
    width, height = image.size
    if kind not in _SUFFIXES:
        return f"a cover cannot be {kind}; save it as JPEG or PNG"
    if path.suffix.lower() not in _SUFFIXES[kind]:
        return f"this is a {kind} file; rename it to end in {_SUFFIXES[kind][0]}"
    if width != height:
        return f"a cover must be square, but this one is {width} x {height} pixels; crop it"
    if not EMBEDDED_SIZE <= width <= LARGE_SIZE:
        return (
            f"a cover must have {EMBEDDED_SIZE} to {LARGE_SIZE} pixels on each side, "
            f"but this one is {width} x {height}; resize it"
        )
    if image.mode != "RGB" or "transparency" in image.info:
        return f"a cover must be RGB without transparency, but this one is {image.mode}; convert it"
    if len(content) > MAX_COVER_BYTES and kind == "JPEG":
        return (
            f"a cover must have at most {file_size(MAX_COVER_BYTES)}, but this file has {file_size(len(content))}; "
            "save it with more compression"
        )
    return ""
