"""Draw a finished file: its cues, its waveform and its short-term loudness."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..audio import level, meter
from ..audio.meter import Measurement
from ..planning.timeline import Chapter
from ..session.cue_sheet import CueSheet
from ..text import xml_text
from ..units import RATE, clock, show
from .svg import EDGE, WIDTH, axis, cue_paths, legend, shorten, svg_document

_LEFT = 76
_CHAPTERS, _CUES, _WAVE, _LOUDNESS = 92, 132, 168, 350
"""The tops of the four bands, in pixels: chapters, cues, waveform and loudness."""
_CUES_HEIGHT, _WAVE_HEIGHT, _LOUDNESS_HEIGHT = 22, 160, 150
_LOUDEST, _SOFTEST = -10.0, -70.0  # LUFS at the top and at the bottom of the loudness band
_RANGE = 60.0  # dB that the waveform shows below full scale
_HOP = 1000 // meter.SECOND_HOPS  # ms


def waveform_svg(measured: Measurement, sheet: CueSheet | None, title: str) -> str:
    """Return a measurement along time as an SVG for light and dark backgrounds; a cue sheet adds chapters and cues."""
    length = measured.samples * 1000 // RATE
    return svg_document(
        title, show(length), _LOUDNESS + _LOUDNESS_HEIGHT + 48, _body(measured, sheet, max(1, length))
    )


def _body(measured: Measurement, sheet: CueSheet | None, length: int) -> Iterator[str]:
    scale = (WIDTH - _LEFT - EDGE) / length
    if sheet is not None:
        yield from legend(sheet.timeline)
        yield from _chapters(sheet.timeline.chapters, scale)
        yield f'<text class="small" x="{EDGE}" y="{_CUES + 15}">sounds</text>'
        yield from cue_paths(sheet.timeline.cues, _LEFT, _CUES, scale, _CUES_HEIGHT)
    yield from axis(length, _LEFT, scale, _WAVE - 4, _LOUDNESS + _LOUDNESS_HEIGHT + 28)
    yield from _wave(measured, scale)
    yield from _loudness(measured, scale)


def _chapters(chapters: tuple[Chapter, ...], scale: float) -> Iterator[str]:
    """Yield bars next to each other, named as far as there is room; pointing at a bar shows its whole name."""
    for chapter in chapters:
        x, width = _LEFT + chapter.start * scale, chapter.length * scale
        yield f"<g><title>{xml_text(chapter.title)}: {clock(chapter.start)}, {show(chapter.length)}</title>"
        yield f'<rect class="bar" x="{x:.2f}" y="{_CHAPTERS}" width="{max(width - 1.5, 0.5):.2f}" height="26"/>'
        if width > 56:
            name = xml_text(shorten(chapter.title, int(width / 7.4)))
            yield f'<text class="small" x="{x + 6:.2f}" y="{_CHAPTERS + 17}">{name}</text>'
        yield "</g>"


def _wave(measured: Measurement, scale: float) -> Iterator[str]:
    """Yield the highest sample of each column. The scale is in decibels, so that quiet sound can be seen."""
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


def _loudness(measured: Measurement, scale: float) -> Iterator[str]:
    """Yield the short-term loudness, each value in the middle of its three seconds."""
    for lufs in range(int(_SOFTEST), int(_LOUDEST) + 1, 20):
        y = _height(lufs)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - EDGE}"/>'
        yield f'<text class="small" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{lufs}</text>'
    caption = f"short-term loudness, LUFS; speech aims at {level.SPEECH_LUFS:g}"
    yield f'<text class="small" x="{EDGE}" y="{_LOUDNESS - 8}">{caption}</text>'
    y = _height(level.SPEECH_LUFS)
    yield f'<path class="level" d="M{_LEFT} {y:.1f}H{WIDTH - EDGE}"/>'
    short_term = meter.short_term(measured.powers)
    columns = _columns(len(short_term))
    if len(columns) < 2:
        return
    heights = [_height(float(short_term[a:b].max())) for a, b in pairwise(columns)]
    xs = [_LEFT + (at + meter.SHORT_TERM_HOPS / 2) * _HOP * scale for at in columns]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, heights, strict=False))
    yield f'<polyline class="line" points="{points}"/>'


def _height(lufs: float) -> float:
    share = (np.clip(lufs, _SOFTEST, _LOUDEST) - _SOFTEST) / (_LOUDEST - _SOFTEST)
    return float(_LOUDNESS + _LOUDNESS_HEIGHT * (1 - share))


def _columns(hops: int) -> list[int]:
    """Return the edges of columns of hops: one column for each pixel, or for each hop if there are fewer."""
    count = min(hops, WIDTH - _LEFT - EDGE)
    return [hops * n // count for n in range(count + 1)] if count else []
