"""Add time to lie down before a session: the ambience alone, with a soft count-in at its end."""

from __future__ import annotations

from dataclasses import replace

from ..errors import AudioBuilderError
from ..languages.catalogue import catalogue, translatable
from ..options import LONGEST_PREROLL
from ..units import Ms, show
from .timeline import BreathTone, Chapter, Cue, Timeline

PREROLL_TITLE = translatable("Time to lie down")
_TONES_BEFORE_START = (Ms(7_500), Ms(5_000), Ms(2_500))
_TONE_LENGTH = Ms(1_600)  # a short breath


def with_preroll(timeline: Timeline, preroll: Ms) -> Timeline:
    """Return the timeline moved by `preroll` milliseconds, in which the listener can lie down.

    The preroll becomes the first chapter. It is part of the sound, so it works on a phone whose screen is locked, which
    stops timers. Raises AudioBuilderError for less than nothing or more than LONGEST_PREROLL.
    """
    if preroll == 0:
        return timeline
    if not 0 < preroll <= LONGEST_PREROLL:
        raise AudioBuilderError(f"Invalid preroll {show(preroll)}: use 0s to {show(LONGEST_PREROLL)}")
    count_in = [
        Cue(Ms(preroll - before), _TONE_LENGTH, BreathTone("out", 0, 1, counting=True))
        for before in _TONES_BEFORE_START
        if before <= preroll
    ]
    figure = timeline.chapters[0].figure if timeline.chapters else None
    title = catalogue(timeline.language).gettext(PREROLL_TITLE)
    chapter = Chapter(Ms(0), preroll, title, figure)
    return replace(
        timeline,
        length=Ms(timeline.length + preroll),
        cues=(*count_in, *(replace(cue, start=Ms(cue.start + preroll)) for cue in timeline.cues)),
        chapters=(chapter, *(replace(c, start=Ms(c.start + preroll)) for c in timeline.chapters)),
        elastic_gaps=tuple(replace(gap, start=Ms(gap.start + preroll)) for gap in timeline.elastic_gaps),
        holds=tuple(replace(hold, start=Ms(hold.start + preroll)) for hold in timeline.holds),
    )
