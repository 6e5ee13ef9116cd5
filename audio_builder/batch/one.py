"""Build one session of a batch, in a process that keeps what its next sessions share with it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..assets import prepare_assets
from ..audio.clip import Clip
from ..build import Built, build_request, open_request, speak, store
from ..cache import Cache
from ..errors import AudioBuilderError, ClipGone
from ..planning.choices import KnownChoices
from ..request import BuildRequest, Workspace, resolve, with_options
from ..script.model import Sound
from ..script.search import ScriptFinder
from .groups import speech_of
from .planned import FinishedSession, PlannedSession, SessionState

_KEPT_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Site:
    """Where sessions are built, as another process receives it: a workspace without those who watch."""

    folders: tuple[Path, ...]
    out: Path
    cache: Path
    limit: int
    workers: int

    @staticmethod
    def of(workspace: Workspace, workers: int) -> Site:
        """Return the place of a workspace, for a process that uses this number of cores."""
        cache = workspace.cache
        return Site(workspace.finder.folders, workspace.out, cache.folder, cache.limit, workers)


class _Group(NamedTuple):
    """What sessions share: the script with its voices, its clips, and what was planned with them."""

    request: BuildRequest
    clips: Mapping[Sound, Clip]
    known: KnownChoices


_workspaces: dict[Site, Workspace] = {}
_groups: OrderedDict[object, _Group] = OrderedDict()


def prepare_planned(sessions: Iterable[PlannedSession], site: Site) -> None:
    """Put what sessions need besides their words into the cache. What fails here fails again when it is built."""
    workspace = _workspaces.setdefault(site, _open(site))
    different = {
        (planned.script, options.positions, options.ambience, options.bell): planned
        for planned in sessions
        for options in [planned.options]
    }
    for planned in different.values():
        with suppress(AudioBuilderError):
            prepare_assets(resolve(planned.script, planned.options, workspace.finder), workspace)


def build_planned(planned: PlannedSession, site: Site) -> FinishedSession:
    """Build a session into the library unless it is there unchanged. Raises nothing that a user can fix."""
    workspace = _workspaces.setdefault(site, _open(site))
    try:
        built = _build(planned, workspace)
    except AudioBuilderError as error:
        return FinishedSession(planned, "failed", error=str(error))
    episode = built.episode
    state: SessionState = "unchanged" if built.unchanged else "built"
    return FinishedSession(planned, state, episode.name, episode.length_ms, episode.bytes)


def _open(site: Site) -> Workspace:
    return Workspace(ScriptFinder(site.folders), site.out, Cache(site.cache, site.limit), site.workers)


def _build(planned: PlannedSession, workspace: Workspace) -> Built:
    try:
        group = _group(planned, workspace)
        request = with_options(group.request, planned.options)
        session = open_request(request, workspace, group.clips, group.known).as_one_of_many()
        return store(request, session, 0, workspace)
    except ClipGone:  # the cache was deleted meanwhile: speak again what is missing
        _groups.clear()
        request = resolve(planned.script, planned.options, workspace.finder)
        return build_request(request, workspace)


def _group(planned: PlannedSession, workspace: Workspace) -> _Group:
    job = speech_of(planned)
    if job in _groups:
        _groups.move_to_end(job)
        return _groups[job]
    request = resolve(job.script, job.options, workspace.finder)
    found = _groups[job] = _Group(request, speak(request, workspace), KnownChoices())
    while len(_groups) > _KEPT_GROUPS:
        _groups.popitem(last=False)
    return found
