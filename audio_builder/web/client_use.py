"""The processor time that each client has used lately, known to one process or to all of a server."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import suppress
from pathlib import Path

from ..files import locked

_REMEMBERED_CLIENTS = 1000


class MemoryUse:
    """What clients have used of one process. Thread-safe."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[float, float]] = {}  # by client: seconds, and when they were counted
        self._lock = threading.Lock()

    def lately(self, client: str, share: float) -> float:
        """Return the processor time that a client has used, in seconds, less `share` of each second since."""
        return _left(self._used.get(client, (0.0, 0.0)), share)

    def charge(self, client: str, seconds: float, share: float) -> None:
        """Add to what a client has used."""
        with self._lock:
            self._used[client] = (self.lately(client, share) + seconds, time.monotonic())
            if len(self._used) > _REMEMBERED_CLIENTS:
                self._used = {one: used for one, used in self._used.items() if self.lately(one, share)}


class SharedUse:
    """What clients have used of all processes of a group: a small file for each client. Used like `MemoryUse`.

    Times are on the clock of the system, which its processes share.
    """

    def __init__(self, group: Path) -> None:
        self._folder = group / "clients"
        self._folder.mkdir(exist_ok=True)
        self._charges = 0

    def lately(self, client: str, share: float) -> float:
        """Return the processor time that a client has used, in seconds, less `share` of each second since."""
        try:
            seconds, when = map(float, self._path(client).read_text("ascii").split())
        except (OSError, ValueError):  # none yet, or another process is writing
            return 0.0
        return _left((seconds, when), share)

    def charge(self, client: str, seconds: float, share: float) -> None:
        """Add to what a client has used."""
        with suppress(OSError), locked(self._folder):
            self._path(client).write_text(
                f"{self.lately(client, share) + seconds} {time.monotonic()}\n", "ascii"
            )
            self._charges += 1
            if self._charges % _REMEMBERED_CLIENTS == 0:
                self._forget(share)

    def _path(self, client: str) -> Path:
        return self._folder / hashlib.sha256(client.encode()).hexdigest()[:32]

    def _forget(self, share: float) -> None:
        for path in self._folder.iterdir():
            with suppress(OSError, ValueError):
                seconds, when = map(float, path.read_text("ascii").split())
                if not _left((seconds, when), share):
                    path.unlink()


def _left(used: tuple[float, float], share: float) -> float:
    seconds, when = used
    return max(0.0, seconds - share * (time.monotonic() - when))
