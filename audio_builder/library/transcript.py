"""Transcripts of a session (WebVTT, SubRip, plain text) and its chapters as Podcasting 2.0 JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from ..planning.timeline import Timeline


class Caption(NamedTuple):
    """Spoken words on one line, with the milliseconds at which they start and end."""

    start: int
    end: int
    words: str


def captions(timeline: Timeline) -> Iterator[Caption]:
    """Yield a caption for each spoken sentence and each recording with words, in order."""
    for cue in timeline.cues:
        if words := " ".join(cue.text.split()):
            yield Caption(cue.start, cue.end, words)


def webvtt(timeline: Timeline) -> str:
    """Return a WebVTT file (www.w3.org/TR/webvtt1) with one cue for each caption."""
    parts = ["WEBVTT\n"]
    for number, (start, end, words) in enumerate(captions(timeline), 1):
        for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            words = words.replace(plain, escaped)
        parts.append(f"{number}\n{_timestamp(start, '.')} --> {_timestamp(end, '.')}\n{words}\n")
    return "\n".join(parts)


def srt(timeline: Timeline) -> str:
    """Return a SubRip file with one cue for each caption.

    SubRip has no escapes, so an arrow that would read as a time range becomes a typographic one.
    """
    return "\n".join(
        f"{number}\n{_timestamp(start, ',')} --> {_timestamp(end, ',')}\n{words.replace('-->', '→')}\n"
        for number, (start, end, words) in enumerate(captions(timeline), 1)
    )


def plain_transcript(timeline: Timeline) -> str:
    """Return the spoken words alone, with a paragraph for each chapter that has any."""
    paragraphs: list[list[str]] = [[]]
    chapter_starts = [chapter.start for chapter in timeline.chapters[1:]]
    for start, _, words in captions(timeline):
        while chapter_starts and start >= chapter_starts[0]:
            chapter_starts.pop(0)
            paragraphs.append([])
        paragraphs[-1].append(words)
    return "\n\n".join(" ".join(sentences) for sentences in paragraphs if sentences) + "\n"


def chapters_json(timeline: Timeline) -> str:
    """Return the chapters as Podcasting 2.0 JSON (version 1.2.0), with times in seconds."""
    chapters = [
        {
            "startTime": _seconds(chapter.start),
            "title": chapter.title,
            "endTime": _seconds(chapter.start + chapter.length),
        }
        for chapter in timeline.chapters
    ]
    document = {"version": "1.2.0", "title": timeline.title, "chapters": chapters}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _seconds(ms: int) -> float | int:
    return ms // 1000 if ms % 1000 == 0 else ms / 1000


def _timestamp(ms: int, separator: str) -> str:
    """Return `hh:mm:ss` with the milliseconds after the separator."""
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{separator}{rest:03}"
