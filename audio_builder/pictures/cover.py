"""Draw the cover of a session or of a show: a landscape with its title and, for a session, its figure.

It uses Pillow alone, so that writing a feed does not have to load numpy.
"""

from __future__ import annotations

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
from ..figures.library import Figure
from ..memory_cache import MemoryCache
from .figure import paste

EMBEDDED_SIZE = 1400
"""Pixels on each side of the cover inside an MP3: the smallest that podcast directories accept."""
LARGE_SIZE = 3000
"""Pixels on each side of the cover next to an MP3 and of a show's: the largest that podcast directories accept."""
MAX_COVER_BYTES = 512_000
"""The largest file that Apple Podcasts recommends for a cover."""

COVER_VERSION = "3"
"""Increase this whenever the same title gives a different picture. Part of cache keys."""
_FONTS = Path(__file__).parent / "fonts"
_FACES = ("NotoSans-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansArabic-Regular.ttf")
_NOT_A_LETTER = "\U0010fffd"  # no font has it, so it is drawn as the box for missing letters


class Palette(NamedTuple):
    """The colours of a cover. Its hills are listed from far to near."""

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
_LIGHT_RINGS = ((0.19, 0.26), (0.25, 0.17), (0.32, 0.11), (0.40, 0.07), (0.49, 0.04))
"""Radius, as a share of the side, and opacity."""
_CENTRE = (0.5, 0.36)
_DISC_RADIUS = 0.13
_LARGEST_LANDSCAPE = 1500  # it has no fine lines, and four times the pixels take four times as long
_TITLE_COLOUR = "#fdf6ea"
_TITLE_WIDTH, _TITLE_HEIGHT, _TITLE_MIDDLE = 0.86, 0.19, 0.855  # shares of the side
_FIGURE_BOX = (0.08, 0.14, 0.92, 0.71)
"""Left, top, right and bottom of the figure, as shares of the side: on the hills, in front of the disc."""
_drawn: MemoryCache[tuple[str, int, Figure | None], bytes] = MemoryCache(8)


def cover(title: str, size: int = EMBEDDED_SIZE, figure: Figure | None = None) -> bytes:
    """Return the cover for a title as a square JPEG, drawn once in this process. See `draw_cover`."""
    return _drawn.get((title, size, figure), lambda: draw_cover(title, size, figure))


def draw_cover(title: str, size: int = EMBEDDED_SIZE, figure: Figure | None = None) -> bytes:
    """Draw a cover as a square JPEG of `size` pixels on each side.

    The same title and figure always give the same picture. An author's own figure, which is a file, is not on it.

    It takes less than 300 kB at 1400 pixels and less than `MAX_COVER_BYTES` at 3000. The title is set in type if one of
    the package's fonts has all of its letters (emoji are left out). Otherwise the landscape has no title.
    """
    choice = hashlib.sha256(title.encode("utf-8", "replace")).digest()[0] % len(_PALETTES)
    landscape = _landscape(_PALETTES[choice], min(size, _LARGEST_LANDSCAPE))
    image = landscape.resize((size, size), Image.Resampling.BICUBIC)
    if figure and figure.poses:
        left, top, right, bottom = (round(size * share) for share in _FIGURE_BOX)
        paste(figure, image, (left, top, right, bottom))
    _set_title(image, " ".join("".join(filter(_is_text, title)).split()))
    return jpeg(image)


def cached_cover(title: str, cache: Cache, size: int = EMBEDDED_SIZE, figure: Figure | None = None) -> bytes:
    """Return the cover for a title from the cache, or draw it and put it there. See `draw_cover`."""
    facts = f"cover {COVER_VERSION} {PIL.__version__} {size} {figure} {title}"
    key = hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()
    if entry := cache.get(key, ".jpg", ephemeral=True):
        return entry.content
    content = cover(title, size, figure)
    cache.put(key, ".jpg", content, ephemeral=True)
    return content


def jpeg(image: Image.Image) -> bytes:
    """Return an RGB picture as a JPEG of at most `MAX_COVER_BYTES`, in the best quality that fits."""
    for quality in (84, 74, 64, 50, 35, 20):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= MAX_COVER_BYTES:
            break
    return file.getvalue()


