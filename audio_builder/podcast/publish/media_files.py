"""The files of sessions at a destination, under names that are never used again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from ...errors import PublishFailed
from ...files import read_file
from ...library import storage
from ...library.chapters import PICTURE_TYPES, chapters_json, is_intact_picture, picture_alts
from ...library.manifest import Episode
from ...library.session_files import CHAPTERS, FORMAT_FILES, MP3, PUBLIC_FILES
from ..channel import AlternateFile
from .destination import Upload

MEDIA_FOLDER = "media/"
"""The folder of the files of sessions at a destination."""
NAME_DIGITS = 12
"""The number of digits of the SHA-256 of a file that are part of its name."""
FOREVER = "public, max-age=31536000, immutable"
"""The cache header of files whose content never changes under their name."""


def media_files(
    folder: Path, episodes: list[Episode], picture_url: Callable[[str], str]
) -> dict[tuple[str, str], Upload]:
    """Return the public files of the sessions, by session and suffix, under names that are never used again.

    `picture_url` gives the address of a chapter picture, which the chapters name.
    """
    media = {}
    for episode in episodes:
        for file in PUBLIC_FILES:
            path = folder / f"{episode.name}{file.suffix}"
            try:
                digest = episode.sha256 if file is MP3 else hashlib.sha256(read_file(path)).hexdigest()
            except OSError as error:
                raise PublishFailed(f"{path}: {error.strerror}. Build {episode.name} again.") from None
            if file is not MP3 and episode.files and episode.files.get(file.suffix) != digest:
                raise PublishFailed(
                    f"{path.name} was changed after it was built. Build {episode.name} again."
                )
            content: Path | bytes = path
            if file is CHAPTERS and picture_alts(episode):
                content = chapters_json(episode, picture_url)
                digest = hashlib.sha256(content).hexdigest()
            name = media_name(episode.name, digest, file.suffix)
            media[episode.name, file.suffix] = Upload(name, content, file.content_type, FOREVER)
        media |= _other_formats(folder, episode)
    return media


def _other_formats(folder: Path, episode: Episode) -> dict[tuple[str, str], Upload]:
    """Return the files of a session in other formats. Raises PublishFailed for one that is damaged or missing."""
    media = {}
    for file in FORMAT_FILES:
        if file.suffix not in (episode.formats or ()):
            continue
        path = folder / f"{episode.name}{file.suffix}"
        if not storage.is_intact_addition(folder, episode, file.suffix):
            raise PublishFailed(f"{path.name} is damaged or missing. Build {episode.name} again.")
        name = media_name(episode.name, episode.added_files[file.suffix].sha256, file.suffix)
        media[episode.name, file.suffix] = Upload(name, path, file.content_type, FOREVER)
    return media


def chapter_picture_files(folder: Path, episodes: list[Episode]) -> list[Upload]:
    """Return the chapter pictures of the sessions. Raises PublishFailed for one that is damaged or missing."""
    users = {name: episode for episode in episodes for name in picture_alts(episode)}
    for name, episode in users.items():
        if not is_intact_picture(folder / name):
            raise PublishFailed(f"{name} is damaged or missing. Build {episode.name} again.")
    return [
        Upload(f"{MEDIA_FOLDER}{name}", folder / name, PICTURE_TYPES[Path(name).suffix], FOREVER)
        for name in sorted(users)
    ]


def alternate_file(folder: Path, file: AlternateFile) -> Upload:
    """Return a file in which apps can play an episode instead of its own MP3."""
    path = folder / f"{file.session.name}{file.suffix}"
    return Upload(media_name(file.session.name, file.sha256, file.suffix), path, file.mime_type, FOREVER)


def media_name(session: str, sha256: str, suffix: str) -> str:
    """Return the name that a file of a session with this content has at a destination."""
    return f"{MEDIA_FOLDER}{session}.{sha256[:NAME_DIGITS]}{suffix}"
