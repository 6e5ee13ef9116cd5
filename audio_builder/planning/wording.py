"""Text of a session with its slots filled, and the few words that the program itself speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..errors import Location, Problem, ScriptErrors
from ..script.model import (
    Breathe,
    Line,
    Play,
    Recording,
    Rest,
    Say,
    Script,
    Slot,
    Sound,
    Words,
)
from ..script.walk import position_prefixes, script_items, scripts_in, session_cautions, session_props

_AND = {
    "en": "and",
    "de": "und",
    "nl": "en",
    "fr": "et",
    "es": "y",
    "it": "e",
    "pt": "e",
    "sv": "och",
    "da": "og",
}
_BREATH = {
    "en": ("Breathe in.", "Breathe out."),
    "de": ("Einatmen.", "Ausatmen."),
    "nl": ("Adem in.", "Adem uit."),
    "fr": ("Inspirez.", "Expirez."),
    "es": ("Inhala.", "Exhala."),
    "it": ("Inspira.", "Espira."),
    "pt": ("Inspire.", "Expire."),
    "sv": ("Andas in.", "Andas ut."),
    "da": ("Ånd ind.", "Ånd ud."),
}


def fill(words: Words, script: Script, side: int, props: Sequence[str]) -> str:
    """The text with its slots filled for a side (0 or 1) and the session's props."""
    sides = script.front.sides or ("", "")
    values = {
        Slot.SIDE: sides[side],
        Slot.OTHER: sides[1 - side],
        Slot.PROPS: listed(props, script.front.language),
    }
    text = "".join(values[part] if isinstance(part, Slot) else part for part in words)
    return text[:1].upper() + text[1:] if words and isinstance(words[0], Slot) else text


def line(say: Say, script: Script, side: int, props: Sequence[str]) -> Line:
    """A sentence as it is spoken on a side."""
    return spoken(fill(say.words, script, side, props), script)


def spoken(text: str, script: Script) -> Line:
    """A text with those respellings of the script that occur in it, as whole words, whatever their case."""
    return Line(text, tuple(pair for pair in script.front.say if _holds(text, pair[0])))


def listed(things: Sequence[str], language: str) -> str:
    """`a, b and c`, in the language where it is known, else with commas alone."""
    last = _AND.get(language.partition("-")[0].lower())
    if len(things) < 2 or last is None:
        return ", ".join(things)
    return f"{', '.join(things[:-1])} {last} {things[-1]}"


def breath_words(node: Breathe, script: Script) -> tuple[Line, Line]:
    """What is said for in and out where a block of breath is aloud."""
    language = script.front.language.partition("-")[0].lower()
    if language not in _BREATH:
        raise ScriptErrors(
            [
                Problem(
                    node.location,
                    f"there are no words for in and out in the language {script.front.language}",
                    hint="leave out aloud, and say them in a sentence before",
                )
            ]
        )
    inhale, exhale = _BREATH[language]
    return spoken(inhale, script), spoken(exhale, script)


def sounds(script: Script) -> dict[Sound, Location]:
    """Every line and recording that a session may need at any length, ending and choice of positions, with
    the place of its first mention; in the order of the scripts."""
    found: dict[Sound, Location] = {}
    for chosen in position_prefixes(script):
        props = session_props(script, chosen)
        for member in scripts_in(script, chosen):
            for sound, location in _own_sounds(member, props):
                found.setdefault(sound, location)
    for caution in session_cautions(script, script.parts):
        found.setdefault(spoken(caution.short, script), Location("cautions.toml", 1))
    return found


def _own_sounds(script: Script, props: Sequence[str]) -> Iterator[tuple[Sound, Location]]:
    sides = (0, 1) if script.front.sides else (0,)
    for item in script_items(script):
        match item:
            case Say():
                for side in sides:
                    yield line(item, script, side, props), item.location
            case Rest():
                for say in (say for sentences in item.items for say in sentences):
                    for side in sides:
                        yield line(say, script, side, props), say.location
            case Breathe(aloud=True):
                for words in breath_words(item, script):
                    yield words, item.location
            case Play():
                yield Recording(item.path, item.as_is), item.location


def _holds(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
