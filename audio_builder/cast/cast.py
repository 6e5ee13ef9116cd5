"""Who speaks: the voice of a session, the voices that chapters name, and the one that stands in for missing takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import AudioBuilderError, VoiceMissing
from ..options import DEFAULT_VOICE, BuildOptions
from ..script.model import Script
from ..script.search import ScriptFinder
from ..script.voices import voices_in
from ..speech.voice import Voice
from ..speech.voices import knows, open_voice
from ..takes.voice import RecordedVoice, RecordedVoices, is_recorded, voice_name

Speaker = Voice | RecordedVoice
"""A voice of an engine, or a person's recorded one."""


@dataclass(frozen=True)
class Cast:
    """The voices of a session. `voices` has them by the names that chapters use, and its own under the empty name.

    `fill` speaks the sentences that a recorded voice lacks. Without it they are an error.
    """

    script: Script
    finder: ScriptFinder
    voices: Mapping[str, Speaker]
    fill: Voice | None = None

    @property
    def main(self) -> Speaker:
        """The voice of the session."""
        return self.voices[""]


def open_cast(script: Script, options: BuildOptions, finder: ScriptFinder) -> Cast:
    """Return the voices of a script, none of them loaded. Raises VoiceMissing with a hint if one cannot be had.

    The speed of the options is that of the session's voice and of the one that stands in; others have their own.
    """
    near = finder.near(Path(script.file)) if script.file else finder
    language = script.front.language
    voices = {name: _of_chapter(name, near, language, bool(options.fill)) for name in voices_in(script)}
    voices[""] = open_speaker(options.voice, near, options.speed, language)
    if options.fill and is_recorded(options.fill):
        raise AudioBuilderError(
            f"Invalid --fill: name a voice that can speak any sentence, e.g. {DEFAULT_VOICE}"
        )
    fill = open_voice(options.fill, options.speed, language) if options.fill else None
    return Cast(script, near, voices, fill)


def _of_chapter(spec: str, finder: ScriptFinder, language: str, filled: bool) -> Speaker:
    """Return the voice that a chapter names. If another fills in, a person may have recorded nothing yet."""
    if filled and is_recorded(spec):
        return RecordedVoices(finder).find_or_new(voice_name(spec))
    return open_speaker(spec, finder, None, language)


def open_speaker(spec: str, finder: ScriptFinder, speed: float | None, language: str = "en") -> Speaker:
    """Return the voice that `ENGINE[:NAME]` or `recorded:NAME` means. Raises VoiceMissing with a hint."""
    if is_recorded(spec):
        return RecordedVoices(finder).find(voice_name(spec))
    try:
        return open_voice(spec, speed, language)
    except VoiceMissing:
        if spec not in RecordedVoices(finder).names():
            raise
        raise VoiceMissing(f'No voice engine named "{spec}". Did you mean "recorded:{spec}"?') from None


def knows_word(cast: Cast, word: str) -> bool:
    """Return whether no engine of a cast would have to guess how to say a word. People know their words."""
    speakers = [speaker for speaker in (*cast.voices.values(), cast.fill) if speaker]
    return all(isinstance(each, RecordedVoice) or knows(each.engine, word) for each in speakers)


def has_people(cast: Cast) -> bool:
    """Return whether a person's recorded voice is in a cast."""
    return any(isinstance(speaker, RecordedVoice) for speaker in cast.voices.values())
