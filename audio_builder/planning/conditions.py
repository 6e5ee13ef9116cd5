"""Which chapters belong to a session: the conditions of headings, and the lengths at which they change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from ..script.model import Marks, Script
from ..script.walk import scripts_in
from ..units import Ms
from .request import PlanRequest
from .scopes import Scope

_ASSUMED_MINIMUM = Ms(5 * 60_000)
"""The weight of a position that does not say its minimum."""


def applies(marks: Marks, scope: Scope, request: PlanRequest, with_spare: bool) -> bool:
    """Return whether the text under a heading with these marks belongs to the session."""
    share = request.target * scope.body.share
    side = ("first", "second")[scope.turn.side]
    return not (
        (marks.least is not None and share < marks.least)
        or (marks.below is not None and share >= marks.below)
        or (marks.ending is not None and marks.ending != request.ending)
        or (marks.side is not None and scope.turn.per_side and marks.side != side)
        or (marks.spare and not with_spare)
    )


def thresholds(script: Script, chosen: Sequence[Script]) -> set[Ms]:
    """Return the session lengths at which the content may change: between two of them it stays the same.

    One comes from each `{from …}` and `{to …}` of a heading. Another is the length from which on every position has at
    least its minimum.
    """
    found = {total_minimum(chosen)}
    shares = [(script, Fraction(1)), *((position, share_of(position, chosen)) for position in chosen)]
    for owner, share in shares:
        for member in scripts_in(owner, ()):
            for section in member.sections:
                for length in (section.marks.least, section.marks.below):
                    if length is not None:
                        found.add(Ms(math.ceil(length / share)))
    return found


def share_of(position: Script, chosen: Sequence[Script]) -> Fraction:
    """Return a position's share of a session on each side: its minimum divided by the total minimum."""
    return Fraction(_minimum(position), total_minimum(chosen))


def total_minimum(chosen: Sequence[Script]) -> Ms:
    """Return the sum of the positions' minimums; a position with sides counts twice.

    From this length on, each position's share reaches its minimum.
    """
    return Ms(sum((2 if position.front.sides else 1) * _minimum(position) for position in chosen))


def _minimum(position: Script) -> Ms:
    return position.front.minimum or _ASSUMED_MINIMUM
