"""Prepare a batch: its sessions with their names and dates, before any of them is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import units
from ..errors import Problem, ScriptErrors
from ..podcast.podcast import own_show, registry_path
from ..podcast.registry import EpisodeRegistry, SessionKey, read_registry
from ..podcast.show import Show
from ..request import Workspace
from ..script.search import script_slug
from .expand import BatchSession, describe_session, expand
from .file import BatchFile, read_batch
from .groups import Scripts
from .planned import PlannedSession
from .previews import Preview, Previews, Unspoken, read_only
from .schedule import with_dates


@dataclass(frozen=True)
class PreparedBatch:
    """The sessions of a batch file with their dates, and what is known of each; `problems` are of those that cannot be
    built.

    `show` is the author's, or None if the feed is not written or there is none. `unspoken` are the sentences that have
    to be spoken for each session, with their voices, and `scripts` those that were read.
    """

    file: BatchFile
    sessions: tuple[PlannedSession, ...]
    previews: tuple[Preview, ...]
    registry: EpisodeRegistry
    show: Show | None
    unspoken: tuple[Unspoken, ...]
    scripts: Scripts

    @property
    def problems(self) -> list[tuple[PlannedSession, str]]:
        """The sessions that cannot be built, each with the reason."""
        pairs = zip(self.sessions, self.previews, strict=True)
        return [(planned, preview.problem) for planned, preview in pairs if preview.problem]


def prepare_batch(path: Path, workspace: Workspace) -> PreparedBatch:
    """Return the sessions of a batch file. Speaks nothing and writes nothing.

    Raises AudioBuilderError, also for two sessions that would have the same files.
    """
    file = read_batch(path, workspace.finder)
    expanded = expand(file)
    show = own_show(workspace.finder) if file.feed else None
    needs_registry = show is not None or any(group.dates is not None for group in file.groups)
    registry = (
        read_registry(registry_path(workspace.finder, workspace.out)) if needs_registry else EpisodeRegistry()
    )
    with read_only(workspace) as reading:
        previews = Previews(reading)
        found = [previews.preview(session.planned) for session in expanded]
        if problems := [*_same_files(expanded, found, file)]:
            raise ScriptErrors(problems)
        unspoken = [
            () if preview.problem else previews.unspoken(session.planned)
            for session, preview in zip(expanded, found, strict=True)
        ]
    keys = [
        _feed_key(session.planned, preview, registry)
        for session, preview in zip(expanded, found, strict=True)
    ]
    dated = with_dates(expanded, keys, registry, file.places)
    return PreparedBatch(file, tuple(dated), tuple(found), registry, show, tuple(unspoken), previews.scripts)


def _feed_key(planned: PlannedSession, preview: Preview, registry: EpisodeRegistry) -> SessionKey | None:
    """Return what identifies a session in the feed, or None if that is not known.

    A script that cannot be read, or that is not spoken yet and has no length of its own, is taken for the episode of
    that script which was published: otherwise it would get a new date.
    """
    if preview.key in registry.latest or not (preview.key is None or preview.is_estimated):
        return preview.key
    length = planned.options.length
    for published in registry.latest:
        if preview.key is not None:
            is_same = published._replace(length="") == preview.key._replace(length="")
        else:
            is_same = published.script == script_slug(Path(planned.script)) and (
                length is None or published.length == units.show(length)
            )
        if is_same:
            return published
    return preview.key


def _same_files(expanded: list[BatchSession], previews: list[Preview], file: BatchFile) -> Iterator[Problem]:
    """Yield a problem for two sessions that are the same once options have their defaults, or have the same name."""
    seen: dict[object, BatchSession] = {}
    for session, preview in zip(expanded, previews, strict=True):
        if not preview.name:
            continue
        twin = seen.setdefault(preview.key, session)
        namesake = seen.setdefault(preview.name.casefold(), session)
        other = twin if twin is not session else namesake
        if other is not session:
            first, second = describe_session(other.planned), describe_session(session.planned)
            if twin is not session:
                message, hint = f"{first} and {second} are the same session", "remove one of them"
            else:
                message, hint = (
                    f'{first} and {second} have the same name, "{preview.name}"',
                    "give them different names with name",
                )
            yield file.places.problem(session.group.place, message, hint)
