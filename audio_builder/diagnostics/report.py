"""What can be said of scripts and plans: errors, advice and possible lengths, for the command line and the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..build import arrange, guess, known_lengths
from ..errors import BuilderError, Place, Problem, ScriptErrors
from ..options import Wish
from ..planning.plan import default_length, extent, ranges
from ..planning.statistics import quiet_share, said, words_a_minute
from ..planning.timeline import Plan, Tone
from ..request import Desk, prepare
from ..script.parse.parse import parse
from ..script.search import shown
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


def check(name: str, desk: Desk) -> Report:
    """The report on a script, without advice on the other scripts that it is made of.

    Advice is judged at its default length, on true lengths where all was spoken before.
    """
    try:
        order = prepare(name, Wish(), desk.shelf)
        lengths = known_lengths(order, desk) or guess(order, desk)
        possible = ranges(order.script, lengths, order.choice.ending)
        longest = extent(order.script, lengths, order.choice.ending)[1]
        if longest < SHORTEST:
            fact = (
                f"it lasts {clock(longest)} at most: too short to build by itself, and right for an [include]"
            )
            cure = "to build it, write [rest 2m..] where time may go"
            return Report(advice=(Problem(Place(order.script.file, 1), fact, cure=cure),))
        plan = arrange(order, lengths)
        table = pronunciation(order.script, desk.shelf)
    except ScriptErrors as error:
        return Report(errors=error.problems)
    except BuilderError as error:
        return Report(errors=(Problem(Place(name, 1), str(error)),))

    def known(word: str) -> bool:
        return word.casefold() in table or knows(order.voice.engine, word)

    found = advice(order.script, plan, known)
    own = tuple(problem for problem in found if problem.place.file == order.script.file)
    return Report(advice=own, lengths=possible)


def facts(name: str, path: Path, desk: Desk) -> dict[str, Any]:
    """A script as `scripts` and the page list it: its title, and the lengths it can have, or what is wrong with it."""
    try:
        order = prepare(str(path), Wish(), desk.shelf)
        lengths = known_lengths(order, desk) or guess(order, desk)
        possible = ranges(order.script, lengths)
        default = default_length(order.script, lengths)
        if not possible:
            raise BuilderError(f"{name} can have no length between five minutes and eight hours")
    except BuilderError as error:
        return {"name": name, "file": shown(path), "error": str(error)}
    front = order.script.front
    return {
        "name": name,
        "title": front.title,
        "language": front.language,
        "kind": parse(
            path.read_bytes(), name, shown(path)
        ).front.kind,  # a position is a session with its frame
        "takes_positions": bool(front.positions),
        "summary": front.summary,
        "file": shown(path),
        "shortest_ms": whole_seconds(possible[0])[0],
        "default_ms": default,
        "longest_ms": whole_seconds(possible[-1])[1],
    }


def document(plan: Plan) -> dict[str, object]:
    """A plan as JSON has it: everything in it, and what is counted in it."""
    return {
        **{key: value for key, value in asdict(plan).items() if key != "cues"},
        "words_a_minute": words_a_minute(plan),
        "quiet_share": quiet_share(plan),
        "breaths": sum(span.cycles for span in plan.spans),
        "cues": [
            {"start": c.start, "length": c.length, "kind": type(c.what).__name__.lower(), "text": said(c)}
            | ({"phase": c.what.phase} if isinstance(c.what, Tone) else {})
            for c in plan.cues
        ],
    }
