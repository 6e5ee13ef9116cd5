"""The steps of a session in order, before elastic time is distributed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Location
from ..figures.library import Figure
from ..script.model import Breathe, ElasticPause, Line, Rest
from ..units import Ms
from .timeline import CueContent

GAP_AFTER_SENTENCE = Ms(1500)
GAP_AFTER_QUESTION = Ms(3000)
GAP_AFTER_COLON = Ms(900)
GAP_AFTER_PARAGRAPH = Ms(2500)
GAP_BEFORE_CHAPTER = Ms(4000)
"""Natural gaps: the silence between two sounds if the script does not write one."""
LEAD_IN = Ms(2000)
"""The silence before the first sound of every session."""
TAIL = Ms(3000)
"""The silence after the last sound of every session, at least."""
BELL_STROKE_LENGTH = Ms(4000)
"""The time from a stroke of the bell to whatever follows; the bell rings on under it."""

GapKey = tuple[int, ...]
"""The path of an elastic step through the scripts. Its performances on both sides have the same key."""


@dataclass(frozen=True, slots=True)
class HoldSide:
    """One side of a performance: an index into `Arrangement.performances`, and the side (0 or 1)."""

    performance: int
    side: int


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line in time.

    Its clip lasts `clip_length`, it takes up `slot_length`, and the natural `gap` follows. On the sides of a
    performance slot and gap are those of the longer wording, so that both sides take the same time.
    """

    line: Line
    location: Location
    clip_length: Ms
    slot_length: Ms
    gap: Ms = GAP_AFTER_SENTENCE


def spoken_length(lines: Sequence[SpokenLine]) -> int:
    """Return the time that lines take up one after another, in milliseconds, without the gap after the last."""
    return sum(line.slot_length for line in lines) + sum(line.gap for line in lines[:-1])


@dataclass(frozen=True, slots=True)
class ChapterStart:
    """The beginning of a chapter, with its own title, the title of its script, and its figure."""

    title: str
    script_title: str
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class FixedStep:
    """Time whose length never changes. `content` sounds for the first `sounding` milliseconds of it.

    The time counts towards the hold of `hold`, if that is not None.
    """

    length: Ms
    hold: HoldSide | None = None
    content: CueContent | None = None
    sounding: Ms = Ms(0)


@dataclass(frozen=True, slots=True)
class ElasticStep:
    """Time between `low` and `high`, in whole cycles unless `cycle` is 0.

    All steps with the same `key` get the same length. `items` are the items of a rest, or one item with the words
    for a breath that the voice counts aloud. A step is `spare` if it gets time only when all others are full, and
    `one_side` if it is performed on one side only. The time counts towards the hold of `hold`, if that is not None.
    """

    key: GapKey
    source: ElasticPause | Breathe | Rest
    low: Ms
    high: Ms
    hold: HoldSide | None = None
    cycle: Ms = Ms(0)
    items: tuple[tuple[SpokenLine, ...], ...] = ()
    spare: bool = False
    one_side: bool = False


TimedStep = FixedStep | ElasticStep
Step = ChapterStart | TimedStep


@dataclass(frozen=True, slots=True)
class Performance:
    """One performance of a position, or of any other script that has sides. A position may be performed twice."""

    name: str
    location: Location
    sides: tuple[str, str] | None = None
    minimum: Ms | None = None
    maximum: Ms | None = None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The steps of a session for one length, ending and choice of positions."""

    steps: tuple[Step, ...]
    performances: tuple[Performance, ...]
    positions: tuple[str, ...]
    props: tuple[str, ...]
    cautions: tuple[str, ...]


def fixed_hold_time(step: TimedStep) -> Ms:
    """Return the part of a step's time that no other side or performance shares.

    It is the whole of a fixed step, and the lower bound of an elastic step on one side only. Elastic time on both
    sides is shared.
    """
    if isinstance(step, FixedStep):
        return step.length
    return step.low if step.one_side else Ms(0)
