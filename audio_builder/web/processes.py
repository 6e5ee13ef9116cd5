"""Serve with several processes, which one parent starts, replaces and ends.

They accept connections from one socket that the parent opened, so those that wait for a process that dies are taken by
another one. Each child holds the end of a pipe of the parent: if the parent ends, however it ends, so does the child.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..cache import Cache
from ..cluster.shared_cache import shared_cache
from ..errors import AudioBuilderError
from ..request import Workspace
from ..script.search import script_finder
from ..service.group import ServerGroup, server_group
from .access import AccessPolicy
from .app import app
from .hosting import Hosting
from .metrics import forget_process, metrics_environment
from .server import print_speech, run_server

_LOOK_SECONDS = 0.2
STOP_SECONDS = 40.0
"""How long processes may take to end. Voices and builds are given up sooner."""
_LONG_ENOUGH = 30.0
"""Seconds after which a process counts as one that worked, so that another one takes its place at once."""
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 30.0
_CANNOT_START = 3
_IMPORT_FOLDER = Path(__file__).parents[2]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerSettings:
    """What every process of a server has to know: the folders of scripts and of the library, who may use it, the store
    behind its cache, if there is one, how it is reached, and whether it prints what it speaks."""

    scripts: Path | None
    out: Path
    policy: AccessPolicy
    store: str | None = None
    hosting: Hosting = field(default_factory=Hosting)
    prints_speech: bool = False

    def workspace(self, cores: int) -> Workspace:
        """Return the workspace of a process that may use that many cores. Raises AudioBuilderError."""
        cache = shared_cache(self.store) if self.store else Cache()
        return Workspace(script_finder(self.scripts), self.out, cache, cores)


def serve_in_processes(settings: ServerSettings, listener: socket.socket, count: int, cores: int) -> None:
    """Serve with `count` processes until a signal ends all of them.

    Raises AudioBuilderError if they cannot start, and where processes cannot share a socket.
    """
    if os.name == "nt":
        raise AudioBuilderError("Windows cannot share a port among processes: use --workers 1")
    with server_group(settings.workspace(1).cache, count, cores) as group:
        parent = _Parent(settings, listener, group)
        try:
            with contextlib.suppress(KeyboardInterrupt):  # the usual end of a server, by any signal
                parent.watch()
        finally:
            parent.end_all()


@dataclass
class _Place:
    """One of the processes, and then those that take its place."""

    process: subprocess.Popen[bytes] | None = None
    pipe: int = -1
    started: float = 0.0
    delay: float = 0.0
    not_before: float = 0.0


@dataclass
class _Parent:
    settings: ServerSettings
    listener: socket.socket
    group: ServerGroup
    places: list[_Place] = field(default_factory=list)

    def watch(self) -> None:
        """Start the processes, and others in place of those that end."""
        self.places += [_Place() for _ in range(self.group.processes)]
        while True:
            for place in self.places:
                if place.process is not None and place.process.poll() is not None:
                    self._bury(place, place.process.returncode)
                if place.process is None and time.monotonic() >= place.not_before:
                    self._start(place)
            time.sleep(_LOOK_SECONDS)

    def end_all(self) -> None:
        """Ask all processes to end, and end those that do not. A second signal ends them at once."""
        try:
            self._signal_all(signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline and any(map(_is_running, self.places)):
                time.sleep(_LOOK_SECONDS / 4)
        except KeyboardInterrupt:
            pass
        finally:
            self._signal_all(signal.SIGKILL)
            for place in self.places:
                if place.process is not None:
                    place.process.wait()
                    os.close(place.pipe)

    def _start(self, place: _Place) -> None:
        """Start a process. It gets the settings through the pipe that stays open as long as this process lives."""
        reading, writing = os.pipe()
        listening = self.listener.fileno()
        paths = [str(_IMPORT_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
        counting = metrics_environment(self.group.folder) if self.settings.hosting.metrics else {}
        try:
            os.write(writing, pickle.dumps((self.settings, self.group)))
            place.process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-c", f"from {__name__} import run_process as run; run()"),
                    *(str(listening), str(reading)),
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=(listening, reading),
                process_group=0,  # Ctrl-C is for the parent, which tells the others
                env={**os.environ, **counting, "PYTHONPATH": os.pathsep.join(paths)},
            )
        except OSError as error:  # such as no memory: the others go on
            os.close(writing)
            place.delay = min(_LONGEST_DELAY, place.delay * 2 or _FIRST_DELAY)
            place.not_before = time.monotonic() + place.delay
            _log.warning("Cannot start a server process: %s. Trying again.", error.strerror)
            return
        finally:
            os.close(reading)
        place.pipe, place.started = writing, time.monotonic()

    def _bury(self, place: _Place, status: int) -> None:
        """Clear the place of a process that has ended, and say when the next one may start."""
        os.close(place.pipe)
        if place.process is not None and self.settings.hosting.metrics:
            forget_process(self.group.folder, place.process.pid)
        place.process, place.pipe = None, -1
        if status == _CANNOT_START:
            raise AudioBuilderError("The server could not start; the messages above say why")
        lived = time.monotonic() - place.started
        place.delay = 0.0 if lived > _LONG_ENOUGH else min(_LONGEST_DELAY, place.delay * 2 or _FIRST_DELAY)
        place.not_before = time.monotonic() + place.delay
        reason = f"signal {-status}" if status < 0 else f"status {status}"
        _log.warning("A process of the server has ended (%s); another one takes its place", reason)

    def _signal_all(self, number: signal.Signals) -> None:
        for place in self.places:
            if place.process is not None and place.process.poll() is None:
                place.process.send_signal(number)


def _is_running(place: _Place) -> bool:
    return place.process is not None and place.process.poll() is None


def run_process() -> None:
    """Serve in a process that a parent has started, until it is told to end or the parent has ended."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn raises it again when it has stopped
    listening, reading = map(int, sys.argv[1:])
    with contextlib.suppress(KeyboardInterrupt):
        pipe = os.fdopen(reading, "rb")
        settings, group = pickle.load(pipe)
        threading.Thread(target=_end_with_parent, args=(pipe,), daemon=True).start()
        if settings.prints_speech:
            print_speech()
        workspace = settings.workspace(group.share(group.cores))
        application = app(workspace, settings.policy, group=group, hosting=settings.hosting)
        if not run_server(application, socket.socket(fileno=listening)):
            sys.exit(_CANNOT_START)


def _end_with_parent(pipe: IO[bytes]) -> None:
    while pipe.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)  # whatever still holds it up
