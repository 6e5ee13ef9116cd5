"""Pictures: the cover of a session, and its timeline."""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .timeline import Chapter, Cue, Plan, Played, Speech, Stroke, Tone
from .units import Ms, clock, show

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


_LABELS, _WIDTH, _ROW, _TOP, _EDGE = 330, 1100, 30, 104, 24
_CSS = """
text{font:15px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#22302f}
.paper{fill:#fbfaf7}.bar{fill:#e4e7e1}.grid{stroke:#22302f;stroke-opacity:.14}
.speech{fill:#1f6f78}.tone{fill:#d9923b}.bell{fill:#8a4f9e}.recording{fill:#3f7d3a}
.title{font-size:22px}.small{font-size:12.5px;fill-opacity:.72}
@media (prefers-color-scheme:dark){text{fill:#e8ebe6}.paper{fill:#15201f}.bar{fill:#2a3837}.grid{stroke:#e8ebe6}
.speech{fill:#5cc3cc}.tone{fill:#eab066}.bell{fill:#c795d8}.recording{fill:#8ac784}}
"""
_KINDS = {"speech": "speech", "recording": "recording", "tone": "breath tones", "bell": "bell"}


def timeline_svg(plan: Plan) -> str:
    """The session along time as an SVG, in light and dark: a row for the whole and one for each chapter,
    in them speech, recordings, breath tones and bells; what is left bare is silence."""
    height = _TOP + _ROW * (len(plan.chapters) + 1) + 44
    scale = (_WIDTH - _LABELS - _EDGE) / plan.length
    length = show(plan.length) + (", estimated" if plan.estimated else "")
    whole = Chapter(Ms(0), plan.length, "The whole")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="t">',
        f'<title id="t">{_safe(plan.title)}, {length}</title><style>{_CSS}</style>',
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
        f'<text class="title" x="{_EDGE}" y="42">{_safe(_short(plan.title, 70))}</text>',
        f'<text x="{_WIDTH - _EDGE}" y="42" text-anchor="end">{length}</text>',
        *_legend(plan),
    ]
    for ms in range(0, plan.length + 1, _tick(plan.length)):
        x, foot = _LABELS + ms * scale, height - 24
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP - 6}V{foot - 16}"/>')
        parts.append(f'<text class="small" x="{x:.1f}" y="{foot}" text-anchor="middle">{clock(ms)}</text>')
    for n, chapter in enumerate((whole, *plan.chapters)):
        parts += _row(plan, chapter, _TOP + n * _ROW, scale)
    return "\n".join((*parts, "</svg>")) + "\n"


def _row(plan: Plan, chapter: Chapter, top: int, scale: float) -> Iterable[str]:
    """A chapter's name, and its stretch of time with what sounds in it."""
    end = chapter.start + chapter.length
    first, last = (bisect_left(plan.cues, at, key=lambda cue: cue.start) for at in (chapter.start, end))
    about = f"{clock(chapter.start)}, {show(chapter.length)}"
    yield f"<g><title>{_safe(chapter.title)}: {about}</title>"
    yield f'<text x="{_EDGE}" y="{top + 15}">{_safe(_short(chapter.title, 34))}</text>'
    bar = (_LABELS + chapter.start * scale, top, chapter.length * scale, 20)
    yield '<rect class="bar" x="{:.2f}" y="{}" width="{:.2f}" height="{}"/>'.format(*bar)
    for kind in _KINDS:
        marks = [_mark(cue, top, scale) for cue in plan.cues[first:last] if _kind(cue) == kind]
        if marks:
            yield f'<path class="{kind}" d="{"".join(marks)}"/>'
    yield "</g>"


def _mark(cue: Cue, top: int, scale: float) -> str:
    """A cue's rectangle: a little short of its time, so that neighbours stay apart, but never too thin to see."""
    x = _LABELS + cue.start * scale
    return f"M{x:.2f} {top}h{max(cue.length * scale * 0.97, 0.5):.2f}v20H{x:.2f}z"


def _kind(cue: Cue) -> str:
    match cue.what:
        case Speech():
            return "speech"
        case Played():
            return "recording"
        case Tone():
            return "tone"
        case Stroke(audible=audible):
            return "bell" if audible else ""


def _legend(plan: Plan) -> Iterable[str]:
    """What the colours mean, of those that occur."""
    there = {_kind(cue) for cue in plan.cues}
    for n, kind in enumerate(kind for kind in _KINDS if kind in there):
        x = _EDGE + n * 140
        yield f'<rect class="{kind}" x="{x}" y="62" width="12" height="12"/>'
        yield f'<text class="small" x="{x + 19}" y="73">{_KINDS[kind]}</text>'


def _tick(length: int) -> int:
    """Milliseconds between the times on the axis: a round number that gives at most ten."""
    return next(
        m for m in (60_000 * n for n in (1, 2, 5, 10, 15, 30, 60)) if length / m <= 10 or m == 3_600_000
    )


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def _safe(text: str) -> str:
    """Escaped, and without the characters that XML cannot hold."""
    return escape("".join(c if c.isprintable() else " " for c in text))
