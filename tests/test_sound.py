"""Recordings, chimes and beds, and their levels."""

import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import voice, write_wav

from audio_builder.cache import Cache
from audio_builder.errors import BadSound
from audio_builder.script import Recording
from audio_builder.sound import beds, chimes, files, level
from audio_builder.sound.pcm import array, silence
from audio_builder.units import RATE, samples

LONG = 5 * RATE


def tone(hertz: float, amplitude: float, seconds: float = 5.0) -> np.ndarray:
    return (32767 * amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.int16
    )


def ffmpeg_loudness(sound: np.ndarray) -> float:
    """What ffmpeg's meter says of sound shaped (n, channels)."""
    source = ["-f", "s16le", "-ar", str(RATE), "-ac", str(sound.shape[1]), "-i", "-"]
    command = ["ffmpeg", "-hide_banner", *source, "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(
        command, input=sound.astype("<i2").tobytes(), capture_output=True, check=True
    ).stderr.decode()
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])


def test_a_sine_of_997_hertz_at_full_scale_on_both_channels_is_at_0_lufs():
    assert level.loudness(tone(997, 1.0)) == pytest.approx(-0.0, abs=0.02)  # BS.1770-5, annex 1: -3.01 on one


@pytest.mark.parametrize("seconds", [3.3, 12.0])
def test_loudness_is_what_another_meter_says(seconds: float):
    quiet_then_loud = np.concatenate([voice(5000, 1) * 0.05, np.zeros(RATE), voice(round(seconds * 1000), 2)])
    sound = (quiet_then_loud * 32767).astype(np.int16)
    assert level.loudness(sound) == pytest.approx(ffmpeg_loudness(np.stack([sound, sound], axis=1)), abs=0.15)


def test_silence_has_no_loudness_and_stays_silent():
    assert level.loudness(np.zeros(100, np.int16)) == -np.inf
    assert not level.levelled(np.zeros(100, np.int16)).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9999), st.floats(0.001, 30), st.integers(0, 99))
def test_no_sample_passes_the_ceiling_and_the_length_stays(size: int, gain: float, seed: int):
    sound = np.random.default_rng(seed).integers(-32768, 32767, size, np.int16)
    out = level.limited(sound, gain)
    assert len(out) == size
    assert np.abs(out.astype(int)).max() <= 32768 * 10 ** (level.CEILING / 20) + 1


def test_what_needs_no_limit_is_only_turned_up_or_down():
    sound = tone(440, 0.1, 1.0)
    assert np.array_equal(level.limited(sound, 0.5), np.rint(sound * 0.5))


# Recordings


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def convert(source: Path, to: Path, *options: str) -> Path:
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(source), *options, str(to)], check=True)
    return to


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "flac", "ogg", "aiff"])
def test_a_recording_of_any_usual_kind_becomes_a_clip_at_the_narrators_level(
    tmp_path: Path, cache: Cache, kind: str
):
    quiet = write_wav(tmp_path / "quiet.wav", voice(3000, level=0.02)[::2], rate=24_000)
    path = convert(quiet, tmp_path / f"mine.{kind}", "-ac", "2", "-ar", "44100") if kind != "wav" else quiet
    made = files.clip(Recording(str(path)), cache)
    with wave.open(str(made.path)) as wav:
        assert wav.getparams()[:4] == (1, 2, RATE, samples(made.length))
        sound = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
    assert made.length == pytest.approx(3000, abs=60)
    assert level.loudness(sound) == pytest.approx(level.SPEECH, abs=0.5)


def test_as_is_keeps_its_own_level_and_every_sample(tmp_path: Path, cache: Cache):
    path = write_wav(tmp_path / "mine.wav", voice(2000, level=0.02)[:-17])
    made = files.clip(Recording(str(path), as_is=True), cache)
    assert made.length == 2000
    assert made.path.read_bytes()[44:] == path.read_bytes()[44:] + bytes(2 * 17)


def test_a_clip_follows_the_content_and_is_made_once(tmp_path: Path, cache: Cache):
    first = write_wav(tmp_path / "a.wav", voice(1000, 1))
    clip = files.clip(Recording(str(first)), cache)
    made = clip.path.stat().st_mtime_ns, clip.path.stat().st_ino
    moved = first.rename(tmp_path / "b.wav")
    again = files.clip(Recording(str(moved)), cache)
    assert again == clip
    assert (again.path.stat().st_ino) == made[1]
    assert files.clip(Recording(str(moved), as_is=True), cache).key != clip.key
    write_wav(moved, voice(1000, 2))
    assert files.clip(Recording(str(moved)), cache).key != clip.key


