"""Time to lie down before a session: its bed alone, and a soft count-in at the end."""

from __future__ import annotations

from dataclasses import replace

from ..errors import BuilderError
from ..units import Ms, show
from .timeline import Chapter, Cue, Plan, Tone

LONGEST_LEAD = Ms(10 * 60_000)
"""More time to lie down than this is a session of its own."""
TITLE = "Time to lie down"
_NOTES = (Ms(7_500), Ms(5_000), Ms(2_500))
"""Before the session begins: three notes, each as long as a short breath."""
_NOTE = Ms(1_600)


def delayed(plan: Plan, lead: Ms) -> Plan:
    """The plan after `lead` milliseconds in which one can lie down: all of it later, with a chapter of its own before.

    It is sound like any other, so it goes on where a timer would stop, on a phone whose screen is off. Raises
    BuilderError for more than LONGEST_LEAD."""
    if lead == 0:
        return plan
    if not 0 < lead <= LONGEST_LEAD:
        raise BuilderError(f"the time to lie down is at most {show(LONGEST_LEAD)}, not {show(lead)}")
    notes = [note for note in _NOTES if note <= lead]
    counted = [Cue(Ms(lead - note), _NOTE, Tone("out", 0, 1, counting=True)) for note in notes]
    return replace(
        plan,
        length=Ms(plan.length + lead),
        cues=(*counted, *(replace(cue, start=Ms(cue.start + lead)) for cue in plan.cues)),
        chapters=(
            Chapter(Ms(0), lead, TITLE),
            *(replace(c, start=Ms(c.start + lead)) for c in plan.chapters),
        ),
        spans=tuple(replace(span, start=Ms(span.start + lead)) for span in plan.spans),
        holds=tuple(replace(hold, start=Ms(hold.start + lead)) for hold in plan.holds),
    )
