"""Collects the problems of all the scripts that a session is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import Location, Problem, ScriptErrors
from .model import Script

_DIRECTIVE_OR_WORD = re.compile(r"\[[^\]]*\]|[\w-]+")


class ProblemLog:
    """Problems of several scripts, and the source lines that they point to."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._problems: set[Problem] = set()

    def add_source(self, file: str, text: str) -> None:
        """Remember the text of a file, so that problems can show its lines."""
        self._lines[file] = text.splitlines()

    def add(self, location: Location, message: str, hint: str) -> None:
        """Record a problem with the directive or word at this location."""
        lines = self._lines.get(location.file, [])
        source = lines[location.line - 1] if location.line <= len(lines) else ""
        marked = _DIRECTIVE_OR_WORD.match(source, location.column - 1)
        self._problems.add(Problem(location, message, source, len(marked.group()) if marked else 1, hint))

    def add_all(self, problems: Iterable[Problem]) -> None:
        """Record the problems that parsing one script found."""
        self._problems.update(problems)

    def find_in_front(self, script: Script, word: str) -> Location:
        """Return the location at which the front matter of a script first has this word, or the start of the file."""
        for number, line in enumerate(self._lines.get(script.file, ()), 1):
            if match := re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", line):
                return Location(script.file, number, match.start() + 1)
            if number > 1 and line.rstrip() == "---":
                break
        return Location(script.file, 1)

    def raise_any(self) -> None:
        """Raise ScriptErrors with every problem, sorted by place, if there are any."""
        if self._problems:
            raise ScriptErrors(sorted(self._problems, key=_place))


def _place(problem: Problem) -> tuple[str, int, int]:
    return problem.location.file, problem.location.line, problem.location.column
