"""Choose positions and spare chapters for a length, and find every length that a script can have."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from ..errors import ScriptErrors
from ..script.model import Script
from ..script.walk import position_choices, scripts_in
from ..units import LONGEST, SHORTEST, Ms
from .arrange import arrange_steps
from .conditions import thresholds, total_minimum
from .elastic import ElasticBudget, elastic_budget
from .request import PlanRequest
from .steps import Arrangement


@dataclass(frozen=True, slots=True)
class Candidate:
    """An arrangement and the lengths that it can have."""

    arrangement: Arrangement
    budget: ElasticBudget


@dataclass(frozen=True, slots=True)
class _Choice:
    """A choice of positions without the spare chapters, and a function that adds these if the script has any."""

    plain: Candidate
    with_spare: Callable[[], Candidate] | None


_REMEMBERED_KINDS = 8
_Known = dict[tuple[int, int], _Choice]
"""Choices by their number of positions, and by the number of thresholds up to the target."""


class KnownChoices:
    """What was found for a script, with the same length of each sound, and serves its sessions of other lengths."""

    def __init__(self) -> None:
        self._known: OrderedDict[object, _Known] = OrderedDict()

    def of(self, request: PlanRequest) -> _Known:
        """Return what is known for the request's ending, pattern and variation, to be added to."""
        key = request.ending, request.pattern, request.variation
        found = self._known.setdefault(key, {})
        while len(self._known) > _REMEMBERED_KINDS:
            self._known.popitem(last=False)
        return found


def best_candidate(request: PlanRequest, known: KnownChoices | None = None) -> Candidate | None:
    """Return the candidate with the most positions that can have the target length, or None.

    It has the spare chapters only if it cannot last long enough without them. `known` makes it several times faster for
    a script that was planned before.
    """
    for choice in _choices(request, known.of(request) if known else None):
        if choice.plain.budget.shortest > request.target:
            continue
        candidate = choice.plain
        if request.target > candidate.budget.longest and choice.with_spare:
            candidate = choice.with_spare()
        fits = candidate.budget.shortest <= request.target <= candidate.budget.longest
        return candidate if fits else None
    return None


def possible_ranges(request: PlanRequest) -> tuple[tuple[Ms, Ms], ...]:
    """Return every length that the session can have, whatever its target, as ranges in order, both ends included."""
    script = request.script
    changes = {
        length
        for chosen in position_choices(script)
        for length in thresholds(script, chosen)
        if SHORTEST < length <= LONGEST
    }
    found: list[tuple[Ms, Ms]] = []
    known: _Known = {}
    for low, after in pairwise([SHORTEST, *sorted(changes), Ms(LONGEST + 1)]):
        for first, last in sorted(_ranges_between(replace(request, target=low), after - 1, known)):
            if found and first <= found[-1][1] + 1:
                found[-1] = (found[-1][0], Ms(max(last, found[-1][1])))
            else:
                found.append((Ms(first), Ms(last)))
    return tuple(found)


def natural_extent(request: PlanRequest) -> tuple[int, int]:
    """Return the length in milliseconds with every elastic part at its shortest, and with every one at its longest.

    They are not limited to the lengths that a session may have. Headings such as `{from 20m}` apply as in a session of
    the target length.
    """
    choices = list(_choices(request))
    longest = [choice.with_spare() if choice.with_spare else choice.plain for choice in choices]
    return (
        min(choice.plain.budget.shortest for choice in choices),
        max(candidate.budget.longest for candidate in longest),
    )


def _choices(request: PlanRequest, known: _Known | None = None) -> Iterator[_Choice]:
    """Yield every choice of positions at the target length, those with the most positions first.

    If the share of a position is below its minimum, the position's conditions may leave too little to hold it. Such a
    choice is skipped. At any greater length this is an error in the script. `known` has choices for other targets,
    which are the same between two thresholds.
    """
    script = request.script

    def candidate(chosen: tuple[Script, ...], with_spare: bool) -> Candidate:
        arrangement = arrange_steps(request, chosen, with_spare)
        return Candidate(arrangement, elastic_budget(arrangement))

    def add_spare(chosen: tuple[Script, ...]) -> Callable[[], Candidate]:
        return cache(lambda: candidate(chosen, with_spare=True))

    has_spare = any(
        section.marks.spare for member in scripts_in(script, script.parts) for section in member.sections
    )
    for chosen in position_choices(script):
        key = None
        if known is not None:
            key = len(chosen), bisect_right(sorted(thresholds(script, chosen)), request.target)
            if key in known:
                yield known[key]
                continue
        try:
            plain = candidate(chosen, with_spare=False)
        except ScriptErrors:
            if request.target >= total_minimum(chosen):
                raise
            continue
        choice = _Choice(plain, add_spare(chosen) if has_spare else None)
        if known is not None and key is not None:
            known[key] = choice
        yield choice


def _ranges_between(request: PlanRequest, high: int, known: _Known) -> Iterator[tuple[int, int]]:
    """Yield the possible lengths from the target up to `high`. No condition may change in between."""
    low = request.target
    for choice in _choices(request, known):
        plain = choice.plain.budget
        first, longest = max(low, plain.shortest), plain.longest
        if first > high:
            continue
        if first <= min(high, longest):
            yield first, min(high, longest)
        if choice.with_spare and longest < high:
            spare = choice.with_spare().budget
            begin, end = max(first, longest + 1, spare.shortest), min(high, spare.longest)
            if begin <= end:
                yield begin, end
        high = first - 1