def _landscape(palette: Palette, size: int) -> Image.Image:
    """Draw a disc above lines of hills, with rings of light like the ripples of a singing bowl."""
    picture = Image.new("RGB", (size, size), palette.sky)
    picture.paste(palette.horizon, mask=_dusk().resize((size, size), Image.Resampling.BICUBIC))
    picture.paste(palette.disc, mask=_glow().resize((size, size), Image.Resampling.BICUBIC))
    for radius, opacity in _LIGHT_RINGS:
        picture.paste(palette.disc, mask=_ring(size, radius, opacity))
    picture.paste(palette.disc, mask=_disc(size))
    for n, hill in enumerate(palette.hills):
        picture.paste(hill, mask=_hill(size, n))
    return picture


def _dusk() -> Image.Image:
    """Return the mask of the horizon's colour, one pixel wide: stronger from the top down."""
    rows = bytes(round(255 * min(y / 255 / 0.62, 1.0) ** 1.3) for y in range(256))
    return Image.frombytes("L", (1, 256), rows)


def _glow() -> Image.Image:
    """Return the mask of the light around the disc."""
    side = 200
    across = [math.exp(-((((x + 0.5) / side - _CENTRE[0]) / 0.26) ** 2)) for x in range(side)]
    down = [math.exp(-((((y + 0.5) / side - _CENTRE[1]) / 0.26) ** 2)) for y in range(side)]
    return Image.frombytes("L", (side, side), bytes(round(140 * a * b) for b in down for a in across))


def _disc(size: int) -> Image.Image:
    mask, box = _circle(size, _DISC_RADIUS)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask.reduce(2)


def _ring(size: int, radius: float, opacity: float) -> Image.Image:
    mask, box = _circle(size, radius)
    ImageDraw.Draw(mask).ellipse(box, outline=round(255 * opacity), width=round(0.008 * 2 * size))
    return mask.reduce(2).filter(ImageFilter.BoxBlur(0.0012 * size))


def _circle(size: int, radius: float) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """Return an empty mask at twice the size, for smooth edges, and the box of a circle around the centre."""
    double = 2 * size
    x, y, reach = _CENTRE[0] * double, _CENTRE[1] * double, radius * double
    return Image.new("L", (double, double)), (x - reach, y - reach, x + reach, y + reach)


def _hill(size: int, n: int) -> Image.Image:
    """Return the mask of everything below the ridge of hill `n`, counted from the farthest."""
    double = 2 * size
    mask = Image.new("L", (double, double))
    ridge = []
    for step in range(401):
        x = step / 400
        y = 0.56 + 0.075 * n + (0.035 - 0.004 * n) * math.sin(2 * math.pi * (0.8 + 0.13 * n) * x + 1.9 * n)
        ridge.append((x * double, y * double))
    ImageDraw.Draw(mask).polygon([*ridge, (double, double), (0, double)], fill=255)
    return mask.reduce(2)


def _is_text(character: str) -> bool:
    """Return whether a character can be set in type: not an emoji, a joiner of emoji or a control character."""
    return unicodedata.category(character) not in ("So", "Sk", "Cs", "Cc", "Cf", "Co", "Cn", "Me")


def _set_title(image: Image.Image, title: str) -> None:
    """Set the title on the nearest hill, as large as fits, unless no font has its letters or it is too long."""
    side = image.width
    face = next((path for name in _FACES if _can_spell(path := _FONTS / name, title)), None)
    if face is None or not title:
        return
    width = side * _TITLE_WIDTH
    draw = ImageDraw.Draw(image)
    for thousandths in range(80, 33, -5):
        height = side * thousandths / 1000
        font = ImageFont.truetype(face, round(height))
        lines = _wrapped(title, font, width)
        if len(lines) * height <= side * _TITLE_HEIGHT and all(
            font.getlength(line) <= width for line in lines
        ):
            break
    else:
        return
    top = side * _TITLE_MIDDLE - len(lines) * height * 0.6
    for n, line in enumerate(lines):
        draw.text((side / 2, top + n * height * 1.2), line, font=font, fill=_TITLE_COLOUR, anchor="ma")


@lru_cache(maxsize=64)
def _can_spell(face: Path, title: str) -> bool:
    font = ImageFont.truetype(face, 24)
    missing = bytes(font.getmask(_NOT_A_LETTER))
    return all(letter == " " or bytes(font.getmask(letter)) != missing for letter in set(title))


def _wrapped(title: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in title.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
