"""Turn a take into a clip: without rumble, trimmed, faded, and at the level of every voice. Refuse what cannot be used.

Nothing else is changed: no noise reduction and no equaliser, which would be heard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..audio import level, meter
from ..audio.pcm import Floats, Samples, pieces_of, to_samples
from ..errors import BadSound
from ..units import MS_SAMPLES, RATE, samples
from .listen import Heard, high_passed, listen
from .sound import TakeSound

TAKE_VERSION = "1"
"""Increase this whenever the same take gives other samples. Part of cache keys."""

BEFORE, AFTER = 20, 60
"""Milliseconds before the first sound of speech and after the last, as in the clips of other voices."""
_FADE_IN, _FADE_OUT = 15, 45  # ms
_LOWEST_RATE = 16_000
_LEAST_SNR_DB, _GOOD_SNR_DB = 15.0, 32.0
_LEAST_PEAK_DB, _GOOD_PEAK_DB = -46.0, -30.0
_LONG_DECAY = 0.38  # s; words that end in a dry room fall by 20 dB in 0.1 to 0.3 s
_WORD_SECONDS = 0.12, 3.0  # faster and slower than anybody reads
_PAUSES_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A take that can be used: its samples at the level of clips, what was heard in it, and advice for the next one."""

    samples: Samples
    heard: Heard
    advice: tuple[str, ...]


def clean_take(sound: TakeSound) -> Cleaned:
    """Return a take as a clip of whole milliseconds. Raises BadSound with the reason if it cannot be used."""
    if not np.abs(sound.own).max() > 0:
        raise BadSound("the recording is silent; check the microphone")
    filtered = high_passed(sound.samples)
    heard = listen(sound, filtered)
    if problem := take_problem(sound, heard):
        raise BadSound(problem)
    return Cleaned(_shaped(filtered, heard), heard, tuple(advice_on(sound, heard)))


def take_problem(sound: TakeSound, heard: Heard) -> str:
    """Return why a take cannot be used and what to do, or "" if it can."""
    if sound.rate < _LOWEST_RATE or heard.telephone:
        what = f"{sound.rate / 1000:g} kHz" if sound.rate < _LOWEST_RATE else "nothing above 4 kHz"
        return (
            f"it sounds like a telephone ({what}); record at 44.1 or 48 kHz, without a headset over Bluetooth"
        )
    if heard.peak_db < _LEAST_PEAK_DB:
        return f"it is too quiet (peaks at {heard.peak_db:.0f} dBFS); go closer, or turn the microphone up"
    if heard.signal_to_noise < _LEAST_SNR_DB:
        return (
            f"the noise is only {heard.signal_to_noise:.0f} dB below the voice; go closer to the microphone, "
            f"or into a quieter room"
        )
    if heard.clipped:
        return f"it is clipped in {heard.clipped} places; turn the microphone down, and record it again"
    if heard.cut_start or heard.cut_stop:
        where = "beginning" if heard.cut_start else "end"
        return f"its {where} is cut off; leave half a second of silence before and after the sentence"
    return ""


def length_problem(heard: Heard, text: str) -> str:
    """Return why a take cannot be of a sentence, judged by how long it lasts, or "" if it can."""
    seconds = heard.stop - heard.start
    words = len(re.findall(r"\w+(?:['’]\w+)*", text))
    if words and seconds < _WORD_SECONDS[0] * words:
        return f"{seconds:.1f} s are too short for {words} words; is it another sentence?"
    if words and seconds > _WORD_SECONDS[1] * words + _PAUSES_SECONDS:
        return f"{seconds:.0f} s are too long for {words} words; is there more than the sentence in it?"
    return ""


def advice_on(sound: TakeSound, heard: Heard) -> list[str]:
    """Return what would make the next takes better, although this one can be used."""
    found = []
    if heard.signal_to_noise < _GOOD_SNR_DB:
        found.append(f"noise {heard.signal_to_noise:.0f} dB below the voice: a quieter room would be better")
    if heard.peak_db < _GOOD_PEAK_DB:
        found.append(f"quiet (peaks at {heard.peak_db:.0f} dBFS): go closer, or turn the microphone up")
    if sound.rate < 32_000:
        found.append(f"dull ({sound.rate / 1000:g} kHz): record at 44.1 or 48 kHz")
    if heard.decay > _LONG_DECAY:
        found.append("the room echoes: blankets, curtains, or an open wardrobe behind you would help")
    return found


def _shaped(filtered: Floats, heard: Heard) -> Samples:
    """Return the part with speech, faded, normalised and limited, in whole milliseconds."""
    padded = np.pad(filtered, samples(AFTER))
    first = round(heard.start * RATE) + samples(AFTER) - samples(BEFORE)
    last = round(heard.stop * RATE) + 2 * samples(AFTER)
    part = padded[first:last].copy()
    for fade, edge in ((samples(_FADE_IN), part), (samples(_FADE_OUT), part[::-1])):
        edge[:fade] *= 0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)
    part *= 0.5 / np.abs(part).max()  # loud enough for 16 bit, whatever level it was recorded at
    whole = to_samples(np.pad(part, (0, -part.size % MS_SAMPLES)) * 32767)
    powers, peaks = level.powers_and_peaks(pieces_of(whole))
    return np.concatenate(list(level.normalise_speech(pieces_of(whole), meter.integrated(powers), peaks)))
