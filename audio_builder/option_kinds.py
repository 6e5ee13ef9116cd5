"""The kinds of values that options take: how each is read, checked, written and described."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .errors import InvalidValue
from .files import is_sound_path
from .text import did_you_mean, not_portable
from .units import Ms, checked_date, duration, show

RESERVED_NAMES = {"cover", "feed", "index"}
"""Names in the library that belong to the podcast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an option's values are. This one takes any text; the others override what differs.

    `metavar` is the placeholder for a value in help texts. `choices` are the values to choose from, each with the words
    that explain it; it is empty if other values are possible too.
    """

    metavar: str = "TEXT"
    choices: Mapping[str, str] = field(default_factory=dict)

    def parse(self, text: str) -> Any:
        """Return the value that the text means. Raises InvalidValue."""
        return text.strip()

    def check(self, value: Any) -> Any:
        """Return the value in its canonical form. Raises InvalidValue if no build can use it."""
        return value

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (draft-07) of the value as front matter has it."""
        return {"type": "string", "minLength": 1}

    def suffix(self, value: Any) -> str:
        """Return the value as it appears in file names."""
        return str(value)

    def record(self, value: Any) -> Any:
        """Return the value as a manifest records it."""
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Kind):
    """One of a few words."""

    def parse(self, text: str) -> str:
        return self.check(text.strip().lower())

    def check(self, value: str) -> str:
        if value not in self.choices:
            raise InvalidValue(f'invalid value "{value[:40]}"', did_you_mean(value, self.choices))
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration(Kind):
    """A length of time from `shortest` to `longest`, in milliseconds."""

    shortest: Ms
    longest: Ms
    metavar: str = "LENGTH"

    def parse(self, text: str) -> Ms:
        return duration(text)

    def check(self, value: Ms) -> Ms:
        if not self.shortest <= value <= self.longest:
            hint = f"use {show(self.shortest)} to {show(self.longest)}"
            raise InvalidValue(f"invalid value {show(value)}", hint)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^[0-9][0-9a-z :.]*$", "examples": ["20m", "1h30m", "20:00"]}

    def suffix(self, value: Ms) -> str:
        return show(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Kind):
    """A number from `low` to `high`."""

    low: float
    high: float
    metavar: str = "X"

    def parse(self, text: str) -> float:
        written = text.strip()
        if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", written, re.ASCII):
            example = written.replace(",", ".") if re.fullmatch(r"\d,\d+", written) else f"{self.low:g}"
            raise InvalidValue(f'invalid value "{written[:40]}"', f"write e.g. {example}")
        return float(written)

    def check(self, value: float) -> float:
        if not self.low <= value <= self.high:  # also refuses NaN
            raise InvalidValue(f"invalid value {value:g}", f"use {self.low:g} to {self.high:g}")
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}

    def suffix(self, value: float) -> str:
        return f"{value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Number):
    """A level in dB relative to the default, from `low` to `high`."""

    metavar: str = "DB"

    def parse(self, text: str) -> float:
        written = re.sub(r"\s*db$", "", text.strip().replace("−", "-"), flags=re.IGNORECASE)
        if not re.fullmatch(r"[+-]?\d{1,2}(\.\d{1,3})?", written, re.ASCII):
            raise InvalidValue(
                f'invalid value "{text[:40]}"', f"write dB from {self.low:g} to {self.high:+g}, e.g. -6"
            )
        return float(written)

    def check(self, value: float) -> float:
        if not self.low <= value <= self.high:  # also refuses NaN
            raise InvalidValue(f"invalid value {value:+g}", f"use {self.low:g} to {self.high:+g} dB")
        return float(value) + 0.0  # no minus zero

    def suffix(self, value: float) -> str:
        return f"{value:+g}dB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names(Kind):
    """Slugs separated by commas: any, or some of the `names` in any order, or `none`."""

    names: tuple[str, ...] = ()

    def parse(self, text: str) -> tuple[str, ...]:
        return self.check(tuple(name.strip() for name in text.split(",")))

    def check(self, value: tuple[str, ...]) -> tuple[str, ...]:
        if self.names and (wrong := {*value} - ({*self.names} if len(value) > 1 else {*self.names, "none"})):
            raise InvalidValue(f'invalid value "{min(wrong)[:40]}"', f"use {', '.join(self.names)} or none")
        return tuple(name for name in self.names if name in value) if self.names else value

    def schema(self) -> dict[str, Any]:
        return {"type": ["array", "string"], "items": {"type": "string"}, "minItems": 1}

    def suffix(self, value: tuple[str, ...]) -> str:
        return "+".join(value) or "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundName(Kind):
    """One of the program's own sounds by name, none, or the path of a sound file. `what` is what they are called."""

    what: str
    names: tuple[str, ...]
    metavar: str = "NAME"

    def check(self, value: str) -> str:
        if not is_sound_path(value) and value not in self.names:
            hint = f"{did_you_mean(value, self.names)} You can also give the path of a sound file."
            raise InvalidValue(f'no {self.what} named "{value[:40]}"', hint)
        return value

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(self.names)}, {"type": "string"}]}

    def suffix(self, value: str) -> str:
        return f"no-{self.what}" if value == "none" else Path(value).stem

    def record(self, value: str) -> str:
        return Path(value).name if is_sound_path(value) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class BreathPattern(Kind):
    """Seconds in, held, out and held again, e.g. `4-6`, `4-2-6` or `4-2-6-2`, or `none`."""

    metavar: str = "IN-OUT"

    def parse(self, text: str) -> str:
        return text.strip().lower().replace("–", "-").replace("−", "-")

    def check(self, value: str) -> str:
        if breath_phases(value) is not None:
            return "-".join(f"{float(seconds):g}" for seconds in value.split("-"))
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^(none|\d{1,2}(\.\d)?(-\d{1,2}(\.\d)?){1,3})$"}

    def suffix(self, value: str) -> str:
        return "no-breath" if value == "none" else value


