"""What a person records for a script: the voice, its sentences, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..planning.estimate import estimate
from ..script.load import load
from ..script.model import Line, Script
from ..script.search import ScriptFinder
from ..script.voices import voices_in
from ..units import Ms
from .sentences import ReadSentence, reading_list
from .voice import ENGINE, RecordedVoice, RecordedVoices, is_recorded, voice_name

_PAUSE = Ms(2000)
"""How long people who read sentence after sentence are asked to pause."""


@dataclass(frozen=True, slots=True)
class RecordingPlan:
    """A script with the voice that records it, the sentences that this voice has in it, and where scripts are."""

    script: Script
    voice: RecordedVoice
    sentences: tuple[ReadSentence, ...]
    finder: ScriptFinder


def recording_plan(name: str, voice: str, finder: ScriptFinder) -> RecordingPlan:
    """Return what a voice records for a script. `voice` may be empty if there is only one that it can be.

    Raises AudioBuilderError.
    """
    script = load(name, finder)
    voices = RecordedVoices(finder)
    person = voices.find_or_new(voice_name(voice) or _only_voice(script, voices))
    named = [spec for spec in voices_in(script) if is_recorded(spec)]
    own = tuple(spec for spec in named if voice_name(spec).casefold() == person.name.casefold())
    return RecordingPlan(script, person, tuple(reading_list(script, _roles(script, person, own))), finder)


def reading_time(plan: RecordingPlan, sentences: Iterable[ReadSentence]) -> Ms:
    """Return about how long it takes to read sentences aloud, with a pause after each, in milliseconds."""
    lines = [Line(sentence.text) for sentence in sentences]
    lengths = estimate(lines, plan.voice.pace, plan.script.front.language)
    return Ms(sum(lengths[line] + _PAUSE for line in lines))


def _roles(script: Script, person: RecordedVoice, chapters: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names under which a script asks for a voice; the empty one is the voice of the session.

    If the front matter names another person, and chapters name this one, it is only those chapters. Otherwise this
    person may speak the whole session.
    """
    spec = script.front.options.voice
    other = spec and is_recorded(spec) and voice_name(spec).casefold() != person.name.casefold()
    return chapters if other and chapters else ("", *chapters)


def _only_voice(script: Script, voices: RecordedVoices) -> str:
    """Return the recorded voice that the front matter names, or else the only one there is."""
    options: BuildOptions = script.front.options
    if options.voice and is_recorded(options.voice):
        return voice_name(options.voice)
    names = voices.names()
    if len(names) == 1:
        return names[0]
    known = f"one of {', '.join(names)}" if names else f"a name for it, e.g. --voice {ENGINE}:ana"
    raise AudioBuilderError(f"Say whose voice it is: {known}")
