"""Natural gaps between what is said, and silence that makes both sides alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..script.model import Breathe
from ..units import Ms
from . import steps as s
from .timeline import BellStroke


@dataclass(frozen=True, slots=True)
class Break:
    """Between two things: where both take it, a silence of at least `gap`."""

    gap: Ms


Event = s.Step | Break

_QUESTION = re.compile(r"[?？؟]\W*$")
_COLON = re.compile(r"[:：]\W*$")


def gap_after(text: str) -> Ms:
    """The natural gap after what was said: a question is given time to sink in, a colon leads on."""
    if _QUESTION.search(text):
        return s.QUESTION_GAP
    return s.COLON_GAP if _COLON.search(text) else s.SENTENCE_GAP


def with_gaps(events: Sequence[Event]) -> list[s.Step]:
    """The steps with natural gaps between them: the longest of the breaks between two sounds, none beside a
    pause or a rest, none after a bell. A gap belongs to what it follows; a chapter without content has no mark."""
    steps: list[s.Step] = []
    head: s.ChapterStart | None = None
    before: s.Fixed | s.ElasticStep | None = None
    gap = Ms(0)
    for event in events:
        if isinstance(event, Break):
            gap = max(gap, event.gap)
        elif isinstance(event, s.ChapterStart):
            head = event
        else:
            if before and gap and _leaves_gap(before) and _takes_gap(event):
                steps.append(s.Fixed(gap, before.where))
            if head:
                steps.append(head)
            if not before:
                steps.append(s.Fixed(s.LEAD_IN, s.Scope()))
            steps.append(event)
            before, head, gap = event, None, Ms(0)
    return steps


def _takes_gap(step: s.Fixed | s.ElasticStep) -> bool:
    """Whether the natural gap stands before this: not before a pause or a rest, which replace it."""
    return isinstance(step.node, Breathe) if isinstance(step, s.ElasticStep) else step.what is not None


def _leaves_gap(step: s.Fixed | s.ElasticStep) -> bool:
    return _takes_gap(step) and not (isinstance(step, s.Fixed) and isinstance(step.what, BellStroke))


def equal_sides(steps: list[s.Step], parts: Sequence[s.Part]) -> list[s.Step]:
    """The steps with silence after the last held one of a shorter side, so that both are held alike."""
    for number, part in enumerate(parts):
        if not part.sides:
            continue
        held, last = [0, 0], [-1, -1]
        for n, step in enumerate(steps):
            if isinstance(step, s.ChapterStart) or step.where.part != number or not step.where.held:
                continue
            last[step.where.side] = n
            if isinstance(step, s.Fixed):
                held[step.where.side] += step.length
            elif step.single:
                held[step.where.side] += step.low
        short = 0 if held[0] < held[1] else 1
        missing = held[1 - short] - held[short]
        if missing and last[short] >= 0:
            where = s.Scope(number, short, True)
            steps = [*steps[: last[short] + 1], s.Fixed(Ms(missing), where), *steps[last[short] + 1 :]]
    return steps
