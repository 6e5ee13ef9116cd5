"""When a server first listed each script and session, so that their dates in its feeds stay as they are."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..files import locked, read_file, write_atomically

FILE_NAME = ".first-seen.json"


def first_seen(folder: Path, files: dict[str, Path]) -> dict[str, datetime]:
    """Return when a server of the library in `folder` first listed each of the files, which are given by a key.

    The first time, that is the date of the file. It is recorded in the library, and later dates of the file, such as
    those of a copy, change nothing. If the library cannot be written, dates follow the files.
    """
    path = folder / FILE_NAME
    known = _read(path)
    new = {key: modified(file) for key, file in files.items() if key not in known}
    if new:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder):  # another process may have recorded some meanwhile
                known = _read(path)
                written = msgspec.json.format(msgspec.json.encode(new | known), indent=1)
                write_atomically(path, written + b"\n")
    known = new | known
    return {key: known[key] for key in files}


def modified(path: Path) -> datetime:
    """Return the modification date of a file in whole seconds."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def _read(path: Path) -> dict[str, datetime]:
    try:
        return msgspec.json.decode(read_file(path), type=dict[str, datetime])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
