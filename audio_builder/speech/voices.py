"""The voices that read a script: find, open and list them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import VoiceMissing
from ..options import DEFAULT_VOICE
from ..text import base_language
from .adding.catalogue import Offer, matching_names
from .engine import VoiceInfo
from .registry import EngineRegistry, installed_engines
from .voice import Voice, checked_speed


@dataclass(frozen=True, slots=True)
class ListedVoice:
    """A voice for `audio-builder voices` and the page.

    `language` is a BCP 47 tag, or "" for any. `needs` is empty if the voice is ready, otherwise it says how to make it
    ready, or why its plug-in is broken; `name` is "" then. `option` is the value for `--voice`. `is_added` is true for
    a voice that people have added.
    """

    engine: str
    name: str
    language: str
    needs: str
    label: str
    option: str
    is_added: bool = False


def open_voice(
    spec: str = DEFAULT_VOICE,
    speed: float | None = None,
    language: str = "en",
    engines: EngineRegistry | None = None,
) -> Voice:
    """Return the voice that `ENGINE` or `ENGINE:NAME` means, by default at the engine's own speed.

    Raise VoiceMissing with a hint if this machine does not have the voice or it does not speak the language. Never
    return another voice instead. Raise AudioBuilderError if the speed is out of range.
    """
    engines = engines or installed_engines()
    engine, _, name = (part.strip() for part in spec.partition(":"))
    default_speed = engines.engine(engine).default_speed
    return engines.open(engine, name, checked_speed(default_speed if speed is None else speed), language)


def list_voices(engines: EngineRegistry | None = None) -> list[ListedVoice]:
    """Return every voice of every engine, ready or not, the default engine first, then by the engine's name.

    An engine that is broken or has no voices on this machine is one entry with the reason.
    """
    engines = engines or installed_engines()
    names = sorted(engines.names, key=lambda name: (name != DEFAULT_VOICE, name))
    found = [voice for name in names for voice in _voices_of(name, engines)]
    return found + [_unusable(broken.name, broken.reason) for broken in engines.conflicts]


def language_of(spec: str, engines: EngineRegistry | None = None) -> str:
    """Return the language, a BCP 47 tag, of the voice that `ENGINE` or `ENGINE:NAME` means; `en` if it has many."""
    engine, _, name = (part.strip() for part in spec.partition(":"))
    try:
        voices = (engines or installed_engines()).voices(engine)
    except VoiceMissing:
        return "en"
    names = matching_names(name.partition("#")[0], [voice.name for voice in voices]) if name else []
    found = [v.language for v in voices if (v.name in names if name else v.is_default)]
    return found[0] or "en" if len(found) == 1 else "en"


def usual_voice(language: str) -> str:
    """Return a voice for a language that needs nothing to be added: the default one if it speaks it."""
    return DEFAULT_VOICE if language_of(DEFAULT_VOICE) == base_language(language) else "pyttsx3"


def all_offers(engines: EngineRegistry | None = None) -> list[Offer]:
    """Return every voice that can be added, by engine and name. Nothing here uses the network."""
    engines = engines or installed_engines()
    return [offer for name in engines.names for offer in engines.offers(name)]


def knows(engine: str, word: str) -> bool:
    """Return false if the engine would have to guess how to say a word; true if it knows it or cannot tell."""
    return installed_engines().knows(engine, word)


def is_test_voice(spec: str, engines: EngineRegistry | None = None) -> bool:
    """Return whether a voice (`ENGINE` or `ENGINE:NAME`) only makes test signals. False if it is not installed."""
    return (engines or installed_engines()).has(spec.partition(":")[0].strip(), "for_tests")


def _voices_of(engine: str, engines: EngineRegistry) -> Iterator[ListedVoice]:
    try:
        label = engines.engine(engine).label
        voices = engines.voices(engine)
    except VoiceMissing as error:
        yield _unusable(engine, str(error))
        return
    for info in voices:
        yield _listed(engine, info, label)


def _listed(engine: str, info: VoiceInfo, label: str) -> ListedVoice:
    option = engine if info.is_default else f"{engine}:{info.name}"
    return ListedVoice(
        engine, info.name, info.language, info.needs, info.label or label, option, info.is_added
    )


def _unusable(engine: str, reason: str) -> ListedVoice:
    return ListedVoice(engine, "", "", reason, "", engine)
