"""Run jobs on several worker processes at once."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from .worker import Worker

_TICK_SECONDS = 0.5

_K = TypeVar("_K")
_T = TypeVar("_T")


class Crew:
    """Worker processes and the threads that wait for them. Use `open_crew`, which closes them."""

    def __init__(self, size: int) -> None:
        self._workers = [Worker() for _ in range(size)]
        self._threads = ThreadPoolExecutor(max(1, size))
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def run(
        self, job: Callable[[_K, Worker], _T], keys: Iterable[_K], tick: Callable[[], None]
    ) -> Iterator[tuple[_K, _T]]:
        """Yield each key with the job's result for it, in the order in which they finish.

        Keys are taken when a worker is about to be free. `tick` is called from time to time while nothing finishes.
        What it raises ends the run.
        """

        def run_one(key: _K) -> tuple[_K, _T]:
            worker = self._idle.get()
            try:
                return key, job(key, worker)
            finally:
                self._idle.put(worker)

        waiting = iter(keys)
        pending = {self._threads.submit(run_one, key) for key in islice(waiting, 2 * len(self._workers))}
        while pending:
            finished, pending = wait(pending, _TICK_SECONDS, FIRST_COMPLETED)
            pending |= {self._threads.submit(run_one, key) for key in islice(waiting, len(finished))}
            for future in finished:
                yield future.result()
            if not finished:
                tick()

    def close(self) -> None:
        """Drop the jobs that have not begun, kill every worker process, and wait for the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close()
        self._threads.shutdown()


@contextmanager
def open_crew(size: int) -> Iterator[Crew]:
    """Yield a crew of `size` workers. Close it afterwards, whatever happens."""
    crew = Crew(size)
    try:
        yield crew
    finally:
        crew.close()
