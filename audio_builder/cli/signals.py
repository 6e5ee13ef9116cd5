"""What signals do to the command line: they end it, with its number as the exit status."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_AGAIN_SECONDS = 0.05


class Interrupted(KeyboardInterrupt):
    """A signal that ends the program, by its number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def end_on_signals() -> None:
    """Raise Interrupted in the main thread when a signal asks the program to end, and see that it arrives.

    Python runs some code whose exceptions nobody can catch, such as the callbacks by which `import` tidies up. If an
    interrupt is raised just there, Python reports it and goes on. So it is raised again a moment later.
    """
    for name in _SIGNALS:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _interrupt)
    sys.unraisablehook = _raise_again


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)


def _raise_again(lost: sys.UnraisableHookArgs) -> None:
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    number = lost.exc_value.number if isinstance(lost.exc_value, Interrupted) else signal.SIGINT
    # from a thread, because an interrupt that is raised in this function would be lost as well
    again = threading.Timer(_AGAIN_SECONDS, signal.raise_signal, [number])
    again.daemon = True
    again.start()
