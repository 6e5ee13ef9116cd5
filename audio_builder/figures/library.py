"""The poses and sequences of poses that a script can name, and the figures that they make."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePath

import msgspec

from .pose import Pose

SEQUENCES: dict[str, tuple[str, ...]] = {
    "lying-down": ("half-kneeling", "pushing-up", "on-the-side", "knees-bent"),
    "getting-up": ("on-the-side", "pushing-up", "hands-and-knees", "half-kneeling", "rising", "standing"),
}
"""Poses that one figure shows side by side, in their order."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure shows: poses side by side, or an author's own picture in `file`.

    `name` is empty unless this package has the figure under that name. `mirrored` turns right into left.
    """

    name: str = ""
    poses: tuple[Pose, ...] = ()
    mirrored: bool = False
    file: str = ""

    @property
    def file_name(self) -> str:
        """A name for a file with this figure. Figures with equal names are equal, but for an author's changed file."""
        if self.name:
            return f"{self.name}{'-left' if self.mirrored else ''}.svg"
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        return f"own-{digest}{PurePath(self.file).suffix.lower() or '.svg'}"

    @property
    def alt(self) -> str:
        """A description for people who do not see the figure. It is empty for an author's own picture."""
        side, other = ("left", "right") if self.mirrored else ("right", "left")
        return " Then: ".join(
            pose.alt.replace("{side}", side).replace("{other}", other) for pose in self.poses
        )


@cache
def poses() -> dict[str, Pose]:
    """Return the poses of this package by name."""
    text = Path(__file__).with_name("poses.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Pose])


def names() -> list[str]:
    """Return the names of all figures."""
    return [*poses(), *SEQUENCES]


@cache
def figure(name: str) -> Figure:
    """Return a figure of this package by name. Raises KeyError."""
    return Figure(name, tuple(poses()[each] for each in SEQUENCES.get(name, (name,))))


def mirrored(figure: Figure) -> Figure:
    """Return a figure with right and left exchanged. An author's own picture stays as it is."""
    return figure if figure.file else replace(figure, mirrored=not figure.mirrored)
