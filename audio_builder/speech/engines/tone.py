"""The shipped fake: a soft sine a word. Quick, deterministic, speaks every language; for tests and for trying a plan.

`tone:silent`, `tone:hang` and `tone:die` misbehave on purpose, so that tests need no mocks.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np

from ..voice import Speech

NAMES = ("sine", "silent", "hang", "die")
DEFAULT_SPEED = 1.0
RATE = 24_000
WORD_SECONDS = 0.3
_GAP_SECONDS = 0.06  # of each word, so that words are heard as words


@dataclass(frozen=True, slots=True)
class ToneVoice:
    """A sine of 0.3 s for each word, its pitch taken from the word's letters."""

    name: str
    speed: float
    engine = "tone"
    gain = -0.2  # measured as hibari's

    @property
    def identity(self) -> tuple[str, ...]:
        return ("tone", "1", self.name, repr(self.speed), np.__version__)

    def speak(self, text: str) -> Speech:
        if self.name == "hang":
            time.sleep(3600)
        if self.name == "die":
            os._exit(3)
        words = text.split()
        samples = (
            np.concatenate([_word(word, self.speed) for word in words]) if words else np.zeros(0, np.float32)
        )
        return Speech(samples * np.float32(0) if self.name == "silent" else samples, RATE)


def _word(word: str, speed: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    count = round(WORD_SECONDS / speed * RATE)
    sounding = round((WORD_SECONDS - _GAP_SECONDS) / speed * RATE)
    pitch = 180 + sum(word.encode()) % 120  # hertz: the range of a calm speaking voice
    samples = np.zeros(count, np.float32)
    moment = np.arange(sounding) / RATE
    samples[:sounding] = (
        0.25 * np.sin(2 * np.pi * pitch * moment) * np.sin(np.pi * moment * RATE / sounding) ** 0.5
    )
    return samples


def open_tone(name: str, speed: float | None, _language: str) -> ToneVoice:
    """The fake voice of that name; the registry has checked it."""
    return ToneVoice(name or NAMES[0], DEFAULT_SPEED if speed is None else speed)
