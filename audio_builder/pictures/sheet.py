"""Write the cue sheet of a session for people who teach it themselves: a page to print."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ..figures.draw import figure_content, svg
from ..figures.library import Figure
from ..planning.statistics import spoken_text
from ..planning.timeline import BellStroke, BreathTone, Chapter, Cue, ElasticGap, Timeline
from ..text import count
from ..units import Ms, clock, show

_SHORTEST_SHOWN = Ms(5_000)
"""Shorter silences are not written down: a teacher breathes, and goes on."""


class _Row(NamedTuple):
    time: str
    words: str
    is_quiet: bool = False


def cue_sheet_html(timeline: Timeline) -> str:
    """Return the words of a session with their times, its silences and breaths, and a figure where it changes.

    The page is complete in itself. Raises OSError if a figure's file cannot be read.
    """
    needed = f"You need: {', '.join(timeline.props)}." if timeline.props else ""
    facts = [f"{show(timeline.length)}{', estimated' if timeline.estimated else ''}.", needed]
    chapters, shown = [], None
    for chapter in timeline.chapters:
        is_new = chapter.figure is not None and chapter.figure != shown
        shown = chapter.figure or shown
        drawn = _drawn(chapter.figure) if chapter.figure and is_new else ""
        chapters.append({"title": chapter.title, "figure": drawn, "rows": [*_rows(timeline, chapter)]})
    return _template().render(
        title=timeline.title,
        language=timeline.language,
        facts=" ".join(filter(None, facts)),
        chapters=chapters,
    )


def _rows(timeline: Timeline, chapter: Chapter) -> Iterator[_Row]:
    """Yield what happens in a chapter, in order: words, bells, blocks of breath and longer silences."""
    moments: list[Cue | ElasticGap] = [
        *(gap for gap in timeline.elastic_gaps if gap.kind == "breathe" or gap.length >= _SHORTEST_SHOWN),
        *(cue for cue in timeline.cues if not isinstance(cue.content, BreathTone)),
    ]
    inside = (moment for moment in moments if chapter.start <= moment.start < chapter.end)
    for moment in sorted(inside, key=lambda moment: moment.start):
        time = clock(moment.start)
        if isinstance(moment, Cue):
            is_bell = isinstance(moment.content, BellStroke)
            yield _Row(time, "Bell" if is_bell else spoken_text(moment), is_bell)
        elif moment.pattern:
            yield _Row(time, f"{count(moment.cycles, 'breath')}, {clock(moment.length)}", True)
        else:
            yield _Row(time, f"{moment.kind}, {clock(moment.length)}", True)


def _drawn(figure: Figure) -> Markup:
    """Return a figure as markup: the program's own as it is, and an author's file as a picture."""
    if not figure.file:
        return Markup(svg(figure))
    content, mime_type = figure_content(figure)
    return Markup('<img alt="" src="data:{};base64,{}">').format(mime_type, b64encode(content).decode())


@cache
def _template() -> Template:
    folder = Path(__file__).parents[1] / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("sheet.html")
