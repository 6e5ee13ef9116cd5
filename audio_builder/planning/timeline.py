"""A planned session: cues at whole milliseconds that add up to the length asked for. Records only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from ..errors import Location
from ..figures.library import Figure
from ..options import Ending
from ..script.model import Line, Pattern, Recording
from ..units import Ms


@dataclass(frozen=True, slots=True)
class Utterance:
    """A spoken sentence. Its cue is as long as its clip."""

    line: Line
    location: Location


@dataclass(frozen=True, slots=True)
class PlayedRecording:
    """The author's own recording. `words` is its text for the transcript."""

    recording: Recording
    words: str
    location: Location


@dataclass(frozen=True, slots=True)
class BellStroke:
    """One stroke of the bell. It takes the length of its cue and rings on under whatever follows.

    If it is not `audible`, the time passes in silence.
    """

    audible: bool = True


@dataclass(frozen=True, slots=True)
class BreathTone:
    """A breath tone as long as its cue, in breath number `cycle` (from 0) of the `cycles` in its block.

    A tone that is `counting` in the session is heard whatever the style.
    """

    phase: Literal["in", "out"]
    cycle: int
    cycles: int
    counting: bool = False


CueContent = Utterance | PlayedRecording | BellStroke | BreathTone


@dataclass(frozen=True, slots=True)
class Cue:
    """A sound that begins at `start` and lasts `length`."""

    start: Ms
    length: Ms
    content: CueContent

    @property
    def text(self) -> str:
        """The words of the cue; empty for tones, bells and recordings without words."""
        match self.content:
            case Utterance(line=line):
                return line.text
            case PlayedRecording(words=words):
                return words
            case BellStroke() | BreathTone():
                return ""
            case _:
                assert_never(self.content)

    @property
    def end(self) -> Ms:
        return Ms(self.start + self.length)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter mark. A chapter lasts until the next one begins; the last one lasts until the end."""

    start: Ms
    length: Ms
    title: str
    figure: Figure | None = None

    @property
    def end(self) -> Ms:
        return Ms(self.start + self.length)


@dataclass(frozen=True, slots=True)
class ElasticGap:
    """Elastic time in a finished plan: a silence, a rest with its items, or a block of whole breaths in one pattern."""

    start: Ms
    length: Ms
    kind: Literal["silence", "rest", "breathe"]
    location: Location
    pattern: Pattern | None = None

    @property
    def cycles(self) -> int:
        """The number of breaths; 0 unless this is a block of breath."""
        return self.length // self.pattern.cycle if self.pattern else 0

    @property
    def end(self) -> Ms:
        return Ms(self.start + self.length)


@dataclass(frozen=True, slots=True)
class Hold:
    """The time for which a position is held, on one side if it has sides.

    `length` is the time of its chapters that are not `{fixed}`; `start` is when the first of them begins.
    """

    position: str
    side: str | None
    start: Ms
    length: Ms


@dataclass(frozen=True, slots=True)
class Timeline:
    """A session in time. Every moment and length is in milliseconds.

    `cues` are in order of their start. `positions` and `cautions` are names of scripts and of entries in
    `cautions.toml`. A timeline is `estimated` if no voice has spoken yet and the lengths of its lines were guessed.
    """

    title: str
    length: Ms
    ending: Ending
    cues: tuple[Cue, ...]
    chapters: tuple[Chapter, ...]
    elastic_gaps: tuple[ElasticGap, ...] = ()
    holds: tuple[Hold, ...] = ()
    positions: tuple[str, ...] = ()
    props: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    language: str = "en"
    estimated: bool = False


def lines_of(timeline: Timeline) -> dict[Line, Location]:
    """Return the lines of a session in their order, each with the place in a script where it is first spoken from."""
    found: dict[Line, Location] = {}
    for cue in timeline.cues:
        if isinstance(cue.content, Utterance):
            found.setdefault(cue.content.line, cue.content.location)
    return found
