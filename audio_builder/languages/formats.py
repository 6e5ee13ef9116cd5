"""Lists, dates, lengths and numbers as a language writes them (Unicode CLDR, by way of Babel)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from ..text import base_language

if TYPE_CHECKING:
    from babel import Locale

_INTERNATIONAL_ENGLISH = "en-001"
"""English without a country: lists without a comma before "and", and the day before the month."""
_SOUNDS_LIKE_I = re.compile(r"(?:i|hi(?![ae]))", re.IGNORECASE)


@cache
def _locale(language: str) -> Locale | None:
    """Return what Babel knows of the language of a tag, or None if it knows nothing."""
    from babel import Locale, UnknownLocaleError

    tag = language.replace("_", "-").strip()
    tag = _INTERNATIONAL_ENGLISH if tag.lower() == "en" else tag
    for candidate in (tag, base_language(tag)):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def enumerated(things: Sequence[str], language: str) -> str:
    """Return things as a list in a sentence, such as `a, b and c`."""
    locale = _locale(language)
    if locale is None or len(things) < 2:
        return ", ".join(things)
    from babel.lists import format_list

    text = format_list(things, locale=locale)
    if locale.language == "es" and _SOUNDS_LIKE_I.match(things[-1]):
        # CLDR leaves this to programs: "y" becomes "e" before the sound of an i
        return text.removesuffix(f"y {things[-1]}") + f"e {things[-1]}"
    return text


def long_date(day: date, language: str) -> str:
    """Return a date with the name of its month, such as `4 March 2026`."""
    locale = _locale(language)
    if locale is None:
        return f"{day:%Y-%m-%d}"
    from babel.dates import format_date

    return format_date(day, "long", locale=locale)


def length_in_words(ms: int, language: str) -> str:
    """Return a length in whole seconds, such as `1 hour and 5 minutes`."""
    from babel.units import format_unit

    hours, rest = divmod(round(ms / 1000), 3600)
    parts = [(hours, "hour"), (rest // 60, "minute"), (rest % 60, "second")]
    some = [part for part in parts if part[0]] or parts[-1:]
    locale = _known_locale(language)
    # as a list of things: Babel 2.19 has no complete patterns for lists of units in every language
    return enumerated(
        [format_unit(number, f"duration-{unit}", locale=locale) for number, unit in some], language
    )


def decimal(number: float, language: str) -> str:
    """Return a number, such as `1.25`, with the sign that the language has between its whole and its part."""
    from babel.numbers import format_decimal

    return format_decimal(number, locale=_known_locale(language))


def megabytes(count: int, language: str) -> str:
    """Return a number of bytes in whole megabytes, such as `12 MB`."""
    from babel.units import format_unit

    return format_unit(round(count / 1e6), "digital-megabyte", "short", locale=_known_locale(language))


def text_direction(language: str) -> str:
    """Return `ltr` for a language that is written from left to right, or `rtl`."""
    return _known_locale(language).text_direction


def plural_category(number: int, language: str) -> str:
    """Return the plural category of a number in CLDR, such as `one` or `other`."""
    return str(_known_locale(language).plural_form(number))


def _known_locale(language: str) -> Locale:
    locale = _locale(language) or _locale("en")
    assert locale is not None  # Babel knows English
    return locale
