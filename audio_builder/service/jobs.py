"""Builds into the library for those who watch them from a page, or no longer do."""

from __future__ import annotations

import asyncio
import secrets
import threading
import traceback
from collections import OrderedDict
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from ..build import Built, build_request
from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..request import BuildRequest, Workspace, resolve

AT_ONCE = 2
"""Builds that go on together; others wait."""
REMEMBERED = 50
"""Finished jobs that can still be asked for."""
_TICK = 0.2  # seconds between two looks
_ALIVE = 75  # ticks after which a silent stream says that it is there

State = Literal["waiting", "working", "done", "failed", "cancelled"]
FINISHED: tuple[State, ...] = ("done", "failed", "cancelled")


class _Cancelled(Exception):
    """Somebody does not want it any more."""


@dataclass(frozen=True, slots=True)
class Job:
    """A build as it stands: `done` of `of` parts of `doing`, and at last the `name` of the session or its `error`."""

    id: str
    script: str
    state: State = "waiting"
    doing: str = ""
    done: int = 0
    of: int = 0
    name: str = ""
    error: str = ""
    wanted: int = 1
    """By how many: who does not want it any more ends it for nobody else."""


class Jobs:
    """Builds sessions, some at a time. A job goes on when nobody watches it; a session is never half there. Safe among
    threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="build")
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._running: dict[tuple[str, BuildOptions], str] = {}
        self._unwanted: set[str] = set()

    def start(self, name: str, wish: BuildOptions) -> Job:
        """A job for the session that is wished for: the one that is at it already, if there is one. Raises BuilderError
        where the script or the wish has a fault."""
        order = resolve(name, wish, self.workspace.finder)
        key = (name, wish)
        with self._lock:
            if key in self._running:
                shared = self._jobs[self._running[key]]
                self._jobs[shared.id] = shared = replace(shared, wanted=shared.wanted + 1)
                return shared
            job = Job(secrets.token_hex(8), name)
            self._jobs[job.id] = job
            self._running[key] = job.id
            for old in [id for id, one in self._jobs.items() if one.state in FINISHED][:-REMEMBERED]:
                del self._jobs[old]
        self._pool.submit(self._work, job.id, order, key)
        return job

    def get(self, id: str) -> Job | None:
        """The job as it stands."""
        with self._lock:
            return self._jobs.get(id)

    def cancel(self, id: str) -> Job | None:
        """Ends a job at its next step, if nobody else wants it; nothing of it is left in the library."""
        with self._lock:
            job = self._jobs.get(id)
            if job is None or job.state in FINISHED or job.wanted < 1:
                return job
            self._jobs[id] = job = replace(job, wanted=job.wanted - 1)
            if not job.wanted:
                self._unwanted.add(id)
                self._running = {key: one for key, one in self._running.items() if one != id}
                if job.state == "waiting":
                    self._jobs[id] = job = replace(job, state="cancelled")
            return job

    async def watch(self, id: str) -> AsyncIterator[Job | None]:
        """The job each time it has changed, until it is finished; now and then None, when nothing happens for long."""
        seen, quiet = None, 0
        while (job := self.get(id)) is not None:
            quiet += 1
            if job != seen:
                seen, quiet = job, 0
                yield job
            elif quiet >= _ALIVE:
                quiet = 0
                yield None
            if job.state in FINISHED:
                return
            await asyncio.sleep(_TICK)

    def stop(self) -> None:
        """Ends all jobs."""
        with self._lock:
            self._unwanted.update(id for id, job in self._jobs.items() if job.state not in FINISHED)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, id: str, order: BuildRequest, key: tuple[str, BuildOptions]) -> None:
        def progress(doing: str, done: int, of: int) -> None:
            if id in self._unwanted:
                raise _Cancelled
            self._set(id, state="working", doing=doing, done=done, of=of)

        try:
            progress("", 0, 0)
            built: Built = build_request(order, replace(self.workspace, progress=progress))
            self._set(id, state="done", name=built.episode.name)
        except _Cancelled:
            self._set(id, state="cancelled")
        except AudioBuilderError as error:
            self._set(id, state="failed", error=str(error))
        except Exception:  # noqa: BLE001 - the edge: a page waits for an answer
            traceback.print_exc()
            self._set(id, state="failed", error="a fault of the program; the terminal of the server has it")
        finally:
            with self._lock:
                self._unwanted.discard(id)
                if self._running.get(key) == id:
                    del self._running[key]

    def _set(self, id: str, **changed: object) -> None:
        with self._lock:
            self._jobs[id] = replace(self._jobs[id], **changed)  # type: ignore[arg-type]  # fields of Job
