"""Recordings, chimes and beds, and their levels."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import as_signal, voice, write_wav

from audio_builder.audio import beds, chimes, level, limiter, meter, recordings
from audio_builder.audio.clip import Clip, open_clip
from audio_builder.audio.pcm import silence
from audio_builder.cache import Cache
from audio_builder.errors import BadSound, ClipGone
from audio_builder.memory_cache import MemoryCache
from audio_builder.script.model import Recording
from audio_builder.units import RATE, Ms, samples

BELLS = [name for name, make in chimes.BELLS.items() if make]
LAYERS = [(name, n) for name, bed in beds.BEDS.items() if bed for n in range(len(bed.layers))]
MARGIN = samples(limiter.MARGIN)


def tone(hertz: float, amplitude: float, seconds: float = 5.0) -> np.ndarray:
    return (32767 * amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.int16
    )


def whole(sound: np.ndarray) -> np.ndarray:
    """Floats in ±1 as samples of 16 bit."""
    return np.rint(sound.clip(-1, 1) * 32767).astype(np.int16)


def spoken(length: int, seed: int, aim: float = level.SPEECH_LUFS - level.HEADROOM_DB) -> np.ndarray:
    """Voice-like noise at the level of a clip."""
    sound = voice(length, seed, 0.2)
    return whole(sound * 10 ** ((aim - level.loudness(whole(sound))) / 20))


def full_scale(decibels: float) -> float:
    return 32768 * 10 ** (decibels / 20)


# Levels


def test_what_is_synthesised_is_kept_whole_or_made_anew(tmp_path, monkeypatch: pytest.MonkeyPatch):
    cache = Cache(tmp_path)
    fresh = beds.bed_loops("ocean"), chimes.bell_stroke("wood")

    def again():
        monkeypatch.setattr(beds, "_loops", MemoryCache(9))
        monkeypatch.setattr(chimes, "_strokes", MemoryCache(9))
        return beds.bed_loops("ocean", cache), chimes.bell_stroke("wood", cache)

    def alike(other):
        return all(map(np.array_equal, (*fresh[0], fresh[1]), (*other[0], other[1])))

    assert alike(again())
    kept = sorted(tmp_path.glob("??/*.synth"))
    assert len(kept) == 3
    with monkeypatch.context() as nothing_is_made:
        nothing_is_made.setattr(np.fft, "irfft", None)
        assert alike(again())
    kept[0].write_bytes(b"")
    kept[1].write_bytes(kept[1].read_bytes()[:-1])
    kept[2].write_bytes(b"x" + kept[2].read_bytes()[1:])
    assert alike(again())


def test_a_sine_of_997_hertz_at_full_scale_on_both_channels_is_at_0_lufs():
    assert level.loudness(tone(997, 1.0)) == pytest.approx(-0.0, abs=0.02)  # BS.1770-5, annex 1: -3.01 on one
    assert level.max_momentary(tone(997, 1.0)) == pytest.approx(-0.0, abs=0.02)


@given(st.integers(0, 99), st.as_signal(0.001, 1.0))
@settings(max_examples=20, deadline=None)
def test_one_channel_is_as_loud_as_the_meter_finds_it_on_two(seed: int, loud: float):
    sound = whole(voice(1500, seed, loud))
    both = meter.integrated(meter.hop_powers([as_signal(np.stack([sound, sound], axis=1))]))
    assert level.loudness(sound) == pytest.approx(both, abs=0.001)


def test_silence_has_no_loudness_and_stays_silent():
    assert level.loudness(np.zeros(100, np.int16)) == meter.SILENCE
    assert not level.normalise_speech(np.zeros(100, np.int16)).any()


@pytest.mark.parametrize("loud", [0.01, 0.3, 1.0])
def test_words_are_kept_so_far_below_their_level_that_their_peaks_fit(loud: float):
    sound = level.normalise_speech(whole(voice(3000, 1, loud)))
    assert level.loudness(sound) == pytest.approx(level.SPEECH_LUFS - level.HEADROOM_DB, abs=0.05)


# The limiter


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(1, 9999),
    gain=st.as_signal(-60, 30),
    ceiling=st.as_signal(-12, -0.1),
    softer=st.sampled_from((0.0, -3.0)),
    seed=st.integers(0, 99),
)
def test_no_sample_passes_the_ceiling_and_the_length_stays(size, gain, ceiling, softer, seed):
    sound = np.random.default_rng(seed).integers(-32768, 32767, size, np.int16, endpoint=True)
    out = limiter.limit(sound, gain, ceiling, softer)
    assert len(out) == size
    assert np.abs(out.astype(int)).max() <= full_scale(ceiling + softer) + 0.5


@settings(max_examples=30, deadline=None)
@given(data=st.data(), gain=st.as_signal(0, 24), seed=st.integers(0, 9))
def test_any_part_of_a_sound_is_limited_as_in_the_whole_with_a_margin_around_it(data, gain, seed):
    sound = spoken(1500, seed)
    first = data.draw(st.integers(0, 1500))
    last = data.draw(st.integers(first, 1500))
    begin = max(0, first - limiter.MARGIN)
    part = limiter.limit(sound[samples(begin) : samples(last + limiter.MARGIN)], gain, -3.0, -3.0)
    limited = limiter.limit(sound, gain, -3.0, -3.0)
    assert np.array_equal(
        part[samples(first - begin) : samples(last - begin)], limited[samples(first) : samples(last)]
    )


@pytest.mark.parametrize("gain", [-20.0, 0.0, 9.5])
def test_what_needs_no_limit_is_only_turned_up_or_down(gain: float):
    sound = tone(440, 0.1, 1.0)[:-7]
    assert np.array_equal(limiter.limit(sound, gain, -6.0), np.rint(sound * 10 ** (gain / 20)))


def test_only_what_is_near_a_peak_is_turned_down():
    sound = tone(440, 0.1, 1.0)
    sound[samples(500)] = 32767
    out = limiter.limit(sound, 0.0, -6.0)
    assert abs(int(out[samples(500)])) == pytest.approx(full_scale(-6.0), abs=1)
    near = slice(samples(500) - MARGIN, samples(501) + MARGIN)
    changed = np.flatnonzero(out != sound)
    assert near.start <= changed.min() < changed.max() < near.stop


@given(st.lists(st.integers(0, 32768), max_size=200), st.as_signal(-20, -0.1))
@settings(max_examples=60, deadline=None)
def test_the_reduction_holds_every_millisecond_and_moves_smoothly(peaks: list[int], ceiling: float):
    held = limiter.gain_reduction(np.array(peaks, np.float64), ceiling)
    assert len(held) == len(peaks) + 1
    assert held.min() > 0
    assert held.max() <= 1
    assert (np.array(peaks) * np.maximum(held[:-1], held[1:]) <= full_scale(ceiling) * (1 + 1e-9)).all()
    assert np.abs(np.diff(held)).max(initial=0) <= 1 / 30  # from nothing to all in 30 ms at the soonest


@pytest.mark.parametrize("gain", [-6.0, 0.0, 3.25, 8.0])
@pytest.mark.parametrize("ceiling", [level.speech_ceiling(True), level.speech_ceiling(False), -12.0])
def test_the_level_of_limited_words_is_known_before_they_are_limited(gain: float, ceiling: float):
    for seed in range(3):
        clip = spoken(4000, seed)
        powers = level.measure_speech(clip).limited_powers(gain, ceiling)
        foretold = meter.integrated(powers.reshape(-1, meter.HOP_SAMPLES // samples(1)).mean(axis=1))
        heard = level.loudness(limiter.limit(clip, level.HEADROOM_DB + gain, ceiling))
        assert foretold == pytest.approx(heard, abs=0.1)


@pytest.mark.parametrize("stereo", [True, False])
def test_words_at_their_ceiling_leave_room_below_that_of_the_whole(stereo: bool):
    of_all = level.PEAK_DBFS["stereo" if stereo else "mono"]
    assert level.speech_ceiling(stereo) + (0 if stereo else level.DUAL_MONO_DB) < of_all < -1.0


# Recordings


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def convert(source: Path, to: Path, *options: str) -> Path:
    """The file as another kind of file; a WAV stays what it is."""
    if to.suffix == ".wav":
        return source
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(source), *options, str(to)], check=True)
    return to


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "flac", "ogg", "aiff"])
def test_a_recording_of_any_usual_kind_becomes_a_clip_at_the_level_of_words(
    tmp_path: Path, cache: Cache, kind: str
):
    quiet = write_wav(tmp_path / "quiet.wav", voice(3000, level=0.02)[::2], rate=24_000)
    path = convert(quiet, tmp_path / f"mine.{kind}", "-ac", "2", "-ar", "44100")
    made = recordings.recording_clip(Recording(str(path)), cache)
    sound = open_clip(made, 1)
    assert sound.shape == (samples(made.length), 1)
    assert made.length == pytest.approx(3000, abs=60)
    assert level.loudness(sound[:, 0]) == pytest.approx(level.SPEECH_LUFS - level.HEADROOM_DB, abs=0.5)


def test_as_is_keeps_its_own_level_and_every_sample(tmp_path: Path, cache: Cache):
    path = write_wav(tmp_path / "mine.wav", voice(2000, level=0.02)[:-17])
    made = recordings.recording_clip(Recording(str(path), as_is=True), cache)
    assert made.length == 2000
    assert made.path.read_bytes()[44:] == path.read_bytes()[44:] + bytes(2 * 17)


def test_no_more_is_decoded_than_is_asked_for(tmp_path: Path):
    path = write_wav(tmp_path / "long.wav", voice(3000))
    assert recordings.decode_recording(path, 2, Ms(1000)).shape == (RATE, 2)


def test_a_clip_follows_the_content_and_is_made_once(tmp_path: Path, cache: Cache):
    first = write_wav(tmp_path / "a.wav", voice(6000, 1))
    uses = [
        lambda path: recordings.recording_clip(Recording(str(path)), cache),
        lambda path: recordings.recording_clip(Recording(str(path), as_is=True), cache),
        lambda path: recordings.bell_clip(path, cache),
        lambda path: recordings.bed_clip(path, cache, 2),
    ]
    clips = [use(first) for use in uses]
    assert len({clip.key for clip in clips}) == len(uses)
    inodes = [clip.path.stat().st_ino for clip in clips]
    moved = first.rename(tmp_path / "b.wav")
    again = [use(moved) for use in uses]
    assert again == clips
    assert [clip.path.stat().st_ino for clip in again] == inodes
    write_wav(moved, voice(6000, 2))
    assert not {use(moved).key for use in uses} & {clip.key for clip in clips}


def test_a_damaged_clip_is_made_again(cache: Cache, tmp_path: Path):
    path = write_wav(tmp_path / "hello.wav", voice(6000))
    for use in (lambda: recordings.recording_clip(Recording(str(path)), cache), lambda: recordings.bed_clip(path, cache, 2)):
        made = use()
        content = made.path.read_bytes()
        for damage in (b"", b"RIFF", content[: len(content) // 2]):
            made.path.write_bytes(damage)
            assert use() == made
            assert made.path.read_bytes() == content


def test_the_level_of_a_clip_is_measured_once_and_again_where_it_is_damaged(cache: Cache, tmp_path: Path):
    clip = recordings.recording_clip(Recording(str(write_wav(tmp_path / "a.wav", voice(1234)))), cache)
    first = level.speech_level(clip, cache)
    assert len(first.powers) == len(first.peaks) == clip.length
    for measured, kept in zip(level.measure_speech(open_clip(clip, 1)[:, 0]), first, strict=True):
        assert kept == pytest.approx(measured, rel=1e-6)
    [kept] = cache.folder.rglob("*.level")
    for damage in (None, b"\0" * 12):
        if damage:
            kept.write_bytes(damage)
        assert all(map(np.array_equal, level.speech_level(clip, cache), first))


def test_a_clip_that_is_gone_or_another_is_told(tmp_path: Path):
    path = write_wav(tmp_path / "a.wav", voice(1000))
    assert len(open_clip(Clip("key", path, Ms(1000)), 1)) == RATE
    for clip, channels in (
        (Clip("key", path, Ms(999)), 1),
        (Clip("key", path, Ms(500)), 2),
        (Clip("key", tmp_path / "b.wav", Ms(1000)), 1),
    ):
        with pytest.raises(ClipGone, match="build again"):
            open_clip(clip, channels)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not sound that ffmpeg can read"),
        (b"these are words\n" * 50, "not sound that ffmpeg can read"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "not sound that ffmpeg can read"),
        (b"ffconcat version 1.0\nfile other.wav\n", "not sound that ffmpeg can read"),
    ],
)
def test_what_is_no_sound_is_refused_by_name(tmp_path: Path, cache: Cache, content: bytes, says: str):
    write_wav(tmp_path / "other.wav", voice(1000))
    path = tmp_path / "mine.wav"
    path.write_bytes(content)
    with pytest.raises(BadSound, match=says) as told:
        recordings.recording_clip(Recording(str(path)), cache)
    assert str(path) in str(told.value)


def test_missing_empty_and_silent_recordings_are_refused(tmp_path: Path, cache: Cache):
    empty = write_wav(tmp_path / "empty.wav", np.zeros(0))
    silent = write_wav(tmp_path / "silent.wav", np.zeros(6 * RATE))
    with pytest.raises(BadSound, match="no such recording"):
        recordings.decode_recording(tmp_path / "no.wav")
    for use in (
        lambda path: recordings.recording_clip(Recording(str(path)), cache),
        lambda path: recordings.bell_clip(path, cache),
        lambda path: recordings.bed_clip(path, cache, 2),
    ):
        with pytest.raises(BadSound, match=r"no\.wav.* cannot be read .* mend"):
            use(tmp_path / "no.wav")
        with pytest.raises(BadSound, match="empty"):
            use(empty)
        with pytest.raises(BadSound, match="only silence"):
            use(silent)


# Chimes


def highest(sound: np.ndarray) -> np.ndarray:
    """The highest sample of each millisecond."""
    return np.abs(sound.astype(int)).reshape(-1, samples(1)).max(axis=1)


def is_soft_stroke(sound: np.ndarray) -> None:
    """At a bell's level, with an attack of 30 ms or more, ending in nothing, and no longer than any bell."""
    assert len(sound) <= samples(chimes.LONGEST_RING)
    assert 4 <= level.SPEECH_LUFS - level.max_momentary(sound) <= 8
    envelope = highest(sound)
    assert envelope[[0, -1]].max() <= 0.01 * envelope.max()
    location = (np.arange(30) + 1) / 30
    assert (envelope[:30] <= 1.1 * envelope.max() * location * location * (3 - 2 * location)).all()


