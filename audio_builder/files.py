"""Read files safely, whatever they are, and write them atomically: readers see the old content or the new."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .text import closest
from .units import file_size

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # checked before each use

PARTIAL_SUFFIX = ".part"
"""How the names of files end while they are being written."""
_READABLE = 0o644  # mkstemp creates files that only their owner can read
_threads = threading.RLock()
_LARGEST_BLANK = 100  # bytes
_ABANDONED_SECONDS = 86_400.0
LARGEST_READ = 64_000_000
"""The largest file that is read as a whole, in bytes, unless its kind has its own limit."""
_OPEN_FLAGS = getattr(os, "O_NONBLOCK", 0)  # opening a named pipe would wait for its writer


def read_file(path: Path, most: int = LARGEST_READ) -> bytes:
    """Return the content of a file of at most `most` bytes.

    Raises OSError if the file cannot be read or is larger, or if it is a device or a named pipe, which may never end.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file")
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _OPEN_FLAGS)) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is a device or a named pipe, not a file")
        content = file.read(min(most, status.st_size) + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {file_size(most)}")
    return content


def read_text(path: Path) -> str:
    """Return a UTF-8 text without its byte order mark. Raises OSError as `read_file`, and UnicodeDecodeError."""
    return read_file(path).decode("utf-8-sig")


def reason(error: Exception) -> str:
    """Return what went wrong with a file, without the number of the error."""
    return str(getattr(error, "strerror", None) or error)


def cannot_read(path: Path, error: OSError) -> str:
    """Return a message for a file that cannot be read. If it does not exist, suggest the most similar name."""
    hint = ""
    with suppress(OSError):  # a folder that may not be listed
        if isinstance(error, FileNotFoundError):
            if not path.parent.is_dir():
                hint = f". There is no folder {path.parent}."
            elif near := closest(path.name, (other.name for other in path.parent.iterdir())):
                hint = f'. Did you mean "{path.with_name(near)}"?'
    return f"Cannot read {path}: {reason(error)}{hint}"


@contextmanager
def atomic_writer(path: Path, *, sync: bool = True, mode: int | None = None) -> Iterator[IO[bytes]]:
    """Yield a file whose content replaces `path` on a normal exit; on any exception `path` is left untouched.

    A link to a file stays, and that file is replaced. A file that is replaced keeps its permissions unless
    there is a `mode`. With `sync` the content is on the disk before the name is. The folder must exist. Raises OSError.
    """
    path = path.resolve() if path.is_symlink() and is_file(path) else path  # and not if it leads nowhere
    _remove_abandoned(path)
    prefix = f".{path.name}.{os.getpid()}-"
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=PARTIAL_SUFFIX, dir=path.parent)
    temporary = Path(name)
    hold(handle)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        temporary.chmod(_permissions(path) if mode is None else mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _permissions(path: Path) -> int:
    """Return the permissions of a file, or those of a new one."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return _READABLE


def hold(handle: int) -> bool:
    """Mark an open file or folder as in use until it is closed. Return False if it already is, or cannot be marked.

    Does nothing on Windows."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # in use, or a file system without locks
        return False
    return True


def hold_folder(folder: Path) -> int | None:
    """Open a folder and mark it as in use, if the system can. Return the handle to close. Raises OSError."""
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY)
    hold(handle)
    return handle


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder. Other threads and processes that lock it wait until it is unlocked. Raises OSError.

    Windows cannot lock folders, so only the threads of one process wait for each other there."""
    with _threads:
        if fcntl is None:
            yield
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def create_atomically(path: Path, content: bytes) -> None:
    """Write a file that does not exist yet, or is blank. Raises OSError: FileExistsError if there is another."""
    with locked(path.parent):
        if path.exists() and not is_blank(path):
            raise FileExistsError(errno.EEXIST, "it exists already", str(path))
        write_atomically(path, content)


def is_blank(path: Path) -> bool:
    """Return whether this is a file that is empty or has only white space in it. Raises OSError."""
    return path.is_file() and path.stat().st_size < _LARGEST_BLANK and not path.read_bytes().strip()


def is_abandoned(path: Path) -> bool:
    """Return whether the process that was writing a file or a folder has ended. Raises OSError.

    On Windows, where `hold` does nothing, assume that it has if nothing has been written for a day."""
    if fcntl is None:
        return time.time() - path.stat().st_mtime > _ABANDONED_SECONDS
    handle = os.open(path, os.O_RDONLY)
    try:
        return hold(handle)
    finally:
        os.close(handle)


def _remove_abandoned(path: Path) -> None:
    """Remove partial files that interrupted writers have left next to a file."""
    prefix = f".{path.name}."
    for partial in path.parent.iterdir():
        if partial.name.startswith(prefix) and partial.name.endswith(PARTIAL_SUFFIX):
            with suppress(OSError, ValueError):
                writer = int(partial.name.removeprefix(prefix).partition("-")[0])
                if not _is_running(writer) and is_abandoned(partial):
                    partial.unlink()


def _is_running(process: int) -> bool:
    """Return whether a process with this ID is running. It may be on another computer, so check the file too."""
    if os.name == "nt":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def write_atomically(path: Path, content: bytes, *, sync: bool = True, mode: int | None = None) -> None:
    """Replace the content of `path`, or leave it untouched if that fails. Raises OSError.

    `mode` sets its permissions, by default those that it had.
    """
    with atomic_writer(path, sync=sync, mode=mode) as file:
        file.write(content)


SOUND_SUFFIXES = {".wav", ".mp3", ".m4a", ".flac", ".ogg", ".opus", ".aif", ".aiff", ".aac"}
"""How the names of sound files end."""
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png"}
"""How the names of picture files end."""
FIGURE_SUFFIXES = {*PICTURE_SUFFIXES, ".svg"}
"""How the names of an author's own figures end."""


def is_sound_path(name: str) -> bool:
    """Return whether an ambience or a bell is given as the path of a sound file rather than by name."""
    return Path(name).suffix.lower() in SOUND_SUFFIXES or "/" in name or "\\" in name


def exists(path: Path) -> bool:
    """Return whether anything has this name, even a broken link: reading it reports what is wrong."""
    try:
        return os.path.lexists(path)
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Return whether the file exists; False also for names that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Return whether the folder exists; False also where its parent may not be looked into."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def expanded(path: str) -> Path:
    """Return a path in which `~` stands for the user's folder, or as it is if there is no user of that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
