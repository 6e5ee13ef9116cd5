"""What a session would be, as JSON for the page: its title, possible lengths, chapters, breaths, props and cautions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any

from ..diagnostics.report import figure_facts
from ..library.manifest import CautionRecord
from ..library.show_notes import props_line
from ..library.sidecars import caution_records
from ..planning.plan import default_length
from ..planning.request import Lengths
from ..planning.timeline import Timeline
from ..request import BuildRequest
from ..script.walk import script_figure
from ..units import Ms, whole_seconds


def session_facts(
    request: BuildRequest, lengths: Lengths, estimated: bool, possible: Sequence[tuple[Ms, Ms]]
) -> dict[str, Any]:
    """Return what is known of a session at any length. `possible` are the lengths that it can have, as ranges."""
    script, front, ending = request.script, request.script.front, request.options.ending
    return {
        "script": script.name,
        "title": front.title,
        "summary": front.summary,
        "language": front.language,
        "ready": not estimated,
        "figure": figure_facts(script_figure(script), front.title, front.language),
        "lengths_ms": [whole_seconds(bounds) for bounds in possible],
        "default_ms": default_length(script, lengths, ending) if possible else 0,
        "ending": ending,
        "problem": "",
    }


def timeline_facts(request: BuildRequest, timeline: Timeline) -> dict[str, Any]:
    """Return what is known of a session of one length."""
    return {
        "length_ms": timeline.length,
        "chapters": [
            {
                "start_ms": chapter.start,
                "title": chapter.title,
                "figure": figure_facts(chapter.figure, chapter.title, timeline.language),
            }
            for chapter in timeline.chapters
        ],
        "breaths": [
            {"start_ms": gap.start, "length_ms": gap.length, "phases_ms": list(astuple(gap.pattern))}
            for gap in timeline.elastic_gaps
            if gap.pattern
        ],
        "positions": timeline.positions,
        "props": timeline.props,
        "props_line": props_line(timeline.props, timeline.language),
        "cautions": cautions(caution_records(request.script, timeline.cautions)),
    }


def cautions(notices: Iterable[CautionRecord]) -> list[dict[str, Any]]:
    """Return what to know before a session, as JSON has it."""
    return [
        {"id": notice.id, "short": notice.short, "text": notice.full, "named": notice.named}
        for notice in notices
    ]
