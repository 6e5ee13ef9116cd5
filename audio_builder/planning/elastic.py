"""The elastic time of an arrangement: its shortest and longest length, and the amount for each gap at any length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..errors import Problem, ScriptErrors
from ..units import LONGEST, Ms, show
from .distribute import ElasticRange, distribute, stretched_to
from .steps import (
    TAIL,
    Arrangement,
    ChapterStart,
    ElasticStep,
    FixedStep,
    GapKey,
    Performance,
    Step,
    fixed_hold_time,
)

_UNLIMITED = 2 * LONGEST


@dataclass(frozen=True, slots=True)
class BudgetGap:
    """An elastic gap with its bounds. A `spare` gap gets time only when all others are full."""

    key: GapKey
    range: ElasticRange
    spare: bool

    def with_low(self, low: int) -> BudgetGap:
        """Return the same gap with another lower bound."""
        return replace(self, range=replace(self.range, low=low))


@dataclass(frozen=True)
class ElasticBudget:
    """The lengths that an arrangement can have, in milliseconds.

    `fixed` is the time that never changes. Each of `caps` limits the sum of the gaps in one performance.
    """

    fixed: int
    gaps: tuple[BudgetGap, ...]
    caps: tuple[int, ...]

    @cached_property
    def shortest(self) -> int:
        return self.fixed + sum(gap.range.low * gap.range.count for gap in self.gaps)

    @cached_property
    def longest(self) -> int:
        """The length with every gap as long as its upper bound, whole breaths and the caps allow; at most LONGEST."""
        free = sum(gap.range.high * gap.range.count for gap in self.gaps if gap.range.cap is None)
        capped = tuple(gap for gap in self.gaps if gap.range.cap is not None)
        more_than_enough = 2 * LONGEST * (1 + len(capped))
        left = replace(self, fixed=0, gaps=capped).amounts(more_than_enough)[1]
        return min(LONGEST, self.fixed + free + more_than_enough - left)

    def amounts(self, length: int) -> tuple[dict[GapKey, Ms], int]:
        """Return the amount for each gap in a session of `length`, and the time that no gap can take."""
        amounts = {gap.key: Ms(gap.range.low) for gap in self.gaps}
        left = length - self.shortest
        for spare in (False, True):
            tier = [gap.range for gap in self.gaps if gap.spare is spare]
            if not tier:
                continue
            caps = self._caps_beside(amounts, spare)
            given, left = distribute(tier, caps, left + sum(gap.low * gap.count for gap in tier))
            keys = [gap.key for gap in self.gaps if gap.spare is spare]
            amounts |= {key: Ms(amount) for key, amount in zip(keys, given, strict=True)}
        return amounts, left

    def _caps_beside(self, amounts: dict[GapKey, Ms], spare: bool) -> list[int]:
        """Return the caps less the amounts of the gaps of the other tier."""
        caps = list(self.caps)
        for gap in self.gaps:
            if gap.spare is not spare and gap.range.cap is not None:
                caps[gap.range.cap] -= amounts[gap.key]
        return caps


@dataclass(frozen=True, slots=True)
class _HoldBounds:
    """What the bounds of a position mean for the elastic time in it.

    `fixed` has the fixed time of each performance that shares the elastic gaps of this one, on its longer side.
    """

    performance: Performance
    fixed: tuple[int, ...]

    @property
    def needed(self) -> int:
        return (self.performance.minimum or 0) - min(self.fixed)

    @property
    def allowed(self) -> int:
        maximum = self.performance.maximum
        return _UNLIMITED if maximum is None else maximum - max(self.fixed)

    def stretched(self, gaps: Sequence[BudgetGap]) -> list[BudgetGap]:
        """Return the gaps with lower bounds that add up to the minimum. Raises ScriptErrors if that is impossible."""
        lows = self._lows(gaps)
        if lows is None:
            longest = min(self.fixed) + sum(gap.range.high for gap in gaps)
            raise self._impossible(f"can be held for at most {show(longest)}")
        if self.performance.maximum is not None and sum(lows) > self.allowed:
            raise self._impossible(f"lasts at least {show(max(self.fixed) + sum(lows))}")
        return [gap.with_low(low) for gap, low in zip(gaps, lows, strict=True)]

    def _lows(self, gaps: Sequence[BudgetGap]) -> list[int] | None:
        """Stretch the gaps that are not spare, or all of them if that is not enough."""
        plain = [gap.range for gap in gaps if not gap.spare]
        spare = sum(gap.range.low for gap in gaps if gap.spare)
        stretched = stretched_to(plain, self.needed - spare)
        if stretched is None:
            return stretched_to([gap.range for gap in gaps], self.needed)
        plain_lows = iter(stretched)
        return [gap.range.low if gap.spare else next(plain_lows) for gap in gaps]

    def _impossible(self, fact: str) -> ScriptErrors:
        performance = self.performance
        bounds = f"minimum: {show(performance.minimum or 0)}"
        if performance.maximum is not None:
            bounds += f" and maximum: {show(performance.maximum)}"
        message = f"{performance.name} has {bounds}, but it {fact}"
        hint = "change these bounds, or the elastic time in its chapters that are not {fixed}"
        return ScriptErrors([Problem(performance.location, message, hint=hint)])


def elastic_budget(arrangement: Arrangement) -> ElasticBudget:
    """Return the elastic time of an arrangement, with each position stretched to its minimum.

    Raises ScriptErrors if a position cannot reach its minimum or cannot stay within its maximum.
    """
    gaps = _gaps(arrangement.steps)
    caps = []
    for number, bounds in enumerate(_hold_bounds(arrangement)):
        if bounds is None:
            caps.append(_UNLIMITED)
            continue
        inside = [gap for gap in gaps.values() if gap.range.cap == number]
        gaps |= {gap.key: gap for gap in bounds.stretched(inside)}
        caps.append(bounds.allowed)
    fixed = TAIL + sum(step.length for step in arrangement.steps if isinstance(step, FixedStep))
    return ElasticBudget(fixed, tuple(gaps.values()), tuple(caps))


def _gaps(steps: Iterable[Step]) -> dict[GapKey, BudgetGap]:
    """Return each elastic gap, in the order of its first step, with the number of its performances."""
    gaps: dict[GapKey, BudgetGap] = {}
    for step in steps:
        if not isinstance(step, ElasticStep):
            continue
        if known := gaps.get(step.key):
            gaps[step.key] = replace(known, range=replace(known.range, count=known.range.count + 1))
        else:
            cap = step.hold.performance if step.hold and not step.one_side else None
            gaps[step.key] = BudgetGap(
                step.key, ElasticRange(step.low, step.high, 1, step.cycle, cap), step.spare
            )
    return gaps


def _hold_bounds(arrangement: Arrangement) -> list[_HoldBounds | None]:
    """Return the bounds of each performance, or None if an earlier performance has the same gaps.

    That is so for a position inside a session with sides: it is performed once for each side of the session.
    """
    fixed = [[0, 0] for _ in arrangement.performances]
    first: dict[GapKey, int] = {}
    owner = list(range(len(fixed)))
    for step in arrangement.steps:
        if isinstance(step, ChapterStart) or step.hold is None:
            continue
        number = step.hold.performance
        fixed[number][step.hold.side] += fixed_hold_time(step)
        if isinstance(step, ElasticStep):
            owner[number] = first.setdefault(step.key, number)
    bounds: list[_HoldBounds | None] = []
    for number, performance in enumerate(arrangement.performances):
        shared = [
            max(sides) for sides, first_number in zip(fixed, owner, strict=True) if first_number == number
        ]
        bounds.append(_HoldBounds(performance, tuple(shared)) if shared else None)
    return bounds
