"""The library: a folder of sessions, each an MP3 with its sidecars and a manifest that makes it an episode."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from .episode import Episode
from .errors import BuilderError

SIDECARS = (".mp3", ".vtt", ".srt", ".txt", ".chapters.json", ".jpg", ".notes.md", ".notes.html")
"""What an episode has beside its manifest, by ending."""


def episodes(folder: Path) -> list[Episode]:
    """Every episode in the library, by name; BuilderError where a manifest cannot be read."""
    found = (read(path) for path in sorted(folder.glob("*.json")) if not path.name.endswith(".chapters.json"))
    return [episode for episode in found if episode is not None]


def read(path: Path) -> Episode | None:
    """The episode of a manifest, or None where there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Episode)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BuilderError(
            f"{path} is not a manifest of this program ({error}); move it away, or build again"
        ) from None


def whole(folder: Path, episode: Episode) -> bool:
    """Whether every file of the episode is there and the MP3 has the bytes that its manifest says."""
    mp3 = folder / f"{episode.name}.mp3"
    if not all((folder / f"{episode.name}{ending}").is_file() for ending in SIDECARS):
        return False
    if mp3.stat().st_size != episode.bytes:
        return False
    with mp3.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == episode.sha256


def keep(
    folder: Path,
    name: str,
    make: Callable[[Path], Episode],
    sidecars: Callable[[Episode], Mapping[str, bytes]],
) -> Episode:
    """Puts an episode into the library, all its files or none.

    `make` writes the MP3 to the path it is given and returns the episode; `sidecars` gives the other files by
    their endings. They are written aside and then moved, the manifest last, so that a stopped build is no episode.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder))
    except OSError as error:
        raise BuilderError(
            f"cannot write into {folder}: {error.strerror}; choose another with --out"
        ) from None
    try:
        episode = make(aside / f"{name}.mp3")
        for ending, content in sidecars(episode).items():
            (aside / f"{name}{ending}").write_bytes(content)
        (aside / f"{name}.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(episode), indent=2) + b"\n"
        )
        (folder / f"{name}.json").unlink(missing_ok=True)
        for ending in (*SIDECARS, ".json"):
            (aside / f"{name}{ending}").replace(folder / f"{name}{ending}")
    except OSError as error:
        raise BuilderError(f"cannot write into {folder}: {error.strerror}; is the disk full?") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return episode


def remove(folder: Path, name: str) -> Episode:
    """Takes an episode and all its files out of the library, the manifest first."""
    episode = read(folder / f"{name}.json")
    if episode is None:
        names = [episode.name for episode in episodes(folder)]
        raise BuilderError(f"there is no {name} in {folder}; there are: {', '.join(names) or 'none'}")
    for ending in (".json", *SIDECARS):
        (folder / f"{name}{ending}").unlink(missing_ok=True)
    return episode
