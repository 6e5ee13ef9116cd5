"""Turns text into a script, and checks the rules that connect front matter and body."""

from __future__ import annotations

from typing import assert_never

from ..model import (
    Bell,
    Breathe,
    Cautions,
    ElasticPause,
    Include,
    Item,
    Pause,
    Play,
    Positions,
    Rest,
    Say,
    Script,
    Section,
    Vary,
)
from . import characters
from .blocks import read_blocks
from .body import BodyReader
from .comments import mask
from .front import ParsedFront, find_front, read_front
from .problems import Problems, Spot


def parse(text: str | bytes, name: str, file: str = "") -> Script:
    """Return the script that a text describes.

    `name` is its slug, and `file` its name in messages (`NAME.md` by default). Raises ScriptErrors with every problem,
    sorted by place, and no other exception whatever the text is.
    """
    file = file or f"{name}.md"
    rows = _rows(text, file)
    problems = Problems(file, rows)
    if not any(row.strip() for row in rows):
        problems.add(
            Spot(1),
            "this file is empty",
            "write something, or run `audio-builder new NAME` for a script to start from",
        )
    problems.raise_any()
    rows = [characters.without_stand_ins(row) for row in rows]
    bounds = find_front(rows)
    rows = rows[: bounds.body] + mask(rows[bounds.body :], problems, bounds.body + 1)
    rows = [characters.clean(row, number, problems) for number, row in enumerate(rows, 1)]
    parsed = read_front(rows, bounds, problems)
    body = BodyReader(problems, parsed.front.language if parsed.front else "en")
    sections = body.sections(read_blocks(rows[bounds.body :], bounds.body + 1, problems))
    _check_sides(parsed, body.inline.side_uses, problems)
    _check_positions(parsed, sections, problems)
    if not problems and not any(_speaks(item) for section in sections for item in section.items):
        last = max((i for i, row in enumerate(rows) if row.strip()), default=0)
        problems.add(Spot(last + 1), "nothing to say in this script", "write words to speak below this line")
    problems.raise_any()
    assert parsed.front is not None  # otherwise a problem was raised
    return Script(name, parsed.front, sections, file)


def _rows(text: str | bytes, file: str) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    characters.refuse_large(len(data), file)
    return characters.split_lines(text if isinstance(text, str) else characters.decode_script(text, file))


def _speaks(item: Item) -> bool:
    match item:
        case Say() | Play() | Include() | Positions() | Cautions():
            return True
        case Rest(items=items) | Vary(items=items):
            return bool(items)
        case Pause() | ElasticPause() | Breathe() | Bell():
            return False
        case _:
            assert_never(item)


def _check_sides(parsed: ParsedFront, uses: list[tuple[str, Spot]], problems: Problems) -> None:
    if parsed.front is None:
        return
    if "sides" not in parsed.keys:
        for written, spot in uses:
            hint = "write sides: [right, left] in the front matter, or remove it"
            problems.add(spot, f"{written} in a script without sides", hint)
    elif not uses and parsed.front.sides:
        hint = "write {side} in place of the name of a side, or remove this line"
        problems.add(parsed.keys["sides"], "this script never uses its sides", hint)


def _check_positions(parsed: ParsedFront, sections: tuple[Section, ...], problems: Problems) -> None:
    found = [item.location for section in sections for item in section.items if isinstance(item, Positions)]
    spots = [Spot(location.line, location.column, len("[positions]")) for location in found]
    for spot in spots[1:]:
        problems.add(spot, "[positions] is repeated", "keep one of them")
    if parsed.front is None:
        return
    if spots and parsed.front.kind == "position":
        hint = "remove it, or remove the line kind: position"
        problems.add(spots[0], "a position cannot contain positions", hint)
    elif spots and "positions" not in parsed.keys:
        hint = "write e.g. positions: [legs-on-chair, knees-together] in the front matter"
        problems.add(spots[0], "[positions] in a session that does not list any", hint)
    elif not spots and parsed.front.positions and parsed.front.kind == "session":
        hint = "write [positions] in a separate paragraph where they go, or remove this line"
        problems.add(
            parsed.keys["positions"], "this session has positions, but no [positions] to place them", hint
        )
