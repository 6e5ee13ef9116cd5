"""Dates by rule, such as `every Tuesday from 2027-01-05 at 06:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, pairwise, repeat

from ..errors import InvalidValue
from ..podcast.dates import as_utc, parse_date
from ..text import closest, one_line
from ..units import YEARS

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The days of the week, in the order of `date.weekday`."""
_FORMS = (
    "write e.g. every Tuesday from 2027-01-05, every weekday from 2027-01-04 at 06:00, "
    "every 2 weeks from 2027-01-05, or dates such as 2027-01-05"
)
_RULE = re.compile(
    r"every (?P<days>.+?)(?: at (?P<early>\S+))? from (?P<first>\S+)(?: at (?P<late>\S+))?", re.IGNORECASE
)
_STEP = re.compile(r"(?P<number>\d{1,4}) (?P<unit>day|week)s?", re.IGNORECASE | re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DateRule:
    """Moments that repeat: on these `weekdays` (0 is Monday), or if there are none, every `step` days from `first`."""

    first: datetime
    weekdays: frozenset[int] = frozenset()
    step: int = 1


@dataclass(frozen=True, slots=True)
class DateList:
    """Moments one by one, each later than the one before."""

    dates: tuple[datetime, ...]


Dates = DateRule | DateList | datetime
"""The dates of sessions: by rule, listed, or one for all of them."""


def read_dates(value: object) -> Dates:
    """Return the dates that a value of TOML means: a rule, a date or a time, or a list of those.

    Raises InvalidValue.
    """
    if isinstance(value, list):
        moments = [_moment(one) for one in value]
        if not moments:
            raise InvalidValue("the list of dates is empty", "write at least one date")
        if late := next((later for one, later in pairwise(moments) if later <= one), None):
            raise InvalidValue(f"{late:%Y-%m-%d} is not later than the date before it", "put them in order")
        return DateList(tuple(moments))
    if isinstance(value, str) and re.match(r"every\b", one_line(value), re.IGNORECASE):
        return _rule(one_line(value))
    return _moment(value)


def slots(dates: Dates, after: datetime | None = None) -> Iterator[datetime]:
    """Yield the moments in order: of a rule or a list only those later than `after`, and one date without end.

    Raises InvalidValue when a rule leaves the years that a feed can have.
    """
    match dates:
        case DateRule():
            return _of_rule(dates, after)
        case DateList():
            return iter([one for one in dates.dates if after is None or one > after])
        case _:
            return repeat(dates)


def _of_rule(rule: DateRule, after: datetime | None) -> Iterator[datetime]:
    start = 0
    if after is not None and after > rule.first:
        start = (after - rule.first).days // rule.step
    for n in count(start):
        try:
            moment = rule.first + timedelta(days=n * rule.step)
            if moment.year not in YEARS:
                raise OverflowError
        except OverflowError:
            raise InvalidValue(
                f"there are not enough dates before the year {YEARS[-1] + 1}", "begin earlier, or more often"
            ) from None
        if (not rule.weekdays or moment.weekday() in rule.weekdays) and (after is None or moment > after):
            yield moment


def _moment(value: object) -> datetime:
    """Return the moment of a date, which is its midnight in UTC, or of a time. Raises InvalidValue."""
    try:
        if isinstance(value, date):
            moment = as_utc(value)
        elif isinstance(value, str):
            moment = parse_date(value.strip())
        else:
            raise InvalidValue(f'"{str(value)[:40]}" is not a date', _FORMS)
    except InvalidValue:
        raise
    except (ValueError, OverflowError) as error:
        hint = str(error) if "year" in str(error) and "impossible" in str(error) else _FORMS
        raise InvalidValue(f'"{str(value)[:60]}" is not a date', hint) from None
    return moment


def _rule(text: str) -> DateRule:
    match = _RULE.fullmatch(text)
    if match is None or (match["early"] and match["late"]):
        missing = "" if re.search(r"\bfrom\b", text, re.IGNORECASE) else ": it has no first date"
        raise InvalidValue(f'invalid rule "{text[:60]}"{missing}', _FORMS)
    first = _first(match["first"], match["early"] or match["late"])
    days = match["days"].lower()
    if days in ("day", "weekday"):
        return DateRule(first, frozenset(range(5)) if days == "weekday" else frozenset())
    if step := _STEP.fullmatch("1 week" if days == "week" else days):
        number = int(step["number"]) * (7 if step["unit"] == "week" else 1)
        if not number:
            raise InvalidValue(f'invalid rule "{text[:60]}"', "use a number from 1")
        return DateRule(first, step=number)
    return DateRule(first, frozenset(_weekdays(days.replace(",", " and ").split())))


def _first(day: str, at: str | None) -> datetime:
    """Return the first moment that a rule may give. Raises InvalidValue."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        hint = "write the time after at" if "T" in day else "write e.g. from 2027-01-05"
        raise InvalidValue(f'"{day[:40]}" is not a date', hint) from None
    if found.year not in YEARS:
        raise InvalidValue(f"the year {found.year} is impossible", f"use {YEARS[0]} to {YEARS[-1]}")
    try:
        moment = time.fromisoformat(at) if at and _TIME.fullmatch(at) else None if at else time()
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidValue(f'"{str(at)[:40]}" is not a time', "write e.g. at 06:00, or at 06:00+01:00")
    return datetime.combine(found, moment, moment.tzinfo or UTC)


def _weekdays(words: Iterable[str]) -> Iterator[int]:
    """Yield the numbers of named weekdays. Raises InvalidValue."""
    for word in words:
        if word == "and":
            continue
        name = word if word in WEEKDAYS else word.removesuffix("s")
        if name not in WEEKDAYS:
            near = closest(word, WEEKDAYS)
            hint = f'Did you mean "{near.capitalize()}"?' if near else _FORMS
            raise InvalidValue(f'"{word[:40]}" is not a day of the week', hint)
        yield WEEKDAYS.index(name)
