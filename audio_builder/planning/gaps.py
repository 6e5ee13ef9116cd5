"""Natural gaps between sounds, and the silence that makes both sides of a performance equally long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from ..script.model import Breathe, ElasticPause, Rest
from ..units import Ms
from .steps import (
    GAP_AFTER_COLON,
    GAP_AFTER_QUESTION,
    GAP_AFTER_SENTENCE,
    LEAD_IN,
    ChapterStart,
    FixedStep,
    HoldSide,
    Performance,
    Step,
    TimedStep,
    fixed_hold_time,
)
from .timeline import BellStroke, BreathTone, PlayedRecording, Utterance


@dataclass(frozen=True, slots=True)
class Break:
    """A place for a silence of at least `gap`, if the steps on both sides of it allow one."""

    gap: Ms


Event = Step | Break

_QUESTION = re.compile(r"[?？؟]\W*$")
_COLON = re.compile(r"[:：]\W*$")


def gap_after(text: str) -> Ms:
    """Return the natural gap after a text: longer after a question, which takes time, and shorter after a colon."""
    if _QUESTION.search(text):
        return GAP_AFTER_QUESTION
    return GAP_AFTER_COLON if _COLON.search(text) else GAP_AFTER_SENTENCE


def with_gaps(events: Sequence[Event]) -> list[Step]:
    """Return the steps with a natural gap between two sounds: the longest of the breaks between them.

    A pause or a rest replaces the gap before and after it, and a bell the gap after it. A gap belongs to the chapter
    before it and counts towards the same hold as the sound before it. Chapters without content are left out.
    """
    steps: list[Step] = []
    chapter: ChapterStart | None = None
    before: TimedStep | None = None
    gap = Ms(0)
    for event in events:
        if isinstance(event, Break):
            gap = max(gap, event.gap)
        elif isinstance(event, ChapterStart):
            chapter = event
        else:
            if before and gap and _allows_gap_after(before) and _is_sound(event):
                steps.append(FixedStep(gap, before.hold))
            if chapter:
                steps.append(chapter)
            if not before:
                steps.append(FixedStep(LEAD_IN))
            steps.append(event)
            before, chapter, gap = event, None, Ms(0)
    return steps


def _is_sound(step: TimedStep) -> bool:
    """Return whether the step makes a sound. Pauses and rests do not; a block of breath counts as sound."""
    if isinstance(step, FixedStep):
        return step.content is not None
    match step.source:
        case Breathe():
            return True
        case ElasticPause() | Rest():
            return False
        case _:
            assert_never(step.source)


def _allows_gap_after(step: TimedStep) -> bool:
    if not isinstance(step, FixedStep):
        return _is_sound(step)
    match step.content:
        case None | BellStroke():
            return False
        case Utterance() | PlayedRecording() | BreathTone():
            return True
        case _:
            assert_never(step.content)


def equal_sides(steps: list[Step], performances: Sequence[Performance]) -> list[Step]:
    """Return the steps with silence added at the end of the shorter side of each hold, so that both last equally."""
    for number, performance in enumerate(performances):
        if performance.sides:
            steps = _with_equal_sides(steps, number)
    return steps


def _with_equal_sides(steps: list[Step], performance: int) -> list[Step]:
    lengths: list[int] = [0, 0]
    ends: list[int] = [0, 0]
    for n, step in enumerate(steps):
        if isinstance(step, ChapterStart) or step.hold is None or step.hold.performance != performance:
            continue
        lengths[step.hold.side] += fixed_hold_time(step)
        ends[step.hold.side] = n + 1
    shorter = 0 if lengths[0] < lengths[1] else 1
    missing = Ms(abs(lengths[0] - lengths[1]))
    end = ends[shorter]
    if not missing or not end:
        return steps
    return [*steps[:end], FixedStep(missing, HoldSide(performance, shorter)), *steps[end:]]
