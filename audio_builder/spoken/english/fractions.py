"""Fractions, scores and ratios: `½`, `2½`, `3/4`, `3/10`, `90/90`, `24/7`."""

from __future__ import annotations

import re
import unicodedata

from .numbers import cardinal, number, ordinal, plural

VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
"""The fractions that Unicode has as one character."""
_NAMES = {2: "half", 4: "quarter"}
_MIXED = re.compile(
    rf"(?<![\w.,/])(\d+)[ -]?([{VULGAR}])|(?<![\w.,/])(\d+)[ -](\d{{1,2}})[/⁄](\d{{1,2}})(?![\w/]|[.,]\d)"
)
_ALONE = re.compile(rf"([{VULGAR}])")
_PAIR = re.compile(r"(?<![\w.,/-])(\d{1,4})\s?[/⁄]\s?(\d{1,4})(?![\w/]|[.,]\d)")
_SIGNS = {"<": "less", ">": "more"}
_SIGN_BEFORE = re.compile(r"(?<![\w)\]])([<>])\s?(?=\d{1,4}/\d{1,4})")
_INCHES = re.compile(
    r"(?<![\w.,/])(\d{1,2}/\d{1,2})[\"”″](?=\s+(?:thick|wide|long|deep|high|tall|apart)|\s*[.,;]|$)"
)
_SCORED = re.compile(r"\b(?:pain|strength|score|scores|grade|rating|level|effort|intensity)\b", re.IGNORECASE)
_RANGE_OUT_OF = re.compile(r"(?<![\w.,/-])(\d{1,2})\s?[-–]\s?(\d{1,2})\s?/\s?(5|10|100)(?![\w/]|[.,]\d)")
_HALF_UNIT = re.compile(
    r"\s+(?=(?:hour|inch|ounce)\b)|\s+(?=(?:minute|metre|meter|mile|foot|cup|day|litre|liter|turn|breath)\b)"
)
_OF_ARTICLE = re.compile(r"\s+(?:of\s+)?(?:an?|the|your|my|his|her|our|their|its)\b")


def read_fractions(text: str) -> str:
    """Return the text with fractions, scores and pairs of numbers in words."""
    text = _SIGN_BEFORE.sub(lambda match: f"{_SIGNS[match[1]]} than ", text)
    text = _INCHES.sub(r"\1 of an inch", text)
    text = _RANGE_OUT_OF.sub(_range_out_of, text)
    text = _MIXED.sub(_mixed, text)
    text = _ALONE.sub(lambda match: _spaced(match, _fraction(*_parts(match[1]), match)), text)
    return _PAIR.sub(_pair, text)


def _parts(char: str) -> tuple[int, int]:
    numerator, _, denominator = unicodedata.normalize("NFKC", char).partition("⁄")
    return int(numerator), int(denominator)


def _mixed(match: re.Match[str]) -> str:
    whole, char, spaced_whole, numerator, denominator = match.groups()
    pair = _parts(char) if char else (int(numerator), int(denominator))
    if not 0 < pair[0] < pair[1]:
        return match[0]
    part = _plain(*pair)
    return _spaced(match, f"{number(whole or spaced_whole)} and {'a ' if pair[0] == 1 else ''}{part}")


def _range_out_of(match: re.Match[str]) -> str:
    low, high, top = (cardinal(int(group)) for group in match.groups())
    return f"{low} to {high} out of {top}"


def _pair(match: re.Match[str]) -> str:
    first, second = int(match[1]), int(match[2])
    scored = second in (5, 10, 100) and _SCORED.search(match.string, 0, match.start())
    if scored or (second in (10, 100) and first <= second):
        return f"{cardinal(first)} out of {cardinal(second)}"
    if 0 < first < second and second <= 20 and (first == 1 or second <= 8):
        return _fraction(first, second, match)
    if first == second or (first, second) in ((24, 7), (80, 20), (60, 40)):
        return f"{cardinal(first)} {cardinal(second)}"
    return f"{cardinal(first)} over {cardinal(second)}"


def _fraction(numerator: int, denominator: int, match: re.Match[str]) -> str:
    """Return a fraction as it is said before what follows: `half a pillow`, `a third of the way`, `two thirds`."""
    if numerator > 1:
        return _plain(numerator, denominator)
    if denominator == 2:
        if unit := _HALF_UNIT.match(match.string, match.end()):
            return "half an" if match.string.startswith(("hour", "inch", "ounce"), unit.end()) else "half a"
        return "half" if _OF_ARTICLE.match(match.string, match.end()) else "one half"
    return f"a {_plain(1, denominator)}" if denominator != 8 else "an eighth"


def _plain(numerator: int, denominator: int) -> str:
    name = _NAMES.get(denominator) or ordinal(denominator)
    return name if numerator == 1 else f"{cardinal(numerator)} {plural(name)}"


def _spaced(match: re.Match[str], words: str) -> str:
    """Return the words, with spaces where a letter or a digit touches them."""
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return f"{' ' if before.isalnum() else ''}{words}{' ' if after.isalpha() else ''}"
