"""Levels of speech, and the limiter."""

import numpy as np
import pytest
from common import examples
from hypothesis import given
from hypothesis import strategies as st
from sounds import as_signal, voice

from audio_builder.audio import level, limiter, meter
from audio_builder.audio.pcm import pieces_of, silence, to_samples
from audio_builder.units import RATE, samples

MARGIN = samples(limiter.MARGIN)
CLIP_LUFS = level.SPEECH_LUFS - level.HEADROOM_DB


def tone(hertz: float, amplitude: float, seconds: float = 5.0) -> np.ndarray:
    return (32767 * amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.int16
    )


def speech(length: int, seed: int) -> np.ndarray:
    """Return voice-like samples at the level of a clip."""
    sound = to_samples(voice(length, seed, 0.2) * 32767)
    return to_samples(sound * 10 ** ((CLIP_LUFS - level.loudness(sound)) / 20))


def full_scale(decibels: float) -> float:
    return 32768 * 10 ** (decibels / 20)


# Loudness


def test_a_full_scale_sine_at_997_hz_on_both_channels_measures_0_lufs():
    assert level.loudness(tone(997, 1.0)) == pytest.approx(-0.0, abs=0.02)  # BS.1770-5, annex 1: -3.01 on one
    assert level.max_momentary(tone(997, 1.0)) == pytest.approx(-0.0, abs=0.02)


@given(st.integers(0, 99), st.floats(0.001, 1.0))
@examples(10)
def test_one_channel_is_as_loud_as_the_meter_finds_it_on_two(seed: int, loud: float):
    sound = to_samples(voice(1500, seed, loud) * 32767)
    both = meter.integrated(meter.hop_powers([as_signal(np.stack([sound, sound], axis=1))]))
    assert level.loudness(sound) == pytest.approx(both, abs=0.001)


def test_silence_has_no_loudness():
    assert level.loudness(np.zeros(100, np.int16)) == meter.SILENCE


@pytest.mark.parametrize("loud", [0.01, 0.3, 1.0])
def test_normalised_speech_has_headroom_for_its_peaks(loud: float):
    sound = to_samples(voice(3000, 1, loud) * 32767)
    powers, peaks = level.powers_and_peaks([sound])
    (normalised,) = level.normalise_speech([sound], meter.integrated(powers), peaks)
    assert level.loudness(normalised) == pytest.approx(CLIP_LUFS, abs=0.05)


def test_sound_in_pieces_is_measured_and_limited_as_a_whole():
    """`pieces_of` cuts every ten seconds."""
    sound = to_samples(voice(25_003, 1, 0.5) * 32767)[:-17]
    powers, peaks = level.powers_and_peaks(pieces_of(sound))
    assert np.array_equal(powers, level.dual_mono_powers(sound))
    padded = limiter.whole_milliseconds(sound)
    assert np.array_equal(peaks, limiter.millisecond_peaks(padded.reshape(-1, 1)))
    limited = np.concatenate(list(limiter.limit_pieces(pieces_of(padded), peaks, 9.0, -6.0)))
    assert np.array_equal(limited[: len(sound)], limiter.limit(sound, 9.0, -6.0))


def test_silence_is_exact_to_the_sample_at_any_length():
    assert all(len(silence(ms).raw_data) == 96 * ms for ms in range(0, 3000, 7))


# The limiter


@examples(40)
@given(
    size=st.integers(1, 9999),
    gain_db=st.floats(-60, 30),
    ceiling=st.floats(-12, -0.1),
    attenuation_db=st.sampled_from((0.0, 3.0)),
    seed=st.integers(0, 99),
)
def test_no_sample_exceeds_the_ceiling_and_the_length_stays(size, gain_db, ceiling, attenuation_db, seed):
    sound = np.random.default_rng(seed).integers(-32768, 32767, size, np.int16, endpoint=True)
    limited = limiter.limit(sound, gain_db, ceiling, attenuation_db)
    assert len(limited) == size
    assert np.abs(limited.astype(int)).max() <= full_scale(ceiling - attenuation_db) + 0.5


@examples(30)
@given(data=st.data(), gain_db=st.floats(0, 24), seed=st.integers(0, 9))
def test_any_part_of_a_sound_with_a_margin_is_limited_as_in_the_whole(data, gain_db, seed):
    sound = speech(1500, seed)
    first = data.draw(st.integers(0, 1500))
    last = data.draw(st.integers(first, 1500))
    begin = max(0, first - limiter.MARGIN)
    whole = limiter.limit(sound, gain_db, -3.0, 3.0)
    part = limiter.limit(sound[samples(begin) : samples(last + limiter.MARGIN)], gain_db, -3.0, 3.0)
    assert np.array_equal(
        part[samples(first - begin) : samples(last - begin)], whole[samples(first) : samples(last)]
    )


@pytest.mark.parametrize("gain_db", [-20.0, 0.0, 9.5])
def test_sound_below_the_ceiling_only_gets_its_gain(gain_db: float):
    sound = tone(440, 0.1, 1.0)[:-7]
    assert np.array_equal(limiter.limit(sound, gain_db, -6.0), np.rint(sound * 10 ** (gain_db / 20)))


def test_only_the_surroundings_of_a_peak_are_attenuated():
    sound = tone(440, 0.1, 1.0)
    sound[samples(500)] = 32767
    limited = limiter.limit(sound, 0.0, -6.0)
    assert abs(int(limited[samples(500)])) == pytest.approx(full_scale(-6.0), abs=1)
    changed = np.flatnonzero(limited != sound)
    assert samples(500) - MARGIN <= changed.min() < changed.max() < samples(501) + MARGIN


@given(st.lists(st.integers(0, 32768), max_size=200), st.floats(-20, -0.1))
@examples(60)
def test_the_gain_holds_every_millisecond_below_the_ceiling_and_moves_smoothly(
    peaks: list[int], ceiling: float
):
    gains = limiter.gain_reduction(np.array(peaks, np.float64), ceiling)
    assert len(gains) == len(peaks) + 1
    assert gains.min() > 0
    assert gains.max() <= 1
    assert (np.array(peaks) * np.maximum(gains[:-1], gains[1:]) <= full_scale(ceiling) * (1 + 1e-9)).all()
    assert np.abs(np.diff(gains)).max(initial=0) <= 1 / 30  # never from 0 to 1 in less than 30 ms


@pytest.mark.parametrize("gain_db", [-6.0, 0.0, 3.25, 8.0])
@pytest.mark.parametrize("ceiling", [level.speech_ceiling(True), level.speech_ceiling(False), -12.0])
def test_the_loudness_of_limited_speech_is_known_before_it_is_limited(gain_db: float, ceiling: float):
    for seed in range(3):
        clip = speech(4000, seed)
        powers = level.measure_speech(clip).limited_powers(gain_db, ceiling)
        predicted = meter.integrated(powers.reshape(-1, meter.HOP_SAMPLES // samples(1)).mean(axis=1))
        actual = level.loudness(limiter.limit(clip, level.HEADROOM_DB + gain_db, ceiling))
        assert predicted == pytest.approx(actual, abs=0.1)


@pytest.mark.parametrize("stereo", [True, False])
def test_the_ceiling_of_speech_leaves_room_below_that_of_the_mix(stereo: bool):
    in_the_mix = level.speech_ceiling(stereo) + (0 if stereo else level.DUAL_MONO_DB)
    assert in_the_mix < level.PEAK_DBFS["stereo" if stereo else "mono"] < -1.0
