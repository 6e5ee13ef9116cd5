"""Made things kept on disk by what they are made of: atomic, bounded, shared between processes, safe to delete."""

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

LIMIT = 2 * 1024**3
"""Bytes kept unless told otherwise: some twenty long sessions."""
GRACE = 600.0
"""Seconds for which an entry is safe after its last use, since another process may be building with it."""


class Store(Protocol):
    """What rooms that make sound need of a `Cache`: content by key, which may be gone at any time."""

    def get(self, key: str, suffix: str, fleeting: bool = False) -> Path | None:
        """Return the file with this content, or None if there is none."""

    def put(self, key: str, suffix: str, content: bytes, fleeting: bool = False) -> Path:
        """Store the content and return its file."""


def default_folder() -> Path:
    """`$XDG_CACHE_HOME/audio-builder` where that is set, else the platform's cache folder for the program."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    if home:
        return Path(home) / "audio-builder"
    return Path(platformdirs.user_cache_dir("audio-builder", appauthor=False))


class Cache:
    """Files by key. What went through this object is never removed by `trim`, unless it is `fleeting`: of use at once
    or not at all, and not worth waiting until it is safe on the disk. All else goes least recently used first.

    An entry that has vanished is a miss. Equal keys must mean equal contents: the last writer wins.
    """

    def __init__(self, folder: Path | None = None, limit: int | None = None) -> None:
        """A cache in the folder, made when first written to; the limit is in bytes, by default what `keep_below`
        last set for this folder."""
        self.folder = default_folder() if folder is None else folder
        self.limit = self._kept_limit() if limit is None else limit
        self._held: set[Path] = set()
        self._room: int | None = None

    def get(self, key: str, suffix: str, fleeting: bool = False) -> Path | None:
        """The entry's file, marked as used now; None where there is none."""
        path = self._path(key, suffix)
        try:
            if not path.stat().st_size:
                return None
        except OSError:
            return None
        with contextlib.suppress(OSError):  # a cache that one may read and not write
            os.utime(path)
        if not fleeting:
            self._held.add(path)
        return path

    def put(self, key: str, suffix: str, content: bytes, fleeting: bool = False) -> Path:
        """Keeps the content, whole or not at all, and gives its file. Raises BuilderError where that cannot be."""
        path = self._path(key, suffix)
        if not fleeting:
            self._held.add(path)
        self._write(path, content, sync=not fleeting)
        self._room = (self.limit - self.size()) if self._room is None else self._room - len(content)
        if self._room < 0:
            self.trim()
        return path

    def size(self) -> int:
        """Bytes in the cache."""
        return sum(size for _, size, _ in self._entries())

    def clear(self) -> None:
        """Removes every entry; a limit that was set stays."""
        for folder in self.folder.glob("??"):
            shutil.rmtree(folder, ignore_errors=True)
        self._room = None

    def keep_below(self, limit: int) -> None:
        """Sets the limit in bytes for this folder, now and later, and trims to it."""
        self.limit = limit
        self._write(self.folder / "limit", str(limit).encode())
        self.trim(0)

    def trim(self, grace: float = GRACE) -> None:
        """Removes the least recently used until the limit is kept, and what interrupted writers left; nothing that was
        used within the last `grace` seconds."""
        entries = sorted(self._entries())
        excess = sum(size for _, size, _ in entries) - self.limit
        safe = time.time() - grace
        for used, size, path in entries:
            if used > safe or path in self._held or (excess <= 0 and path.suffix != PARTIAL_SUFFIX):
                continue
            with contextlib.suppress(OSError):  # in use on Windows, or removed by another process
                path.unlink()
                excess -= size
        self._room = max(-excess, self.limit // 10)  # what cannot go now is not tried again at every put

    def _path(self, key: str, suffix: str) -> Path:
        if not re.fullmatch(r"[0-9a-z]{8,128}", key) or not re.fullmatch(r"\.[0-9a-z]+", suffix):
            raise ValueError(f"not a cache entry: {key}{suffix}")
        return self.folder / key[:2] / f"{key}{suffix}"

    def _entries(self) -> list[tuple[float, int, Path]]:
        """(last use, bytes, file) of everything; files that vanish meanwhile are left out."""
        found = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                facts = path.stat()
                found.append((facts.st_mtime, facts.st_size, path))
        return found

    def _kept_limit(self) -> int:
        try:
            return int((self.folder / "limit").read_text())
        except (OSError, ValueError):
            return LIMIT

    def _write(self, path: Path, content: bytes, sync: bool = True) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content, sync=sync)
        except OSError as error:
            raise AudioBuilderError(
                f"cannot write into the cache {self.folder}: {error.strerror or error}; make room there, "
                f"make it writable, or set XDG_CACHE_HOME to another folder"
            ) from error
