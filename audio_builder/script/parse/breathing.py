"""Reads paced breath, such as `[breathe 4-6 x8]` or `[breathe 4-2-6 1m..3m aloud]`."""

from __future__ import annotations

import re

from ...errors import Location
from ...units import LONGEST, Ms, show
from ..model import Breathe, Pattern
from .lengths import parse_range
from .problems import ParseError

MAX_CYCLES = 1000
"""The most breaths of one [breathe] with a number of breaths."""
_LONGEST_PHASE, _SHORTEST_BREATH, _SHORTEST_ALOUD = 60_000, 1000, 2000  # milliseconds
_FORM = re.compile(r"(?P<pattern>[\d.]+ ?s?(?: ?- ?[\d.]+ ?s?)*)(?: |$)(?P<amount>.*)", re.ASCII)
_TIMES = re.compile(r"(x ?)?(\d{1,9})( ?x)?", re.ASCII)
_TIMES_RANGE = re.compile(r"x ?(\d{1,9}) ?\.\..*", re.ASCII)
_SECONDS = re.compile(r"\d{1,6}(\.\d)?", re.ASCII)


def parse_breathe(text: str, location: Location) -> Breathe:
    """Return what the text after the word in `[breathe ...]` means. Raises ParseError."""
    match = _FORM.fullmatch(text)
    if not match:
        raise ParseError("[breathe] needs a pattern", "write [breathe 4-6 x8]: 4 s in, 6 s out, eight times")
    written = match["pattern"].strip()
    pattern = _parse_pattern(written)
    amount = match["amount"].strip()
    aloud = amount == "aloud" or amount.endswith(" aloud")
    amount = amount.removesuffix("aloud").strip()
    if aloud and min(pattern.inhale, pattern.exhale) < _SHORTEST_ALOUD:
        hint = "with aloud, make the in-breath and the out-breath at least 2 s each"
        raise ParseError("too little time to say the words for breathing in and out", hint)
    if not amount:
        raise ParseError(
            "[breathe] needs a number of breaths or a length",
            f"write [breathe {written} x8] or [breathe {written} 1m..3m]",
        )
    if times := _TIMES.fullmatch(amount):
        if not (times[1] or times[3]):
            hint = f"write [breathe {written} x{amount}] for {amount} breaths"
            raise ParseError(f'"{amount}" needs an x or a unit', hint)
        return Breathe(pattern, _cycles(int(times[2]), pattern, written), aloud=aloud, location=location)
    if times_range := _TIMES_RANGE.fullmatch(amount):
        hint = f"write [breathe {written} x{times_range[1]}], or lengths, e.g. [breathe {written} 1m..3m]"
        raise ParseError("a number of breaths cannot be a range", hint)
    low, high = _bounds(amount, pattern, written)
    return Breathe(pattern, 0, low, high, aloud, location)


def _parse_pattern(text: str) -> Pattern:
    if "s" in text:
        hint = f"write {text.replace(' ', '').replace('s', '')}"
        raise ParseError("a breath is written in seconds, without a unit", hint)
    parts = [part.strip() for part in text.split("-")]
    if bad := next((part for part in parts if not _SECONDS.fullmatch(part)), None):
        hint = "use whole seconds or one decimal, e.g. 4-6 or 4.5-6"
        raise ParseError(f'invalid number of seconds "{bad}"', hint)
    if not 2 <= len(parts) <= 4:
        hint = "write 4-6 for in and out, 4-2-6 to hold after the in-breath, 4-2-6-2 to hold after both"
        raise ParseError(f"a breath has 2 to 4 numbers, not {len(parts)}", hint)
    times = [Ms(round(float(part) * 1000)) for part in parts]
    inhale, exhale = times[0], times[1] if len(times) == 2 else times[2]
    full = times[1] if len(times) > 2 else Ms(0)
    empty = times[3] if len(times) > 3 else Ms(0)
    if max(times) > _LONGEST_PHASE:
        raise ParseError("part of this breath is longer than a minute", "use seconds, e.g. 4-6")
    if min(inhale, exhale) < _SHORTEST_BREATH:
        raise ParseError("the in-breath and the out-breath take at least a second each", "write e.g. 4-6")
    return Pattern(inhale, full, exhale, empty)


def _cycles(count: int, pattern: Pattern, written: str) -> int:
    most = min(MAX_CYCLES, LONGEST // pattern.cycle)
    if not 1 <= count <= most:
        hint = f"write [breathe {written} x1] to [breathe {written} x{most}]"
        raise ParseError(f'invalid number of breaths "{count}"', hint)
    return count


def _bounds(amount: str, pattern: Pattern, written: str) -> tuple[Ms, Ms | None]:
    if ".." not in amount:
        count = max(1, round(parse_range(amount)[0] / pattern.cycle))
        hint = f"write [breathe {written} x{count}], or a range, e.g. 1m..3m"
        raise ParseError("a fixed length might not be a whole number of breaths", hint)
    low, high = parse_range(amount)
    cycle = pattern.cycle
    if low == 0:
        hint = f"write [breathe {written} {show(cycle)}..]"
        raise ParseError("the shortest length of paced breath cannot be zero", hint)
    least = -(-low // cycle) * cycle
    if high is not None and least > high:
        hint = f"write [breathe {written} {show(max(cycle, low // cycle * cycle))}..{show(least)}]"
        raise ParseError(f"no whole number of breaths of {show(cycle)} fits {amount.replace(' ', '')}", hint)
    return low, high
