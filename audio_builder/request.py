"""What is asked for, settled before any voice speaks: a script with its options, and where it is worked on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import options
from .audio import beds, chimes
from .cache import Cache
from .library.manifest import ResolvedOptions
from .options import BuildOptions
from .pictures.custom import custom_cover
from .planning.plan import bounded
from .script.load import load
from .script.model import Script
from .script.search import ScriptFinder, script_finder
from .speech.voice import Voice
from .speech.voices import open_voice

ProgressCallback = Callable[[str, int, int], None]
"""Told of progress: what is being done, how much is done, of how much."""


def _unwatched(_what: str, _done: int, _of: int) -> None:
    pass


@dataclass(frozen=True)
class Workspace:
    """Where a build works: scripts on the shelf, sessions into `out`, clips in the cache, on so many cores."""

    finder: ScriptFinder = field(default_factory=script_finder)
    out: Path = Path("output")
    cache: Cache = field(default_factory=Cache)
    workers: int = 1
    progress: ProgressCallback = _unwatched


@dataclass(frozen=True)
class BuildRequest:
    """A script with every option settled and its voice opened (not yet loaded)."""

    script: Script
    wish: BuildOptions
    voice: Voice
    plain: ResolvedOptions
    choice: ResolvedOptions

    @property
    def variant(self) -> str:
        """Its options that differ from the script's own, as file names have them."""
        return options.variant(self.plain, self.choice, self.wish)

    @property
    def ambience(self) -> Path | None:
        """The author's own bed."""
        return options.custom_sound("ambience", self.wish.ambience or self.script.front.ambience or "")

    @property
    def bell(self) -> Path | None:
        """The author's own bell."""
        return options.custom_sound("bell", self.wish.bell or self.script.front.bell or "")


def resolve(name: str, wish: BuildOptions, finder: ScriptFinder) -> BuildRequest:
    """The script with its options settled, or what is wrong with them."""
    if wish.length is not None:
        bounded(wish.length)
    script = load(name, finder, wish.positions)
    front = script.front
    spec = wish.voice or front.voice or options.DEFAULT_VOICE
    voice = open_voice(spec, front.speed if wish.speed is None else wish.speed, front.language)
    plain = options.own(front, open_voice(spec, None, front.language).speed)
    choice = options.settle(plain, wish, voice.speed, beds.BEDS, chimes.BELLS)
    order = BuildRequest(script, wish, voice, plain, choice)
    _ = order.ambience, order.bell  # what cannot be used is told before a voice speaks
    if front.image:
        custom_cover(Path(front.image))
    return order
