"""The poses and sequences of poses that a script can name, and the figures that they make."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePath

import msgspec

from ..languages.catalogue import SOURCE_LANGUAGE, catalogue
from ..text import base_language
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


def figure_alt(figure: Figure, language: str) -> str:
    """Return a description for people who do not see the figure. It is empty for an author's own picture."""
    words = catalogue(language)
    right, left = words.pgettext("side of the body", "right"), words.pgettext("side of the body", "left")
    side, other = (left, right) if figure.mirrored else (right, left)
    alt = ""
    for text in figure_messages(figure):
        text = words.gettext(text) if figure.name else text.replace("{side}", side).replace("{other}", other)
        alt = words.gettext("{before} Then: {then}", before=alt, then=text) if alt else text
    return alt


def figure_file(figure: Figure, language: str) -> str:
    """Return the name of a figure's file whose description is in a language. `figure_file_parts` reads it back."""
    base = base_language(language)
    if base == SOURCE_LANGUAGE or figure.file:
        return figure.file_name
    stem, dot, suffix = figure.file_name.rpartition(".")
    return f"{stem}.{base}{dot}{suffix}"


def figure_file_parts(name: str) -> tuple[str, str]:
    """Return the name of a figure's file without its language, and that language."""
    stem, dot, suffix = name.rpartition(".")
    stem, _, language = stem.partition(".")
    return f"{stem}{dot}{suffix}", language or SOURCE_LANGUAGE


def figure_messages(figure: Figure) -> list[str]:
    """Return the English description of each pose of a figure, or an author's own."""
    return [pose.mirrored_alt if figure.mirrored and pose.mirrored_alt else pose.alt for pose in figure.poses]


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
