"""The voice engines that are installed, each imported when it is first used.

Plug-ins are other people's code, so nothing they do here may stop the program: whatever goes wrong becomes a
VoiceMissing error that names the engine and its package.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar, cast

from ..errors import AudioBuilderError, VoiceMissing
from ..options import FASTEST, SLOWEST
from ..text import did_you_mean
from .adding.catalogue import Offer
from .engine import Engine, VoiceInfo
from .voice import Voice

_T = TypeVar("_T")

GROUP = "audio_builder.voices"
"""The entry-point group of voice engines."""
_OWN_PACKAGE = "audio-builder"
_ENGINE_MEMBERS = ("label", "default_speed", "open", "list_voices")
_VOICE_MEMBERS = ("engine", "name", "speed", "gain", "identity", "speak")

# onnxruntime 1.29 and later report every loaded model to their maker unless this is set before the import. Worker
# processes inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


@dataclass(frozen=True, slots=True)
class BrokenEngine:
    """An engine that cannot be used, and the reason."""

    name: str
    reason: str


class EngineRegistry:
    """Voice engines by name. Names are compared without case."""

    def __init__(self, entries: Iterable[EntryPoint]) -> None:
        self._entries: dict[str, EntryPoint] = {}
        self._ambiguous: dict[str, str] = {}
        self._shadowed: list[BrokenEngine] = []
        self._engines: dict[str, Engine] = {}
        by_name: defaultdict[str, list[EntryPoint]] = defaultdict(list)
        for entry in entries:
            by_name[entry.name.casefold()].append(entry)
        for name, same in sorted(by_name.items()):
            self._add(name, same)

    def _add(self, name: str, entries: list[EntryPoint]) -> None:
        if len(entries) == 1:
            self._entries[name] = entries[0]
            return
        own = next(filter(_is_own, entries), None)
        if own is None:
            packages = " and ".join(sorted(map(_package, entries)))
            self._ambiguous[name] = f'Voice engine "{name}" is in {packages}. Uninstall one of them'
            return
        self._entries[name] = own
        for entry in entries:
            if entry is not own:
                reason = (
                    f"Its name is taken by {_OWN_PACKAGE}. Uninstall {_package(entry)} or ask for a new name"
                )
                self._shadowed.append(BrokenEngine(name, reason))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the engines in alphabetical order. None of them is imported."""
        return tuple(self._entries)

    @property
    def conflicts(self) -> tuple[BrokenEngine, ...]:
        """The engines that cannot be used because another package has an engine of the same name."""
        ambiguous = [BrokenEngine(name, reason) for name, reason in self._ambiguous.items()]
        return (*ambiguous, *self._shadowed)

    def engine(self, name: str) -> Engine:
        """Return the engine. Raise VoiceMissing if there is none of that name or if it is broken."""
        name = name.casefold()
        if name in self._ambiguous:
            raise VoiceMissing(self._ambiguous[name])
        if name not in self._entries:
            hint = did_you_mean(name, self.names) if self.names else "Install audio-builder again with pip."
            raise VoiceMissing(f'No voice engine named "{name}". {hint}')
        if name not in self._engines:
            loaded = self._run(name, "import", self._entries[name].load)
            self._require(name, self._run(name, "import", lambda: _engine_problem(loaded)))
            self._engines[name] = cast(Engine, loaded)
        return self._engines[name]

    def open(self, name: str, voice_name: str, speed: float, language: str) -> Voice:
        """Return a voice of an engine. Raise VoiceMissing if the engine does not have it or is broken."""
        engine = self.engine(name)
        voice = self._run(name, "open", lambda: engine.open(voice_name, speed, language))
        self._require(name, self._run(name, "open", lambda: _voice_problem(voice, name)))
        return voice

    def voices(self, name: str) -> tuple[VoiceInfo, ...]:
        """Return every voice of an engine. Raise VoiceMissing if the engine is broken."""
        engine = self.engine(name)
        found = self._run(name, "list_voices", lambda: tuple(engine.list_voices()))
        if not found or not all(isinstance(info, VoiceInfo) for info in found):
            self._require(name, "list_voices returns something other than VoiceInfo records")
        return found

    def knows(self, name: str, word: str) -> bool:
        """Return false if the engine would have to guess how to say a word; true if it knows it or cannot tell."""
        check = getattr(self.engine(name), "knows", None)
        return check is None or self._run(name, "knows", lambda: bool(check(word)))

    def refusal(self, name: str, texts: Iterable[str]) -> str:
        """Return why an engine can never say one of these texts, or an empty string if it can or cannot tell."""
        refuses = getattr(self.engine(name), "refuses", None)
        if refuses is None:
            return ""
        return self._run(name, "refuses", lambda: next(filter(None, map(refuses, texts)), ""))

    def offers(self, name: str) -> tuple[Offer, ...]:
        """Return the voices that can be added to an engine; none if it is broken or has none to add."""
        try:
            engine = self.engine(name)
            offers = getattr(engine, "offers", None)
            return () if offers is None else self._run(name, "offers", lambda: tuple(offers()))
        except VoiceMissing:
            return ()

    def measure(
        self, name: str, folder: Path, voice_name: str, language: str, progress: Callable[[int, int], None]
    ) -> dict[str, object]:
        """Return what an engine measures of a voice in a folder, before it is added. Raise VoiceFailed if it fails."""
        engine: Any = self.engine(name)
        return self._run(
            name, "measure", lambda: dict(engine.measure(folder, voice_name, language, progress))
        )

    def has(self, name: str, flag: str) -> bool:
        """Return whether an engine is installed, works, and sets an optional flag such as `for_tests`."""
        try:
            engine = self.engine(name)
            return self._run(name, flag, lambda: bool(getattr(engine, flag, False)))
        except VoiceMissing:
            return False

    def _run(self, name: str, step: str, function: Callable[[], _T]) -> _T:
        """Call code of an engine. Turn any exception that is not meant for the user into VoiceMissing."""
        try:
            return function()
        except AudioBuilderError:
            raise
        except (Exception, SystemExit) as error:  # plug-ins may raise anything
            raise self._broken(name, f"{step} failed with {type(error).__name__}: {error}") from error

    def _require(self, name: str, problem: str) -> None:
        if problem:
            raise self._broken(name, problem)

    def _broken(self, name: str, problem: str) -> VoiceMissing:
        name = name.casefold()
        return VoiceMissing(f'Voice engine "{name}" of {_package(self._entries[name])} is broken: {problem}')


@cache
def installed_engines() -> EngineRegistry:
    """Return the engines of this environment. They are looked up once per process."""
    return EngineRegistry(entry_points(group=GROUP))


def _engine_problem(engine: object) -> str:
    missing = [member for member in _ENGINE_MEMBERS if not hasattr(engine, member)]
    if missing:
        return f"it has no {', '.join(missing)}"
    if isinstance(engine, type):
        return f"{engine.__name__} is a class; the entry point must refer to an instance"
    speed = getattr(engine, "default_speed", None)
    if not isinstance(speed, int | float) or not SLOWEST <= speed <= FASTEST:
        return f"default_speed is not a number from {SLOWEST} to {FASTEST}"
    return ""


def _voice_problem(voice: Voice, engine: str) -> str:
    missing = [member for member in _VOICE_MEMBERS if not hasattr(voice, member)]
    if missing:
        return f"its voice has no {', '.join(missing)}"
    return "" if voice.engine == engine.casefold() else f'its voice says that its engine is "{voice.engine}"'


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _is_own(entry: EntryPoint) -> bool:
    return entry.dist is not None and entry.dist.name.casefold().replace("_", "-") == _OWN_PACKAGE
