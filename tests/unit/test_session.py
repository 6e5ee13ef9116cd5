"""The virtual file: known size, any part alone, and the same bytes however it is rendered."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import session

from audio_builder.audio.mix.style import Style
from audio_builder.errors import BadSound, EncodeFailed
from audio_builder.session.fingerprint import fingerprint
from audio_builder.session.session import Session


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory):
    """A session with a tag of odd size, and the bytes of its file."""
    folder = tmp_path_factory.mktemp("written")
    virtual = Session(*session(folder, 200_001), Style(stereo=False), b"x" * 4097)
    assert len(virtual.chunks) > 2
    virtual.write(folder / "s.mp3", 2)
    return virtual, (folder / "s.mp3").read_bytes()


def test_equal_sessions_have_equal_fingerprints_and_any_change_gives_another(tmp_path: Path):
    timeline, clips = session(tmp_path, 200_001)
    other_clips = {sound: replace(clip, key=f"{clip.key}x") for sound, clip in clips.items()}
    gong = next(iter(clips.values()))

    def changed(timeline=timeline, clips=clips, style=None, tag=b"tag"):
        return fingerprint(Session(timeline, clips, style or Style(), tag))

    found = [
        changed(),
        changed(tag=b"another"),
        changed(clips=other_clips),
        changed(replace(timeline, cues=timeline.cues[:-1])),
        changed(replace(timeline, elastic_gaps=timeline.elastic_gaps[:-1])),
        *(
            changed(style=style)
            for style in (Style("none"), Style(stereo=False), Style(gain_db=1.0), Style(bell=gong))
        ),
    ]
    assert len({*found}) == len(found)
    assert changed() == found[0]


@given(data=st.data())
def test_reading_any_range_gives_that_range_of_the_file(written, data):
    virtual, content = written
    chunk_size = 500 * 192
    borders = [4097, *(4097 + 192 + chunk.start * 192 for chunk in virtual.chunks), virtual.size]
    near_border = st.builds(lambda b, d: max(0, b + d), st.sampled_from(borders), st.integers(-3, 3))
    offset = data.draw(st.one_of(near_border, st.integers(0, virtual.size + 10)))
    count = data.draw(st.one_of(st.integers(0, 5), st.integers(0, 70_000), st.just(chunk_size)))
    assert virtual.read(offset, count) == content[offset : offset + count]


def test_reading_everything_and_joining_all_chunks_both_give_the_file(written):
    virtual, content = written
    assert virtual.read(0, virtual.size + 1000) == content
    assert b"".join([virtual.head, *map(virtual.chunk, range(len(virtual.chunks)))]) == content


@pytest.mark.parametrize(("offset", "count"), [(-1, 5), (0, -1)])
def test_negative_ranges_are_refused(written, offset: int, count: int):
    with pytest.raises(ValueError, match="cannot read"):
        written[0].read(offset, count)


def test_numbers_of_missing_chunks_are_refused(written):
    virtual, _ = written
    for number in (-1, len(virtual.chunks)):
        with pytest.raises(ValueError, match=f"no chunk {number} among {len(virtual.chunks)}"):
            virtual.chunk(number)


def test_the_number_of_workers_and_the_folder_do_not_change_the_bytes(tmp_path: Path):
    hashes = []
    for workers in (1, 2):
        folder = tmp_path / f"with-{workers}"
        folder.mkdir()
        virtual = Session(*session(folder, 50_000), Style("pink"), b"tag")
        hashes.append(virtual.write(folder / "s.mp3", workers))
        assert hashes[-1] == hashlib.sha256((folder / "s.mp3").read_bytes()).hexdigest()
    assert hashes[0] == hashes[1]


def test_progress_counts_chunks(tmp_path: Path):
    virtual = Session(*session(tmp_path, 60_000), Style("none", stereo=False))
    reported: list[tuple[int, int]] = []
    virtual.write(tmp_path / "s.mp3", 2, lambda done, total: reported.append((done, total)))
    assert reported == [(n, len(virtual.chunks)) for n in range(len(virtual.chunks) + 1)]


def test_a_write_that_fails_or_is_interrupted_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    timeline, clips = session(tmp_path, 100_000)
    out = tmp_path / "out"
    out.mkdir()
    path = out / "s.mp3"
    path.write_bytes(b"what was there before")

    def interrupt(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Session(timeline, clips).write(path, 2, interrupt)
    for clip in clips.values():
        clip.path.unlink()
    with pytest.raises(BadSound):
        Session(timeline, clips).write(path, 2)
    assert [p.name for p in out.iterdir()] == ["s.mp3"]
    assert path.read_bytes() == b"what was there before"


def test_writing_into_a_missing_folder_raises_the_systems_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        Session(*session(tmp_path, 60_000)).write(tmp_path / "no" / "s.mp3")


@pytest.mark.usefixtures("without_lame")
def test_a_failing_encoder_is_reported_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    virtual = Session(*session(tmp_path, 60_000))
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/bin/false")
    with pytest.raises(EncodeFailed):
        virtual.write(tmp_path / "s.mp3", 2)
    assert not (tmp_path / "s.mp3").exists()


class CountedSession(Session):
    """Counts the chunks that it renders, and fails the first time."""

    def chunk(self, number: int) -> bytes:
        rendered = self.__dict__.setdefault("rendered", [])
        rendered.append(number)
        if len(rendered) == 1:
            raise OSError("gone")
        return super().chunk(number)


def test_a_failure_is_not_remembered_and_readers_of_one_chunk_share_its_rendering(tmp_path: Path):
    virtual = CountedSession(*session(tmp_path, 100_001), Style(stereo=False))
    with pytest.raises(OSError, match="gone"):
        virtual.read(500, 10)
    with ThreadPoolExecutor(8) as readers:
        contents = {*readers.map(lambda _: virtual.read(500, 10), range(8))}
    assert len(contents) == 1
    assert virtual.__dict__["rendered"] == [0, 0]
