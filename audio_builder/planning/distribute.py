"""Distribute elastic time by water-filling: silence in whole milliseconds, breath in whole cycles. Numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ..units import LONGEST


@dataclass(frozen=True, slots=True)
class ElasticRange:
    """The bounds of one elastic gap in milliseconds.

    It is performed `count` times: twice on two sides. `cycle` is the length of a breath, or 0 for silence. `cap` is the
    index of the limit on a sum that it counts towards, or None.
    """

    low: int
    high: int
    count: int = 1
    cycle: int = 0
    cap: int | None = None


def distribute(gaps: Sequence[ElasticRange], caps: Sequence[int], total: int) -> tuple[list[int], int]:
    """Return an amount for each gap, and the part of `total` that no gap can take.

    Each gap gets `min(high, level * low)`, with one level for all; a cap limits the sum of its gaps, each counted once.
    Breaths are then cut to whole cycles, and the silences are filled again with the time that this frees. If silences
    cannot take all of it, breaths get further cycles. `total` must be at least the sum of the lower bounds.
    """
    amounts = _level(gaps, caps, total)
    for n, gap in enumerate(gaps):
        if gap.cycle:
            amounts[n] -= amounts[n] % gap.cycle
    settled = [
        replace(gap, low=amount, high=amount, cycle=0) if gap.cycle else gap
        for amount, gap in zip(amounts, gaps, strict=True)
    ]
    amounts = _level(settled, caps, total)
    left = total - _total(gaps, amounts)
    while left > 0 and (breath := _breath_with_room(gaps, caps, amounts, left)) is not None:
        amounts[breath] += gaps[breath].cycle
        left -= gaps[breath].cycle * gaps[breath].count
    return amounts, left


def stretched_to(gaps: Sequence[ElasticRange], needed: int) -> list[int] | None:
    """Return amounts for the gaps of a position whose sum, each counted once, is at least `needed`.

    The sum is exactly `needed` if a silence can take the rest, else it goes up to the next whole breath. Returns None
    if the upper bounds do not reach `needed`.
    """
    alone = [replace(gap, count=1, cap=None) for gap in gaps]
    amounts, left = distribute(alone, (), max(needed, sum(gap.low for gap in alone)))
    while left > 0:
        n = _breath_with_room(alone, (), amounts, LONGEST)
        if n is None:
            return None
        amounts[n] += alone[n].cycle
        left -= alone[n].cycle
    return amounts


def _level(gaps: Sequence[ElasticRange], caps: Sequence[int], total: int) -> list[int]:
    """Return `min(high, level * low)` for the highest level within the total and the caps, in whole milliseconds.

    The level rises from one upper bound, of a gap or of a cap, to the next. A gap that reaches its bound is frozen.
    """
    exact = [Fraction(gap.low) for gap in gaps]
    active = {n for n, gap in enumerate(gaps) if gap.high > gap.low}
    by_bound = sorted(active, key=lambda n: Fraction(gaps[n].high, gaps[n].low), reverse=True)
    weight = sum(gaps[n].low * gaps[n].count for n in active)
    room = Fraction(total - sum(gap.low * gap.count for n, gap in enumerate(gaps) if n not in active))
    limits = [_Limit(gaps, active, cap, most) for cap, most in enumerate(caps)]
    while active:
        while by_bound[-1] not in active:
            by_bound.pop()
        reached = [by_bound[-1]]
        bound = Fraction(gaps[reached[0]].high, gaps[reached[0]].low)
        for limit in limits:
            if limit.active and limit.bound < bound:
                reached, bound = sorted(limit.active), limit.bound
        level = room / weight
        if level <= bound:
            for n in active:
                exact[n] = max(level, Fraction(1)) * gaps[n].low
            break
        for n in reached:
            exact[n] = bound * gaps[n].low
            room -= exact[n] * gaps[n].count
            weight -= gaps[n].low * gaps[n].count
            active.remove(n)
            for limit in limits:
                limit.freeze(n, exact[n], gaps[n].low)
    return _rounded(gaps, caps, exact, total)


class _Limit:
    """A cap while the level rises: its active gaps, the sum of their lower bounds, and the room left for them."""

    def __init__(self, gaps: Sequence[ElasticRange], active: set[int], cap: int, most: int) -> None:
        members = {n for n, gap in enumerate(gaps) if gap.cap == cap}
        self.active = members & active
        self.weight = sum(gaps[n].low for n in self.active)
        self.room = Fraction(most - sum(gaps[n].low for n in members - active))
        self._bound: Fraction | None = None

    @property
    def bound(self) -> Fraction:
        if self._bound is None:
            self._bound = max(self.room / self.weight, Fraction(1))
        return self._bound

    def freeze(self, n: int, amount: Fraction, low: int) -> None:
        if n in self.active:
            self.active.remove(n)
            self.weight -= low
            self.room -= amount
            self._bound = None


def _rounded(
    gaps: Sequence[ElasticRange], caps: Sequence[int], exact: Sequence[Fraction], total: int
) -> list[int]:
    """Return whole milliseconds: rounded down, then one more each by largest remainder, the earliest gap first."""
    amounts = [int(amount) for amount in exact]
    wanted = round(sum(amount * gap.count for amount, gap in zip(exact, gaps, strict=True)))
    left = min(total, wanted) - _total(gaps, amounts)
    order = sorted(range(len(gaps)), key=lambda n: (amounts[n] - exact[n], n))
    while left > 0:
        n = next((n for n in order if gaps[n].count <= left and _room_for(n, gaps, caps, amounts) > 0), None)
        if n is None:
            break
        amounts[n] += 1
        left -= gaps[n].count
        order.remove(n)
        order.append(n)
    return amounts


def _room_for(n: int, gaps: Sequence[ElasticRange], caps: Sequence[int], amounts: Sequence[int]) -> int:
    """Return by how much a gap may still grow within its own bound and its cap."""
    own, cap = gaps[n].high - amounts[n], gaps[n].cap
    if cap is None:
        return own
    taken = sum(amount for amount, gap in zip(amounts, gaps, strict=True) if gap.cap == cap)
    return min(own, caps[cap] - taken)


def _total(gaps: Sequence[ElasticRange], amounts: Sequence[int]) -> int:
    return sum(amount * gap.count for amount, gap in zip(amounts, gaps, strict=True))


def _breath_with_room(
    gaps: Sequence[ElasticRange], caps: Sequence[int], amounts: Sequence[int], left: int
) -> int | None:
    """Return the first breath that can take one more cycle out of `left`, or None."""
    for n, gap in enumerate(gaps):
        if gap.cycle and gap.cycle * gap.count <= left and _room_for(n, gaps, caps, amounts) >= gap.cycle:
            return n
    return None
