"""Render chunks for many listeners in a few threads, the most urgent first."""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

KEPT_BYTES = 64_000_000
"""Bytes of finished chunks to keep in memory: about 80 seconds of stereo for each of fifty sessions playing at once."""
_OVERDUE_SECONDS = 0.5
_TURN_SECONDS = 0.2
"""Delay for each chunk that the client is already waiting for, so that no client monopolises the queue."""


@dataclass(eq=False)
class _Job:
    key: Hashable
    render: Callable[[], bytes]
    due: float
    client: str
    waiting: list[Future[bytes]] = field(default_factory=list)
    is_started: bool = False


class RenderQueue:
    """Renders the chunks of any number of sessions. Thread-safe.

    Its threads take the chunk that is due first. A chunk that several listeners wait for is rendered once, and one that
    is no longer wanted is not rendered at all. The latest ones are kept in memory.
    """

    def __init__(self, workers: int, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes, self._size = kept_bytes, 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._jobs: dict[Hashable, _Job] = {}
        self._due: list[tuple[float, int, _Job]] = []
        self._clients: Counter[str] = Counter()
        self._order = count()
        self._changed = threading.Condition()
        self._is_stopped = False
        self._pauses = 0
        self._threads = [
            threading.Thread(target=self._run, name=f"rendering-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether a thread has nothing to do."""
        return len(self._jobs) < len(self._threads)

    @property
    def waiting(self) -> int:
        """The number of chunks that are not rendered yet."""
        return len(self._jobs)

    def ask(self, key: Hashable, render: Callable[[], bytes], due: float, client: str = "") -> Future[bytes]:
        """Return the future of a chunk. `due` is when it is needed, on the clock of `time.monotonic`.

        Cancelling the future gives up waiting. What `render` raises is raised by the future.
        """
        future: Future[bytes] = Future()
        with self._changed:
            if self._is_stopped:
                future.cancel()
            elif key in self._kept:
                self._kept.move_to_end(key)
                future.set_result(self._kept[key])
            else:
                self._add(key, render, due, client, future)
        return future

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Render only overdue chunks inside the block, so that new listeners wait less."""
        with self._changed:
            self._pauses += 1
        try:
            yield
        finally:
            with self._changed:
                self._pauses -= 1
                self._changed.notify_all()

    def stop(self) -> None:
        """Cancel what is waiting, and end the threads."""
        with self._changed:
            self._is_stopped = True
            for job in self._jobs.values():
                for future in job.waiting:
                    future.cancel()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(5)

    def _add(
        self, key: Hashable, render: Callable[[], bytes], due: float, client: str, future: Future[bytes]
    ) -> None:
        due = max(due, time.monotonic()) + _TURN_SECONDS * self._clients[client]
        job = self._jobs.get(key)
        if job is None:
            job = self._jobs[key] = _Job(key, render, due, client)
            self._clients[client] += 1
        elif job.is_started or due >= job.due:
            job.waiting.append(future)
            return
        job.due = due
        job.waiting.append(future)
        heapq.heappush(self._due, (due, next(self._order), job))
        self._changed.notify()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            content, error = b"", None
            try:
                content = job.render()
            except BaseException as caught:  # noqa: BLE001 - it is raised for those who wait for the chunk
                error = caught
            with self._changed:
                self._remove(job)
                if error is None:
                    self._keep(job.key, content)
            for future in job.waiting:
                if future.set_running_or_notify_cancel():
                    future.set_result(content) if error is None else future.set_exception(error)

    def _next(self) -> _Job | None:
        """Return the job that is due first, once there is one, or None once the queue is stopped."""
        with self._changed:
            while not self._is_stopped:
                while self._due and (
                    not self._pauses or self._due[0][0] < time.monotonic() - _OVERDUE_SECONDS
                ):
                    due, _, job = heapq.heappop(self._due)
                    if job.is_started or due > job.due:  # it was moved forward, and this is its old place
                        continue
                    if all(future.cancelled() for future in job.waiting):
                        self._remove(job)
                        continue
                    job.is_started = True
                    return job
                self._changed.wait(_OVERDUE_SECONDS if self._due else None)
            return None

    def _remove(self, job: _Job) -> None:
        job.is_started = True
        del self._jobs[job.key]
        self._clients[job.client] -= 1
        if not self._clients[job.client]:
            del self._clients[job.client]

    def _keep(self, key: Hashable, content: bytes) -> None:
        self._kept[key] = content
        self._size += len(content)
        while self._size > self._kept_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped)
