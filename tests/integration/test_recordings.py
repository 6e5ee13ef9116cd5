"""Recordings, and an author's own bell and ambience."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from bells import assert_soft_stroke
from loops import assert_seamless, steepest_rise
from sounds import as_signal, voice, write_clip, write_wav

from audio_builder.audio import beds, chimes, level, meter, recordings
from audio_builder.audio.clip import Clip, open_clip
from audio_builder.cache import SEAL_BYTES, Cache
from audio_builder.errors import BadSound, ClipGone
from audio_builder.script.model import Recording
from audio_builder.units import RATE, Ms, samples

FORMATS = ["wav", "mp3", "m4a", "flac", "ogg", "aiff"]
USES = {
    "speech": lambda path, cache: recordings.recording_clip(Recording(str(path)), cache),
    "as is": lambda path, cache: recordings.recording_clip(Recording(str(path), as_is=True), cache),
    "bell": recordings.bell_clip,
    "bed": lambda path, cache: recordings.bed_clip(path, cache, 2),
}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def convert(source: Path, to: Path, *options: str) -> Path:
    """Convert a WAV to the format of another file's suffix."""
    if to.suffix == ".wav":
        return source
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(source), *options, str(to)], check=True)
    return to


# Recordings that are played


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_recording_of_any_common_format_becomes_a_clip_at_the_level_of_speech(
    tmp_path: Path, cache: Cache, suffix: str
):
    quiet = write_wav(tmp_path / "quiet.wav", voice(3000, level=0.02)[::2], rate=24_000)
    path = convert(quiet, tmp_path / f"mine.{suffix}", "-ac", "2", "-ar", "44100")
    clip = recordings.recording_clip(Recording(str(path)), cache)
    sound = open_clip(clip, 1)
    assert sound.shape == (samples(clip.length), 1)
    assert clip.length == pytest.approx(3000, abs=60)
    assert level.loudness(sound[:, 0]) == pytest.approx(level.SPEECH_LUFS - level.HEADROOM_DB, abs=0.5)


def test_a_recording_as_is_keeps_its_level_and_every_sample(tmp_path: Path, cache: Cache):
    path = write_wav(tmp_path / "mine.wav", voice(2000, level=0.02)[:-17])
    clip = recordings.recording_clip(Recording(str(path), as_is=True), cache)
    assert clip.length == 2000
    assert clip.path.read_bytes()[44:-SEAL_BYTES] == path.read_bytes()[44:] + bytes(2 * 17)


@pytest.mark.parametrize(("length", "is_refused"), [(1000, False), (1001, True)])
def test_a_recording_that_a_script_plays_has_a_longest_length(
    length, is_refused, cache, tmp_path, monkeypatch
):
    monkeypatch.setattr(recordings, "LONGEST_RECORDING", Ms(1000))
    path = write_wav(tmp_path / "a.wav", voice(length))
    if is_refused:
        with pytest.raises(BadSound, match="longer than 1s; split it"):
            USES["speech"](path, cache)
    else:
        assert USES["speech"](path, cache).length == length


def test_no_more_is_decoded_than_was_asked_for(tmp_path: Path):
    path = write_wav(tmp_path / "long.wav", voice(3000))
    assert recordings.decode_recording(path, 2, Ms(1000)).shape == (RATE, 2)


def test_a_clip_depends_on_the_content_of_the_file_and_is_rendered_once(tmp_path: Path, cache: Cache):
    path = write_wav(tmp_path / "a.wav", voice(6000, 1))
    clips = [use(path, cache) for use in USES.values()]
    assert len({clip.key for clip in clips}) == len(USES)
    inodes = [clip.path.stat().st_ino for clip in clips]
    moved = path.rename(tmp_path / "b.wav")
    assert [use(moved, cache) for use in USES.values()] == clips
    assert [clip.path.stat().st_ino for clip in clips] == inodes
    write_wav(moved, voice(6000, 2))
    assert not {use(moved, cache).key for use in USES.values()} & {clip.key for clip in clips}


