"""The virtual file: exact length, known size, any part by itself, the same bytes however it is made."""

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import cut, decoded, floats, session, voice, write_wav

from audio_builder.audio import meter, recordings
from audio_builder.audio.beds import BEDS
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import array
from audio_builder.cache import Cache
from audio_builder.errors import BadSound, EncodeFailed
from audio_builder.session.session import Session
from audio_builder.units import samples

STYLES = [
    (120_000, Style("none", stereo=False), "sleep"),
    (100_001, Style("room", stereo=False), "wake"),
    (101_023, Style("brown", "bell", stereo=False, gain=2.5), "wake"),
    (100_024, Style("pink", "wood", tones=False, stereo=False), "sleep"),
    (60_047, Style("rain", stereo=False, gain=-1.0), "sleep"),
    (170_999, Style("ocean", stereo=False), "wake"),
    (100_023, Style("drone", stereo=False), "wake"),
    (101_337, Style("pink", gain=4.0), "sleep"),
    (173_000, Style(), "wake"),
]


@pytest.mark.usefixtures("without_lame")
def test_ffmpeg_where_there_is_no_lame_makes_exact_files_too(tmp_path: Path):
    made = Session(*session(tmp_path, 100_001), Style(stereo=False), b"")
    made.write(tmp_path / "s.mp3", 2)
    assert decoded(tmp_path / "s.mp3", "ffmpeg") == decoded(tmp_path / "s.mp3", "mpg123") == samples(100_001)


@pytest.mark.parametrize(("length", "style", "ending"), STYLES)
def test_two_players_decode_exactly_the_samples_of_the_length(
    tmp_path: Path, length: int, style: Style, ending
):
    made = Session(*session(tmp_path, length, ending), style, b"")
    path = tmp_path / "s.mp3"
    made.write(path, 2)
    assert path.stat().st_size == made.size
    assert decoded(path, "ffmpeg") == decoded(path, "mpg123") == samples(length)


def test_every_bed_is_among_those_that_are_decoded():
    assert {style.ambience for _, style, _ in STYLES} == set(BEDS)


def test_an_authors_bed_and_bell_are_decoded_exactly_too(tmp_path: Path):
    cache = Cache(tmp_path / "cache")
    recorded = write_wav(tmp_path / "own.wav", voice(7000))
    style = Style(recordings.bed(recorded, cache, 1), recordings.bell(recorded, cache), stereo=False)
    made = Session(*session(tmp_path, 100_001), style)
    made.write(tmp_path / "s.mp3", 2)
    assert decoded(tmp_path / "s.mp3", "ffmpeg") == decoded(tmp_path / "s.mp3", "mpg123") == samples(100_001)


@pytest.mark.parametrize("stereo", [True, False])
def test_a_session_sounds_as_loud_as_it_was_mixed_and_peaks_below_minus_1_db(tmp_path: Path, stereo: bool):
    plan, clips = session(tmp_path, 170_000, level=0.4)
    plan, style = cut(plan, 25_000), Style("pink", stereo=stereo)
    Session(plan, clips, style).write(tmp_path / "s.mp3", 2)
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "s.mp3"), "-f", "f32le", "-"]
    heard = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")
    measured = meter.measure([heard.reshape(-1, 2 if stereo else 1)])
    mixed = meter.powers([floats(array(mix(plan, clips, style, 0, plan.length)))])
    # an MP3 of this rate keeps nothing above 16 kHz, and these voices hiss
    assert meter.integrated(measured.powers) == pytest.approx(meter.integrated(mixed), abs=0.25)
    assert meter.decibels(measured.true_peak) <= -1.0


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory):
    """A session with a tag of odd size, its file, and the bytes."""
    folder = tmp_path_factory.mktemp("written")
    made = Session(*session(folder, 300_001), Style(stereo=False), b"x" * 4097)
    assert len(made.chunks) > 2
    made.write(folder / "s.mp3", 2)
    return made, (folder / "s.mp3").read_bytes()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_range_read_is_that_range_of_the_file(written, data):
    made, whole = written
    span = 500 * 192
    borders = [4097, *(4097 + 192 + span.first * 192 for span in made.chunks), made.size]
    near = st.builds(lambda b, d: max(0, b + d), st.sampled_from(borders), st.integers(-3, 3))
    offset = data.draw(st.one_of(near, st.integers(0, made.size + 10)))
    count = data.draw(st.one_of(st.integers(0, 5), st.integers(0, 70_000), st.just(span)))
    assert made.read(offset, count) == whole[offset : offset + count]


