"""The order of a course, whose lessons are listed from the first to the last (a `serial` show)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..library.manifest import Episode
from .podcast import Podcast
from .registry import session_key
from .selection import DueSession

_STEP = timedelta(seconds=1)  # the accuracy of dates in a feed (RFC 2822)


def with_course_dates(podcast: Podcast, due: Sequence[DueSession], now: datetime) -> tuple[DueSession, ...]:
    """Return the sessions with different dates, in the order of the course if they came out together.

    Apps sort by date, so lessons of the same moment would be in any order. The last lesson that is new is published
    `now`, and those before it a second apart. `[[episode]]` lists are in the order of the course already.
    """
    course = [*due] if podcast.show.episode else sorted(due, key=lambda session: course_key(session.episode))
    known = podcast.registry.latest
    new = [session.episode.name for session in course if session_key(session.episode) not in known]
    first_dates = {name: now - n * _STEP for n, name in enumerate(reversed(new))}
    timed = []
    for session in course:
        first = first_dates.get(session.episode.name, session.published)
        is_undated = session.date == session.published
        timed.append(replace(session, published=first, date=first if is_undated else session.date))
    timed.sort(key=lambda session: session.date)
    dates = distinct_dates(session.date for session in timed)
    by_name = {
        session.episode.name: replace(session, date=date) for session, date in zip(timed, dates, strict=True)
    }
    return tuple(by_name[session.episode.name] for session in due)


def course_key(episode: Episode) -> tuple[int, float, tuple[str | int, ...]]:
    """Return what lessons are sorted by: season, number, and name, in which `lesson-10` comes after `lesson-9`."""
    parts = re.split(r"(\d+)", episode.name)
    name = tuple(int(part) if n % 2 else part for n, part in enumerate(parts))
    return episode.season or 0, episode.number or float("inf"), name


def distinct_dates(dates: Iterable[datetime]) -> list[datetime]:
    """Return ascending dates without repeats: a date that is not later than the one before becomes a second later."""
    distinct: list[datetime] = []
    for date in dates:
        distinct.append(max(date, distinct[-1] + _STEP) if distinct else date)
    return distinct
