"""Files of a session change together, for other processes and for those who are reading."""

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace

import msgspec
import pytest
from episodes import add_to_library, make_episode

from audio_builder.build import build
from audio_builder.errors import AudioBuilderError
from audio_builder.files import LARGEST_READ, write_atomically
from audio_builder.library import storage
from audio_builder.library.storage import manifest_bytes, opened_mp3, read_manifest, record_guid
from audio_builder.library.transactions import READY, locked, transaction
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.session.session import Session

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


SCRIPT = "---\ntitle: Sit\nvoice: tone\nambience: none\nquality: mono\n---\n\nSit. {more}[rest 2m..]\n"


def test_a_build_loses_nothing_that_other_commands_do_meanwhile(tmp_path, cache, monkeypatch):
    """Here they record a guid, and build the same session in another format, while it is being encoded."""
    script, out = tmp_path / "sit.md", tmp_path / "output"
    script.write_text(SCRIPT.format(more=""), "utf-8")
    workspace = Workspace(ScriptFinder((tmp_path,)), out, cache)
    options = BuildOptions(length=300_000)
    assert build("sit", options, workspace).episode.guid is None
    script.write_text(SCRIPT.format(more="Breathe. "), "utf-8")
    write = Session.write

    def interrupted(session, *arguments):
        monkeypatch.setattr(Session, "write", write)
        record_guid(out, "sit-5m", "a-guid")
        build("sit", replace(options, format=("flac",)), workspace)
        return write(session, *arguments)

    monkeypatch.setattr(Session, "write", interrupted)
    built = build("sit", options, workspace).episode
    found = read_manifest(out / "sit-5m.json")
    assert (found.fingerprint, found.sha256) == (built.fingerprint, built.sha256)
    assert (found.guid, [*found.formats]) == ("a-guid", [".flac"])
    assert storage.is_intact(out, found)
    assert storage.is_intact_addition(out, found, ".flac")


def test_a_manifest_that_cannot_be_read_is_replaced_by_a_build(tmp_path, cache):
    (tmp_path / "sit.md").write_text(SCRIPT.format(more=""), "utf-8")
    workspace = Workspace(ScriptFinder((tmp_path,)), tmp_path / "output", cache)
    build("sit", BuildOptions(length=300_000), workspace)
    manifest = tmp_path / "output" / "sit-5m.json"
    os.truncate(manifest, LARGEST_READ + 1)
    build("sit", BuildOptions(length=300_000), workspace)
    assert read_manifest(manifest).name == "sit-5m"


@pytest.mark.parametrize("copy", ["evening-20m (conflicted copy)", "Evening at noon"])
def test_a_copy_of_a_manifest_under_another_name_is_no_session(copy, tmp_path, audio_builder, caplog):
    """Such as cloud folders and file managers make. Only an MP3 of that name is worth a warning."""
    out = tmp_path / "output"
    add_to_library(out, make_episode("evening-20m"))
    for suffix in PARTS if "noon" in copy else (".json",):
        shutil.copy(out / f"evening-20m{suffix}", out / f"{copy}{suffix}")
    assert [episode.name for episode in storage.episodes(out)] == ["evening-20m"]
    assert [copy in record.getMessage() for record in caplog.records] == [True] * ("noon" in copy)
    result = audio_builder("library", "remove", copy, "--yes", folder=tmp_path)
    assert (result.status, "No session named" in result.err) == (1, True)
    assert (out / "evening-20m.mp3").exists()


def test_a_file_that_is_replaced_stays_a_link_and_keeps_its_permissions(tmp_path):
    target, link = tmp_path / "real.md", tmp_path / "scripts" / "link.md"
    link.parent.mkdir()
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"new", 0o600)
    write_atomically(tmp_path / "new.md", b"new")
    assert stat.S_IMODE((tmp_path / "new.md").stat().st_mode) == 0o644
    assert {path.name for path in tmp_path.rglob("*")} == {"real.md", "new.md", "scripts", "link.md"}
