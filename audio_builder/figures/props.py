"""What carries a body, in the place that the body needs: a mat, a chair, pillows, a blanket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .pose import Support
from .skeleton import Ball, Limb, Skeleton, Vector, balls

SEAT_DEPTH, SEAT_WIDTH, SEAT_THICKNESS = 0.25, 0.26, 0.025
SEAT_HEIGHT = 0.265
"""A seat is 45 cm high, and people are 1.7 m tall."""
BACK_HEIGHT = 0.26
CHAIR_LEG = 0.022

Box = tuple[Vector, Vector]


def mat(found: Skeleton) -> list[Vector]:
    """Return the corners of a mat under the body, wide enough for the arms beside it."""
    xs, ys = ([ball.centre[axis] for ball in balls(found)] for axis in (0, 1))
    middle = found.pelvis[0].centre[1]
    low, high = min(*ys, middle - 0.18) - 0.06, max(*ys, middle + 0.18) + 0.06
    return [(x, y, 0.0) for x in (min(xs) - 0.12, max(xs) + 0.12) for y in (low, high)]


def chair(found: Skeleton, supports: Iterable[Support]) -> list[Box]:
    """Return the boxes of a chair from back to front, or none."""
    for support in supports:
        match support:
            case Support.CHAIR:
                calves = [ball for leg in found.legs for ball in leg.lower]
                top = min(ball.centre[2] - ball.radius for ball in calves)
                front = min(ball.centre[0] for ball in calves) + 0.05
                return _chair(front, top)
            case Support.CHAIR_IN_FRONT:
                hands = [ball for arm in found.arms for ball in arm.ending]
                return _chair(min(ball.centre[0] for ball in hands) - 0.07, SEAT_HEIGHT)
            case Support.CHAIR_AHEAD:
                return _chair(max(ball.centre[0] for ball in balls(found)) + 0.06, SEAT_HEIGHT)
            case Support.CHAIR_AWAY:
                return _chair(max(ball.centre[0] for ball in balls(found)) + 0.16, SEAT_HEIGHT)
            case _:
                continue
    return []


def _chair(front: float, top: float) -> list[Box]:
    """Return a chair whose seat begins at x = `front`, with its back away from the body."""
    left, right, back = SEAT_WIDTH / 2, -SEAT_WIDTH / 2, front + SEAT_DEPTH
    under = top - SEAT_THICKNESS

    def post(x: float, y: float, height: float) -> Box:
        return (x, y, 0.0), (x + CHAIR_LEG, y + CHAIR_LEG, height)

    inner = right + CHAIR_LEG
    return [
        post(back - CHAIR_LEG, left - CHAIR_LEG, top + BACK_HEIGHT),
        post(front, left - CHAIR_LEG, under),
        (
            (back - CHAIR_LEG, inner, top + BACK_HEIGHT * 0.45),
            (back, left - CHAIR_LEG, top + BACK_HEIGHT * 0.92),
        ),
        post(back - CHAIR_LEG, right, top + BACK_HEIGHT),
        post(front, right, under),
        ((front - 0.01, right - 0.005, under), (back + 0.005, left + 0.005, top)),
    ]


def pillows(found: Skeleton, supports: Sequence[Support]) -> Iterator[list[Ball]]:
    """Yield each pillow and towel as balls to draw an outline around."""
    for support in supports:
        match support:
            case Support.PILLOW_UNDER_KNEES:
                knees = [leg.lower[0] for leg in found.legs]
                under = min(knee.centre[2] - knee.radius for knee in knees)
                x = sum(knee.centre[0] for knee in knees) / 2
                yield _bolster(x, 0.0, 0.17, under)
            case Support.TOWEL | Support.PILLOW:
                head = found.head
                under = head.centre[2] - head.radius
                yield _bolster(head.centre[0], head.centre[1], 0.11, max(0.03, under + 0.012))
            case _:
                continue


def knee_supports(leg: Limb, supports: Sequence[Support]) -> Iterator[list[Ball]]:
    """Yield the thick pillow under the knee of the leg that lies across."""
    if Support.PILLOW_UNDER_KNEE in supports:
        knee, (hip_x, hip_y, _) = leg.lower[0], leg.upper[0].centre
        share = 0.85
        x, y = hip_x + share * (knee.centre[0] - hip_x), hip_y + share * (knee.centre[1] - hip_y)
        height = max(knee.centre[2] - knee.radius, 0.02)
        radius = min(height / 2, 0.05)
        yield [
            Ball((x + dx, y + dy, z), radius)
            for dx in (-0.09, 0.09)
            for dy in (-0.05, 0.05)
            for z in (radius, height - radius)
        ]


def _bolster(x: float, y: float, half_width: float, height: float) -> list[Ball]:
    """Return a soft block on the floor, `height` high, lying across the body."""
    radius = height / 2
    spread = max(0.0, 0.08 - radius)
    return [
        Ball((x + dx, y + dy, radius), radius) for dx in (-spread, spread) for dy in (-half_width, half_width)
    ]


def covered(found: Skeleton) -> list[Ball]:
    """Return what a blanket covers: the body from the ribs to the ankles, and the floor beside it."""
    under = [*found.chest, *found.pelvis, *(ball for leg in found.legs for ball in leg.lower)]
    xs, ys = ([ball.centre[axis] for ball in under] for axis in (0, 1))
    edge = [
        Ball((x, y, 0.01), 0.01)
        for x in (min(xs) + 0.1, max(xs) + 0.03)
        for y in (min(ys) - 0.11, max(ys) + 0.08)
    ]
    return [
        *(Ball(ball.centre, ball.radius + 0.012) for ball in under if ball.centre[0] > min(xs) + 0.1),
        *edge,
    ]
