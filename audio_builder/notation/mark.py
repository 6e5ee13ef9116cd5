"""A part of a line that a voice should not read, and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .pauses import FoundPause, bounded

MarkKind = Literal["pause", "bell", "direction", "placeholder", "markup", "tag", "note", "time", "label"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a line that a voice should not read: `text[start:end]`.

    `replacement` is what to write instead, and may be empty. `is_certain` is false if the author should decide.
    `message` says what it is, to follow the quoted text.
    """

    start: int
    end: int
    kind: MarkKind
    replacement: str
    is_certain: bool
    message: str


def pause_mark(match: re.Match[str], pause: FoundPause) -> Mark:
    """Return the mark of a pause that a pattern found."""
    message = "is a pause" if pause.is_exact else "is a pause without a length"
    return Mark(match.start(), match.end(), "pause", pause.directive, True, message)


def exact_pause(milliseconds: float) -> FoundPause:
    """Return a pause of exactly this length, or of eight hours if it would be longer."""
    length = bounded(milliseconds)
    return FoundPause(length, length, True)


def note(content: str) -> str:
    """Return a note of the script language for the author."""
    return f"<!-- import: {' '.join(content.replace('--', '–').split())} -->" if content.strip() else ""


def is_apart(text: str, start: int, end: int) -> bool:
    """Return whether a part of a line stands between sentences. Within a sentence, it may be meant for the listener."""
    before, after = text[:start].rstrip(), text[end:].lstrip(" .,;:!?…–—-")
    return (not before or before[-1] in ".!?…:") and not after[:1].islower()