@pytest.mark.parametrize("use", ["speech", "bed"])  # one channel and two
def test_a_damaged_clip_is_rendered_again(cache: Cache, tmp_path: Path, use: str):
    path = write_wav(tmp_path / "hello.wav", voice(6000))
    clip = USES[use](path, cache)
    content = clip.path.read_bytes()
    for damaged in (b"", b"RIFF", content[: len(content) // 2]):
        clip.path.write_bytes(damaged)
        assert USES[use](path, cache) == clip
        assert clip.path.read_bytes() == content


@pytest.mark.parametrize("damaged", [b"", b"\0" * 12])
def test_the_level_of_a_clip_is_cached_and_measured_again_if_damaged(
    cache: Cache, tmp_path: Path, damaged: bytes
):
    clip = USES["speech"](write_wav(tmp_path / "a.wav", voice(1234)), cache)
    level.forget_levels()
    first = level.speech_level(clip, cache)
    measured = level.measure_speech(open_clip(clip, 1)[:, 0])
    assert len(first.powers) == len(first.peaks) == clip.length
    assert first.powers == pytest.approx(measured.powers, rel=1e-6)
    assert first.peaks == pytest.approx(measured.peaks, rel=1e-6)
    (entry,) = cache.folder.rglob("*.level")
    written = entry.stat().st_ino
    level.forget_levels()
    assert all(map(np.array_equal, level.speech_level(clip, cache), first))
    assert entry.stat().st_ino == written
    entry.write_bytes(damaged)
    level.forget_levels()
    assert all(map(np.array_equal, level.speech_level(clip, cache), first))


@pytest.mark.parametrize("at", [100, -40, -1])
def test_a_clip_that_has_changed_since_it_was_found_cannot_be_opened(at, cache: Cache, tmp_path: Path):
    clip = USES["speech"](write_wav(tmp_path / "a.wav", voice(1234)), cache)
    assert len(open_clip(clip, 1))
    content = bytearray(clip.path.read_bytes())
    content[at] ^= 1
    clip.path.write_bytes(content)
    with pytest.raises(ClipGone, match="build again"):
        open_clip(clip, 1)


def test_a_clip_whose_file_is_missing_or_different_cannot_be_opened(tmp_path: Path):
    path = write_clip(tmp_path / "a.wav", voice(1000))
    assert len(open_clip(Clip("key", path, Ms(1000)), 1)) == RATE
    for clip, channels in (
        (Clip("key", path, Ms(999)), 1),
        (Clip("key", path, Ms(500)), 2),
        (Clip("key", tmp_path / "b.wav", Ms(1000)), 1),
    ):
        with pytest.raises(ClipGone, match="build again"):
            open_clip(clip, channels)


# Recordings that cannot be used


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"these are words\n" * 50,
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n",
        b"ffconcat version 1.0\nfile other.wav\n",
    ],
    ids=["empty", "text", "M3U playlist", "ffmpeg playlist"],
)
def test_a_file_that_is_not_sound_is_refused_by_name(tmp_path: Path, cache: Cache, content: bytes):
    write_wav(tmp_path / "other.wav", voice(1000))
    path = tmp_path / "mine.wav"
    path.write_bytes(content)
    with pytest.raises(BadSound) as error:
        USES["speech"](path, cache)
    assert str(error.value).startswith(f"{path}: ffmpeg cannot read this file")


@pytest.mark.parametrize("use", ["speech", "bell", "bed"])
def test_missing_empty_and_silent_recordings_are_refused(tmp_path: Path, cache: Cache, use: str):
    empty = write_wav(tmp_path / "empty.wav", np.zeros(0))
    silent = write_wav(tmp_path / "silent.wav", np.zeros(6 * RATE))
    with pytest.raises(BadSound, match=r"no\.wav: cannot read this file .*; check its name"):
        USES[use](tmp_path / "no.wav", cache)
    with pytest.raises(BadSound, match="empty"):
        USES[use](empty, cache)
    with pytest.raises(BadSound, match="the recording is silent"):
        USES[use](silent, cache)


def test_a_recording_that_changes_while_it_is_read_is_refused(tmp_path: Path, cache: Cache, monkeypatch):
    path = write_wav(tmp_path / "a.wav", voice(3000))
    decode = recordings._decoded_pieces

    def changing(*arguments):
        yield from decode(*arguments)
        write_wav(path, voice(2000))

    monkeypatch.setattr(recordings, "_decoded_pieces", changing)
    with pytest.raises(BadSound, match="changed while it was read"):
        USES["speech"](path, cache)
    assert not list(cache.folder.rglob("*.wav"))
    assert not list(cache.folder.rglob("*.part"))


def test_decoding_a_missing_recording_names_it(tmp_path: Path):
    with pytest.raises(BadSound, match=r"no\.wav: no such recording"):
        recordings.decode_recording(tmp_path / "no.wav")


