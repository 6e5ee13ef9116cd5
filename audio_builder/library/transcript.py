"""Transcripts of a session: WebVTT, SubRip and plain text."""

from __future__ import annotations

from ..planning.timeline import Timeline
from .captions import captions


def webvtt(timeline: Timeline) -> str:
    """Return a WebVTT file (www.w3.org/TR/webvtt1) with one cue for each caption."""
    parts = ["WEBVTT\n"]
    for number, (start, end, lines) in enumerate(captions(timeline), 1):
        text = "\n".join(lines)
        for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(plain, escaped)
        parts.append(f"{number}\n{_timestamp(start, '.')} --> {_timestamp(end, '.')}\n{text}\n")
    return "\n".join(parts)


def srt(timeline: Timeline) -> str:
    """Return a SubRip file with one cue for each caption.

    SubRip has no escapes, so an arrow that would read as a time range becomes a typographic one.
    """
    parts = []
    for number, (start, end, lines) in enumerate(captions(timeline), 1):
        text = "\n".join(lines).replace("-->", "→")
        parts.append(f"{number}\n{_timestamp(start, ',')} --> {_timestamp(end, ',')}\n{text}\n")
    return "\n".join(parts)


def plain_transcript(timeline: Timeline) -> str:
    """Return the spoken words alone, in whole sentences, with a paragraph for each chapter that has any."""
    paragraphs: list[list[str]] = [[]]
    chapter_starts = [chapter.start for chapter in timeline.chapters[1:]]
    for cue in timeline.cues:
        if words := " ".join(cue.text.split()):
            while chapter_starts and cue.start >= chapter_starts[0]:
                chapter_starts.pop(0)
                paragraphs.append([])
            paragraphs[-1].append(words)
    return "\n\n".join(" ".join(sentences) for sentences in paragraphs if sentences) + "\n"


def _timestamp(ms: int, separator: str) -> str:
    """Return `hh:mm:ss` with the milliseconds after the separator."""
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{separator}{rest:03}"
