"""The voices that read a script: one file an engine, each behind the one method of `base.Voice`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import VoiceMissing
from ..text import closest
from .engines import hibari, piper, system, tone
from .engines.hibari import knows as hibari_knows
from .voice import Voice, checked_speed

# onnxruntime 1.29 and later tell its maker of every model that is loaded, unless this is set before its import;
# workers inherit it
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

DEFAULT = "hibari"

ENGINES: dict[str, Callable[[str, float | None, str], Voice]] = {
    "hibari": hibari.open_hibari,
    "pyttsx3": system.open_system,
    "piper": piper.open_piper,
    "tone": tone.open_tone,
}
"""Each engine's opener: (name or "", speed or None for the engine's default, BCP 47 language) -> Voice."""

NAMES = {"hibari": hibari.NAMES, "piper": piper.NAMES, "tone": tone.NAMES}
"""The voices of the engines that have fixed ones, the default first."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A voice for `audio-builder voices`: `needs` is empty when it can speak, else the cure.
    `language` is a BCP 47 tag, "" for any."""

    engine: str
    name: str
    language: str
    needs: str = ""


def open_voice(spec: str = DEFAULT, speed: float | None = None, language: str = "en") -> Voice:
    """The voice that `ENGINE` or `ENGINE:NAME` means; without a speed at the engine's default.

    Raises VoiceMissing with the cure where this machine does not have it or it does not speak the language; never
    another voice in its place.
    """
    engine, _, name = spec.strip().partition(":")
    engine = engine.casefold()
    if engine not in ENGINES:
        near = closest(engine, ENGINES)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(ENGINES)}"
        raise VoiceMissing(f"no voice engine is called “{engine}”; {hint}")
    name = name.strip()
    if name and engine in NAMES:
        name = name.casefold()
        if name not in NAMES[engine]:
            raise VoiceMissing(f"{engine} has no voice “{name}”; it has {', '.join(NAMES[engine])}")
    return ENGINES[engine](name, None if speed is None else checked_speed(speed), language)


def list_voices() -> list[Ready]:
    """Every voice there could be, ready or with what it needs, the default engine first."""
    found = [Ready("hibari", name, "en", hibari.lacking(name)) for name in hibari.NAMES]
    try:
        found += [Ready("pyttsx3", id, language) for id, _, language in system.system_voices()]
    except VoiceMissing as error:
        found.append(Ready("pyttsx3", "", "", str(error)))
    found += [Ready("piper", name, "en", piper.lacking(name)) for name in piper.NAMES]
    return [*found, Ready("tone", tone.NAMES[0], "")]


def knows(engine: str, word: str) -> bool:
    """True unless the engine would have to guess how the word is said; only hibari can tell."""
    return engine != "hibari" or hibari_knows(word)
