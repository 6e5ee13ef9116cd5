"""The cue sheet in a session's tag: what sounds when, so that a finished file can be judged by itself.

Plain text, a line for each thing: what it is, when it begins and how long it lasts in milliseconds, and what else it
has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

from ..audio.mix.style import Style
from ..planning.timeline import (
    BellStroke,
    BreathTone,
    Chapter,
    Cue,
    ElasticGap,
    PlayedRecording,
    Timeline,
    Utterance,
    CueContent,
)
from ..options import Ending
from ..script.model import NOWHERE, Line, Pattern, Recording
from ..units import Ms

NAME = "cue sheet"
"""What its frame in the tag is called."""

_FIRST = "audio-builder 1"


class Sheet(NamedTuple):
    """A plan as its file tells it, with the names of bed and bell, and whether breath tones sound."""

    timeline: Timeline
    ambience: str
    bell: str
    tones: bool


def write(timeline: Timeline, style: Style) -> str:
    """The cue sheet of a session; `read` gives back its times."""
    ambience, bell = (name if isinstance(name, str) else "own" for name in (style.ambience, style.bell))
    head = [
        _FIRST,
        f"length {timeline.length}",
        f"ending {timeline.ending}",
        f"bed {ambience}",
        f"bell {bell}",
        f"tones {'yes' if style.tones else 'no'}",
    ]
    return "\n".join((*head, *map(_span, timeline.elastic_gaps), *map(_cue, timeline.cues))) + "\n"


def _span(span: ElasticGap) -> str:
    pattern = span.pattern
    breath = f" {pattern.inhale} {pattern.full} {pattern.exhale} {pattern.empty}" if pattern else ""
    return f"={span.kind} {span.start} {span.length}{breath}"


def _cue(cue: Cue) -> str:
    match cue.content:
        case Utterance():
            kind = "speech"
        case PlayedRecording(words=words):
            kind = "recording" if words else "sound"
        case BellStroke(audible=audible):
            kind = "stroke" if audible else "silent"
        case BreathTone(phase=phase, cycle=cycle, cycles=cycles):
            return f"{phase} {cue.start} {cue.length} {cycle} {cycles}"
    return f"{kind} {cue.start} {cue.length}"


def read(text: str, words: str, title: str = "", chapters: tuple[Chapter, ...] = ()) -> Sheet | None:
    """What a cue sheet tells; `words` are those of the file, a line for each thing that is said, as far as there are
    any. None where it is no cue sheet."""
    lines = text.replace("\r", "").strip("\n\0 ").split("\n")
    if lines[0] != _FIRST:
        return None
    try:
        facts = dict(line.split(" ", 1) for line in lines[1:6])
        said = iter(words.splitlines())
        rest = [line.split(" ") for line in lines[6:]]
        timeline = Timeline(
            title,
            Ms(int(facts["length"])),
            cast(Ending, facts["ending"]),
            tuple(_read_cue(parts, said) for parts in rest if not parts[0].startswith("=")),
            chapters,
            tuple(_read_span(parts) for parts in rest if parts[0].startswith("=")),
        )
        return Sheet(timeline, facts["bed"], facts["bell"], facts["tones"] == "yes")
    except (ValueError, KeyError, IndexError):
        return None


def _read_span(parts: list[str]) -> ElasticGap:
    kind, start, length, *breath = parts
    pattern = Pattern(*(Ms(int(ms)) for ms in breath)) if breath else None
    return ElasticGap(Ms(int(start)), Ms(int(length)), _KINDS[kind], NOWHERE, pattern)


_KINDS: dict[str, Literal["silence", "rest", "breathe"]] = {
    "=silence": "silence",
    "=rest": "rest",
    "=breathe": "breathe",
}


def _read_cue(parts: list[str], said: Iterator[str]) -> Cue:
    kind, start, length, *more = parts
    what: CueContent
    match kind:
        case "speech":
            what = Utterance(Line(next(said, "…")), NOWHERE)
        case "recording":
            what = PlayedRecording(Recording(""), next(said, "…"), NOWHERE)
        case "sound":
            what = PlayedRecording(Recording(""), "", NOWHERE)
        case "in":
            what = BreathTone("in", int(more[0]), int(more[1]))
        case "out":
            what = BreathTone("out", int(more[0]), int(more[1]))
        case "stroke" | "silent":
            what = BellStroke(audible=kind == "stroke")
        case _:
            raise ValueError(kind)
    return Cue(Ms(int(start)), Ms(int(length)), what)
