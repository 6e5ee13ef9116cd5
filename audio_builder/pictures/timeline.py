"""The timeline of a session, drawn from its plan."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from ..planning.timeline import Chapter, Plan
from ..units import Ms, clock, show
from .svg import EDGE, LABELS, WIDTH, axis, document, legend, marks, safe, short

_ROW, _TOP, _BAR = 30, 104, 20


def timeline_svg(plan: Plan) -> str:
    """The session along time as an SVG, in light and dark: a row for the whole and one for each chapter,
    in them speech, recordings, breath tones and bells; what is left bare is silence."""
    return document(
        plan.title,
        show(plan.length) + (", estimated" if plan.estimated else ""),
        _TOP + _ROW * (len(plan.chapters) + 1) + 44,
        _parts(plan),
    )


def _parts(plan: Plan) -> Iterator[str]:
    scale = (WIDTH - LABELS - EDGE) / plan.length
    yield from legend(plan)
    foot = _TOP + _ROW * (len(plan.chapters) + 1) + 20
    yield from axis(plan.length, LABELS, scale, _TOP - 6, foot)
    whole = Chapter(Ms(0), plan.length, "The whole")
    for n, chapter in enumerate((whole, *plan.chapters)):
        yield from _row(plan, chapter, _TOP + n * _ROW, scale)


def _row(plan: Plan, chapter: Chapter, top: int, scale: float) -> Iterable[str]:
    """A chapter's name, and its stretch of time with what sounds in it."""
    end = chapter.start + chapter.length
    first, last = (bisect_left(plan.cues, at, key=lambda cue: cue.start) for at in (chapter.start, end))
    about = f"{clock(chapter.start)}, {show(chapter.length)}"
    yield f"<g><title>{safe(chapter.title)}: {about}</title>"
    yield f'<text x="{EDGE}" y="{top + 15}">{safe(short(chapter.title, 34))}</text>'
    bar = (LABELS + chapter.start * scale, top, chapter.length * scale, _BAR)
    yield '<rect class="bar" x="{:.2f}" y="{}" width="{:.2f}" height="{}"/>'.format(*bar)
    yield from marks(plan.cues[first:last], LABELS, top, scale, _BAR)
    yield "</g>"
