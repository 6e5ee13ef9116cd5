"""Dates of episodes as moments in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def as_utc(value: date | datetime) -> datetime:
    """Return a date (its midnight) or a time as a moment in UTC. A time without a zone is taken as UTC."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def parse_date(text: str) -> datetime:
    """Return the moment in UTC that an ISO 8601 date or time means. Raises ValueError for anything else."""
    return as_utc(datetime.fromisoformat(text))
