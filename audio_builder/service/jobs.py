"""Builds in the background, for pages that watch them or were closed meanwhile."""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from ..build import build_request, speak
from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..request import BuildRequest, ProgressCallback, Workspace, resolve
from ..script.walk import scripts_in
from .group import ServerGroup
from .job_records import FINISHED, Job, JobRecord, JobState, MemoryRecords, SharedRecords
from .speaking_turn import SpeakingTurn

_PARALLEL_BUILDS = 2
_REMEMBERED_JOBS = 50
_POLL_SECONDS = 0.2
_POLLS_UNTIL_SIGN_OF_LIFE = 75


class _Cancelled(Exception):
    """No client wants the build any more."""


class Jobs:
    """Builds sessions, two at a time. A job goes on without watchers, and leaves no partial session. Safe among
    threads, and among the processes of a group."""

    def __init__(self, workspace: Workspace, group: ServerGroup | None = None) -> None:
        self.workspace, self._group = workspace, group
        parallel = group.share(_PARALLEL_BUILDS) if group else _PARALLEL_BUILDS
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="build")
        self._records = SharedRecords(group.folder) if group else MemoryRecords()
        self._turn = SpeakingTurn(group.folder if group else None)

    def start(self, name: str, options: BuildOptions) -> Job:
        """Return a job that builds the session: the one that does so already, or else a new one.

        Raises AudioBuilderError if the script or the options have an error.
        """
        request = resolve(name, options, self.workspace.finder)
        files = [member.read_from for member in scripts_in(request.script, request.script.parts)]
        key = repr((name, options, files))  # a script that was edited meanwhile is another build
        with self._records.changing():
            for record in self._records.every():
                job = record.job
                if record.key == key and job.wanted and job.state not in FINISHED:
                    return self._change(record, wanted=job.wanted + 1)
            finished = [one.job.id for one in self._records.every() if one.job.state in FINISHED]
            for id in finished[:-_REMEMBERED_JOBS]:
                self._records.drop(id)
            # the clock of the system, which its processes share
            record = JobRecord(Job(secrets.token_hex(8), name), key, self._records.owner, time.monotonic_ns())
            self._records.put(record)
        self._pool.submit(self._work, record.job.id, request)
        return record.job

    def get(self, id: str) -> Job | None:
        """Return the job as it is now, or None if it is not known."""
        record = self._records.get(id)
        return record.job if record else None

    def states(self) -> list[JobState]:
        """Return the state of each job that is remembered, in any process."""
        return [record.job.state for record in self._records.every()]

    def cancel(self, id: str) -> Job | None:
        """Stop a job at its next step if no other client wants it. Nothing of it stays in the library."""
        with self._records.changing():
            record = self._records.get(id)
            if record is None or record.job.state in FINISHED or record.job.wanted < 1:
                return record.job if record else None
            job = self._change(record, wanted=record.job.wanted - 1)
            if not job.wanted and job.state == "waiting":
                job = self._change(replace(record, job=job), state="cancelled")
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
        """Stop all jobs of this process and wait for them."""
        # the folder of a group may be gone: then each job ends at its next step
        with suppress(OSError), self._records.changing():
            for record in self._records.every():
                if record.owner == self._records.owner and record.job.state not in FINISHED:
                    self._change(record, wanted=0)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._records.close()

    def _work(self, id: str, request: BuildRequest) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            if not self._set(id, state="working", doing=stage, done=done, of=total).wanted:
                raise _Cancelled

        try:
            self._raise_if_unwanted(id)
            progress("", 0, 0)
            self._speak(request, progress)
            built = build_request(request, replace(self.workspace, progress=progress))
            self._set(id, state="done", name=built.episode.name)
        except _Cancelled:
            self._set(id, state="cancelled")
        except AudioBuilderError as error:
            self._set(id, state="failed", error=str(error))
        except Exception:  # noqa: BLE001 - the thread is an edge, and a page waits for an answer
            traceback.print_exc()
            self._set(id, state="failed", error="internal error; see the server's terminal for the details")

    def _speak(self, request: BuildRequest, progress: ProgressCallback) -> None:
        """Speak what the cache lacks in turn with other processes, which may be speaking the same sentences."""
        if self._group is None:
            return
        workspace = replace(self.workspace, workers=self._group.cores, progress=progress)
        with self._turn.taken(True, lambda: False, lambda: progress("", 0, 0)):
            speak(request, workspace)

    def _raise_if_unwanted(self, id: str) -> None:
        job = self.get(id)
        if job is None or not job.wanted:
            raise _Cancelled

    def _set(self, id: str, **changed: object) -> Job:
        with self._records.changing():
            record = self._records.get(id)
            if record is None:  # it was cancelled so long ago that it is forgotten
                raise _Cancelled
            return self._change(record, **changed)

    def _change(self, record: JobRecord, **changed: object) -> Job:
        job = replace(record.job, **changed)  # type: ignore[arg-type]  # fields of Job
        self._records.put(replace(record, job=job))
        return job
