"""A few things kept in memory that take time to make."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


class MemoryCache(Generic[Key, Thing]):
    """The `most` things made last, by key. Safe among threads: who comes while a thing is being made waits for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Key, Future[Thing]] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, key: Key) -> bool:
        """Whether a thing is kept, or being made."""
        with self._lock:
            return key in self._things

    def get(self, key: Key, make: Callable[[], Thing]) -> Thing:
        """The thing, made now where it is not kept; a fault is raised to all who wait for it, and not kept."""
        with self._lock:
            kept = self._things.get(key)
            if kept is None:
                mine = self._things[key] = Future()
                if len(self._things) > self._most:
                    self._things.popitem(last=False)
            else:
                self._things.move_to_end(key)
        if kept is not None:
            return kept.result()
        try:
            mine.set_result(make())
        except BaseException as error:
            self._forget(key, mine)
            mine.set_exception(error)
            raise
        return mine.result()

    def begin(self, key: Key, start: Callable[[], Future[Thing]]) -> Future[Thing]:
        """The thing as it is kept or being made; where it is not, `start` has it made elsewhere. Nobody waits."""
        with self._lock:
            kept = self._things.get(key)
            if kept is not None:
                self._things.move_to_end(key)
                return kept
            mine = self._things[key] = start()
            if len(self._things) > self._most:
                self._things.popitem(last=False)

        def done(made: Future[Thing]) -> None:
            if made.cancelled() or made.exception() is not None:
                self._forget(key, mine)

        mine.add_done_callback(done)
        return mine

    def clear(self) -> None:
        """Forget all values. A value that is being made still reaches those who wait for it."""
        with self._lock:
            self._things.clear()

    def _forget(self, key: Key, thing: Future[Thing]) -> None:
        with self._lock:
            if self._things.get(key) is thing:
                del self._things[key]