# An author's own bell


def gong(seconds: float, silence_before: float = 0.0) -> np.ndarray:
    """Return a stroke with a sudden attack, after some seconds of silence."""
    t = np.arange(round(seconds * RATE)) / RATE
    ring = sum(np.sin(2 * np.pi * hertz * t) * np.exp(-t / 4) for hertz in (180, 411, 702))
    return np.concatenate([np.zeros(round(silence_before * RATE)), 0.2 * ring * np.minimum(1, t / 0.001)])


# formats are decoded in the same way as above; mp3 adds a delay
@pytest.mark.parametrize(
    ("suffix", "seconds", "silence_before"), [("wav", 3.0, 0.0), ("wav", 3.0, 0.8), ("mp3", 20.0, 0.1)]
)
def test_an_authors_bell_is_as_soft_as_a_synthesised_one(
    tmp_path: Path, cache: Cache, suffix, seconds, silence_before
):
    recorded = write_wav(tmp_path / "gong.wav", gong(seconds, silence_before))
    clip = recordings.bell_clip(convert(recorded, tmp_path / f"gong.{suffix}"), cache)
    assert clip.length == pytest.approx(min(seconds * 1000, chimes.LONGEST_RING), abs=60)
    sound = open_clip(clip, 1)[:, 0]
    assert_soft_stroke(sound)
    assert level.max_momentary(sound) == pytest.approx(chimes.STROKE_LUFS, abs=0.1)


def test_a_click_can_be_a_bell(tmp_path: Path, cache: Cache):
    click = np.zeros(RATE // 10)
    click[:2] = 1.0
    clip = recordings.bell_clip(write_wav(tmp_path / "click.wav", click), cache)
    assert open_clip(clip, 1).any()


# An author's own ambience


def rustle(seconds: float) -> np.ndarray:
    """Return noise on two interleaved channels, one louder than the other."""
    noise = np.random.default_rng(7).standard_normal((round(seconds * RATE), 2))
    smooth = np.apply_along_axis(lambda line: np.convolve(line, np.ones(30) / 30, "same"), 0, noise)
    return (smooth * (0.3, 0.2)).reshape(-1)


@pytest.mark.parametrize("suffix", ["wav", "mp3"])  # formats are decoded in the same way as above
def test_an_authors_ambience_is_a_loop_as_loud_as_a_synthesised_one(
    tmp_path: Path, cache: Cache, suffix: str
):
    recorded = write_wav(tmp_path / "rustle.wav", rustle(13.37), channels=2)
    clip = recordings.bed_clip(convert(recorded, tmp_path / f"rustle.{suffix}", "-ar", "44100"), cache, 2)
    loop = open_clip(clip, 2)
    assert clip.length == pytest.approx(13_370 - 3000, abs=100)
    assert_seamless(loop)
    twice = np.concatenate([loop, loop])
    assert meter.integrated(meter.hop_powers([as_signal(twice)])) == pytest.approx(beds.BED_LUFS, abs=0.1)
    assert steepest_rise(twice) < 1.5  # also where the loop begins again


@pytest.mark.parametrize("hertz", [110.3, 441.7, 1234.5])
def test_a_steady_hum_as_ambience_has_no_audible_seam(tmp_path: Path, cache: Cache, hertz: float):
    hum = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(7.77 * RATE)) / RATE)
    assert_seamless(open_clip(recordings.bed_clip(write_wav(tmp_path / "hum.wav", hum), cache, 2), 2))


def test_a_mono_recording_as_ambience_is_on_both_channels(tmp_path: Path, cache: Cache):
    loop = open_clip(USES["bed"](write_wav(tmp_path / "one.wav", voice(8000)), cache), 2)
    assert np.array_equal(loop[:, 0], loop[:, 1])
    assert meter.integrated(meter.hop_powers([as_signal(loop)])) == pytest.approx(beds.BED_LUFS, abs=0.1)


def test_ambience_must_last_5_seconds(tmp_path: Path, cache: Cache):
    with pytest.raises(
        BadSound, match=r"short\.wav: 4\.9 s is too short for an ambience; use a recording of at least 5 s"
    ):
        USES["bed"](write_wav(tmp_path / "short.wav", voice(4900)), cache)
    shortest = USES["bed"](write_wav(tmp_path / "shortest.wav", voice(5000)), cache)
    assert_seamless(open_clip(shortest, 2))
