"""How fast a calm voice speaks in each language.

Source: Trauzettel-Klosinski and Dietz, "Standardized Assessment of Reading Performance: The New International Reading
Speed Texts IReST", Investigative Ophthalmology & Visual Science 53 (2012), 5452: people read aloud, in their own
language, texts of equal content and difficulty. The same thing takes about the same time to say in each language, but
it has more words in one than in another.
"""

from __future__ import annotations

from ..text import base_language

_WORDS = {
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
"""Words a minute, read aloud."""
_CHARACTERS = {
    "ar": 612,
    "de": 920,
    "en": 987,
    "fi": 1078,
    "fr": 998,
    "he": 833,
    "it": 950,
    "nl": 978,
    "pl": 916,
}
"""Characters a minute, read aloud."""
_CALM_ENGLISH = (95, 110)
"""Words a minute in English that sound calm and still lively, by ear: decision 0004."""


def calm_words_a_minute(language: str) -> tuple[int, int]:
    """Return the slowest and the fastest pace that is calm and still lively, in words a minute.

    A language without a measured pace has that of English.
    """
    ratio = _WORDS.get(base_language(language), _WORDS["en"]) / _WORDS["en"]
    low, high = (round(pace * ratio) for pace in _CALM_ENGLISH)
    return low, high


def letter_length(language: str) -> float:
    """Return how long a letter takes to say in a language, as a multiple of one in English."""
    return _CHARACTERS["en"] / _CHARACTERS.get(base_language(language), _CHARACTERS["en"])