def test_a_damaged_clip_of_a_recording_is_made_again(cache, tmp_path):
    recording = Recording(str(write_wav(tmp_path / "hello.wav", voice(2000))))
    made = files.clip(recording, cache)
    whole = made.path.read_bytes()
    for damage in (b"", b"RIFF", whole[: len(whole) // 2]):
        made.path.write_bytes(damage)
        assert files.clip(recording, cache) == made
        assert made.path.read_bytes() == whole


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
        files.clip(Recording(str(path)), cache)
    assert str(path) in str(told.value)


def test_missing_empty_and_silent_recordings_are_refused(tmp_path: Path, cache: Cache):
    with pytest.raises(BadSound, match=r"cannot be read .* mend"):
        files.clip(Recording(str(tmp_path / "no.wav")), cache)
    with pytest.raises(BadSound, match="no such recording"):
        files.decode(tmp_path / "no.wav")
    with pytest.raises(BadSound, match="empty"):
        files.clip(Recording(str(write_wav(tmp_path / "empty.wav", np.zeros(0)))), cache)
    with pytest.raises(BadSound, match="only silence"):
        files.clip(Recording(str(write_wav(tmp_path / "silent.wav", np.zeros(LONG)))), cache)


# Chimes


@pytest.mark.parametrize("name", [name for name, make in chimes.BELLS.items() if make])
def test_a_bell_is_soft_short_enough_and_4_to_8_lu_under_speech(name: str):
    loud = {}
    for first in (True, False):
        sound = array(chimes.stroke(name, first))[:, 0]
        assert len(sound) <= samples(chimes.REACH)
        assert not sound[[0, -1]].any()
        under = level.SPEECH - level.momentary(sound).max()
        assert 4 <= under <= 8
        loud[first] = under
        envelope = np.abs(sound[: samples(400)].astype(int)).reshape(-1, 480).max(axis=1)
        assert envelope[0] < 0.25 * envelope.max()  # an attack of 30 ms or more has hardly begun after 10
    assert loud[True] > loud[False]


@pytest.mark.parametrize(("phase", "length"), [("in", 4000), ("out", 6000), ("in", 1000), ("out", 12_300)])
def test_a_breath_tone_is_as_long_as_its_cue_soft_and_10_to_14_lu_under_speech(phase, length: int):
    sound = array(chimes.breath(phase, length))[:, 0]
    assert len(sound) == samples(length)
    assert np.abs(sound[[0, -1]]).max() <= 1
    assert 10 <= level.SPEECH - level.momentary(sound).max() <= 14
    third = len(sound) // 3
    pitches = [np.argmax(np.abs(np.fft.rfft(part, RATE))) for part in (sound[:third], sound[-third:])]
    assert (pitches[0] < pitches[1]) == (phase == "in")


def test_a_block_of_breath_softens_to_about_24_lu_under_speech():
    assert chimes.softening(0, 1) == 0
    assert [chimes.softening(n, 4) for n in range(4)] == [0, -4, -8, -12]


# Beds


@pytest.mark.parametrize("name", [name for name, bed in beds.BEDS.items() if bed])
def test_a_bed_is_at_its_level_independent_left_and_right_and_without_a_seam(name: str):
    bed, loop = beds.BEDS[name], beds.loop(name)
    assert bed is not None
    assert loop is not None
    assert len(loop) % (48 * 24) == 0
    assert ffmpeg_loudness(np.concatenate([loop, loop])) == pytest.approx(bed.lufs, abs=0.5)
    assert abs(np.corrcoef(loop.T.astype(float))[0, 1]) < 0.05
    steps = np.abs(np.diff(loop.astype(int), axis=0)).max()
    assert np.abs(loop[0].astype(int) - loop[-1]).max() <= steps


def test_beds_and_chimes_are_the_same_in_another_process():
    code = (
        "import hashlib; from audio_builder.sound import beds, chimes;"
        "h = hashlib.sha256(beds.loop('pink').tobytes());"
        "h.update(chimes.stroke('bowl', False).raw_data + chimes.breath('in', 4000).raw_data); print(h.hexdigest())"
    )
    runs = {
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=True).stdout
        for _ in "ab"
    }
    assert len(runs) == 1


def test_silence_is_exact_to_the_sample_at_any_length():
    assert all(len(silence(ms).raw_data) == 96 * ms for ms in range(0, 3000, 7))
