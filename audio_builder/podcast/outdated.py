"""Say which sessions of a podcast are older than their scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..library.manifest import Episode
from ..library.outdated import CurrentScripts
from .podcast import Podcast


def outdated_notices(podcast: Podcast, sessions: Sequence[Episode]) -> Iterator[str]:
    """Yield a notice if scripts have changed since sessions were built from them."""
    scripts = CurrentScripts(podcast.finder)
    if names := [session.name for session in sessions if scripts.changed(session)]:
        yield f"Older than their scripts, until you build them again: {', '.join(names)}"
