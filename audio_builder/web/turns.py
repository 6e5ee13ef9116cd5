"""Run what takes time in threads, with limits for each client, so that none keeps the others waiting."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, sleep, to_thread
from starlette.requests import Request

from ..service.group import ServerGroup
from ..service.speech_queue import NotYet
from .access import LOOPBACK
from .client_use import MemoryUse, SharedUse

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


class Turns:
    """Threads for requests. Clients on this computer have no limits: one may be a proxy that passes on many others.

    The processes of a group charge their clients together, and each runs its part of their requests.
    """

    def __init__(self, group: ServerGroup | None = None) -> None:
        self._threads = CapacityLimiter(_THREADS)  # not those that answer requests for pages
        self._most = group.share(_THREADS_OF_A_CLIENT) if group else _THREADS_OF_A_CLIENT
        self._running: Counter[str] = Counter()
        self._used = SharedUse(group.folder) if group else MemoryUse()

    async def run(self, request: Request, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Return what a function returns in a thread.

        A client that has asked for too much lately waits for its turn. Raises NotYet after WAIT_SECONDS, so that a
        client that retries at once costs little.
        """
        client = request.client.host if request.client else ""
        if client in LOOPBACK:
            return await to_thread.run_sync(partial(function, *arguments), limiter=self._threads)
        deadline = time.monotonic() + WAIT_SECONDS
        while self._running[client] >= self._most or self._used.lately(client, SHARE) > BURST_SECONDS:
            if time.monotonic() > deadline:
                raise NotYet("Too many requests at once; try again in a moment")
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
            self._used.charge(client, time.thread_time() - begin, SHARE)
