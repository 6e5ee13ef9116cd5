"""The meter agrees with the test signals of its standards."""

from functools import partial

import numpy as np
import pytest
from common import examples
from hypothesis import given
from hypothesis import strategies as st
from sounds import pieces, voice

from audio_builder.audio import meter
from audio_builder.units import RATE

SILENT = -np.inf


def tones(*parts: tuple[float, float]) -> meter.Signal:
    """Return 1 kHz in phase on both channels, for each (dBFS, seconds) in turn."""
    envelope = np.concatenate(
        [np.full(round(RATE * seconds), 10 ** (level / 20)) for level, seconds in parts]
    )
    sine = envelope * np.sin(2 * np.pi * 1000 * np.arange(len(envelope)) / RATE)
    return np.repeat(sine[:, None], 2, axis=1).astype(np.float32)


def powers(*parts: tuple[float, float]) -> np.ndarray:
    return meter.hop_powers([tones(*parts)])


# EBU Tech 3341 (2023), table 1. Case 6 has 5.0 channels, which the program does not use. Cases 7 and 8 are recorded
# programmes.


@pytest.mark.parametrize(
    ("case", "parts", "expected"),
    [
        (1, [(-23, 20)], -23.0),
        (2, [(-33, 20)], -33.0),
        (3, [(-36, 10), (-23, 60), (-36, 10)], -23.0),
        (4, [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        (5, [(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_integrated_loudness_agrees_with_the_published_signals(case: int, parts, expected: float):
    measured = powers(*parts)
    assert meter.integrated(measured) == pytest.approx(expected, abs=0.1)
    if case < 3:  # a steady tone has the same loudness by every measure
        assert meter.momentary(measured) == pytest.approx(expected, abs=0.1)
        assert meter.short_term(measured) == pytest.approx(expected, abs=0.1)


def test_short_term_loudness_is_constant_if_every_window_is_equal():
    levels = meter.short_term(powers(*[(-20, 1.34), (-30, 1.66)] * 5))  # case 9
    assert levels == pytest.approx(-23.0, abs=0.1)


def test_momentary_loudness_is_constant_if_every_window_is_equal():
    levels = meter.momentary(powers(*[(-20, 0.18), (-30, 0.22)] * 25))  # case 12
    assert levels[60:] == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("n", range(20))
def test_a_tone_as_long_as_the_window_has_its_level_whenever_it_begins(n: int):
    three_seconds = powers((SILENT, n * 0.15), (-23, 3), (SILENT, 1))  # case 10
    assert meter.short_term(three_seconds).max() == pytest.approx(-23.0, abs=0.1)
    four_tenths = powers((SILENT, n * 0.02), (-23, 0.4), (SILENT, 1))  # case 13
    assert meter.momentary(four_tenths).max() == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("loudness", "seconds", "step"),
    [(meter.short_term, 3.0, 0.15), (meter.momentary, 0.4, 0.02)],
    ids=["case 11", "case 14"],
)
def test_tones_of_rising_level_each_have_their_own(loudness, seconds: float, step: float):
    parts = [
        part
        for n in range(20)
        for part in ((SILENT, n * step), (-38 + n, seconds), (SILENT, seconds - n * step))
    ]
    levels = loudness(powers(*parts))
    size = round(seconds * meter.SECOND_HOPS)
    # the n-th tone and its silence last two windows
    highest = [levels[max(0, 2 * n - 1) * size : (2 * n + 1) * size + 1].max() for n in range(20)]
    assert highest == pytest.approx([-38 + n for n in range(20)], abs=0.1)


def faded(sound: np.ndarray, over: int) -> np.ndarray:
    """Fade both ends of a signal over this many samples, 10 ms in the published signals."""
    t = np.arange(len(sound))
    return sound * np.minimum(1, np.minimum(t, t[::-1]) / over)


def sine(period: int, degrees: float, amplitude: float) -> meter.Signal:
    turn = 2 * np.pi * np.arange(RATE) / period + np.radians(degrees)
    return np.repeat(faded(amplitude * np.sin(turn), RATE // 100)[:, None], 2, axis=1).astype(np.float32)


def burst(offset: int) -> meter.Signal:
    """Return a tone of fs/6 at 0.50 with one period of fs/4 at 1.00 in the middle.

    It is generated at 4 fs and low-passed, and consists of every fourth sample from `offset` on."""
    size = RATE * 4 // 2
    low = 0.5 * np.sin(2 * np.pi * np.arange(size) / 24)
    middle = size // 2 // 24 * 24
    once = np.sin(2 * np.pi * np.arange(16) / 16)
    signal = faded(np.concatenate([low[:middle], once, low[middle:-16]]), RATE * 4 // 100)
    spectrum = np.fft.rfft(signal)
    spectrum[len(spectrum) // 4 :] = 0
    return np.repeat(np.fft.irfft(spectrum, size)[offset::4, None], 2, axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("case", "make", "expected"),
    [
        (15, partial(sine, 4, 0.0, 0.50), -6.0),
        (16, partial(sine, 4, 45.0, 0.50), -6.0),
        (17, partial(sine, 6, 60.0, 0.50), -6.0),
        (18, partial(sine, 8, 67.5, 0.50), -6.0),
        (19, partial(sine, 4, 45.0, 1.41), 3.0),
        *((20 + offset, partial(burst, offset), 0.0) for offset in range(4)),
    ],
)
def test_true_peaks_between_samples_are_found(case: int, make, expected: float):
    peak = meter.decibels(meter.measure_signal([make()]).true_peak)
    assert -0.4 <= peak - expected <= 0.2, case


# EBU Tech 3342 (2023), table 1. Cases 5 and 6 are recorded programmes.


@pytest.mark.parametrize(
    ("levels", "expected"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_loudness_range_agrees_with_the_published_signals(levels, expected: float):
    measured = powers(*((level, 20) for level in levels))
    assert meter.loudness_range(measured) == pytest.approx(expected, abs=0.1)  # the standard allows 1 LU


# Sound of any length, in pieces of any size


@examples(8)
@given(st.lists(st.integers(0, 30_000), max_size=5), st.integers(3000, 100_000), st.integers(1, 2))
def test_pieces_of_any_size_measure_the_same_as_the_whole(sizes: list[int], last: int, channels: int):
    sound = np.stack([voice(4011, seed) for seed in range(channels)], axis=1).astype(np.float32)
    whole, parts = meter.measure_signal([sound]), meter.measure_signal(pieces(sound, *sizes, last))
    assert parts.samples == whole.samples == len(sound)
    assert np.array_equal(parts.peaks, whole.peaks)
    assert parts.powers == pytest.approx(whole.powers, rel=1e-3, abs=1e-9)
    assert parts.true_peak == pytest.approx(whole.true_peak, rel=1e-4)
    assert meter.integrated(parts.powers) == pytest.approx(meter.integrated(whole.powers), abs=0.001)


def test_powers_without_peaks_are_the_same_and_can_have_hops_of_any_size():
    sound = voice(3000)[:-480, None].astype(np.float32)
    powers = meter.hop_powers([sound])
    assert np.array_equal(powers, meter.measure_signal([sound]).powers)
    milliseconds = meter.hop_powers([sound], RATE // 1000)
    assert milliseconds.reshape(-1, 10).mean(axis=1) == pytest.approx(powers, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize(
    "sound",
    [[], [np.zeros((0, 2), np.float32)], [np.zeros((RATE, 1), np.float32)]],
    ids=["no pieces", "an empty piece", "a second of zeros"],
)
def test_nothing_measures_as_silence(sound):
    measurement = meter.measure_signal(sound)
    assert meter.integrated(measurement.powers) == meter.SILENCE
    assert meter.momentary(measurement.powers).max() == meter.SILENCE
    assert meter.short_term(measurement.powers).max() == meter.SILENCE
    assert meter.loudness_range(measurement.powers) == 0.0
    assert meter.decibels(measurement.true_peak) == meter.SILENCE
    assert measurement.samples == sum(map(len, sound))
    assert not measurement.powers.any()
    assert not measurement.peaks.any()


def test_silence_after_a_minute_at_full_scale_measures_as_silence():
    levels = meter.momentary(powers((0, 60), (SILENT, 5)))
    assert (levels[-400:] == meter.SILENCE).all()


def test_k_weighting_by_frequency_agrees_with_the_filters():
    spectrum = meter.k_weighting(RATE)
    for hertz in (38, 100, 1000, 5000, 15_000):
        tone = np.sin(2 * np.pi * hertz * np.arange(2 * RATE) / RATE)[:, None].astype(np.float32)
        filtered = 2 * meter.hop_powers([tone])[meter.SECOND_HOPS :].mean()
        assert filtered == pytest.approx(spectrum[hertz], rel=1e-3)
