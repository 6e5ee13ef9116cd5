"""What can be said about scripts and timelines: errors, advice and possible lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, assert_never

from ..build import arrange, clip_lengths
from ..cast.cast import knows_word
from ..cast.speak import assign, unsayable_lines
from ..errors import AudioBuilderError, Location, Problem, ScriptErrors
from ..figures.library import Figure, figure_alt, figure_file
from ..files import read_file
from ..options import BuildOptions
from ..planning.plan import default_length, extent, ranges
from ..planning.statistics import quiet_share, spoken_text, words_a_minute
from ..planning.timeline import BellStroke, BreathTone, Cue, ElasticGap, PlayedRecording, Timeline, Utterance
from ..planning.wording import sounds
from ..request import BuildRequest, Workspace, resolve
from ..script.model import Line, Script
from ..script.parse.characters import decode_script, split_lines
from ..script.parse.parse import parse
from ..script.search import display_path, find_script
from ..script.show_names import show_names
from ..script.walk import script_figure
from ..speech.pronunciation import pronunciation
from ..spoken.form import spoken_form
from ..units import SHORTEST, Ms, clock, whole_seconds
from .advice import script_advice, timeline_advice
from .questions import questions


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong with a script, what to consider, and the lengths it can have in ms, both ends included."""

    errors: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()
    lengths: tuple[tuple[Ms, Ms], ...] = ()


def check(name: str, workspace: Workspace | None = None) -> Report:
    """Return the report on a script, without advice on the other scripts that it is made of.

    Advice is for the script at its default length, with true lengths if all of it was spoken before.

    >>> import audio_builder
    >>> report = audio_builder.check("leg-across")
    >>> report.errors
    ()
    >>> shortest, longest = report.lengths[0]
    >>> longest // 3_600_000
    8
    """
    workspace = workspace or Workspace()
    try:
        path = find_script(name, workspace.finder)
    except AudioBuilderError as error:
        return Report(errors=(Problem(Location(name, 1), str(error)),))
    file = display_path(path)
    text = _text(path, file)
    asked = tuple(question.problem for question in questions(text, file))
    try:
        request = resolve(str(path), BuildOptions(), workspace.finder)
        return _check(request, workspace, file, split_lines(text), asked)
    except ScriptErrors as error:
        # an error has its own hint, so a question about the same line would repeat it
        lines = {problem.location.line for problem in error.problems if problem.location.file == file}
        asked = tuple(question for question in asked if question.location.line not in lines)
        return Report(errors=error.problems, advice=asked)
    except AudioBuilderError as error:
        return Report(errors=(Problem(Location(file, 1), str(error)),), advice=asked)


def _text(path: Path, file: str) -> str:
    """Return the text of a script, or an empty one if it cannot be read, which is reported later."""
    try:
        return decode_script(read_file(path), file)
    except (OSError, ScriptErrors):
        return ""


def _at_its_line(problem: Problem, rows: Sequence[str]) -> Problem:
    """Return advice that shows the line of the file that it is about, because a sentence may span several."""
    line = problem.location.line
    return replace(problem, source=rows[line - 1]) if problem.source and line <= len(rows) else problem


def _check(
    request: BuildRequest, workspace: Workspace, file: str, rows: Sequence[str], asked: tuple[Problem, ...]
) -> Report:
    script, ending = request.script, request.options.ending
    table = pronunciation(script, workspace.finder)
    show_names(script, workspace.finder)  # a build stops at a broken show.toml, so a check reports it
    if problems := unsayable_lines(request.cast, assign(request.cast, spoken_lines(script))):
        return Report(errors=tuple(problems), advice=asked)
    lengths, _ = clip_lengths(request, workspace)

    def known(word: str) -> bool:
        return word.casefold() in table or knows_word(request.cast, word)

    found = [*script_advice(script, known)]
    longest = extent(script, lengths, ending)[1]
    if longest < SHORTEST:
        fact = f"lasts at most {clock(longest)}: too short to build by itself, but fine for an [include]"
        hint = "to build it, write [rest 2m..] where time may go"
        found.append(Problem(Location(file, 1), fact, hint=hint))
        possible: tuple[tuple[Ms, Ms], ...] = ()
    else:
        found += timeline_advice(script, arrange(request, lengths))
        possible = ranges(script, lengths, ending)
    own = [_at_its_line(problem, rows) for problem in found if problem.location.file == file]
    in_order = sorted([*own, *asked], key=lambda one: (one.location.line, one.location.column))
    return Report(advice=tuple(in_order), lengths=possible)


