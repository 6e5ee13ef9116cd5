"""Reads front matter as a tree of texts with their places.

YAML's types are not used, because they change what teachers write: `no` becomes False and `10:00` becomes 600.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from .problems import ParseError, Problems, Spot

# A line whose value has a colon before a space, which YAML takes for another key.
_COLON = re.compile(
    r"(?P<key>[A-Za-z]+):[ \t]+(?P<value>(?P<before>[^\"'\[{|>&*!#%@`\s](?:(?![ \t]#).)*?):(?:[ \t].*)?)"
)
_LINES = "write lines such as title: My evening"
_SYNTAX = "write each line as key: value, with a value that contains : # [ ] { } or quotes in double quotes"
_QUOTED = "put the value in double quotes"
_MAX_DEPTH = 10  # PyYAML's time grows with the square of the depth


@dataclass(frozen=True, slots=True)
class YamlText:
    """A value that is not a list or a table."""

    text: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class YamlList:
    """A list of values."""

    items: tuple[YamlText | YamlList | YamlTable, ...]
    spot: Spot


@dataclass(frozen=True, slots=True)
class YamlTable:
    """Keys and their values. Each key occurs once."""

    items: tuple[tuple[YamlText, YamlText | YamlList | YamlTable], ...]
    spot: Spot


YamlValue = YamlText | YamlList | YamlTable


def read_yaml(rows: list[str], first: int, problems: Problems) -> YamlTable | None:
    """Return the keys and values of front matter, or None if it cannot be read. Problems are reported.

    `first` is the line number of the first row. Colons in unquoted values, the most common mistake, are reported and
    then read as meant, so that all other problems are found at once.
    """
    composer = _Composer(rows, first)
    table = composer.compose()
    if composer.is_invalid:
        composer = _Composer(_quote_colons(rows, first, problems), first)
        table = composer.compose()
    for error, spot in composer.errors:
        problems.add_error(error, spot)
    return table


# A row at the left edge with a word and what follows it.
_KEY_ROW = re.compile(r"(?P<key>[A-Za-z][\w-]*)(?P<sign>:\s*|\s*=\s*|\s+)(?P<value>.*)$")


def _quote_colons(rows: list[str], first: int, problems: Problems) -> list[str]:
    quoted_rows = list(rows)
    for index, row in enumerate(rows):
        if match := _COLON.fullmatch(row.rstrip()):
            quoted = match["value"].replace("\\", "\\\\").replace('"', '\\"')
            quoted_rows[index] = f'{match["key"]}: "{quoted}"'
            spot = Spot(first + index, match.end("before") + 1)
            hint = f"put it in quotes: {quoted_rows[index]}"
            problems.add(spot, f"unquoted colon in the {match['key']}", hint)
    return quoted_rows


class _Composer:
    """Builds the tree from YAML events, which arrive one by one, so that depth and aliases can do no harm.

    `errors` collects what is wrong. `is_invalid` is set if the YAML cannot be read to its end.
    """

    def __init__(self, rows: list[str], first: int) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse("\n".join(rows), Loader=yaml.SafeLoader)
        self._rows, self._first = rows, first
        self.errors: list[tuple[ParseError, Spot]] = []
        self.is_invalid = False

    def compose(self) -> YamlTable | None:
        """Return the table that the front matter is; None, with the reason in `errors`, if it is something else."""
        top = Spot(self._first)
        try:
            values = [self._value(e, 0) for e in self._events if isinstance(e, yaml.NodeEvent)]
        except (ValueError, OverflowError):  # PyYAML does not catch these for escapes such as \UFFFFFFFF
            self._error(
                top, "the front matter has a \\ that YAML cannot read", r"write \\ for a literal \ in quotes"
            )
            return None
        except ParseError as error:
            self.errors.append((error, top))
            return None
        except yaml.MarkedYAMLError as error:
            self.is_invalid = True
            mark = error.problem_mark or error.context_mark
            if broken := _broken_row(self._rows, mark.line if mark else 0):
                index, message, hint = broken
                self._error(Spot(self._first + index), message, hint)
                return None
            spot = Spot(self._first + min(mark.line, len(self._rows) - 1), mark.column + 1) if mark else top
            self._error(spot, "the front matter cannot be read from here on", _SYNTAX)
            return None
        if len(values) > 1:
            self._error(top, "the front matter is divided by ...", "remove that line")
        root = values[0] if values else YamlTable((), top)
        if isinstance(root, YamlTable):
            return root
        what = "a list" if isinstance(root, YamlList) else "plain text"
        self._error(root.spot, f"the front matter is {what}, not keys and values", _LINES)
        return None

    def _error(self, spot: Spot, message: str, hint: str) -> None:
        self.errors.append((ParseError(message, hint), spot))

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

    def _value(self, event: yaml.NodeEvent, depth: int) -> YamlValue:
        """Return the value that begins with this event."""
        spot = self._spot(event)
        if isinstance(event, yaml.AliasEvent):
            self._error(spot, "* starts a YAML alias here", _QUOTED)
            return YamlText("*", spot)
        if event.anchor is not None:
            self._error(spot, "& starts a YAML anchor here", _QUOTED)
        if getattr(event, "tag", None) is not None:
            self._error(spot, "! starts a YAML tag here", _QUOTED)
        if isinstance(event, yaml.ScalarEvent):
            return YamlText(event.value.strip(), spot)
        if depth > _MAX_DEPTH:
            raise ParseError("too many nested brackets", _SYNTAX, spot)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(spot, depth)
        return self._table(spot, depth)

    def _list(self, spot: Spot, depth: int) -> YamlList:
        items = []
        while isinstance(event := next(self._events), yaml.NodeEvent):
            items.append(self._value(event, depth + 1))
        return YamlList(tuple(items), self._until(spot, event))

    def _table(self, spot: Spot, depth: int) -> YamlTable:
        items: list[tuple[YamlText, YamlValue]] = []
        seen: set[str] = set()
        while isinstance(event := next(self._events), yaml.NodeEvent):
            key, following = self._value(event, depth + 1), next(self._events)
            assert isinstance(following, yaml.NodeEvent)  # a key is always followed by a value
            value = self._value(following, depth + 1)
            if not isinstance(key, YamlText):
                self._error(key.spot, "a key is a single word", _LINES)
            elif key.text in seen:
                self._error(key.spot, f'duplicate key "{key.text[:40]}"', "remove one of them")
            else:
                items.append((key, value))
                seen.add(key.text)
        return YamlTable(tuple(items), self._until(spot, event))


def _broken_row(rows: list[str], last: int) -> tuple[int, str, str] | None:
    """Return the first row up to `last` that is no key with a value, with a message and a hint; None if all are.

    YAML itself often finds such a mistake only in the row below.
    """
    for index, row in enumerate(rows[: last + 1]):
        match = _KEY_ROW.match(row)
        if match is None:
            continue
        key, sign, value = match["key"], match["sign"].strip(), match["value"].strip()
        if sign in ("", "=") and value:
            return index, f'no colon after "{key}"', f"write {key}: {value}"
        if sign == ":" and match["sign"] == ":" and value:
            return index, f'no space after the colon of "{key}"', f"write {key}: {value}"
        if (
            value.startswith("[")
            and "]" not in value
            and not (rows[index + 1 :] and rows[index + 1][:1] == " ")
        ):
            return index, f"the list of {key} has no ] at its end", f"write {key}: {value}]"
    return None
