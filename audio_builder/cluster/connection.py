"""The connection to a Dask cluster: tasks out, small records back. A scheduler that is lost is waited for."""

from __future__ import annotations

import logging
import queue
import time
import uuid
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import AudioBuilderError, how_to_add
from .admission import cannot_import, compare_workers
from .facts import SCHEDULER_FACTS, differences, own_facts
from .records import Inputs, TaskResult

CONNECT_SECONDS = 10.0
WORKER_SECONDS = 60.0
"""How long to wait for the first worker."""
LOST_SECONDS = 300.0
"""How long to wait for a scheduler that was lost, and for a worker if all have gone."""

_LOOK_SECONDS = 2.0  # between two looks for workers that have joined
_HINT = "Start one with dask scheduler and dask worker, or check the address"
_GO_ON = "Run the same command again: it goes on from what the store has"
_CONNECTION_ERRORS = (OSError, RuntimeError, CancelledError, futures.CancelledError)
"""What Dask raises if the scheduler goes away: a timeout is an OSError, and a closed client a RuntimeError."""
_log = logging.getLogger(__name__)


class ClusterFailed(AudioBuilderError):
    """A cluster that cannot be used, or not any more."""


class Ended(NamedTuple):
    """A task that has ended, by its number, and its result."""

    number: int
    result: TaskResult


@dataclass(frozen=True)
class _Task:
    function: Callable[[Any], TaskResult]
    argument: object


