"""Build the sessions of a batch on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from ..build import build
from ..errors import AudioBuilderError
from ..request import Workspace
from .planned import BatchWatcher, FinishedSession, PlannedSession, SessionState

BUILDING = "Building"
"""The stage in which sessions are built."""


def run_batch(sessions: Sequence[PlannedSession], workspace: Workspace, watcher: BatchWatcher) -> None:
    """Build the sessions that are missing or changed. One that fails does not stop the others."""
    for done, planned in enumerate(sessions):
        watcher.progress(BUILDING, done, len(sessions))
        watcher.finished(_build(planned, workspace))
    watcher.progress(BUILDING, len(sessions), len(sessions))


def _build(planned: PlannedSession, workspace: Workspace) -> FinishedSession:
    try:
        built = build(planned.script, planned.options, workspace)
    except AudioBuilderError as error:
        return FinishedSession(planned, "failed", error=str(error))
    episode = built.episode
    state: SessionState = "unchanged" if built.unchanged else "built"
    return FinishedSession(planned, state, episode.name, episode.length_ms, episode.bytes, built.spoken)
