"""Everything that can go wrong and that a user can mend. One root, one handler (`cli`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """Where something stands in a script: `line` and `column` count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return self.file if self.file.startswith("--") else f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in a script, or (in `check`) one piece of advice.

    `source` is the whole line it stands on ("" where there is none), `width` how many columns it covers,
    `cure` what to do about it.
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


def _window(source: str, column: int, width: int, room: int = 100) -> tuple[str, int, int]:
    """The part of a long line around a column, the number of columns before the mark, and the mark's width."""
    start = 0 if len(source) <= room else max(0, min(column - 1 - room // 3, len(source) - room))
    end = min(len(source), start + room)
    head, rest = ("…" if start else ""), ("…" if end < len(source) else "")
    before = len(head) + column - 1 - start
    clean = "".join(c if c.isprintable() else " " for c in source[start:end])
    return head + clean + rest, before, max(1, min(width, end - column + 1))


class AudioBuilderError(Exception):
    """Something the user can mend; its text says what, where and the cure. Exit status 1."""


class ScriptErrors(AudioBuilderError):
    """All problems of a script, or of the scripts that it is made of."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class DoesNotFit(AudioBuilderError):
    """A length that a session cannot have. `ranges` holds the possible ones, in milliseconds, both ends included."""

    def __init__(self, message: str, ranges: tuple[tuple[int, int], ...] = ()) -> None:
        self.ranges = ranges
        super().__init__(message)


class VoiceMissing(AudioBuilderError):
    """A voice that this machine does not have."""


class VoiceFailed(AudioBuilderError):
    """A voice that hung, died or returned nothing for words; the message names the line."""


class BadSound(AudioBuilderError):
    """A recording that cannot be used."""


class BadPicture(AudioBuilderError):
    """A picture that no podcast directory would take as a cover."""


class ClipGone(BadSound):
    """A clip that was made and has vanished since, as when the cache is deleted; making it again helps."""


class EncodeFailed(AudioBuilderError):
    """ffmpeg did not make the frames it was asked for."""


class PublishFailed(AudioBuilderError):
    """A destination that did not take what was published."""
