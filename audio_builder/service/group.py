"""The processes of one server, and the folder in which they keep what each of them has to know of the others."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..cache import Cache
from ..errors import AudioBuilderError
from ..files import hold, hold_folder, is_abandoned, locked

_FOLDER = "servers"


@dataclass(frozen=True)
class ServerGroup:
    """Several processes that serve the same scripts. They share a folder, and the machine's cores."""

    folder: Path
    processes: int
    cores: int

    def share(self, whole: int) -> int:
        """Return what each process may use of something that the machine has, at least 1."""
        return max(1, whole // self.processes)


@contextmanager
def server_group(cache: Cache, processes: int, cores: int) -> Iterator[ServerGroup]:
    """Yield a new group, whose folder in the cache is removed on leaving, with what killed servers have left.

    Raises AudioBuilderError if the cache cannot be written.
    """
    parent = cache.folder / _FOLDER
    folder = parent / f"{os.getpid()}-{secrets.token_hex(4)}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with locked(parent):
            _remove_abandoned(parent)
            folder.mkdir()
            handle = hold_folder(folder)
    except OSError as error:
        raise AudioBuilderError(
            f"Cannot write to the cache {cache.folder}: {error.strerror}; serve with one process, or set "
            f"XDG_CACHE_HOME to another folder"
        ) from None
    try:
        yield ServerGroup(folder, processes, cores)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.iterdir():
        with suppress(OSError):
            if is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


class Members:
    """Says which processes of a group are running. Each holds a file until it ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "members"
        self._folder.mkdir(exist_ok=True)
        self.own = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._handle = os.open(self._folder / self.own, os.O_RDWR | os.O_CREAT, 0o600)
        hold(self._handle)

    def is_running(self, member: str) -> bool:
        """Return whether the process of that name is running."""
        if member == self.own:
            return True
        try:
            return not is_abandoned(self._folder / member)
        except OSError:
            return False

    def leave(self) -> None:
        """Say that this process has ended."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
