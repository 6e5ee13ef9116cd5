"""Speak scripts in the background, the ones that listeners wait for first."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ..build import speak
from ..cast.speak import SPEAKING, cached_lines, missing_lines
from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..planning.wording import sounds
from ..request import BuildRequest, ProgressCallback, Workspace, resolve
from ..script.model import Line
from ..text import count
from .group import ServerGroup
from .speaking_turn import SpeakingTurn

_log = logging.getLogger(__name__)
_STOP_SECONDS = 30
_MOST_WAITING = 8
"""Requests that wait for sentences at a time. More get their answer at once, so that they do not keep the threads from
those who listen."""
_MOST_JOBS = 50
_WANTED_SECONDS = 120.0
"""How long a script stays in the queue for a client that does not ask again."""


class NotYet(AudioBuilderError):
    """The sentences are still being spoken, or the client has asked for too much; the same request works later."""


class _Interrupted(Exception):
    """Another script is more urgent than the one being spoken."""


@dataclass(frozen=True, slots=True)
class SpeechJob:
    """A script to be spoken, with the options that change what is said or how; the others do not matter."""

    script: str
    options: BuildOptions = field(default_factory=BuildOptions)

    @staticmethod
    def of(script: str, options: BuildOptions) -> SpeechJob:
        """Return the job that makes every session of a script with these options possible, at any length."""
        voiced = BuildOptions(
            positions=options.positions, voice=options.voice, speed=options.speed, fill=options.fill
        )
        return SpeechJob(script, voiced)


class SpeechQueue:
    """Speaks one script at a time into the cache. Thread-safe.

    `on_spoken` receives the request of each script that was spoken, in the queue's thread. The queues of a group of
    processes speak in turn, those first that a client waits for. What is spoken is logged, as information.
    """

    def __init__(
        self,
        workspace: Workspace,
        on_spoken: Callable[[BuildRequest], None],
        group: ServerGroup | None = None,
    ) -> None:
        self._workspace, self._on_spoken = workspace, on_spoken
        self._cores = group.cores if group else workspace.workers
        self._turn = SpeakingTurn(group.folder if group else None)
        self._changed = threading.Condition()
        self._jobs: list[SpeechJob] = []
        self._wanted_until: dict[SpeechJob, float] = {}  # those that a client asked for
        self._waiting_requests = 0
        self._urgent = self._stopped = False
        self._errors: dict[SpeechJob, AudioBuilderError] = {}
        self._speaking_since: float | None = None
        self._spoke_seconds = 0.0  # until then, and not taken yet
        self._has_told = False  # that it speaks
        self._thread = threading.Thread(target=self._run, name="speaking", daemon=True)

    def start(self, names: Iterable[str]) -> None:
        """Start to speak these scripts, one after another."""
        with self._changed:
            self._jobs.extend(SpeechJob(name) for name in names)
        self._thread.start()

    def stop(self) -> None:
        """Stop speaking, and end the processes of the voices."""
        with self._changed:
            self._stopped = self._urgent = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    @property
    def waiting(self) -> int:
        """The number of scripts that are not spoken yet."""
        with self._changed:
            return len(self._jobs)

    def take_speaking_seconds(self) -> float:
        """Return for how many seconds this queue has been speaking since the last call."""
        with self._changed:
            self._count_speaking(self._speaking_since is not None)
            taken, self._spoke_seconds = self._spoke_seconds, 0.0
            return taken

    def wait_for(self, request: BuildRequest, job: SpeechJob, seconds: float) -> None:
        """Return once everything that the script may say is spoken, ahead of other scripts if need be.

        Raises NotYet after `seconds`, or at once if too many requests wait, and AudioBuilderError if the script cannot
        be spoken. A script that nobody asks for again within two minutes leaves the queue.
        """
        deadline = time.monotonic() + seconds
        while not self._is_spoken(request):
            self._wait(job, deadline)
            if resolve(request.script.name, request.asked, self._workspace.finder).script != request.script:
                raise NotYet(f"{job.script} was edited meanwhile; try again")

    def _wait(self, job: SpeechJob, deadline: float) -> None:
        """Return when a job has left the queue. Raises as `wait_for`."""
        with self._changed:
            self._want(job)
            if self._waiting_requests >= _MOST_WAITING:
                raise NotYet(f"{job.script} is still being spoken; try again in a while")
            self._waiting_requests += 1
            try:
                while job in self._jobs:
                    left = deadline - time.monotonic()
                    if left <= 0 or self._stopped:
                        raise NotYet(f"{job.script} is still being spoken; try again in a while")
                    self._changed.wait(left)
            finally:
                self._waiting_requests -= 1
            error = self._errors.get(job)
        if error is not None:
            raise error

    def _want(self, job: SpeechJob) -> None:
        """Put a job at the head of the queue, or leave it where it is among those that clients want."""
        is_new = job not in self._wanted_until
        if is_new and len(self._wanted_until) >= _MOST_JOBS:
            raise NotYet("The server is speaking many sessions; try again in a while")
        self._wanted_until[job] = time.monotonic() + _WANTED_SECONDS
        self._errors.pop(job, None)
        if is_new or job not in self._jobs:
            if job in self._jobs:
                self._jobs.remove(job)
            # behind those that others have asked for before
            ahead = sum(each in self._wanted_until for each in self._jobs)
            self._jobs.insert(ahead, job)
            self._urgent = self._urgent or ahead == 0
            self._changed.notify_all()

    def _is_spoken(self, request: BuildRequest) -> bool:
        wanted = sounds(request.script).items()
        lines = {sound: place for sound, place in wanted if isinstance(sound, Line)}
        found = cached_lines(request.cast, lines, self._workspace.cache)
        return len(found) + len(missing_lines(request.cast, lines)) == len(lines)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            error: AudioBuilderError | None = None
            request = None
            try:
                request = self._speak(job)
            except _Interrupted:
                continue
            except AudioBuilderError as caught:
                error = caught
            except Exception:  # noqa: BLE001 - the thread is an edge: it goes on, whatever the machine lacked just then
                traceback.print_exc()
                error = AudioBuilderError(
                    f"{job.script} could not be spoken; see the server's terminal for the reason"
                )
            self._finish(job, error)
            if request is not None:
                self._report(request)

    def _report(self, request: BuildRequest) -> None:
        try:
            self._on_spoken(request)
        except Exception:  # noqa: BLE001 - whatever fails, the next script is spoken
            traceback.print_exc()

    def _next(self) -> SpeechJob | None:
        """Return the first job once there is one, or None once the queue is stopped."""
        with self._changed:
            while not self._stopped:
                self._forget_abandoned()
                if self._jobs:
                    return self._jobs[0]
                self._changed.wait()
            return None

    def _forget_abandoned(self) -> None:
        """Drop variants that no client asks for any more. Scripts without options stay queued."""
        now = time.monotonic()
        for job in [job for job, until in self._wanted_until.items() if until < now]:
            del self._wanted_until[job]
            if job.options != BuildOptions() and job in self._jobs:
                self._jobs.remove(job)

    def _speak(self, job: SpeechJob) -> BuildRequest:
        with self._changed:
            urgent, self._urgent = job in self._wanted_until, False
        # without a listener who waits for it, leave one core to those who listen
        workers = self._cores if urgent else max(1, self._cores - 1)
        request = resolve(job.script, job.options, self._workspace.finder)
        interrupt = self._interrupt_unless_first(job, urgent)
        with (
            self._turn.taken(urgent, lambda: self._is_spoken(request), lambda: interrupt("", 0, 0)),
            self._timed(),
        ):
            speak(request, replace(self._workspace, workers=workers, progress=interrupt))
        return request

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Count the time inside the block as time of speaking."""
        with self._changed:
            self._count_speaking(True)
        try:
            yield
        finally:
            with self._changed:
                self._count_speaking(False)

    def _count_speaking(self, goes_on: bool) -> None:
        now = time.monotonic()
        if self._speaking_since is not None:
            self._spoke_seconds += now - self._speaking_since
        self._speaking_since = now if goes_on else None

    def _finish(self, job: SpeechJob, error: AudioBuilderError | None) -> None:
        with self._changed:
            if error is not None:
                self._errors[job] = error
            self._wanted_until.pop(job, None)
            if job in self._jobs:
                self._jobs.remove(job)
            self._changed.notify_all()
            is_last = not self._jobs
        if is_last and self._has_told:
            self._has_told = False
            _log.info("Everything is spoken.")

    def _interrupt_unless_first(self, job: SpeechJob, urgent: bool) -> ProgressCallback:
        is_new = True

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal is_new
            if is_new and stage == SPEAKING and done < total:
                is_new, self._has_told = False, True
                _log.info("Speaking %s, for every length: %s.", job.script, count(total - done, "sentence"))
            with self._changed:
                self._forget_abandoned()
                interrupt = self._stopped or self._jobs[:1] != [job]
            if interrupt or (not urgent and self._turn.is_wanted()):
                raise _Interrupted

        return progress
