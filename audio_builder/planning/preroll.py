"""Time to lie down before a session: its bed alone, and a soft count-in at the end."""

from __future__ import annotations

from dataclasses import replace

from ..errors import AudioBuilderError
from ..units import Ms, show
from .timeline import BreathTone, Chapter, Cue, Timeline

LONGEST_PREROLL = Ms(10 * 60_000)
"""More time to lie down than this is a session of its own."""
TITLE = "Time to lie down"
_NOTES = (Ms(7_500), Ms(5_000), Ms(2_500))
"""Before the session begins: three notes, each as long as a short breath."""
_NOTE = Ms(1_600)


def with_preroll(timeline: Timeline, preroll: Ms) -> Timeline:
    """The plan after `lead` milliseconds in which one can lie down: all of it later, with a chapter of its own before.

    It is sound like any other, so it goes on where a timer would stop, on a phone whose screen is off. Raises
    BuilderError for more than LONGEST_LEAD."""
    if preroll == 0:
        return timeline
    if not 0 < preroll <= LONGEST_PREROLL:
        raise AudioBuilderError(
            f"the time to lie down is at most {show(LONGEST_PREROLL)}, not {show(preroll)}"
        )
    notes = [note for note in _NOTES if note <= preroll]
    counted = [Cue(Ms(preroll - note), _NOTE, BreathTone("out", 0, 1, counting=True)) for note in notes]
    return replace(
        timeline,
        length=Ms(timeline.length + preroll),
        cues=(*counted, *(replace(cue, start=Ms(cue.start + preroll)) for cue in timeline.cues)),
        chapters=(
            Chapter(Ms(0), preroll, TITLE),
            *(replace(c, start=Ms(c.start + preroll)) for c in timeline.chapters),
        ),
        elastic_gaps=tuple(replace(span, start=Ms(span.start + preroll)) for span in timeline.elastic_gaps),
        holds=tuple(replace(hold, start=Ms(hold.start + preroll)) for hold in timeline.holds),
    )
