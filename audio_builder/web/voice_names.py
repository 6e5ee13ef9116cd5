"""The voices that a form offers, with their labels in the language of the page."""

from __future__ import annotations

from ..languages.catalogue import SOURCE_LANGUAGE, Catalogue, translatable
from ..speech.voices import list_voices
from ..text import base_language

_LABELS = (translatable("{name}, natural"), translatable("{name}, of the system"))
"""The labels of voices that the engines of this program build from a name."""
_WHOLE = (translatable("of the system"), translatable("only tones, no words"))


def ready_voices(words: Catalogue) -> dict[str, str]:
    """Return the label of each voice that is ready, by what `--voice` takes.

    Voices of other languages than English and that of the page are left out.
    """
    spoken = ("", SOURCE_LANGUAGE, words.language)
    return {
        voice.option: voice_label(voice.label, words)
        for voice in list_voices()
        if not voice.needs and base_language(voice.language) in spoken
    }


def voice_label(label: str, words: Catalogue) -> str:
    """Return an engine's English label of a voice as the page shows it. A plug-in's own words stay as they are."""
    for message in _LABELS:
        ending = message.removeprefix("{name}")
        if label.endswith(ending):
            return words.gettext(message, name=label.removesuffix(ending))
    return words.gettext(label) if label in _WHOLE else label
