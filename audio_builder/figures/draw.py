"""Draw a figure as an SVG, in light and dark."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ..files import read_file
from ..text import xml_text
from .library import Figure, figure_alt
from .scene import DrawingLayer, Role, Shape, scene

LINE_WIDTH = 0.0105
"""Of the outlines, as a share of a person's height."""
LARGEST_FIGURE = 2_000_000
"""Bytes of an author's own figure."""
_MIME_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_MARGIN = 0.035
_GAP = 0.06  # between the poses of a sequence
_MARK = 0.045  # half the height of the mark between them
_IN_A_ROW = 3
_UNITS = 1000  # SVG units of a person's height

LIGHT: dict[Role, str] = {
    Role.SKIN: "#edc4a3",
    Role.SHIRT: "#9cc5bd",
    Role.TROUSERS: "#467785",
    Role.HAIR: "#5f493a",
    Role.MAT: "#e5dcc7",
    Role.WOOD: "#cfa26d",
    Role.CUSHION: "#dfa9a6",
    Role.BLANKET: "#c3b6d9",
    Role.LINE: "#1f2e33",
}
DARK: dict[Role, str] = {
    Role.SKIN: "#d9ac8a",
    Role.SHIRT: "#7fada6",
    Role.TROUSERS: "#4a8193",
    Role.HAIR: "#45352b",
    Role.MAT: "#26383f",
    Role.WOOD: "#a37b4e",
    Role.CUSHION: "#b57f7e",
    Role.BLANKET: "#8f82a8",
    Role.LINE: "#0c1519",
}

_Bounds = tuple[float, float, float, float]


@lru_cache(maxsize=64)
def svg(figure: Figure, language: str = "en") -> str:
    """Return a figure as an SVG with its description in a language. Its colours follow the reader's choice of light or
    dark."""
    drawn = layers(figure)
    left, top, right, bottom = (round(value * _UNITS) for value in bounds(drawn))
    alt = xml_text(figure_alt(figure, language))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {right - left} {bottom - top}" role="img" '
        f'aria-label="{alt}"><title>{alt}</title><style>{_css(LIGHT)}'
        f"@media (prefers-color-scheme:dark){{{_css(DARK)}}}</style>{''.join(_paths(drawn))}</svg>\n"
    )


def figure_content(figure: Figure, language: str = "en") -> tuple[bytes, str]:
    """Return the content of a figure for pages, and its MIME type. Raises OSError for an author's file."""
    if not figure.file:
        return svg(figure, language).encode(), "image/svg+xml"
    path = Path(figure.file)
    return read_file(path, LARGEST_FIGURE), _MIME_TYPES[path.suffix.lower()]


def layers(figure: Figure) -> list[DrawingLayer]:
    """Return the layers of all poses of a figure, in rows of at most three, with a mark between one and the next."""
    found: list[DrawingLayer] = []
    top = 0.0
    in_a_row = _IN_A_ROW if len(figure.poses) != _IN_A_ROW + 1 else 2  # rather two and two than three and one
    for start in range(0, len(figure.poses), in_a_row):
        drawings = [scene(pose) for pose in figure.poses[start : start + in_a_row]]
        boxes = [bounds(drawn) for drawn in drawings]
        floor = top + max(bottom - upper for _, upper, _, bottom in boxes)
        edge = 0.0
        for drawn, (left, _, right, bottom) in zip(drawings, boxes, strict=True):
            if found:
                found.append(_next(edge, floor - _MARK))
                edge += 2 * _MARK
            found += [_placed(layer, edge - left, floor - bottom) for layer in drawn]
            edge += right - left + _GAP
        top = floor + _GAP
    return [_placed(layer, 0, 0, -1) for layer in found] if figure.mirrored else found


def _next(left: float, top: float) -> DrawingLayer:
    """Return a mark that leads from one pose to the next."""
    points = ((left, top - _MARK), (left + _MARK, top), (left, top + _MARK))
    return DrawingLayer((Shape(points, Role.LINE),), outlined=False)


def _placed(layer: DrawingLayer, right: float, down: float, stretch: int = 1) -> DrawingLayer:
    """Return a layer in another place. A stretch of -1 mirrors it."""
    return replace(
        layer,
        shapes=tuple(
            Shape(tuple((x * stretch + right, y + down) for x, y in shape.points), shape.role)
            for shape in layer.shapes
        ),
    )


def bounds(drawn: list[DrawingLayer]) -> _Bounds:
    """Return the left, top, right and bottom of a drawing, with a margin."""
    points = [point for layer in drawn for shape in layer.shapes for point in shape.points]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - _MARGIN, min(ys) - _MARGIN, max(xs) + _MARGIN, max(ys) + _MARGIN


def _css(colours: dict[Role, str]) -> str:
    fills = "".join(f".{role}{{fill:{colour}}}" for role, colour in colours.items() if role != Role.LINE)
    ink = colours[Role.LINE]
    return (
        f".o{{stroke:{ink};fill:{ink};stroke-width:{LINE_WIDTH * _UNITS:.1f};stroke-linejoin:round}}{fills}"
        + (f".line{{stroke:{ink};fill:none;stroke-width:{LINE_WIDTH * _UNITS:.1f};stroke-linecap:round}}")
    )


def _paths(drawn: list[DrawingLayer]) -> Iterator[str]:
    for layer in drawn:
        if layer.outlined:
            yield f'<path class="o" d="{"".join(_path(shape) for shape in layer.shapes)}"/>'
        for shape in layer.shapes:
            yield f'<path class="{shape.role}" d="{_path(shape)}"/>'


def _path(shape: Shape) -> str:
    """Return the data of a path: absolute for the first point, relative to the one before for the others."""
    points = [(round(x * _UNITS), round(y * _UNITS)) for x, y in shape.points]
    moves = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in itertools.pairwise(points)]
    steps = " ".join(f"{x} {y}" for x, y in moves if x or y).replace(" -", "-")
    return f"M{points[0][0]} {points[0][1]}l{steps}" + ("" if shape.role == Role.LINE else "z")
