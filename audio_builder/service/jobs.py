"""Builds in the background, for pages that watch them or were closed meanwhile."""

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

from ..build import build_request
from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..request import BuildRequest, Workspace, resolve

_PARALLEL_BUILDS = 2
_REMEMBERED_JOBS = 50
_POLL_SECONDS = 0.2
_POLLS_UNTIL_SIGN_OF_LIFE = 75

JobState = Literal["waiting", "working", "done", "failed", "cancelled"]
FINISHED: tuple[JobState, ...] = ("done", "failed", "cancelled")


class _Cancelled(Exception):
    """No client wants the build any more."""


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


class Jobs:
    """Builds sessions, two at a time. A job goes on without watchers, and leaves no partial session. Safe among
    threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._pool = ThreadPoolExecutor(_PARALLEL_BUILDS, thread_name_prefix="build")
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._running: dict[tuple[str, BuildOptions], str] = {}
        self._unwanted: set[str] = set()

    def start(self, name: str, options: BuildOptions) -> Job:
        """Return a job that builds the session: the one that does so already, or else a new one.

        Raises AudioBuilderError if the script or the options have an error.
        """
        request = resolve(name, options, self.workspace.finder)
        key = (name, options)
        with self._lock:
            if key in self._running:
                shared = self._jobs[self._running[key]]
                self._jobs[shared.id] = shared = replace(shared, wanted=shared.wanted + 1)
                return shared
            job = Job(secrets.token_hex(8), name)
            self._jobs[job.id] = job
            self._running[key] = job.id
            for old in [id for id, one in self._jobs.items() if one.state in FINISHED][:-_REMEMBERED_JOBS]:
                del self._jobs[old]
        self._pool.submit(self._work, job.id, request, key)
        return job

    def get(self, id: str) -> Job | None:
        """Return the job as it is now, or None if it is not known."""
        with self._lock:
            return self._jobs.get(id)

    def cancel(self, id: str) -> Job | None:
        """Stop a job at its next step if no other client wants it. Nothing of it stays in the library."""
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
        """Yield the job each time it changes, until it is finished; now and then None if nothing happens for long."""
        seen, unchanged = None, 0
        while (job := self.get(id)) is not None:
            unchanged += 1
            if job != seen:
                seen, unchanged = job, 0
                yield job
            elif unchanged >= _POLLS_UNTIL_SIGN_OF_LIFE:
                unchanged = 0
                yield None
            if job.state in FINISHED:
                return
            await asyncio.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop all jobs and wait for them."""
        with self._lock:
            self._unwanted.update(id for id, job in self._jobs.items() if job.state not in FINISHED)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, id: str, request: BuildRequest, key: tuple[str, BuildOptions]) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            if id in self._unwanted:
                raise _Cancelled
            self._set(id, state="working", doing=stage, done=done, of=total)

        try:
            progress("", 0, 0)
            built = build_request(request, replace(self.workspace, progress=progress))
            self._set(id, state="done", name=built.episode.name)
        except _Cancelled:
            self._set(id, state="cancelled")
        except AudioBuilderError as error:
            self._set(id, state="failed", error=str(error))
        except Exception:  # noqa: BLE001 - the thread is an edge, and a page waits for an answer
            traceback.print_exc()
            self._set(id, state="failed", error="internal error; see the server's terminal for the details")
        finally:
            with self._lock:
                self._unwanted.discard(id)
                if self._running.get(key) == id:
                    del self._running[key]

    def _set(self, id: str, **changed: object) -> None:
        with self._lock:
            self._jobs[id] = replace(self._jobs[id], **changed)  # type: ignore[arg-type]  # fields of Job
