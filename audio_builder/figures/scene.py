"""From a pose to a drawing: shapes on a plane, in the order in which they cover one another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from . import props
from .pose import Pose, Support
from .skeleton import Ball, Limb, Skeleton, Vector, add, body, dot, scaled

Point = tuple[float, float]
Polygon = tuple[Point, ...]

_ROUND = 28  # corners of a ball's outline
_FROM_THE_SIDE = 25  # degrees
_CLEARLY_HIGHER = 0.06  # for an ankle


class Role(StrEnum):
    """What a shape is made of. It decides the colour."""

    SKIN = "skin"
    SHIRT = "shirt"
    TROUSERS = "trousers"
    HAIR = "hair"
    MAT = "mat"
    WOOD = "wood"
    CUSHION = "cushion"
    BLANKET = "blanket"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled polygon, or with `Role.LINE` an open line of ink."""

    points: Polygon
    role: Role


@dataclass(frozen=True, slots=True)
class DrawingLayer:
    """Shapes with one outline around them all, without lines where they overlap. A layer covers those before it."""

    shapes: tuple[Shape, ...]
    outlined: bool = True


class Camera:
    """Projects points in three dimensions onto the picture, without perspective. Picture y points down."""

    def __init__(self, from_feet: float, from_above: float) -> None:
        """Look from the side, turned toward the feet and upward by these angles in degrees."""
        a, e = math.radians(from_feet), math.radians(from_above)
        self._right: Vector = (math.cos(a), math.sin(a), 0.0)
        self._up: Vector = (-math.sin(a) * math.sin(e), math.cos(a) * math.sin(e), math.cos(e))
        self.toward: Vector = (math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e))

    def point(self, at: Vector) -> Point:
        """Return where a point appears in the picture."""
        return dot(at, self._right), -dot(at, self._up)

    def depth(self, at: Vector) -> float:
        """Return how near the viewer a point is."""
        return dot(at, self.toward)

    def outline(self, balls: Iterable[Ball]) -> Polygon:
        """Return the outline of balls and all that lies between them."""
        points = []
        for ball in balls:
            x, y = self.point(ball.centre)
            for n in range(_ROUND):
                angle = 2 * math.pi * n / _ROUND
                points.append((x + ball.radius * math.cos(angle), y + ball.radius * math.sin(angle)))
        return hull(points)

    def polygon(self, corners: Iterable[Vector]) -> Polygon:
        """Return the outline of a flat or boxy thing with these corners."""
        return hull([self.point(corner) for corner in corners])


