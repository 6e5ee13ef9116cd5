"""The report of an internal error. It is imported only when one happens, because other commands need none of it."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence

from .. import __version__


def reported(arguments: Sequence[str]) -> str:
    """Write the current exception, with what is needed to understand it, to a temporary file. Return what to say."""
    text = (
        f"audio-builder {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: {' '.join(arguments)}\n\n{traceback.format_exc()}"
    )
    try:
        handle, name = tempfile.mkstemp(prefix="audio-builder-report-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        short = text.splitlines()[-1]
        return f"Internal error in audio-builder, and no report can be written ({error.strerror}): {short}"
    return f"Internal error in audio-builder. Please report it with this file: {name}"
