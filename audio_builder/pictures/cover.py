"""The cover of a session or of a show: a landscape drawn with Pillow alone, so that writing a feed needs no numpy."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import PIL
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ..cache import Cache
from ..memory_cache import MemoryCache

COVER = 1400
"""Pixels on each side of the cover within an MP3, the least that podcast directories take."""
LARGE = 3000
"""Pixels on each side of a cover that lies beside an MP3 or stands for the show, the most that they take."""
WEIGHT = 512_000
"""Bytes that a cover may have, Apple's advice."""

COVER_VERSION = "1"
"""Increase this whenever the same title gives another picture. Part of cache keys."""
_FONTS = Path(__file__).parent / "fonts"
_FACES = ("NotoSans-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansArabic-Regular.ttf")
_WHOLE = b"\xff\xd9"  # how a JPEG ends
_NOT_A_LETTER = "\U0010fffd"


class Palette(NamedTuple):
    """The colours of a cover; its hills stand from far to near."""

    sky: str
    horizon: str
    disc: str
    hills: tuple[str, ...]


_PALETTES = (
    Palette("#24485a", "#e9b98c", "#fbe3c0", ("#7d7f7d", "#466468", "#294a55", "#17323f")),
    Palette("#2f3b63", "#d9a3a5", "#f8dccb", ("#83748f", "#57557d", "#383f65", "#222a4a")),
    Palette("#21504b", "#d8cf9e", "#f7f0cd", ("#7f9a83", "#4a7a6c", "#2a5b55", "#173e3d")),
    Palette("#4a3f5c", "#e3b59a", "#fae4c9", ("#93788a", "#6b5873", "#493f5b", "#2d2840")),
)
_RINGS = ((0.19, 0.26), (0.25, 0.17), (0.32, 0.11), (0.40, 0.07), (0.49, 0.04))
_DRAWN = 1500
_MIDDLE = (0.5, 0.36)
_DISC = 0.13
_drawn: MemoryCache[tuple[str, int], bytes] = MemoryCache(8)


def cover(title: str, size: int = COVER) -> bytes:
    """A square JPEG of `size` pixels a side for a title: always the same one, of less than 300 kB at 1400 pixels and
    less than `WEIGHT` at 3000. The title is set in type where one of the package's fonts has its letters (emoji are
    left out); else the picture stands alone."""
    return _drawn.get((title, size), lambda: _draw(title, size))


def _draw(title: str, size: int) -> bytes:
    choice = hashlib.sha256(title.encode("utf-8", "replace")).digest()[0] % len(_PALETTES)
    small = min(size, _DRAWN)  # it has no fine lines, and four times the pixels take four times as long
    image = _landscape(_PALETTES[choice], small).resize((size, size), Image.Resampling.BICUBIC)
    _set_title(image, " ".join("".join(filter(_is_text, title)).split()))
    return jpeg(image)


def cached_cover(title: str, cache: Cache, size: int = COVER) -> bytes:
    """The same, drawn once: from the cache where it was drawn before."""
    facts = f"cover {COVER_VERSION} {PIL.__version__} {size} {title}"
    key = hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()
    path = cache.get(key, ".jpg", fleeting=True)
    with contextlib.suppress(OSError):  # another process cleared the cache
        if path and (drawn := path.read_bytes()).endswith(_WHOLE):
            return drawn
    drawn = cover(title, size)
    cache.put(key, ".jpg", drawn, fleeting=True)
    return drawn


def jpeg(image: Image.Image) -> bytes:
    """An RGB picture as a JPEG of no more than `WEIGHT` bytes."""
    for quality in (84, 74, 64, 50, 35, 20):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= WEIGHT:
            break
    return file.getvalue()


