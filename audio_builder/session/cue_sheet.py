"""The cue sheet in a session's tag: what sounds when, so that a finished file can be judged without its script.

It is plain text with a line for each thing: its kind, its start and its length in milliseconds, and details.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Literal, NamedTuple, assert_never, cast

from ..audio.mix.style import Style
from ..options import Ending
from ..planning.timeline import (
    BellStroke,
    BreathTone,
    Chapter,
    Cue,
    CueContent,
    ElasticGap,
    PlayedRecording,
    Timeline,
    Utterance,
)
from ..script.model import NOWHERE, Line, Pattern, Recording
from ..units import Ms

CUE_SHEET_FRAME = "cue sheet"
"""The description of the TXXX frame that holds it."""

_VERSION_LINE = "audio-builder 1"
_HEADER_LINES = 6
_NO_WORDS = "…"  # replaces words that the file does not hold


class CueSheet(NamedTuple):
    """What a file says about its sound: its timeline, its ambience and bell by name, and whether breath tones sound.

    A name is "own" if the author recorded the sound. Levels are in dB relative to the default.
    """

    timeline: Timeline
    ambience: str
    bell: str
    tones: bool
    ambience_db: float = 0.0
    bell_db: float = 0.0


def format_cue_sheet(timeline: Timeline, style: Style) -> str:
    """Return the cue sheet of a session. It holds no words and no paths."""
    ambience, bell = (name if isinstance(name, str) else "own" for name in (style.ambience, style.bell))
    header = [
        _VERSION_LINE,
        f"length {timeline.length}",
        f"ending {timeline.ending}",
        f"bed {ambience}{_level(style.ambience_db)}",
        f"bell {bell}{_level(style.bell_db)}",
        f"tones {'yes' if style.breath_tones else 'no'}",
    ]
    return (
        "\n".join((*header, *map(_format_gap, timeline.elastic_gaps), *map(_format_cue, timeline.cues)))
        + "\n"
    )


def _level(db: float) -> str:
    return f" {db:+g}" if db else ""


def _named_level(written: str) -> tuple[str, float]:
    """Return a name and the level after it, in dB relative to the default. Raises ValueError."""
    name, _, db = written.partition(" ")
    if not isfinite(level := float(db or 0)):
        raise ValueError(written)
    return name, level


def _format_gap(gap: ElasticGap) -> str:
    pattern = gap.pattern
    breath = f" {pattern.inhale} {pattern.full} {pattern.exhale} {pattern.empty}" if pattern else ""
    return f"={gap.kind} {gap.start} {gap.length}{breath}"


def _format_cue(cue: Cue) -> str:
    match cue.content:
        case Utterance():
            kind = "speech"
        case PlayedRecording(words=words):
            kind = "recording" if words else "sound"
        case BellStroke(audible=audible):
            kind = "stroke" if audible else "silent"
        case BreathTone(phase=phase, cycle=cycle, cycles=cycles):
            return f"{phase} {cue.start} {cue.length} {cycle} {cycles}"
        case _:
            assert_never(cue.content)
    return f"{kind} {cue.start} {cue.length}"


def parse_cue_sheet(
    text: str, words: str, title: str = "", chapters: tuple[Chapter, ...] = ()
) -> CueSheet | None:
    """Return what a cue sheet says, or None if the text is not one.

    `words` are the lyrics of the file, a line for each cue with words; cues for which it has no line get "…".
    """
    lines = text.replace("\r", "").strip("\n\0 ").split("\n")
    if lines[0] != _VERSION_LINE:
        return None
    try:
        header = dict(line.split(" ", 1) for line in lines[1:_HEADER_LINES])
        entries = [line.split(" ") for line in lines[_HEADER_LINES:]]
        remaining_words = iter(words.splitlines())
        timeline = Timeline(
            title,
            Ms(int(header["length"])),
            cast(Ending, header["ending"]),
            tuple(_parse_cue(fields, remaining_words) for fields in entries if fields[0] not in _GAPS),
            chapters,
            tuple(_parse_gap(fields) for fields in entries if fields[0] in _GAPS),
        )
        (ambience, ambience_db), (bell, bell_db) = map(_named_level, (header["bed"], header["bell"]))
        return CueSheet(timeline, ambience, bell, header["tones"] == "yes", ambience_db, bell_db)
    except (ValueError, KeyError, IndexError):
        return None


_GAPS: dict[str, Literal["silence", "rest", "breathe"]] = {
    "=silence": "silence",
    "=rest": "rest",
    "=breathe": "breathe",
}


def _parse_gap(fields: list[str]) -> ElasticGap:
    kind, start, length, *breath = fields
    pattern = Pattern(*(Ms(int(ms)) for ms in breath)) if breath else None
    return ElasticGap(Ms(int(start)), Ms(int(length)), _GAPS[kind], NOWHERE, pattern)


def _parse_cue(fields: list[str], remaining_words: Iterator[str]) -> Cue:
    kind, start, length, *details = fields
    content: CueContent
    match kind:
        case "speech":
            content = Utterance(Line(next(remaining_words, _NO_WORDS)), NOWHERE)
        case "recording":
            content = PlayedRecording(Recording(""), next(remaining_words, _NO_WORDS), NOWHERE)
        case "sound":
            content = PlayedRecording(Recording(""), "", NOWHERE)
        case "in" | "out":
            content = BreathTone("in" if kind == "in" else "out", int(details[0]), int(details[1]))
        case "stroke" | "silent":
            content = BellStroke(audible=kind == "stroke")
        case _:
            raise ValueError(kind)
    return Cue(Ms(int(start)), Ms(int(length)), content)
