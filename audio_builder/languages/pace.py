"""How fast a calm voice speaks in each language."""

from __future__ import annotations

from ..text import base_language

_READ_ALOUD = {
    "ar": 138,
    "de": 179,
    "en": 228,
    "es": 218,
    "fi": 161,
    "fr": 195,
    "he": 187,
    "it": 188,
    "nl": 202,
    "pl": 166,
}
"""Words a minute in which people read aloud in their own language, with texts of equal content and difficulty.

Source: Trauzettel-Klosinski and Dietz, "Standardized Assessment of Reading Performance: The New International Reading
Speed Texts IReST", Investigative Ophthalmology & Visual Science 53 (2012), 5452. The same thing takes about the same
time to say in each language, but it has more words in one than in another.
"""
_CALM_ENGLISH = (95, 110)
"""Words a minute in English that sound calm and still lively, by ear: decision 0004."""

_LETTER = {"de": 1.0, "es": 1.0, "fr": 1.0}
"""How long a letter takes to say, as a multiple of one in English."""


def calm_words_a_minute(language: str) -> tuple[int, int]:
    """Return the slowest and the fastest pace that is calm and still lively, in words a minute.

    A language without a measured pace has that of English.
    """
    ratio = _READ_ALOUD.get(base_language(language), _READ_ALOUD["en"]) / _READ_ALOUD["en"]
    low, high = (round(pace * ratio) for pace in _CALM_ENGLISH)
    return low, high


def letter_length(language: str) -> float:
    """Return how long a letter takes to say in a language, as a multiple of one in English."""
    return _LETTER.get(base_language(language), 1.0)
