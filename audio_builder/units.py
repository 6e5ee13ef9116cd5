"""Time in whole milliseconds, and the arithmetic that makes a session a virtual file.

At 48 kHz a millisecond is exactly 48 samples and an MP3 frame of 1,152 samples exactly 24 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import NewType

from .errors import InvalidValue

Ms = NewType("Ms", int)
"""A length or a moment in whole milliseconds."""

RATE = 48_000
"""Samples a second, everywhere in the program."""
MS_SAMPLES = RATE // 1000
"""Samples in a millisecond."""
FRAME_SAMPLES = 1152
"""Samples in an MPEG-1 Layer III frame."""
FRAME_MS = FRAME_SAMPLES // MS_SAMPLES
"""Milliseconds in an MP3 frame."""

SHORTEST = Ms(5 * 60_000)
"""The shortest session: five minutes."""
LONGEST = Ms(8 * 3_600_000)
"""The longest session: eight hours."""

YEARS = range(1970, 3000)
"""The years in which an episode can be published."""

_UNITS = re.compile(
    r"(?:(?P<h>\d+) ?(?:h|hours?))? ?(?:(?P<m>\d+) ?(?:m|mins?|minutes?))? ?"
    r"(?:(?P<s>\d+(?:\.\d{1,3})?) ?(?:s|secs?|seconds?))? ?(?:(?P<ms>\d+) ?ms)?",
    re.IGNORECASE | re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?P<time>[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?", re.ASCII)
_CLOCK = re.compile(r"(?:(?P<h>\d{1,2}):(?=\d\d:))?(?P<m>\d{1,3}):(?P<s>[0-5]\d)", re.ASCII)


def duration(text: str) -> Ms:
    """Return the milliseconds that `500ms`, `8s`, `2m`, `1m30s`, `1h`, `20:00` or `1:05:00` mean.

    Raises InvalidValue for anything else.
    """
    text = text.strip()
    shown = f'invalid length "{text[:30]}"'
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        raise InvalidValue(shown, f"use a unit, e.g. {text[:30]}m or {text[:30]}s")
    if text.startswith(("-", "−")):
        raise InvalidValue(shown, "a length cannot be negative")
    match = _CLOCK.fullmatch(text) or (_UNITS.fullmatch(text) if text else None)
    if match is None or len(text) > 30:
        raise InvalidValue(shown, "write e.g. 500ms, 8s, 20m, 1m30s, 1h or 20:00")
    found = match.groupdict(default="0")
    whole, _, part = found["s"].partition(".")
    if found["h"] != "0" and ":" in text and int(found["m"]) > 59:
        raise InvalidValue(shown, "an hour has at most 59 minutes after it, e.g. 1:05:00")
    return Ms(
        int(found["h"]) * 3_600_000
        + int(found["m"]) * 60_000
        + int(whole) * 1000
        + int((part + "000")[:3])
        + int(found.get("ms", "0"))
    )


def show(ms: int) -> str:
    """Return a length in its canonical form, e.g. `1h`, `37m30s` or `10s500ms`.

    `duration` reads it back, unless it is negative.
    """
    if ms < 0:
        return f"-{show(-ms)}"
    hours, rest = divmod(ms, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, milliseconds = divmod(rest, 1000)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"), (milliseconds, "ms"))
    return "".join(f"{n}{unit}" for n, unit in parts if n) or "0s"


def checked_date(text: str) -> str:
    """Return a date, or a date and a time, in ISO 8601 unchanged. Raises InvalidValue for anything else."""
    match = _DATE.fullmatch(text)
    try:
        if match and (datetime if match["time"] else date).fromisoformat(text).year in YEARS:
            return text
    except ValueError:
        pass
    hint = "write e.g. 2025-03-31, or 2025-03-31T08:00+01:00 with a time"
    raise InvalidValue(f'"{text[:40]}" is not a date', hint)


def file_size(count: int) -> str:
    """Return a number of bytes in the unit that suits it, such as `400 kB`, `20 MB` or `40 GB`."""
    if count < 10**6:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1e6:.0f} MB" if count < 10**10 else f"{count / 1e9:.0f} GB"


def clock(ms: int) -> str:
    """Return a moment as people read it, e.g. `20:00` or `1:05:00`, in whole seconds rounded down."""
    hours, rest = divmod(ms // 1000, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def stamp(ms: int) -> str:
    """Return a moment as chapter marks are written, e.g. `01:05:00`, in whole seconds rounded down."""
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def samples(ms: int) -> int:
    """Return the number of samples in a number of milliseconds. Exact, since 48 kHz gives 48 samples each."""
    return ms * MS_SAMPLES


def whole_seconds(bounds: tuple[int, int]) -> tuple[int, int]:
    """Return a range of lengths rounded inward to whole seconds, or unchanged if it contains none."""
    low, high = -(-bounds[0] // 1000) * 1000, bounds[1] // 1000 * 1000
    return (low, high) if low <= high else bounds


def possible_lengths(bounds: Iterable[tuple[int, int]]) -> str:
    """Return ranges of lengths as a phrase, in whole seconds. There must be at least one."""
    found = [*map(whole_seconds, bounds)]
    if len(found) == 1 and found[0][0] == found[0][1]:
        return f"the only possible length is {clock(found[0][0])}"
    ranges = [clock(low) if low == high else f"{clock(low)} to {clock(high)}" for low, high in found]
    return f"possible lengths {' and '.join(ranges)}"
