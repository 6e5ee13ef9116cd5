"""The library on disk: a folder of sessions, each an MP3 with its sidecars and its manifest."""

from __future__ import annotations

import errno
import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..errors import AudioBuilderError
from .manifest import Episode
from .session_files import CHAPTERS

_STAGING_PREFIX = ".building-"
_STALE_SECONDS = 86_400  # an older staging folder is what a killed build left
_swapping = threading.Lock()


def episodes(folder: Path) -> list[Episode]:
    """Return every episode in the library, by name. Files that are not manifests of this program are ignored."""
    return [*iter_episodes(folder)]


def iter_episodes(folder: Path) -> Iterator[Episode]:
    """Yield every episode in the library, by name, reading one manifest at a time."""
    for path in sorted(folder.glob("*.json")):
        if not path.name.endswith(CHAPTERS.suffix) and (episode := read_manifest(path)) is not None:
            yield episode


def stray_files(folder: Path) -> list[str]:
    """Return the names of the MP3 files that have no manifest."""
    known = {episode.name for episode in iter_episodes(folder)}
    return sorted(path.name for path in folder.glob("*.mp3") if path.stem not in known)


def read_manifest(path: Path) -> Episode | None:
    """Return the episode that a manifest describes, or None if it is missing or cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Episode)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def has_sound(folder: Path, episode: Episode) -> bool:
    """Return whether the MP3 exists and has the size that its manifest says."""
    mp3 = folder / f"{episode.name}.mp3"
    return mp3.is_file() and mp3.stat().st_size == episode.bytes


def is_intact(folder: Path, episode: Episode) -> bool:
    """Return whether the MP3 exists and has the SHA-256 that its manifest says."""
    if not has_sound(folder, episode):
        return False
    with (folder / f"{episode.name}.mp3").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == episode.sha256


def has_same_files(folder: Path, name: str, files: Mapping[str, bytes]) -> bool:
    """Return whether the files of an episode, given by suffix, have these contents."""
    paths = {folder / f"{name}{suffix}": content for suffix, content in files.items()}
    return all(path.is_file() and path.read_bytes() == content for path, content in paths.items())


def record_guid(folder: Path, name: str, guid: str) -> None:
    """Record in an episode's manifest the guid that the podcast gave it."""
    path = folder / f"{name}.json"
    episode = read_manifest(path)
    if episode is not None and episode.guid != guid:
        with transaction(folder) as staging:
            content = manifest_bytes(msgspec.structs.replace(episode, guid=guid))
            (staging / path.name).write_bytes(content)


def manifest_bytes(episode: Episode) -> bytes:
    """Return the content of a manifest file."""
    return msgspec.json.format(msgspec.json.encode(episode), indent=2) + b"\n"


@contextmanager
def transaction(folder: Path) -> Iterator[Path]:
    """Yield a staging folder whose files move into the library together on a normal exit.

    If the move is interrupted, the previous files are put back. Raises AudioBuilderError if the library cannot be
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _delete_stale(folder)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=folder))
    except OSError as error:
        raise AudioBuilderError(
            f"Cannot write into {folder}: {error.strerror}. Choose another folder with --out."
        ) from None
    try:
        yield staging
        with _swapping:
            _swap(folder, staging)
    except OSError as error:
        hint = ". Free some disk space." if error.errno == errno.ENOSPC else ""
        raise AudioBuilderError(f"Cannot write into {folder}: {error.strerror}{hint}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _swap(folder: Path, staging: Path) -> None:
    """Move the files into place. The previous ones stay in the staging folder until all have moved."""
    names = [path.name for path in staging.iterdir()]
    previous = staging / "previous"
    previous.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                (folder / name).replace(previous / name)
            moved.append(name)
            (staging / name).replace(folder / name)
    except BaseException:
        for name in moved:
            (folder / name).unlink(missing_ok=True)
            if (previous / name).exists():
                (previous / name).replace(folder / name)
        raise


def _delete_stale(folder: Path) -> None:
    for staging in folder.glob(f"{_STAGING_PREFIX}*"):
        if time.time() - staging.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(staging, ignore_errors=True)
