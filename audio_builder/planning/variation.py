"""Choose what a variation of a session says: one item of each `[vary]` list, and the order of a rest's items."""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import sha256

FIRST_VARIATION = 1
"""The variation that says what is written: the first item of each list, and rests in their order."""


def chosen_item(count: int, variation: int, side: int, number: int) -> int:
    """Return which of `count` items the list with this `number` speaks.

    From one variation to the next, every list moves on to its next item. Once all items were spoken, each list is
    shifted by another amount, which follows from its number, so that two variations never have much in common. On the
    second side (1), the item that follows the one on the first side is spoken.
    """
    left, digit = divmod(variation - FIRST_VARIATION, count)
    index = digit + side
    while left and number:
        left, digit = divmod(left, count)
        index += digit * number
        number //= count
    return index % count


def item_order(count: int, variation: int, side: int, place: Hashable) -> list[int]:
    """Return the order in which the items of a rest in any order are spoken.

    It is a hash of the place, and not from a random generator, whose results could change with the version of Python.
    """
    if variation == FIRST_VARIATION and side == 0:
        return list(range(count))
    return sorted(range(count), key=lambda n: sha256(f"{place} {variation} {side} {n}".encode()).digest())
