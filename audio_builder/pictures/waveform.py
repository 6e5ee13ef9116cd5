"""The picture of a finished file: its waveform with what sounds in it, and its short-term loudness."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..audio import level, meter
from ..audio.meter import Measured
from ..planning.timeline import Chapter
from ..session.cue_sheet import Sheet
from ..units import RATE, clock, show
from .svg import EDGE, WIDTH, axis, document, legend, marks, safe, short

_LEFT = 76
_CHAPTERS, _LANE, _WAVE, _LOUD = 92, 132, 168, 350
"""Tops of the four bands: chapters, cues, waveform, loudness."""
_LANE_HEIGHT, _WAVE_HEIGHT, _LOUD_HEIGHT = 22, 160, 150
_LOUDEST, _SOFTEST = -10.0, -70.0
_RANGE = 60.0  # dB of the waveform
_HOP = 1000 // meter.SECOND  # ms


def waveform_svg(measured: Measured, sheet: Sheet | None, title: str) -> str:
    """What was measured along time as an SVG, in light and dark; with a cue sheet also chapters and what sounds."""
    length = measured.samples * 1000 // RATE
    return document(title, show(length), _LOUD + _LOUD_HEIGHT + 48, _parts(measured, sheet, max(1, length)))


def _parts(measured: Measured, sheet: Sheet | None, length: int) -> Iterator[str]:
    scale = (WIDTH - _LEFT - EDGE) / length
    if sheet is not None:
        yield from legend(sheet.timeline)
        yield from _chapters(sheet.timeline.chapters, scale)
        yield f'<text class="small" x="{EDGE}" y="{_LANE + 15}">sounds</text>'
        yield from marks(sheet.timeline.cues, _LEFT, _LANE, scale, _LANE_HEIGHT)
    yield from axis(length, _LEFT, scale, _WAVE - 4, _LOUD + _LOUD_HEIGHT + 28)
    yield from _wave(measured, scale)
    yield from _loudness(measured, scale)


def _chapters(chapters: tuple[Chapter, ...], scale: float) -> Iterator[str]:
    """Bars side by side, named as far as there is room; the whole name shows when one points at them."""
    for chapter in chapters:
        x, width = _LEFT + chapter.start * scale, chapter.length * scale
        yield f"<g><title>{safe(chapter.title)}: {clock(chapter.start)}, {show(chapter.length)}</title>"
        yield f'<rect class="bar" x="{x:.2f}" y="{_CHAPTERS}" width="{max(width - 1.5, 0.5):.2f}" height="26"/>'
        if width > 56:
            name = safe(short(chapter.title, int(width / 7.4)))
            yield f'<text class="small" x="{x + 6:.2f}" y="{_CHAPTERS + 17}">{name}</text>'
        yield "</g>"


def _wave(measured: Measured, scale: float) -> Iterator[str]:
    """The highest sample of each column, in decibels: what is quiet is seen as well."""
    columns = _columns(len(measured.peaks))
    if len(columns) < 2:
        return
    highest = np.maximum.reduceat(measured.peaks, columns[:-1])
    with np.errstate(divide="ignore"):
        share = np.clip(1 + 20 * np.log10(highest) / _RANGE, 0, 1)
    middle, half = _WAVE + _WAVE_HEIGHT / 2, _WAVE_HEIGHT / 2
    points = [(_LEFT + at * _HOP * scale, h * half) for at, h in zip(columns, share, strict=False)]
    above = " ".join(f"{x:.1f},{middle - h:.1f}" for x, h in points)
    below = " ".join(f"{x:.1f},{middle + h:.1f}" for x, h in reversed(points))
    yield f'<polygon class="wave" points="{above} {below}"/>'
    for decibels in (-6, -20, -40):
        y = middle - (1 + decibels / _RANGE) * half
        yield f'<text class="small" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{decibels} dB</text>'


def _loudness(measured: Measured, scale: float) -> Iterator[str]:
    """The short-term loudness, each point in the middle of its three seconds."""
    for lufs in range(int(_SOFTEST), int(_LOUDEST) + 1, 20):
        y = _height(lufs)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - EDGE}"/>'
        yield f'<text class="small" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{lufs}</text>'
    about = f"short-term loudness, LUFS; speech aims at {level.SPEECH:g}"
    yield f'<text class="small" x="{EDGE}" y="{_LOUD - 8}">{about}</text>'
    y = _height(level.SPEECH)
    yield f'<path class="level" d="M{_LEFT} {y:.1f}H{WIDTH - EDGE}"/>'
    short_term = meter.short_term(measured.powers)
    columns = _columns(len(short_term))
    if len(columns) < 2:
        return
    heights = [_height(float(short_term[a:b].max())) for a, b in pairwise(columns)]
    xs = [_LEFT + (at + meter.SHORT_TERM / 2) * _HOP * scale for at in columns]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, heights, strict=False))
    yield f'<polyline class="line" points="{points}"/>'


def _height(lufs: float) -> float:
    share = (np.clip(lufs, _SOFTEST, _LOUDEST) - _SOFTEST) / (_LOUDEST - _SOFTEST)
    return float(_LOUD + _LOUD_HEIGHT * (1 - share))


def _columns(hops: int) -> list[int]:
    """The edges of at most so many columns as there are pixels."""
    count = min(hops, WIDTH - _LEFT - EDGE)
    return [hops * n // count for n in range(count + 1)] if count else []
