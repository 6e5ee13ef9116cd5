"""Let one process of a server speak at a time, so that no sentence is spoken twice and the cores are used once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..files import hold

try:
    import fcntl
except ImportError:  # Windows, where a server has one process
    fcntl = None  # type: ignore[assignment]  # checked before its use

_LOOK_SECONDS = 0.1
_LOOKS_UNTIL_SPOKEN = 10
"""Asking whether a script is spoken takes longer than asking for the turn."""


class SpeakingTurn:
    """The turn to speak, which one thread of all processes of a server has at a time. Without a folder all have it.

    A process that dies loses its turn, because the system unlocks its files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._turn = folder / "speaking" if folder else None
        self._wanted = folder / "speaking-wanted" if folder else None

    @contextmanager
    def taken(
        self, urgent: bool, is_needless: Callable[[], bool], check: Callable[[], None]
    ) -> Iterator[None]:
        """Have the turn inside the block. Whoever is `urgent` comes before those who are not.

        If it `is_needless`, because another process has spoken everything, go on without the turn. `check` is called
        while waiting, and what it raises ends the waiting.
        """
        if self._turn is None or self._wanted is None or is_needless():
            yield
            return
        with _opened(self._wanted) as wanted, _opened(self._turn) as turn:
            if urgent and fcntl is not None:
                fcntl.flock(wanted, fcntl.LOCK_SH)
            looks = 0
            while not self._take(turn, urgent):
                check()
                looks += 1
                if looks % _LOOKS_UNTIL_SPOKEN == 0 and is_needless():
                    break
                time.sleep(_LOOK_SECONDS)
            yield

    def _take(self, turn: int, urgent: bool) -> bool:
        """Take the turn, unless somebody else has it or wants it more urgently, and return whether it was taken."""
        if not hold(turn):
            return False
        if fcntl is None or urgent or not self.is_wanted():
            return True
        fcntl.flock(turn, fcntl.LOCK_UN)
        return False

    def is_wanted(self) -> bool:
        """Return whether somebody waits urgently for the turn, or has it urgently.

        Only who has the turn may ask: two who ask at once would take each other for somebody who waits.
        """
        if self._wanted is None:
            return False
        with _opened(self._wanted) as handle:
            return not hold(handle)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
