"""Verify sessions of the library: against their manifests, and against what their scripts give now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..build import intact_clips, open_request
from ..errors import AudioBuilderError, InvalidValue
from ..files import is_sound_path, read_file
from ..library import storage
from ..library.chapters import is_intact_picture, picture_alts
from ..library.manifest import Episode
from ..library.session_files import MP3, SIDECARS
from ..options import BuildOptions
from ..request import Workspace, resolve
from ..session.fingerprint import fingerprint
from ..session.session import Session
from ..units import Ms

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a session of the library: `damage` has to be repaired by building it again. `note` says why
    the session could not be rendered again to compare it, if it could not."""

    name: str
    damage: tuple[str, ...] = ()
    note: str = ""


def verify_episode(episode: Episode, workspace: Workspace) -> Verdict:
    """Compare the files of an episode with its manifest, and its MP3 with a fresh rendering if its script is unchanged.

    Speaks what the cache lacks. Writes nothing into the library.
    """
    damage = [*_differences(episode, workspace.out)]
    try:
        session = _same_session(episode, workspace)
    except (AudioBuilderError, InvalidValue) as error:
        return Verdict(episode.name, tuple(damage), f"cannot be rendered again: {error}")
    if session is None:
        note = "its script, a voice or the program has changed since, so it was not rendered again"
        return Verdict(episode.name, tuple(damage), note)
    if not damage and _sha256(session) != episode.sha256:
        damage.append(f"{episode.name}{MP3.suffix} differs from what its script gives")
    return Verdict(episode.name, tuple(damage))


def _differences(episode: Episode, folder: Path) -> list[str]:
    """Return how the files of an episode differ from its manifest."""
    found = (
        [] if storage.is_intact(folder, episode) else [f"{episode.name}{MP3.suffix} is damaged or missing"]
    )
    for file in SIDECARS:
        path = folder / f"{episode.name}{file.suffix}"
        recorded = episode.files.get(file.suffix) if episode.files else None
        try:
            digest = hashlib.sha256(read_file(path)).hexdigest()
        except OSError:
            found.append(f"{path.name} is missing")
        else:
            if recorded and digest != recorded:
                found.append(f"{path.name} was changed after it was built")
    for suffix in episode.added_files:
        if not storage.is_intact_addition(folder, episode, suffix):
            found.append(f"{episode.name}{suffix} is damaged or missing")
    pictures = (name for name in picture_alts(episode) if not is_intact_picture(folder / name))
    found += (f"{name} is damaged or missing" for name in pictures)
    return found


def _same_session(episode: Episode, workspace: Workspace) -> Session | None:
    """Return the session that an episode was built from, or None if its inputs have changed."""
    options = _options(episode.options, Ms(episode.length_ms))
    for positions in (None, episode.positions) if episode.positions else (None,):
        request = resolve(episode.script, replace(options, positions=positions), workspace.finder)
        clips = intact_clips(request, workspace)
        session = replace(open_request(request, workspace, clips), store=None)
        if fingerprint(session) == episode.fingerprint:
            return session
    return None


def _options(recorded: dict[str, Any], length: Ms) -> BuildOptions:
    """Return the options that a manifest recorded. Raises AudioBuilderError if it has a sound file of the author's."""
    for name in ("ambience", "bell"):
        if is_sound_path(str(recorded.get(name, ""))):
            raise AudioBuilderError(f"the path of its {name} is not recorded")
    names = {name: value for name, value in recorded.items() if name in BuildOptions.__dataclass_fields__}
    return BuildOptions(**{**names, "length": Ms(length - names.get("preroll", 0))})


def _sha256(session: Session) -> str:
    digest = hashlib.sha256()
    for offset in range(0, session.size, _PIECE):
        digest.update(session.read(offset, _PIECE))
    return digest.hexdigest()
