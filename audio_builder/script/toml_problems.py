"""Problems in an author's TOML file, with their lines."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from ..errors import Location, Problem, ScriptErrors
from ..text import parse_toml


def read_tables(text: str, file: str) -> dict[str, Any]:
    """Return the content of a TOML file; `file` is what messages call it. Raises ScriptErrors."""
    try:
        return parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (len(text.splitlines()) or 1, 1)
        raise ScriptErrors([_problem(text, file, line, column, f"Not valid TOML: {error}")]) from None


def problem_in(text: str, file: str, name: str, message: str, hint: str = "", key: str = "") -> Problem:
    """Return a problem at the table `name`, such as `knee.de`, or at a key of it if that can be found."""
    return _problem(text, file, _line_of(text, name, key), 1, message, hint)


def _line_of(text: str, name: str, key: str) -> int:
    lines = text.splitlines()
    begin = _table_line(lines, name)
    if not key:
        return begin or 1
    assignment = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
    for n, line in enumerate(lines[begin:], begin + 1):
        if line.lstrip().startswith("["):
            break
        if assignment.match(line):
            return n
    return _table_line(lines, f"{name}.{key}") or begin or 1


def _table_line(lines: list[str], name: str) -> int:
    """Return the line that begins a table, or 0."""
    path = r"\s*\.\s*".join(rf"""["']?{re.escape(part)}["']?""" for part in name.split("."))
    for ending in (r"[\]=]", r"\."):  # the table itself, or else one in it
        begins = re.compile(rf"\s*\[?\s*{path}\s*{ending}")
        if found := next((n for n, line in enumerate(lines, 1) if begins.match(line)), 0):
            return found
    return 0


def _problem(text: str, file: str, line: int, column: int, message: str, hint: str = "") -> Problem:
    lines = text.splitlines()
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    return Problem(Location(file, line, column), message, source, 1 if column > 1 else len(source) or 1, hint)
