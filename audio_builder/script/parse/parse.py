"""The whole way from text to script, and the rules that hold between front matter and body."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Cautions, Include, Item, Play, Positions, Rest, Say, Script, Section
from . import characters
from .blocks import blocks
from .body import Body
from .comments import mask
from .front import Head, bounds, head
from .problems import Problems, Spot

_SPEAKS = (Say, Play, Include, Positions, Cautions)


def parse(text: str | bytes, name: str, file: str = "") -> Script:
    """The script that a text is; `name` is its slug, `file` what problems call it (NAME.md if not given).

    Raises ScriptErrors with every problem at once, sorted by place; nothing else, whatever the text is.
    """
    file = file or f"{name}.md"
    characters.refuse_large(len(text) if isinstance(text, bytes) else _size(text), file)
    rows = characters.lines(characters.decode(text, file) if isinstance(text, bytes) else text)
    problems = Problems(file, rows)
    if not any(row.strip() for row in rows):
        problems.add(Spot(1), "this file is empty", "`audio-builder new` writes a script to start from")
    problems.raise_any()
    rows = [characters.without_stand_ins(row) for row in rows]
    limits = bounds(rows)
    rows = rows[: limits.body] + mask(rows[limits.body :], problems, limits.body + 1)
    rows = [characters.clean(row, number, problems) for number, row in enumerate(rows, 1)]
    top = head(rows, limits, problems)
    body = Body(problems)
    sections = body.sections(blocks(rows[limits.body :], limits.body + 1, problems))
    _check_sides(top, body.inline.sided, problems)
    _check_positions(top, sections, problems)
    if not problems and not any(map(_speaks, _items(sections))):
        last = max((i for i, row in enumerate(rows) if row.strip()), default=0)
        problems.add(
            Spot(last + 1),
            "there is nothing to say in this script",
            "write words to be spoken below this line",
        )
    problems.raise_any()
    assert top.front is not None  # else it was a problem
    return Script(name, top.front, sections, file)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _items(sections: tuple[Section, ...]) -> Iterator[Item]:
    for section in sections:
        for paragraph in section.paragraphs:
            yield from paragraph


def _speaks(item: Item) -> bool:
    return isinstance(item, _SPEAKS) or (isinstance(item, Rest) and bool(item.items))


def _check_sides(top: Head, sided: list[tuple[str, Spot]], problems: Problems) -> None:
    if top.front is None:
        return
    if "sides" not in top.keys:
        for written, spot in sided:
            hint = "write sides: [right, left] in the front matter, or take it away"
            problems.add(spot, f"{written} in a script without sides", hint)
    elif not sided and top.front.sides:
        hint = "write {side} where the words name it, or take this line away"
        problems.add(top.keys["sides"], "nothing in this script uses its sides", hint)


def _check_positions(top: Head, sections: tuple[Section, ...], problems: Problems) -> None:
    found = [item.location for item in _items(sections) if isinstance(item, Positions)]
    spots = [Spot(location.line, location.column, len("[positions]")) for location in found]
    for spot in spots[1:]:
        problems.add(spot, "[positions] stands here a second time", "keep one of them")
    if top.front is None:
        return
    if spots and top.front.kind == "position":
        problems.add(spots[0], "a position cannot hold positions", "take it away, or the line kind: position")
    elif spots and "positions" not in top.keys:
        hint = "write positions: [legs-on-chair, knees-together] in the front matter, for example"
        problems.add(spots[0], "[positions] in a session that names none", hint)
    elif not spots and top.front.positions and top.front.kind == "session":
        hint = "write [positions] in a paragraph of its own where they go, or take this line away"
        problems.add(top.keys["positions"], "nothing says where the positions go", hint)
