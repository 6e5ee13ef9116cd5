"""The store that the machines of a cluster share: object storage, or a folder that all of them see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import obstore

from ..errors import AudioBuilderError, PublishFailed
from ..files import atomic_writer, expanded, reason
from ..podcast.publish.destination import open_cloud, readable_errors

PIECE_BYTES = 8 << 20
"""The most that is read or sent with one request, which bounds memory and the time that a request takes."""
STORE_PATIENCE = 60.0
"""Seconds for which a request is sent again while object storage does not answer."""
AT_ONCE = 16
"""Requests at the same time where many small objects are needed."""

_LONGEST_PAUSE = timedelta(seconds=3)  # between two attempts
_UPLOADS_AT_ONCE = 3  # pieces of one file


ObjectContent = bytes | Path | Iterable[bytes]
"""What an object consists of: bytes, the content of a file, or pieces that are made one after the other."""


class StoreFailed(AudioBuilderError):
    """A store that cannot be reached, or refuses what is asked of it."""


class _Backend(Protocol):
    def pieces(self, name: str) -> Iterator[bytes]: ...
    def size(self, name: str) -> int: ...
    def write(self, name: str, content: ObjectContent) -> None: ...
    def delete(self, name: str) -> None: ...


class SharedStore:
    """Objects by name, each written atomically. Methods raise StoreFailed, whose text never contains a key.

    Keys come from the environment of each machine, or from where the cloud's own tools keep them.
    """

    def __init__(self, address: str, patience: float = STORE_PATIENCE) -> None:
        """Open `s3://bucket/prefix`, `gs://…`, `az://…` or a folder, which does not have to exist yet.

        `patience` is how many seconds a request may take in all, while object storage does not answer.
        """
        scheme, is_url, rest = address.partition("://")
        if is_url and "@" in address:
            raise StoreFailed("Leave the keys out of the address of the store: set them in the environment")
        if not is_url and re.match(r"[a-z0-9]{2,}:/", address):
            raise StoreFailed(f'Invalid store "{address}": give a folder, or e.g. s3://bucket/prefix')
        self.address = address if is_url else str(expanded(address).resolve())
        self._backend: _Backend
        if is_url:
            self._backend = _CloudStore(address, scheme, rest, patience)
        else:
            self._backend = _FolderStore(Path(self.address))

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the content of an object piece by piece; FileNotFoundError if there is none."""
        return self._backend.pieces(name)

    def read(self, name: str) -> bytes | None:
        """Return the content of an object, or None if there is none."""
        try:
            return b"".join(self._backend.pieces(name))
        except FileNotFoundError:
            return None

    def size(self, name: str) -> int | None:
        """Return the size of an object in bytes, or None if there is none."""
        try:
            return self._backend.size(name)
        except FileNotFoundError:
            return None

    def missing(self, names: Iterable[str]) -> set[str]:
        """Return those of the names that no object has."""
        wanted = list(dict.fromkeys(names))
        with ThreadPoolExecutor(AT_ONCE) as threads:
            sizes = threads.map(self.size, wanted)
            return {name for name, size in zip(wanted, sizes, strict=True) if size is None}

    def write(self, name: str, content: ObjectContent) -> None:
        """Write an object: bytes, the content of a file, or pieces of which only a few are in memory."""
        self._backend.write(name, content)

    def delete(self, name: str) -> None:
        """Delete an object, if there is one."""
        self._backend.delete(name)


class _FolderStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pieces(self, name: str) -> Iterator[bytes]:
        with self._readable_errors(), (self._folder / name).open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def size(self, name: str) -> int:
        with self._readable_errors():
            return (self._folder / name).stat().st_size

    def write(self, name: str, content: ObjectContent) -> None:
        path = self._folder / name
        try:
            with self._readable_errors():
                path.parent.mkdir(parents=True, exist_ok=True)
                with atomic_writer(path) as file:
                    file.writelines(_pieces_of(content))
        except FileNotFoundError:
            raise StoreFailed(f"{self._folder} was removed meanwhile") from None

    def delete(self, name: str) -> None:
        with self._readable_errors():
            (self._folder / name).unlink(missing_ok=True)

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreFailed(
                f"{self._folder}: {reason(error)}; give a folder that all machines may write to"
            ) from None


class _CloudStore:
    def __init__(self, address: str, scheme: str, path: str, patience: float) -> None:
        self._address, self._scheme = address, scheme
        retry: dict[str, Any] = {
            "max_retries": 1_000_000,  # the time decides
            "retry_timeout": timedelta(seconds=patience),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": _LONGEST_PAUSE,
                "base": 2,
            },
        }
        try:
            self._store = open_cloud(address, scheme, path, retry)
        except PublishFailed as error:
            raise StoreFailed(str(error).replace("Invalid destination", "Invalid store", 1)) from None

    def pieces(self, name: str) -> Iterator[bytes]:
        with self._readable_errors():
            found = obstore.get(self._store, name, options={"range": (0, PIECE_BYTES)})
            size, piece = int(found.meta["size"]), bytes(found.bytes())
        yield piece
        for start in range(PIECE_BYTES, size, PIECE_BYTES):
            with self._readable_errors():
                stop = min(start + PIECE_BYTES, size)
                piece = bytes(obstore.get_range(self._store, name, start=start, end=stop))
            yield piece

    def size(self, name: str) -> int:
        with self._readable_errors():
            return int(obstore.head(self._store, name)["size"])

    def write(self, name: str, content: ObjectContent) -> None:
        with ThreadPoolExecutor(1) as thread, self._readable_errors():
            if not isinstance(content, bytes | Path):
                content = _from_thread(content, thread)
            obstore.put(self._store, name, content, chunk_size=PIECE_BYTES, max_concurrency=_UPLOADS_AT_ONCE)

    def delete(self, name: str) -> None:
        with suppress(FileNotFoundError), self._readable_errors():
            obstore.delete(self._store, name)

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            with readable_errors(self._address, self._scheme):
                yield
        except PublishFailed as error:
            raise StoreFailed(str(error)) from None


def _from_thread(pieces: Iterable[bytes], thread: ThreadPoolExecutor) -> Iterator[bytes]:
    """Yield pieces that a thread makes. obstore asks for them where nothing may use obstore, but they may need it."""
    made = iter(pieces)
    while piece := thread.submit(next, made, b"").result():
        yield piece


def _pieces_of(content: ObjectContent) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Path):
        with content.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
    else:
        yield from content
