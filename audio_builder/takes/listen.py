"""Judge a take as a sound engineer would: its noise, its level, its clipping, its ends, and the room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..audio.pcm import Floats
from ..units import RATE
from .sound import TakeSound

FRAME = RATE // 100
"""Samples in a frame of 10 ms."""
LOWEST_HZ = 70.0
"""Below the voice of a deep speaker: what is lower is rumble, wind or steps."""
_NOTHING_DB = -100.0
_QUIETEST = 0.10  # the share of frames that are taken to be noise
_LOUD_DB, _START_DB, _END_DB = 25.0, 38.0, 46.0  # below the level of speech
_ABOVE_NOISE_DB = 8.0
_CLICK_FRAMES, _CLICK_GAP = 5, 15  # a short sound by itself, such as a key, is not speech
_CUT_FRAMES, _CUT_DB = 3, 22.0
_CLIPPED_SAMPLES, _CLIPPED_RUNS, _FULL_SCALE = 3, 3, 0.2
_LOSSY_FULL_SCALE, _LOSSY_SHARE = 0.95, 0.0002
_TELEPHONE_HZ, _TELEPHONE_DB = 4300.0, -58.0
_DECAY_FROM_DB, _DECAY_BY_DB = 8.0, 20.0


class Heard(NamedTuple):
    """What a take holds. FrameLevels are in dBFS, and times in seconds.

    `start` and `stop` are where speech begins and ends. `clipped` counts the places where the tops of the wave are cut
    off. `decay` is how long the sound takes to fall by 20 dB after the last word, or 0 if noise hides it."""

    speech_db: float
    noise_db: float
    peak_db: float
    start: float
    stop: float
    clipped: int
    cut_start: bool
    cut_stop: bool
    telephone: bool
    decay: float

    @property
    def signal_to_noise(self) -> float:
        """How far the voice is above the noise, in dB."""
        return self.speech_db - self.noise_db


@dataclass(frozen=True, slots=True)
class FrameLevels:
    """The level of each frame of 10 ms in dBFS, and the levels of the voice and of the noise around it."""

    frames: Floats
    speech: float
    noise: float


def high_passed(samples: Floats) -> Floats:
    """Return samples at 48 kHz without what is lower than a voice: a Butterworth filter of order 4 without delay."""
    edge = min(RATE // 4, len(samples) - 1)  # reflected, so that rumble makes no click at the edge
    padded = np.pad(samples, edge, "reflect", reflect_type="odd")
    spectrum = np.fft.rfft(padded)
    hertz = np.fft.rfftfreq(len(padded), 1 / RATE)
    with np.errstate(divide="ignore"):
        spectrum *= 1 / np.sqrt(1 + (LOWEST_HZ / hertz) ** 8)
    filtered: Floats = np.fft.irfft(spectrum, len(padded))
    return filtered[edge : edge + len(samples)]


def levels(samples: Floats) -> FrameLevels:
    """Return the levels of high-passed samples."""
    whole = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    frames = _decibels((whole**2).mean(axis=1))
    loud = frames[frames > frames.max() - _LOUD_DB]
    speech = float(_decibels((10 ** (loud / 10)).mean()))
    return FrameLevels(frames, speech, float(np.quantile(frames, _QUIETEST)))


def listen(sound: TakeSound, samples: Floats) -> Heard:
    """Return what is heard in a take. `samples` are its high-passed ones."""
    found = levels(samples)
    first, last = speech_bounds(found)
    edge = max(found.speech - _CUT_DB, found.noise + _CUT_DB / 2)
    return Heard(
        found.speech,
        found.noise,
        float(_decibels(np.square(np.abs(sound.own).max()))),
        first * FRAME / RATE,
        (last + 1) * FRAME / RATE,
        _clipped(sound.own),
        bool(found.frames[:_CUT_FRAMES].max() > edge),
        bool(found.frames[-_CUT_FRAMES - 1 : -1].max(initial=_NOTHING_DB) > edge),
        _is_telephone(samples[first * FRAME : (last + 1) * FRAME]),
        _decay(found, last),
    )


def speech_bounds(found: FrameLevels) -> tuple[int, int]:
    """Return the first and the last frame of speech: without silence, noise, and clicks before and after it."""
    floor = found.noise + _ABOVE_NOISE_DB
    loudest = float(found.frames.max()) - 3  # in loud noise at least something counts as speech
    heard = np.flatnonzero(found.frames > min(loudest, max(floor, found.speech - _START_DB)))
    runs = np.split(heard, np.flatnonzero(np.diff(heard) > _CLICK_GAP) + 1)
    runs = [run for run in runs if len(run) > _CLICK_FRAMES] or runs
    first, last = int(runs[0][0]), int(runs[-1][-1])
    fading = found.frames[last + 1 :] > min(loudest, max(floor, found.speech - _END_DB))
    return first, last + int(np.argmin(np.append(fading, False)))


def _clipped(own: Floats) -> int:
    """Return the number of places where several samples in a row have the highest value that the file has."""
    height = np.abs(own)
    peak = float(height.max())
    if peak < _FULL_SCALE:
        return 0
    flat = np.flatnonzero(height >= peak - 1.5 / 32768)
    runs = np.split(flat, np.flatnonzero(np.diff(flat) > 1) + 1)
    places = sum(len(run) >= _CLIPPED_SAMPLES for run in runs)
    if places >= _CLIPPED_RUNS:
        return places
    # compression with loss makes flat tops uneven
    full = np.flatnonzero(height >= _LOSSY_FULL_SCALE)
    return int((np.diff(full) > 1).sum()) + 1 if len(full) > _LOSSY_SHARE * len(own) else 0


def _is_telephone(samples: Floats) -> bool:
    """Return whether there is nothing above the range of a telephone, whatever the rate of the file."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    high = float(_decibels(power[hertz > _TELEPHONE_HZ].sum() / max(float(power.sum()), 1e-20)))
    return high < _TELEPHONE_DB


def _decay(found: FrameLevels, last: int) -> float:
    """Return the seconds from the last loud frame to where the sound is 20 dB softer, or 0 if noise hides that."""
    loud = np.flatnonzero(found.frames[: last + 1] > found.speech - _DECAY_FROM_DB)
    target = found.speech - _DECAY_FROM_DB - _DECAY_BY_DB
    if not len(loud) or target < found.noise + 3:
        return 0.0
    after = found.frames[loud[-1] :]
    return float(np.argmax(np.append(after, _NOTHING_DB) < target)) * FRAME / RATE


def _decibels(power: Floats | float) -> Floats:
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (_NOTHING_DB / 10))))
