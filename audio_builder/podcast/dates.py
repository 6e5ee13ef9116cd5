"""Dates of episodes as moments in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from ..units import YEARS


def as_utc(value: date | datetime) -> datetime:
    """Return a date (its midnight) or a time as a moment in UTC. A time without a zone is taken as UTC.

    Raises ValueError for a year that no feed can have.
    """
    if value.year not in YEARS:
        raise ValueError(f"the year {value.year} is impossible: use {YEARS[0]} to {YEARS[-1]}")
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def parse_date(text: str) -> datetime:
    """Return the moment in UTC that an ISO 8601 date or time means. Raises ValueError for anything else."""
    return as_utc(datetime.fromisoformat(text))
