"""What a batch plans and what became of it: records that the command line, this machine and clusters share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from ..options import BuildOptions

SessionState = Literal["built", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session of a batch: the slug or the path of a script, and the options that were asked for."""

    script: str
    options: BuildOptions


@dataclass(frozen=True, slots=True)
class FinishedSession:
    """What became of a session: its file name without `.mp3`, its length and size, or its `error`."""

    planned: PlannedSession
    state: SessionState
    name: str = ""
    length_ms: int = 0
    bytes: int = 0
    error: str = ""


class BatchWatcher(Protocol):
    """Gets to know how a batch goes on. What it raises ends the work."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Report how much of a stage is done: of `Speaking` in sentences, of `Building` in sessions."""

    def finished(self, session: FinishedSession) -> None:
        """Report that a session was built, is unchanged, or failed. Called once for each session, in any order."""
