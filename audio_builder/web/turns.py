"""Run what takes time in threads, with limits for each client, so that none keeps the others waiting."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, sleep, to_thread
from starlette.requests import Request

from ..service.speech_queue import NotYet
from .access import LOOPBACK

_Result = TypeVar("_Result")

_THREADS = 24
_THREADS_OF_A_CLIENT = 4
BURST_SECONDS = 4.0
"""Processor time that a client may use at once, enough to open about twenty sessions."""
SHARE = 0.1
"""The share of a processor that a client may use in the long run."""
WAIT_SECONDS = 5.0
"""How long a request waits for its turn."""
_LOOK_SECONDS = 0.25
_REMEMBERED_CLIENTS = 1000


class Turns:
    """Threads for requests. Clients on this computer have no limits, because a proxy may speak for many."""

    def __init__(self) -> None:
        self._threads = CapacityLimiter(_THREADS)  # not those that answer requests for pages
        self._running: Counter[str] = Counter()
        self._used: dict[str, tuple[float, float]] = {}  # by client: seconds, and when they were counted
        self._lock = threading.Lock()

    async def run(self, request: Request, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Return what a function returns in a thread.

        A client that has asked for too much lately waits for its turn. Raises NotYet after WAIT_SECONDS, so that a
        client that retries at once costs little.
        """
        client = request.client.host if request.client else ""
        if client in LOOPBACK:
            return await to_thread.run_sync(partial(function, *arguments), limiter=self._threads)
        deadline = time.monotonic() + WAIT_SECONDS
        while self._running[client] >= _THREADS_OF_A_CLIENT or self._lately(client) > BURST_SECONDS:
            if time.monotonic() > deadline:
                raise NotYet("You are asking for many things at once; try again in a while")
            await sleep(_LOOK_SECONDS)
        self._running[client] += 1
        try:
            charged = partial(self._charge, client, partial(function, *arguments))
            return await to_thread.run_sync(charged, limiter=self._threads)
        finally:
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]

    def _charge(self, client: str, function: Callable[[], _Result]) -> _Result:
        begin = time.thread_time()
        try:
            return function()
        finally:
            seconds = time.thread_time() - begin
            with self._lock:
                self._used[client] = (self._lately(client) + seconds, time.monotonic())
                if len(self._used) > _REMEMBERED_CLIENTS:
                    self._used = {one: used for one, used in self._used.items() if self._lately(one)}

    def _lately(self, client: str) -> float:
        """Return the processor time that a client has used and that has not been forgiven since, in seconds."""
        seconds, when = self._used.get(client, (0.0, 0.0))
        return max(0.0, seconds - SHARE * (time.monotonic() - when))
