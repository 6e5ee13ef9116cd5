"""Front matter: each value by its own rule."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...options import BY_NAME, BuildOptions
from ...text import closest
from ..model import Front
from .front_rules import KEYS
from .problems import ParseError, Problems, Spot
from .yaml_tree import Table, Text, Value, tree

LARGEST = 50_000
"""Characters of the longest front matter."""
_START = "write three lines before it: ---, then title: and its words, then --- again"


class Bounds(NamedTuple):
    """Indices of lines: the opening --- (None if there is none), the closing one (likewise), the first of the
    body."""

    start: int | None
    end: int | None
    body: int


class Head(NamedTuple):
    """What the front matter says. `front` is None where it could not be read; `keys` says where each stands."""

    front: Front | None
    keys: dict[str, Spot]


def bounds(rows: list[str]) -> Bounds:
    """Where the front matter of a file's lines begins and ends."""
    first = next((i for i, row in enumerate(rows) if row.strip()), 0)
    if rows[first].rstrip() != "---":
        return Bounds(None, None, first)
    end = next((i for i in range(first + 1, len(rows)) if rows[i].rstrip() == "---"), None)
    return Bounds(first, end, len(rows) if end is None else end + 1)


def head(rows: list[str], limits: Bounds, problems: Problems) -> Head:
    """The front matter of a file's lines. Problems are noted, never raised."""
    if limits.start is None:
        spot = Spot(limits.body + 1, 1, len(rows[limits.body]))
        problems.add(spot, "there is no front matter, so there is no title", _START)
        return Head(None, {})
    top = Spot(limits.start + 1, 1, 3)
    if limits.end is None:
        problems.add(top, "the front matter is not closed", "write --- on a line of its own below it")
        return Head(None, {})
    inside = rows[limits.start + 1 : limits.end]
    if sum(map(len, inside)) > LARGEST:
        problems.add(top, "the front matter is too long", "is the line --- that ends it missing?")
        return Head(None, {})
    table = tree(inside, limits.start + 2, problems)
    if table is None:
        return Head(None, {})
    keys = {key.text: key.spot for key, _ in table.items}
    return Head(_read(table, keys, top, problems), keys)


def _read(table: Table, keys: dict[str, Spot], top: Spot, problems: Problems) -> Front:
    found: dict[str, Any] = {}
    meant_title = False
    for key, value in table.items:
        if key.text not in KEYS:
            meant = closest(key.text, KEYS)
            meant_title = meant_title or meant == "title"
            hint = f"did you mean {meant}?" if meant else f"the keys are {', '.join(KEYS)}"
            problems.add(key.spot, f'unknown key "{key.text[:40]}"', hint)
            continue
        try:
            found[key.text] = _value(key.text, value, problems)
        except ParseError as error:
            problems.caught(error, key.spot if isinstance(value, Text) and not value.text else value.spot)
    if "title" not in keys and not meant_title:
        problems.add(top, "the title is missing", "write title: and its words below the first ---")
    options = BuildOptions(
        **{name: found.pop(name) for name in BY_NAME if name in found and name != "positions"}
    )
    front = Front(**{"title": "", **found}, options=options)
    _agree(front, keys, problems)
    return front


def _value(key: str, value: Value, problems: Problems) -> Any:
    if isinstance(value, Text) and not value.text:
        raise ParseError(f"{key} has no value", "write one, or remove the line")
    return KEYS[key].rule(value, problems)


def _agree(front: Front, keys: dict[str, Spot], problems: Problems) -> None:
    if front.minimum is not None and front.maximum is not None and front.minimum > front.maximum:
        problems.add(keys["minimum"], "the minimum is more than the maximum", "exchange them")
    for key in ("minimum", "maximum", "frame"):
        if key in keys and front.kind != "position":
            problems.add(
                keys[key], f"{key} belongs to a position", "write kind: position as well, or take it away"
            )
    if "positions" in keys and front.kind == "position":
        problems.add(
            keys["positions"], "positions belong to a session", "take kind: position or this line away"
        )
