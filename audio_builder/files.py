"""Write files atomically: readers see the old content or the new content, never a part of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PARTIAL_SUFFIX = ".part"
"""How the names of files end while they are being written."""
_READABLE = 0o644  # mkstemp creates files that only their owner can read


@contextmanager
def atomic_writer(path: Path, *, sync: bool = True) -> Iterator[IO[bytes]]:
    """Yield a file whose content replaces `path` on a normal exit; on any exception `path` is left untouched.

    With `sync` the content is on the disk before the name is. The folder must exist. Raises OSError.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=PARTIAL_SUFFIX, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        temporary.chmod(_READABLE)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Replace the content of `path`, or leave it untouched if that fails. Raises OSError."""
    with atomic_writer(path, sync=sync) as file:
        file.write(content)


SOUND_SUFFIXES = {".wav", ".mp3", ".m4a", ".flac", ".ogg", ".opus", ".aif", ".aiff", ".aac"}
"""How the names of sound files end."""
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png"}
"""How the names of picture files end."""


def is_sound_path(name: str) -> bool:
    """Return whether an ambience or a bell is given as the path of a sound file rather than by name."""
    return Path(name).suffix.lower() in SOUND_SUFFIXES or "/" in name or "\\" in name


def is_file(path: Path) -> bool:
    """Return whether the file exists; False also for names that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
