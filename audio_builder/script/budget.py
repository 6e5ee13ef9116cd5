"""Limits of a script with everything it includes, so that checking and planning any script takes a moment."""

from __future__ import annotations

from typing import assert_never

from .model import (
    Bell,
    Breathe,
    Cautions,
    ElasticPause,
    Include,
    Item,
    Pause,
    Play,
    Positions,
    Rest,
    Say,
    Script,
    Vary,
)
from .walk import script_items

MAX_ITEMS = 6_000
"""Sentences, pauses and other directives of a session. Eight hours of speech without a pause have about 5,000."""
MAX_POSITIONS = 30
"""Positions of a session."""
MAX_INCLUDE_DEPTH = 30
"""Scripts that include one another in a chain."""


HINT_TO_SPLIT = "split it into several sessions"


def excess(items: int) -> str:
    """Return what to say of a script with this number of items, or "" if they are within the limit."""
    if items <= MAX_ITEMS:
        return ""
    return (
        f"has {items:,} sentences and directives with what it includes; a session has at most {MAX_ITEMS:,}"
    )


def item_count(script: Script) -> int:
    """Return the number of items of a script, with those of the scripts it includes."""
    return sum(map(_size, script_items(script)))


def _size(item: Item) -> int:
    match item:
        case Include(script=script):
            return 1 + (item_count(script) if script is not None else 0)
        case Rest(items=items) | Vary(items=items):
            return 1 + sum(map(len, items))
        case Say() | Pause() | ElasticPause() | Breathe() | Bell() | Play() | Positions() | Cautions():
            return 1
        case _:
            assert_never(item)
