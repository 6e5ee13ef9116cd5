"""Recognise the pauses that writers of guided relaxations write, such as `(pause 5 seconds)` or `[long pause]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..units import LONGEST, Ms, show

_COUNT_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60,
    "ninety": 90, "half a": 0.5, "a couple of": 2, "a few": 3, "several": 5, "some": 3,
}  # fmt: skip
_AMOUNT = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(sorted(_COUNT_WORDS, key=len, reverse=True))})"
_BREATH, _MOMENT = 0, -1
_LEAST_MILLISECONDS = 500
"""From this number on, a pause without a unit is in milliseconds, as in `pause=1000`."""
_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", '"', "″"), 1000),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "'", "′"), 60_000),
    **dict.fromkeys(("count", "counts", "beat", "beats"), 1000),
    **dict.fromkeys(("moment", "moments"), _MOMENT),
    **dict.fromkeys(("breath", "breaths", "breath cycle", "breath cycles"), _BREATH),
}
_UNIT = "|".join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))
_STOPS = (
    r"pause|pausing|silence|silent|stillness|quiet|break|wait|hold|beat|stop|rest|slnc|silence for reflection"
)
_HOW = {
    **dict.fromkeys(
        ("short", "brief", "small", "slight", "quick", "little", "tiny", "weak", "x-weak"), "short"
    ),
    **dict.fromkeys(("long", "longer", "extended", "lengthy", "big", "deep", "strong", "x-strong"), "long"),
    **dict.fromkeys(("medium", "moderate", "normal", "gentle", ""), "plain"),
}
_ADJECTIVE = "|".join(how for how in _HOW if how)
_LENGTH = rf"(?P<low>{_AMOUNT})(?:\s*(?:-|–|—|to)\s*(?P<high>{_AMOUNT}))?\s*-?\s*(?P<unit>{_UNIT})?"
_FILLER = (
    r"(?:\s*[:=,–—-]\s*(?:~|about\s+|approx\.?\s+)?|\s+(?:for|of|about|approximately|approx\.?|around|here for)\s+"
    r"(?:about\s+|another\s+)?|\s+)"
)
_TAIL = (
    r"(?:\s+(?:here|now|please|each|each time|in between|silence|pause|in silence|of silence|to rest|"
    r"here and breathe))?"
)
_WITH_LENGTH = re.compile(rf"(?:(?:{_ADJECTIVE})\s+)?(?:{_STOPS}){_FILLER}{_LENGTH}{_TAIL}")
_LENGTH_FIRST = re.compile(rf"{_LENGTH}\s*-?\s*(?:{_ADJECTIVE})?\s*(?P<stop>{_STOPS})?{_TAIL}")
_WITHOUT_LENGTH = re.compile(
    rf"(?:(?:a|take a|allow a|insert|add)\s+)?(?P<how>{_ADJECTIVE})?\s*(?:{_STOPS})"
    r"(?:\s+(?:here|now|briefly|for a while|for (?P<time>a moment|a bit)))?"
)
_CLOCK = re.compile(
    rf"(?:(?:{_STOPS})[\s:=-]+)?(?P<minutes>\d{{1,2}}):(?P<seconds>[0-5]\d)(?:\s*(?:min|mins|"
    rf"minutes)?)?(?P<stop>\s+(?:{_STOPS}))?"
)
_DECORATION = " \t*_.!~…·•-–—"


@dataclass(frozen=True, slots=True)
class PauseLengths:
    """The lengths of pauses that are written without a number, and of one breath."""

    plain: Ms = Ms(4000)
    short: Ms = Ms(2000)
    long: Ms = Ms(10_000)
    breath: Ms = Ms(10_000)


DEFAULT_LENGTHS = PauseLengths()
"""What `import` assumes if nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class FoundPause:
    """A pause from `low` to `high`, which differ if the author wrote a range. `is_exact` if a number was written."""

    low: Ms
    high: Ms
    is_exact: bool

    @property
    def directive(self) -> str:
        """The pause in the language of scripts."""
        return (
            f"[{_shown(self.low)}]" if self.low == self.high else f"[{_shown(self.low)}..{_shown(self.high)}]"
        )


def read_pause(
    text: str, lengths: PauseLengths = DEFAULT_LENGTHS, bare_length: bool = True
) -> FoundPause | None:
    """Return the pause that the text between brackets or dashes means, or None if it means something else.

    `bare_length` says whether a length alone, such as `10s`, is a pause.
    """
    written = " ".join(text.strip(_DECORATION).casefold().split())
    if match := _WITH_LENGTH.fullmatch(written):
        return _measured(match, lengths, "s")
    if match := _CLOCK.fullmatch(written):
        named = match["stop"] or not written[0].isdigit()
        seconds = int(match["minutes"]) * 60 + int(match["seconds"])
        return FoundPause(Ms(seconds * 1000), Ms(seconds * 1000), True) if named and seconds else None
    match = _LENGTH_FIRST.fullmatch(written)
    if match and (
        match["stop"] or (bare_length and match["unit"] and match["unit"] not in ("m", '"', "'", "″", "′"))
    ):
        return _measured(match, lengths, "s")
    if match := _WITHOUT_LENGTH.fullmatch(written):
        how = "short" if "briefly" in written else _HOW[match["how"] or ""]
        length: Ms = getattr(lengths, how)
        return FoundPause(length, length, False)
    return None


def bounded(milliseconds: float) -> Ms:
    """Return a length in whole milliseconds, at most eight hours."""
    return Ms(round(min(milliseconds, LONGEST)))


def _measured(match: re.Match[str], lengths: PauseLengths, default_unit: str) -> FoundPause | None:
    low, high = (_amount(match[key]) for key in ("low", "high"))
    if not low or (high is not None and high < low):
        return None
    in_ms = match[0].startswith("slnc") or (not match["unit"] and low >= _LEAST_MILLISECONDS)
    unit = match["unit"] or ("ms" if in_ms else default_unit)
    factor = {_BREATH: lengths.breath, _MOMENT: lengths.plain}.get(_UNITS[unit], _UNITS[unit])
    top = low if high is None else high
    is_exact = match["low"][0].isdigit() or match["low"] not in (
        "a few",
        "some",
        "several",
        "a couple of",
        "a",
        "an",
    )
    return FoundPause(bounded(low * factor), bounded(top * factor), is_exact)


def _shown(length: Ms) -> str:
    return f"{length / 1000:g}s" if length % 1000 and length < 60_000 else show(length)


def _amount(text: str | None) -> float | None:
    if text is None:
        return None
    return float(text.replace(",", ".")) if text[0].isdigit() else float(_COUNT_WORDS[text])
