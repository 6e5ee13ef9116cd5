"""The library on disk: a folder of sessions, each an MP3 with its sidecars and its manifest."""

from __future__ import annotations

import hashlib
import logging
import os
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

from ..files import is_file, locked, read_file
from .manifest import AddedFile, Episode
from .session_files import CHAPTERS, MANIFEST, MP3
from .transactions import ChangedMeanwhile, content_of, recover, transaction

_log = logging.getLogger(__name__)
_TRIES = 5  # to change a file that others change too
_reported: set[tuple[Path, int]] = set()  # damaged files, with the time of their last change


def episodes(folder: Path) -> list[Episode]:
    """Return every episode in the library, by name. Files that are not manifests of this program are ignored."""
    return [*iter_episodes(folder)]


def iter_episodes(folder: Path) -> Iterator[Episode]:
    """Yield every episode in the library, by name, reading one manifest at a time.

    An MP3 without a readable manifest is left out, with a warning."""
    recover(folder)
    known = set()
    for path in _manifest_paths(folder):
        if (episode := read_manifest(path)) is not None:
            known.add(path.stem)
            yield episode
    for mp3 in sorted(folder.glob(f"*{MP3.suffix}")):
        if mp3.stem not in known:
            _report(mp3)


def unreadable(folder: Path) -> list[Path]:
    """Return the MP3 files whose manifest is damaged or missing, in the order of their names."""
    return [
        path
        for path in sorted(folder.glob(f"*{MP3.suffix}"))
        if read_manifest(path.with_suffix(MANIFEST.suffix)) is None
    ]


def _manifest_paths(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.glob(f"*{MANIFEST.suffix}") if not path.name.endswith(CHAPTERS.suffix)
    )


def _report(mp3: Path) -> None:
    """Warn of an MP3 without a readable manifest, once."""
    try:
        key = (mp3, mp3.stat().st_mtime_ns)
    except OSError:
        return
    if key not in _reported:
        _reported.add(key)
        _log.warning(
            "%s is left out: it has no readable manifest of its own. Build it again, or move it away.",
            mp3.name,
        )


def read_manifest(path: Path) -> Episode | None:
    """Return the episode that a manifest describes, or None if it is missing or cannot be read.

    A copy under another name, such as cloud folders make after a conflict, describes no session of its own.
    """
    try:
        return _decoded(read_file(path), path)
    except OSError:
        return None


def _decoded(manifest: bytes, path: Path) -> Episode | None:
    try:
        episode = msgspec.json.decode(manifest, type=Episode)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    same = unicodedata.normalize("NFC", episode.name) == unicodedata.normalize("NFC", path.stem)
    return episode if same else None


def has_sound(folder: Path, episode: Episode) -> bool:
    """Return whether the MP3 exists and has the size that its manifest says."""
    mp3 = folder / f"{episode.name}.mp3"
    return is_file(mp3) and mp3.stat().st_size == episode.bytes


def is_intact(folder: Path, episode: Episode) -> bool:
    """Return whether the MP3 exists and has the SHA-256 that its manifest says."""
    return has_sound(folder, episode) and sha256_of(folder / f"{episode.name}.mp3") == episode.sha256


def is_intact_addition(folder: Path, episode: Episode, suffix: str) -> bool:
    """Return whether a file that was built in addition to the MP3 exists and is as the manifest says."""
    path, recorded = folder / f"{episode.name}{suffix}", episode.added_files[suffix]
    return path.is_file() and path.stat().st_size == recorded.bytes and sha256_of(path) == recorded.sha256


def opened_addition(folder: Path, name: str, suffix: str) -> tuple[AddedFile, IO[bytes]] | None:
    """Return the record of a file that was built in addition to an MP3, and the file, open for reading.

    None if there is none of that name and size."""
    recover(folder)
    try:
        with locked(folder):
            episode = read_manifest(folder / f"{name}{MANIFEST.suffix}")
            recorded = episode.added_files.get(suffix) if episode else None
            if recorded is None:
                return None
            file = (folder / f"{name}{suffix}").open("rb")
    except OSError:
        return None
    if os.fstat(file.fileno()).st_size == recorded.bytes:
        return recorded, file
    file.close()
    return None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file of any size, in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def opened_mp3(folder: Path, name: str) -> tuple[Episode, IO[bytes]] | None:
    """Return an episode and its MP3, open for reading, or None if they are not there or do not belong together.

    Whoever reads on has that version, even if the session is built again meanwhile."""
    recover(folder)
    try:
        with locked(folder):
            episode = read_manifest(folder / f"{name}{MANIFEST.suffix}")
            if episode is None or not has_sound(folder, episode):
                return None
            return episode, (folder / f"{name}{MP3.suffix}").open("rb")
    except OSError:
        return None


def file_digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of files by suffix, as manifests record them."""
    return {suffix: hashlib.sha256(content).hexdigest() for suffix, content in files.items()}


def has_same_files(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Return whether the files with these names have these contents."""
    paths = {folder / name: content for name, content in files.items()}
    return all(path.is_file() and read_file(path) == content for path, content in paths.items())


def record_guid(folder: Path, name: str, guid: str) -> None:
    """Record in an episode's manifest the guid that the podcast gave it."""
    path = folder / f"{name}{MANIFEST.suffix}"
    for _ in range(_TRIES):
        before = content_of(path)
        episode = _decoded(before, path) if before else None
        if episode is None or episode.guid == guid:
            return
        with suppress(ChangedMeanwhile), transaction(folder, based_on={path.name: before}) as staging:
            content = manifest_bytes(msgspec.structs.replace(episode, guid=guid))
            (staging / path.name).write_bytes(content)


def manifest_bytes(episode: Episode) -> bytes:
    """Return the content of a manifest file."""
    return msgspec.json.format(msgspec.json.encode(episode), indent=2) + b"\n"
