"""The library: a folder of sessions, each an MP3 with its sidecars and a manifest that makes it an episode."""

from __future__ import annotations

import errno
import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..errors import AudioBuilderError
from .manifest import Episode

SIDECARS = (".mp3", ".vtt", ".srt", ".txt", ".chapters.json", ".jpg", ".notes.md", ".notes.html")
"""What an episode has beside its manifest, by ending."""
MIME_TYPES = {
    ".mp3": "audio/mpeg",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "application/x-subrip; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".chapters.json": "application/json+chapters",
    ".jpg": "image/jpeg",
}
"""What the public gets of an episode: MIME types by ending."""
_ASIDE = ".building-"
_moving = threading.Lock()


def episodes(folder: Path) -> list[Episode]:
    """Every episode in the library, by name. What is no manifest of this program is none of its business."""
    return [*each(folder)]


def each(folder: Path) -> Iterator[Episode]:
    """The same, one after another."""
    for path in sorted(folder.glob("*.json")):
        if not path.name.endswith(".chapters.json") and (episode := read(path)) is not None:
            yield episode


def strays(folder: Path) -> list[str]:
    """The MP3 files that no manifest tells of."""
    known = {episode.name for episode in episodes(folder)}
    return sorted(path.name for path in folder.glob("*.mp3") if path.stem not in known)


def read(path: Path) -> Episode | None:
    """The episode of a manifest, or None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Episode)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def sound_there(folder: Path, episode: Episode) -> bool:
    """Whether the MP3 is there with as many bytes as its manifest says."""
    mp3 = folder / f"{episode.name}.mp3"
    return mp3.is_file() and mp3.stat().st_size == episode.bytes


def sound_whole(folder: Path, episode: Episode) -> bool:
    """Whether the MP3 is there with the very bytes that its manifest says."""
    mp3 = folder / f"{episode.name}.mp3"
    if not sound_there(folder, episode):
        return False
    with mp3.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == episode.sha256


def same(folder: Path, name: str, files: Mapping[str, bytes]) -> bool:
    """Whether files of an episode, by their endings, have these contents."""
    paths = {folder / f"{name}{ending}": content for ending, content in files.items()}
    return all(path.is_file() and path.read_bytes() == content for path, content in paths.items())


def note_guid(folder: Path, name: str, guid: str) -> None:
    """Keeps in an episode's manifest what the podcast knows it by."""
    path = folder / f"{name}.json"
    episode = read(path)
    if episode is not None and episode.guid != guid:
        with transaction(folder) as aside:
            (aside / path.name).write_bytes(manifest(msgspec.structs.replace(episode, guid=guid)))


def manifest(episode: Episode) -> bytes:
    """The manifest as it is kept."""
    return msgspec.json.format(msgspec.json.encode(episode), indent=2) + b"\n"


@contextmanager
def transaction(folder: Path) -> Iterator[Path]:
    """A folder aside, whose files move into the library together at the end, or not at all.

    Where the moving is interrupted, what was there before is put back.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
    except OSError as error:
        raise AudioBuilderError(
            f"cannot write into {folder}: {error.strerror}; choose another with --out"
        ) from None
    try:
        yield aside
        with _moving:
            _swap(folder, aside)
    except OSError as error:
        full = "; make room on the disk" if error.errno == errno.ENOSPC else ""
        raise AudioBuilderError(f"cannot write into {folder}: {error.strerror}{full}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remove(folder: Path, name: str) -> Episode:
    """Takes an episode and all its files out of the library, the manifest first."""
    episode = read(folder / f"{name}.json")
    if episode is None:
        names = ", ".join(episode.name for episode in episodes(folder))
        raise AudioBuilderError(f"there is no {name} in {folder}; there are: {names or 'none'}")
    for ending in (".json", *SIDECARS):
        (folder / f"{name}{ending}").unlink(missing_ok=True)
    return episode


def _swap(folder: Path, aside: Path) -> None:
    """Moves the files into place; the old ones are kept aside until all have moved."""
    names = [path.name for path in aside.iterdir()]
    old = aside / "old"
    old.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                (folder / name).replace(old / name)
            moved.append(name)
            (aside / name).replace(folder / name)
    except BaseException:
        for name in moved:
            (folder / name).unlink(missing_ok=True)
            if (old / name).exists():
                (old / name).replace(folder / name)
        raise


def _sweep(folder: Path) -> None:
    """Removes what killed builds left more than a day ago."""
    for left in folder.glob(f"{_ASIDE}*"):
        if time.time() - left.stat().st_mtime > 86_400:
            shutil.rmtree(left, ignore_errors=True)
