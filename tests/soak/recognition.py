"""An independent recogniser, which hears words in sound."""

from __future__ import annotations

import re

import numpy as np
import soxr
from pocketsphinx import Decoder

from audio_builder.units import RATE

_HEARD_AT = 16_000


def recogniser() -> Decoder:
    """Return a recogniser with its English model."""
    return Decoder(loglevel="FATAL")


def heard(recogniser: Decoder, sound: np.ndarray) -> str:
    """The words in mono sound at 48 kHz, full scale at 1."""
    low = soxr.resample(np.pad(sound, RATE // 4), RATE, _HEARD_AT, quality="HQ")
    loud = low * (0.5 / max(float(np.abs(low).max()), 1e-6))
    recogniser.start_utt()
    recogniser.process_raw((loud * 32767).astype("<i2").tobytes(), full_utt=True)
    recogniser.end_utt()
    found = recogniser.hyp()
    return found.hypstr if found else ""


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower().replace("’", "'")))
