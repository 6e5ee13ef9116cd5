"""Speak scripts in the background, the ones that listeners wait for first."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ..build import speak
from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..planning.wording import sounds
from ..request import BuildRequest, ProgressCallback, Workspace, resolve
from ..script.model import Line
from ..speech.narrate import cached_clips
from ..speech.pronunciation import pronunciation

_STOP_SECONDS = 30


class NotYet(AudioBuilderError):
    """The sentences are still being spoken; the same request will succeed later."""


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
        voiced = BuildOptions(positions=options.positions, voice=options.voice, speed=options.speed)
        return SpeechJob(script, voiced)


class SpeechQueue:
    """Speaks one script at a time into the cache. Safe among threads.

    `on_spoken` receives the request of each script that was spoken, in the queue's thread.
    """

    def __init__(self, workspace: Workspace, on_spoken: Callable[[BuildRequest], None]) -> None:
        self._workspace, self._on_spoken = workspace, on_spoken
        self._changed = threading.Condition()
        self._jobs: list[SpeechJob] = []
        self._urgent = self._stopped = False
        self._errors: dict[SpeechJob, AudioBuilderError] = {}
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

    def wait_for(self, request: BuildRequest, job: SpeechJob, seconds: float) -> None:
        """Return once everything that the script may say is spoken, ahead of other scripts if need be.

        Raises NotYet after `seconds`, and AudioBuilderError if the script cannot be spoken.
        """
        deadline = time.monotonic() + seconds
        if self._is_spoken(request):
            return
        with self._changed:
            self._errors.pop(job, None)
            if job in self._jobs:
                self._jobs.remove(job)
            self._jobs.insert(0, job)
            self._urgent = True
            self._changed.notify_all()
            while job in self._jobs and not self._stopped:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NotYet(f"{job.script} is still being spoken; try again in a while")
                self._changed.wait(left)
            error = self._errors.get(job)
        if error is not None:
            raise error

    def _is_spoken(self, request: BuildRequest) -> bool:
        lines = [sound for sound in sounds(request.script) if isinstance(sound, Line)]
        words = pronunciation(request.script, self._workspace.finder)
        return len(
            cached_clips(lines, request.voice, self._workspace.cache, words, request.script.front.language)
        ) == len(lines)

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
                self._on_spoken(request)

    def _next(self) -> SpeechJob | None:
        """Return the first job once there is one, or None once the queue is stopped."""
        with self._changed:
            while not self._jobs and not self._stopped:
                self._changed.wait()
            return None if self._stopped else self._jobs[0]

    def _speak(self, job: SpeechJob) -> BuildRequest:
        with self._changed:
            urgent, self._urgent = self._urgent, False
        # without a listener who waits for it, leave one core to those who listen
        workers = self._workspace.workers if urgent else max(1, self._workspace.workers - 1)
        request = resolve(job.script, job.options, self._workspace.finder)
        speak(request, replace(self._workspace, workers=workers, progress=self._interrupt_unless_first(job)))
        return request

    def _finish(self, job: SpeechJob, error: AudioBuilderError | None) -> None:
        with self._changed:
            if error is not None:
                self._errors[job] = error
            if job in self._jobs:
                self._jobs.remove(job)
            self._changed.notify_all()

    def _interrupt_unless_first(self, job: SpeechJob) -> ProgressCallback:
        def progress(_stage: str, _done: int, _total: int) -> None:
            with self._changed:
                interrupt = self._urgent and (self._stopped or self._jobs[:1] != [job])
            if interrupt:
                raise _Interrupted

        return progress
