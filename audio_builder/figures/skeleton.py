"""The places of the joints: forward kinematics of a pose in three dimensions.

Lengths are shares of the height of a person: 1 is from the soles to the crown. They follow the proportions of Drillis
and Contini (Body Segment Parameters, 1966), with a larger head, as drawings of people have. The axes are x from the
head to the feet of a person lying down, y away from the viewer, and z up; the floor is at z = 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .pose import Arm, Leg, Pose, Trunk

Vector = tuple[float, float, float]

THIGH, SHANK, FOOT = 0.245, 0.235, 0.125
UPPER_ARM, FOREARM, HAND = 0.165, 0.14, 0.05
PELVIS_TO_WAIST, WAIST_TO_SHOULDERS, NECK = 0.09, 0.19, 0.07
HIP_WIDTH, SHOULDER_WIDTH = 0.056, 0.105  # from the middle to a joint
HEAD_RADIUS = 0.072


@dataclass(frozen=True, slots=True)
class Ball:
    """A point of the body and how thick the body is there."""

    centre: Vector
    radius: float


@dataclass(frozen=True, slots=True)
class Limb:
    """An arm or a leg, from the trunk to its end. `ending` are the balls of the hand or the foot."""

    upper: tuple[Ball, Ball]
    lower: tuple[Ball, Ball]
    ending: tuple[Ball, Ball]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A body in its pose. Of legs and arms the right one comes first.

    `face` and `crown` are the directions in which the face looks and the head points.
    """

    head: Ball
    neck: tuple[Ball, Ball]
    chest: tuple[Ball, ...]
    pelvis: tuple[Ball, ...]
    legs: tuple[Limb, Limb]
    arms: tuple[Limb, Limb]
    face: Vector
    crown: Vector


def add(*vectors: Vector) -> Vector:
    """Return the sum of vectors."""
    x, y, z = (math.fsum(parts) for parts in zip(*vectors, strict=True))
    return x, y, z


def scaled(vector: Vector, by: float) -> Vector:
    """Return a vector multiplied by a number."""
    return vector[0] * by, vector[1] * by, vector[2] * by


