"""Collects every problem of a script, so that all of them are reported at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...errors import Location, Problem, ScriptErrors

MAX_PROBLEMS = 200
"""Problems reported of one file. More are only counted: such a file is not a script."""


class Spot(NamedTuple):
    """A range within one line of a script. Lines and columns count from 1; `width` is in columns."""

    line: int
    column: int = 1
    width: int = 1


class ParseError(Exception):
    """Text that cannot be read. The caller knows its place; `spot` is set only if the error is in a part of it."""

    def __init__(self, message: str, hint: str = "", spot: Spot | None = None) -> None:
        super().__init__(message)
        self.message, self.hint, self.spot = message, hint, spot


class Problems:
    """The problems found in one script, in any order."""

    def __init__(self, file: str, lines: Sequence[str]) -> None:
        self.file, self._lines = file, lines
        self._found: list[Problem] = []
        self._count = 0

    def add(self, spot: Spot, message: str, hint: str = "") -> None:
        """Record a problem, with its column and width clipped to its line."""
        self._count += 1
        if len(self._found) >= MAX_PROBLEMS:
            return
        source = self._lines[spot.line - 1] if spot.line <= len(self._lines) else ""
        column = max(1, min(spot.column, len(source)))
        width = max(1, min(spot.width, len(source) - column + 1))
        self._found.append(Problem(Location(self.file, spot.line, column), message, source, width, hint))

    def add_error(self, error: ParseError, spot: Spot) -> None:
        """Record an error at the spot that it names, or else at `spot`."""
        self.add(error.spot or spot, error.message, error.hint)

    def location(self, spot: Spot) -> Location:
        """Return the start of a spot, with the name of the file."""
        return Location(self.file, spot.line, spot.column)

    def raise_any(self) -> None:
        """Raise ScriptErrors with all problems, sorted by place, if there are any."""
        if not self._found:
            return
        found = sorted(self._found, key=lambda p: (p.location.line, p.location.column))
        if more := self._count - len(found):
            last = found[-1].location
            found.append(Problem(last, f"and {more} more problems", hint="fix these first, then check again"))
        raise ScriptErrors(found)

    def __bool__(self) -> bool:
        return bool(self._found)
