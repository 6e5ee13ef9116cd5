"""Somebody who reads a sheet aloud: synthetic takes, and long recordings of them with everything that goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sounds import voice, write_wav

from audio_builder.takes.bring import natural_seconds
from audio_builder.takes.sentences import ReadSentence
from audio_builder.units import RATE, Ms, samples

NOISE = 2e-4  # of full scale: a quiet room
PACE = 1.5  # of a calm reader, times the natural length of a sentence


def silence(ms: int, noise: float = NOISE, seed: int = 0) -> np.ndarray:
    """Return a silence with the noise of a room."""
    return np.random.default_rng(seed).standard_normal(samples(Ms(ms))) * noise


def take(sentence: ReadSentence, seed: int = 0, noise: float = NOISE, around: int = 500) -> np.ndarray:
    """Return a sentence as somebody would read it, between silences of `around` ms."""
    random = np.random.default_rng((sentence.number, seed))
    ms = round(natural_seconds(sentence) * 1000 * PACE * float(np.exp(random.normal(0, 0.06))))
    said = voice(ms, sentence.number % 40 + seed, 0.3)
    room = silence(ms + 2 * around, noise, seed)
    room[samples(Ms(around)) : samples(Ms(around)) + len(said)] += said
    return room


@dataclass
class Reading:
    """A long recording, and where each sentence is in it, in seconds; a sentence that was read twice has two places."""

    sound: np.ndarray
    places: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    def write(self, path: Path, rate: int = RATE) -> Path:
        """Write the recording as WAV and return its path."""
        return write_wav(path, self.sound[:: RATE // rate], rate=rate)


def read_aloud(
    sentences: Sequence[ReadSentence],
    skipped: Sequence[int] = (),
    repeated: Sequence[int] = (),
    coughs: Sequence[int] = (),
    seed: int = 0,
) -> Reading:
    """Return a reading of sentences with pauses, given the numbers of those that are left out, read twice, or followed
    by a cough."""
    random = np.random.default_rng(seed)
    parts, places, at = [silence(3000)], {}, samples(Ms(3000))
    for sentence in sentences:
        times = 0 if sentence.number in skipped else 2 if sentence.number in repeated else 1
        for again in range(times):
            said = take(sentence, seed + again, around=0)
            places.setdefault(sentence.number, []).append((at / RATE, (at + len(said)) / RATE))
            parts += [said, silence(int(random.uniform(1300, 2600)))]
            at += len(said) + len(parts[-1])
        if sentence.number in coughs:
            cough = random.standard_normal(RATE // 3) * 0.1 * np.hanning(RATE // 3)
            parts += [cough, silence(1200)]
            at += len(cough) + len(parts[-1])
    return Reading(np.concatenate(parts), places)
