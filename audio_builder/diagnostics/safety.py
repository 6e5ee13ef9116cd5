"""Advice on safety: an opening, cautions, and a way to get up belong to every session with positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import Problem
from ..figures.library import figure_messages
from ..languages.catalogue import Catalogue, catalogue
from ..languages.coverage import missing_phrases
from ..languages.grammar import grammar
from ..script.model import Cautions, Include, Positions, Say, Script, Section
from ..script.walk import figures_of, script_items, scripts_in, sentences_of
from ..text import base_language

_LISTED = 3


def safety_advice(script: Script) -> Iterator[Problem]:
    """Yield advice on what protects listeners, for a session and the positions in it."""
    yield from _opening(script)
    yield from _cautions(script)
    yield from _scripts_in_another_language(script)
    yield from _texts_in_another_language(script)
    yield from _getting_up(script)
    yield from _positions(script)


def _opening(script: Script) -> Iterator[Problem]:
    """Yield advice if positions begin without a word on what to fetch and how to lie down."""
    for section in script.sections:
        for item in section.items:
            if isinstance(item, Positions):
                message = "the positions begin without an opening"
                hint = (
                    "before [positions], say what to fetch, how to lie down, and that stopping is always fine"
                )
                yield Problem(item.location, message, hint=hint)
                return
            if isinstance(item, Say | Include) or sentences_of(item):
                return


def _cautions(script: Script) -> Iterator[Problem]:
    members = list(scripts_in(script, script.parts))
    spoken = [item for member in members for item in script_items(member) if isinstance(item, Cautions)]
    named = [member for member in members if member.front.cautions]
    if spoken and not named:
        hint = "write e.g. cautions: [recent-surgery, pregnancy] at the top, or remove [cautions]"
        yield Problem(spoken[0].location, "no cautions are named, so nothing is said here", hint=hint)
    if spoken or not named:
        return
    if script in named:
        message = "this script has cautions, but listeners never hear them"
    else:
        names = ", ".join(member.name for member in named)
        message = f"listeners never hear the cautions of {names}"
    yield Problem(script.location, message, hint="write [cautions] in a separate paragraph")


def _scripts_in_another_language(script: Script) -> Iterator[Problem]:
    """Yield the positions and included scripts that the voice of the session reads as if they were in its language."""
    language, around = script.front.language, script.frame_language
    if around is not None and base_language(around) != base_language(language):
        message = f'this position is in the language "{language}", but the session around it is in "{around}"'
        hint = f'write a session in "{language}" with [positions] in it, and name it here: frame: its-name'
        yield Problem(script.location, message, hint=hint)
    for member in scripts_in(script, script.parts):
        if base_language(member.front.language) != base_language(language):
            message = f'{member.name} is in the language "{member.front.language}", but this session is in "{language}"'
            hint = f"use a version of {member.name} in this language, or set language: {member.front.language} here"
            yield Problem(script.location, message, hint=hint)


def _texts_in_another_language(script: Script) -> Iterator[Problem]:
    """Yield what listeners hear or read in another language than the script's."""
    language = script.front.language
    base = base_language(language)
    missing = [caution.id for caution in script.cautions if base_language(caution.language) != base]
    if missing:
        message = f'these cautions have no text in the language "{language}": {", ".join(missing)}'
        hint = f"in the cautions.toml next to your scripts, write [{missing[0]}.{base}] with short and full, and so on"
        yield Problem(script.location, message, hint=hint)
    words = catalogue(language)
    file = f"audio_builder/locale/{base}/LC_MESSAGES/messages.po"
    hint = f"they stay English until {file} has them; translations are welcome"
    if phrases := missing_phrases(language):
        message = f'these phrases of show notes and page have no text in the language "{language}": {_some(phrases)}'
        yield Problem(script.location, message, hint=hint)
    if figures := sorted(_undescribed(script, words)):
        message = f'these drawings have no description in the language "{language}": {", ".join(figures)}'
        yield Problem(script.location, message, hint=hint)


def _some(phrases: Sequence[str]) -> str:
    """Return the first phrases in quotation marks, and how many more there are."""
    shown = ", ".join(f'"{phrase}"' for phrase in phrases[:_LISTED])
    return shown + (f" and {len(phrases) - _LISTED} more" if len(phrases) > _LISTED else "")


def _undescribed(script: Script, words: Catalogue) -> set[str]:
    """Return the names of the program's figures in a session that have no description in the language."""
    return {
        figure.name
        for figure in figures_of(script)
        if figure.name and not all(map(words.has, figure_messages(figure)))
    }


def _getting_up(script: Script) -> Iterator[Problem]:
    """Yield advice if a session that ends awake leaves its listeners on the floor."""
    if script.front.options.ending == "sleep" or script.front.kind == "position":
        return
    last = _last_words(script)
    gets_up = grammar(script.front.language).gets_up
    is_guided = any(gets_up.search(text) for text in last) if gets_up else bool(last) or not script.parts
    if not is_guided:
        yield Problem(
            script.location,
            "the session ends awake, but its last words do not guide listeners up",
            hint="write a last chapter {fixed, wake} that leads slowly to standing, or set ending: sleep",
        )


def _last_words(script: Script) -> list[str]:
    """Return the sentences of the last two chapters of a session, or of those after its positions."""
    sections: list[Section] = []
    for member in _with_includes(script):
        for section in member.sections:
            if any(isinstance(item, Positions) for item in section.items):
                sections = []
            sections.append(section)
    items = [item for section in sections[-2:] for item in section.items]
    if Positions in map(type, items):
        items = items[max(i for i, item in enumerate(items) if isinstance(item, Positions)) + 1 :]
    return ["".join(map(str, say.words)) for item in items for say in sentences_of(item)]


def _with_includes(script: Script) -> Iterator[Script]:
    yield script
    for item in script_items(script):
        if isinstance(item, Include) and item.script is not None:
            yield from _with_includes(item.script)


def _positions(script: Script) -> Iterator[Problem]:
    for member in scripts_in(script, script.parts):
        if member.front.kind != "position":
            continue
        if not member.front.cautions:
            hint = "list under cautions: what people should ask a clinician about first"
            yield Problem(member.location, "this position has no cautions", hint=hint)
        if member.front.minimum is None:
            hint = "write how long it takes to work, e.g. minimum: 5m"
            yield Problem(member.location, "this position has no minimum", hint=hint)
