"""Gives the sentences of a chapter to the voice that its heading names."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from .model import (
    Bell,
    Breathe,
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
    Vary,
)
from .walk import script_items, scripts_in


def with_voices(script: Script, outer: str = "") -> Script:
    """Return a script whose items have the voice that their heading names, or else its chapter, or else `outer`.

    What a chapter includes has its voice, too. Positions have their own: the session's, unless they name others.
    """
    chapter, sections = outer, []
    for section in script.sections:
        if section.level < 2:
            chapter = section.marks.voice or outer
        sections.append(_spoken_by(section, section.marks.voice or chapter))
    return replace(script, sections=tuple(sections), parts=tuple(map(with_voices, script.parts)))


def voices_in(session: Script) -> dict[str, Section]:
    """Return the voices that headings of a session name, each with the first heading that does."""
    found: dict[str, Section] = {}
    for script in scripts_in(session, session.parts):
        for section in script.sections:
            if section.marks.voice:
                found.setdefault(section.marks.voice, section)
    return found


def caution_voices(session: Script) -> tuple[str, ...]:
    """Return the voices that speak the cautions of a session, each once; none if it does not speak them."""
    items = (item for script in scripts_in(session, session.parts) for item in script_items(script))
    return tuple(dict.fromkeys(item.voice for item in items if isinstance(item, Cautions)))


def _spoken_by(section: Section, voice: str) -> Section:
    paragraphs = tuple(tuple(_item(item, voice) for item in paragraph) for paragraph in section.paragraphs)
    return replace(section, paragraphs=paragraphs)


def _item(item: Item, voice: str) -> Item:
    match item:
        case Say() | Breathe() | Cautions():
            return replace(item, voice=voice)
        case Rest(items=items) | Vary(items=items):
            said = tuple(tuple(replace(say, voice=voice) for say in sentences) for sentences in items)
            return replace(item, items=said)
        case Include(script=script):
            return replace(item, script=with_voices(script, voice)) if script else item
        case Pause() | ElasticPause() | Bell() | Play() | Positions():
            return item
        case _:
            assert_never(item)