def _landscape(palette: Palette, size: int) -> Image.Image:
    """A disc over lines of hills, its light in rings like those of a bowl that rings."""
    picture = Image.new("RGB", (size, size), palette.sky)
    picture.paste(palette.horizon, mask=_dusk().resize((size, size), Image.Resampling.BICUBIC))
    picture.paste(palette.disc, mask=_glow().resize((size, size), Image.Resampling.BICUBIC))
    for radius, strength in _RINGS:
        picture.paste(palette.disc, mask=_ring(size, radius, strength))
    picture.paste(palette.disc, mask=_ring(size, _DISC, 1.0, filled=True))
    for n, hill in enumerate(palette.hills):
        picture.paste(hill, mask=_hill(size, n))
    return picture


def _dusk() -> Image.Image:
    """How much of the horizon's colour there is, from the top down."""
    rows = bytes(round(255 * min(y / 255 / 0.62, 1.0) ** 1.3) for y in range(256))
    return Image.frombytes("L", (1, 256), rows)


def _glow() -> Image.Image:
    """The light around the disc."""
    side = 200
    across = [math.exp(-((((x + 0.5) / side - _MIDDLE[0]) / 0.26) ** 2)) for x in range(side)]
    down = [math.exp(-((((y + 0.5) / side - _MIDDLE[1]) / 0.26) ** 2)) for y in range(side)]
    return Image.frombytes("L", (side, side), bytes(round(140 * a * b) for b in down for a in across))


def _ring(size: int, radius: float, strength: float, filled: bool = False) -> Image.Image:
    """A circle around the disc's middle, soft where it is only a line."""
    twice = Image.new("L", (2 * size, 2 * size))
    x, y = _MIDDLE[0] * 2 * size, _MIDDLE[1] * 2 * size
    reach, light = radius * 2 * size, round(255 * strength)
    box = (x - reach, y - reach, x + reach, y + reach)
    width = round(0.008 * 2 * size)
    ImageDraw.Draw(twice).ellipse(
        box, fill=light if filled else None, outline=None if filled else light, width=width
    )
    once = twice.reduce(2)
    return once if filled else once.filter(ImageFilter.BoxBlur(0.0012 * size))


def _hill(size: int, n: int) -> Image.Image:
    """What lies below the ridge of the `n`th hill."""
    twice = Image.new("L", (2 * size, 2 * size))
    ridge = []
    for step in range(401):
        x = step / 400
        y = 0.56 + 0.075 * n + (0.035 - 0.004 * n) * math.sin(2 * math.pi * (0.8 + 0.13 * n) * x + 1.9 * n)
        ridge.append((x * 2 * size, y * 2 * size))
    ImageDraw.Draw(twice).polygon([*ridge, (2 * size, 2 * size), (0, 2 * size)], fill=255)
    return twice.reduce(2)


def _is_text(sign: str) -> bool:
    """Whether a sign belongs in a line of type: no emoji, no joiner of emoji, no control character."""
    return unicodedata.category(sign) not in ("So", "Sk", "Cs", "Cc", "Cf", "Co", "Cn", "Me")


def _set_title(image: Image.Image, title: str) -> None:
    """The title on the nearest hill, as large as fits; nothing where no font has its letters, or it is too long."""
    side = image.width
    face = next((path for name in _FACES if _can_spell(path := _FONTS / name, title)), None)
    if face is None or not title:
        return
    draw = ImageDraw.Draw(image)
    for step in range(80, 33, -5):
        height = side * step / 1000
        font = ImageFont.truetype(face, round(height))
        lines = _wrapped(title, font, side * 0.86)
        if len(lines) * height <= side * 0.19 and all(font.getlength(line) <= side * 0.86 for line in lines):
            break
    else:
        return
    top = side * 0.855 - len(lines) * height * 0.6
    for n, line in enumerate(lines):
        draw.text((side / 2, top + n * height * 1.2), line, font=font, fill="#fdf6ea", anchor="ma")


@lru_cache(maxsize=64)
def _can_spell(face: Path, title: str) -> bool:
    font = ImageFont.truetype(face, 24)
    box = bytes(font.getmask(_NOT_A_LETTER))
    return all(letter == " " or bytes(font.getmask(letter)) != box for letter in set(title))


def _wrapped(title: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in title.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
