"""Tell which sessions of a library are older than their scripts, and whose scripts were renamed."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

from ..script.search import ScriptFinder
from .manifest import Episode


class CurrentScripts:
    """The scripts that a finder finds now. Each file is read once, so keep this only while one command runs."""

    def __init__(self, finder: ScriptFinder) -> None:
        self._finder = finder
        self._digests: dict[str, str | None] = {}

    def changed(self, episode: Episode) -> tuple[str, ...]:
        """Return the names of the scripts that have changed since a session was built from them.

        Scripts that are somewhere else now are taken to be unchanged, and so are those of sessions that 0.1 built.
        """
        return tuple(
            script.name
            for script in episode.scripts or ()
            if self._digest(script.name) not in (None, script.sha256)
        )

    def renamed(self, episode: Episode) -> str | None:
        """Return the name that a session's script has now if only its name was changed, or else None.

        Also None for a script that has an `id` of its own: its sessions stay the same episodes.
        """
        own = next((script for script in episode.scripts or () if script.name == episode.script), None)
        if own is None or own.name in self._paths or episode.id not in ("", own.name):
            return None
        return next((name for name in self._paths if self._digest(name) == own.sha256), None)

    @cached_property
    def _paths(self) -> dict[str, Path]:
        return self._finder.scripts()

    def _digest(self, name: str) -> str | None:
        if name not in self._digests:
            self._digests[name] = self._read_digest(name)
        return self._digests[name]

    def _read_digest(self, name: str) -> str | None:
        path = self._paths.get(name)
        try:
            return hashlib.sha256(self._finder.read(path)).hexdigest() if path else None
        except OSError:
            return None
