"""Draw the timeline of a session."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from ..languages.catalogue import catalogue
from ..planning.timeline import Chapter, Timeline
from ..text import xml_text
from ..units import Ms, clock, show
from .svg import EDGE, LABELS, WIDTH, axis, cue_paths, legend, shorten, svg_document

_ROW, _TOP, _BAR = 30, 104, 20
"""In pixels: the height of a row, the top of the first one, and the height of the bar in it."""


def timeline_svg(timeline: Timeline) -> str:
    """Return the session along time as an SVG for light and dark backgrounds.

    It has one row for the whole session and one for each chapter. They show speech, recordings, breath tones and bells;
    silence is left blank.
    """
    length, words = show(timeline.length), catalogue(timeline.language)
    return svg_document(
        timeline.title,
        xml_text(words.gettext("{length}, estimated", length=length)) if timeline.estimated else length,
        _foot(timeline) + 24,
        _body(timeline),
    )


def _body(timeline: Timeline) -> Iterator[str]:
    scale = (WIDTH - LABELS - EDGE) / timeline.length
    yield from legend(timeline)
    yield from axis(timeline.length, LABELS, scale, _TOP - 6, _foot(timeline))
    whole = Chapter(Ms(0), timeline.length, catalogue(timeline.language).gettext("The whole"))
    for n, chapter in enumerate((whole, *timeline.chapters)):
        yield from _row(timeline, chapter, _TOP + n * _ROW, scale)


def _foot(timeline: Timeline) -> int:
    """Return the height at which the times are written, below the last row."""
    return _TOP + _ROW * (len(timeline.chapters) + 1) + 20


def _row(timeline: Timeline, chapter: Chapter, top: int, scale: float) -> Iterator[str]:
    first, last = (
        bisect_left(timeline.cues, at, key=lambda c: c.start) for at in (chapter.start, chapter.end)
    )
    about = f"{clock(chapter.start)}, {show(chapter.length)}"
    yield f"<g><title>{xml_text(chapter.title)}: {about}</title>"
    yield f'<text x="{EDGE}" y="{top + 15}">{xml_text(shorten(chapter.title, 34))}</text>'
    x, width = LABELS + chapter.start * scale, chapter.length * scale
    yield f'<rect class="bar" x="{x:.2f}" y="{top}" width="{width:.2f}" height="{_BAR}"/>'
    yield from cue_paths(timeline.cues[first:last], LABELS, top, scale, _BAR)
    yield "</g>"
