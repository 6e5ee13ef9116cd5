"""Give the sessions of a batch the dates of its file, without ever moving an episode that was published."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ..errors import InvalidValue, ScriptErrors
from ..podcast.dates import parse_date
from ..podcast.registry import EpisodeRegistry, SessionKey
from ..text import as_hint, count
from .date_rules import slots
from .expand import BatchSession
from .places import Places, TablePlace
from .planned import PlannedSession


def with_dates(
    sessions: Sequence[BatchSession],
    keys: Sequence[SessionKey | None],
    registry: EpisodeRegistry,
    places: Places,
) -> list[PlannedSession]:
    """Return the sessions with their dates; `keys` are those of the sessions in the feed, None if not known.

    A session that was in the feed keeps its date. The others take the dates of their group in their order, but only
    those after the latest episode of the feed. Drafts get none. Raises ScriptErrors if there are too few dates.
    """
    last, known = latest_date(registry), registry.latest
    running: dict[TablePlace, Iterator[datetime]] = {}
    dated: list[PlannedSession] = []
    for session, key in zip(sessions, keys, strict=True):
        planned, group = session.planned, session.group
        date = None
        if group.dates is not None and not planned.options.draft:
            if key is not None and key in known:
                published = known[key]
                date = published.dated if published.issue == 1 else None
            else:
                dates = running.setdefault(group.dates_of, slots(group.dates, last))
                date = _next_date(dates, session, len(sessions), last, places)
        options = dataclasses.replace(planned.options, date=_text(date) if date else None)
        dated.append(dataclasses.replace(planned, options=options))
    return dated


def latest_date(registry: EpisodeRegistry) -> datetime | None:
    """Return the date of the latest episode of the feed, or None if there is none yet."""
    live = [one.feed_date for one in registry.publications if one.state == "live"]
    return max(live, default=None)


def date_of(planned: PlannedSession) -> datetime | None:
    """Return the date of a session as a moment in UTC."""
    return parse_date(planned.options.date) if planned.options.date else None


def _next_date(
    dates: Iterator[datetime], session: BatchSession, number: int, last: datetime | None, places: Places
) -> datetime:
    place = session.group.dates_of
    try:
        date = next(dates, None)
    except InvalidValue as error:
        problem = places.problem(place, error.message, as_hint(error.hint), ("date",))
        raise ScriptErrors([problem]) from None
    if date is None:
        after = f" after {last:%Y-%m-%d}, the date of the latest episode in your feed" if last else ""
        message = f"too few dates{after} for {count(number, 'session')}"
        raise ScriptErrors([places.problem(place, message, "add dates, or write a rule", ("date",))])
    return date


def _text(moment: datetime) -> str:
    """Return a moment as front matter would have it: only the day if it is midnight in UTC."""
    is_day = moment.tzinfo is UTC and not (moment.hour or moment.minute or moment.second)
    return moment.date().isoformat() if is_day else moment.isoformat(timespec="seconds")
