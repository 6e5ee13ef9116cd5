"""What a session has in addition to its MP3: other formats, and the parts of its sound.

A session keeps its formats until a build names others, and each is always of the same version as the MP3. The parts of
its sound are working material: they stay while the session is as it was, and are deleted when it changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from msgspec import UNSET
from msgspec.structs import replace as with_fields

from ..assets import session_labels
from ..formats.encode import STEM_NAMES, encode_formats, encode_stem, encoding_fingerprint
from ..formats.labels import audacity_labels
from ..options import ResolvedOptions
from ..request import BuildRequest, Workspace
from ..session.session import Session
from . import storage
from .manifest import AddedFile, Episode
from .session_files import FORMAT_FILES, LABELS, STEM_FILES

FORMATS, STEMS = "Formats", "Stems"
"""The stages of a build that encode other formats and the parts of the sound."""


@dataclass(frozen=True, slots=True)
class Additions:
    """The files to have, each with the fingerprint that it must have, and those of them that are there already."""

    wanted: dict[str, str]
    kept: dict[str, AddedFile]

    @property
    def missing(self) -> list[str]:
        """The suffixes of the files that have to be built."""
        return [suffix for suffix in self.wanted if suffix not in self.kept]


def plan_additions(
    options: ResolvedOptions, episode: Episode, before: Episode | None, folder: Path
) -> Additions:
    """Return what a session must have besides its MP3, given its manifest `before`.

    Raises EncodeFailed if there is no ffmpeg.
    """
    chosen = {f".{name}" for name in options.format or ()}
    has_now = {*(before.formats or ())} if before else set()
    formats = has_now if options.format is None else chosen
    unchanged = before is not None and before.fingerprint == episode.fingerprint
    has_stems = options.stems or (unchanged and before is not None and bool(before.stems))
    suffixes = [file.suffix for file in FORMAT_FILES if file.suffix in formats]
    suffixes += [file.suffix for file in STEM_FILES if has_stems]
    wanted = {suffix: encoding_fingerprint(episode.fingerprint, suffix) for suffix in suffixes}
    recorded = before.added_files if before else {}
    kept = {
        suffix: recorded[suffix]
        for suffix, expected in wanted.items()
        if before
        and suffix in recorded
        and recorded[suffix].fingerprint == expected
        and storage.is_intact_addition(folder, before, suffix)
    }
    return Additions(wanted, kept)


def build_additions(
    additions: Additions,
    request: BuildRequest,
    session: Session,
    name: str,
    folder: Path,
    workspace: Workspace,
) -> dict[str, AddedFile]:
    """Write the files that are missing into a folder. Return all files that the session then has.

    Raises EncodeFailed, and AudioBuilderError if a clip or a picture cannot be read.
    """
    paths = {suffix: folder / f"{name}{suffix}" for suffix in additions.missing}
    formats = {file.suffix: paths[file.suffix] for file in FORMAT_FILES if file.suffix in paths}
    if formats:
        labels = session_labels(request, session.timeline, workspace)
        progress = partial(workspace.progress, FORMATS)
        encode_formats(session, labels, formats, workspace.workers, progress)
    for number, suffix in enumerate(stems := [suffix for suffix in STEM_NAMES if suffix in paths]):

        def report(done: int, total: int, number: int = number) -> None:
            workspace.progress(STEMS, number * total + done, len(stems) * total)

        encode_stem(session, suffix, paths[suffix], workspace.workers, report)
    if LABELS.suffix in paths:
        paths[LABELS.suffix].write_text(audacity_labels(session.timeline), "utf-8", newline="\n")
    built = {suffix: _record(path, additions.wanted[suffix]) for suffix, path in paths.items()}
    return additions.kept | built


def with_additions(episode: Episode, added: dict[str, AddedFile]) -> Episode:
    """Return the manifest of an episode that has these files besides its MP3."""
    return with_fields(
        episode,
        formats=_those(added, (file.suffix for file in FORMAT_FILES)) or UNSET,
        stems=_those(added, (file.suffix for file in STEM_FILES)) or UNSET,
    )


def _those(added: dict[str, AddedFile], suffixes: Iterable[str]) -> dict[str, AddedFile]:
    return {suffix: added[suffix] for suffix in suffixes if suffix in added}


def _record(path: Path, fingerprint: str) -> AddedFile:
    return AddedFile(path.stat().st_size, storage.sha256_of(path), fingerprint)
