"""What every loop of ambience has to be like."""

from __future__ import annotations

import numpy as np
from sounds import as_signal

from audio_builder.audio import meter
from audio_builder.audio.mix.curves import RISE_DB_PER_SECOND
from audio_builder.units import FRAME_SAMPLES


def assert_seamless(loop: np.ndarray) -> None:
    """Check that the loop has whole MP3 frames, and no larger step from its end to its beginning than within it."""
    assert len(loop) % FRAME_SAMPLES == 0
    steps = np.abs(np.diff(loop.astype(int), axis=0))
    assert (np.abs(loop[0].astype(int) - loop[-1]) <= np.percentile(steps, 99.9, axis=0)).all()


def steepest_rise(sound: np.ndarray, also_rising: bool = False) -> float:
    """Return the most LU by which momentary loudness rises within a second.

    With `also_rising`, the gain rises meanwhile as fast as that of a bed does after speech."""
    levels = meter.momentary(meter.hop_powers([as_signal(sound)]))
    rise = RISE_DB_PER_SECOND if also_rising else 0.0
    return max(
        float((levels[hops:] - levels[:-hops]).max()) + rise * hops / meter.SECOND_HOPS
        for hops in range(1, meter.SECOND_HOPS + 1)
    )
