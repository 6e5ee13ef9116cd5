"""The report of an internal error. It is imported only when one happens, because other commands need none of it."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from .. import __version__


def write_crash_report(arguments: Sequence[str]) -> Path:
    """Write the current exception, with what is needed to understand it, to a temporary file."""
    handle, name = tempfile.mkstemp(prefix="audio-builder-report-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(
            f"audio-builder {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        )
        file.write(f"command: {' '.join(arguments)}\n\n{traceback.format_exc()}")
    return Path(name)
