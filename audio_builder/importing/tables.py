"""Turn tables into lines: the words of the widest column, with the pauses of the others after them."""

from __future__ import annotations

import re

from ..notation.marks import time_length
from ..notation.pauses import PauseLengths, read_bracketed_pause, read_pause
from .draft import Draft

_ROW = re.compile(r"\s*\|(.*)\|\s*$")
_RULER = re.compile(r"\s*\|(?:\s*:?-{2,}:?\s*\|)+\s*$")


def without_tables(lines: list[str], draft: Draft, lengths: PauseLengths) -> list[str]:
    """Return the lines, with one line of narration in place of each row of a table, so that line numbers stay."""
    found = list(lines)
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and _ROW.match(lines[end]):
            end += 1
        if end - start > 1:
            found[start:end] = _converted(lines[start:end], start + 1, draft, lengths)
        start = max(end, start + 1)
    return found


def _converted(rows: list[str], first: int, draft: Draft, lengths: PauseLengths) -> list[str]:
    ruler = next((n for n, row in enumerate(rows) if _RULER.match(row)), -1)
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip()[1:-1])] for row in rows]
    body = [row for n, row in enumerate(cells) if n > ruler]
    width = max(map(len, cells))
    letters = [0] * width
    for row in body:
        for n, cell in enumerate(row):
            letters[n] += _letters(cell)
    spoken = letters.index(max(letters))
    draft.decide(
        first, f"a table: column {spoken + 1} is spoken, with the pauses of the other columns after it", False
    )
    lines = []
    for n, row in enumerate(cells):
        lines.append("" if n <= ruler else _line(row, spoken, first + n, draft, lengths))
    return lines


def _letters(cell: str) -> int:
    """Return the number of letters of a cell, 0 if it is a pause."""
    return 0 if read_pause(cell) else sum(char.isalpha() for char in cell)


def _line(row: list[str], spoken: int, number: int, draft: Draft, lengths: PauseLengths) -> str:
    words = row[spoken] if spoken < len(row) else ""
    words = words[time_length(words) :].strip()
    parts = [words if not words or words[-1] in ".!?…:])>" else f"{words}."]
    for n, cell in enumerate(row):
        if n == spoken or not cell or time_length(cell + " "):
            continue
        bare = cell if not re.fullmatch(r"\d{1,3}", cell) else f"{cell} s"
        if pause := read_pause(bare, lengths) or read_bracketed_pause(cell, lengths):
            parts.append(pause.directive)
        else:
            draft.decide(number, f"“{cell}” is in another column of the table: kept as a note")
            parts.append(f"<!-- import: {cell.replace('--', '–')} -->")
    return " ".join(filter(None, parts))
