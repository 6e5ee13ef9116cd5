"""Say which sessions of a podcast are older than their scripts, and whose scripts were renamed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..library.manifest import Episode
from ..library.outdated import CurrentScripts
from .podcast import Podcast


def outdated_notices(podcast: Podcast, sessions: Sequence[Episode]) -> Iterator[str]:
    """Yield notices if scripts have changed, or have another name, since sessions were built from them."""
    scripts = CurrentScripts(podcast.finder)
    if names := [session.name for session in sessions if scripts.changed(session)]:
        yield f"Older than their scripts, until you build them again: {', '.join(names)}"
    renamed = defaultdict[tuple[str, str], list[str]](list)
    for session in sessions:
        if name := scripts.renamed(session):
            renamed[session.script, name].append(session.name)
    for (before, now), names in renamed.items():
        yield (
            f"The script {before} is called {now} now. So that its sessions stay the same episodes, write "
            f'"id: {before}" in its front matter, build them again, and remove {", ".join(names)} from the library'
        )
