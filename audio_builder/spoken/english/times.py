"""Times, dates and years: `6.30 pm`, `7:30`, `3 May 2026`, `2026-05-03`, `in 1998`."""

from __future__ import annotations

import re

from .numbers import cardinal, ordinal, year

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_SHORT = {month[:3].lower(): month for month in _MONTHS} | {"sept": "September"}
_MONTH = "|".join([*_MONTHS, *(f"{month[:3]}\\.?" for month in _MONTHS if month != "May"), r"Sept\.?"])
_HALF = r"\s?([AaPp])\.?\s?[Mm]\b\.?"
_CLOCK = re.compile(rf"(?<![\w.:,-])(\d{{1,2}}):(\d{{2}})(?::(\d{{2}}))?(?:{_HALF})?(?![\w:]|\.\d)")
_DOTTED = re.compile(rf"(?<![\w.:,])(\d{{1,2}})\.(\d{{2}}){_HALF}(?!\w)")
_DOTTED_AFTER = re.compile(
    r"(?<=\b[Aa]t )(\d{1,2})\.([0-5]\d)(?![\w.:%]|\s?(?:%|percent|minutes?|hours?|seconds?|metres?|meters?|"
    r"[a-z]{1,2}\b))"
)
_HOUR = re.compile(rf"(?<![\w.:,])(\d{{1,2}}){_HALF}(?!\w)")
_HOURS = re.compile(rf"(?<![\w.:,])(\d{{1,2}})\s?[-–]\s?(\d{{1,2}}){_HALF}(?!\w)")
_DAY_MONTH = re.compile(
    rf"(?<![\w.])((?i:the)\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})(?!\w)(,?\s+\d{{4}}(?!\w))?"
)
_MONTH_DAY = re.compile(
    rf"(?<!\w)({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?(?![\w:%]|\.\d)(,?\s+\d{{4}}(?!\w))?"
)
_MONTH_YEAR = re.compile(rf"(?<!\w)({_MONTH})\s+(\d{{4}})(?!\w)")
_ISO = re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")
_SLASHED = re.compile(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\w/])")
_DOTTED_DATE = re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\w)")
_YEAR = re.compile(
    r"\b((?:[Ii]n|[Ss]ince|[Ff]rom|[Uu]ntil|[Bb]y|[Bb]efore|[Aa]fter|of|to|year|and|©|\()\s*)(1[1-9]\d\d|20\d\d)"
    r"(?=[.,;:!?)\]]|$|\s+(?:and|or|to|when|was|the|it|they|he|she|we|I|until|as|because|for)\b)"
)

_YEARS = re.compile(r"(?<![\w–-])(1[5-9]\d\d|20\d\d)\s?[–-]\s?(1[5-9]\d\d|20\d\d)(?![\w–-])")
_TIMER = re.compile(r"(?<![\w.:,-])(\d{1,3}):([0-5]\d) ?(?:mins?|minutes?)(?!\w)")


def read_times(text: str) -> str:
    """Return the text with dates, times of the day, and years in words."""
    text = _ISO.sub(lambda match: _date(match, int(match[1]), int(match[2]), int(match[3])), text)
    text = _SLASHED.sub(_slashed, text)
    text = _DOTTED_DATE.sub(lambda match: _date(match, int(match[3]), int(match[2]), int(match[1])), text)
    text = _DAY_MONTH.sub(lambda match: _day(match, match[2], match[3], match[4], True), text)
    text = _MONTH_DAY.sub(lambda match: _day(match, match[2], match[1], match[3], False), text)
    text = _MONTH_YEAR.sub(lambda match: f"{_month(match[1])} {year(int(match[2]))}", text)
    text = _YEARS.sub(lambda match: f"{year(int(match[1]))} to {year(int(match[2]))}", text)
    text = _TIMER.sub(lambda match: _timer(int(match[1]), int(match[2])), text)
    text = _HOURS.sub(lambda match: f"{match[1]} to {match[2]} {match[3]}m", text)
    text = _CLOCK.sub(_clock, text)
    text = _DOTTED.sub(lambda match: _time(match, int(match[1]), int(match[2]), match[3]), text)
    text = _DOTTED_AFTER.sub(lambda match: _time(match, int(match[1]), int(match[2]), ""), text)
    text = _HOUR.sub(lambda match: _time(match, int(match[1]), 0, match[2]), text)
    return _YEAR.sub(lambda match: match[1] + year(int(match[2])), text)


def _timer(minutes: int, seconds: int) -> str:
    words = f"{cardinal(minutes)} minute{'' if minutes == 1 else 's'}"
    return f"{words} {cardinal(seconds)} seconds" if seconds else words


def _month(written: str) -> str:
    key = written.rstrip(".").lower()
    return _SHORT.get(key) or _SHORT[key[:3]]


def _date(match: re.Match[str], in_year: int, month: int, day: int) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return f"{_MONTHS[month - 1]} {ordinal(day)}, {year(in_year)}"


def _slashed(match: re.Match[str]) -> str:
    """Return a date with slashes. The month comes first, as in the accent of the voices, unless it cannot."""
    first, second, in_year = (int(part) for part in match.groups())
    if len(match[3]) == 2:
        in_year += 1900 if in_year > 50 else 2000
    return _date(match, in_year, *((first, second) if first <= 12 else (second, first)))


def _day(match: re.Match[str], day: str, month: str, in_year: str | None, day_first: bool) -> str:
    if not 1 <= int(day) <= 31:
        return match[0]
    name, nth = _month(month), ordinal(int(day))
    article = ((match[1] or "") if day_first else "").strip() or "the"
    words = f"{article} {nth} of {name}" if day_first else f"{name} {nth}"
    return words + (f", {year(int(in_year.strip(' ,')))}" if in_year else "")


def _clock(match: re.Match[str]) -> str:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    if hour > 24 or minute > 59 or (second and int(second) > 59):
        return match[0]
    words = _time(match, hour, minute, match[4])
    return f"{words} and {cardinal(int(second))} seconds" if second else words


def _time(match: re.Match[str], hour: int, minute: int, half: str | None) -> str:
    if hour > 24 or minute > 59:
        return match[0]
    if minute:
        words = f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    elif half:
        words = cardinal(hour)
    elif hour <= 12:
        words = f"{cardinal(hour)} o'clock"
    else:
        words = f"{cardinal(hour)} hundred hours"
    if not half:
        return words
    return f"{words} {half.lower()}.m."
