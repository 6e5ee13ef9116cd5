"""Let each voice say its name and the same words, one after the other and equally loud."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ..audio import level, limiter
from ..audio.clip import open_clip
from ..audio.pcm import Samples
from ..cache import Cache
from ..errors import AudioBuilderError, Location, VoiceFailed, VoiceMissing
from ..script.model import Line
from ..units import MS_SAMPLES, Ms
from .narrate import narrate
from .pronunciation import NO_PRONUNCIATION, Pronunciation
from .voice import Voice, primary
from .voices import ListedVoice, is_test_voice, list_voices, open_voice

_AFTER_NAME = Ms(600)
_AFTER_WORDS = Ms(1500)


@dataclass(frozen=True, slots=True)
class AuditionEntry:
    """A voice in an audition, and when it begins to say its name."""

    option: str
    start: Ms


@dataclass(frozen=True, slots=True)
class Audition:
    """One sound with each voice, at the level of speech in a session. `left_out` says why some are not in it."""

    sound: Samples
    entries: tuple[AuditionEntry, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def length(self) -> Ms:
        """Its length."""
        return Ms(len(self.sound) // MS_SAMPLES)


def hold_audition(
    text: str,
    language: str,
    cache: Cache,
    pronunciation: Pronunciation = NO_PRONUNCIATION,
    speed: float | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    voices: Iterable[ListedVoice] | None = None,
) -> Audition:
    """Return an audition of all voices that are ready and speak a language, a BCP 47 tag, except test voices.

    Raise VoiceMissing if there is none, and VoiceFailed if none of them can say the text.
    """
    asked = list(_speaking(language, list_voices() if voices is None else voices))
    if not asked:
        raise VoiceMissing(
            f'No voice that is ready speaks the language "{language}". To find one that can be added, run '
            f"audio-builder voices search {primary(language)}."
        )
    parts: list[Samples] = []
    entries, left_out = [], []
    for number, listed in enumerate(asked):
        progress(number, len(asked))
        try:
            sound = _heard(
                open_voice(listed.option, speed, language), listed, text, language, cache, pronunciation
            )
        except AudioBuilderError as error:
            left_out.append((listed.option, str(error)))
            continue
        entries.append(AuditionEntry(listed.option, Ms(sum(map(len, parts)) // MS_SAMPLES)))
        parts += [sound, np.zeros(_AFTER_WORDS * MS_SAMPLES, np.int16)]
    progress(len(asked), len(asked))
    if not entries:
        raise VoiceFailed(left_out[0][1])
    return Audition(np.concatenate(parts), tuple(entries), tuple(left_out))


def _speaking(language: str, voices: Iterable[ListedVoice]) -> Iterator[ListedVoice]:
    for voice in voices:
        speaks = not voice.language or primary(voice.language) == primary(language)
        if voice.name and not voice.needs and speaks and not is_test_voice(voice.engine):
            yield voice


def _heard(
    voice: Voice, listed: ListedVoice, text: str, language: str, cache: Cache, words: Pronunciation
) -> Samples:
    """Return the name and the text as a voice says them. The text decides the level."""

    def say(*texts: str) -> list[Samples]:
        lines = {Line(what): Location(listed.option, 1) for what in texts}
        clips = narrate(lines, voice, cache, words, workers=1, language=language)
        return [np.asarray(open_clip(clips[line], 1)[:, 0]) for line in map(Line, texts)]

    pause = np.zeros(_AFTER_NAME * MS_SAMPLES, np.int16)
    try:
        name, said = say(_spoken_name(listed.name), text)
        parts = [name, pause, said]
    except VoiceFailed:  # a voice may lack the letters of its own name
        (said,) = parts = say(text)
    ceiling = level.speech_ceiling(stereo=True)
    gain = level.gain_for(said, level.SPEECH_LUFS, ceiling)
    return np.concatenate([limiter.limit(part, gain, ceiling) for part in parts])


def _spoken_name(name: str) -> str:
    """Return the name of a voice as people say it, such as `Thorsten medium.` for `de_DE-thorsten-medium`."""
    own_name = re.sub(r"^[a-z]{2,3}_[A-Z]{2}-", "", name.rpartition("/")[2])
    words = " ".join(re.findall(r"[^\W_]+", own_name))
    return f"{words[:1].upper()}{words[1:]}."
