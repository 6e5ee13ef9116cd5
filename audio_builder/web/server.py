"""Run the web application in this process, on a socket that listens already."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket

import uvicorn
from starlette.applications import Starlette

from ..service import speech_queue
from .connections import Connection, make_room

_GRACE_SECONDS = 2


def run_server(application: Starlette, listener: socket.socket) -> bool:
    """Serve until a signal ends it, and return whether it could start."""
    make_room()
    Connection.proxies = application.state.proxies
    config = uvicorn.Config(
        application,
        http=Connection,
        proxy_headers=False,  # the application knows which proxies it trusts; uvicorn would trust this computer
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    hangup = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        signal.signal(hangup, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        with contextlib.suppress(KeyboardInterrupt):  # the usual end of a server
            server.run(sockets=[listener])
    finally:
        application.state.stop()
    return server.started


def print_speech() -> None:
    """Print on standard error which scripts this process speaks, and when all of them are spoken."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger(speech_queue.__name__)
    log.setLevel(logging.INFO)
    log.handlers, log.propagate = [handler], False