class Cluster:
    """Tasks by number on the workers that were admitted. Use `open_cluster`, which closes it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client: Any = None
        self._inputs: Inputs | None = None
        self._running: dict[int, _Task] = {}
        self._futures: dict[int, Any] = {}
        self._ended: queue.SimpleQueue[tuple[Any, int]] = queue.SimpleQueue()
        self._admitted: dict[str, int] = {}  # threads by address
        self._refused: set[str] = set()
        self._looked, self._had_workers = 0.0, time.monotonic()
        self._connect()

    @property
    def slots(self) -> int:
        """The number of tasks that the admitted workers do at the same time."""
        return sum(self._admitted.values())

    @property
    def running(self) -> int:
        """The number of tasks that have not ended."""
        return len(self._running)

    def admit_workers(self, inputs: Inputs) -> None:
        """Compare every worker with this machine. Raises ClusterFailed with all differences, or if there is none."""
        self._inputs = inputs
        deadline = time.monotonic() + WORKER_SECONDS
        try:
            self._compare_scheduler()
            while not (found := self._workers()):
                if time.monotonic() > deadline:
                    raise ClusterFailed(f"The scheduler at {self._address} has no workers. {_HINT}.")
                time.sleep(_LOOK_SECONDS / 4)
            if problems := self._admit(found):
                raise ClusterFailed("\n".join(problems))
            self._note_admitted()
        except _CONNECTION_ERRORS:
            raise self._lost("was lost while the workers were compared") from None

    def submit(self, number: int, function: Callable[[Any], TaskResult], argument: object) -> None:
        """Let a worker call the function. `ended` yields its result, once."""
        self._running[number] = _Task(function, argument)
        self._send([number])

    def ended(self, seconds: float) -> Iterator[Ended]:
        """Yield the tasks that end within some seconds, as soon as there are any.

        Raises ClusterFailed, and whatever a task raised: it reports what users can mend, so that is internal.
        """
        done: list[int] = []
        again: list[int] = []
        scheduler_lost = False
        with suppress(queue.Empty):
            timeout = seconds
            while True:
                future, number = self._ended.get(timeout=timeout)
                timeout = 0.001
                if number not in self._futures or self._futures[number] is not future:
                    continue  # it was sent again meanwhile
                scheduler_lost |= future.status == "cancelled"
                (again if future.status == "lost" else done).append(number)
        try:
            if scheduler_lost or self._client.status != "running":
                raise OSError("the scheduler was lost")
            results = self._results(done)
            self._send(again)  # their worker ended before anybody asked for the result
            self._look()
        except _CONNECTION_ERRORS:
            self._reconnect()
            return
        for number in results:
            del self._running[number], self._futures[number]
        for number, result in results.items():
            if isinstance(result, BaseException):
                raise result
            yield Ended(number, result)

    def close(self) -> None:
        """Take back what has not ended, and disconnect."""
        client: Any = self._client
        with suppress(*_CONNECTION_ERRORS):
            if self._futures and client.status == "running":
                client.cancel([*self._futures.values()], force=True)
        with suppress(*_CONNECTION_ERRORS):
            client.close(timeout=2)

    def _connect(self) -> None:
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise AudioBuilderError(
                f"--cluster needs Dask, here and on every worker: {how_to_add('cluster')}"
            ) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # whatever happens is reported here
        try:
            connect: Any = Client  # it has no types
            self._client = connect(self._address, timeout=CONNECT_SECONDS, set_as_default=False)
        except ValueError as error:
            raise ClusterFailed(
                f'Invalid address of a scheduler "{self._address}": use e.g. tcp://10.0.0.5:8786 ({error})'
            ) from None
        except OSError:
            raise ClusterFailed(f"No Dask scheduler answers at {self._address}. {_HINT}.") from None

    def _compare_scheduler(self) -> None:
        subject = f"the scheduler {self._address}"
        try:
            theirs = self._client.run_on_scheduler(own_facts)
        except ImportError:
            raise ClusterFailed(cannot_import(subject)) from None
        if problems := differences(theirs, subject, SCHEDULER_FACTS):
            raise ClusterFailed("\n".join(problems))

    def _workers(self) -> dict[str, Any]:
        """Return what the scheduler knows of each worker, by address."""
        return dict(self._client.scheduler_info(n_workers=-1)["workers"])

    def _admit(self, addresses: Iterable[str]) -> list[str]:
        """Compare workers with this machine, and let those that are equal have work. Return what is different."""
        assert self._inputs is not None
        problems = compare_workers(self._client, addresses, self._inputs)
        self._refused |= problems.keys()
        return [line for lines in problems.values() for line in lines]

    def _look(self) -> None:
        """Admit workers that have joined. Raises ClusterFailed if there has been none for long."""
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        before = self._admitted.keys()
        workers = self._note_admitted()
        stayed = before & self._admitted.keys()
        self._refused &= workers.keys()
        if new := workers.keys() - self._admitted.keys() - self._refused:
            for problem in self._admit(sorted(new)):
                _log.warning("%s. It gets no work.", problem)
            self._note_admitted()
        if self._admitted and not stayed:
            self._send_again()
        if now - self._had_workers > LOST_SECONDS:
            raise ClusterFailed(f"No worker of {self._address} is left. {_GO_ON}.")

    def _note_admitted(self) -> dict[str, Any]:
        """Note which workers offer the resource that admitted ones have, and return all."""
        assert self._inputs is not None
        workers, self._looked = self._workers(), time.monotonic()
        resource = self._inputs.resource
        self._admitted = {
            address: int(info["nthreads"])
            for address, info in workers.items()
            if resource in info["resources"]
        }
        if self._admitted:
            self._had_workers = self._looked
        return workers

    def _send(self, numbers: Iterable[int]) -> None:
        assert self._inputs is not None
        for number in numbers:
            task = self._running[number]
            key = f"{task.function.__name__}-{uuid.uuid4().hex}"  # a new one: it may have been sent before
            with suppress(*_CONNECTION_ERRORS):  # it is sent again after the next connection
                future = self._client.submit(
                    task.function, task.argument, key=key, pure=False, resources={self._inputs.resource: 1}
                )
                self._futures[number] = future
                future.add_done_callback(lambda ended, number=number: self._ended.put((ended, number)))

    def _send_again(self) -> None:
        """Send everything that has not ended once more.

        A scheduler looks for a worker for a task when the task or a worker arrives, and not when a worker is admitted.
        """
        if sent := [*self._futures.values()]:
            self._client.cancel(sent, force=True)
        self._futures.clear()
        self._send([*self._running])

    def _results(self, numbers: list[int]) -> dict[int, TaskResult | BaseException]:
        """Return the results of tasks that have ended, and the errors of those that failed."""
        whole = [number for number in numbers if self._futures[number].status == "finished"]
        results: dict[int, TaskResult | BaseException] = dict(
            zip(whole, self._client.gather([self._futures[number] for number in whole]), strict=True)
        )
        for number in numbers:
            if number not in results:
                results[number] = _failure(self._futures[number].exception(timeout=CONNECT_SECONDS))
        return results

    def _reconnect(self) -> None:
        """Wait for the scheduler, and send it everything that has not ended. Raises ClusterFailed."""
        _log.warning("The scheduler at %s was lost. Waiting for it.", self._address)
        deadline = time.monotonic() + LOST_SECONDS
        while True:
            with suppress(*_CONNECTION_ERRORS):
                self._client.close(timeout=1)
            self._futures, self._admitted, self._refused = {}, {}, set()
            try:
                self._connect()
                self._compare_scheduler()
                self._looked, self._had_workers = 0.0, time.monotonic()
                self._look()
                break
            except (*_CONNECTION_ERRORS, ClusterFailed):
                if time.monotonic() > deadline:
                    raise self._lost("did not come back") from None
                time.sleep(1)
        _log.warning("The scheduler at %s is back.", self._address)

    def _lost(self, what: str) -> ClusterFailed:
        return ClusterFailed(f"The scheduler at {self._address} {what}. {_GO_ON}.")


@contextmanager
def open_cluster(address: str) -> Iterator[Cluster]:
    """Yield the cluster of the scheduler at an address, e.g. `tcp://10.0.0.5:8786`. Raises ClusterFailed."""
    cluster = Cluster(address)
    try:
        yield cluster
    finally:
        cluster.close()


def _failure(error: BaseException | None) -> TaskResult | BaseException:
    """Return why a task failed whose workers ended, or any other error."""
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        return TaskResult("failed", "Several workers ended while they did this: give them more memory")
    return error or RuntimeError("a task ended without a result")
