"""A cache on disk for clips, frames and pictures. Its size is bounded, and it is safe to delete at any time."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import Protocol

import platformdirs

from .errors import AudioBuilderError
from .files import PARTIAL_SUFFIX, write_atomically

DEFAULT_LIMIT = 2 * 1024**3
"""Bytes that a cache may hold by default, enough for about twenty long sessions."""
GRACE_SECONDS = 600.0
"""How long an entry is safe after its last use, because another process may be building with it."""


def default_folder() -> Path:
    """Return `$XDG_CACHE_HOME/audio-builder` if that variable is set, or else the platform's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    if home:
        return Path(home) / "audio-builder"
    return Path(platformdirs.user_cache_dir("audio-builder", appauthor=False))


class Store(Protocol):
    """The part of a `Cache` that rooms need to keep what they render. Any entry may be gone at any time."""

    def get(self, key: str, suffix: str, ephemeral: bool = False) -> Path | None:
        """Return the file of an entry, or None if it does not exist."""

    def put(self, key: str, suffix: str, content: bytes, ephemeral: bool = False) -> Path:
        """Write an entry and return its file."""


class Cache:
    """Files by key, shared between processes.

    Equal keys must mean equal content, because the last writer wins. An entry that has vanished is a miss. When the
    cache exceeds its limit, the least recently used entries are removed, but none that this object has read or written.

    An `ephemeral` entry is the exception: its user reads it at once and can do without it. It may be removed at any
    time and is not synced to the disk."""

    def __init__(self, folder: Path | None = None, limit: int | None = None) -> None:
        """Use the cache in a folder, which is created on the first write.

        The limit is in bytes. By default it is what `set_limit` last set for this folder, or DEFAULT_LIMIT."""
        self.folder = default_folder() if folder is None else folder
        self.limit = self._stored_limit() if limit is None else limit
        self._in_use: set[Path] = set()
        self._free: int | None = None

    def get(self, key: str, suffix: str, ephemeral: bool = False) -> Path | None:
        """Return the file of an entry and mark it as used now, or return None if it does not exist."""
        path = self._path(key, suffix)
        try:
            if not path.stat().st_size:
                return None
        except OSError:
            return None
        with contextlib.suppress(OSError):  # a read-only cache
            os.utime(path)
        if not ephemeral:
            self._in_use.add(path)
        return path

    def put(self, key: str, suffix: str, content: bytes, ephemeral: bool = False) -> Path:
        """Write an entry atomically and return its file. Raises AudioBuilderError if that fails."""
        path = self._path(key, suffix)
        if not ephemeral:
            self._in_use.add(path)
        self._write(path, content, sync=not ephemeral)
        self._free = (self.limit - self.size()) if self._free is None else self._free - len(content)
        if self._free < 0:
            self.trim()
        return path

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
        self._write(self.folder / "limit", str(limit).encode())
        self.trim(0)

    def trim(self, grace: float = GRACE_SECONDS) -> None:
        """Remove the least recently used entries until the rest is within the limit, and files of interrupted writers.

        Nothing that was used within the last `grace` seconds is removed."""
        entries = sorted(self._entries())
        excess = sum(size for _, size, _ in entries) - self.limit
        newest = time.time() - grace
        for used, size, path in entries:
            if used > newest or path in self._in_use or (excess <= 0 and path.suffix != PARTIAL_SUFFIX):
                continue
            with contextlib.suppress(OSError):  # in use on Windows, or removed by another process
                path.unlink()
                excess -= size
        self._free = max(
            -excess, self.limit // 10
        )  # if nothing could be removed, do not try again at every put

    def _path(self, key: str, suffix: str) -> Path:
        if not re.fullmatch(r"[0-9a-z]{8,128}", key) or not re.fullmatch(r"\.[0-9a-z]+", suffix):
            raise ValueError(f"not a cache entry: {key}{suffix}")
        return self.folder / key[:2] / f"{key}{suffix}"

    def _entries(self) -> list[tuple[float, int, Path]]:
        """Return (last use, bytes, file) of every entry, without those that vanish meanwhile."""
        found = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return found

    def _stored_limit(self) -> int:
        try:
            return int((self.folder / "limit").read_text())
        except (OSError, ValueError):
            return DEFAULT_LIMIT

    def _write(self, path: Path, content: bytes, sync: bool = True) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content, sync=sync)
        except OSError as error:
            raise AudioBuilderError(
                f"Cannot write to the cache {self.folder}: {error.strerror or error}; free some space, make the "
                f"folder writable, or set XDG_CACHE_HOME to another folder"
            ) from error
