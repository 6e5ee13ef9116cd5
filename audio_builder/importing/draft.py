"""The draft of an imported script: its title, what to fetch, and its blocks, before it is written as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..units import Ms

BlockKind = Literal["heading", "paragraph", "pause", "note"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the import did with a part of the text. The author should look at decisions that are not certain."""

    line: int
    message: str
    is_certain: bool = True


@dataclass(slots=True)
class Block:
    """A block of the script. `text` is Markdown of the script language, `low` the length of a pause on its own, and
    `written` what the author wrote if it is a paragraph by itself."""

    kind: BlockKind
    text: str
    line: int
    level: int = 0
    low: Ms | None = None
    written: str = ""


@dataclass(slots=True)
class Draft:
    """What was read so far."""

    title: str = ""
    summary: str = ""
    props: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def decide(self, line: int, message: str, is_certain: bool = True) -> None:
        """Record a decision."""
        self.decisions.append(Decision(line, message, is_certain))
