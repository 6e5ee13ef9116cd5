"""Walks over scripts: their items, and everything that a session consists of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from ..figures.library import Figure, mirrored
from .model import (
    Bell,
    Breathe,
    Caution,
    Cautions,
    ElasticPause,
    Include,
    Item,
    Pause,
    Play,
    Positions,
    Rest,
    Say,
    Script,
    Section,
    Slot,
    Vary,
    Words,
)


def scripts_in(session: Script, positions: Sequence[Script]) -> Iterator[Script]:
    """Yield every script of a session: itself, what it includes, and its positions with what they include."""
    for script in (session, *positions):
        yield script
        for item in script_items(script):
            if isinstance(item, Include) and item.script is not None:
                yield from scripts_in(item.script, ())


def script_items(script: Script) -> Iterator[Item]:
    """Yield the items of a script's own body in order."""
    for section in script.sections:
        yield from section.items


def sentences_of(item: Item) -> tuple[Say, ...]:
    """Return the sentences that an item has for a voice to speak."""
    match item:
        case Say():
            return (item,)
        case Rest(items=items) | Vary(items=items):
            return tuple(say for sentences in items for say in sentences)
        case Pause() | ElasticPause() | Breathe() | Bell() | Play() | Include() | Positions() | Cautions():
            return ()
        case _:
            assert_never(item)


def figures_of(session: Script) -> Iterator[Figure]:
    """Yield every figure that a session may show: those of all its positions, and of both sides. Some come twice."""
    for script in scripts_in(session, session.parts):
        for figure in filter(None, (script.front.figure, *(s.marks.figure for s in script.sections))):
            yield figure
            if script.front.sides:
                yield mirrored(figure)


def script_figure(session: Script) -> Figure | None:
    """Return the figure that represents a session: that of its first position, or else its own."""
    shown = (*(position.front.figure for position in session.parts), session.front.figure)
    return next(filter(None, shown), None)


def session_props(session: Script, positions: Sequence[Script]) -> tuple[str, ...]:
    """Return the props that a session with these positions needs, each once."""
    return _union(script.front.props for script in scripts_in(session, positions))


def session_cautions(session: Script, positions: Sequence[Script]) -> tuple[Caution, ...]:
    """Return the cautions of a session with these positions, each once."""
    names = _union(script.front.cautions for script in scripts_in(session, positions))
    known = {caution.id: caution for caution in session.cautions}
    return tuple(known[name] for name in names if name in known)


def position_choices(session: Script) -> list[tuple[Script, ...]]:
    """Return the positions that a session may have, longest list first."""
    return [session.parts] if session.exact else position_prefixes(session)


def position_prefixes(session: Script) -> list[tuple[Script, ...]]:
    """Return all positions of a session, then all without the last, and so on down to one."""
    return [session.parts[:count] for count in range(len(session.parts), 0, -1)] or [()]


def uses_sides(section: Section) -> bool:
    """Return whether a section depends on the side, so that its chapter is performed once for each."""
    if section.marks.side or _has_side(section.title):
        return True
    return any(_has_side(say.words) for item in section.items for say in sentences_of(item))


def _union(values: Iterator[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for group in values for value in group))


def _has_side(words: Words) -> bool:
    return Slot.SIDE in words or Slot.OTHER in words
