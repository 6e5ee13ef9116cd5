"""Lengths and ranges of lengths as scripts write them."""

from __future__ import annotations

import re

from ...errors import InvalidValue
from ...units import LONGEST, Ms, duration, show
from .problems import ParseError


def span(text: str) -> tuple[Ms, Ms | None]:
    """The bounds of `8s..20s`, `8s..` or `8s` (exactly), in milliseconds. Raises Wrong with the cure."""
    low, dots, high = (part.strip() for part in text.partition(".."))
    if dots and not low:
        raise ParseError("it begins with no length", f"write the least first: 5s..{high}")
    if not dots:
        return (length := measure(low)), length
    if re.fullmatch(r"\d+", low) and (unit := re.fullmatch(r"[\d.]+ ?([a-z]+)", high)):
        raise ParseError(f"{low} of what?", f"write {low}{unit[1]}..{high}")
    least, most = measure(low), measure(high) if high else None
    if most is not None and most < least:
        raise ParseError(f"{low} is more than {high}", f"write the shorter first: {high}..{low}")
    return least, most


def measure(text: str) -> Ms:
    """A length of at most eight hours, in milliseconds. Raises Wrong with the cure."""
    if match := re.fullmatch(r"(\d+)( ?[a-z]+)? ?- ?(\d+) ?([a-z]+)", text):
        unit = match[4]
        raise ParseError(
            f"{text} is not a length", f"write {match[1]}{(match[2] or unit).strip()}..{match[3]}{unit}"
        )
    try:
        length = duration(text)
    except InvalidValue as error:
        raise ParseError(error.message, error.hint) from None
    if length > LONGEST:
        raise ParseError(f"{text} is too long", f"write at most {show(LONGEST)}")
    return length
