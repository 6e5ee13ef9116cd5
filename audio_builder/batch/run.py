"""Build the sessions of a batch that are missing or changed, on this machine unless another engine is given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from ..build import intact_clips
from ..errors import AudioBuilderError, VoiceFailed
from ..files import locked
from ..library.transactions import remove_abandoned
from ..request import Workspace, resolve
from ..speech.crew import open_crew
from ..speech.worker import Worker
from .groups import grouped
from .one import Site, build_planned, prepare_planned
from .planned import BatchWatcher, FinishedSession, PlannedSession
from .state import BatchState

BUILDING = "Building"
"""The stage in which sessions are built."""
_LONGEST_BUILD = 4 * 3600.0  # s; eight hours in other formats take one on a slow computer
_SAVE_SECONDS = 20.0
_ATTEMPTS = 2

BatchEngine = Callable[[Sequence[PlannedSession], Workspace, BatchWatcher], None]
"""Builds sessions into a library, unless they are there unchanged. One that fails does not stop the others."""


def run_batch(
    sessions: Sequence[PlannedSession],
    workspace: Workspace,
    watcher: BatchWatcher,
    engine: BatchEngine | None = None,
    state: BatchState | None = None,
) -> None:
    """Build the sessions that are missing or changed: by default each on a core of its own.

    What is finished stays if the work is interrupted, and the next run goes on from there. `state` is that of the
    sessions, if it was looked at before.
    """
    state = state or BatchState(sessions, workspace)
    current = state.current
    for finished in current.values():
        watcher.finished(finished)
    wanted = [planned for planned in sessions if planned not in current]
    if not wanted:
        return
    try:
        (engine or build_here)(wanted, workspace, _Remembering(state, watcher, len(current)))
    finally:
        with suppress(OSError), locked(workspace.out):
            remove_abandoned(workspace.out)
        state.save()


class _Remembering:
    """Passes on what a watcher wants to know, and remembers what was built. `current` sessions needed nothing."""

    def __init__(self, state: BatchState, watcher: BatchWatcher, current: int) -> None:
        self._state, self._watcher, self._current = state, watcher, current
        self._saved = time.monotonic()

    def progress(self, stage: str, done: int, total: int) -> None:
        before = self._current if stage == BUILDING else 0
        self._watcher.progress(stage, before + done, before + total)

    def finished(self, session: FinishedSession) -> None:
        if session.state != "failed":
            self._state.add(session)
        if time.monotonic() > self._saved + _SAVE_SECONDS:
            self._state.save()
            self._saved = time.monotonic()
        self._watcher.finished(session)


def build_here(sessions: Sequence[PlannedSession], workspace: Workspace, watcher: BatchWatcher) -> None:
    """Build sessions on this machine: each sentence is spoken once, and every core builds a session."""
    failed = _speak(sessions, workspace, watcher)
    for planned, error in failed.items():
        watcher.finished(FinishedSession(planned, "failed", error=error))
    possible = [planned for planned in sessions if planned not in failed]
    done = len(failed)

    def report() -> None:
        watcher.progress(BUILDING, done, len(sessions))

    report()
    for finished in _build(possible, workspace, report):
        done += 1
        watcher.finished(finished)
        report()


def _speak(
    sessions: Sequence[PlannedSession], workspace: Workspace, watcher: BatchWatcher
) -> dict[PlannedSession, str]:
    """Speak every sentence that the cache lacks. Return the sessions of which that fails, and why."""
    failed: dict[PlannedSession, str] = {}
    before = 0
    for job, group in grouped(sessions).items():
        spoken = 0

        def progress(stage: str, done: int, total: int, before: int = before) -> None:
            nonlocal spoken
            spoken = total
            if total:
                watcher.progress(stage, before + done, before + total)

        try:
            request = resolve(job.script, job.options, workspace.finder)
            intact_clips(request, replace(workspace, progress=progress))
        except AudioBuilderError as error:
            failed |= dict.fromkeys(group, str(error))
        before += spoken
    return failed


def _build(
    sessions: Sequence[PlannedSession], workspace: Workspace, tick: Callable[[], None]
) -> Iterator[FinishedSession]:
    """Yield what becomes of each session, in the order in which they finish."""
    crew_size = min(workspace.workers, len(sessions))
    site = Site.of(workspace, workspace.workers // max(1, crew_size))
    in_groups = [planned for group in grouped(sessions).values() for planned in group]
    if crew_size > 1:
        _prepare(in_groups, site, tick)
    with open_crew(crew_size) as crew:
        for _, finished in crew.run(partial(_build_in, site), in_groups, tick):
            yield finished


def _prepare(sessions: Sequence[PlannedSession], site: Site, tick: Callable[[], None]) -> None:
    """Synthesise ambiences and bells in one process: several that do so at the same time take much memory."""
    with open_crew(1) as crew, suppress(VoiceFailed):  # sessions can be built without this
        for _ in crew.run(partial(_prepare_in, site), [sessions], tick):
            pass


def _prepare_in(site: Site, sessions: Sequence[PlannedSession], worker: Worker) -> None:
    worker.call(_LONGEST_BUILD, prepare_planned, sessions, site)


def _build_in(site: Site, planned: PlannedSession, worker: Worker) -> FinishedSession:
    """Build a session in a worker's process. A process that dies is replaced, and tried once more."""
    problem = ""
    for _ in range(_ATTEMPTS):
        try:
            return worker.call(_LONGEST_BUILD, build_planned, planned, site)
        except VoiceFailed as error:
            problem = f"the process that built it {error}"
    return FinishedSession(planned, "failed", error=problem)