@pytest.mark.parametrize("name", BELLS)
def test_a_bell_is_soft_short_enough_and_4_to_8_lu_under_speech(name: str):
    sound = chimes.bell_stroke(name)
    is_soft_stroke(sound)
    assert not sound[[0, -1]].any()
    late = highest(sound)[len(sound) // samples(1) // 2 :]
    assert (late[:100].max(), late[-100:].max()) > (0, 0)  # it dies away until it ends, and is not cut off
    assert late[-100:].max() <= 3


def test_the_silent_bell_is_nothing():
    assert chimes.bell_stroke("none") is None


def test_the_modes_of_a_bowl_are_those_of_a_ring():
    assert [chimes.ring_mode_ratio(mode) for mode in range(2, 7)] == pytest.approx(
        [1, 2.83, 5.42, 8.77, 12.87], abs=0.01
    )
    sound = chimes.bell_stroke("bowl")
    spectrum = np.abs(np.fft.rfft(sound))
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    for mode in range(2, 6):
        expected = 208 * chimes.ring_mode_ratio(mode)
        around = np.flatnonzero(np.abs(hertz / expected - 1) < 0.1)
        assert hertz[around[spectrum[around].argmax()]] == pytest.approx(expected, abs=1.5)
        assert spectrum[around].max() > 10 * np.median(spectrum[around])
    for harmonic in range(2, 6):  # an even row of partials is a string's or an organ's
        around = np.abs(hertz / (208 * harmonic) - 1) < 0.01
        assert spectrum[around].max() < 0.02 * spectrum.max()


def test_the_lowest_mode_of_the_bowl_beats_0_7_times_a_second():
    sound = chimes.bell_stroke("bowl")
    spectrum, hertz = np.fft.fft(sound), np.fft.fftfreq(len(sound), 1 / RATE)
    band = np.abs(np.fft.ifft(np.where(np.abs(hertz - 208) < 30, spectrum, 0)))[RATE // 2 : 9 * RATE]
    wave = np.log(band[:: RATE // 100])
    location = np.arange(len(wave))
    wave = (wave - np.polyval(np.polyfit(location, wave, 1), location)) * np.hanning(len(wave))
    beats = np.abs(np.fft.rfft(wave, 100 * 100))
    slow = beats[20:300]  # from 0.2 to 3 Hz
    assert (slow.argmax() + 20) / 100 == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize(
    ("phase", "length"),
    [("in", 4000), ("out", 6000), ("in", 1000), ("out", 1000), ("in", 12_300), ("out", 12_300)],
)
def test_a_breath_tone_is_as_long_as_its_cue_soft_and_10_to_14_lu_under_speech(phase, length: int):
    sound = chimes.breath_tone(phase, length)
    assert len(sound) == samples(length)
    assert np.abs(sound[[0, -1]]).max() <= 1
    assert 10 <= level.SPEECH_LUFS - level.max_momentary(sound) <= 14
    envelope = highest(sound)
    assert max(envelope[:20].max(), envelope[-20:].max()) < 0.05 * envelope.max()
    third = len(sound) // 3
    pitches, airs = [], []
    for part in (sound[:third], sound[-third:]):
        spectrum = np.abs(np.fft.rfft(part, 4 * RATE)) ** 2  # by quarters of a hertz
        pitches.append(spectrum[4 * 150 : 4 * 300].argmax() / 4 + 150)
        airs.append(spectrum[4 * 1200 : 4 * 2400].sum() / spectrum.sum())
    if phase == "out":  # all of it backwards
        pitches.reverse()
        airs.reverse()
    assert 190 < pitches[0] < 215 < 240 < pitches[1] < 265
    assert airs[1] > 10 * airs[0]


def test_a_block_of_breath_softens_to_about_24_lu_under_speech():
    assert chimes.steps_down(0, 1) == 0
    assert [chimes.steps_down(n, 4) for n in range(4)] == [0, 3, 5, 8]
    for of in (2, 9, 100):
        steps = [chimes.steps_down(n, of) for n in range(of)]
        assert steps == sorted(steps)
        last = chimes.BREATH_LUFS + steps[-1] * chimes.BREATH_STEP_DB
        assert level.SPEECH_LUFS - last == pytest.approx(24, abs=0.05)


# Beds


def steepest_rise(sound: np.ndarray) -> float:
    """The most LU that momentary loudness rises by within a second."""
    levels = meter.momentary(meter.hop_powers([as_signal(sound)]))
    return max(float((levels[gap:] - levels[:-gap]).max()) for gap in range(5, meter.SECOND_HOPS + 1, 5))


def is_seamless_loop(loop: np.ndarray) -> None:
    """Whole MP3 frames, and from its end to its beginning no larger step than it has in itself all the time."""
    assert len(loop) % 1152 == 0
    steps = np.abs(np.diff(loop.astype(int), axis=0))
    assert (np.abs(loop[0].astype(int) - loop[-1]) <= np.percentile(steps, 99.9, axis=0)).all()


@pytest.mark.parametrize(("name", "n"), LAYERS)
def test_a_bed_is_at_its_level_even_independent_left_and_right_and_without_a_seam(name: str, n: int):
    loop, layer = beds.bed_loops(name)[n], beds.BEDS[name].layers[n]
    is_seamless_loop(loop)
    twice = np.concatenate([loop, loop])
    assert meter.integrated(meter.hop_powers([as_signal(twice)])) == pytest.approx(layer.lufs, abs=0.3)
    assert steepest_rise(twice) < 3
    assert abs(np.corrcoef(loop.T.astype(float))[0, 1]) < 0.05
    power = (loop.astype(float) ** 2).mean(axis=0)
    assert power[0] == pytest.approx(power[1], rel=0.05)  # one channel stands for both in mono


def test_the_bed_of_that_name_is_none():
    assert beds.bed_loops("none") == ()


def test_beds_and_chimes_are_the_same_in_another_process():
    names = ("rain", "drone")
    code = (
        "import hashlib; from audio_builder.audio import beds, chimes; h = hashlib.sha256();"
        f"[h.update(loop.tobytes()) for name in {names} for loop in beds.bed_loops(name)];"
        "h.update(chimes.bell_stroke('bowl').tobytes() + chimes.breath_tone('in', 4000).tobytes()); print(h.hexdigest())"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    there = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    here = hashlib.sha256()
    for sound in (
        *(loop for name in names for loop in beds.bed_loops(name)),
        chimes.bell_stroke("bowl"),
        chimes.breath_tone("in", 4000),
    ):
        here.update(sound.tobytes())
    assert there == here.hexdigest()


# An author's own bell and bed


def gong(seconds: float, before: float = 0.0, strike: float = 0.001) -> np.ndarray:
    """A recorded stroke that comes at once, after some silence."""
    t = np.arange(round(seconds * RATE)) / RATE
    ring = sum(np.sin(2 * np.pi * hertz * t) * np.exp(-t / 4) for hertz in (180, 411, 702))
    return np.concatenate([np.zeros(round(before * RATE)), 0.2 * ring * np.minimum(1, t / strike)])


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac"])
@pytest.mark.parametrize(("seconds", "before"), [(3.0, 0.0), (3.0, 0.8), (20.0, 0.1)])
def test_an_authors_bell_is_as_soft_as_the_programs_own(tmp_path: Path, cache: Cache, kind, seconds, before):
    path = convert(write_wav(tmp_path / "gong.wav", gong(seconds, before)), tmp_path / f"gong.{kind}")
    clip = recordings.bell_clip(path, cache)
    assert clip.length == pytest.approx(min(seconds * 1000, chimes.LONGEST_RING), abs=60)
    sound = open_clip(clip, 1)[:, 0]
    is_soft_stroke(sound)
    assert level.max_momentary(sound) == pytest.approx(chimes.STROKE_LUFS, abs=0.1)


def test_a_click_is_a_bell_too(tmp_path: Path, cache: Cache):
    click = np.zeros(RATE // 10)
    click[:2] = 1.0
    clip = recordings.bell_clip(write_wav(tmp_path / "click.wav", click), cache)
    assert open_clip(clip, 1).any()


def rustle(seconds: float) -> np.ndarray:
    """A recorded bed on two channels, interleaved, one louder than the other."""
    noise = np.random.default_rng(7).standard_normal((round(seconds * RATE), 2))
    smooth = np.apply_along_axis(lambda line: np.convolve(line, np.ones(30) / 30, "same"), 0, noise)
    return (smooth * (0.3, 0.2)).reshape(-1)


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac"])
def test_an_authors_bed_is_a_loop_as_loud_as_the_programs_own(tmp_path: Path, cache: Cache, kind: str):
    recorded = write_wav(tmp_path / "rustle.wav", rustle(13.37), channels=2)
    clip = recordings.bed_clip(convert(recorded, tmp_path / f"rustle.{kind}", "-ar", "44100"), cache, 2)
    loop = open_clip(clip, 2)
    assert clip.length == pytest.approx(13_370 - 3000, abs=100)
    is_seamless_loop(loop)
    twice = np.concatenate([loop, loop])
    assert meter.integrated(meter.hop_powers([as_signal(twice)])) == pytest.approx(beds.BED_LUFS, abs=0.1)
    assert steepest_rise(twice) < 1.5  # where its end runs into its beginning, too


@pytest.mark.parametrize("hertz", [110.3, 441.7, 1234.5])
def test_a_steady_hum_as_a_bed_has_no_seam_to_hear(tmp_path: Path, cache: Cache, hertz: float):
    clip = recordings.bed_clip(write_wav(tmp_path / "hum.wav", tone(hertz, 0.5, 7.77) / 32767), cache, 2)
    is_seamless_loop(open_clip(clip, 2))


def test_a_bed_of_one_channel_is_on_both(tmp_path: Path, cache: Cache):
    loop = open_clip(recordings.bed_clip(write_wav(tmp_path / "one.wav", voice(8000)), cache, 2), 2)
    assert np.array_equal(loop[:, 0], loop[:, 1])
    assert meter.integrated(meter.hop_powers([as_signal(loop)])) == pytest.approx(beds.BED_LUFS, abs=0.1)


def test_a_bed_that_is_too_short_is_refused_and_the_shortest_is_not(tmp_path: Path, cache: Cache):
    with pytest.raises(BadSound, match=r"short\.wav: a bed of 4\.9 s .* take one of 5 s or more"):
        recordings.bed_clip(write_wav(tmp_path / "short.wav", voice(4900)), cache, 2)
    shortest = recordings.bed_clip(write_wav(tmp_path / "least.wav", voice(5000)), cache, 2)
    is_seamless_loop(open_clip(shortest, 2))


def test_silence_is_exact_to_the_sample_at_any_length():
    assert all(len(silence(ms).raw_data) == 96 * ms for ms in range(0, 3000, 7))
