"""Read the front matter of other programs, such as Obsidian's, in which a text has its title and more."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..text import one_line

_KEY = re.compile(r"[A-Za-z][\w -]*$")
_FOLDED = (">", "|", ">-", "|-", ">+", "|+")
"""Values that say that the words are on the lines below."""


class FrontFact(NamedTuple):
    """A key of front matter with its value, and the index of its line (`row`)."""

    row: int
    key: str
    value: str


def read_front_matter(lines: list[str]) -> tuple[list[FrontFact], int]:
    """Return the facts in front matter, and the index of the first line below it.

    A first line --- may also be a rule. It begins front matter only if each line up to the next one is a key with a
    value, or belongs to the key above it: a line that is indented, or an item of a list. Without front matter there are
    no facts, and the index is 0.
    """
    if not lines or lines[0].rstrip() != "---":
        return [], 0
    end = next((i for i in range(1, len(lines)) if lines[i].rstrip() == "---"), 0)
    found: list[tuple[int, str, list[str]]] = []
    for index in range(1, end):
        line = lines[index].rstrip()
        key, colon, value = line.partition(":")
        if found and line[:1] in (" ", "\t", "-"):
            found[-1][2].append(line)
        elif colon and _KEY.match(key):
            found.append((index, key.strip(), [value.strip()]))
        elif line:
            return [], 0
    return [FrontFact(index, key, _value(*rows)) for index, key, rows in found], end + 1 if end else 0


def _value(first: str, *below: str) -> str:
    """Return the value of a key: the words or the list after it, with those on the lines below it."""
    items = [one_line(row) for row in below if row.strip()]
    if items and all(item.startswith("-") for item in items):
        return ", ".join(_bare(item[1:]) for item in items)
    if first.startswith("[") and first.endswith("]"):
        return ", ".join(map(_bare, first[1:-1].split(",")))
    return _bare(" ".join([*([] if first in _FOLDED else [first]), *items]))


def _bare(value: str) -> str:
    return value.strip().strip("\"'")
