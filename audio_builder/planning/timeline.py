"""A planned session: cues at whole milliseconds that sum to the length asked for. Records only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import Location
from ..script.model import Ending, Line, Pattern, Recording
from ..units import Ms


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence; the cue is as long as its clip."""

    line: Line
    location: Location


@dataclass(frozen=True, slots=True)
class PlayedRecording:
    """The author's recording; `words` go into the transcript."""

    recording: Recording
    words: str
    location: Location


@dataclass(frozen=True, slots=True)
class BellStroke:
    """One stroke of the bell. It takes the cue's length of the plan and rings on beneath what follows.
    Where `audible` is false the time passes in silence."""

    audible: bool = True


@dataclass(frozen=True, slots=True)
class BreathTone:
    """A breath tone as long as the cue: the `nth` (from 0) of `of` cycles in its block. One that is `counting` in a
    session is heard in every style."""

    phase: Literal["in", "out"]
    nth: int
    of: int
    counting: bool = False


What = Utterance | PlayedRecording | BellStroke | BreathTone


@dataclass(frozen=True, slots=True)
class Cue:
    """Something that sounds, from `start` for `length`."""

    start: Ms
    length: Ms
    what: What

    @property
    def end(self) -> Ms:
        return Ms(self.start + self.length)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter mark; it lasts until the next one, the last until the end."""

    start: Ms
    length: Ms
    title: str


@dataclass(frozen=True, slots=True)
class ElasticGap:
    """Where elastic time went: a silence, a rest with its items, or a block of whole breaths of one pattern."""

    start: Ms
    length: Ms
    kind: Literal["silence", "rest", "breathe"]
    location: Location
    pattern: Pattern | None = None

    @property
    def cycles(self) -> int:
        """How many breaths it has."""
        return self.length // self.pattern.cycle if self.pattern else 0

    @property
    def end(self) -> Ms:
        return Ms(self.start + self.length)


@dataclass(frozen=True, slots=True)
class Hold:
    """The time held in a position, on one side where it has sides: the length of its chapters that are not fixed."""

    position: str
    side: str | None
    start: Ms
    length: Ms


@dataclass(frozen=True, slots=True)
class Timeline:
    """A session in time. `cues` are in order of start; `positions` are the chosen ones' slugs;
    `estimated` says that lengths were guessed from words, no voice having spoken."""

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
