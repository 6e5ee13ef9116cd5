"""Write English numbers in words."""

from __future__ import annotations

import re

_ONES = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("", "thousand", "million", "billion", "trillion")
_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)"
"""A pattern for a number: `7`, `1,500`, `2.5`, `.5`."""
LONGEST_CARDINAL = 15
"""Digits of the longest number that is read as one. Longer ones are read digit by digit."""
ROMAN = r"(?=[IVXLC])(?:X[LC]|L?X{0,3})(?:IX|IV|V?I{0,3})"
"""A pattern for a Roman numeral below 100."""
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def cardinal(number: int) -> str:
    """Return a number from 0 to 10**15 - 1 in words, e.g. `one thousand two hundred and five`."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {cardinal(rest)}" if rest else "")
    size = (len(str(number)) - 1) // 3
    count, rest = divmod(number, 1000**size)
    words = f"{cardinal(count)} {_SCALES[size]}"
    if not rest:
        return words
    return f"{words} and {cardinal(rest)}" if rest < 100 else f"{words} {cardinal(rest)}"


def ordinal(number: int) -> str:
    """Return e.g. `twenty-first`."""
    words = cardinal(number)
    head, last = re.fullmatch(r"(.*?)(\w+)", words, re.DOTALL).groups()  # type: ignore[union-attr]  # always matches
    if last in _IRREGULAR:
        return head + _IRREGULAR[last]
    return f"{head}{last[:-1]}ieth" if last.endswith("y") else f"{head}{last}th"


def year(number: int) -> str:
    """Return a year from 1000 to 2999, e.g. `nineteen ninety-eight`."""
    century, rest = divmod(number, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh-' if rest < 10 else ''}{cardinal(rest)}"


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
