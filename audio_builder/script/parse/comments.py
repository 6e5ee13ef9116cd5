"""Finds comments (`<!-- words -->`), which are never spoken."""

from __future__ import annotations

import re
from typing import NamedTuple

from .characters import COMMENT
from .problems import Problems, Spot

_BLANK = " \t" + COMMENT
_BEFORE_BLOCK = re.compile(rf"\s*{COMMENT}[\s{COMMENT}]*(#|[-+*]\s|>|\d+[.)]\s)")


class _Comment(NamedTuple):
    """The range of a comment. Rows and columns count from 0; `end` is excluded."""

    row: int
    start: int
    last: int
    end: int


def mask(rows: list[str], problems: Problems, first: int) -> list[str]:
    """Return the rows with COMMENT in place of each commented character.

    A row that is only comment becomes empty, and so ends a paragraph, unless the comment starts or ends in a row
    with words. `first` is the line number of the first row.
    """
    comments = _find(rows, problems, first)
    masked = _fill(rows, comments)
    within_words: set[int] = set()
    for comment in comments:
        if masked[comment.row].strip(_BLANK) or masked[comment.last].strip(_BLANK):
            within_words.update(range(comment.row, comment.last + 1))
    for index in {index for comment in comments for index in range(comment.row, comment.last + 1)}:
        if match := _BEFORE_BLOCK.match(masked[index]):
            spot = Spot(index + first, match.start() + 1, match.end())
            problems.add(spot, "comment before a heading or a list item", "put the comment on its own line")
        if index not in within_words and not masked[index].strip(_BLANK):
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
            problems.add(Spot(row + first, start + 1, 4), "unclosed comment", "write --> where it ends")
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


def _fill(rows: list[str], comments: list[_Comment]) -> list[str]:
    parts: dict[int, list[str]] = {}
    done: dict[int, int] = {}
    for comment in comments:
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
