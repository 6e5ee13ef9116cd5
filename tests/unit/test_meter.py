"""The meter, against the signals that its standards publish and against ffmpeg's."""

import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import as_signal, session, shortened, voice

from audio_builder.audio import beds, chimes, meter
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.session.session import Session
from audio_builder.units import RATE

NOTHING = -np.inf


def tones(*parts: tuple[float, float]) -> meter.Signal:
    """1 kHz in phase on both channels: (dBFS, seconds) one after the other."""
    envelope = np.concatenate([np.full(round(RATE * lasts), 10 ** (level / 20)) for level, lasts in parts])
    sine = envelope * np.sin(2 * np.pi * 1000 * np.arange(len(envelope)) / RATE)
    return np.repeat(sine[:, None], 2, axis=1).astype(np.float32)


def powers(*parts: tuple[float, float]) -> np.ndarray:
    return meter.hop_powers([tones(*parts)])


# EBU Tech 3341 (2023), table 1. Case 6 is of 5.0 channels, which nothing here has; 7 and 8 are programmes, not rules.


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
def test_integrated_loudness_is_that_of_the_published_signals(case: int, parts, expected: float):
    measured = powers(*parts)
    assert meter.integrated(measured) == pytest.approx(expected, abs=0.1)
    if case < 3:  # of a steady tone every loudness is the same
        assert meter.momentary(measured) == pytest.approx(expected, abs=0.1)
        assert meter.short_term(measured) == pytest.approx(expected, abs=0.1)


def test_short_term_loudness_stays_where_equal_windows_follow_each_other():
    levels = meter.short_term(powers(*[(-20, 1.34), (-30, 1.66)] * 5))  # case 9
    assert levels == pytest.approx(-23.0, abs=0.1)


def test_momentary_loudness_stays_where_equal_windows_follow_each_other():
    levels = meter.momentary(powers(*[(-20, 0.18), (-30, 0.22)] * 25))  # case 12
    assert levels[60:] == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("n", range(20))
def test_a_tone_as_long_as_the_window_has_its_level_wherever_it_begins(n: int):
    three_seconds = powers((NOTHING, n * 0.15), (-23, 3), (NOTHING, 1))  # case 10
    assert meter.short_term(three_seconds).max() == pytest.approx(-23.0, abs=0.1)
    part_of_one = powers((NOTHING, n * 0.02), (-23, 0.4), (NOTHING, 1))  # case 13
    assert meter.momentary(part_of_one).max() == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("window", "lasts", "step"),
    [(meter.short_term, 3.0, 0.15), (meter.momentary, 0.4, 0.02)],
    ids=["case 11", "case 14"],
)
def test_tones_of_rising_level_have_theirs_one_after_the_other(window, lasts: float, step: float):
    parts = [
        part
        for n in range(20)
        for part in ((NOTHING, n * step), (-38 + n, lasts), (NOTHING, lasts - n * step))
    ]
    levels = window(powers(*parts))
    size = round(
        lasts * meter.SECOND_HOPS
    )  # windows by where they end; the n-th tone has twice its length for itself
    highest = [levels[max(0, 2 * n - 1) * size : (2 * n + 1) * size + 1].max() for n in range(20)]
    assert highest == pytest.approx([-38 + n for n in range(20)], abs=0.1)


def faded(sound: np.ndarray, over: int) -> np.ndarray:
    """With the 10 ms at either end in which the published signals come and go."""
    location = np.arange(len(sound))
    return sound * np.minimum(1, np.minimum(location, location[::-1]) / over)


