"""What is to be done next on a cluster: sentences, then the sessions that need them, and long ones in segments."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..units import Ms
from .catalogue import Order, takes_key
from .records import SegmentDone, SegmentTask, SpeakTask, TaskResult
from .tasks import segment_task, session_task, speak_task

SEGMENT_MS = Ms(30 * 60_000)
"""The shortest segment of a session that is worth a task: its worker has to plan the whole session first."""
_ATTEMPTS = 3
"""How often a task is sent if the store fails, or if what it left there is damaged."""


class WorkStep(NamedTuple):
    """A task for a worker: its number, its function, and the function's argument."""

    number: int
    function: Callable[[Any], TaskResult]
    argument: object


@dataclass
class TaskOutcome:
    """What a task that has ended means: sentences that were spoken, a session in the store, or ones that failed.

    With `fatal`, the store failed again and again for the reason in `error`.
    """

    spoken: int = 0
    stored: Order | None = None
    failed: list[Order] = field(default_factory=list)
    error: str = ""
    fatal: bool = False


@dataclass(eq=False)
class _Speaking:
    task: SpeakTask
    waiting: list[_Sessions] = field(default_factory=list)
    attempts: int = 0


@dataclass(eq=False)
class _Sessions:
    """The sessions of a narration, which wait until no sentence of it is missing."""

    orders: list[Order] = field(default_factory=list)
    missing: set[_Speaking] = field(default_factory=set)


@dataclass(eq=False)
class _Building:
    """A session, and the segments of it that were or are being rendered: `missing` counts those that are not there."""

    order: Order
    attempts: int = 0
    segments: dict[int, SegmentDone | None] = field(default_factory=dict)
    missing: int = 0
    failed: bool = False


@dataclass(eq=False)
class _Rendering:
    building: _Building
    number: int
    attempts: int = 0


class Work:
    """The tasks of a catalogue, in an order that keeps all workers busy. Nothing here talks to a cluster."""

    def __init__(self, speaking: Iterable[tuple[SpeakTask, frozenset[str]]], orders: Iterable[Order]) -> None:
        self._next: deque[_Speaking | _Building | _Rendering] = deque()
        self._running: dict[int, _Speaking | _Building | _Rendering] = {}
        self._number = self._waiting = self.sentences = 0
        speakers: defaultdict[str, list[_Speaking]] = defaultdict(list)
        for task, keys in speaking:
            self._next.append(speaker := _Speaking(task))
            self.sentences += len(task.lines)
            for key in keys:
                speakers[key].append(speaker)
        groups: dict[int, _Sessions] = {}
        for order in orders:
            narration = order.narration
            if id(narration) not in groups:
                needed = (*narration.keys, takes_key(narration))
                missing = {speaker for key in needed for speaker in speakers.get(key, ())}
                groups[id(narration)] = group = _Sessions(missing=missing)
                for speaker in missing:
                    speaker.waiting.append(group)
            groups[id(narration)].orders.append(order)
            self._waiting += 1
        for group in groups.values():
            self._release_if_spoken(group)

    def step(self, slots: int) -> WorkStep | None:
        """Return what to do next, or None if everything else waits for what is being done.

        `slots` is the number of tasks that the workers do at the same time.
        """
        while self._next and _is_in_vain(self._next[0]):
            self._next.popleft()
        if not self._next:
            return None
        item = self._next.popleft()
        if isinstance(item, _Building) and not item.segments and (parts := self._parts(item.order, slots)):
            item.missing, item.segments = parts, dict.fromkeys(range(parts))
            self._next.extendleft(_Rendering(item, number) for number in reversed(range(parts)))
            item = self._next.popleft()
        self._number += 1
        self._running[self._number] = item
        return WorkStep(self._number, *_call(item))

    def end(self, number: int, result: TaskResult) -> TaskOutcome:
        """Note that a task has ended, and return what that means."""
        item = self._running.pop(number)
        if result.trouble == "store":
            return self._try_again(item, result.error)
        match item:
            case _Speaking():
                return self._spoken(item, result)
            case _Rendering(building=building):
                return self._rendered(building, item.number, result)
        if result.trouble:
            return TaskOutcome(failed=[item.order], error=result.error)
        return TaskOutcome(stored=item.order)

    def build_again(self, order: Order) -> None:
        """Build a session again that was damaged in the store."""
        self._next.appendleft(_Building(order))

    def _parts(self, order: Order, slots: int) -> int:
        """Return how many segments a session is worth: 0 unless some workers would have nothing to do."""
        idle = slots - len(self._next) - len(self._running) - self._waiting
        parts = min(idle, order.length // SEGMENT_MS)
        return parts if parts > 1 else 0

    def _try_again(self, item: _Speaking | _Building | _Rendering, error: str) -> TaskOutcome:
        item.attempts += 1
        if item.attempts >= _ATTEMPTS:
            return TaskOutcome(error=error, fatal=True)
        self._next.append(item)
        return TaskOutcome()

    def _spoken(self, speaker: _Speaking, result: TaskResult) -> TaskOutcome:
        failed: list[Order] = []
        for group in speaker.waiting:
            group.missing.discard(speaker)
            if result.trouble:
                failed += group.orders
                self._waiting -= len(group.orders)
                group.orders = []
            else:
                self._release_if_spoken(group)
        return TaskOutcome(
            0 if result.trouble else len(speaker.task.lines), failed=failed, error=result.error
        )

    def _release_if_spoken(self, group: _Sessions) -> None:
        """Put sessions whose sentences are all there before the next sentences, the longest first."""
        if not group.missing:
            self._waiting -= len(group.orders)
            longest_last = sorted(group.orders, key=lambda order: order.length)
            self._next.extendleft(_Building(order) for order in longest_last)
            group.orders = []

    def _rendered(self, building: _Building, number: int, result: TaskResult) -> TaskOutcome:
        if building.failed:
            return TaskOutcome()  # as another segment has before
        if result.trouble:
            building.failed = True
            return TaskOutcome(failed=[building.order], error=result.error)
        building.segments[number] = result.segment
        building.missing -= 1
        if building.missing == 0:
            self._next.appendleft(building)
        return TaskOutcome()


def _is_in_vain(item: _Speaking | _Building | _Rendering) -> bool:
    """Return whether it is a segment of a session of which another segment has failed."""
    return isinstance(item, _Rendering) and item.building.failed


def _call(item: _Speaking | _Building | _Rendering) -> tuple[Callable[[Any], TaskResult], object]:
    match item:
        case _Speaking(task=task):
            return speak_task, task
        case _Rendering(building=building, number=number):
            return segment_task, SegmentTask(building.order.task, number, len(building.segments))
    done = [segment for segment in item.segments.values() if segment]
    whole = len(done) == len(item.segments)  # otherwise the store had the sound already
    return session_task, replace(item.order.task, segments=tuple(done) if whole else ())
