"""The gain of a session, computed before anything is rendered, so that all sessions are equally loud."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...planning.timeline import PlayedRecording, Timeline, Utterance
from ...script.model import Recording, Sound
from ...units import MS_SAMPLES
from .. import level, meter
from ..level import SpeechLevel
from ..pcm import Floats
from .curves import SOFT_ATTENUATION_DB, is_soft

GAIN_STEP_DB = 0.25
"""Gains are whole steps, so that one changed sentence seldom changes the level of all the others."""
MAX_GAIN_DB = 12.0
"""Largest gain. More would only be limited away."""


def session_gain(timeline: Timeline, level_of: Callable[[Sound], SpeechLevel], ceiling: float) -> float:
    """Return the dB that bring the speech of a session, taken together after limiting, to `level.SPEECH_LUFS`.

    `level_of` returns the level of a clip, and is called only for what is heard. `ceiling` is the limit of speech in
    dBFS. Recordings count only if a session has no speech. The result is 0 if it has neither. Bed and bells are left
    out: at 20 LU or more below, they make no difference."""
    heard = _heard(timeline, Utterance) or _heard(timeline, PlayedRecording)
    if not heard:
        return 0.0
    sounds = list(dict.fromkeys(sound for sound, _ in heard))
    levels = [level_of(sound) for sound in sounds]
    joined = SpeechLevel(*map(np.concatenate, zip(*levels, strict=True)))
    bounds = np.cumsum([0, *(len(each.powers) for each in levels)])
    slices = {sound: slice(*bounds[n : n + 2]) for n, sound in enumerate(sounds)}

    def shortfall(gain_db: float) -> float:
        powers = joined.limited_powers(gain_db, ceiling)
        hops = _as_hops([powers[slices[sound]] * factor for sound, factor in heard])
        return level.SPEECH_LUFS - meter.integrated(hops)

    return round(_solve(shortfall) / GAIN_STEP_DB) * GAIN_STEP_DB


def _solve(shortfall: Callable[[float], float]) -> float:
    """Return the gain within MAX_GAIN_DB that leaves the least shortfall, in dB.

    It searches by the secant method, because limited speech follows its gain only partly."""
    gain, slope = 0.0, 1.0
    current = shortfall(gain)
    while abs(current) > GAIN_STEP_DB / 4 and abs(gain) < MAX_GAIN_DB:
        previous_gain, previous = gain, current
        gain = float(np.clip(gain + current / slope, -MAX_GAIN_DB, MAX_GAIN_DB))
        current = shortfall(gain)
        slope = max((previous - current) / (gain - previous_gain), 0.1)
    return gain


def _heard(timeline: Timeline, kind: type[Utterance] | type[PlayedRecording]) -> list[tuple[Sound, float]]:
    """Return the sound of each cue of this kind with a factor for its power: below 1 if it is played softly."""
    found: list[tuple[Sound, float]] = []
    for index, cue in enumerate(timeline.cues):
        if isinstance(cue.content, Utterance | PlayedRecording) and isinstance(cue.content, kind):
            sound = cue.content.line if isinstance(cue.content, Utterance) else cue.content.recording
            if isinstance(sound, Recording) and sound.as_is:
                continue  # it keeps its own level
            found.append((sound, 10 ** (-SOFT_ATTENUATION_DB / 10) if is_soft(timeline, index) else 1.0))
    return found


def _as_hops(powers: Sequence[Floats]) -> Floats:
    """Join powers of milliseconds and return the powers of complete hops."""
    joined, hop = np.concatenate(powers), meter.HOP_SAMPLES // MS_SAMPLES
    return np.asarray(joined[: len(joined) // hop * hop].reshape(-1, hop).mean(axis=1))
