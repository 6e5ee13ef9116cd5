"""A small cache in memory for results that take time to compute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class MemoryCache(Generic[_Key, _Value]):
    """Up to `size` values by key; the least recently used is dropped first.

    It is thread-safe. Each value is computed once: other threads that ask for it meanwhile wait for the result."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._futures: OrderedDict[_Key, Future[_Value]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key, compute: Callable[[], _Value]) -> _Value:
        """Return the cached value, or else call `compute` and cache what it returns.

        An exception is raised in every thread that waits for the value, and is not cached."""
        future, is_new = self._find_or_add(key)
        if is_new:
            try:
                future.set_result(compute())
            except BaseException as error:
                self._drop(key, future)
                future.set_exception(error)
                raise
        return future.result()

    def clear(self) -> None:
        """Drop all values. Computations that are running go on, for those who wait for them."""
        with self._lock:
            self._futures.clear()

    def _find_or_add(self, key: _Key) -> tuple[Future[_Value], bool]:
        """Return the future for a key, and whether it is new."""
        with self._lock:
            future = self._futures.get(key)
            if future is not None:
                self._futures.move_to_end(key)
                return future, False
            future = self._futures[key] = Future()
            if len(self._futures) > self._size:
                self._futures.popitem(last=False)
            return future, True

    def _drop(self, key: _Key, future: Future[_Value]) -> None:
        with self._lock:
            if self._futures.get(key) is future:
                del self._futures[key]
