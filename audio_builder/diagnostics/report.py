"""What can be said of scripts and plans: errors, advice and possible lengths, for the command line and the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..build import arrange, guess, known_lengths
from ..errors import AudioBuilderError, Location, Problem, ScriptErrors
from ..options import BuildOptions
from ..planning.plan import default_length, extent, ranges
from ..planning.statistics import quiet_share, said, words_a_minute
from ..planning.timeline import BellStroke, BreathTone, ElasticGap, PlayedRecording, Timeline, Utterance
from ..request import Workspace, resolve
from ..script.parse.parse import parse
from ..script.search import display_path
from ..speech.pronunciation import pronunciation
from ..speech.voices import knows
from ..units import SHORTEST, Ms, clock, whole_seconds
from .advice import advice


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong with a script, what to think about, and the lengths it can have (in ms, both ends included)."""

    errors: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()
    lengths: tuple[tuple[Ms, Ms], ...] = ()


def check(name: str, workspace: Workspace) -> Report:
    """The report on a script, without advice on the other scripts that it is made of.

    Advice is judged at its default length, on true lengths where all was spoken before.
    """
    try:
        order = resolve(name, BuildOptions(), workspace.finder)
        lengths = known_lengths(order, workspace) or guess(order, workspace)
        possible = ranges(order.script, lengths, order.choice.ending)
        longest = extent(order.script, lengths, order.choice.ending)[1]
        if longest < SHORTEST:
            fact = (
                f"it lasts {clock(longest)} at most: too short to build by itself, and right for an [include]"
            )
            hint = "to build it, write [rest 2m..] where time may go"
            return Report(advice=(Problem(Location(order.script.file, 1), fact, hint=hint),))
        timeline = arrange(order, lengths)
        table = pronunciation(order.script, workspace.finder)
    except ScriptErrors as error:
        return Report(errors=error.problems)
    except AudioBuilderError as error:
        return Report(errors=(Problem(Location(name, 1), str(error)),))

    def known(word: str) -> bool:
        return word.casefold() in table or knows(order.voice.engine, word)

    found = advice(order.script, timeline, known)
    own = tuple(problem for problem in found if problem.location.file == order.script.file)
    return Report(advice=own, lengths=possible)


def facts(name: str, path: Path, workspace: Workspace) -> dict[str, Any]:
    """A script as `scripts` and the page list it: its title, and the lengths it can have, or what is wrong with it."""
    try:
        order = resolve(str(path), BuildOptions(), workspace.finder)
        lengths = known_lengths(order, workspace) or guess(order, workspace)
        possible = ranges(order.script, lengths)
        default = default_length(order.script, lengths)
        if not possible:
            raise AudioBuilderError(f"{name} can have no length between five minutes and eight hours")
    except AudioBuilderError as error:
        return {"name": name, "file": display_path(path), "error": str(error)}
    front = order.script.front
    return {
        "name": name,
        "title": front.title,
        "language": front.language,
        "kind": parse(
            path.read_bytes(), name, display_path(path)
        ).front.kind,  # a position is a session with its frame
        "takes_positions": bool(front.positions),
        "summary": front.summary,
        "file": display_path(path),
        "shortest_ms": whole_seconds(possible[0])[0],
        "default_ms": default,
        "longest_ms": whole_seconds(possible[-1])[1],
    }


def document(timeline: Timeline) -> dict[str, object]:
    """A plan as JSON has it: everything in it, and what is counted in it."""
    return {
        **{key: value for key, value in asdict(timeline).items() if key not in ("cues", "elastic_gaps")},
        "spans": [_gap(gap) for gap in timeline.elastic_gaps],
        "words_a_minute": words_a_minute(timeline),
        "quiet_share": quiet_share(timeline),
        "breaths": sum(span.cycles for span in timeline.elastic_gaps),
        "cues": [
            {"start": c.start, "length": c.length, "kind": _KINDS[type(c.what)], "text": said(c)}
            | ({"phase": c.what.phase} if isinstance(c.what, BreathTone) else {})
            for c in timeline.cues
        ],
    }


_KINDS = {Utterance: "speech", PlayedRecording: "played", BellStroke: "stroke", BreathTone: "tone"}


def _gap(gap: ElasticGap) -> dict[str, object]:
    facts = asdict(gap)
    return {"place" if key == "location" else key: value for key, value in facts.items()}
