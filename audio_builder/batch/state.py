"""Which sessions of a batch are in the library as they would be built now."""

from __future__ import annotations

from collections.abc import Iterable

from ..library import storage
from ..request import Workspace
from .planned import PlannedSession
from .previews import Previews, read_only


def up_to_date(sessions: Iterable[PlannedSession], workspace: Workspace) -> set[PlannedSession]:
    """Return the sessions whose manifest and MP3 are in the library."""
    with read_only(workspace) as reading:
        previews = Previews(reading)
        named = [(planned, previews.preview(planned).name) for planned in sessions]
    current = set()
    for planned, name in named:
        episode = storage.read_manifest(workspace.out / f"{name}.json") if name else None
        if episode is not None and storage.has_sound(workspace.out, episode):
            current.add(planned)
    return current
