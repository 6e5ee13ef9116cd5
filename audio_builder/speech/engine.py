"""The interface of a voice engine, which is a plug-in: an entry point in the group `audio_builder.voices`.

The name of the entry point is the name of the engine, as in `--voice NAME`. Its value refers to an object with the
members of `Engine`. Importing the module must be cheap, so load models in `Voice.speak`. An engine may also have:

- `knows(word: str) -> bool`: whether it can say a word without guessing. `check` reports the others.
- `refuses(text: str) -> str`: why it can never say a text, such as letters that it does not have; "" if it can. `check`
  and `build` report it before anything is spoken.
- `for_tests: bool`: true for a voice that only makes test signals. Its sessions stay out of the podcast, unless
  `show.toml` lists them.
- `offers() -> Iterable[Offer]`: the voices that `audio-builder voices add` can add to it, and
  `measure(folder: Path, name: str, language: str, progress: Callable[[int, int], None]) -> dict[str, object]`, which
  measures one of them when its files are in a folder, and returns what `speech.adding.storage` keeps with it.
- `takes_phonemes: bool`: true if `pronunciation.toml` has phonemes for this engine, not letters. It then receives
  such a word as `[word](/phonemes/)`.

`examples/voice-plugin` is a complete package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import VoiceMissing
from ..text import did_you_mean
from .voice import Voice, primary


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice that an engine offers.

    `language` is a BCP 47 tag, or "" for any language. `needs` says how to make the voice ready, and is empty if it is
    ready. `label` is what people see on the page, by default the engine's label. `is_default` marks a voice that
    is listed as `ENGINE` alone, because `--voice ENGINE` opens it. `is_added` marks one that people have added, which
    the page offers whatever its language.
    """

    name: str
    language: str = ""
    needs: str = ""
    label: str = ""
    is_default: bool = False
    is_added: bool = False


class Engine(Protocol):
    """The required members of a voice engine."""

    @property
    def label(self) -> str:
        """What people see on the page, such as "piper, natural"."""

    @property
    def default_speed(self) -> float:
        """The speed of a script that does not set one. 1.0 is the natural pace of the voice."""

    def open(self, name: str, speed: float, language: str) -> Voice:
        """Return the voice `name`, or the default voice for the language (a BCP 47 tag) if the name is empty.

        Raise VoiceMissing with a hint if this machine lacks the voice or the voice cannot speak the language.
        """

    def list_voices(self) -> Iterable[VoiceInfo]:
        """Return every voice of this engine, including those that are not ready."""


def find_name(engine: str, name: str, known: Sequence[str]) -> str:
    """Return the known name that equals `name` in any case, or the first one if `name` is empty.

    Raise VoiceMissing with a suggestion if none does.
    """
    wanted = name.casefold() or known[0].casefold()
    for candidate in known:
        if candidate.casefold() == wanted:
            return candidate
    raise VoiceMissing(f'No voice named "{name}" in {engine}. {did_you_mean(name, known)}')


def require_language(engine: str, spoken: str, language: str) -> None:
    """Raise VoiceMissing unless the language, a BCP 47 tag, is the one that an engine speaks, such as `en`."""
    if primary(language) != spoken:
        raise VoiceMissing(
            f'The voice {engine} does not speak the language "{language}". '
            f"Use --voice pyttsx3, which picks a voice for it."
        )
