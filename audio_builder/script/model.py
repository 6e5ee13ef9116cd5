"""What a narration script says: the tree that `parse` makes and everything else reads. Records only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from ..errors import Location
from ..options import BuildOptions, Ending
from ..units import Ms

ScriptKind = Literal["session", "position"]

NOWHERE = Location("", 1)


class Slot(StrEnum):
    """A gap in words that is filled when a session is planned."""

    SIDE = "{side}"
    OTHER = "{other}"
    PROPS = "[props]"


Words = tuple[str | Slot, ...]
"""Text with slots in it; neighbouring strings are joined, and a plain sentence is one string."""


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence to be spoken."""

    words: Words
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of exactly this length."""

    length: Ms
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ElasticPause:
    """Silence of at least `low`, at most `high`; None is without limit."""

    low: Ms
    high: Ms | None
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One breath: in, hold, out, hold."""

    inhale: Ms
    full: Ms
    exhale: Ms
    empty: Ms

    @property
    def cycle(self) -> Ms:
        return Ms(self.inhale + self.full + self.exhale + self.empty)


@dataclass(frozen=True, slots=True)
class Breathe:
    """Paced breath: `cycles` of them, or (with cycles 0) as many whole ones as fit between `low` and `high`."""

    pattern: Pattern
    cycles: int = 0
    low: Ms = Ms(0)
    high: Ms | None = None
    aloud: bool = False
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Rest:
    """A long elastic silence with items, each of one or more sentences, that may be spoken in it."""

    low: Ms
    high: Ms | None
    items: tuple[tuple[Say, ...], ...] = ()
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Bell:
    """The bell, struck `strokes` times."""

    strokes: int = 1
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Play:
    """The author's own recording. `file` is as written; `load` makes `path` absolute."""

    file: str
    words: str = ""
    as_is: bool = False
    path: str = ""
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Include:
    """Another script's body; `load` fills in `script`."""

    name: str
    script: Script | None = None
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Positions:
    """Where a session's positions go."""

    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Cautions:
    """Where the short cautions of a session are spoken."""

    location: Location = field(default=NOWHERE, compare=False)


Item = Say | Pause | ElasticPause | Breathe | Rest | Bell | Play | Include | Positions | Cautions


@dataclass(frozen=True, slots=True)
class Marks:
    """The conditions and rules of a heading. `least` and `below` are `{from}` and `{to}`."""

    fixed: bool = False
    least: Ms | None = None
    below: Ms | None = None
    ending: Ending | None = None
    side: Literal["first", "second"] | None = None
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under a heading. `level` is 1 for a chapter, 2 for a division of the chapter before it,
    0 for words before the first heading (whose title is empty). `marks` are those written on this heading."""

    title: Words
    level: int
    marks: Marks = Marks()
    paragraphs: tuple[tuple[Item, ...], ...] = ()
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Front:
    """The front matter, each value by its own rule; None or empty where it is not written."""

    title: str
    summary: str = ""
    kind: ScriptKind = "session"
    minimum: Ms | None = None
    maximum: Ms | None = None
    frame: str | None = None
    positions: tuple[str, ...] = ()
    sides: tuple[str, str] | None = None
    props: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    options: BuildOptions = field(default_factory=BuildOptions)
    say: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    id: str | None = None
    date: str | None = None
    season: int | None = None
    episode: int | None = None
    image: str | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Caution:
    """An entry of `cautions.toml`: a short spoken sentence and the full text for the notes."""

    id: str
    short: str
    full: str


@dataclass(frozen=True, slots=True)
class Script:
    """A narration script. `name` is its slug.

    `load` adds what it found: `parts`, the scripts of the candidate positions, most important first;
    `exact` when exactly those were asked for; and `cautions`, every entry of `cautions.toml`.
    """

    name: str
    front: Front
    sections: tuple[Section, ...]
    file: str = field(default="", compare=False)
    parts: tuple[Script, ...] = ()
    exact: bool = False
    cautions: tuple[Caution, ...] = ()

    @property
    def location(self) -> Location:
        """Where to point for what concerns the script as a whole."""
        return Location(self.file or f"{self.name}.md", 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as it is spoken: the text with its slots filled, and the respellings of the script's own
    front matter that occur in it. Lengths and clips are kept by it."""

    text: str
    say: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as it is played: the absolute path, and whether its own level is kept."""

    path: str
    as_is: bool = False


Sound = Line | Recording
"""What has a length that only its sound can tell."""
