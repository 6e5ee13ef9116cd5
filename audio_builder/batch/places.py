"""Where keys and values are in the text of a batch file, for messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import Location, Problem

_HEADER = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*=""")


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A table of a batch file: its name, "" for the top level, and its number among those of that name, from 0."""

    name: str = ""
    number: int = 0


TOP_LEVEL = TablePlace()


@dataclass(frozen=True)
class Places:
    """The text of a batch file, and what messages call the file.

    Lines are found by their look, because the parser of TOML does not say where a key was. Text over several lines may
    mislead it: then a message may name another line, but is right otherwise.
    """

    file: str
    text: str
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", self.text.splitlines())

    def problem(
        self,
        table: TablePlace,
        message: str,
        hint: str,
        keys: tuple[str, ...] = (),
        value: object = None,
    ) -> Problem:
        """Return a problem at a value of one of the keys, at that key or, without both, at the header of a table."""
        line, column, width = self._find(table, keys, value)
        source = self.lines[line - 1] if line <= len(self.lines) else ""
        return Problem(Location(self.file, line, column), message, source, width, hint)

    def _find(self, table: TablePlace, keys: tuple[str, ...], value: object) -> tuple[int, int, int]:
        """Return the line, the column and the width, all counted from 1."""
        rows = list(self._rows(table))
        if not keys:
            number = rows[0][0] if rows and table != TOP_LEVEL else 1
            return number, 1, len(self.lines[number - 1].rstrip()) if self.lines else 1
        for at, (number, row) in enumerate(rows):
            if (match := _KEY.match(row)) and match[1] in keys:
                if value is not None and (found := _find_value(rows[at:], match.end(), value)):
                    return found
                return number, match.start(1) + 1, len(match[1])
        return rows[0][0] if rows else 1, 1, 1

    def _rows(self, table: TablePlace) -> Iterator[tuple[int, str]]:
        """Yield the numbered lines of a table, its header first."""
        inside, seen = table == TOP_LEVEL, 0
        for number, row in enumerate(self.lines, 1):
            if match := _HEADER.fullmatch(row):
                inside = match[1] == table.name and seen == table.number
                seen += match[1] == table.name
            if inside:
                yield number, row


def _find_value(rows: list[tuple[int, str]], start: int, value: object) -> tuple[int, int, int] | None:
    """Return the place of a value after the equals sign of the first row, before the next key."""
    written = re.compile(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])")
    for at, (number, row) in enumerate(rows):
        if at and _KEY.match(row):
            return None
        if match := written.search(row, 0 if at else start):
            return number, match.start() + 1, max(1, match.end() - match.start())
    return None
