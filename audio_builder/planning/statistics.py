"""Figures about a timeline: words a minute, and the share of quiet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .gaps import gap_after
from .steps import GAP_AFTER_QUESTION
from .timeline import Cue, PlayedRecording, Timeline, Utterance

# The longest natural gap within a chapter. A longer silence is written in the script, and ends a passage of speech.
_LONGEST_GAP_IN_PASSAGE = GAP_AFTER_QUESTION
_FEWEST_WORDS = 60
"""With fewer, the gaps after a few short sentences decide the pace."""


def count_words(text: str) -> int:
    """Return the number of words in a text; a word has at least one letter or digit."""
    return sum(any(character.isalnum() for character in word) for word in text.split())


def words_a_minute(timeline: Timeline) -> float | None:
    """Return the pace of the speech, or None if its passages of two sentences or more have fewer than 60 words.

    A passage is speech with only natural gaps between its sentences. It includes the gap after the last one.
    """
    words = time = 0
    for passage in _passages(timeline):
        words += sum(count_words(spoken_text(cue)) for cue in passage)
        time += passage[-1].end - passage[0].start + gap_after(spoken_text(passage[-1]))
    return words * 60_000 / time if words >= _FEWEST_WORDS else None


def quiet_share(timeline: Timeline) -> float:
    """Return the share of a session (0 to 1) that is silence, tones or bells."""
    return 1 - sum(cue.length for cue in timeline.cues if spoken_text(cue)) / timeline.length


def spoken_text(cue: Cue) -> str:
    """Return the text of a cue: "" for a tone or a bell, and "…" for a recording without words."""
    return cue.text or ("…" if isinstance(cue.content, PlayedRecording) else "")


def _passages(timeline: Timeline) -> Iterator[Sequence[Cue]]:
    """Yield passages of two sentences or more, without the words that are spoken during a breath."""
    breaths = [gap for gap in timeline.elastic_gaps if gap.kind == "breathe"]
    passage: list[Cue] = []
    for cue in (cue for cue in timeline.cues if isinstance(cue.content, Utterance)):
        if any(breath.start <= cue.start < breath.end for breath in breaths):
            continue
        if passage and cue.start - passage[-1].end > _LONGEST_GAP_IN_PASSAGE:
            if len(passage) > 1:
                yield passage
            passage = []
        passage.append(cue)
    if len(passage) > 1:
        yield passage
