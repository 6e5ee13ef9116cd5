"""The lines of a session: text with its slots filled, and the few words that the program adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from ..errors import Location, Problem, ScriptErrors
from ..languages.catalogue import catalogue, translatable
from ..languages.formats import enumerated
from ..script.model import (
    Bell,
    Breathe,
    Cautions,
    ElasticPause,
    Include,
    Item,
    Line,
    Pause,
    Play,
    Positions,
    Recording,
    Rest,
    Say,
    Script,
    Slot,
    Sound,
    Vary,
    Words,
)
from ..script.voices import caution_voices
from ..script.walk import (
    figures_of,
    position_prefixes,
    script_items,
    scripts_in,
    sentences_of,
    session_cautions,
    session_props,
)

INHALE, EXHALE = translatable("Breathe in."), translatable("Breathe out.")
"""What is said with a breath that is aloud."""


def fill_slots(words: Words, script: Script, side: int, props: Sequence[str]) -> str:
    """Return the text with its slots filled for a side (0 or 1) and the session's props.

    A slot at the beginning gets a capital letter.
    """
    sides = script.front.sides or ("", "")
    values = {
        Slot.SIDE: sides[side],
        Slot.OTHER: sides[1 - side],
        Slot.PROPS: enumerated(props, script.front.language) if Slot.PROPS in words else "",
    }
    text = "".join(values[part] if isinstance(part, Slot) else part for part in words)
    return text[:1].upper() + text[1:] if words and isinstance(words[0], Slot) else text


def line_for(say: Say, script: Script, side: int, props: Sequence[str]) -> Line:
    """Return the line for a sentence on a side (0 or 1)."""
    return with_respellings(fill_slots(say.words, script, side, props), script, say.voice)


def with_respellings(text: str, script: Script, voice: str) -> Line:
    """Return the line for a text: the text with the script's respellings of whole words that occur in it.

    Upper and lower case are the same. `voice` is the one that its chapter names, or empty.
    """
    return Line(text, tuple(pair for pair in script.front.say if _has_word(text, pair[0])), voice)


def breath_words(node: Breathe, script: Script) -> tuple[Line, Line]:
    """Return the lines for breathing in and out, for a block of breath that is aloud.

    Raises ScriptErrors if the program does not have these words in the script's language.
    """
    words = catalogue(script.front.language)
    if not words.has(INHALE) or not words.has(EXHALE):
        message = f'the words for breathing in and out are missing for the language "{script.front.language}"'
        hint = "remove aloud, and say them in a sentence before it"
        raise ScriptErrors([Problem(node.location, message, hint=hint)])
    inhale, exhale = words.gettext(INHALE), words.gettext(EXHALE)
    return with_respellings(inhale, script, node.voice), with_respellings(exhale, script, node.voice)


def sounds(script: Script) -> dict[Sound, Location]:
    """Return every line and recording that a session may need, with the location where each is first mentioned.

    They cover every length, ending and choice of positions. Their order is that of the scripts.
    """
    found: dict[Sound, Location] = {}
    for chosen in position_prefixes(script):
        props = session_props(script, chosen)
        for member in scripts_in(script, chosen):
            for sound, location in _sounds_in(member, props):
                found.setdefault(sound, location)
    for voice in caution_voices(script):
        for caution in session_cautions(script, script.parts):
            found.setdefault(with_respellings(caution.short, script, voice), Location("cautions.toml", 1))
    return found


def named_files(script: Script) -> set[str]:
    """Return the path of every file that a script names besides others: recordings, drawings, and its cover."""
    recordings = {sound.path for sound in sounds(script) if isinstance(sound, Recording)}
    drawings = {figure.file for figure in figures_of(script) if figure.file}
    return recordings | drawings | ({script.front.image} if script.front.image else set())


def _sounds_in(script: Script, props: Sequence[str]) -> Iterator[tuple[Sound, Location]]:
    sides = (0, 1) if script.front.sides else (0,)
    for item in script_items(script):
        for say in sentences_of(item):
            for side in sides:
                yield line_for(say, script, side, props), say.location
        for sound in _other_sounds(item, script):
            yield sound, item.location


def _other_sounds(item: Item, script: Script) -> Iterator[Sound]:
    """Yield the sounds of an item that do not come from its sentences."""
    match item:
        case Breathe():
            if item.aloud:
                yield from breath_words(item, script)
        case Play():
            yield Recording(item.path, item.as_is)
        case (
            Say() | Rest() | Vary() | Pause() | ElasticPause() | Bell() | Include() | Positions() | Cautions()
        ):
            pass
        case _:
            assert_never(item)


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
