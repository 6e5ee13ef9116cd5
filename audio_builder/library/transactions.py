"""Change several files of the library together: after a crash at any moment, all of them are old or all are new.

New files are written into a staging folder. Renaming it to READY decides that they are the new ones, and only then are
they moved into place. Files that a session had in addition to its MP3, and that its new manifest does not name, are
deleted. Files that are taken out go to REMOVED by way of REMOVING. If a command is interrupted, the next one that opens
the library does the rest.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from ..errors import AudioBuilderError
from ..files import hold_folder, is_abandoned, is_file, is_folder, locked, read_file, write_atomically
from .manifest import AddedFile
from .session_files import ADDED_FILES, CHAPTERS, MANIFEST, SESSION_FILES

READY = ".ready"
"""The folder of files that are on their way into the library."""
REMOVED = ".removed"
"""The folder with a folder for each session that was taken out of the library."""
_REMOVING = ".removing"
_MPD_IGNORES = ".mpdignore"
_STAGING_PREFIX = ".building-"


class _Additions(msgspec.Struct, frozen=True):
    """The part of a manifest that names what a session has in addition to its MP3."""

    formats: dict[str, AddedFile] = {}
    stems: dict[str, AddedFile] = {}


class ChangedMeanwhile(Exception):
    """Another command has changed a file that this one builds on."""


@contextmanager
def transaction(folder: Path, based_on: Mapping[str, bytes | None] | None = None) -> Iterator[Path]:
    """Yield a staging folder whose files move into the library together on a normal exit.

    Raise AudioBuilderError if the library cannot be written, and ChangedMeanwhile unless the files `based_on` still
    have that content, or are still missing if it is None. It is then as it was before.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            remove_abandoned(folder)
            staging = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=folder))
            handle = hold_folder(staging)
    except OSError as error:
        raise AudioBuilderError(
            f"Cannot write into {folder}: {error.strerror}. Choose another folder with --out."
        ) from None
    try:
        yield staging
        for path in staging.iterdir():
            _sync(path)
        with locked(folder):
            _recover(folder)
            _refuse_folders(folder, staging)
            for name, content in (based_on or {}).items():
                if content_of(folder / name) != content:
                    raise ChangedMeanwhile(folder)
            staging.rename(folder / READY)
            _recover(folder)
    except OSError as error:
        hint = ". Free some disk space." if error.errno == errno.ENOSPC else ""
        raise AudioBuilderError(f"Cannot write into {folder}: {error.strerror}{hint}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def content_of(path: Path) -> bytes | None:
    """Return the content of a file that a transaction is to be `based_on`, or None if it is missing or unreadable."""
    try:
        return read_file(path) if is_file(path) else None
    except OSError:
        return None


def take_out(folder: Path, name: str) -> None:
    """Move the files of a session to REMOVED, in place of those that are there. Raises OSError."""
    with locked(folder):
        _recover(folder)
        (folder / _REMOVING / name).mkdir(parents=True)
        _recover(folder)


def bring_back(folder: Path, name: str) -> None:
    """Move the files of a session from REMOVED into the library. Raises FileExistsError if it has any of them again,
    and OSError."""
    with locked(folder):
        _recover(folder)
        if any((folder / f"{name}{file.suffix}").exists() for file in (*SESSION_FILES, *ADDED_FILES)):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        (folder / REMOVED / name).rename(folder / READY)
        _recover(folder)


def recover(folder: Path) -> None:
    """Finish what an interrupted command began to move. Does nothing if the folder is read-only."""
    if is_folder(folder / READY) or is_folder(folder / _REMOVING):
        with suppress(OSError), locked(folder):
            _recover(folder)


def _recover(folder: Path) -> None:
    """Move the files that are ready into place, manifests last, and those that are removed out of it."""
    ready, removing = folder / READY, folder / _REMOVING
    if ready.is_dir():
        for manifest in filter(_is_manifest, ready.iterdir()):
            _delete_outdated(folder, manifest)
        for path in sorted(ready.iterdir(), key=lambda path: (_is_manifest(path), path.name)):
            path.replace(folder / path.name)
        ready.rmdir()
        _sync(folder)
    if removing.is_dir():
        for session in removing.iterdir():
            for file in (*SESSION_FILES, *ADDED_FILES):
                with suppress(FileNotFoundError):
                    (folder / f"{session.name}{file.suffix}").replace(
                        session / f"{session.name}{file.suffix}"
                    )
            _create_removed(folder / REMOVED)
            shutil.rmtree(folder / REMOVED / session.name, ignore_errors=True)
            session.rename(folder / REMOVED / session.name)
        removing.rmdir()
        _sync(folder)


def _create_removed(removed: Path) -> None:
    """Create the folder of what was removed. Music players do not list it: they skip hidden folders.

    MPD does not skip them, but obeys a file with patterns (mpd.readthedocs.io, "Ignoring files").
    """
    removed.mkdir(exist_ok=True)
    if not (removed / _MPD_IGNORES).exists():
        write_atomically(removed / _MPD_IGNORES, b"*\n")


def _delete_outdated(folder: Path, manifest: Path) -> None:
    """Delete what the manifest that is replaced names in addition to the MP3 and the new one does not."""
    outdated = _added_suffixes(folder / manifest.name) - _added_suffixes(manifest)
    for file in ADDED_FILES:  # whatever else a manifest names is not a file of a session
        if file.suffix in outdated:
            (folder / f"{manifest.stem}{file.suffix}").unlink(missing_ok=True)


def _added_suffixes(manifest: Path) -> set[str]:
    try:
        found = msgspec.json.decode(read_file(manifest), type=_Additions)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return set()
    return {*found.formats, *found.stems}


def _is_manifest(path: Path) -> bool:
    return path.suffix == MANIFEST.suffix and not path.name.endswith(CHAPTERS.suffix)


def _refuse_folders(folder: Path, staging: Path) -> None:
    for path in staging.iterdir():
        if (folder / path.name).is_dir():
            raise IsADirectoryError(errno.EISDIR, f"{path.name} is a folder")


def _sync(path: Path) -> None:
    """Bring a file or the names in a folder to the disk, if the system can."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_abandoned(folder: Path) -> None:
    """Remove the staging folders of interrupted commands."""
    for staging in folder.glob(f"{_STAGING_PREFIX}*"):
        with suppress(OSError):
            if is_abandoned(staging):
                shutil.rmtree(staging, ignore_errors=True)
