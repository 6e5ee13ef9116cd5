"""A test voice that ships with the program: one soft sine tone per word. Fast, deterministic, in every language.

`tone:silent`, `tone:hang` and `tone:die` misbehave on purpose, so tests need no mocks.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engine import VoiceInfo, find_name
from ..voice import Speech

_NAMES = ("sine", "silent", "hang", "die")
_RATE = 24_000
_WORD_SECONDS = 0.3
_GAP_SECONDS = 0.06
"""Silence at the end of each word, so that words are distinct."""


@dataclass(frozen=True, slots=True)
class ToneVoice:
    """A sine tone of 0.3 s per word. Its pitch depends on the word's letters."""

    name: str
    speed: float
    engine = "tone"
    gain = -0.2  # measured like the gain of the other voices, see `Voice.gain`

    @property
    def identity(self) -> tuple[str, ...]:
        return ("tone", "1", self.name, repr(self.speed), np.__version__)

    def speak(self, text: str) -> Speech:
        if self.name == "hang":
            time.sleep(3600)
        if self.name == "die":
            os._exit(3)
        words = [_word(word, self.speed) for word in text.split()]
        samples = np.concatenate(words) if words else np.zeros(0, np.float32)
        return Speech(samples * np.float32(0) if self.name == "silent" else samples, _RATE)


class _ToneEngine:
    label = "only tones, no words"
    default_speed = 1.0
    for_tests = True

    def open(self, name: str, speed: float, language: str) -> ToneVoice:  # noqa: ARG002 (speaks every language)
        return ToneVoice(find_name("tone", name, _NAMES), speed)

    def list_voices(self) -> list[VoiceInfo]:
        return [VoiceInfo(_NAMES[0], is_default=True)]


TONE = _ToneEngine()
"""The engine `tone`."""


def _word(word: str, speed: float) -> NDArray[np.float32]:
    length = round(_WORD_SECONDS / speed * _RATE)
    sounding = round((_WORD_SECONDS - _GAP_SECONDS) / speed * _RATE)
    pitch = 180 + sum(word.encode()) % 120  # Hz, the range of a calm speaking voice
    time_axis = np.arange(sounding) / _RATE
    envelope = np.sin(np.pi * time_axis * _RATE / sounding) ** 0.5
    samples = np.zeros(length, np.float32)
    samples[:sounding] = 0.25 * np.sin(2 * np.pi * pitch * time_axis) * envelope
    return samples
