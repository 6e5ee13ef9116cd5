"""Write English numbers in words.

num2words (LGPL-2.1) knows the words of numbers in English and in some fifty other languages, so that the next language
needs no tables. It is imported when the first number is read, because that takes 40 ms.
"""

from __future__ import annotations

import re

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)"
"""A pattern for a number: `7`, `1,500`, `2.5`, `.5`."""
LONGEST_CARDINAL = 15
"""Digits of the longest number that is read as one. Longer ones are read digit by digit."""
ROMAN = r"(?=[IVXLC])(?:X[LC]|L?X{0,3})(?:IX|IV|V?I{0,3})"
"""A pattern for a Roman numeral below 100."""
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def cardinal(number: int) -> str:
    """Return e.g. `one thousand two hundred`."""
    from num2words import num2words

    return str(num2words(number)).replace(",", "")


def ordinal(number: int) -> str:
    """Return e.g. `twenty-first`."""
    from num2words import num2words

    return str(num2words(number, to="ordinal")).replace(",", "")


def year(number: int) -> str:
    """Return e.g. `nineteen ninety-eight`."""
    from num2words import num2words

    return str(num2words(number, to="year")).replace(",", "")


def digits(text: str) -> str:
    """Return each digit as a word."""
    return " ".join(cardinal(int(digit)) for digit in re.findall(r"\d", text))


def number(text: str) -> str:
    """Return the words of a number that NUMBER matches."""
    whole, point, fraction = text.replace(",", "").partition(".")
    if point:
        return f"{number(whole)} point {digits(fraction)}" if whole else f"point {digits(fraction)}"
    if len(whole) > LONGEST_CARDINAL or (len(whole) > 1 and whole[0] == "0"):
        return digits(whole)
    return cardinal(int(whole))


def value(text: str) -> float:
    """Return the value of a number that NUMBER matches."""
    return float(text.replace(",", ""))


def roman(text: str) -> int:
    """Return the value of a Roman numeral."""
    values = [_ROMAN_DIGITS[letter] for letter in text]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-one if one < following else one for one, following in pairs)


def plural(word: str) -> str:
    """Return the plural of an ordinal used as the name of a fraction, a decade, or a unit."""
    irregular = {"foot": "feet", "inch": "inches", "hertz": "hertz", "half": "halves", "pence": "pence"}
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return irregular.get(word, f"{word}s")
