"""Choose which items of a rest are spoken, and when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from ..options import Ending
from ..units import Ms
from .steps import SpokenLine, spoken_length

_SHORTEST_SILENCE = Ms(25_000)
"""The shortest silence before, between and after the items of a rest."""
LONGEST_SILENCE = Ms(4 * 60_000)
"""The longest silence in a rest of a session that ends awake, unless the rest is long."""
_LONGEST_SILENCE_IN_LONG_REST = Ms(15 * 60_000)
_LONG_REST = Ms(60 * 60_000)

RestItem = Sequence[SpokenLine]


def spoken_items(items: Sequence[RestItem], length: int, ending: Ending) -> list[tuple[int, RestItem]]:
    """Return the items that are spoken in a rest of `length`, each with its start after the start of the rest.

    As many items are spoken, in order, as leave silences of 25 s or more around them. The silences grow from the first
    to the last. If a listener would be left alone for too long at the end of a session that ends awake, the items
    repeat with equal silences, only as often as needed.
    """
    durations = [spoken_length(item) for item in items]
    count = _most_items(durations, length)
    if count == 0:
        return []
    order = list(range(count))
    silences = _growing_silences(length - sum(durations[:count]), count + 1)
    limit = _LONGEST_SILENCE_IN_LONG_REST if length > _LONG_REST else LONGEST_SILENCE
    if ending == "wake" and silences[-1] > limit:
        order = _repeated_order(durations, count, length, limit)
        silences = _equal_silences(length - sum(durations[n] for n in order), len(order) + 1)
    now, schedule = 0, []
    for n, silence in zip(order, silences, strict=False):
        now += silence
        schedule.append((now, items[n]))
        now += durations[n]
    return schedule


def _most_items(durations: Sequence[int], length: int) -> int:
    """Return how many items, from the first on, leave a shortest silence before, between and after them."""
    totals = enumerate(accumulate(durations, initial=0))
    return max((n for n, total in totals if total + (n + 1) * _SHORTEST_SILENCE <= length), default=0)


def _growing_silences(quiet: int, count: int) -> list[int]:
    """Return silences that sum to `quiet`: the shortest silence each, and the rest shared as 1 : 2 : … : `count`."""
    extra = quiet - count * _SHORTEST_SILENCE
    shares = count * (count + 1) // 2
    ends = [extra * (n * (n + 1) // 2) // shares for n in range(count + 1)]
    return [_SHORTEST_SILENCE + ends[n + 1] - ends[n] for n in range(count)]


def _repeated_order(durations: Sequence[int], count: int, length: int, limit: int) -> list[int]:
    """Return the items to speak so that no silence is longer than `limit`, repeating all of them in order."""
    speech = sum(durations[:count])
    while length - speech > limit * (count + 1):
        speech += durations[count % len(durations)]
        count += 1
    return [n % len(durations) for n in range(count)]


def _equal_silences(quiet: int, count: int) -> list[int]:
    return [quiet * (n + 1) // count - quiet * n // count for n in range(count)]
