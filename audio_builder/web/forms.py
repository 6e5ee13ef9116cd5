"""The fields of the pages' forms, one for each option, in the language of the page."""

from __future__ import annotations

from typing import Any

from ..cast.voices import every_voice
from ..languages.catalogue import SOURCE_LANGUAGE, Catalogue, translatable
from ..options import OPTIONS, Option
from ..script.search import ScriptFinder
from ..text import base_language
from .media import DAILY

_LABELS = (
    translatable("{name}, natural"),
    translatable("{name}, of the system"),
    translatable("{name}, recorded"),
)
"""The labels of voices that this program builds from a name."""
_WHOLE = (translatable("of the system"), translatable("only tones, no words"))


def page_forms(words: Catalogue, finder: ScriptFinder) -> list[dict[str, Any]]:
    """Return a form field for each option that the page offers: its name, label, and (value, words) of each choice."""
    return [
        {
            "name": option.name,
            "label": words.gettext(option.label),
            "choices": _choices(option, words, finder),
        }
        for option in OPTIONS
        if option.label
    ]


def with_daily_variation(form: dict[str, Any], words: Catalogue) -> dict[str, Any]:
    """Return a form for feeds: they have a new variation each day instead of today's."""
    if form["name"] != "variation":
        return form
    choices = [("", words.gettext("as written")), (DAILY, words.gettext("another variation each day"))]
    return form | {"choices": choices}


def _choices(option: Option, words: Catalogue, finder: ScriptFinder) -> list[tuple[str, str]]:
    """Return what a form offers for an option; first, what applies without a choice."""
    offered = {value: words.gettext(text) for value, text in option.offered.items()}
    if option.name == "voice":
        offered = ready_voices(words, finder)
    default = offered.get(option.default, option.default)
    first = {} if "" in offered else {"": words.gettext("{default}, or the script's own", default=default)}
    return [*first.items(), *offered.items()]


def ready_voices(words: Catalogue, finder: ScriptFinder) -> dict[str, str]:
    """Return the label of each voice that is ready, by what `--voice` takes.

    Voices of other languages than English and that of the page are left out, unless somebody has added them.
    """
    spoken = ("", SOURCE_LANGUAGE, words.language)
    return {
        voice.option: voice_label(voice.label, words)
        for voice in every_voice(finder)
        if not voice.needs and (voice.is_added or base_language(voice.language) in spoken)
    }


def voice_label(label: str, words: Catalogue) -> str:
    """Return an engine's English label of a voice as the page shows it. A plug-in's own words stay as they are."""
    for message in _LABELS:
        ending = message.removeprefix("{name}")
        if label.endswith(ending):
            return words.gettext(message, name=label.removesuffix(ending))
    return words.gettext(label) if label in _WHOLE else label
