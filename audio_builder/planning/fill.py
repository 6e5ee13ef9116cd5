"""How elastic time is given out: water-filling in whole milliseconds, breaths in whole cycles. Numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..units import LONGEST


@dataclass(frozen=True, slots=True)
class Elastic:
    """One span: `count` is 2 where it is performed on two sides, `cycle` 0 for silence, `cap` the index of the
    limit on the sum that it belongs to or -1. All in milliseconds."""

    low: int
    high: int
    count: int = 1
    cycle: int = 0
    cap: int = -1


def fill(spans: Sequence[Elastic], caps: Sequence[int], room: int) -> tuple[list[int], int]:
    """Amounts for the spans that use up `room`, and what no span could take.

    Each span gets `min(high, level * low)`, one level for all; a cap limits the sum over its spans, each
    counted once. Breaths are cut to whole cycles, then held while the silences are filled again; a breath
    takes a further cycle where no silence can take what is left. `room` is at least the sum of the lows.
    """
    amounts = _level(spans, caps, room)
    for n, span in enumerate(spans):
        if span.cycle:
            amounts[n] -= amounts[n] % span.cycle
    held = [Elastic(a, a, x.count, 0, x.cap) if x.cycle else x for a, x in zip(amounts, spans, strict=True)]
    amounts = _level(held, caps, room)
    left = room - _total(spans, amounts)
    while left > 0 and (breath := _breath(spans, caps, amounts, left)) is not None:
        amounts[breath] += spans[breath].cycle
        left -= spans[breath].cycle * spans[breath].count
    return amounts, left


def least(spans: Sequence[Elastic], needed: int) -> list[int] | None:
    """The spans of a position stretched by themselves until their sum, each counted once, is at least `needed`:
    exactly that where a silence can take it, else up to the next whole breath. None where they cannot reach it."""
    alone = [Elastic(x.low, x.high, 1, x.cycle) for x in spans]
    amounts, left = fill(alone, (), max(needed, _total(alone, [x.low for x in alone])))
    while left > 0:
        n = _breath(alone, (), amounts, LONGEST)
        if n is None:
            return None
        amounts[n] += alone[n].cycle
        left -= alone[n].cycle
    return amounts


def _level(spans: Sequence[Elastic], caps: Sequence[int], room: int) -> list[int]:
    """`min(high, level * low)` for one level, within the caps, in whole milliseconds by largest remainder.

    The level rises from one end of a span, or of a cap, to the next; what has reached its end is frozen there.
    """
    exact = [Fraction(span.low) for span in spans]
    active = {n for n, span in enumerate(spans) if span.high > span.low}
    ends = sorted(active, key=lambda n: Fraction(spans[n].high, spans[n].low), reverse=True)
    weight = sum(spans[n].low * spans[n].count for n in active)
    others = Fraction(sum(span.low * span.count for n, span in enumerate(spans) if n not in active))
    groups = {cap: [n for n, span in enumerate(spans) if span.cap == cap] for cap in range(len(caps))}
    while active:
        level = (room - others) / weight
        while ends and ends[-1] not in active:
            ends.pop()
        reached, lowest = [ends[-1]], Fraction(spans[ends[-1]].high, spans[ends[-1]].low)
        for cap, members in groups.items():
            inside = [n for n in members if n in active]
            if inside:
                frozen = sum((exact[n] for n in members if n not in active), Fraction(0))
                limit = max((caps[cap] - frozen) / sum(spans[n].low for n in inside), Fraction(1))
                if limit < lowest:
                    reached, lowest = inside, limit
        if level <= lowest:
            for n in active:
                exact[n] = max(level, Fraction(1)) * spans[n].low
            break
        for n in reached:
            exact[n] = lowest * spans[n].low
            others += exact[n] * spans[n].count
            weight -= spans[n].low * spans[n].count
            active.discard(n)
    return _whole(spans, caps, exact, room)


def _whole(spans: Sequence[Elastic], caps: Sequence[int], exact: list[Fraction], room: int) -> list[int]:
    """Whole milliseconds: rounded down, then one more each by largest remainder, the earliest first."""
    amounts = [int(x) for x in exact]
    left = min(room, round(sum(x * s.count for x, s in zip(exact, spans, strict=True)))) - _total(
        spans, amounts
    )
    order = sorted(range(len(spans)), key=lambda n: (amounts[n] - exact[n], n))
    while left > 0:
        n = next(
            (n for n in order if spans[n].count <= left and _room(spans, caps, amounts, n) > 0),
            None,
        )
        if n is None:
            break
        amounts[n] += 1
        left -= spans[n].count
        order.remove(n)
        order.append(n)
    return amounts


def _room(spans: Sequence[Elastic], caps: Sequence[int], amounts: Sequence[int], n: int) -> int:
    """How much a span may still grow, by itself and within its cap."""
    room = spans[n].high - amounts[n]
    cap = spans[n].cap
    if cap < 0:
        return room
    return min(room, caps[cap] - sum(a for a, x in zip(amounts, spans, strict=True) if x.cap == cap))


def _total(spans: Sequence[Elastic], amounts: Sequence[int]) -> int:
    return sum(amount * span.count for amount, span in zip(amounts, spans, strict=True))


def _breath(spans: Sequence[Elastic], caps: Sequence[int], amounts: Sequence[int], left: int) -> int | None:
    """The first breath that can take one more cycle out of what is left."""
    for n, span in enumerate(spans):
        if span.cycle and span.cycle * span.count <= left and _room(spans, caps, amounts, n) >= span.cycle:
            return n
    return None
