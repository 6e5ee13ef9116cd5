"""A cache on disk for clips, frames and pictures. Its size is bounded, and it is safe to delete at any time.

Each entry ends with a seal, the SHA-256 of its name and content. It is checked whenever the entry is read, so that what
a disk, a person or another program changed is made again and never heard."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import platformdirs

from .errors import AudioBuilderError, ClipGone
from .files import PARTIAL_SUFFIX, atomic_writer

DEFAULT_LIMIT = 2 * 1024**3
"""Bytes that a cache may hold by default, enough for about twenty long sessions."""
GRACE_SECONDS = 600.0
"""How long an entry is safe after its last use, because another process may be building with it."""


def default_folder() -> Path:
    """Return `$XDG_CACHE_HOME/audio-builder` if that variable is set, or else the platform's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    users = Path(platformdirs.user_cache_dir("audio-builder", appauthor=False))
    return Path(home) / "audio-builder" if home else users


SEAL_BYTES = 32  # at the end of each file
_LARGEST_ENTRY = 1024**3
_MOST_WARNINGS, _PIECE = 3, 1 << 20
_KEPT_SECONDS = 9 * 3600.0  # longer than the longest session, which someone may be listening to
_warned: set[str] = set()
_FORMAT = 2  # entries of another format are not found, and removed when they are the oldest
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """What the cache has for a key: `content` without its seal, the file, and the seal in hexadecimal digits.

    Equal seals mean equal content of the same name."""

    path: Path
    content: bytes = field(repr=False)
    seal: str


class FoundEntry(NamedTuple):
    """The path of an entry, and its seal in hexadecimal digits. Its content was not checked."""

    path: Path
    seal: str


class Store(Protocol):
    """The part of a `Cache` that rooms need to keep what they render. Any entry may be gone at any time."""

    def find(self, key: str, suffix: str) -> FoundEntry | None:
        """Return the path and seal of an entry without reading it, or None if there is none."""

    def get(self, key: str, suffix: str, ephemeral: bool = False) -> CacheEntry | None:
        """Return an intact entry, or None if there is none."""

    def put(self, key: str, suffix: str, content: bytes, ephemeral: bool = False) -> CacheEntry:
        """Write an entry and return it."""

    def put_pieces(self, key: str, suffix: str, pieces: Iterable[bytes]) -> FoundEntry:
        """Write an entry piece by piece."""


def seal(name: str, content: bytes | memoryview) -> bytes:
    """Return the seal of a file with this name and content."""
    digest = entry_digest(name)
    digest.update(content)
    return digest.digest()


def entry_digest(name: str) -> hashlib._Hash:
    """Return the digest of a file of this name before its content, after which it is the seal."""
    return hashlib.sha256(f"{name}\n".encode())


def is_sealed(name: str, content: bytes | memoryview) -> bool:
    """Return whether the content of a file ends with the seal of its name and the content before it."""
    split = len(content) - SEAL_BYTES
    return split >= 0 and seal(name, memoryview(content)[:split]) == bytes(content[split:])


def is_sealed_file(path: Path) -> bool:
    """Return whether a file ends with its seal. Reads it piece by piece. Raises OSError."""
    digest = entry_digest(path.name)
    with path.open("rb") as file:
        left = os.fstat(file.fileno()).st_size - SEAL_BYTES
        while left > 0 and (piece := file.read(min(left, _PIECE))):
            digest.update(piece)
            left -= len(piece)
        return left == 0 and file.read() == digest.digest()


def entry_name(key: str, suffix: str) -> str:
    """Return the name of an entry's file in the folder of a cache. Raises ValueError if it cannot be an entry."""
    if not re.fullmatch(r"[0-9a-z]{8,128}", key) or not re.fullmatch(r"\.[0-9a-z]+", suffix):
        raise ValueError(f"not a cache entry: {key}{suffix}")
    return f"{key[:2]}/{key}-{_FORMAT}{suffix}"


