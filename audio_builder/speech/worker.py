"""Processes that speak, so that an engine which hangs, crashes or prints does no harm.

The parent process holds a `Worker`, and the child process runs `answer_requests`. They exchange pickles over the
child's pipes: a function with its arguments, and its result or the AudioBuilderError it raised.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar

from ..errors import AudioBuilderError, VoiceFailed

_P = ParamSpec("_P")
_T = TypeVar("_T")
_IMPORT_FOLDER = Path(__file__).parents[2]
_answering = threading.Event()
"""Set in child processes."""


class Worker:
    """A child process. The first call starts it, and so does the next call after it hung or died.

    Use one worker per engine: pyttsx3 and piper bring different builds of espeak-ng, which crash in one process.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._closed = False
        self._busy = threading.Lock()

    def call(self, timeout: float, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what the function returns in the child process.

        Raise the AudioBuilderError that it raises, or VoiceFailed if the child dies or takes longer than `timeout`
        seconds. The child is then killed.
        """
        with self._busy:
            child = self._start()
            timed_out = threading.Event()

            def stop() -> None:
                timed_out.set()
                child.kill()

            timer = threading.Timer(timeout, stop)
            timer.daemon = True
            timer.start()
            try:
                reply: _T | AudioBuilderError = _exchange(child, (function, args, kwargs))
            except (OSError, EOFError, pickle.UnpicklingError):
                last_line = self._end()
                reason = f"hung for {timeout:g} s" if timed_out.is_set() else f"died{last_line}"
                raise VoiceFailed(reason) from None
            finally:
                timer.cancel()
        if isinstance(reply, AudioBuilderError):
            raise reply
        return reply

    def close(self) -> None:
        """Kill the child process, whatever it is doing. A call that waits for it fails."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
        with self._busy:
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed together with the child)
            paths = [str(_IMPORT_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-c", f"from {__name__} import answer_requests as run; run()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        if self._closed:  # another thread may have closed this worker in the meantime
            self._child.kill()
        return self._child

    def _end(self) -> str:
        """End the child and return the last line of its standard error, in brackets."""
        child, errors, self._child, self._errors = self._child, self._errors, None, None
        if child is None or errors is None:
            return ""
        child.kill()
        with contextlib.suppress(OSError):  # the child did not read the request
            child.communicate()
        with errors:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines()
        return f" ({lines[-1][:200]})" if lines else ""


def in_worker() -> bool:
    """Return whether this process is a worker's child process."""
    return _answering.is_set()


_LOWER_PRIORITY = 10
"""By how much speaking is nicer than the rest of the program, so that those who listen meanwhile do not wait."""


def answer_requests() -> None:
    """Answer requests until the pipe closes. Whatever engines print goes to standard error."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no nice
        os.nice(_LOWER_PRIORITY)
    _answering.set()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and ends its workers
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    while True:
        try:
            function, args, kwargs = pickle.load(requests)
        except EOFError:
            return
        reply: Any
        try:
            reply = function(*args, **kwargs)
        except AudioBuilderError as error:
            reply = error
        pickle.dump(reply, replies, protocol=pickle.HIGHEST_PROTOCOL)
        replies.flush()


def _exchange(child: subprocess.Popen[bytes], request: Any) -> Any:
    assert child.stdin is not None and child.stdout is not None
    pickle.dump(request, child.stdin, protocol=pickle.HIGHEST_PROTOCOL)
    child.stdin.flush()
    return pickle.load(child.stdout)
