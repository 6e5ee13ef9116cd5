"""Reads lengths and ranges of lengths."""

from __future__ import annotations

import re

from ...errors import InvalidValue
from ...units import LONGEST, Ms, duration, show
from .problems import ParseError


def parse_range(text: str) -> tuple[Ms, Ms | None]:
    """Return the bounds of `8s..20s`, `8s..` (no upper bound) or `8s` (exactly) in milliseconds. Raises ParseError."""
    low, dots, high = (part.strip() for part in text.partition(".."))
    if dots and not low:
        raise ParseError("a range needs a shortest length", f"write e.g. 5s..{high}")
    if not dots:
        return (length := parse_length(low)), length
    if re.fullmatch(r"\d+", low) and (unit := re.fullmatch(r"[\d.]+ ?([a-z]+)", high)):
        raise ParseError(f'invalid length "{low}"', f"use a unit: {low}{unit[1]}..{high}")
    shortest, longest = parse_length(low), parse_length(high) if high else None
    if longest is not None and longest < shortest:
        raise ParseError(f"{low} is longer than {high}", f"write the shorter length first: {high}..{low}")
    return shortest, longest


def parse_length(text: str) -> Ms:
    """Return a length of at most eight hours in milliseconds. Raises ParseError."""
    if match := re.fullmatch(r"(\d+)( ?[a-z]+)? ?- ?(\d+) ?([a-z]+)", text):
        unit = match[4]
        hint = f"write a range as {match[1]}{(match[2] or unit).strip()}..{match[3]}{unit}"
        raise ParseError(f'invalid length "{text}"', hint)
    try:
        length = duration(text)
    except InvalidValue as error:
        raise ParseError(error.message, error.hint) from None
    if length > LONGEST:
        raise ParseError(f'invalid length "{text}"', f"use at most {show(LONGEST)}")
    return length
