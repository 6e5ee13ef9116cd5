"""Files of a session change together, for other processes and for those who are reading."""

import subprocess
import sys

import msgspec
import pytest
from episodes import add_to_library, make_episode

from audio_builder.errors import AudioBuilderError
from audio_builder.library import storage
from audio_builder.library.storage import manifest_bytes, opened_mp3, read_manifest, record_guid
from audio_builder.library.transactions import READY, locked, transaction

PARTS = (".mp3", ".vtt", ".txt", ".json")
WRITER = """
import sys
from pathlib import Path
from audio_builder.library.transactions import transaction
folder, marker = Path(sys.argv[1]), sys.argv[2]
for number in range(25):
    with transaction(folder) as staging:
        for suffix in (".mp3", ".vtt", ".txt", ".json"):
            (staging / f"same{suffix}").write_text(f"{marker} {number}")
"""


def test_processes_that_write_the_same_names_never_mix_them(tmp_path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), marker]) for marker in "abc"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        with locked(tmp_path):
            if (tmp_path / READY).exists() or not (tmp_path / "same.json").exists():
                continue
            contents = {(tmp_path / f"same{suffix}").read_text() for suffix in PARTS}
        assert len(contents) == 1, contents
        seen |= contents
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert len(seen) > 1
    assert {path.name for path in tmp_path.iterdir()} == {f"same{suffix}" for suffix in PARTS}


def test_whoever_reads_keeps_the_version_that_was_there_first(tmp_path):
    add_to_library(tmp_path, make_episode("evening-20m"), b"first")
    found, file = opened_mp3(tmp_path, "evening-20m")
    with file:
        before = file.read(3)
        with transaction(tmp_path) as staging:
            (staging / "evening-20m.mp3").write_bytes(bytes(found.bytes))
        assert (before + file.read()).startswith(b"first")
    assert (tmp_path / "evening-20m.mp3").read_bytes() == bytes(found.bytes)


def test_a_guid_is_recorded_in_the_manifest_of_a_build_that_ends_meanwhile(tmp_path, monkeypatch):
    """And not in the old one, which would belong to no MP3."""
    episode = make_episode("evening-20m")
    add_to_library(tmp_path, episode, b"first")
    rebuilt = msgspec.structs.replace(episode, sha256="0" * 64)

    def rebuild(guid_of):
        monkeypatch.setattr(storage, "manifest_bytes", manifest_bytes)
        with transaction(tmp_path) as staging:
            (staging / "evening-20m.json").write_bytes(manifest_bytes(rebuilt))
        return manifest_bytes(guid_of)

    monkeypatch.setattr(storage, "manifest_bytes", rebuild)
    record_guid(tmp_path, "evening-20m", "a-guid")
    found = read_manifest(tmp_path / "evening-20m.json")
    assert (found.guid, found.sha256) == ("a-guid", "0" * 64)


def test_a_folder_in_the_way_is_an_error_and_changes_nothing(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"old")
    (tmp_path / "a.vtt").mkdir()
    with pytest.raises(AudioBuilderError, match="is a folder"), transaction(tmp_path) as staging:
        for suffix in (".mp3", ".vtt"):
            (staging / f"a{suffix}").write_bytes(b"new")
    assert (tmp_path / "a.mp3").read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp3", "a.vtt"}
