"""How far a recorded voice has come with a script: sentences recorded, missing, changed, or to be checked."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from ..errors import AudioBuilderError
from ..script.load import load
from .index import Sentence, Take, TakeIndex
from .plan import RecordingPlan
from .sentences import ReadSentence, sentence_key, spoken_keys
from .store import take_path
from .voice import RecordedVoice

State = Literal["recorded", "unsure", "changed", "missing"]

_ALIKE, _CANDIDATES = 0.7, 5


@dataclass(frozen=True, slots=True)
class SentenceState:
    """A sentence and what there is of it. `was` is the sentence before it was changed.

    `takes` are oldest first, and `use` is the file of the one that sessions use."""

    sentence: ReadSentence
    state: State
    takes: tuple[Take, ...] = ()
    use: str = ""
    was: str = ""


def states(plan: RecordingPlan, sentences: Sequence[ReadSentence] | None = None) -> list[SentenceState]:
    """Return how far a voice has come with these sentences of a script, by default with all of them.

    A sentence was changed if it looks like one that was recorded and that no script has any more. One that another
    script still has is merely similar. Raises AudioBuilderError if the index cannot be read.
    """
    index = plan.voice.index()
    known = index.by_key
    asked = plan.sentences if sentences is None else sentences
    missing = [sentence_key(one.text) for one in asked if sentence_key(one.text) not in known]
    was = _earlier(missing, index, plan)
    return [
        _state(plan.voice, one, known.get(sentence_key(one.text)), was.get(sentence_key(one.text), ""))
        for one in asked
    ]


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


def _state(voice: RecordedVoice, sentence: ReadSentence, entry: Sentence | None, was: str) -> SentenceState:
    if entry and take_path(voice, entry):
        return SentenceState(sentence, "recorded", entry.takes, entry.use)
    takes = tuple(take for take in entry.takes if (voice.folder / take.file).is_file()) if entry else ()
    if takes:  # none of them is chosen, or the one that was is gone
        return SentenceState(sentence, "unsure", takes)
    return SentenceState(sentence, "changed" if was else "missing", was=was)


def _earlier(missing: Sequence[str], index: TakeIndex, plan: RecordingPlan) -> dict[str, str]:
    """Return, for each missing sentence that was changed, what was recorded before, by their keys."""
    own = {sentence_key(one.text) for one in plan.sentences}
    others = [key for key, entry in index.by_key.items() if entry.use and key not in own]
    alike = {key: difflib.get_close_matches(key, others, _CANDIDATES, _ALIKE) for key in missing}
    if not any(alike.values()):
        return {}
    spoken = _spoken(plan)  # scripts are only read if it matters
    left = {key: [other for other in found if other not in spoken] for key, found in alike.items()}
    return {key: found[0] for key, found in left.items() if found}


def _spoken(plan: RecordingPlan) -> set[str]:
    """Return the keys of the sentences of every script that can be read."""
    spoken = spoken_keys(plan.script)
    for path in plan.finder.scripts().values():
        with suppress(AudioBuilderError):  # a script with errors has its own messages
            spoken |= spoken_keys(load(str(path), plan.finder))
    return spoken