class Cache:
    """Files by key, shared between processes.

    Equal keys must mean equal content, because the last writer wins. An entry that has vanished is a miss. When the
    cache exceeds its limit, the least recently used entries are removed, but none that this object has used lately.

    An `ephemeral` entry is the exception: its user reads it at once and can do without it. It may be removed at any
    time and is not synced to the disk."""

    def __init__(self, folder: Path | None = None, limit: int | None = None) -> None:
        """Use the cache in a folder, which is created on the first write.

        The limit is in bytes. By default it is what `set_limit` last set for this folder, or DEFAULT_LIMIT."""
        self.folder = default_folder() if folder is None else folder
        self.limit = self._stored_limit() if limit is None else limit
        self._in_use: dict[Path, float] = {}
        self._free: int | None = None

    def get(self, key: str, suffix: str, ephemeral: bool = False) -> CacheEntry | None:
        """Return an entry and mark it as used now, or return None if it does not exist.

        A damaged entry is removed with a warning, as if it had never existed."""
        path = self._path(key, suffix)
        content = _read(path)
        if content is None:
            return None
        if not is_sealed(path.name, content):
            discard(path)
            return None
        _mark_used(path)
        if not ephemeral:
            self._in_use[path] = time.monotonic()
        return CacheEntry(path, content[:-SEAL_BYTES], content[-SEAL_BYTES:].hex())

    def find(self, key: str, suffix: str) -> FoundEntry | None:
        """Return the path and seal of an entry without reading it, or None if there is none. It is not checked."""
        path = self._path(key, suffix)
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                discard(path)
                return None
            with path.open("rb") as file:
                file.seek(max(0, status.st_size - SEAL_BYTES))
                found = file.read(SEAL_BYTES)
        except OSError:
            return None
        _mark_used(path)
        self._in_use[path] = time.monotonic()
        return FoundEntry(path, found.hex())

    def put(self, key: str, suffix: str, content: bytes, ephemeral: bool = False) -> CacheEntry:
        """Write an entry atomically and return it. Raises AudioBuilderError if that fails."""
        path, found = self._put(key, suffix, [content], ephemeral)
        return CacheEntry(path, content, found)

    def put_pieces(self, key: str, suffix: str, pieces: Iterable[bytes]) -> FoundEntry:
        """Write an entry as `put` does, without holding its content in memory."""
        return self._put(key, suffix, pieces)

    def _put(self, key: str, suffix: str, pieces: Iterable[bytes], ephemeral: bool = False) -> FoundEntry:
        path = self._path(key, suffix)
        if not ephemeral:
            self._in_use[path] = time.monotonic()
        digest, size = entry_digest(path.name), 0

        def sealed() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece
            yield digest.digest()

        self._write(path, sealed(), sync=not ephemeral)
        free = self.limit - self.size() if self._free is None else self._free - size - SEAL_BYTES
        self._free = free
        if free < 0:
            self.trim()
        return FoundEntry(path, digest.hexdigest())

    def size(self) -> int:
        """Return the number of bytes in the cache."""
        return sum(size for _, size, _ in self._entries())

    def clear(self) -> None:
        """Remove every entry. A limit that was set stays."""
        for folder in self.folder.glob("??"):
            shutil.rmtree(folder, ignore_errors=True)
        self._free = None

    def set_limit(self, limit: int) -> None:
        """Set the limit in bytes for this folder, permanently, and trim to it."""
        self.limit = limit
        self._write(self.folder / "limit", [str(limit).encode()])
        self.trim(0)

    def trim(self, grace: float = GRACE_SECONDS) -> None:
        """Remove the least recently used entries until the rest is within the limit, and files of interrupted writers.

        Nothing that was used within the last `grace` seconds is removed."""
        entries = sorted(self._entries())
        excess = sum(size for _, size, _ in entries) - self.limit
        newest = time.time() - grace
        kept = {path for path, used in self._in_use.items() if used > time.monotonic() - _KEPT_SECONDS}
        for used, size, path in entries:
            if used > newest or path in kept or (excess <= 0 and path.suffix != PARTIAL_SUFFIX):
                continue
            with contextlib.suppress(OSError):  # in use on Windows, or removed by another process
                path.unlink()
                excess -= size
        # if nothing could be removed, do not try again at every put
        self._free = max(-excess, self.limit // 10)

    def _path(self, key: str, suffix: str) -> Path:
        return self.folder / entry_name(key, suffix)

    def _entries(self) -> list[tuple[float, int, Path]]:
        """Return (last use, bytes, file) of every entry, without those that vanish meanwhile."""
        found = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((max(status.st_atime, status.st_mtime), status.st_size, path))
        return found

    def _stored_limit(self) -> int:
        try:
            return int((self.folder / "limit").read_text("ascii"))
        except (OSError, ValueError):
            return DEFAULT_LIMIT

    def _write(self, path: Path, parts: Iterable[bytes], sync: bool = True) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_writer(path, sync=sync) as file:
                file.writelines(parts)
        except FileNotFoundError as error:
            raise ClipGone(f"The cache {self.folder} was deleted while it was used") from error
        except OSError as error:
            hint = "free some space, make the folder writable, or set XDG_CACHE_HOME to another folder"
            message = f"Cannot write to the cache {self.folder}: {error.strerror or error}; {hint}"
            raise AudioBuilderError(message) from error


def _read(path: Path) -> bytes | None:
    """Return the content of a file, b"" if it cannot be an entry, or None if it does not exist or cannot be read."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_ENTRY:
            return b""
        return path.read_bytes()
    except OSError:
        return None


def _mark_used(path: Path) -> None:
    """Record that an entry was just used. Keep its modification time, which shows whether it must be checked again."""
    with contextlib.suppress(OSError):  # a read-only cache
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))


def discard(path: Path) -> None:
    """Remove a damaged entry, even if it is a folder, and log a warning. It is rendered again when needed."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except FileNotFoundError:  # another process was faster
        return
    except OSError:  # a read-only cache
        pass
    _warn(path.name)


def _warn(name: str) -> None:
    """Warn of a damaged entry: of each of the first few, and then once of all others."""
    _warned.add(name)
    if len(_warned) <= _MOST_WARNINGS:
        _log.warning("%s in the cache was damaged; it is made again", name)
    elif len(_warned) == _MOST_WARNINGS + 1:
        _log.warning("More of the cache is damaged, and is made again. If this goes on, check the disk.")
