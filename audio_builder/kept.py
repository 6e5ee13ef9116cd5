"""A few things kept in memory that take time to make."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


class Kept(Generic[Key, Thing]):
    """The `most` things made last, by key. Safe among threads: who comes while a thing is being made waits for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Key, Future[Thing]] = OrderedDict()
        self._lock = Lock()

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
            with self._lock:
                if self._things.get(key) is mine:
                    del self._things[key]
            mine.set_exception(error)
            raise
        return mine.result()