def test_the_whole_file_can_be_read_and_its_spans_made_alone(written):
    made, whole = written
    assert made.read(0, made.size + 1000) == whole
    assert b"".join([made.head, *[made.chunk(n) for n in range(len(made.chunks))]]) == whole


@pytest.mark.parametrize(("offset", "count"), [(-1, 5), (0, -1)])
def test_ranges_that_cannot_be_are_refused(written, offset: int, count: int):
    with pytest.raises(ValueError, match="bytes from"):
        written[0].read(offset, count)


def test_spans_that_are_not_there_are_refused(written):
    made, _ = written
    for number in (-1, len(made.chunks)):
        with pytest.raises(ValueError, match=f"span {number} of {len(made.chunks)}"):
            made.chunk(number)


def test_one_worker_and_two_in_other_folders_write_the_same_bytes(tmp_path: Path):
    hashes = []
    for workers in (1, 2):
        folder = tmp_path / f"with-{workers}"
        folder.mkdir()
        path = folder / "s.mp3"
        made = Session(*session(folder, 50_000), Style("pink"), b"tag")
        hashes.append(made.write(path, workers))
        assert hashes[-1] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert hashes[0] == hashes[1]


def test_progress_counts_the_spans(tmp_path: Path):
    made = Session(*session(tmp_path, 300_000), Style(stereo=False))
    seen: list[tuple[int, int]] = []
    made.write(tmp_path / "s.mp3", 2, lambda done, of: seen.append((done, of)))
    assert seen == [(n, len(made.chunks)) for n in range(len(made.chunks) + 1)]


def test_a_session_that_fails_or_is_interrupted_leaves_nothing_and_harms_nothing(tmp_path: Path):
    plan, clips = session(tmp_path, 300_000)
    out = tmp_path / "out"
    out.mkdir()
    path = out / "s.mp3"
    path.write_bytes(b"what was there before")

    def interrupt(done: int, _of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Session(plan, clips).write(path, 2, interrupt)
    for clip in clips.values():
        clip.path.unlink()
    with pytest.raises(BadSound):
        Session(plan, clips).write(path, 2)
    assert [p.name for p in out.iterdir()] == ["s.mp3"]
    assert path.read_bytes() == b"what was there before"


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        Session(*session(tmp_path, 60_000)).write(tmp_path / "no" / "s.mp3")


@pytest.mark.usefixtures("without_lame")
def test_an_encoder_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = Session(*session(tmp_path, 60_000))
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/bin/false")
    with pytest.raises(EncodeFailed):
        made.write(tmp_path / "s.mp3", 2)
    assert not (tmp_path / "s.mp3").exists()


def test_readers_of_one_part_make_it_once_and_a_fault_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = Session(*session(tmp_path, 100_001), Style(stereo=False))
    made_spans: list[int] = []
    real = Session.chunk

    def slow(self: Session, number: int) -> bytes:
        made_spans.append(number)
        if len(made_spans) == 1:
            raise OSError("gone")
        return real(self, number)

    monkeypatch.setattr(Session, "chunk", slow)
    with pytest.raises(OSError, match="gone"):
        made.read(500, 10)
    with ThreadPoolExecutor(8) as readers:
        found = {*readers.map(lambda _: made.read(500, 10), range(8))}
    assert len(found) == 1
    assert made_spans == [0, 0]
