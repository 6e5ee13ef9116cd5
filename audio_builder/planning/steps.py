"""What a session does, in order, before elastic time is given out. Records only."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Location
from ..script.model import Breathe, ElasticPause, Line, Rest
from ..units import Ms
from .timeline import What

SENTENCE_GAP = Ms(1500)
QUESTION_GAP = Ms(3000)
COLON_GAP = Ms(900)
PARAGRAPH_GAP = Ms(2500)
CHAPTER_GAP = Ms(4000)
"""Natural gaps: silence after a sentence, after one that asks, after one that leads on with a colon, after a
paragraph, before a chapter."""
LEAD_IN = Ms(2000)
"""Before the first sound of every session."""
TAIL = Ms(3000)
"""After the last."""
STROKE = Ms(4000)
"""What a stroke of the bell takes of the plan; it rings on beneath what follows."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose time it is: `part` indexes `Arrangement.parts` (-1: the frame's own), `side` is 0 or 1, and
    `held` says that it counts as time in the position."""

    part: int = -1
    side: int = 0
    held: bool = False


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line in time: its clip lasts `sounds`, `takes` of the plan are its own, and the natural `gap` follows it (both
    the longer of both sides)."""

    line: Line
    location: Location
    sounds: Ms
    takes: Ms
    gap: Ms = SENTENCE_GAP


@dataclass(frozen=True, slots=True)
class ChapterStart:
    """A chapter begins. `script` is the title of the script that it stands in."""

    title: str
    script: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """Time that never changes: `length` in all, of which `what` sounds for the first `sounds`."""

    length: Ms
    where: Scope
    what: What | None = None
    sounds: Ms = Ms(0)


@dataclass(frozen=True, slots=True)
class ElasticStep:
    """Elastic time between `low` and `high`, in whole cycles where `cycle` is not 0.

    Stretches with the same `key` are one, performed on two sides. `items` are a rest's, or the two aloud
    words of a block of breath.
    """

    key: tuple[int, ...]
    node: ElasticPause | Breathe | Rest
    low: Ms
    high: Ms
    where: Scope
    cycle: Ms = Ms(0)
    items: tuple[tuple[SpokenLine, ...], ...] = ()
    spare: bool = False
    single: bool = False


Step = ChapterStart | Fixed | ElasticStep


@dataclass(frozen=True, slots=True)
class Part:
    """A position, or any script with sides, as it is performed once in a session."""

    name: str
    location: Location
    sides: tuple[str, str] | None = None
    minimum: Ms | None = None
    maximum: Ms | None = None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A session's steps at some length, ending and choice of positions."""

    steps: tuple[Step, ...]
    parts: tuple[Part, ...]
    positions: tuple[str, ...]
    props: tuple[str, ...]
    cautions: tuple[str, ...]
