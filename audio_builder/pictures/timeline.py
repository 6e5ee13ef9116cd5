"""The timeline of a session, drawn from its plan."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from ..planning.timeline import Chapter, Timeline
from ..units import Ms, clock, show
from .svg import EDGE, LABELS, WIDTH, axis, document, legend, marks, safe, short

_ROW, _TOP, _BAR = 30, 104, 20


def timeline_svg(timeline: Timeline) -> str:
    """The session along time as an SVG, in light and dark: a row for the whole and one for each chapter,
    in them speech, recordings, breath tones and bells; what is left bare is silence."""
    return document(
        timeline.title,
        show(timeline.length) + (", estimated" if timeline.estimated else ""),
        _TOP + _ROW * (len(timeline.chapters) + 1) + 44,
        _parts(timeline),
    )


def _parts(timeline: Timeline) -> Iterator[str]:
    scale = (WIDTH - LABELS - EDGE) / timeline.length
    yield from legend(timeline)
    foot = _TOP + _ROW * (len(timeline.chapters) + 1) + 20
    yield from axis(timeline.length, LABELS, scale, _TOP - 6, foot)
    whole = Chapter(Ms(0), timeline.length, "The whole")
    for n, chapter in enumerate((whole, *timeline.chapters)):
        yield from _row(timeline, chapter, _TOP + n * _ROW, scale)


def _row(timeline: Timeline, chapter: Chapter, top: int, scale: float) -> Iterable[str]:
    """A chapter's name, and its stretch of time with what sounds in it."""
    end = chapter.start + chapter.length
    first, last = (bisect_left(timeline.cues, at, key=lambda cue: cue.start) for at in (chapter.start, end))
    about = f"{clock(chapter.start)}, {show(chapter.length)}"
    yield f"<g><title>{safe(chapter.title)}: {about}</title>"
    yield f'<text x="{EDGE}" y="{top + 15}">{safe(short(chapter.title, 34))}</text>'
    bar = (LABELS + chapter.start * scale, top, chapter.length * scale, _BAR)
    yield '<rect class="bar" x="{:.2f}" y="{}" width="{:.2f}" height="{}"/>'.format(*bar)
    yield from marks(timeline.cues[first:last], LABELS, top, scale, _BAR)
    yield "</g>"
