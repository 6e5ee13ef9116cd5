"""Walks over scripts: their items, and everything that a session is put together from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .model import (
    Caution,
    Include,
    Item,
    Rest,
    Say,
    Script,
    Section,
    Slot,
    Words,
)


def scripts_in(script: Script, chosen: Sequence[Script]) -> Iterator[Script]:
    """The frame, what it includes, then the positions with what they include: everything in a session."""
    for member in (script, *chosen):
        yield member
        for item in script_items(member):
            if isinstance(item, Include) and item.script is not None:
                yield from scripts_in(item.script, ())


def _union(values: Iterator[tuple[str, ...]]) -> tuple[str, ...]:
    """Each once, in the order of its first mention."""
    return tuple(dict.fromkeys(value for many in values for value in many))


def session_props(script: Script, chosen: Sequence[Script]) -> tuple[str, ...]:
    """What to fetch for a session with the chosen positions."""
    return _union(member.front.props for member in scripts_in(script, chosen))


def session_cautions(script: Script, chosen: Sequence[Script]) -> tuple[Caution, ...]:
    """The cautions of a session with the chosen positions, each once."""
    wanted = _union(member.front.cautions for member in scripts_in(script, chosen))
    known = {caution.id: caution for caution in script.cautions}
    return tuple(known[name] for name in wanted if name in known)


def script_items(script: Script) -> Iterator[Item]:
    """Every item of a script's own body, in order."""
    for section in script.sections:
        for paragraph in section.paragraphs:
            yield from paragraph


def position_choices(script: Script) -> list[tuple[Script, ...]]:
    """The lists of positions that a session may have, the longest first."""
    return [script.parts] if script.exact else position_prefixes(script)


def position_prefixes(script: Script) -> list[tuple[Script, ...]]:
    """The first positions, from all of them down to one."""
    return [script.parts[:count] for count in range(len(script.parts), 0, -1)] or [()]


def uses_sides(section: Section) -> bool:
    """Whether a section names a side, so that its chapter is performed for each."""
    if section.marks.side or _has_side(section.title):
        return True
    for item in (item for paragraph in section.paragraphs for item in paragraph):
        said = (item,) if isinstance(item, Say) else sum(item.items, ()) if isinstance(item, Rest) else ()
        if any(_has_side(say.words) for say in said):
            return True
    return False


def _has_side(words: Words) -> bool:
    return Slot.SIDE in words or Slot.OTHER in words
