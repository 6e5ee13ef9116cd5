"""Comments (`<!-- words -->`), which are never spoken."""

from __future__ import annotations

import re
from typing import NamedTuple

from .characters import COMMENT
from .problems import Problems, Spot

_BLANK = " \t" + COMMENT
_BEFORE_BLOCK = re.compile(rf"\s*{COMMENT}[\s{COMMENT}]*(#|[-+*]\s|>|\d+[.)]\s)")


class _Comment(NamedTuple):
    """Rows and columns from 0; the end is excluded."""

    row: int
    start: int
    last: int
    end: int


def mask(rows: list[str], problems: Problems, first: int) -> list[str]:
    """The rows with COMMENT for each commented character. A row of nothing but comment becomes empty, unless
    words stand before or after that comment: it does not end their paragraph. Line numbers begin at `first`."""
    found = _find(rows, problems, first)
    masked = _fill(rows, found)
    kept: set[int] = set()
    for comment in found:
        inside = range(comment.row, comment.last + 1)
        if len(inside) > 1 and (masked[comment.row].strip(_BLANK) or masked[comment.last].strip(_BLANK)):
            kept.update(inside)
    for index in {index for comment in found for index in range(comment.row, comment.last + 1)}:
        if match := _BEFORE_BLOCK.match(masked[index]):
            spot = Spot(index + first, match.start() + 1, match.end())
            problems.add(
                spot, "a comment before a heading or an item", "put the comment on a line of its own"
            )
        if index not in kept and not masked[index].strip(_BLANK):
            masked[index] = ""
    return masked


def _find(rows: list[str], problems: Problems, first: int) -> list[_Comment]:
    found = []
    row = at = 0
    while row < len(rows):
        start = _opening(rows[row], at)
        if start < 0:
            row, at = row + 1, 0
            continue
        # `<!-->` is a whole comment in CommonMark
        last, end = row, rows[row].find("-->", start + 2)
        while end < 0 and last + 1 < len(rows):
            last += 1
            end = rows[last].find("-->")
        if end < 0:
            problems.add(
                Spot(row + first, start + 1, 4), "this comment is never closed", "write --> where it ends"
            )
            end = len(rows[last])
        found.append(_Comment(row, start, last, end + 3))
        row, at = last, end + 3
    return found


def _opening(row: str, at: int) -> int:
    while (at := row.find("<!--", at)) >= 0:
        slash = at
        while slash and row[slash - 1] == "\\":
            slash -= 1
        if (at - slash) % 2 == 0:
            break
        at += 1
    return at


def _fill(rows: list[str], found: list[_Comment]) -> list[str]:
    parts: dict[int, list[str]] = {}
    done: dict[int, int] = {}
    for comment in found:
        for index in range(comment.row, comment.last + 1):
            start = comment.start if index == comment.row else 0
            end = min(comment.end, len(rows[index])) if index == comment.last else len(rows[index])
            text = rows[index][done.get(index, 0) : start] + COMMENT * max(1, end - start)
            parts.setdefault(index, []).append(text)
            done[index] = end
    masked = list(rows)
    for index, texts in parts.items():
        masked[index] = "".join(texts) + rows[index][done[index] :]
    return masked
