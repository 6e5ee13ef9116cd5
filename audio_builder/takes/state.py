"""How far a recorded voice has come with a script: sentences recorded, missing, changed, or to be checked."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .index import Sentence, Take, TakeIndex
from .sentences import ReadSentence, sentence_key
from .store import take_path
from .voice import RecordedVoice

State = Literal["recorded", "unsure", "changed", "missing"]

_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class SentenceState:
    """A sentence and what there is of it. `was` is the sentence before it was changed, if it looks like one.

    `takes` are oldest first, and `use` is the file of the one that sessions use."""

    sentence: ReadSentence
    state: State
    takes: tuple[Take, ...] = ()
    use: str = ""
    was: str = ""


def states(voice: RecordedVoice, sentences: Sequence[ReadSentence]) -> list[SentenceState]:
    """Return how far a voice has come with these sentences. Raises AudioBuilderError if its index cannot be read."""
    index = voice.index()
    known = index.by_key
    others = _unused(index, sentences)
    return [_state(voice, one, known.get(sentence_key(one.text)), others) for one in sentences]


def state_facts(one: SentenceState) -> dict[str, object]:
    """Return the state of a sentence as JSON has it."""
    return {
        "number": one.sentence.number,
        "text": one.sentence.text,
        "part": one.sentence.part,
        "state": one.state,
        "use": one.use,
        "was": one.was,
        "takes": [{"file": take.file, "note": take.note} for take in one.takes],
    }


def _state(
    voice: RecordedVoice, sentence: ReadSentence, entry: Sentence | None, others: Sequence[str]
) -> SentenceState:
    if entry and take_path(voice, entry):
        return SentenceState(sentence, "recorded", entry.takes, entry.use)
    takes = tuple(take for take in entry.takes if (voice.folder / take.file).is_file()) if entry else ()
    if takes:  # none of them is chosen, or the one that was is gone
        return SentenceState(sentence, "unsure", takes)
    was = difflib.get_close_matches(sentence_key(sentence.text), others, 1, _ALIKE)
    return SentenceState(sentence, "changed" if was else "missing", was=was[0] if was else "")


def _unused(index: TakeIndex, sentences: Sequence[ReadSentence]) -> list[str]:
    """Return the sentences with a take that none of these is."""
    wanted = {sentence_key(one.text) for one in sentences}
    return [key for key, entry in index.by_key.items() if entry.use and key not in wanted]
