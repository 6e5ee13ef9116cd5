"""Draws which rooms of the package import from which: a triangle, because a room imports only from those above it."""

import ast
import html
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import audio_builder

_PACKAGE = Path(audio_builder.__file__).parent
_CELL, _LABELS, _TOP = 22, 150, 24  # pixels: of a cell, and of what is left of and above the triangle


def imports() -> Counter[tuple[str, str]]:
    """Return how many modules of a room import from another room, by the names of both."""
    found: Counter[tuple[str, str]] = Counter()
    for path in sorted(_PACKAGE.rglob("*.py")):
        parts = path.relative_to(_PACKAGE).with_suffix("").parts
        if parts[0] in ("__init__", "__main__"):
            continue
        found.update((parts[0], room) for room in _rooms_of(path, parts) if room != parts[0])
    return found


def _rooms_of(path: Path, parts: tuple[str, ...]) -> set[str]:
    """Return the rooms that a module imports from."""
    rooms = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*parts[: len(parts) - node.level], *(node.module or "").split(".")]
            names = list(filter(None, base)) or [alias.name for alias in node.names]
            rooms |= {names[0]} if list(filter(None, base)) else set(names)
    return {room for room in rooms if not room.startswith("__")}


def in_order(found: Counter[tuple[str, str]]) -> list[str]:
    """Return the rooms, each after those that it imports from, and in the order of the alphabet otherwise."""
    graph: dict[str, set[str]] = {room: set() for pair in sorted(found) for room in pair}
    for room, other in found:
        graph[room].add(other)
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order


def generate(_before: str, _more: str) -> str:
    """Return the picture as a part of a page."""
    label = "Which rooms import from which"
    svg = f'<div class="picture" tabindex="0" role="group" aria-label="{label}">{_drawn()}</div>'
    return f"``````{{raw}} html\n<figure>{svg}</figure>\n``````"


def _drawn() -> str:
    found = imports()
    order = in_order(found)
    width, height = _LABELS + (len(order) + 6) * _CELL, _TOP + len(order) * _CELL + 12
    rows = "\n".join(_row(n, room, order, found) for n, room in enumerate(order))
    return (
        f'<svg class="rooms" viewBox="0 0 {width} {height}" role="img" aria-labelledby="rooms-title">\n'
        f'<title id="rooms-title">A dot in a row and a column: that room imports from this one</title>\n{rows}\n</svg>'
    )


def _row(n: int, room: str, order: list[str], found: Counter[tuple[str, str]]) -> str:
    y, end = _TOP + n * _CELL, _LABELS + n * _CELL
    shapes = [f'<path class="rule" d="M{_LABELS} {y}H{end}V{_TOP + len(order) * _CELL}"/>']
    for column, other in enumerate(order[:n]):
        if times := found[room, other]:
            x, about = (
                _LABELS + column * _CELL + _CELL / 2,
                f"{room} imports from {other}, in {times} modules",
            )
            radius = min(3 + times**0.5, _CELL / 2 - 1)
            dot = f'<circle cx="{x:g}" cy="{y + _CELL / 2:g}" r="{radius:.1f}"/>'
            shapes.append(f"<g><title>{html.escape(about)}</title>{dot}</g>")
    shapes.append(f'<text x="{_LABELS - 8}" y="{y + 16}" text-anchor="end">{room}</text>')
    shapes.append(f'<text class="own" x="{end + 6}" y="{y + 16}">{room}</text>')
    return "".join(shapes)
