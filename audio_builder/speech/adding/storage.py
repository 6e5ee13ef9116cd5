"""Where added voices are kept: a folder for each, which is there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import platformdirs
from filelock import FileLock, Timeout

from ...errors import AudioBuilderError
from ...files import reason, write_atomically

FACTS = "voice.json"
"""The file in the folder of a voice that says what it is. A folder without it is not a voice."""
_FORMAT = 1
_STAGING = ".unfinished"


class Facts(msgspec.Struct, frozen=True):
    """What is known of an added voice.

    `files` are the names, sizes and checksums of its files. `measured` is what its engine measured before the voice
    was added, such as its `gain` in dB.
    """

    engine: str
    name: str
    language: str
    language_name: str
    source: str
    files: dict[str, tuple[int, str]]
    measured: dict[str, Any]
    speakers: int = 1
    format: int = _FORMAT


@dataclass(frozen=True, slots=True)
class AddedVoice:
    """An added voice: its folder, and what is known of it."""

    folder: Path
    facts: Facts

    @property
    def option(self) -> str:
        """What `--voice` takes."""
        return f"{self.facts.engine}:{self.facts.name}"

    @property
    def is_whole(self) -> bool:
        """Whether each file is there in its size. Somebody may have deleted or replaced one."""
        return all(_size(self.folder / name) == size for name, (size, _) in self.facts.files.items())


def voices_folder() -> Path:
    """Return `$XDG_DATA_HOME/audio-builder/voices` if that variable is set, or else the platform's data folder."""
    home = os.environ.get("XDG_DATA_HOME", "")
    if home:
        return Path(home) / "audio-builder" / "voices"
    return Path(platformdirs.user_data_dir("audio-builder", appauthor=False)) / "voices"


def voice_folder(engine: str, name: str) -> Path:
    """Return the folder of an added voice, whether it is there or not."""
    return voices_folder() / engine / name


def added_voices(engine: str) -> list[AddedVoice]:
    """Return the voices that were added to an engine, by name."""
    return [voice for name in _names(voices_folder() / engine) if (voice := added_voice(engine, name))]


def added_voice(engine: str, name: str) -> AddedVoice | None:
    """Return an added voice, or None if there is none of exactly this name."""
    folder = voice_folder(engine, name)
    try:
        facts = msgspec.json.decode((folder / FACTS).read_bytes(), type=Facts)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return None
    if (facts.engine, facts.name, facts.format) != (engine, name, _FORMAT):
        return None
    return AddedVoice(folder, facts)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []


@contextmanager
def changing_voices(waiting: Callable[[], None]) -> Iterator[None]:
    """Keep other processes from adding and removing voices. Call `waiting` if one of them does so now, and wait."""
    folder = voices_folder()
    lock = FileLock(folder / ".lock")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire()
    try:
        _discard_old()
        yield
    finally:
        lock.release()


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn any OSError of writing below a folder into an AudioBuilderError that says how to fix it."""
    try:
        yield
    except OSError as error:
        raise AudioBuilderError(
            f"Cannot write to {folder}: {reason(error)}; make the folder writable, or set XDG_DATA_HOME to another one"
        ) from error


def staging_folder(engine: str, name: str) -> Path:
    """Return the folder in which a voice arrives. What is there after an interruption is used again."""
    return voices_folder() / _STAGING / engine / name


def install(staging: Path, facts: Facts) -> AddedVoice:
    """Turn the folder in which a voice has arrived into an added voice. Replace the one that was there, if any.

    Raises OSError.
    """
    for name in facts.files:
        _sync(staging / name)
    write_atomically(staging / FACTS, msgspec.json.format(msgspec.json.encode(facts)))
    _sync(staging)
    folder = voice_folder(facts.engine, facts.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    discard_folder(folder)
    staging.rename(folder)
    _sync(folder.parent)
    return AddedVoice(folder, facts)


def discard_folder(folder: Path) -> None:
    """Remove a folder. It is renamed first, so that nobody ever sees a part of it. Raises OSError."""
    if not os.path.lexists(folder):
        return
    staging = voices_folder() / _STAGING
    staging.mkdir(parents=True, exist_ok=True)
    old = Path(tempfile.mkdtemp(prefix=".old-", dir=staging)) / folder.name
    folder.rename(old)
    shutil.rmtree(old.parent, ignore_errors=True)


def _discard_old() -> None:
    for old in (voices_folder() / _STAGING).glob(".old-*"):
        shutil.rmtree(old, ignore_errors=True)


def folder_size(folder: Path) -> int:
    """Return the bytes of the files in a folder, or 0 if it does not exist."""
    return sum(_size(path) for path in folder.rglob("*") if path.is_file())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _sync(path: Path) -> None:
    """Put a file or a folder onto the disk. Windows cannot do that to folders."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system that cannot
            os.fsync(handle)
    finally:
        os.close(handle)
