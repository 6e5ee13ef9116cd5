"""Show what a batch would build, and what that takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ..batch.forecast import Forecast
from ..batch.prepare import PreparedBatch
from ..errors import AudioBuilderError
from ..text import count
from ..units import file_size
from .batch_events import emit, failure_lines, planned_facts, record_facts


def show_plan(file: Path, plan: Forecast, batch: PreparedBatch, workers: int, as_json: bool) -> None:
    """Print what a batch would build: as text with what cannot be built, or as an event for each session."""
    if as_json:
        for planned, preview in zip(batch.sessions, batch.previews, strict=True):
            state = "impossible" if preview.problem else "missing" if planned in plan.to_build else "current"
            facts = {
                "state": state,
                **planned_facts(planned),
                "name": preview.name,
                "length_ms": preview.length,
            }
            emit(
                "session",
                **{key: value for key, value in facts.items() if value != ""},
                error=preview.problem,
            )
        return
    for name, value in _plan_lines(plan, workers):
        click.echo(f"{name:>10}  {value}" if name else value)
    if batch.problems:
        click.echo(f"{count(len(batch.problems), 'session')} of {file.name} cannot be built:", err=True)
        for line in failure_lines(batch.problems):
            click.echo(line, err=True)
    if plan.needed > plan.room:
        click.echo(_no_room(plan), err=True)
    click.echo("Nothing was written")


def _plan_lines(plan: Forecast, workers: int) -> Iterator[tuple[str, str]]:
    yield "sessions", f"{plan.total:,}, of which {plan.current:,} are up to date"
    yield "to build", f"{plan.missing:,}"
    yield "to speak", count(plan.sentences, "new sentence")
    yield "sound", f"{_hours(plan.sound_ms / 1000)}, about {file_size(plan.bytes)}"
    yield "time", f"about {_hours(plan.seconds)} on {count(workers, 'core')}"
    if plan.first and plan.last:
        yield "dates", f"{plan.first:%Y-%m-%d %H:%M} to {plan.last:%Y-%m-%d %H:%M} UTC"


def _hours(seconds: float) -> str:
    """Return a time as people say it, such as `1 h 20 min`, rounded up to minutes."""
    hours, minutes = divmod(-(-int(seconds) // 60), 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min"


def require_room(plan: Forecast) -> None:
    """Raise AudioBuilderError if the disk has no room for what would be built."""
    if plan.needed > plan.room:
        raise AudioBuilderError(_no_room(plan))


def _no_room(plan: Forecast) -> str:
    return (
        f"These sessions need about {file_size(plan.needed)}, but only {file_size(plan.room)} are free: make room, "
        "or give --out another disk"
    )


def plan_facts(plan: Forecast, batch: PreparedBatch) -> dict[str, Any]:
    """Return what is planned, for an event."""
    facts = {key: value for key, value in record_facts(plan).items() if key != "to_build"}
    problems = [{**planned_facts(planned), "error": error} for planned, error in batch.problems]
    return facts | {"seconds": round(plan.seconds), "problems": problems}
