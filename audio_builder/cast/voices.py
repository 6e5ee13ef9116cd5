"""List every voice, of engines and of people, and let recorded ones be heard."""

from __future__ import annotations

from ..audio.clip import Clip
from ..cache import Cache
from ..errors import AudioBuilderError, VoiceMissing
from ..script.search import ScriptFinder
from ..speech.voices import ListedVoice, list_voices
from ..takes.clips import read_take_file, take_clip
from ..takes.store import take_path
from ..takes.voice import ENGINE, RecordedVoices, voice_name


def every_voice(finder: ScriptFinder) -> list[ListedVoice]:
    """Return every voice of every engine, and then the recorded ones. A recorded voice without takes is not ready."""
    people = RecordedVoices(finder)
    return [*list_voices(), *(_listed(name, people) for name in people.names())]


def _listed(name: str, people: RecordedVoices) -> ListedVoice:
    needs = f"audio-builder takes SCRIPT --voice {name}"
    try:
        if any(sentence.use for sentence in people.find(name).index().sentences):
            needs = ""
    except AudioBuilderError as error:  # others can still be used
        needs = str(error)
    return ListedVoice(ENGINE, name, "", needs, f"{name}, recorded", f"{ENGINE}:{name}")


def recorded_sentence(spec: str, finder: ScriptFinder, cache: Cache, text: str = "") -> Clip:
    """Return the clip of a sentence that a person has recorded, by default of the first one.

    Raises VoiceMissing if there is none, and BadSound if the take cannot be used.
    """
    voice = RecordedVoices(finder).find(voice_name(spec))
    index = voice.index()
    asked = [index.find(text)] if text else list(index.sentences)
    for sentence in asked:
        path = take_path(voice, sentence) if sentence else None
        if path:
            return take_clip(read_take_file(path), path.name, cache)
    what = "this sentence" if text else "any sentence"
    raise VoiceMissing(f"{voice.name} has not recorded {what} yet")