def breath_phases(value: str) -> tuple[Ms, Ms, Ms, Ms] | None:
    """Return the milliseconds in, held, out and held of a breath pattern; None for `none` and for an empty one.

    Raises InvalidValue.
    """
    if value in ("", "none"):
        return None
    shown, numbers = f'invalid breath "{value[:40]}"', value.split("-")
    if not 2 <= len(numbers) <= 4 or not all(re.fullmatch(r"\d{1,2}(\.\d)?", n, re.ASCII) for n in numbers):
        raise InvalidValue(shown, "write seconds in and out, e.g. 4-6, or none")
    times = [Ms(round(float(number) * 1000)) for number in numbers]
    inhale, exhale = times[0], times[1] if len(times) == 2 else times[2]
    full = times[1] if len(times) > 2 else Ms(0)
    empty = times[3] if len(times) > 3 else Ms(0)
    if inhale < 1000 or exhale < 1000 or max(times) > 60_000:
        raise InvalidValue(shown, "each breath takes from 1 to 60 seconds, e.g. 4-6")
    return inhale, full, exhale, empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation(Kind):
    """The number of a variation, or a date in its place, so that every day has its own."""

    metavar: str = "N|DATE"

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    def check(self, value: str) -> str:
        variation_number(value)
        return value if "-" in value else str(int(value))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^([1-9]\d{0,3}|\d{4}-\d{2}-\d{2})$"}


def variation_number(value: str) -> int:
    """Return the number of a variation: 1 to 9999 as written, or for a date the days since the year 1.

    Raises InvalidValue.
    """
    if re.fullmatch(r"\d{1,4}", value, re.ASCII) and int(value):
        return int(value)
    with suppress(ValueError):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            return date.fromisoformat(value).toordinal()
    raise InvalidValue(
        f'invalid value "{value[:40]}"', "write a number from 1 to 9999, or a date, e.g. 2026-11-27"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName(Kind):
    """A name for files, without an ending."""

    metavar: str = "SLUG"

    def parse(self, text: str) -> str:
        usable = text and text[0] not in "-_+" and all(c.isalnum() or c in "-_+" for c in text)
        is_free = usable and text.casefold() not in RESERVED_NAMES
        if hint := not_portable(text) if is_free else "use letters, digits and hyphens":
            raise InvalidValue(f'"{text[:40]}" is not a valid name', hint)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeDate(Kind):
    """A date, or a date and a time, in ISO 8601."""

    metavar: str = "DATE"

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    def check(self, value: str) -> str:
        return checked_date(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Kind):
    """On or off."""

    metavar: str = ""

    def parse(self, text: str) -> bool:
        if text.strip().lower() not in ("true", "false"):
            raise InvalidValue(f'invalid value "{text[:40]}"', "use true or false")
        return text.strip().lower() == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}
