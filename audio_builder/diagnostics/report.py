"""What can be said about scripts and timelines: errors, advice and possible lengths."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, assert_never

from ..build import arrange, clip_lengths
from ..errors import AudioBuilderError, Location, Problem, ScriptErrors
from ..options import BuildOptions
from ..planning.plan import default_length, extent, ranges
from ..planning.statistics import quiet_share, spoken_text, words_a_minute
from ..planning.timeline import BellStroke, BreathTone, Cue, ElasticGap, PlayedRecording, Timeline, Utterance
from ..request import BuildRequest, Workspace, resolve
from ..script.parse.parse import parse
from ..script.search import display_path
from ..speech.pronunciation import pronunciation
from ..speech.voices import knows
from ..units import SHORTEST, Ms, clock, whole_seconds
from .advice import advice


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
        return _check(resolve(name, BuildOptions(), workspace.finder), workspace)
    except ScriptErrors as error:
        return Report(errors=error.problems)
    except AudioBuilderError as error:
        return Report(errors=(Problem(Location(name, 1), str(error)),))


def _check(request: BuildRequest, workspace: Workspace) -> Report:
    script, ending = request.script, request.options.ending
    lengths, _ = clip_lengths(request, workspace)
    longest = extent(script, lengths, ending)[1]
    if longest < SHORTEST:
        fact = f"lasts at most {clock(longest)}: too short to build by itself, but fine for an [include]"
        hint = "to build it, write [rest 2m..] where time may go"
        return Report(advice=(Problem(Location(script.file, 1), fact, hint=hint),))
    table = pronunciation(script, workspace.finder)

    def known(word: str) -> bool:
        return word.casefold() in table or knows(request.voice.engine, word)

    found = advice(script, arrange(request, lengths), known)
    own = tuple(problem for problem in found if problem.location.file == script.file)
    return Report(advice=own, lengths=ranges(script, lengths, ending))


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
    kind = parse(path.read_bytes(), name, display_path(path)).front.kind
    return {
        "name": name,
        "title": front.title,
        "language": front.language,
        "kind": kind,
        "takes_positions": bool(front.positions),
        "summary": front.summary,
        "file": display_path(path),
        "shortest_ms": whole_seconds(possible[0])[0],
        "default_ms": default,
        "longest_ms": whole_seconds(possible[-1])[1],
    }


def timeline_document(timeline: Timeline) -> dict[str, object]:
    """Return a timeline as JSON has it: everything in it, and the figures about it."""
    return {
        **{key: value for key, value in asdict(timeline).items() if key not in ("cues", "elastic_gaps")},
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


def problem_document(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON has it. For one release the hint also has the key that 0.1 gave it."""
    location = problem.location
    return {
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "width": max(1, problem.width),
        "message": problem.message,
        "hint": problem.hint,
        "cure": problem.hint,
    }
