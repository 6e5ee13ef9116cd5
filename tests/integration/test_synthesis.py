"""Bells, breath tones and beds as the program synthesises them."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from bells import assert_soft_stroke, millisecond_peaks
from loops import assert_seamless, steepest_rise
from sounds import as_signal

from audio_builder.audio import beds, chimes, level, meter
from audio_builder.audio.pcm import Samples
from audio_builder.audio.synthesis_cache import forget_synthesised, synthesised
from audio_builder.cache import Cache
from audio_builder.units import RATE, samples

BELLS = [name for name, synthesise in chimes.BELLS.items() if synthesise]
LAYERS = [(name, n) for name, bed in beds.BEDS.items() if bed for n in range(len(bed.layers))]


# Bells


@pytest.mark.parametrize("name", BELLS)
def test_a_bell_is_soft_short_enough_and_4_to_8_lu_below_speech(name: str):
    sound = chimes.bell_stroke(name)
    assert_soft_stroke(sound)
    assert not sound[[0, -1]].any()
    second_half = millisecond_peaks(sound)[len(sound) // samples(1) // 2 :]
    assert second_half[:100].max() > 0  # it decays until it ends, instead of being cut off
    assert second_half[-100:].max() <= 3


def test_the_bell_named_none_is_silent():
    assert chimes.bell_stroke("none") is None


def test_a_bowl_has_the_modes_of_a_ring():
    assert [chimes.ring_mode_ratio(mode) for mode in range(2, 7)] == pytest.approx(
        [1, 2.83, 5.42, 8.77, 12.87], abs=0.01
    )
    sound = chimes.bell_stroke("bowl")
    spectrum = np.abs(np.fft.rfft(sound))
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    for mode in range(2, 6):
        expected = 208 * chimes.ring_mode_ratio(mode)
        near = np.flatnonzero(np.abs(hertz / expected - 1) < 0.1)
        assert hertz[near[spectrum[near].argmax()]] == pytest.approx(expected, abs=1.5)
        assert spectrum[near].max() > 10 * np.median(spectrum[near])
    for harmonic in range(2, 6):  # whole multiples would make it a string or an organ
        near = np.abs(hertz / (208 * harmonic) - 1) < 0.01
        assert spectrum[near].max() < 0.02 * spectrum.max()


def test_the_lowest_mode_of_the_bowl_beats_0_7_times_a_second():
    sound = chimes.bell_stroke("bowl")
    spectrum, hertz = np.fft.fft(sound), np.fft.fftfreq(len(sound), 1 / RATE)
    band = np.abs(np.fft.ifft(np.where(np.abs(hertz - 208) < 30, spectrum, 0)))[RATE // 2 : 9 * RATE]
    envelope = np.log(band[:: RATE // 100])
    t = np.arange(len(envelope))
    beating = (envelope - np.polyval(np.polyfit(t, envelope, 1), t)) * np.hanning(len(envelope))
    slow = np.abs(np.fft.rfft(beating, 100 * 100))[20:300]  # from 0.2 to 3 Hz
    assert (slow.argmax() + 20) / 100 == pytest.approx(0.7, abs=0.05)


# Breath tones


@pytest.mark.parametrize(
    ("phase", "length"),
    [("in", 4000), ("out", 6000), ("in", 1000), ("out", 1000), ("in", 12_300), ("out", 12_300)],
)
def test_a_breath_tone_is_soft_and_10_to_14_lu_below_speech(phase, length: int):
    sound = chimes.breath_tone(phase, length)
    assert len(sound) == samples(length)
    assert np.abs(sound[[0, -1]]).max() <= 1
    assert 10 <= level.SPEECH_LUFS - level.max_momentary(sound) <= 14
    envelope = millisecond_peaks(sound)
    assert max(envelope[:20].max(), envelope[-20:].max()) < 0.05 * envelope.max()


@pytest.mark.parametrize("length", [1000, 4000, 12_300])
@pytest.mark.parametrize("phase", ["in", "out"])
def test_a_breath_tone_rises_and_brightens_to_breathe_in_and_the_reverse_to_breathe_out(phase, length: int):
    sound = chimes.breath_tone(phase, length)
    third = len(sound) // 3
    thirds = (sound[:third], sound[-third:]) if phase == "in" else (sound[-third:], sound[:third])
    low, high = (np.abs(np.fft.rfft(part, 4 * RATE)) ** 2 for part in thirds)  # in steps of 0.25 Hz
    pitches = [spectrum[4 * 150 : 4 * 300].argmax() / 4 + 150 for spectrum in (low, high)]
    brightness = [spectrum[4 * 1200 : 4 * 2400].sum() / spectrum.sum() for spectrum in (low, high)]
    assert 190 < pitches[0] < 215
    assert 240 < pitches[1] < 265
    assert brightness[1] > 10 * brightness[0]


def test_breath_tones_soften_over_a_block_to_24_lu_below_speech():
    assert chimes.steps_down(0, 1) == 0
    assert [chimes.steps_down(n, 4) for n in range(4)] == [0, 3, 5, 8]
    for count in (2, 9, 100):
        steps = [chimes.steps_down(n, count) for n in range(count)]
        assert steps == sorted(steps)
        last = chimes.BREATH_LUFS - steps[-1] * chimes.BREATH_STEP_DB
        assert level.SPEECH_LUFS - last == pytest.approx(24, abs=0.05)


# Beds: each has its own formula, so each is measured


@pytest.mark.parametrize(("name", "n"), LAYERS)
def test_a_bed_is_a_seamless_loop_at_its_level_and_independent_left_and_right(name: str, n: int):
    loop, layer = beds.bed_loops(name)[n], beds.BEDS[name].layers[n]
    assert_seamless(loop)
    twice = np.concatenate([loop, loop])
    assert meter.integrated(meter.hop_powers([as_signal(twice)])) == pytest.approx(layer.lufs, abs=0.3)
    assert abs(np.corrcoef(loop.T.astype(float))[0, 1]) < 0.05
    power = (loop.astype(float) ** 2).mean(axis=0)
    assert power[0] == pytest.approx(power[1], rel=0.05)  # a mono session has only the left one


@pytest.mark.parametrize(("name", "n"), LAYERS)
def test_a_bed_that_comes_back_anywhere_in_its_loop_rises_by_less_than_3_lu_in_a_second(name: str, n: int):
    loop = beds.bed_loops(name)[n]
    for channels in (2, 1):  # as in a stereo session and in a mono one
        twice = np.concatenate([loop, loop])[:, :channels]
        assert steepest_rise(twice, also_rising=True) < 3


def test_the_bed_named_none_is_silent():
    assert beds.bed_loops("none") == ()


# Caching comes last, because forgetting sounds makes later tests synthesise them again


@pytest.fixture
def empty_memory() -> Iterator[None]:
    forget_synthesised()
    yield
    forget_synthesised()


class Synthesiser:
    """Synthesise a short sound and count how often."""

    def __init__(self, channels: int) -> None:
        shape = (480,) if channels == 1 else (480, channels)
        self.channels = channels
        self.sound = np.random.default_rng(1).integers(-999, 999, shape, np.int16)
        self.calls = 0

    def __call__(self) -> Samples:
        self.calls += 1
        return self.sound

    def cached(self, cache: Cache | None) -> bool:
        """Return whether the sound comes out unchanged."""
        return np.array_equal(synthesised("test", self.channels, self, cache), self.sound)


@pytest.mark.usefixtures("empty_memory")
@pytest.mark.parametrize("channels", [1, 2])
def test_a_sound_is_synthesised_once_and_then_comes_from_memory_or_disk(tmp_path: Path, channels: int):
    synthesise, cache = Synthesiser(channels), Cache(tmp_path)
    for _ in range(2):
        assert synthesise.cached(cache)
        assert synthesise.cached(None)  # from memory
        forget_synthesised()
    assert synthesise.calls == 1
    assert synthesise.cached(None)
    assert synthesise.calls == 2


@pytest.mark.usefixtures("empty_memory")
@pytest.mark.parametrize("damage", [lambda _: b"", lambda entry: entry[:-1], lambda entry: b"x" + entry[1:]])
def test_a_damaged_sound_is_synthesised_again(tmp_path: Path, damage):
    synthesise, cache = Synthesiser(2), Cache(tmp_path)
    synthesise.cached(cache)
    (entry,) = tmp_path.glob("??/*.synth")
    content = entry.read_bytes()
    entry.write_bytes(damage(content))
    forget_synthesised()
    assert synthesise.cached(cache)
    assert synthesise.calls == 2
    assert entry.read_bytes() == content


@pytest.mark.usefixtures("empty_memory")
def test_every_layer_of_a_bed_and_every_bell_has_its_own_entry(tmp_path: Path):
    cache = Cache(tmp_path)
    first = (*beds.bed_loops("ocean", cache), chimes.bell_stroke("wood", cache))
    assert len(list(tmp_path.glob("??/*.synth"))) == 3
    forget_synthesised()
    again = (*beds.bed_loops("ocean", cache), chimes.bell_stroke("wood", cache))
    assert all(map(np.array_equal, first, again))


def test_another_process_synthesises_the_same_samples():
    # one bed of noise stands for all: they draw from the same generator
    code = (
        "import hashlib, sys; from audio_builder.audio import beds, chimes;"
        "sounds = [*beds.bed_loops('room'), chimes.bell_stroke('wood'), chimes.breath_tone('in', 4000)];"
        "print(hashlib.sha256(b''.join(sound.tobytes() for sound in sounds)).hexdigest())"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    elsewhere = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    sounds = [*beds.bed_loops("room"), chimes.bell_stroke("wood"), chimes.breath_tone("in", 4000)]
    assert elsewhere == hashlib.sha256(b"".join(sound.tobytes() for sound in sounds)).hexdigest()
