"""A real Dask cluster on loopback, whose processes end with the test that uses them."""

import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from servers import ended, free_ports


class LocalCluster:
    """A scheduler and its workers, each a process with a cache of its own. `environment` is that of all of them."""

    def __init__(self, folder: Path, **environment: str):
        self.folder, self.environment = folder, environment
        self.port = free_ports(1)[0]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.workers: list[subprocess.Popen] = []
        self._stack = ExitStack()
        self._started = 0

    def __enter__(self):
        self.start_scheduler()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def start_scheduler(self):
        """Start the scheduler, always on the same port."""
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-show"]
        self.scheduler = self._start("scheduler", options, self.folder / "scheduler")

    def start_worker(self, cache: Path | None = None, threads: int = 1, **environment: str):
        """Start a worker, by default with an empty cache, and return its process."""
        folder = self.folder / f"worker-{self._started}"
        options = [self.address, "--host", "127.0.0.1", "--nthreads", str(threads), "--no-dashboard"]
        options += ["--no-nanny", "--death-timeout", "60", "--local-directory", str(folder / "scratch")]
        worker = self._start("worker", options, folder, XDG_CACHE_HOME=str(cache or folder), **environment)
        self.workers.append(worker)
        return worker

    def log(self, name: str) -> str:
        """Return what a process has printed."""
        return (self.folder / name / "log").read_text()

    def _start(self, command, options, folder, **environment):
        self._started += 1
        folder.mkdir(exist_ok=True, parents=True)
        with (folder / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", command, *options],
                cwd=folder,
                env={**os.environ, "PYTHONWARNINGS": "", **self.environment, **environment},
                stdout=log,
                stderr=log,
            )
        return self._stack.enter_context(ended(process, at_once=True))


def until(condition, seconds=60):
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


class Gate:
    """A way to a server on loopback that can be closed for a while. While it is closed, it refuses connections."""

    def __init__(self, address: str):
        self._server = ("127.0.0.1", int(address.rpartition(":")[2]))
        self._port = free_ports(1)[0]
        self.address = f"http://127.0.0.1:{self._port}"
        self.open()

    def open(self):
        """Let connections through."""
        self._closing = threading.Event()
        self._thread = threading.Thread(
            target=self._forward, args=(self._listen(), self._closing), daemon=True
        )
        self._thread.start()

    def close(self):
        """Refuse connections, and drop those that are open."""
        self._closing.set()
        self._thread.join()

    def _listen(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen(128)
        return listener

    def _forward(self, listener, closing):
        other: dict[socket.socket, socket.socket] = {}
        with selectors.DefaultSelector() as ready:
            ready.register(listener, selectors.EVENT_READ)
            while not closing.is_set():
                for key, _ in ready.select(0.05):
                    if key.fileobj is listener:
                        pair = listener.accept()[0], socket.create_connection(self._server)
                        other |= {pair[0]: pair[1], pair[1]: pair[0]}
                        for end in pair:
                            ready.register(end, selectors.EVENT_READ)
                        continue
                    data = b""
                    if key.fileobj in other:
                        with suppress(OSError):
                            data = key.fileobj.recv(1 << 16)
                            other[key.fileobj].sendall(data)
                    if not data and key.fileobj in other:
                        for end in (key.fileobj, other[key.fileobj]):
                            ready.unregister(end)
                            other.pop(end)
                            end.close()
        for end in (listener, *other):
            end.close()


@contextmanager
def gate(address: str):
    """Yield a gate in front of a server, which ends with the test."""
    way = Gate(address)
    try:
        yield way
    finally:
        way.close()
