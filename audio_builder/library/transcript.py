"""What is said and when: WebVTT, SubRip, plain text, and Podcasting 2.0 chapters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from ..planning.timeline import PlayedRecording, Timeline, Utterance


class Caption(NamedTuple):
    """A sentence and the milliseconds between which it is heard."""

    start: int
    end: int
    words: str


def captions(timeline: Timeline) -> Iterator[Caption]:
    """The spoken sentences in order, and the words of recordings that have some; each on one line."""
    for cue in timeline.cues:
        match cue.content:
            case Utterance(line=line):
                words = line.text
            case PlayedRecording(words=given):
                words = given
            case _:
                continue
        words = " ".join(words.split())
        if words:
            yield Caption(cue.start, cue.end, words)


def webvtt(timeline: Timeline) -> str:
    """A WebVTT file (www.w3.org/TR/webvtt1), one cue a sentence."""
    parts = ["WEBVTT\n"]
    for number, (start, end, words) in enumerate(captions(timeline), 1):
        for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            words = words.replace(plain, escaped)
        parts.append(f"{number}\n{_stamp(start, '.')} --> {_stamp(end, '.')}\n{words}\n")
    return "\n".join(parts)


def srt(timeline: Timeline) -> str:
    """A SubRip file, one cue a sentence. It has no escapes: an arrow that would read as a time is drawn instead."""
    return "\n".join(
        f"{number}\n{_stamp(start, ',')} --> {_stamp(end, ',')}\n{words.replace('-->', '→')}\n"
        for number, (start, end, words) in enumerate(captions(timeline), 1)
    )


def text(timeline: Timeline) -> str:
    """The spoken words alone, a paragraph for each chapter that has any."""
    paragraphs: list[list[str]] = [[]]
    borders = [chapter.start for chapter in timeline.chapters[1:]]
    for start, _, words in captions(timeline):
        while borders and start >= borders[0]:
            borders.pop(0)
            paragraphs.append([])
        paragraphs[-1].append(words)
    return "\n\n".join(" ".join(words) for words in paragraphs if words) + "\n"


def chapters_json(timeline: Timeline) -> str:
    """The chapters as Podcasting 2.0 JSON (version 1.2.0), times in seconds."""
    marks = [
        {"startTime": _seconds(c.start), "title": c.title, "endTime": _seconds(c.start + c.length)}
        for c in timeline.chapters
    ]
    return (
        json.dumps(
            {"version": "1.2.0", "title": timeline.title, "chapters": marks}, ensure_ascii=False, indent=1
        )
        + "\n"
    )


def _seconds(ms: int) -> float | int:
    return ms // 1000 if ms % 1000 == 0 else ms / 1000


def _stamp(ms: int, point: str) -> str:
    """`hh:mm:ss` and milliseconds after the point or comma."""
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"
