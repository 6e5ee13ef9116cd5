"""Collecting what is wrong with a script, so that all of it is reported at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...errors import Location, Problem, ScriptErrors

KEPT = 200
"""More problems than this are only counted: such a file is not a script."""


class Spot(NamedTuple):
    """Where something stands: line and column count from 1, `width` is in columns."""

    line: int
    column: int = 1
    width: int = 1


class ParseError(Exception):
    """Something of the script that cannot be read; whoever knows its spot reports it.

    `spot` is given where it is narrower than what the catcher knows.
    """

    def __init__(self, message: str, hint: str = "", spot: Spot | None = None) -> None:
        super().__init__(message)
        self.message, self.hint, self.spot = message, hint, spot


class Problems:
    """All problems of one script, in whatever order they were found."""

    def __init__(self, file: str, lines: Sequence[str]) -> None:
        self.file, self._lines = file, lines
        self._found: list[Problem] = []
        self._count = 0

    def add(self, spot: Spot, message: str, hint: str = "") -> None:
        """Note a problem; its column and width are kept inside its line."""
        self._count += 1
        if len(self._found) >= KEPT:
            return
        source = self._lines[spot.line - 1] if spot.line <= len(self._lines) else ""
        column = max(1, min(spot.column, len(source)))
        width = max(1, min(spot.width, len(source) - column + 1))
        self._found.append(Problem(Location(self.file, spot.line, column), message, source, width, hint))

    def caught(self, wrong: ParseError, spot: Spot) -> None:
        """Note what was raised, at its own spot or else at this one."""
        self.add(wrong.spot or spot, wrong.message, wrong.hint)

    def location(self, spot: Spot) -> Location:
        """The spot as the records of a script have it."""
        return Location(self.file, spot.line, spot.column)

    def raise_any(self) -> None:
        """Raise ScriptErrors with all problems, sorted by place, if there is one."""
        if not self._found:
            return
        found = sorted(self._found, key=lambda p: (p.location.line, p.location.column))
        if more := self._count - len(found):
            last = found[-1].location
            found.append(
                Problem(last, f"and {more} more problems", hint="mend the first ones, and look again")
            )
        raise ScriptErrors(found)

    def __bool__(self) -> bool:
        return bool(self._found)
