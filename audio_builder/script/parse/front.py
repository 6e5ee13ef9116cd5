"""Reads front matter, each value by the rule of its key."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...options import OPTIONS, BuildOptions
from ...text import closest
from ..model import Front
from .front_rules import KEYS
from .problems import ParseError, Problems, Spot
from .yaml_tree import YamlTable, YamlText, YamlValue, read_yaml

_MAX_CHARACTERS = 50_000
_START = "start with three lines: ---, then title: and its words, then --- again"


class FrontBounds(NamedTuple):
    """Indices of the lines that enclose the front matter, None for a missing one, and of the first line below."""

    start: int | None
    end: int | None
    body: int


class ParsedFront(NamedTuple):
    """The front matter, None if it could not be read, and the place of each key."""

    front: Front | None
    keys: dict[str, Spot]


def find_front(rows: list[str]) -> FrontBounds:
    """Return the position of the front matter in the lines of a file."""
    first = next((i for i, row in enumerate(rows) if row.strip()), 0)
    if rows[first].rstrip() != "---":
        return FrontBounds(None, None, first)
    end = next((i for i in range(first + 1, len(rows)) if rows[i].rstrip() == "---"), None)
    return FrontBounds(first, end, len(rows) if end is None else end + 1)


def read_front(rows: list[str], bounds: FrontBounds, problems: Problems) -> ParsedFront:
    """Return the front matter in the lines of a file. Problems are reported, never raised."""
    unreadable = ParsedFront(None, {})
    if bounds.start is None:
        spot = Spot(bounds.body + 1, 1, len(rows[bounds.body]))
        problems.add(spot, "missing front matter, so there is no title", _START)
        return unreadable
    top = Spot(bounds.start + 1, 1, 3)
    if bounds.end is None:
        problems.add(top, "the front matter is not closed", "write --- on a separate line below it")
        return unreadable
    inside = rows[bounds.start + 1 : bounds.end]
    if sum(map(len, inside)) > _MAX_CHARACTERS:
        problems.add(top, "the front matter is too long", "check that a line --- ends it")
        return unreadable
    table = read_yaml(inside, bounds.start + 2, problems)
    if table is None:
        return unreadable
    keys = {key.text: key.spot for key, _ in table.items}
    return ParsedFront(_read(table, keys, top, problems), keys)


def _read(table: YamlTable, keys: dict[str, Spot], top: Spot, problems: Problems) -> Front:
    values: dict[str, Any] = {}
    meant_title = False
    for key, value in table.items:
        if key.text not in KEYS:
            meant = closest(key.text, KEYS)
            meant_title = meant_title or meant == "title"
            hint = f'did you mean "{meant}"?' if meant else f"the keys are {', '.join(KEYS)}"
            problems.add(key.spot, f'unknown key "{key.text[:40]}"', hint)
            continue
        try:
            values[key.text] = _value(key.text, value, problems)
        except ParseError as error:
            empty = isinstance(value, YamlText) and not value.text
            problems.add_error(error, key.spot if empty else value.spot)
    if "title" not in keys and not meant_title:
        problems.add(top, "the title is missing", "write title: and its words below the first ---")
    options = BuildOptions(
        **{one.name: values.pop(one.key) for one in OPTIONS if one.front_matter and one.key in values}
    )
    front = Front(**{"title": "", **values}, options=options)
    _check_kind(front, keys, problems)
    return front


def _value(key: str, value: YamlValue, problems: Problems) -> Any:
    if isinstance(value, YamlText) and not value.text:
        raise ParseError(f"{key} has no value", "write one, or remove the line")
    return KEYS[key].rule(value, problems)


def _check_kind(front: Front, keys: dict[str, Spot], problems: Problems) -> None:
    if front.minimum is not None and front.maximum is not None and front.minimum > front.maximum:
        problems.add(keys["minimum"], "the minimum is longer than the maximum", "swap them")
    for key in ("minimum", "maximum", "frame"):
        if key in keys and front.kind != "position":
            problems.add(keys[key], f"only a position has a {key}", "add kind: position, or remove this line")
    if "positions" in keys and front.kind == "position":
        hint = "remove kind: position, or remove this line"
        problems.add(keys["positions"], "only a session has positions", hint)
