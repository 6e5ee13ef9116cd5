"""Errors, advice and possible lengths of a script: what `check` shows."""

from __future__ import annotations

from dataclasses import dataclass

from .build import Desk, arrange, guess, known_lengths, prepare
from .errors import BuilderError, Place, Problem, ScriptErrors
from .lint import advice
from .load import pronunciation
from .options import Wish
from .plan import extent, ranges
from .units import SHORTEST, Ms, clock
from .voices import knows


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
