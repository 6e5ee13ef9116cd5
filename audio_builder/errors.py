"""Everything that can go wrong and that a user can fix. One root error, one handler (`cli`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SHOWN_COLUMNS = 100
"""Columns of a source line that a message shows."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return self.file if self.file.startswith("--") else f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One error in a script or, in `check`, one piece of advice.

    `source` is the whole line it is about ("" if there is none), `width` the number of columns to mark, and `hint` how
    to fix it.
    """

    location: Location
    message: str
    source: str = ""
    width: int = 1
    hint: str = ""

    def __str__(self) -> str:
        lines = [f"{self.location}: {self.message}"]
        if self.source.strip():
            shown, before, width = _window(self.source, self.location.column, max(1, self.width))
            lines += [f"{self.location.line:>5} | {shown}", f"      | {' ' * before}{'^' * width}"]
        if self.hint:
            lines.append(f"      {self.hint}" if self.source.strip() else f"   {self.hint}")
        return "\n".join(lines)


def _window(source: str, column: int, width: int) -> tuple[str, int, int]:
    """Return the part of a long line around a column, the number of columns before the mark, and the mark's width."""
    room = _SHOWN_COLUMNS
    start = 0 if len(source) <= room else max(0, min(column - 1 - room // 3, len(source) - room))
    end = min(len(source), start + room)
    head, tail = ("…" if start else ""), ("…" if end < len(source) else "")
    before = len(head) + column - 1 - start
    clean = "".join(c if c.isprintable() else " " for c in source[start:end])
    return head + clean + tail, before, max(1, min(width, end - column + 1))


class AudioBuilderError(Exception):
    """An error that the user can fix. Its text says what happened, where, and how to fix it. Exit status 1."""


class InvalidValue(ValueError):
    """A value that an option or a key does not take. `hint` says what it takes."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}{'. ' if hint[:1].isupper() else ': '}{hint}")
        self.message, self.hint = message, hint

    def naming(self, option: str) -> InvalidValue:
        """Return the same error with the name of the option in place of the word "value"."""
        return InvalidValue(self.message.replace("invalid value", f"invalid {option}", 1), self.hint)


class ScriptErrors(AudioBuilderError):
    """Every problem of a script and of the scripts it is made of."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class DoesNotFit(AudioBuilderError):
    """A length that a session cannot have. `ranges` holds the possible ones in milliseconds, both ends included."""

    def __init__(self, message: str, ranges: tuple[tuple[int, int], ...] = ()) -> None:
        self.ranges = ranges
        super().__init__(message)


class VoiceMissing(AudioBuilderError):
    """A voice that this machine does not have."""


class VoiceFailed(AudioBuilderError):
    """A voice that hung, died or returned nothing for some words. The message names the line."""


class BadSound(AudioBuilderError):
    """A recording that cannot be used."""


class BadPicture(AudioBuilderError):
    """A picture that cannot be used as it is."""


class ClipGone(BadSound):
    """A clip that has vanished from the cache, e.g. after `cache --clear`. Speaking it again helps."""


class EncodeFailed(AudioBuilderError):
    """The encoder did not return the frames it was asked for."""


class PublishFailed(AudioBuilderError):
    """A destination that did not accept what was published."""


def how_to_add(extra: str, prefix: str = sys.prefix) -> str:
    """Return the command that adds an extra to the installation in `prefix`, and where to run it."""
    place = Path(prefix).as_posix()
    if "/pipx/venvs/" in place:
        command = f"pipx install --force '.[{extra}]'"
    elif "/uv/tools/" in place:
        command = f"uv tool install --force '.[{extra}]'"
    else:
        command = f"pip install '.[{extra}]'"
    return f"{command} in a clone of the repository"
