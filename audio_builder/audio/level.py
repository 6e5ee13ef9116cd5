"""Levels of a session, and the loudness of one channel.

Clips have one channel and are heard on two (dual mono), which is 3 LU louder than one channel alone. All loudness
here is that of dual mono, so a clip measures the same as it will in a stereo session.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cache import Store
from ..memory_cache import MemoryCache
from ..units import MS_SAMPLES
from . import meter
from .clip import Clip, clip_pieces
from .limiter import gain_reduction, limit, limit_pieces, millisecond_peaks, whole_milliseconds
from .pcm import Floats, Samples, pieces_of

SPEECH_LUFS = -16.0
"""Loudness of speech. Every other level refers to it."""
HEADROOM_DB = 9.0
"""How far clips of speech are stored below SPEECH_LUFS, so that their peaks fit. The mix brings them up."""
PEAK_DBFS = {"stereo": -2.0, "mono": -3.6}
"""Highest sample of a session. An MP3 decodes to peaks up to 1.6 dB higher in stereo and 2.3 dB higher in mono
(measured, docs/sound.md), and a session promises at most -1 dBTP."""
DUAL_MONO_DB = 10 * math.log10(2)
"""How much louder a channel measures on both of two channels than alone."""

LEVEL_SUFFIX = ".level"
"""How the names of levels in a store end."""

_STEREO_MARGIN_DB = (
    0.8  # between the ceilings of speech and of the mix: room for a bell that rings beneath speech
)
_MONO_MARGIN_DB = 0.1
_STORED_CEILING_DBFS = -0.1
_GAIN_PASSES = 4


def speech_ceiling(stereo: bool) -> float:
    """Return the dBFS that no sample of speech exceeds, as measured on each of two channels."""
    if stereo:
        return PEAK_DBFS["stereo"] - _STEREO_MARGIN_DB
    return PEAK_DBFS["mono"] - _MONO_MARGIN_DB - DUAL_MONO_DB


class SpeechLevel(NamedTuple):
    """The power and the peak of each millisecond of a clip of speech, at SPEECH_LUFS and before limiting.

    From them the loudness after limiting can be computed for any gain, without the samples. `powers` are K-weighted
    mean squares, where 1 is full scale. `peaks` are the highest samples on the 16-bit scale."""

    powers: Floats
    peaks: Floats

    def limited_powers(self, gain_db: float, ceiling: float) -> Floats:
        """Return the powers after `limiter.limit` with this gain and ceiling."""
        up = 10 ** (gain_db / 20)
        gains = gain_reduction(self.peaks * up, ceiling) * up
        return np.asarray(self.powers * (gains[:-1] + gains[1:]) ** 2 / 4)


def measure_speech(sound: Samples) -> SpeechLevel:
    """Measure the level of a clip's samples."""
    return _speech_level(pieces_of(sound))


def _speech_level(pieces: Iterable[Samples]) -> SpeechLevel:
    up = 10 ** (HEADROOM_DB / 20)
    powers, peaks = powers_and_peaks(pieces, MS_SAMPLES)
    return SpeechLevel(powers * up**2, peaks * up)


def speech_level(clip: Clip, store: Store) -> SpeechLevel:
    """Return the level of a clip of speech, measured once and then cached. Raises ClipGone."""
    if clip.length > _LONGEST_REMEMBERED:
        stored = _stored_level(clip, store)
    else:
        stored = _levels.get(clip.key, partial(_stored_level, clip, store))
    powers, peaks = stored.astype(np.float64).reshape(2, -1)
    return SpeechLevel(powers, peaks)


_LONGEST_REMEMBERED = 60_000  # ms; a recording may last an hour
_levels: MemoryCache[str, NDArray[np.float32]] = MemoryCache(512)  # about 50 kB each


def forget_levels() -> None:
    """Drop all levels from memory, as at the start of a process. They are read from the store again."""
    _levels.clear()


def _stored_level(clip: Clip, store: Store) -> NDArray[np.float32]:
    entry = store.get(level_key(clip), LEVEL_SUFFIX)
    stored = np.frombuffer(entry.content if entry else b"", "<f4")
    if len(stored) != 2 * clip.length:
        stored = measure_clip(clip)
        store_level(clip, stored, store)
    return stored


def measure_clip(clip: Clip) -> NDArray[np.float32]:
    """Measure the level of a clip of speech, in the form in which it is stored. Raises ClipGone."""
    return np.concatenate(_speech_level(clip_pieces(clip))).astype("<f4")


def store_level(clip: Clip, measured: NDArray[np.float32], store: Store) -> None:
    """Cache the level of a clip that `measure_clip` returned."""
    store.put(level_key(clip), LEVEL_SUFFIX, measured.tobytes())


def level_key(clip: Clip) -> str:
    """Return the key of the level of a clip in a store."""
    return hashlib.sha256(f"level {clip.key} {HEADROOM_DB}".encode()).hexdigest()


def powers_and_peaks(pieces: Iterable[Samples], hop: int = meter.HOP_SAMPLES) -> tuple[Floats, Floats]:
    """Measure one channel that arrives in pieces of whole milliseconds, except for the last.

    Return the powers, as `dual_mono_powers` does, and the highest sample of each millisecond."""
    peaks = [np.zeros(0)]

    def measured() -> Iterator[meter.Signal]:
        for piece in pieces:
            peaks.append(millisecond_peaks(whole_milliseconds(piece).reshape(-1, 1)))
            yield from meter.signal_pieces(piece)

    return 2 * meter.hop_powers(measured(), hop), np.concatenate(peaks)


def dual_mono_powers(sound: Samples, hop: int = meter.HOP_SAMPLES) -> Floats:
    """Return the K-weighted mean square of each hop of one channel heard on two.

    `meter` computes loudness from hops of its default size, 10 ms."""
    return 2 * meter.hop_powers(meter.signal_pieces(sound), hop)


def loudness(sound: Samples) -> float:
    """Return the integrated loudness in LUFS of one channel heard on two; minus infinity if all is below -70 LUFS."""
    return meter.integrated(dual_mono_powers(sound))


def gain_for(sound: Samples, lufs: float, ceiling: float) -> float:
    """Return the gain in dB at which `limiter.limit` brings one channel to a loudness, heard on two, below a ceiling.

    It includes what the limiter takes away, within a tenth of a decibel for speech. The sound must not be silent."""
    gain = lufs - loudness(sound)
    for _ in range(_GAIN_PASSES):
        gain += lufs - loudness(limit(sound, gain, ceiling))
    return gain


def max_momentary(sound: Samples) -> float:
    """Return the highest momentary loudness in LUFS of one channel heard on two."""
    return float(meter.momentary(dual_mono_powers(sound)).max())


def normalise_speech(pieces: Iterable[Samples], lufs: float, peaks: Floats) -> Iterator[Samples]:
    """Yield one channel at the level of a clip of speech, HEADROOM_DB below SPEECH_LUFS.

    It arrives in pieces of whole milliseconds. Its loudness and its peaks come from `powers_and_peaks`."""
    return limit_pieces(pieces, peaks, SPEECH_LUFS - HEADROOM_DB - lufs, _STORED_CEILING_DBFS)
