"""Remove a session from the library, and bring it back. Its files are kept until a session of its name is removed."""

from __future__ import annotations

from pathlib import Path

from ..errors import AudioBuilderError
from ..text import did_you_mean
from .manifest import Episode
from .session_files import MANIFEST
from .storage import iter_episodes, read_manifest
from .transactions import REMOVED, bring_back, take_out


def find_episode(folder: Path, name: str) -> Episode:
    """Return an episode of the library. Raises AudioBuilderError with a hint for an unknown name."""
    episode = read_manifest(folder / f"{name}{MANIFEST.suffix}") if Path(name).name == name else None
    if episode is None:
        names = [episode.name for episode in iter_episodes(folder)]
        raise AudioBuilderError(f'No session named "{name}" in {folder}. {did_you_mean(name, names)}')
    return episode


def remove_episode(folder: Path, name: str) -> Episode:
    """Move an episode and all its files out of the library together, and return it.

    Files of a session of the same name that was removed before are deleted. Raises AudioBuilderError for an unknown
    name, and if the files cannot be moved.
    """
    episode = find_episode(folder, name)
    try:
        take_out(folder, name)
    except OSError as error:
        raise AudioBuilderError(f"Cannot remove {name} from {folder}: {error.strerror}") from None
    return episode


def restore_episode(folder: Path, name: str) -> Episode:
    """Bring back the session of that name that was removed last, and return it.

    Raises AudioBuilderError if there is none, if the library has a session of that name again, and if the files cannot
    be moved.
    """
    removed = folder / REMOVED
    kept = removed / name
    episode = read_manifest(kept / f"{name}{MANIFEST.suffix}") if Path(name).name == name else None
    if episode is None:
        names = [path.name for path in sorted(removed.glob("*")) if (path / f"{path.name}.json").is_file()]
        raise AudioBuilderError(
            f'No removed session named "{name}" in {removed}. {did_you_mean(name, names)}'
        )
    try:
        bring_back(folder, name)
    except FileExistsError:
        raise AudioBuilderError(f"{folder} has {name} again. The removed files stay in {kept}") from None
    except OSError as error:
        raise AudioBuilderError(f"Cannot restore {name} to {folder}: {error.strerror}") from None
    return episode