def hull(points: Iterable[Point]) -> Polygon:
    """Return the convex hull of points (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return tuple(ordered)

    def half(sequence: Iterable[Point]) -> list[Point]:
        chain: list[Point] = []
        for x, y in sequence:
            while len(chain) > 1:
                (x1, y1), (x2, y2) = chain[-2:]
                if (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        return chain[:-1]

    return tuple(half(ordered) + half(reversed(ordered)))


def scene(pose: Pose) -> list[DrawingLayer]:
    """Return the layers of a drawing of a pose, from back to front."""
    return list(_layers(body(pose), pose, Camera(pose.from_feet, pose.from_above)))


def _layers(found: Skeleton, pose: Pose, camera: Camera) -> Iterator[DrawingLayer]:
    yield DrawingLayer((Shape(camera.polygon(props.mat(found)), Role.MAT),), outlined=False)
    if chair := props.chair(found, pose.supports):
        yield from _boxes(chair, camera)
    yield from _cushions(props.pillows(found, pose.supports), camera)
    far, near = sorted(found.arms, key=lambda arm: camera.depth(arm.upper[0].centre))
    in_front = camera.depth(far.ending[1].centre) > camera.depth(found.chest[2].centre) + 0.03
    if not in_front:
        yield _arm(far, camera)
    pelvis = Shape(camera.outline(found.pelvis), Role.TROUSERS)
    yield DrawingLayer(
        (
            Shape(camera.outline(found.neck), Role.SKIN),
            pelvis,
            Shape(camera.outline(found.chest), Role.SHIRT),
        )
    )
    below, above = _legs(found, camera)
    for leg in (below, above):
        if leg is above:
            yield from _cushions(props.knee_supports(leg, pose.supports), camera)
        yield _leg(leg, camera)
        if abs(pose.from_feet) < _FROM_THE_SIDE:  # so that no line runs around the hip
            yield DrawingLayer((pelvis, Shape(camera.outline(found.chest), Role.SHIRT)), outlined=False)
    if Support.BLANKET in pose.supports:
        yield DrawingLayer((Shape(camera.outline(props.covered(found)), Role.BLANKET),))
    yield from _head(found, camera)
    if in_front:
        yield _arm(far, camera)
    yield _arm(near, camera)


def _cushions(cushions: Iterable[list[Ball]], camera: Camera) -> Iterator[DrawingLayer]:
    for cushion in cushions:
        yield DrawingLayer((Shape(camera.outline(cushion), Role.CUSHION),))


def _legs(found: Skeleton, camera: Camera) -> tuple[Limb, Limb]:
    """Return the legs in the order of drawing: the one on top of the other last, or else the nearer one."""
    heights = [leg.lower[1].centre[2] for leg in found.legs]
    if abs(heights[0] - heights[1]) > _CLEARLY_HIGHER:
        below, above = sorted(found.legs, key=lambda leg: leg.lower[1].centre[2])
    else:
        below, above = sorted(
            found.legs, key=lambda leg: sum(camera.depth(ball.centre) for ball in (*leg.lower, leg.upper[0]))
        )
    return below, above


def _leg(leg: Limb, camera: Camera) -> DrawingLayer:
    return DrawingLayer(
        (
            Shape(camera.outline(leg.ending), Role.SKIN),
            Shape(camera.outline(leg.upper), Role.TROUSERS),
            Shape(camera.outline(leg.lower), Role.TROUSERS),
        )
    )


def _arm(arm: Limb, camera: Camera) -> DrawingLayer:
    return DrawingLayer(
        (
            Shape(camera.outline(arm.ending), Role.SKIN),
            Shape(camera.outline(arm.lower), Role.SKIN),
            Shape(camera.outline(arm.upper), Role.SHIRT),
        )
    )


def _head(found: Skeleton, camera: Camera) -> Iterator[DrawingLayer]:
    """Yield a head with its hair. A closed eye and the nose show which way the face looks."""
    centre, radius = found.head.centre, found.head.radius
    hair = Ball(
        add(centre, scaled(found.face, -0.28 * radius), scaled(found.crown, 0.34 * radius)), radius * 1.02
    )
    nose = Ball(
        add(centre, scaled(found.face, radius * 0.98), scaled(found.crown, -0.1 * radius)), radius * 0.14
    )
    face = Ball(add(centre, scaled(found.face, 0.06 * radius)), radius * 0.96)
    shapes = [
        Shape(camera.outline((hair,)), Role.HAIR),
        Shape(camera.outline((nose,)), Role.SKIN),
        Shape(camera.outline((face,)), Role.SKIN),
    ]
    if dot(found.face, camera.toward) < -0.35:  # seen from behind
        shapes = [*shapes[1:], shapes[0]]
    elif dot(found.crown, camera.toward) > -0.6:  # not from below
        fringe = Ball(
            add(centre, scaled(found.face, -0.2 * radius), scaled(found.crown, 0.5 * radius)), radius * 0.72
        )
        shapes.append(Shape(_cap(camera.outline((fringe,)), camera.outline((hair, face))), Role.HAIR))
    yield DrawingLayer(tuple(shapes))
    for eye in _eyes(found, camera):
        yield DrawingLayer((Shape(eye, Role.LINE),), outlined=False)


def _cap(fringe: Polygon, head: Polygon) -> Polygon:
    """Return the part of a convex outline that lies within another (Sutherland and Hodgman's clipping)."""
    points = list(fringe)
    for (x1, y1), (x2, y2) in zip(head, (*head[1:], head[0]), strict=True):

        def side(p: Point, x1: float = x1, y1: float = y1, x2: float = x2, y2: float = y2) -> float:
            return (x2 - x1) * (p[1] - y1) - (y2 - y1) * (p[0] - x1)

        clipped = []
        for a, b in zip(points, (*points[1:], *points[:1]), strict=True):
            inside, other = side(a), side(b)
            if inside >= 0:
                clipped.append(a)
            if inside * other < 0:
                share = inside / (inside - other)
                clipped.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
        points = clipped
    return tuple(points)


def _eyes(found: Skeleton, camera: Camera) -> Iterator[Polygon]:
    """Yield the closed lids of the eyes that can be seen."""
    right = (
        found.face[1] * found.crown[2] - found.face[2] * found.crown[1],
        found.face[2] * found.crown[0] - found.face[0] * found.crown[2],
        found.face[0] * found.crown[1] - found.face[1] * found.crown[0],
    )
    radius = found.head.radius
    for side in (1, -1):
        lid = []
        for step in range(-3, 4):
            across, down = 0.4 * side + step * 0.07, 0.04 + 0.1 * (1 - (step / 3) ** 2)
            out = math.sqrt(max(0.0, 1 - across**2 - down**2))
            direction = add(scaled(found.face, out), scaled(right, across), scaled(found.crown, -down))
            lid.append((direction, add(found.head.centre, scaled(direction, radius))))
        if all(dot(direction, camera.toward) > 0.05 for direction, _ in lid):
            yield tuple(camera.point(at) for _, at in lid)


def _boxes(boxes: Iterable[tuple[Vector, Vector]], camera: Camera) -> Iterator[DrawingLayer]:
    """Yield each box, given by two opposite corners, as its outline."""
    for (x1, y1, z1), (x2, y2, z2) in boxes:
        corners = [(x, y, z) for x in (x1, x2) for y in (y1, y2) for z in (z1, z2)]
        yield DrawingLayer((Shape(camera.polygon(corners), Role.WOOD),))
