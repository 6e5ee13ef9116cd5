"""A process that speaks, so that an engine which hangs, dies or prints harms nothing.

The parent holds a `Worker`; the child runs `main`. Requests and replies are pickles over the child's pipes:
a function with its arguments one way, its result or the BuilderError it raised the other.
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

P = ParamSpec("P")
T = TypeVar("T")
_FOLDER = Path(__file__).parents[2]


class Worker:
    """A child process that is started by its first call, and again after it hung or died.

    It is for one engine: pyttsx3 and piper bring different builds of espeak-ng, which crash in one process.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._closed = False
        self._busy = threading.Lock()

    def call(self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns in the child.

        Raises the BuilderError that it raised; VoiceFailed, saying "hung" or "died", when nothing came back within
        the time.
        """
        with self._busy:
            child = self._started()
            hung = threading.Event()

            def stop() -> None:
                hung.set()
                child.kill()

            timer = threading.Timer(seconds, stop)
            timer.daemon = True
            timer.start()
            try:
                reply: T | AudioBuilderError = _exchange(child, (function, args, kwargs))
            except (OSError, EOFError, pickle.UnpicklingError):
                last_words = self._end()
                raise VoiceFailed(
                    f"hung for {seconds:g} s" if hung.is_set() else f"died{last_words}"
                ) from None
            finally:
                timer.cancel()
        if isinstance(reply, AudioBuilderError):
            raise reply
        return reply

    def close(self) -> None:
        """Ends the child, whatever it is doing; a call that waits for it fails."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
        with self._busy:
            self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the child)
            paths = [str(_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-c", "from audio_builder.speech.worker import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        if self._closed:  # perhaps meanwhile, by another thread
            self._child.kill()
        return self._child

    def _end(self) -> str:
        """Ends the child and gives the last line of what it wrote to standard error."""
        child, errors, self._child, self._errors = self._child, self._errors, None, None
        if child is None or errors is None:
            return ""
        child.kill()
        with contextlib.suppress(OSError):  # a request that no one will read
            child.communicate()
        with errors:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines()
        return f" ({lines[-1][:200]})" if lines else ""


def _exchange(child: subprocess.Popen[bytes], request: Any) -> Any:
    assert child.stdin is not None and child.stdout is not None
    pickle.dump(request, child.stdin, protocol=pickle.HIGHEST_PROTOCOL)
    child.stdin.flush()
    return pickle.load(child.stdout)


def main() -> None:
    """Answers requests until the pipe closes. What engines print goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle: it ends its workers
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
