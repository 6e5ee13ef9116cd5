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
from ..languages.catalogue import Catalogue, catalogue, translatable
from ..languages.formats import enumerated, length_in_words, text_direction
from ..planning.statistics import spoken_text
from ..planning.timeline import BellStroke, BreathTone, Chapter, Cue, ElasticGap, Timeline
from ..script.model import Pattern
from ..units import Ms, clock

_SHORTEST_SHOWN = Ms(5_000)
"""Shorter silences are not written down: a teacher breathes, and goes on."""


_QUIET = {
    "silence": translatable("silence, {length}"),
    "rest": translatable("rest, {length}"),
    "breathe": translatable("breaths, {length}"),
}
"""What a cue sheet calls each kind of elastic gap."""


class _Row(NamedTuple):
    time: str
    words: str
    is_quiet: bool = False


def cue_sheet_html(timeline: Timeline) -> str:
    """Return the words of a session with their times, its silences and breaths, and a figure where it changes.

    The page is complete in itself. Raises OSError if a figure's file cannot be read.
    """
    words = catalogue(timeline.language)
    facts_language = words.language_of("Length: {length}")
    length = length_in_words(timeline.length, facts_language)
    props = enumerated(timeline.props, timeline.language)
    facts = [
        words.gettext("Length: {length}", length=length),
        words.gettext("Lengths are estimated until a voice has spoken the sentences.")
        if timeline.estimated
        else "",
        words.gettext("You will need: {props}", props=props) if props else "",
    ]
    chapters, shown = [], None
    for chapter in timeline.chapters:
        is_new = chapter.figure is not None and chapter.figure != shown
        shown = chapter.figure or shown
        drawn = _drawn(chapter.figure, timeline.language) if chapter.figure and is_new else ""
        rows = [*_rows(timeline, chapter, words)]
        chapters.append({"title": chapter.title, "figure": drawn, "rows": rows})
    return _template().render(
        title=timeline.title,
        language=timeline.language,
        direction=text_direction(timeline.language),
        facts_language=facts_language,
        facts=[*filter(None, facts)],
        chapters=chapters,
    )


def _rows(timeline: Timeline, chapter: Chapter, words: Catalogue) -> Iterator[_Row]:
    """Yield what happens in a chapter, in order: words, bells, blocks of breath and longer silences."""
    moments: list[Cue | ElasticGap] = [
        *(gap for gap in timeline.elastic_gaps if gap.kind == "breathe" or gap.length >= _SHORTEST_SHOWN),
        *(cue for cue in timeline.cues if not isinstance(cue.content, BreathTone)),
    ]
    inside = (moment for moment in moments if chapter.start <= moment.start < chapter.end)
    quiet_from = chapter.start
    for moment in sorted(inside, key=lambda moment: moment.start):
        yield from _silence(quiet_from, moment.start, words)
        yield _row(moment, words)
        quiet_from = max(quiet_from, moment.end)
    yield from _silence(quiet_from, chapter.end, words)


def _silence(start: Ms, end: Ms, words: Catalogue) -> Iterator[_Row]:
    """Yield a row for a silence that lasts as the script says, unless it is short."""
    if end - start >= _SHORTEST_SHOWN:
        yield _Row(clock(start), words.gettext(_QUIET["silence"], length=clock(end - start)), True)


def _row(moment: Cue | ElasticGap, words: Catalogue) -> _Row:
    time = clock(moment.start)
    if isinstance(moment, Cue):
        is_bell = isinstance(moment.content, BellStroke)
        return _Row(time, words.gettext("Bell") if is_bell else spoken_text(moment), is_bell)
    length = clock(moment.length)
    if not moment.pattern:
        return _Row(time, words.gettext(_QUIET[moment.kind], length=length), True)
    text = words.ngettext("{count} breath, {length}", "{count} breaths, {length}", moment.cycles)
    counts = _seconds_of(moment.pattern)
    return _Row(time, f"{text.format(count=moment.cycles, length=length)} ({counts})", True)


def _seconds_of(pattern: Pattern) -> str:
    """Return a pattern as `--breath` takes it: the seconds in and out, or in, held, out and held."""
    phases = [pattern.inhale, pattern.full, pattern.exhale, pattern.empty]
    while len(phases) > 2 and not phases[-1]:
        phases.pop()
    if len(phases) == 3 and not pattern.full:
        phases = [pattern.inhale, pattern.exhale]
    return "-".join(f"{phase / 1000:g}" for phase in phases)


def _drawn(figure: Figure, language: str) -> Markup:
    """Return a figure as markup: the program's own as it is, and an author's file as a picture."""
    if not figure.file:
        return Markup(svg(figure, language))
    content, mime_type = figure_content(figure)
    return Markup('<img alt="" src="data:{};base64,{}">').format(mime_type, b64encode(content).decode())


@cache
def _template() -> Template:
    folder = Path(__file__).parents[1] / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("sheet.html")
