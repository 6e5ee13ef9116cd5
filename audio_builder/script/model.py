"""The records of a narration script: the tree that `parse` returns and `load` completes.

The `location` of an item is not compared, so that items with the same content are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from ..errors import Location
from ..figures.library import Figure
from ..options import BuildOptions, Ending
from ..units import Ms

ScriptKind = Literal["session", "position"]

NOWHERE = Location("", 1)
"""The location of items that are not from a file."""


class Slot(StrEnum):
    """A placeholder in words that is filled when a session is planned."""

    SIDE = "{side}"
    OTHER = "{other}"
    PROPS = "[props]"


Words = tuple[str | Slot, ...]
"""Text with slots in it. Neighbouring strings are joined, so that a plain sentence is one string."""


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence to be spoken: by the voice of the session, or by `voice` if its chapter names one."""

    words: Words
    location: Location = field(default=NOWHERE, compare=False)
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of exactly this length."""

    length: Ms
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ElasticPause:
    """Silence of at least `low` and at most `high`; None means no limit."""

    low: Ms
    high: Ms | None
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One breath: the length of the in-breath, the hold with full lungs, the out-breath and the hold after it."""

    inhale: Ms
    full: Ms
    exhale: Ms
    empty: Ms

    @property
    def cycle(self) -> Ms:
        """The length of one breath."""
        return Ms(self.inhale + self.full + self.exhale + self.empty)


@dataclass(frozen=True, slots=True)
class Breathe:
    """Paced breath: `cycles` breaths or, if that is 0, the whole breaths that last from `low` to `high`.

    `voice` says the words of a breath that is `aloud`, as in `Say`.
    """

    pattern: Pattern
    cycles: int = 0
    low: Ms = Ms(0)
    high: Ms | None = None
    aloud: bool = False
    location: Location = field(default=NOWHERE, compare=False)
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """A long elastic silence with items that may be spoken in it. Each item is one or more sentences.

    Variations of a session speak them as written, or else `in_any_order`.
    """

    low: Ms
    high: Ms | None
    items: tuple[tuple[Say, ...], ...] = ()
    in_any_order: bool = False
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Vary:
    """A list of which each variation of a session speaks one item. Each item is one or more sentences.

    `number` counts the lists of a script. Lists with the same `name` have the same one, and so go together, item by
    item.
    """

    items: tuple[tuple[Say, ...], ...] = ()
    name: str = ""
    number: int = field(default=0, compare=False)
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Bell:
    """The bell, struck `strokes` times."""

    strokes: int = 1
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Play:
    """A custom recording of some words. `file` is as written; `load` fills in the absolute `path`.

    With `as_is` the recording keeps its own level.
    """

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
    """The place of a session's positions."""

    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Cautions:
    """The place of a session's spoken cautions. `voice` says them, as in `Say`."""

    location: Location = field(default=NOWHERE, compare=False)
    voice: str = ""


Item = Say | Pause | ElasticPause | Breathe | Rest | Vary | Bell | Play | Include | Positions | Cautions


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a heading. The session must last at least `least`, `{from}`, and less than `below`, `{to}`.

    `once` leaves out what another script of the session has said under the same heading. `voice` speaks what is below
    the heading, in place of the session's voice.
    """

    fixed: bool = False
    least: Ms | None = None
    below: Ms | None = None
    ending: Ending | None = None
    side: Literal["first", "second"] | None = None
    spare: bool = False
    once: bool = False
    figure: Figure | None = None
    voice: str = ""

    @property
    def has_condition(self) -> bool:
        """Whether sessions exist that leave out what is below the heading."""
        return replace(self, fixed=False, figure=None, voice="") != Marks()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its `marks`, and the paragraphs below it up to the next heading.

    `level` is 1 for a chapter and 2 for a section of the chapter before it. It is 0, with an empty title, for what
    comes before the first heading.
    """

    title: Words
    level: int
    marks: Marks = Marks()
    paragraphs: tuple[tuple[Item, ...], ...] = ()
    location: Location = field(default=NOWHERE, compare=False)

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of all paragraphs."""
        return tuple(item for paragraph in self.paragraphs for item in paragraph)


@dataclass(frozen=True, slots=True)
class Front:
    """The front matter. Keys that are not written have these defaults."""

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
    figure: Figure | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Caution:
    """An entry of `cautions.toml`: a short sentence to speak, and the full text for the show notes.

    `language` is that of these texts, which is not the script's if the entry lacks a translation.
    """

    id: str
    short: str
    full: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Script:
    """A narration script. `name` is its slug.

    `read_from` is the slug and the SHA-256 of its file, or of its frame's if this is a position that is built alone.

    `load` fills in `parts`, the scripts of the positions, most important first; `exact`, which is true if the session
    must have all of them; `cautions`, every entry of `cautions.toml`; and `frame_language`, which is set if this is a
    position that is built alone, and is the language of the session around it.
    """

    name: str
    front: Front
    sections: tuple[Section, ...]
    file: str = field(default="", compare=False)
    read_from: tuple[str, str] | None = field(default=None, compare=False)
    parts: tuple[Script, ...] = ()
    exact: bool = False
    cautions: tuple[Caution, ...] = ()
    frame_language: str | None = None

    @property
    def location(self) -> Location:
        """The location of problems that concern the script as a whole."""
        return Location(self.file or f"{self.name}.md", 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as it is spoken: its text with the slots filled, and the respellings from the script that it needs.

    `voice` is the voice that its chapter names, or empty. A line is the key of its length and its clip.
    """

    text: str
    say: tuple[tuple[str, str], ...] = ()
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as it is played: its absolute path, and whether it keeps its own level."""

    path: str
    as_is: bool = False


Sound = Line | Recording
"""Anything whose length is only known once it is spoken or decoded."""
