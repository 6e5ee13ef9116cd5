"""The one gain of a session: computed from the plan before anything is rendered, so that a series is equally loud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...planning.timeline import PlayedRecording, Timeline, Utterance
from ...script.model import Recording, Sound
from ...units import MS_SAMPLES
from .. import level, meter
from ..level import Words
from ..pcm import Floats
from .curves import SOFT_DB, is_soft

STEP = 0.25
"""dB: gains are whole steps, so that one changed sentence seldom moves the level of all the others."""
MOST = 12.0
"""dB beyond which no words are turned up: they would be nothing but limited."""


def gain(timeline: Timeline, words: Mapping[Sound, Words], ceiling: float) -> float:
    """The dB that bring the speech cues of a plan, taken together as they will sound, to the anchor of all levels.

    `words` has the level of each clip, `ceiling` is the dBFS that they are held below. Recordings stand in where
    nothing is spoken; with neither there is nothing to bring anywhere. Bed and bells are left out: 20 LU and more
    below, they move nothing."""
    said = _said(timeline, Utterance) or _said(timeline, PlayedRecording)
    if not said:
        return 0.0
    order = list(dict.fromkeys(sound for sound, _ in said))
    together = Words(*(np.concatenate([words[sound][part] for sound in order]) for part in (0, 1)))
    bounds = np.cumsum([0, *(len(words[sound].powers) for sound in order)])
    where = {sound: slice(*bounds[n : n + 2]) for n, sound in enumerate(order)}

    def heard(gain: float) -> float:
        powers = together.at(gain, ceiling)
        return meter.integrated(_hops([powers[where[sound]] * turned for sound, turned in said]))

    low, found = 0.0, 0.0
    below = short = level.SPEECH - heard(0.0)
    slope = 1.0
    while (
        abs(short) > STEP / 4 and abs(found) < MOST
    ):  # by secants: what is limited follows its gain part of the way
        low, below, found = found, short, float(np.clip(found + short / slope, -MOST, MOST))
        short = level.SPEECH - heard(found)
        slope = max((below - short) / (found - low), 0.1)
    return round(found / STEP) * STEP


def _said(timeline: Timeline, kind: type[Utterance] | type[PlayedRecording]) -> list[tuple[Sound, float]]:
    """What is said and how it is turned out of a silence, as a factor of its power."""
    found: list[tuple[Sound, float]] = []
    for at, cue in enumerate(timeline.cues):
        if isinstance(cue.what, Utterance | PlayedRecording) and isinstance(cue.what, kind):
            sound = cue.what.line if isinstance(cue.what, Utterance) else cue.what.recording
            if isinstance(sound, Recording) and sound.as_is:
                continue  # it keeps its own level
            found.append((sound, 10 ** (SOFT_DB / 10) if is_soft(timeline, at) else 1.0))
    return found


def _hops(powers: Sequence[Floats]) -> Floats:
    """Powers of milliseconds, one after another, as those of whole hops."""
    together, each = np.concatenate(powers), meter.HOP // MS_SAMPLES
    return np.asarray(together[: len(together) // each * each].reshape(-1, each).mean(axis=1))
