"""Draw a figure with pixels, for covers and chapters."""

from __future__ import annotations

from PIL import Image, ImageDraw

from ..figures.draw import LIGHT, LINE_WIDTH, bounds, layers
from ..figures.library import Figure
from ..figures.scene import Point, Role

_LARGEST_FINE = 4000
"""Pixels on the longer side of the drawing before it is made smaller, for smooth edges."""


def paste(figure: Figure, image: Image.Image, box: tuple[int, int, int, int], centred: bool = False) -> None:
    """Draw a figure of poses on an RGB picture, as large as fits into a box of pixels.

    It is at the lower edge of the box, or in its middle if it is `centred`.
    """
    drawn = layers(figure)
    left, top, right, bottom = bounds(drawn)
    size = box[2] - box[0], box[3] - box[1]
    fine = max(1, min(3, _LARGEST_FINE // max(size)))
    width, height = (side * fine for side in size)
    scale = min(width / (right - left), height / (bottom - top))
    floor = (height + (bottom - top) * scale) / 2 if centred else height
    canvas = image.crop(box).resize((width, height), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(canvas)
    line = max(fine, round(LINE_WIDTH * scale))

    def at(point: Point) -> Point:
        return (point[0] - (left + right) / 2) * scale + width / 2, (point[1] - bottom) * scale + floor

    for layer in drawn:
        outlines = [[at(point) for point in shape.points] for shape in layer.shapes]
        for points in outlines if layer.outlined else ():
            pen.line([*points, *points[:2]], fill=LIGHT[Role.LINE], width=line, joint="curve")
        for shape, points in zip(layer.shapes, outlines, strict=True):
            if shape.role == Role.LINE:
                pen.line(points, fill=LIGHT[Role.LINE], width=line, joint="curve")
            else:
                pen.polygon(points, fill=LIGHT[shape.role])
    image.paste(canvas.reduce(fine), box[:2])
