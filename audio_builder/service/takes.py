"""Record a person's voice from a page: what there is to say, and one take after another."""

from __future__ import annotations

from typing import Any

from ..audio.clip import wav_bytes
from ..errors import AudioBuilderError, BadSound
from ..request import Workspace
from ..takes.bring import judge_take
from ..takes.clips import read_take_file, take_clip
from ..takes.plan import RecordingPlan, recording_plan
from ..takes.sentences import ReadSentence, sentence_key
from ..takes.sound import TakeSound, take_of_bytes
from ..takes.state import state_facts, states
from ..takes.store import add_takes, choose_take
from ..takes.voice import RecordedVoices
from .scripts import own_folder

LARGEST_TAKE = 40_000_000
"""Bytes of one take: three minutes of WAV in stereo."""


class TakeRefused(BadSound):
    """A take that cannot be used, whenever it is sent. The message says why."""


class TakeRecorder:
    """Takes of the voices in the author's folder of scripts. Several threads may use it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def voices(self) -> list[str]:
        """Return the names of all recorded voices."""
        return list(RecordedVoices(self.workspace.finder).names())

    def sentences(self, script: str, voice: str) -> dict[str, Any]:
        """Return the sentences of a script with what a voice has of each. Raises AudioBuilderError."""
        plan = self._plan(script, voice)
        found = states(plan)
        return {
            "voice": plan.voice.name,
            "language": plan.script.front.language,
            "title": plan.script.front.title,
            "sentences": [state_facts(one) for one in found],
        }

    def add(self, script: str, voice: str, text: str, content: bytes) -> dict[str, Any]:
        """Store a take of a sentence, and return what there is of it now, with advice.

        Raises TakeRefused with the reason if the take cannot be used; it is not stored then. Any other
        AudioBuilderError is not about the take, which can be sent again later.
        """
        own_folder(self.workspace.finder)  # before anything is recorded in vain
        plan = self._plan(script, voice)
        sentence = _sentence(plan, text)
        judged = judge_take(sentence, _sound_of(content))
        if judged.outcome == "refused":
            raise TakeRefused(f"This take cannot be used: {judged.note}")
        names = add_takes(plan.voice, judged.takes)
        take_clip(
            judged.takes[0].content, names[0], self.workspace.cache
        )  # for listening, and for the next build
        return self._facts(plan, sentence) | {"advice": judged.note}

    def choose(self, script: str, voice: str, text: str, file: str) -> dict[str, Any]:
        """Let sessions use a take of a sentence, and return what there is of it now. Raises AudioBuilderError."""
        plan = self._plan(script, voice)
        choose_take(plan.voice, text, file)
        return self._facts(plan, _sentence(plan, text))

    def hear(self, voice: str, file: str) -> bytes:
        """Return a take as it will sound in a session, as WAV. Raises AudioBuilderError."""
        person = RecordedVoices(self.workspace.finder).find(voice)
        known = {take.file for sentence in person.index().sentences for take in sentence.takes}
        if file not in known:
            raise AudioBuilderError(f"{person.name} has no take named {file[:80]}")
        return wav_bytes(take_clip(read_take_file(person.folder / file), file, self.workspace.cache))

    def _plan(self, script: str, voice: str) -> RecordingPlan:
        return recording_plan(script, voice, self.workspace.finder)

    def _facts(self, plan: RecordingPlan, sentence: ReadSentence) -> dict[str, Any]:
        (state,) = states(plan, [sentence])
        return state_facts(state)


def _sound_of(content: bytes) -> TakeSound:
    try:
        return take_of_bytes(content, "This take")
    except BadSound as error:
        raise TakeRefused(str(error)) from None


def _sentence(plan: RecordingPlan, text: str) -> ReadSentence:
    for sentence in plan.sentences:
        if sentence_key(sentence.text) == sentence_key(text):
            return sentence
    raise AudioBuilderError("The script does not have this sentence any more. Open the page again.")
