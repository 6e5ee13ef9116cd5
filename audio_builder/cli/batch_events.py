"""What `audio-builder batch` prints about sessions: events, one JSON document per line, and lists of failures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import click
import msgspec

from ..batch.expand import describe_session
from ..batch.planned import PlannedSession
from ..options import given

SHOWN = 3
"""Sessions of one kind that are named; the others are counted."""


def failure_lines(failures: Iterable[tuple[PlannedSession, str]]) -> Iterator[str]:
    """Yield the lines that list failures, each reason once with the first few sessions that it stops."""
    reasons: dict[str, list[PlannedSession]] = {}
    for planned, reason in failures:
        reasons.setdefault(reason, []).append(planned)
    for reason, sessions in reasons.items():
        for planned in sessions[:SHOWN]:
            yield f"  {describe_session(planned)}"
        if len(sessions) > SHOWN:
            yield f"  and {len(sessions) - SHOWN} more"
        yield from (f"      {line}" for line in reason.splitlines())


def planned_facts(planned: PlannedSession) -> dict[str, Any]:
    """Return the script and the options of a session."""
    return {"script": planned.script, "options": given(planned.options)}


def record_facts(record: Any) -> dict[str, Any]:
    """Return the fields of a record. A planned session becomes its script and options."""
    found = {one.name: getattr(record, one.name) for one in dataclasses.fields(record)}
    planned = found.pop("planned", None)
    return found | (planned_facts(planned) if planned else {})


def emit(event: str, **facts: Any) -> None:
    """Print an event as one JSON document on a line."""
    click.echo(msgspec.json.encode({"event": event, **facts}).decode())
