"""Short samples of ambiences, for people who choose one."""

from __future__ import annotations

import numpy as np

from ..cache import Store
from ..units import Ms, samples
from . import beds
from .pcm import Samples, apply_envelope, smoothstep, to_samples

SAMPLE_LENGTH = Ms(8_000)
_RAISED_DB = 8.0
"""How much louder a sample of an ambience is than the ambience in a session: nobody speaks here."""
_FADE = Ms(600)


def ambience_sample(name: str, store: Store | None = None) -> Samples | None:
    """Return some seconds of an ambience of BEDS, shaped (samples, 2), or None for `none`."""
    loops = [loop[: samples(SAMPLE_LENGTH)] for loop in beds.bed_loops(name, store)]
    if not loops:
        return None
    moments = np.arange(SAMPLE_LENGTH + 1)
    fades = smoothstep(moments / _FADE) * smoothstep((SAMPLE_LENGTH - moments) / _FADE)
    raised = [apply_envelope(loop, fades * 10 ** (_RAISED_DB / 20)) for loop in loops]
    return to_samples(np.sum(raised, axis=0, dtype=np.float64))
