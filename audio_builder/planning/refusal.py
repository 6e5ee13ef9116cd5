"""Explain why a session cannot have a length, and what is possible instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import DoesNotFit
from ..units import LONGEST, SHORTEST, clock, show, whole_seconds
from .choices import best_candidate, natural_extent, possible_ranges
from .request import PlanRequest


def refusal(request: PlanRequest) -> DoesNotFit:
    """Return the error for a target length that does not fit. It has the possible lengths and the nearest ones."""
    possible = possible_ranges(request)
    if not possible:
        return DoesNotFit(_never(request))
    fact = f"shortest {clock(whole_seconds(possible[0])[0])}, longest {clock(possible[-1][1])}"
    return DoesNotFit(f"{_cannot_last(request)}: {fact}{_instead(request, possible)}", possible)


def _cannot_last(request: PlanRequest) -> str:
    script = request.script
    names = [part.name for part in script.parts]
    positions_given = script.exact and script.name not in names
    subject = f"--positions {','.join(names)}" if positions_given else script.name
    return f"{subject} cannot last {clock(request.target)}"


def _never(request: PlanRequest) -> str:
    low, high = natural_extent(replace(request, target=SHORTEST, pattern=None))
    extent = clock(low) + (f" to {clock(high)}" if high > low else "")
    return (
        f"{_cannot_last(request)}, nor any other length from {clock(SHORTEST)} to {clock(LONGEST)}: "
        f"it adds up to {extent}; add elastic time, e.g. [rest 2m..]"
    )


def _instead(request: PlanRequest, possible: Sequence[tuple[int, int]]) -> str:
    below = [last for _, last in map(whole_seconds, possible) if last < request.target]
    above = [first for first, _ in map(whole_seconds, possible) if first > request.target]
    text = ""
    if below and above:
        text = f"; the nearest possible lengths are {clock(max(below))} and {clock(min(above))}"
    if fewer := _fewer_positions(request):
        return f"{text}; with {','.join(fewer)} alone it can"
    grow = (
        "; nothing in it can grow: write e.g. [10s..40s] or [rest 2m..]" if len({*possible[0]}) == 1 else ""
    )
    if above and not below:
        return f"{grow}; try --length {show(min(above))}"
    if below and not above:
        return f"{grow}; try --length {show(max(below))}"
    return text


def _fewer_positions(request: PlanRequest) -> Sequence[str]:
    """Return the names of the most positions, from the first on, that can have the length; empty if none can."""
    script = request.script
    if not script.exact:
        return []
    for count in range(len(script.parts) - 1, 0, -1):
        fewer = replace(script, parts=script.parts[:count])
        if best_candidate(replace(request, script=fewer)):
            return [position.name for position in fewer.parts]
    return []
