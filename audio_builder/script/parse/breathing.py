"""Paced breath: `[breathe 4-6 x8]`, `[breathe 4-2-6 1m..3m aloud]`."""

from __future__ import annotations

import re

from ...errors import Location
from ...units import LONGEST, Ms, show
from ..model import Breathe, Pattern
from .lengths import span
from .problems import ParseError

CYCLES = 1000
"""The most cycles of one [breathe]."""
_LONGEST_PHASE, _SHORTEST_BREATH, _SHORTEST_ALOUD = 60_000, 1000, 2000
_FORM = re.compile(r"(?P<pattern>[\d.]+ ?s?(?: ?- ?[\d.]+ ?s?)*)(?: |$)(?P<how>.*)", re.ASCII)


def breathe(text: str, location: Location) -> Breathe:
    """What follows the word in `[breathe ...]`. Raises Wrong with the cure."""
    match = _FORM.fullmatch(text)
    if not match:
        raise ParseError("which breath?", "write [breathe 4-6 x8]: 4 s in, 6 s out, eight times")
    written = match["pattern"].strip()
    found = pattern(written)
    how = match["how"].strip()
    aloud = how == "aloud" or how.endswith(" aloud")
    how = how.removesuffix("aloud").strip()
    if aloud and min(found.inhale, found.exhale) < _SHORTEST_ALOUD:
        raise ParseError(
            "there is no time to say the words for in and out",
            "with aloud, make in-breath and out-breath at least 2 s each",
        )
    if not how:
        raise ParseError("how many breaths?", f"write [breathe {written} x8], or [breathe {written} 1m..3m]")
    if times := re.fullmatch(r"(x ?)?(\d{1,9})( ?x)?", how, re.ASCII):
        if not (times[1] or times[3]):
            raise ParseError(f"{how} of what?", f"write [breathe {written} x{how}] for {how} breaths")
        return Breathe(found, _cycles(int(times[2]), found, written), aloud=aloud, location=location)
    if open_end := re.fullmatch(r"x ?(\d{1,9}) ?\.\..*", how, re.ASCII):
        raise ParseError(
            "a number of breaths has no bounds",
            f"write [breathe {written} x{open_end[1]}], or lengths, as in [breathe {written} 1m..3m]",
        )
    low, high = _bounds(how, found, written)
    return Breathe(found, 0, low, high, aloud, location)


def pattern(text: str) -> Pattern:
    """The breath of `4-6`, `4-2-6` or `4-2-6-2`: in and out, with the holds between. Raises Wrong."""
    if "s" in text:
        raise ParseError(
            "a breath is written in seconds, without the s", f"write {text.replace(' ', '').replace('s', '')}"
        )
    parts = [part.strip() for part in text.split("-")]
    if bad := next((part for part in parts if not re.fullmatch(r"\d{1,6}(\.\d)?", part, re.ASCII)), None):
        raise ParseError(
            f"{bad} is not a number of seconds", "write whole seconds or one decimal, as in 4-6 or 4.5-6"
        )
    if not 2 <= len(parts) <= 4:
        raise ParseError(
            f"a breath of {len(parts)} number{'s' * (len(parts) > 1)}",
            "write 4-6 for in and out, 4-2-6 to hold after the in-breath, 4-2-6-2 to hold after both",
        )
    times = [
        Ms(int(whole) * 1000 + int(tenth or "0") * 100)
        for whole, _, tenth in (p.partition(".") for p in parts)
    ]
    found = Pattern(
        times[0], *([Ms(0)] if len(times) == 2 else []), *times[1:], *([Ms(0)] if len(times) < 4 else [])
    )
    if max(times) > _LONGEST_PHASE:
        raise ParseError("a part of this breath is longer than a minute", "write seconds, as in 4-6")
    if min(found.inhale, found.exhale) < _SHORTEST_BREATH:
        raise ParseError("in-breath and out-breath take a second or more each", "write 4-6, for example")
    return found


def _cycles(count: int, found: Pattern, written: str) -> int:
    if not 1 <= count <= CYCLES or count * found.cycle > LONGEST:
        most = min(CYCLES, LONGEST // found.cycle)
        raise ParseError(f"{count} breaths", f"write [breathe {written} x1] to [breathe {written} x{most}]")
    return count


def _bounds(how: str, found: Pattern, written: str) -> tuple[Ms, Ms | None]:
    if ".." not in how:
        count = max(1, round(span(how)[0] / found.cycle))
        raise ParseError(
            "a length is not always whole breaths",
            f"write [breathe {written} x{count}], or a range: 1m..3m",
        )
    low, high = span(how)
    if low == 0:
        raise ParseError("it begins at no breath at all", f"write [breathe {written} {show(found.cycle)}..]")
    least = -(-low // found.cycle) * found.cycle
    if high is not None and least > high:
        raise ParseError(
            f"no whole breaths of {show(found.cycle)} last {how.replace(' ', '')}",
            f"write [breathe {written} {show(max(found.cycle, low // found.cycle * found.cycle))}..{show(least)}]",
        )
    return low, high
