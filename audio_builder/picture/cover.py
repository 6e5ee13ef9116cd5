"""The cover of a session."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Floats = NDArray[np.float64]

COVER = 1400
"""Pixels on each side of a cover, the least that podcast directories take."""

_BAND = 100


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
_SPELT = str.maketrans({"‐": "-", "‑": "-", "–": "-", "—": "-", "\u00a0": " ", "‚": ",", "′": "'"})


@lru_cache(maxsize=8)
def cover(title: str) -> bytes:
    """A square JPEG of well under 300 kB for a title: always the same one. The title is set in type
    where the font that Pillow carries (basic Latin) has all of its letters; else the picture stands alone."""
    choice = hashlib.sha256(title.encode("utf-8", "replace")).digest()[0] % len(_PALETTES)
    image = _landscape(_PALETTES[choice])
    _set_title(image, " ".join(title.translate(_SPELT).split()))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=84, optimize=True)
    return file.getvalue()


def _colour(name: str) -> Floats:
    return np.array([int(name[at : at + 2], 16) for at in (1, 3, 5)], dtype=np.float64)


def _landscape(palette: Palette) -> Image.Image:
    """A disc over lines of hills, its light in rings like those of a bowl that rings."""
    bands = [_band(palette, top) for top in range(0, COVER, _BAND)]
    return Image.fromarray(np.concatenate(bands))


def _band(palette: Palette, top: int) -> NDArray[np.uint8]:
    """The rows of the landscape from `top` on: the whole at once would take 200 MB."""
    y = (np.arange(top, top + _BAND)[:, None] + 0.5) / COVER
    x = (np.arange(COVER)[None, :] + 0.5) / COVER
    away = np.hypot(x - 0.5, y - 0.36)
    shade = 1 - 0.55 * np.exp(-((away / 0.26) ** 2))
    for radius, strength in ((0.19, 0.26), (0.25, 0.17), (0.32, 0.11), (0.40, 0.07), (0.49, 0.04)):
        shade *= 1 - strength * np.clip(1 - ((away - radius) / 0.006) ** 2, 0, 1) ** 2
    shade *= 1 - _within(0.13 - away)
    height = np.broadcast_to(np.clip(y / 0.62, 0, 1) ** 1.3, away.shape)
    picture = _blend(_colour(palette.sky), _colour(palette.horizon), height)
    picture = _blend(picture, _colour(palette.disc), 1 - shade)
    for n, hill in enumerate(palette.hills):
        ridge = 0.56 + 0.075 * n + (0.035 - 0.004 * n) * np.sin(2 * np.pi * (0.8 + 0.13 * n) * x + 1.9 * n)
        picture = _blend(picture, _colour(hill), _within(y - ridge))
    return np.rint(picture).astype(np.uint8)


def _within(inside: Floats) -> Floats:
    """From 0 to 1 over the two pixels at an edge."""
    return np.clip(inside * COVER / 2 + 0.5, 0.0, 1.0)


def _blend(below: Floats, above: Floats, share: Floats) -> Floats:
    return below + (above - below) * share[..., None]


def _set_title(image: Image.Image, title: str) -> None:
    """The title on the nearest hill, as large as fits; nothing where a letter would be a box, or it is too long."""
    draw = ImageDraw.Draw(image)
    for size in range(112, 47, -8):
        font = ImageFont.load_default(size)
        lines = _wrapped(title, font, COVER - 200)
        if len(lines) * size <= 250 and all(font.getlength(line) <= COVER - 200 for line in lines):
            break
    else:
        return
    if not _can_spell(font, title):
        return
    top = 1212 - len(lines) * size * 0.6
    for n, line in enumerate(lines):
        draw.text((COVER / 2, top + n * size * 1.2), line, font=font, fill="#fdf6ea", anchor="ma")


def _can_spell(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, title: str) -> bool:
    box = bytes(font.getmask("\U0010fffd"))
    return all(letter == " " or bytes(font.getmask(letter)) != box for letter in title)


def _wrapped(title: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in title.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