def spoken_lines(script: Script) -> dict[Line, Location]:
    """Return every sentence that a session may speak, with its place."""
    return {sound: place for sound, place in sounds(script).items() if isinstance(sound, Line)}


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """A sentence as it is written and as it is sent to the voice."""

    location: Location
    written: str
    spoken: str


def spoken_sentences(name: str, workspace: Workspace) -> list[SpokenSentence]:
    """Return the sentences of a script in the order of its lines. Raise AudioBuilderError if it has errors."""
    request = resolve(name, BuildOptions(), workspace.finder)
    table = pronunciation(request.script, workspace.finder)
    keep = (*table, *(word for word, _ in request.script.front.say))
    language = request.script.front.language
    found = [
        SpokenSentence(place, line.text, spoken_form(line.text, language, keep))
        for line, place in spoken_lines(request.script).items()
    ]
    return sorted(found, key=lambda one: (one.location.file, one.location.line, one.location.column))


def script_facts(name: str, path: Path, workspace: Workspace) -> dict[str, Any]:
    """Return what `scripts` and the page list of a script: its title and the lengths it can have, or its error."""
    try:
        request = resolve(str(path), BuildOptions(), workspace.finder)
        lengths, _ = clip_lengths(request, workspace)
        possible = ranges(request.script, lengths)
        default = default_length(request.script, lengths)
        if not possible:
            raise AudioBuilderError(f"{name} cannot have any length from five minutes to eight hours")
    except AudioBuilderError as error:
        return {"name": name, "file": display_path(path), "error": str(error)}
    front = request.script.front
    # a position is loaded as a session around it, so its kind is read from the file
    kind = parse(read_file(path), name, display_path(path)).front.kind
    return {
        "name": name,
        "title": front.title,
        "language": front.language,
        "kind": kind,
        "takes_positions": bool(front.positions),
        "ending": request.options.ending,
        "summary": front.summary,
        "figure": figure_facts(script_figure(request.script), front.title, front.language),
        "file": display_path(path),
        "shortest_ms": whole_seconds(possible[0])[0],
        "default_ms": default,
        "longest_ms": whole_seconds(possible[-1])[1],
    }


def figure_facts(figure: Figure | None, title: str, language: str) -> dict[str, str] | None:
    """Return the name of a figure's file and its description, or None. A title describes an author's own picture."""
    return (
        {"file": figure_file(figure, language), "alt": figure_alt(figure, language) or title}
        if figure
        else None
    )


# The figures of chapters hold poses, which are not for programs that read a timeline.
_OWN_FORM = ("cues", "elastic_gaps", "chapters")


def timeline_document(timeline: Timeline) -> dict[str, object]:
    """Return a timeline as JSON has it: everything in it, and the figures about it."""
    return {
        **{
            key: value
            for key, value in asdict(replace(timeline, chapters=())).items()
            if key not in _OWN_FORM
        },
        "chapters": [
            {
                "start": chapter.start,
                "length": chapter.length,
                "title": chapter.title,
                "figure": figure_facts(chapter.figure, chapter.title, timeline.language),
            }
            for chapter in timeline.chapters
        ],
        "spans": [_gap(gap) for gap in timeline.elastic_gaps],
        "words_a_minute": words_a_minute(timeline),
        "quiet_share": quiet_share(timeline),
        "breaths": sum(gap.cycles for gap in timeline.elastic_gaps),
        "cues": [_cue(cue) for cue in timeline.cues],
    }


def _cue(cue: Cue) -> dict[str, object]:
    details: dict[str, object] = {}
    match cue.content:
        case Utterance():
            kind = "speech"
        case PlayedRecording():
            kind = "played"
        case BellStroke():
            kind = "stroke"
        case BreathTone(phase=phase):
            kind, details = "tone", {"phase": phase}
        case _:
            assert_never(cue.content)
    return {"start": cue.start, "length": cue.length, "kind": kind, "text": spoken_text(cue), **details}


def _gap(gap: ElasticGap) -> dict[str, object]:
    return {"place" if key == "location" else key: value for key, value in asdict(gap).items()}
