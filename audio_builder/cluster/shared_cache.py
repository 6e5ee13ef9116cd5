"""A cache with a second tier in a store that machines share: what one of them has rendered, the others fetch."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

from ..cache import (
    SEAL_BYTES,
    Cache,
    CacheEntry,
    FoundEntry,
    discard,
    entry_digest,
    entry_name,
    is_sealed_file,
)
from ..errors import AudioBuilderError
from .store import AT_ONCE, SharedStore, StoreFailed

CACHE_PREFIX = "cache"
"""Where the store has the entries of the cache, by their names in the folder of a cache."""

_SERVER_PATIENCE = 3.0  # seconds, so that nobody who listens waits for a store that is away
_PAUSE = 60.0  # seconds after which a store that was away is asked again
_SHARED_EPHEMERAL = frozenset({".png", ".jpg", ".synth"})
"""Entries that can be had again, but are fetched sooner than they are computed: decision 0038 has the times."""
_log = logging.getLogger(__name__)


class _Damaged(Exception):
    """Content without its seal, or with a wrong one."""


class SharedCache(Cache):
    """The cache of this machine, and the store behind it.

    An entry that this machine lacks is fetched, if its seal is right. One that is damaged in the store counts as
    missing, and is replaced. Whatever is put here is also written to the store, unless it is there already: then that
    one stays and is used here too, so that all machines have the same.

    With `can_do_without`, a store that is away is reported once and left alone for a while, and uploads do not keep
    their caller waiting. Without it, StoreFailed is raised.
    """

    def __init__(self, store: SharedStore, folder: Path | None = None, can_do_without: bool = False) -> None:
        super().__init__(folder)
        self._store, self._can_do_without = store, can_do_without
        self._away_until = 0.0
        self._reported = False
        self._uploads = ThreadPoolExecutor(2, thread_name_prefix="upload") if can_do_without else None

    def get(self, key: str, suffix: str, ephemeral: bool = False) -> CacheEntry | None:
        """Return an intact entry of this machine or of the store, or None if neither has one."""
        entry = super().get(key, suffix, ephemeral)
        if entry is None and _is_shared(suffix, ephemeral) and self._fetch(key, suffix):
            entry = super().get(key, suffix, ephemeral)
        return entry

    def find(self, key: str, suffix: str) -> FoundEntry | None:
        """Return the path and seal of an entry, which is fetched if only the store has it, or None."""
        return super().find(key, suffix) or (super().find(key, suffix) if self._fetch(key, suffix) else None)

    def put(self, key: str, suffix: str, content: bytes, ephemeral: bool = False) -> CacheEntry:
        """Write an entry here and to the store, and return it, or the one that the store had before."""
        entry = super().put(key, suffix, content, ephemeral)
        if not _is_shared(suffix, ephemeral):
            return entry
        self._share(key, suffix, entry.path, ephemeral)
        return (super().get(key, suffix, ephemeral) or entry) if self._uploads is None else entry

    def put_pieces(self, key: str, suffix: str, pieces: Iterable[bytes]) -> FoundEntry:
        """Write an entry piece by piece, here and to the store."""
        found = super().put_pieces(key, suffix, pieces)
        self._share(key, suffix, found.path, ephemeral=False)
        return super().find(key, suffix) or found

    def fetch_all(self, entries: Iterable[tuple[str, str]]) -> None:
        """Fetch the entries with these keys and suffixes that this machine lacks, many at a time."""
        lacking = [entry for entry in entries if super(SharedCache, self).find(*entry) is None]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch") as threads:
            for _ in threads.map(lambda entry: self._fetch(*entry), lacking):
                pass

    def close(self) -> None:
        """Wait for uploads that go on in the background."""
        if self._uploads is not None:
            self._uploads.shutdown()

    def _fetch(self, key: str, suffix: str) -> bool:
        """Bring an entry from the store to this machine. Return whether the store has an intact one."""
        if self._is_away():
            return False
        name = entry_name(key, suffix)
        pieces = self._store.pieces(f"{CACHE_PREFIX}/{name}")
        try:
            first = next(pieces, b"")
            super().put_pieces(key, suffix, _intact(name, chain([first], pieces)))
        except FileNotFoundError:
            return False
        except _Damaged:
            _log.warning("%s in %s was damaged; it is made again", name, self._store.address)
            return False
        except StoreFailed as error:
            self._do_without(error)
            return False
        return True

    def _share(self, key: str, suffix: str, path: Path, ephemeral: bool) -> None:
        upload = partial(self._upload, key, suffix, path, ephemeral)
        if self._uploads is None:
            upload()
        elif not self._is_away():
            self._uploads.submit(upload)

    def _upload(self, key: str, suffix: str, path: Path, ephemeral: bool) -> None:
        name = f"{CACHE_PREFIX}/{entry_name(key, suffix)}"
        try:
            if self._is_away():
                return
            if self._store.size(name) is not None and (ephemeral or self._fetch(key, suffix)):
                return
            if is_sealed_file(path):
                self._store.write(name, path)
            else:
                discard(path)
        except FileNotFoundError:  # another process trimmed the cache meanwhile
            return
        except StoreFailed as error:
            self._do_without(error)

    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _do_without(self, error: AudioBuilderError) -> None:
        if not self._can_do_without:
            raise error
        self._away_until = time.monotonic() + _PAUSE
        if not self._reported:
            self._reported = True
            _log.warning("%s. Going on with the cache of this machine.", error)


def shared_cache(store: str, folder: Path | None = None) -> SharedCache:
    """Return the cache of a server, whose second tier is in a store, e.g. `s3://bucket/prefix` or a folder.

    A store that is away is reported once, and the server goes on with its own cache. Raises StoreFailed for an address
    that cannot be a store's.
    """
    return SharedCache(SharedStore(store, _SERVER_PATIENCE), folder, can_do_without=True)


def _is_shared(suffix: str, ephemeral: bool) -> bool:
    return not ephemeral or suffix in _SHARED_EPHEMERAL


def _intact(name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of an entry without its seal. Raises _Damaged at the end if that is not the right one."""
    digest, tail = entry_digest(name.rpartition("/")[2]), b""
    try:
        for piece in pieces:
            content, tail = (tail + piece)[:-SEAL_BYTES], (tail + piece)[-SEAL_BYTES:]
            digest.update(content)
            yield content
    except FileNotFoundError:  # removed meanwhile
        raise _Damaged(name) from None
    if tail != digest.digest():
        raise _Damaged(name)
