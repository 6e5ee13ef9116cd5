"""Connections that cannot tie up the server: they have time limits, and there is a limit to their number."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import Counter
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from .hosting import TrustedProxies, plain_address

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # checked before its use

HEAD_SECONDS = 15.0
"""How long a client may take for the first line and the headers of a request."""
BODY_SECONDS = 60.0
"""How long it may take for the rest of the request."""
STALLED_SECONDS = 600.0
"""How long it may leave a response unread, as a paused player does. Players ask again for the rest."""
SEND_BUFFER = 128 * 1024
"""Bytes that the system may hold for a client that reads slowly. More would let a thousand listeners ask for minutes of
sound at once."""
MOST_CONNECTIONS = 2000
MOST_CONNECTIONS_OF_A_CLIENT = 200
"""Of one address other than this computer's and those of proxies, which speak for many."""
_FILES_FOR_OTHER_USES = 128
_FILES_OF_A_LISTENER = 2  # the connection and an MP3
_LOG_SECONDS = 60.0
_log = logging.getLogger("uvicorn.error")


class Connection(H11Protocol):
    """An HTTP connection of uvicorn that is closed if its client keeps the server waiting for a request."""

    _clients: ClassVar[Counter[str]] = Counter()
    most: ClassVar[int] = MOST_CONNECTIONS
    proxies: ClassVar[TrustedProxies] = TrustedProxies()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._deadline: asyncio.TimerHandle | None = None
        self._phase = ""
        self._stalled: asyncio.TimerHandle | None = None
        if (connected := transport.get_extra_info("socket")) is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        host = self._host()
        Connection._clients[host] += 1
        speaks_for_many = host in ("127.0.0.1", "::1", "") or host in Connection.proxies
        too_many = not speaks_for_many and Connection._clients[host] > MOST_CONNECTIONS_OF_A_CLIENT
        if len(self.connections) > Connection.most or too_many:
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()
        if not self.transport.get_write_buffer_size():
            self._stop_waiting_for_reader()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()
        if self._stalled is None and self.transport.get_write_buffer_size():
            self._stalled = self.loop.call_later(STALLED_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        host = self._host()
        Connection._clients[host] -= 1
        if not Connection._clients[host]:
            del Connection._clients[host]
        self._expect("")
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def _host(self) -> str:
        return plain_address(self.client[0]) if self.client else ""

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_waiting_for_reader()
        self._stalled = self.loop.call_later(STALLED_SECONDS, self._give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_waiting_for_reader()

    def _stop_waiting_for_reader(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _watch(self) -> None:
        """Set the time limit for what the client has to send next."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._expect("body" if cycle.more_body else "")
        elif self.timeout_keep_alive_task is None:  # otherwise uvicorn's own limit applies
            self._expect("head")
        else:
            self._expect("")

    def _expect(self, phase: str) -> None:
        if phase == self._phase:
            return  # what comes slowly does not extend the limit
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._phase = phase
        if phase:
            seconds = HEAD_SECONDS if phase == "head" else BODY_SECONDS
            self._deadline = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self._deadline = None
        self.transport.abort()  # also if it is closing, because then it waits for its reader


def make_room() -> None:
    """Let this process open as many files as the system allows, and keep some for other uses than connections."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_OF_A_LISTENER * MOST_CONNECTIONS + _FILES_FOR_OTHER_USES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        Connection.most = max(
            16, min(MOST_CONNECTIONS, (most - _FILES_FOR_OTHER_USES) // _FILES_OF_A_LISTENER)
        )


def log_errors_sparingly(loop: asyncio.AbstractEventLoop) -> None:
    """Log what goes wrong outside of requests, such as a lack of file descriptors, in one line and once a minute."""
    last: dict[str, float] = {}

    def log(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        message = str(context.get("message", "error"))
        now = time.monotonic()
        if now - last.get(message, -_LOG_SECONDS) >= _LOG_SECONDS:
            last[message] = now
            reason = context.get("exception")
            _log.error("%s%s", message, f": {reason}" if reason else "")

    loop.set_exception_handler(log)