def dot(a: Vector, b: Vector) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Return the vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def turned(a: Vector, b: Vector, degrees: float) -> tuple[Vector, Vector]:
    """Turn two vectors at right angles in their plane, `a` toward `b`."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return add(scaled(a, c), scaled(b, s)), add(scaled(b, c), scaled(a, -s))


_TRUNKS: dict[Trunk, tuple[Vector, Vector]] = {
    Trunk.BACK: ((-1, 0, 0), (0, 0, 1)),
    Trunk.SIDE: ((-1, 0, 0), (0, -1, 0)),
    Trunk.FRONT: ((1, 0, 0), (0, 0, -1)),
    Trunk.UPRIGHT: ((0, 0, 1), (1, 0, 0)),
}
"""For each trunk, the directions in which its upper end points and its front looks."""


def body(pose: Pose) -> Skeleton:
    """Return where every part of a body in a pose is. Its lowest point touches the floor."""
    up, front = turned(*_TRUNKS[pose.trunk], pose.lean)
    up, right = turned(up, cross(front, up), pose.tilt)
    chest_up, chest_front = turned(up, front, pose.bend)
    crown, face = turned(chest_up, chest_front, pose.nod)
    waist = scaled(up, PELVIS_TO_WAIST)  # the pelvis is at the origin
    shoulders = add(waist, scaled(chest_up, WAIST_TO_SHOULDERS))
    throat = add(shoulders, scaled(chest_up, 0.03))
    head = add(throat, scaled(crown, NECK + HEAD_RADIUS * 0.75), scaled(face, 0.012))
    sides = ((pose.right_leg, pose.right_arm, right), (pose.left_leg, pose.left_arm, scaled(right, -1)))
    legs, arms = [], []
    for leg, arm, out in sides:
        hip = scaled(out, HIP_WIDTH)
        legs.append(_leg(hip, scaled(up, -1), front, out, leg or pose.legs or Leg()))
        shoulder = add(shoulders, scaled(out, SHOULDER_WIDTH), scaled(chest_up, -0.015))
        arms.append(_arm(shoulder, scaled(chest_up, -1), chest_front, out, arm or pose.arms or Arm()))
    waist_balls = _pair(waist, right, 0.045, 0.058)
    found = Skeleton(
        Ball(head, HEAD_RADIUS),
        (Ball(throat, 0.034), Ball(add(throat, scaled(crown, NECK)), 0.032)),
        (*_pair(add(shoulders, scaled(chest_up, -0.02)), right, 0.075, 0.05), *waist_balls),
        (*waist_balls, *_pair((0.0, 0.0, 0.0), right, 0.05, 0.064)),
        (legs[0], legs[1]),
        (arms[0], arms[1]),
        face,
        crown,
    )
    return _on_the_floor(found)


def _pair(middle: Vector, right: Vector, apart: float, radius: float) -> tuple[Ball, Ball]:
    """Return two balls, `apart` to the right and to the left of a point."""
    return Ball(add(middle, scaled(right, apart)), radius), Ball(add(middle, scaled(right, -apart)), radius)


def _segment_axes(
    down: Vector, front: Vector, out: Vector, flexion: float, abduction: float, rotation: float
) -> tuple[Vector, Vector]:
    """Return the direction of an upper arm or a thigh, and where its front looks."""
    forward_down, forward_front = turned(down, front, flexion)
    along, sideways = turned(forward_down, out, abduction)
    looking, _ = turned(forward_front, sideways, rotation)
    return along, looking


def _leg(hip: Vector, down: Vector, front: Vector, out: Vector, angles: Leg) -> Limb:
    along, looking = _segment_axes(down, front, out, angles.hip, angles.abduction, angles.rotation)
    knee = add(hip, scaled(along, THIGH))
    shank, shin = turned(along, scaled(looking, -1), angles.knee)
    shin = scaled(shin, -1)
    ankle = add(knee, scaled(shank, SHANK))
    toes, _ = turned(shin, shank, angles.ankle)
    heel = add(ankle, scaled(shank, 0.012), scaled(toes, -0.012))
    return Limb(
        (Ball(hip, 0.06), Ball(knee, 0.042)),
        (Ball(knee, 0.042), Ball(ankle, 0.027)),
        (Ball(heel, 0.026), Ball(add(ankle, scaled(toes, FOOT - 0.03), scaled(shank, 0.018)), 0.019)),
    )


def _arm(shoulder: Vector, down: Vector, front: Vector, out: Vector, angles: Arm) -> Limb:
    along, looking = _segment_axes(down, front, out, angles.shoulder, angles.abduction, angles.rotation)
    elbow = add(shoulder, scaled(along, UPPER_ARM))
    forearm, _ = turned(along, looking, angles.elbow)
    wrist = add(elbow, scaled(forearm, FOREARM))
    return Limb(
        (Ball(shoulder, 0.036), Ball(elbow, 0.028)),
        (Ball(elbow, 0.028), Ball(wrist, 0.02)),
        (Ball(wrist, 0.02), Ball(add(wrist, scaled(forearm, HAND)), 0.021)),
    )


def balls(found: Skeleton) -> list[Ball]:
    """Return every ball of a body."""
    return [
        found.head,
        *found.neck,
        *found.chest,
        *found.pelvis,
        *(
            ball
            for limb in (*found.legs, *found.arms)
            for pair in (limb.upper, limb.lower, limb.ending)
            for ball in pair
        ),
    ]


def _on_the_floor(found: Skeleton) -> Skeleton:
    """Return a body that is moved up or down until its lowest point touches the floor."""
    by = (0.0, 0.0, -min(ball.centre[2] - ball.radius for ball in balls(found)))

    def ball(one: Ball) -> Ball:
        return Ball(add(one.centre, by), one.radius)

    def limb(one: Limb) -> Limb:
        return Limb(*((ball(a), ball(b)) for a, b in (one.upper, one.lower, one.ending)))

    return Skeleton(
        ball(found.head),
        (ball(found.neck[0]), ball(found.neck[1])),
        tuple(map(ball, found.chest)),
        tuple(map(ball, found.pelvis)),
        (limb(found.legs[0]), limb(found.legs[1])),
        (limb(found.arms[0]), limb(found.arms[1])),
        found.face,
        found.crown,
    )
