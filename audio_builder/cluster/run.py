"""Build the sessions of a batch on a Dask cluster, and bring them into the library of this machine."""

from __future__ import annotations

import hashlib
import json
import queue
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from ..batch.planned import BatchWatcher, FinishedSession, PlannedSession, SessionState
from ..batch.run import BUILDING
from ..cast.speak import SPEAKING
from ..library.manifest import Episode
from ..request import Workspace
from .catalogue import (
    ClusterCatalogue,
    Order,
    complete_orders,
    read_catalogue,
    speak_tasks,
    with_additions_of,
)
from .connection import Cluster, open_cluster
from .facts import own_facts
from .fetch import AdditionsWanted, DamagedSession, fetch_session
from .records import Inputs, StorePlace, TaskResult
from .scripts import ScriptBundle, put_scripts
from .store import SharedStore, StoreFailed
from .work import Work

_TASKS_PER_SLOT = 3
"""Tasks that the scheduler knows of at a time: enough that no worker waits, few enough to lose little with it."""
_TICK_SECONDS = 0.5
_FETCHES_AT_ONCE = 4
_FETCHES = 3
"""How often a session is built if what arrives is damaged."""


def run_on_cluster(
    sessions: Sequence[PlannedSession],
    workspace: Workspace,
    watcher: BatchWatcher,
    scheduler: str,
    store: str,
) -> None:
    """Build the sessions that the store lacks on the cluster of a scheduler, and fetch all into `workspace.out`.

    `scheduler` is an address such as `tcp://10.0.0.5:8786`, and `store` one such as `s3://bucket/prefix`, or a folder
    that all machines see. A session that fails does not stop the others. Raises ClusterFailed and StoreFailed, before
    any work if a worker differs from this machine. What was finished by then stays, and the next run goes on from it.
    """
    shared = SharedStore(store)
    with open_cluster(scheduler) as cluster:
        bundle = put_scripts(sessions, workspace.finder, workspace.out, shared)
        place = StorePlace(shared.address, bundle.digest)
        catalogue = read_catalogue(sessions, workspace, bundle, place)
        complete = complete_orders(catalogue.orders, shared)
        inputs = _inputs(place, catalogue)
        if len(complete) < len({order.task.key for order in catalogue.orders}):
            cluster.admit_workers(inputs)
        with ThreadPoolExecutor(_FETCHES_AT_ONCE, thread_name_prefix="fetch") as fetching:
            run = _Run(cluster, inputs, shared, workspace, watcher, bundle, fetching, len(sessions))
            try:
                run.go(catalogue, complete)
            finally:
                fetching.shutdown(wait=False, cancel_futures=True)


def _inputs(place: StorePlace, catalogue: ClusterCatalogue) -> Inputs:
    facts = [own_facts(), place.store, place.scripts, [voice.facts for voice in catalogue.voices]]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return Inputs(place, catalogue.voices, f"audio-builder-{digest[:16]}")


class _Fetched(NamedTuple):
    order: Order
    future: Future[tuple[Episode, bool]]


class _Run:
    """One run: what is to be done, what is being done, and who hears of it."""

    def __init__(
        self,
        cluster: Cluster,
        inputs: Inputs,
        store: SharedStore,
        workspace: Workspace,
        watcher: BatchWatcher,
        bundle: ScriptBundle,
        fetching: ThreadPoolExecutor,
        total: int,
    ) -> None:
        self._cluster, self._inputs, self._store, self._out = cluster, inputs, store, workspace.out
        self._watcher, self._bundle, self._fetching = watcher, bundle, fetching
        self._work = Work((), ())
        self._fetched: queue.SimpleQueue[_Fetched] = queue.SimpleQueue()
        self._fetches: Counter[str] = Counter()
        self._total, self._done, self._spoken, self._in_transit = total, 0, 0, 0

    def go(self, catalogue: ClusterCatalogue, complete: set[str]) -> None:
        """Fetch what is complete, build the rest, and fetch that."""
        missing = [order for order in catalogue.orders if order.task.key not in complete]
        slots = self._cluster.slots
        speaking = speak_tasks((o.narration for o in missing), self._inputs.place, self._store, slots)
        self._work = Work(speaking, missing)
        for planned, error in catalogue.refused:
            self._report(FinishedSession(planned, "failed", error=error))
        for order in catalogue.orders:
            if order.task.key in complete:
                self._fetch(order)
        while self._done < self._total:
            self._fill()
            self._show()
            if self._cluster.running:
                for number, result in self._cluster.ended(_TICK_SECONDS):
                    self._end(number, result)
            self._take_fetched(0 if self._cluster.running else _TICK_SECONDS)
        self._show()

    def _fill(self) -> None:
        """Send tasks until all workers have enough of them."""
        while self._cluster.running < max(1, _TASKS_PER_SLOT * self._cluster.slots):
            step = self._work.step(self._cluster.slots)
            if step is None:
                return
            self._cluster.submit(*step)

    def _show(self) -> None:
        if self._work.sentences and self._spoken < self._work.sentences:
            self._watcher.progress(SPEAKING, self._spoken, self._work.sentences)
        else:
            self._watcher.progress(BUILDING, self._done, self._total)

    def _end(self, number: int, result: TaskResult) -> None:
        outcome = self._work.end(number, result)
        error = self._bundle.readable(outcome.error)
        if outcome.fatal:
            raise StoreFailed(error)
        self._spoken += outcome.spoken
        for order in outcome.failed:
            self._report(FinishedSession(order.planned, "failed", error=error))
        if outcome.stored:
            self._fetch(outcome.stored)

    def _fetch(self, order: Order) -> None:
        self._in_transit += 1
        options = order.task.options
        future = self._fetching.submit(fetch_session, order.task.key, options, self._store, self._out)
        future.add_done_callback(lambda done: self._fetched.put(_Fetched(order, done)))

    def _take_fetched(self, seconds: float) -> None:
        """Report what has arrived. Waits for the first for some seconds, unless nothing is on its way."""
        while self._in_transit:
            try:
                order, future = self._fetched.get(timeout=seconds) if seconds else self._fetched.get_nowait()
            except queue.Empty:
                return
            seconds = 0
            self._in_transit -= 1
            try:
                episode, unchanged = future.result()
            except DamagedSession:
                self._build_again(order)
                continue
            except AdditionsWanted as wanted:
                self._build_again(with_additions_of(order, wanted.options))
                continue
            self._report(_finished(order, episode, unchanged))

    def _build_again(self, order: Order) -> None:
        """Build what arrived damaged, or without what the library has in addition."""
        self._fetches[order.task.key] += 1
        if self._fetches[order.task.key] >= _FETCHES:
            raise StoreFailed(f"{self._store.address} damages what is written to it: check its disks")
        if not self._cluster.slots:
            self._cluster.admit_workers(self._inputs)
        self._work.build_again(order)

    def _report(self, session: FinishedSession) -> None:
        self._done += 1
        self._watcher.finished(session)


def _finished(order: Order, episode: Episode, unchanged: bool) -> FinishedSession:
    state: SessionState = "unchanged" if unchanged else "built"
    return FinishedSession(order.planned, state, episode.name, episode.length_ms, episode.bytes)
