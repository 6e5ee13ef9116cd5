"""Labels for Audacity and other editors of sound: a text with a line for each chapter and each sentence."""

from __future__ import annotations

from ..planning.timeline import Timeline


def audacity_labels(timeline: Timeline) -> str:
    """Return a label track: start, end and words of each chapter and each cue with words, in seconds, in order.

    The titles of chapters begin with `#`.
    """
    chapters = [(one.start, one.end, f"# {one.title}") for one in timeline.chapters]
    sentences = [(cue.start, cue.end, cue.text) for cue in timeline.cues if cue.text]
    marks = sorted(chapters + sentences, key=lambda mark: (mark[0], -mark[1]))
    return "".join(
        f"{start / 1000:.3f}\t{end / 1000:.3f}\t{' '.join(words.split())}\n" for start, end, words in marks
    )
