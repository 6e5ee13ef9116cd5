"""Sessions for listeners who wait: speaks scripts ahead, what is asked for first, and keeps what was asked for last."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..build import ahead, arrange, loops, open_session, speak
from ..diagnostics.report import facts
from ..errors import AudioBuilderError
from ..library.manifest import Episode
from ..library.sidecars import describe
from ..memory_cache import MemoryCache
from ..options import BuildOptions, file_name
from ..planning.wording import sounds
from ..request import BuildRequest, ProgressCallback, Workspace, resolve
from ..script.model import Line
from ..session.fingerprint import recipe
from ..session.repeating import warm
from ..session.session import Session
from ..speech.narrate import spoken
from ..speech.pronunciation import pronunciation
from ..text import did_you_mean

PATIENCE = 60.0
"""Seconds that a request waits for sentences to be spoken."""
KEPT = 48
"""Sessions kept for the next request: each is its plan and a few spans, some 3 MB."""


class NotYet(AudioBuilderError):
    """The sentences are still being spoken; to be asked again in a while."""


class Unknown(AudioBuilderError):
    """There is nothing of that name."""


class _Hurry(Exception):
    """Another script is wanted sooner than the one that is being spoken."""


@dataclass(frozen=True)
class OpenSession:
    """A session at a length, with its manifest, whose `recipe` tells its bytes from any others."""

    order: BuildRequest
    session: Session
    episode: Episode


class SessionService:
    """Makes any session of a shelf at any length. Safe among threads."""

    def __init__(self, workspace: Workspace, patience: float = PATIENCE) -> None:
        self.workspace, self.patience = workspace, patience
        self._kept: OrderedDict[tuple[object, ...], OpenSession] = OrderedDict()
        self._listed: MemoryCache[object, list[dict[str, Any]]] = MemoryCache(1)
        self._makers = ThreadPoolExecutor(max(2, workspace.workers), thread_name_prefix="span")
        self._planning = threading.Lock()
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._queue: list[tuple[str, BuildOptions]] = []
        self._urgent = False
        self._failed: dict[tuple[str, BuildOptions], AudioBuilderError] = {}
        self._stopped = False
        self._thread = threading.Thread(target=self._speak_on, name="speaking", daemon=True)

    def start(self, names: Iterable[str]) -> None:
        """Begins to speak these scripts, one after another, as they speak without being asked for anything."""
        with self._changed:
            self._queue.extend((name, BuildOptions()) for name in names)
        self._thread.start()

    def stop(self) -> None:
        """Ends speaking, and with it the voices' processes."""
        with self._changed:
            self._stopped = self._urgent = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(30)
        self._makers.shutdown(wait=False, cancel_futures=True)

    @property
    def waiting(self) -> int:
        """How many scripts are still to be spoken."""
        with self._changed:
            return len(self._queue)

    def known(self, name: str) -> str:
        """A script's slug: whoever asks over HTTP names no paths. Raises Unknown."""
        slugs = self.workspace.finder.scripts()
        if name not in slugs:
            raise Unknown(f"there is no session and no script {name[:80]}; {did_you_mean(name[:80], slugs)}")
        return name

    def listed(self) -> list[dict[str, Any]]:
        """Every script, with the lengths that it can have or what is wrong with it."""

        def rows() -> list[dict[str, Any]]:
            slugs = self.workspace.finder.scripts().items()
            return [
                {key: value for key, value in facts(name, path, self.workspace).items() if key != "file"}
                for name, path in slugs
            ]

        return self._listed.get((self.shelf_state(), self.waiting), rows)

    def session(self, name: str, wish: BuildOptions) -> OpenSession:
        """The session that is wished for. Raises NotYet where its sentences are not spoken within `patience` seconds,
        and BuilderError as a build would."""
        key = (name, wish, self.shelf_state())
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and all(clip.path.exists() for clip in kept.session.clips.values()):
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
            return kept
        with self._lock:
            self._kept.pop(key, None)  # its clips went with the cache
        order = resolve(name, wish, self.workspace.finder)
        self._await(name, wish, order, time.monotonic() + self.patience)
        with self._planning:  # who comes meanwhile finds it
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            made = self._makers.submit(self._performed, order).result()
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return made

    def _performed(self, order: BuildRequest) -> OpenSession:
        loops(order, self.workspace)
        clips, _ = speak(order, self.workspace)  # all are in the cache
        timeline = arrange(order, {sound: clip.length for sound, clip in clips.items()})
        session = replace(open_session(order, timeline, clips, self.workspace), makers=self._makers)
        name = file_name(order.script.name, timeline.length, order.variant, order.wish)
        return OpenSession(order, session, describe(order, session, name, recipe(session), ""))

    def shelf_state(self) -> tuple[tuple[str, int, int], ...]:
        """What tells whether a script or what it names was edited since."""
        found = []
        for folder in filter(Path.is_dir, self.workspace.finder.folders):
            with os.scandir(folder) as entries:
                for entry in entries:
                    with suppress(OSError):  # gone between two looks, as editors do it
                        if entry.is_file():
                            about = entry.stat()
                            found.append((entry.path, about.st_mtime_ns, about.st_size))
        return tuple(sorted(found))

    def _ready(self, order: BuildRequest) -> bool:
        """Whether all that the script may say was spoken."""
        lines = [sound for sound in sounds(order.script) if isinstance(sound, Line)]
        words = pronunciation(order.script, self.workspace.finder)
        return len(spoken(lines, order.voice, self.workspace.cache, words)) == len(lines)

    def _await(self, name: str, wish: BuildOptions, order: BuildRequest, until: float) -> None:
        # length and sound change no word
        voiced = BuildOptions(positions=wish.positions, voice=wish.voice, speed=wish.speed)
        job = (name, voiced)
        if self._ready(order):
            return
        with self._changed:
            self._failed.pop(job, None)
            if job in self._queue:
                self._queue.remove(job)
            self._queue.insert(0, job)
            self._urgent = True
            self._changed.notify_all()
            while job in self._queue and not self._stopped:
                left = until - time.monotonic()
                if left <= 0:
                    raise NotYet(f"{name} is still being spoken; try again in a while")
                self._changed.wait(left)
            failed = self._failed.get(job)
        if failed is not None:
            raise failed

    def _speak_on(self) -> None:
        """Speaks what is first in the queue, until it is stopped."""
        while True:
            with self._changed:
                while not self._queue and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                job, urgent, self._urgent = self._queue[0], self._urgent, False
            # ahead of any wish one core is left to those who listen
            workers = self.workspace.workers if urgent else max(1, self.workspace.workers - 1)
            failed: AudioBuilderError | None = None
            order = None
            try:
                order = resolve(*job, self.workspace.finder)
                speak(order, replace(self.workspace, workers=workers, progress=self._hurried(job)))
            except _Hurry:
                continue
            except AudioBuilderError as error:
                failed = error
            except Exception:  # noqa: BLE001 - the edge: the thread goes on, whatever the machine lacked just then
                traceback.print_exc()
                failed = AudioBuilderError(
                    f"{job[0]} could not be spoken; the terminal of the server says why"
                )
            with self._changed:
                if failed is not None:
                    self._failed[job] = failed
                if job in self._queue:
                    self._queue.remove(job)
                self._changed.notify_all()
            if order is not None and failed is None:
                self._warmed(order)

    def _warmed(self, order: BuildRequest) -> None:
        """The cover drawn and the bed encoded, so that whoever presses play waits for neither."""
        with suppress(AudioBuilderError):  # whoever asks for it is told
            ahead(order, self.workspace)
            session = self._performed(order).session
            warm(session.style, session.store)

    def _hurried(self, job: tuple[str, BuildOptions]) -> ProgressCallback:
        def progress(_what: str, _done: int, _of: int) -> None:
            with self._changed:
                hurry = self._urgent and (self._stopped or self._queue[:1] != [job])
            if hurry:
                raise _Hurry

        return progress
