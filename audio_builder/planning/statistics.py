"""Figures about a timeline: words a minute, and the share of quiet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .gaps import gap_after
from .steps import QUESTION_GAP
from .timeline import Cue, PlayedRecording, Timeline, Utterance

# the longest natural gap within a chapter: a longer one is written, and ends a passage
_PASSAGE = QUESTION_GAP


def words(text: str) -> int:
    """How many words a text has: what stands between spaces and has a letter or digit."""
    return sum(any(c.isalnum() for c in word) for word in text.split())


def words_a_minute(timeline: Timeline) -> float | None:
    """Words a minute inside passages: stretches of speech with natural gaps only, the one after
    the last sentence included; None where nothing is said for long enough."""
    total, time = 0, 0
    for passage in _passages(timeline):
        total += sum(words(said(cue)) for cue in passage)
        time += passage[-1].end - passage[0].start + gap_after(said(passage[-1]))
    return total * 60_000 / time if time else None


def quiet_share(timeline: Timeline) -> float:
    """The share of a session that is silence or tones."""
    return 1 - sum(cue.length for cue in timeline.cues if said(cue)) / timeline.length


def said(cue: Cue) -> str:
    """What a cue says, "" where it is a tone or a bell."""
    match cue.what:
        case Utterance(line=line):
            return line.text
        case PlayedRecording(words=text):
            return text or "…"
    return ""


def _passages(timeline: Timeline) -> Iterator[Sequence[Cue]]:
    """Stretches of two sentences or more, words said within a breath left out."""
    breaths = [span for span in timeline.elastic_gaps if span.kind == "breathe"]
    passage: list[Cue] = []
    for cue in (cue for cue in timeline.cues if isinstance(cue.what, Utterance)):
        if any(span.start <= cue.start < span.start + span.length for span in breaths):
            continue
        if passage and cue.start - passage[-1].end > _PASSAGE:
            if len(passage) > 1:
                yield passage
            passage = []
        passage.append(cue)
    if len(passage) > 1:
        yield passage
