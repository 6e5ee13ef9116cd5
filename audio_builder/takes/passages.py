"""Find the passages of sound in a long recording: what lies between silences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import ffmpeg
from ..audio.pcm import Floats
from ..errors import BadSound
from ..units import RATE
from .listen import FRAME

_DECODE_SECONDS = 600.0
_LONGEST_HOURS = 4
_BAND_HZ = 100.0, 6000.0  # speech, without rumble and most hiss
_BLOCK_FRAMES, _BLOCKS_AROUND = 100, 15  # the noise is judged over half a minute
_QUIETEST = 0.10
_LOUD_DB, _SPEECH_DB, _ABOVE_NOISE_DB = 25.0, 36.0, 8.0
_JOIN_FRAMES, _SHORTEST_FRAMES = 20, 8
_NOTHING_DB = -100.0
_MEL_BANDS, _LEAST_POWER = 20, 1e-10
_FRAMES_HOP = 2
HOP_SECONDS = _FRAMES_HOP * FRAME / RATE
"""Seconds between two spectra."""


class Passage(NamedTuple):
    """Sound between two silences, in seconds from the beginning of a recording."""

    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class RecordingSound:
    """What is heard in a recording: the level of each 10 ms in dBFS, and the spectrum of each `HOP_SECONDS`.

    `levels` are of the frequencies of speech only. `bands` are shaped (times, bands), as logarithms of power."""

    levels: Floats
    bands: Floats


def passages(path: Path) -> tuple[list[Passage], RecordingSound]:
    """Return the passages of a recording in their order, and its sound.

    Raises BadSound if it cannot be read or nothing is in it.
    """
    sound = hear(recording_pieces(path))
    found = _passages(sound.levels)
    if not found:
        raise BadSound(f"{path.name}: nothing is heard in this recording; check the microphone")
    return found, sound


def recording_pieces(path: Path, rate: int = RATE) -> Iterator[Floats]:
    """Yield a recording as one channel, full scale at 1.0, ten seconds at a time. Raises BadSound."""
    source = ["-protocol_whitelist", "file", "-i", f"file:{path}", "-map", "0:a:0"]
    target = ["-t", f"{_LONGEST_HOURS * 3600}", "-ac", "1", "-ar", str(rate), "-f", "f32le", "pipe:1"]
    try:
        for raw in ffmpeg.stream([*source, *target], 4 * 10 * rate, _DECODE_SECONDS):
            yield np.nan_to_num(np.frombuffer(raw[: len(raw) // 4 * 4], "<f4").astype(np.float64))
    except ffmpeg.FfmpegFailed as error:
        raise BadSound(
            f"{path.name}: this is not a recording that can be read ({error}); save it as WAV"
        ) from None


def hear(pieces: Iterable[Floats]) -> RecordingSound:
    """Return the levels and spectra of a recording. Pieces are of whole frames."""
    hertz: Floats = np.asarray(np.fft.rfftfreq(FRAME, 1 / RATE), np.float64)
    band = (hertz >= _BAND_HZ[0]) & (hertz <= _BAND_HZ[1])
    window, mel = np.hanning(FRAME), _mel_bands(hertz)
    powers, spectra = [np.zeros(0)], [np.zeros((0, _MEL_BANDS), np.float32)]
    for piece in pieces:
        frames = np.pad(piece, (0, -len(piece) % (FRAME * _FRAMES_HOP))).reshape(-1, FRAME)
        spectrum = np.abs(np.fft.rfft(frames * window)) ** 2
        powers.append(
            spectrum[:, band].sum(axis=1)[: -(-len(piece) // FRAME)] * 2 / FRAME / (window**2).sum()
        )
        hops = (spectrum @ mel).reshape(-1, _FRAMES_HOP, _MEL_BANDS).mean(axis=1)
        spectra.append(np.log(np.maximum(hops, _LEAST_POWER)).astype(np.float32))
    levels = 10 * np.log10(np.maximum(np.concatenate(powers), 10 ** (_NOTHING_DB / 10)))
    return RecordingSound(levels, np.concatenate(spectra))


def _mel_bands(hertz: Floats) -> Floats:
    """Return triangular bands on the mel scale, shaped (frequencies, bands)."""
    low, high = (2595 * np.log10(1 + edge / 700) for edge in _BAND_HZ)
    centres = 700 * (10 ** (np.linspace(low, high, _MEL_BANDS + 2) / 2595) - 1)
    return np.stack(
        [np.interp(hertz, centres[n : n + 3], [0.0, 1.0, 0.0]) for n in range(_MEL_BANDS)], axis=1
    )


def _passages(levels: Floats) -> list[Passage]:
    if not len(levels) or levels.max() <= _NOTHING_DB:
        return []
    loud = levels[levels > levels.max() - _LOUD_DB]
    speech = float(np.median(loud))
    heard = levels > np.maximum(_noise(levels) + _ABOVE_NOISE_DB, speech - _SPEECH_DB)
    at = np.flatnonzero(heard)
    runs = np.split(at, np.flatnonzero(np.diff(at) > _JOIN_FRAMES) + 1) if len(at) else []
    seconds = FRAME / RATE
    return [
        Passage(float(run[0]) * seconds, float(run[-1] + 1) * seconds)
        for run in runs
        if len(run) >= _SHORTEST_FRAMES
    ]


def _noise(levels: Floats) -> Floats:
    """Return the level of the noise around each frame: that of the quietest tenth of half a minute."""
    padded = np.pad(levels, (0, -len(levels) % _BLOCK_FRAMES), mode="edge").reshape(-1, _BLOCK_FRAMES)
    blocks = np.arange(len(padded))
    floors = [
        float(np.quantile(padded[max(0, n - _BLOCKS_AROUND) : n + _BLOCKS_AROUND + 1], _QUIETEST))
        for n in blocks
    ]
    return np.repeat(floors, _BLOCK_FRAMES)[: len(levels)]
