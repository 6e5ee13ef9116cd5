"""The description of a pose: how the trunk lies, the angles of the joints in degrees, and what carries the body.

Angles are those that physiotherapists use: 0 in the anatomical position, flexion and abduction positive.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Trunk(StrEnum):
    """How the trunk lies or stands."""

    BACK = "on the back"
    SIDE = "on the side"
    FRONT = "face down"
    UPRIGHT = "upright"


class Support(StrEnum):
    """Something that carries a part of the body, or lies ready."""

    CHAIR = "chair under the calves"
    CHAIR_IN_FRONT = "chair under the hands"
    CHAIR_AHEAD = "chair in front"
    CHAIR_AWAY = "chair pushed away"
    PILLOW_UNDER_KNEES = "pillow under the knees"
    PILLOW_UNDER_KNEE = "pillow under the open knee"
    TOWEL = "towel under the head"
    PILLOW = "pillow under the head"
    BLANKET = "blanket over the body"


class Leg(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The angles of a leg. `rotation` turns the whole leg outward in the hip; `ankle` points the foot."""

    hip: Degrees = 0
    abduction: Degrees = 0
    rotation: Degrees = 0
    knee: Degrees = 0
    ankle: Degrees = 0


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The angles of an arm. `rotation` turns the forearm outward around the upper arm."""

    shoulder: Degrees = 0
    abduction: Degrees = 0
    rotation: Degrees = 0
    elbow: Degrees = 0


class Pose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A pose, complete with what is around it. `alt` describes it in words, and `mirrored_alt` with right and left
    exchanged, if the words name them.

    `lean` turns the trunk forward from its place, and `tilt` to its right. `bend` bends the upper trunk alone, and
    `nod` the head. `from_feet` and `from_above` turn the view: at 0 it is from the side, at 90 from the feet or above.
    """

    alt: str
    trunk: Trunk = Trunk.BACK
    lean: Degrees = 0
    tilt: Degrees = 0
    bend: Degrees = 0
    nod: Degrees = 0
    legs: Leg | None = None
    right_leg: Leg | None = None
    left_leg: Leg | None = None
    arms: Arm | None = None
    right_arm: Arm | None = None
    left_arm: Arm | None = None
    supports: tuple[Support, ...] = ()
    from_feet: Degrees = 20
    from_above: Degrees = 17
    mirrored_alt: str = ""
