"""What every stroke of a bell has to be like."""

from __future__ import annotations

import numpy as np

from audio_builder.audio import chimes, level
from audio_builder.units import samples


def millisecond_peaks(sound: np.ndarray) -> np.ndarray:
    """Return the highest sample of each millisecond."""
    return np.abs(sound.astype(int)).reshape(-1, samples(1)).max(axis=1)


def assert_soft_stroke(sound: np.ndarray) -> None:
    """Check the level, an attack of 30 ms or more, an end in silence, and the length."""
    assert len(sound) <= samples(chimes.LONGEST_RING)
    assert 4 <= level.SPEECH_LUFS - level.max_momentary(sound) <= 8
    envelope = millisecond_peaks(sound)
    assert envelope[[0, -1]].max() <= 0.01 * envelope.max()
    t = (np.arange(30) + 1) / 30
    assert (envelope[:30] <= 1.1 * envelope.max() * t * t * (3 - 2 * t)).all()
