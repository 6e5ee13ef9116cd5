"""Change a few keys in the front matter of a script, and leave all other lines as they are."""

from __future__ import annotations

import json

from ..script.parse.characters import split_lines
from ..script.parse.front import FrontBounds, find_front, read_front
from ..script.parse.problems import Problems, Spot


def as_copy(text: str) -> str:
    """Return the text of a script with "(copy)" after its title, and without its id, with line ends of Unix.

    A title that cannot be read stays as it is.
    """
    rows = split_lines(text)
    bounds = find_front(rows)
    front, keys = read_front(rows, bounds, Problems("", rows))
    title = [f"title: {json.dumps(f'{front.title} (copy)', ensure_ascii=False)}"] if front else []
    changes = [(keys["title"], title)] if front and front.title else []
    changes += [(keys["id"], [])] if "id" in keys else []
    for spot, new in sorted(changes, reverse=True):
        start, end = _lines_of(rows, bounds, spot)
        rows[start:end] = new
    return "\n".join(rows)


def with_id(text: str, name: str) -> str:
    """Return the text of a script with an id at the end of its front matter, unless it has one."""
    rows = split_lines(text)
    bounds = find_front(rows)
    keys = read_front(rows, bounds, Problems("", rows)).keys
    if bounds.end is None or "id" in keys:
        return text
    return "\n".join([*rows[: bounds.end], f"id: {name}", *rows[bounds.end :]])


def _lines_of(rows: list[str], bounds: FrontBounds, spot: Spot) -> tuple[int, int]:
    """Return the indices of the first line of a key, and of the line after its value, which is indented below it."""
    start = spot.line - 1
    end = start + 1
    while bounds.end is not None and end < bounds.end and rows[end][:1] in ("", " ", "\t"):
        end += 1
    while not rows[end - 1].strip():
        end -= 1
    return start, end