def sine(period: int, degrees: float, amplitude: float) -> meter.Signal:
    turn = 2 * np.pi * np.arange(RATE) / period + np.radians(degrees)
    return np.repeat(faded(amplitude * np.sin(turn), RATE // 100)[:, None], 2, axis=1).astype(np.float32)


def burst(offset: int) -> meter.Signal:
    """fs/6 at 0.50 with one period of fs/4 at 1.00 in its midst, made at 4 fs, low-passed, and every fourth sample from
    `offset` on taken of it."""
    size = RATE * 4 // 2
    low = 0.5 * np.sin(2 * np.pi * np.arange(size) / 24)
    middle = size // 2 // 24 * 24
    once = np.sin(2 * np.pi * np.arange(16) / 16)
    made = faded(np.concatenate([low[:middle], once, low[middle:-16]]), RATE * 4 // 100)
    spectrum = np.fft.rfft(made)
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
def test_true_peaks_between_the_samples_are_seen(case: int, make, expected: float):
    seen = meter.decibels(meter.measure_signal([make()]).true_peak)
    assert -0.4 <= seen - expected <= 0.2, case


# EBU Tech 3342 (2023), table 1. Cases 5 and 6 are programmes.


@pytest.mark.parametrize(
    ("levels", "expected"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_loudness_range_is_that_of_the_published_signals(levels, expected: float):
    measured = powers(*((level, 20) for level in levels))
    assert meter.loudness_range(measured) == pytest.approx(expected, abs=0.1)  # it allows 1


# Another meter, on the project's own sound


def by_ffmpeg(*source: str, data: bytes = b"") -> tuple[float, float, float]:
    """(integrated loudness, loudness range, true peak in dB) as ffmpeg's meter says at the end of what it reads."""
    meters = "ebur128=peak=true:metadata=1,ametadata=print:file=-"
    command = ["ffmpeg", "-hide_banner", "-nostats", *source, "-af", meters, "-f", "null", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    said, summary = done.stdout.decode(), done.stderr.decode()  # the summary has one decimal
    whole, spread = (re.findall(rf"r128\.{name}=(\S+)", said)[-1] for name in ("I", "LRA"))
    peak = re.findall(r"Peak: +(\S+) dBFS", summary)[-1]
    return float(whole), float(spread), float(peak)


def raw(channels: int, form: str = "s16le") -> list[str]:
    return ["-f", form, "-ar", str(RATE), "-ac", str(channels), "-i", "-"]


def agree(measured: meter.Measurement, other: tuple[float, float, float], lasting: bool = True) -> None:
    whole, spread, peak = other
    assert meter.integrated(measured.powers) == pytest.approx(whole, abs=0.1)
    assert meter.decibels(measured.true_peak) == pytest.approx(peak, abs=0.2)
    if lasting:  # of seconds there are too few windows for percentiles: R 128 asks for a minute
        assert meter.loudness_range(measured.powers) == pytest.approx(spread, abs=0.1)


@pytest.mark.parametrize("name", [name for name, bed in beds.BEDS.items() if bed])
def test_of_every_bed_the_meter_says_what_ffmpeg_says(name: str):
    for loop in beds.bed_loops(name):
        agree(meter.measure_signal([as_signal(loop)]), by_ffmpeg(*raw(2), data=loop.tobytes()))


@pytest.mark.parametrize(
    "make",
    [
        *(partial(chimes.bell_stroke, name) for name, make in chimes.BELLS.items() if make),
        *(partial(chimes.breath_tone, phase, length) for phase, length in (("in", 4000), ("out", 6000))),
    ],
)
def test_of_bells_and_breath_the_meter_says_what_ffmpeg_says(make):
    sound = make()
    agree(meter.measure_signal([as_signal(sound)]), by_ffmpeg(*raw(1), data=sound.tobytes()), lasting=False)


@pytest.mark.parametrize(
    "style",
    [
        Style("ocean", gain_db=4.0),
        Style("room", "bell", stereo=False),
        Style("pink", "wood", stereo=False, gain_db=8.0),
    ],
    ids=lambda style: style.ambience,
)
def test_of_a_session_and_its_mp3_the_meter_says_what_ffmpeg_says(tmp_path: Path, style: Style):
    plan, clips = session(tmp_path, 170_000)
    plan = shortened(plan, 75_000)
    channels = 2 if style.stereo else 1
    mixed = as_array(mix(plan, clips, style, 0, plan.length))
    agree(meter.measure_signal(pieces(as_signal(mixed), 10 * RATE)), by_ffmpeg(*raw(channels), data=mixed.tobytes()))
    path = tmp_path / "s.mp3"
    Session(plan, clips, style).write(path)
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    heard = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")
    agree(meter.measure_signal(pieces(heard.reshape(-1, channels), RATE)), by_ffmpeg("-i", str(path)))


# Any length, in any pieces


def pieces(sound: meter.Signal, *sizes: int) -> Iterator[meter.Signal]:
    """The sound in pieces of these sizes, and the last of them over and over."""
    at, left = 0, [*sizes]
    while at < len(sound):
        size = left.pop(0) if len(left) > 1 else left[0]
        yield sound[at : at + size]
        at += size


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 30_000), max_size=5), st.integers(3000, 100_000), st.integers(1, 2))
def test_pieces_of_any_size_measure_as_the_whole(some: list[int], rest: int, channels: int):
    sound = np.stack([voice(4011, seed) for seed in range(channels)], axis=1).astype(np.float32)
    whole, parts = meter.measure_signal([sound]), meter.measure_signal(pieces(sound, *some, rest))
    assert parts.samples == whole.samples == len(sound)
    assert np.array_equal(parts.peaks, whole.peaks)
    assert parts.powers == pytest.approx(whole.powers, rel=1e-3, abs=1e-9)
    assert parts.true_peak == pytest.approx(whole.true_peak, rel=1e-4)
    assert meter.integrated(parts.powers) == pytest.approx(meter.integrated(whole.powers), abs=0.001)


def test_powers_alone_are_those_of_the_measure_in_hops_of_any_size():
    sound = voice(3000)[:-480, None].astype(np.float32)
    assert np.array_equal(meter.hop_powers([sound]), meter.measure_signal([sound]).powers)
    fine = meter.hop_powers([sound], RATE // 1000)
    assert fine.reshape(-1, 10).mean(axis=1) == pytest.approx(meter.hop_powers([sound]), rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("sound", [[], [np.zeros((0, 2), np.float32)], [np.zeros((RATE, 1), np.float32)]])
def test_of_nothing_there_is_silence(sound):
    measured = meter.measure_signal(sound)
    assert meter.integrated(measured.powers) == meter.SILENCE
    assert meter.momentary(measured.powers).max() == meter.short_term(measured.powers).max() == meter.SILENCE
    assert meter.loudness_range(measured.powers) == 0.0
    assert meter.decibels(measured.true_peak) == meter.SILENCE
    assert measured.samples == sum(map(len, sound))
    assert not measured.powers.any()
    assert not measured.peaks.any()


def test_silence_after_the_loudest_sound_is_silence():
    levels = meter.momentary(powers((0, 60), (NOTHING, 5)))
    assert (levels[-400:] == meter.SILENCE).all()


def test_the_weight_of_a_frequency_is_what_the_filters_do_to_it():
    spectrum = meter.k_weighting(RATE)
    for hertz in (38, 100, 1000, 5000, 15_000):
        tone = np.sin(2 * np.pi * hertz * np.arange(2 * RATE) / RATE)[:, None].astype(np.float32)
        assert 2 * meter.hop_powers([tone])[meter.SECOND_HOPS :].mean() == pytest.approx(spectrum[hertz], rel=1e-3)
