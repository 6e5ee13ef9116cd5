"""What is known of builds: in memory, or in files that all processes of a server read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import msgspec

from ..files import locked, read_file, write_atomically
from .group import Members

JobState = Literal["waiting", "working", "done", "failed", "cancelled"]
JOB_STATES: tuple[JobState, ...] = get_args(JobState)
FINISHED: tuple[JobState, ...] = ("done", "failed", "cancelled")
_PROCESS_ENDED = "the process that built it has ended; start the build again"


@dataclass(frozen=True, slots=True)
class Job:
    """A build: `done` of `of` steps of the stage `doing`, and in the end the `name` of the session or its `error`.

    `wanted` is the number of clients that asked for it; it is cancelled when none of them wants it any more.
    """

    id: str
    script: str
    state: JobState = "waiting"
    doing: str = ""
    done: int = 0
    of: int = 0
    name: str = ""
    error: str = ""
    wanted: int = 1


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job with what it builds (`key`), the process that does it (`owner`), and its place among all jobs."""

    job: Job
    key: str
    owner: str = ""
    number: int = 0


class MemoryRecords:
    """The records of a server with one process. Change them only inside `changing`."""

    owner = ""
    """The name of this process."""

    def __init__(self) -> None:
        self._records: dict[str, JobRecord] = {}
        self._lock = threading.RLock()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep others from changing records inside a block."""
        with self._lock:
            yield

    def get(self, id: str) -> JobRecord | None:
        """Return a record, or None if there is none."""
        return self._records.get(id)

    def every(self) -> list[JobRecord]:
        """Return all records, the oldest first."""
        return sorted(self._records.copy().values(), key=lambda record: record.number)

    def put(self, record: JobRecord) -> None:
        """Add or replace a record."""
        self._records[record.job.id] = record

    def drop(self, id: str) -> None:
        """Remove a record."""
        self._records.pop(id, None)

    def close(self) -> None:
        """Say that this process builds nothing any more."""


class SharedRecords:
    """The records of a server with several processes, each in a file. Used like `MemoryRecords`.

    A job whose process has ended has failed.
    """

    def __init__(self, group: Path) -> None:
        self._members = Members(group)
        self._folder = group / "jobs"
        self._folder.mkdir(exist_ok=True)

    @property
    def owner(self) -> str:
        """The name of this process."""
        return self._members.own

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep others, in other processes too, from changing records inside a block."""
        with locked(self._folder):
            yield

    def get(self, id: str) -> JobRecord | None:
        """Return a record, or None if there is none."""
        if not id.isalnum():
            return None
        try:
            record = msgspec.json.decode(read_file(self._folder / f"{id}.json"), type=JobRecord)
        except (OSError, msgspec.MsgspecError):
            return None
        if record.job.state in FINISHED or self._members.is_running(record.owner):
            return record
        return replace(record, job=replace(record.job, state="failed", error=_PROCESS_ENDED))

    def every(self) -> list[JobRecord]:
        """Return all records, the oldest first."""
        found = (self.get(path.stem) for path in self._folder.glob("*.json"))
        return sorted((record for record in found if record), key=lambda record: record.number)

    def put(self, record: JobRecord) -> None:
        """Add or replace a record. Raises OSError."""
        path = self._folder / f"{record.job.id}.json"
        write_atomically(path, msgspec.json.encode(record), sync=False)

    def drop(self, id: str) -> None:
        """Remove a record."""
        (self._folder / f"{id}.json").unlink(missing_ok=True)

    def close(self) -> None:
        """Say that this process builds nothing any more."""
        self._members.leave()
