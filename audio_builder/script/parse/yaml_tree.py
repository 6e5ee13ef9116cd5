"""Front matter as a small tree of texts with places. YAML's own types are not used: `no` is a word here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from .problems import ParseError, Problems, Spot

_COLON = re.compile(r"(?P<key>[A-Za-z]+):[ \t]+(?P<value>[^\"'\[{|>&*!#%@`\s].*:(?:[ \t].*)?)")
_QUOTES = "each line is `key: value`; a value with : # [ ] { } or quotes in it goes in double quotes"
_QUOTED = "put the value in double quotes"
_MENDED, _DEEPEST = 20, 10


@dataclass(frozen=True, slots=True)
class Text:
    """A value."""

    text: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of values."""

    items: tuple[Text | Listed | Table, ...]
    spot: Spot


@dataclass(frozen=True, slots=True)
class Table:
    """Keys and their values, each key once."""

    items: tuple[tuple[Text, Text | Listed | Table], ...]
    spot: Spot


Value = Text | Listed | Table


def tree(rows: list[str], first: int, problems: Problems) -> Table | None:
    """The keys and values of front matter whose line numbers begin at `first`; None if it cannot be read."""
    rows = list(rows)
    mended = 0
    while True:
        composer = _Composer(rows, first)
        spot = Spot(first)
        try:
            root = composer.compose()
        except (ValueError, OverflowError):  # PyYAML lets them through for escapes like \UFFFFFFFF
            root = None
            problems.add(
                spot, "the front matter has a \\ that YAML cannot read", r"write \\ for a backslash in quotes"
            )
        except ParseError as deep:
            root = None
            problems.caught(deep, spot)
        except yaml.MarkedYAMLError as error:
            root = None
            if mark := error.problem_mark or error.context_mark:
                spot = Spot(first + min(mark.line, len(rows) - 1), mark.column + 1)
            row = rows[spot.line - first] if rows else ""
            if mended < _MENDED and (match := _COLON.fullmatch(row.rstrip())):
                mended += 1
                quoted = match["value"].replace("\\", "\\\\").replace('"', '\\"')
                rows[spot.line - first] = f'{match["key"]}: "{quoted}"'
                hint = f"put it in quotes: {rows[spot.line - first]}"
                problems.add(spot, f"the {match['key']} has a colon in it", hint)
                continue
            problems.add(spot, "the front matter cannot be read from here on", _QUOTES)
        for wrong, where in composer.wrongs:
            problems.caught(wrong, where)
        return root


class _Composer:
    """Makes the tree from YAML's events, which come one by one: depth and aliases cannot hurt."""

    def __init__(self, rows: list[str], first: int) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse("\n".join(rows), Loader=yaml.SafeLoader)
        self._rows, self._first = rows, first
        self.wrongs: list[tuple[ParseError, Spot]] = []

    def compose(self) -> Table | None:
        """The one table of the front matter; None, with the reason in `wrongs`, if it is something else."""
        found: list[Value] = []
        while event := next(self._events, None):
            if isinstance(event, yaml.NodeEvent):
                found.append(self._value(event, 0))
        root = found[0] if found else Table((), Spot(self._first))
        if len(found) > 1:
            spot = Spot(self._first)
            self._wrong(spot, "the front matter has an end (...) within it", "take that line away")
        if isinstance(root, Table):
            return root
        what = "a list" if isinstance(root, Listed) else "plain words"
        self._wrong(root.spot, f"the front matter is {what}", "write lines like title: My evening")
        return None

    def _wrong(self, spot: Spot, message: str, hint: str) -> None:
        self.wrongs.append((ParseError(message, hint), spot))

    def _spot(self, event: yaml.Event) -> Spot:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return Spot(self._first)
        row = self._rows[start.line] if start.line < len(self._rows) else ""
        last = end.column if end.line == start.line else len(row)
        return Spot(self._first + start.line, start.column + 1, max(1, last - start.column))

    def _until(self, spot: Spot, event: yaml.Event) -> Spot:
        end = self._spot(event)
        return spot._replace(width=end.column + end.width - spot.column) if end.line == spot.line else spot

    def _value(self, event: yaml.NodeEvent, depth: int) -> Value:
        """The value that begins with this event; what is wrong with it goes to `wrongs`."""
        spot = self._spot(event)
        if isinstance(event, yaml.AliasEvent):
            self._wrong(spot, "a * here means a YAML alias", _QUOTED)
            return Text("*", spot)
        if event.anchor is not None:
            self._wrong(spot, "an & here means a YAML anchor", _QUOTED)
        if getattr(event, "tag", None) is not None:
            self._wrong(spot, "a ! here means a YAML tag", _QUOTED)
        if isinstance(event, yaml.ScalarEvent):
            return Text(event.value.strip(), spot)
        if depth > _DEEPEST:  # PyYAML's time grows with the square of the depth
            raise ParseError("brackets within brackets within brackets", _QUOTES, spot)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listed(spot, depth)
        return self._table(spot, depth)

    def _listed(self, spot: Spot, depth: int) -> Listed:
        items = []
        while isinstance(event := next(self._events), yaml.NodeEvent):
            items.append(self._value(event, depth + 1))
        return Listed(tuple(items), self._until(spot, event))

    def _table(self, spot: Spot, depth: int) -> Table:
        items: list[tuple[Text, Value]] = []
        seen: set[str] = set()
        while isinstance(event := next(self._events), yaml.NodeEvent):
            key, following = self._value(event, depth + 1), next(self._events)
            assert isinstance(following, yaml.NodeEvent)  # events come in pairs
            value = self._value(following, depth + 1)
            if not isinstance(key, Text):
                self._wrong(key.spot, "a key is one word", "write lines like title: My evening")
            elif key.text in seen:
                self._wrong(key.spot, f"{key.text} stands here twice", "keep one of them")
            else:
                items.append((key, value))
                seen.add(key.text)
        return Table(tuple(items), self._until(spot, event))
