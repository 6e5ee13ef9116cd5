"""The cache on disk: complete entries or none, bounded, and safe to delete at any time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from damage import DAMAGE

from audio_builder import cache as cache_module
from audio_builder.cache import SEAL_BYTES, Cache, default_folder
from audio_builder.errors import AudioBuilderError
from audio_builder.files import PARTIAL_SUFFIX

KEYS = [f"{n:08x}" for n in range(20)]


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_an_entry_is_found_by_key_and_suffix(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.get(KEYS[0], ".wav") is None
    entry = cache.put(KEYS[0], ".wav", b"sound")
    assert entry.content == b"sound"
    assert cache.get(KEYS[0], ".wav") == entry
    assert cache.get(KEYS[0], ".mp3") is None
    assert cache.size() == 5 + SEAL_BYTES


def test_a_vanished_or_empty_entry_is_a_miss(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(KEYS[0], ".wav", b"sound").path.unlink()
    assert cache.get(KEYS[0], ".wav") is None
    cache.put(KEYS[0], ".wav", b"sound").path.write_bytes(b"")
    assert cache.get(KEYS[0], ".wav") is None
    cache.put(KEYS[0], ".wav", b"again")
    assert cache.get(KEYS[0], ".wav").content == b"again"


def test_an_entry_that_is_written_piece_by_piece_is_the_same(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    whole = cache.put(KEYS[0], ".wav", b"a long sound")
    assert cache.put_pieces(KEYS[0], ".wav", iter([b"a long", b" ", b"sound"])) == (whole.path, whole.seal)
    assert cache.get(KEYS[0], ".wav") == whole


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_reported_once_and_made_again(damage, tmp_path: Path, caplog, monkeypatch) -> None:
    monkeypatch.setattr(cache_module, "_warned", set())
    cache = Cache(tmp_path)
    path = cache.put(KEYS[0], ".wav", b"sound").path
    damage(path)
    is_there = path.exists()  # a link to nothing is no entry
    assert cache.get(KEYS[0], ".wav") is None
    assert cache.get(KEYS[0], ".wav") is None
    assert len(caplog.records) == is_there
    assert cache.put(KEYS[0], ".wav", b"sound") == cache.get(KEYS[0], ".wav")


def test_the_least_recently_used_entries_are_removed_first(tmp_path: Path) -> None:
    writer = Cache(tmp_path)
    paths = [writer.put(key, ".wav", bytes(100)).path for key in KEYS]
    for number, path in enumerate(paths):
        age(path, 100_000 - number)
    Cache(tmp_path).get(KEYS[0], ".wav")
    Cache(tmp_path, limit=700).trim()
    assert [path for path in paths if path.exists()] == [paths[0], *paths[-4:]]


def test_entries_that_this_object_uses_are_never_removed(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=150)
    paths = [cache.put(key, ".wav", bytes(100)).path for key in KEYS[:5]]
    for path in paths:
        age(path, 100_000)
    cache.trim()
    assert all(path.exists() for path in paths)


def test_a_program_that_does_not_end_keeps_only_what_it_used_lately(tmp_path: Path, monkeypatch) -> None:
    cache = Cache(tmp_path, limit=150)
    now = time.monotonic()
    old = cache.put(KEYS[0], ".wav", bytes(100)).path
    monkeypatch.setattr("audio_builder.cache.time.monotonic", lambda: now + 10 * 3600)
    recent = cache.put(KEYS[1], ".wav", bytes(100)).path
    for path in (old, recent):
        age(path, 100_000)
    cache.trim()
    assert [path.exists() for path in (old, recent)] == [False, True]


def test_ephemeral_entries_are_removed_even_while_this_object_uses_them(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=150)
    kept = cache.put(KEYS[0], ".wav", bytes(100)).path
    ephemeral = cache.put(KEYS[1], ".wav", bytes(100), ephemeral=True).path
    assert cache.get(KEYS[1], ".wav", ephemeral=True).path == ephemeral
    for path in (kept, ephemeral):
        age(path, 100_000)
    cache.trim()
    assert kept.exists()
    assert not ephemeral.exists()


def test_an_entry_that_another_process_has_just_used_is_not_removed(tmp_path: Path) -> None:
    path = Cache(tmp_path).put(KEYS[0], ".wav", bytes(100)).path
    other = Cache(tmp_path, limit=50)
    other.put(KEYS[1], ".wav", bytes(100))
    assert path.exists()


def test_writing_keeps_the_cache_within_its_limit(tmp_path: Path) -> None:
    for key in KEYS:
        age(Cache(tmp_path, limit=1000).put(key, ".wav", bytes(100)).path, 100_000)
    assert Cache(tmp_path).size() <= 1000 + 100 + SEAL_BYTES


def test_a_limit_survives_clearing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(KEYS[0], ".wav", bytes(100))
    Cache(tmp_path).set_limit(1000)
    assert Cache(tmp_path).limit == 1000
    cache.clear()
    assert cache.size() == 0
    assert Cache(tmp_path).limit == 1000
    assert cache.get(KEYS[0], ".wav") is None


def test_a_partial_file_is_not_an_entry_and_is_removed_once_it_is_old(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    entry = cache.put(KEYS[0], ".wav", b"sound").path
    partial = entry.with_name(f".{entry.name}.1234{PARTIAL_SUFFIX}")
    entry.rename(partial)
    assert cache.get(KEYS[0], ".wav") is None
    cache.trim()
    assert partial.exists()  # another process may still be writing it
    age(partial, 100_000)
    cache.trim()
    assert not partial.exists()


def test_writing_leaves_no_temporary_files(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for key in KEYS:
        cache.put(key, ".wav", b"sound")
    assert not list(tmp_path.rglob("*.part"))


def test_an_unwritable_folder_is_an_error_that_says_how_to_fix_it(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(AudioBuilderError, match="XDG_CACHE_HOME"):
        Cache(blocked / "cache").put(KEYS[0], ".wav", b"sound")


@pytest.mark.parametrize(
    ("key", "suffix"), [("../../etc", ".wav"), ("short", ".wav"), (KEYS[0], "wav"), ("A" * 8, ".x")]
)
def test_only_plain_keys_and_suffixes_are_accepted(tmp_path: Path, key: str, suffix: str) -> None:
    with pytest.raises(ValueError, match="not a cache entry"):
        Cache(tmp_path).get(key, suffix)


def test_the_folder_follows_xdg_cache_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "audio-builder"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder().name in ("audio-builder", "Cache")


def test_several_processes_can_write_the_same_entries(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from audio_builder.cache import Cache\n"
        "for n in range(40): Cache(Path(sys.argv[1])).put(f'{n % 5:08x}', '.wav', bytes(50_000))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert Cache(tmp_path).size() == 5 * (50_000 + SEAL_BYTES)
