"""Counts, ranges and ordinals: `5,4,3,2,1`, `4-7-8`, `10-15 minutes`, `21st`, `No. 5`, `Part IV`."""

from __future__ import annotations

import itertools
import re

from .numbers import NUMBER, ROMAN, cardinal, number, ordinal, plural, roman

_SERIES = re.compile(
    r"(?<![\w.,/:+-])\d{1,3}(?:(?:\s*(?:\.{2,}|…)\s*|\s*[,;–—-]\s*|\s+)\d{1,3}){2,}(?![\w/:%°]|[.,]\d|,\d)"
)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_PHONE = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}[ -]?)?(?:\(?0\d{1,4}\)?[ -]?)?\d{3,4}[ -]\d{3,4}(?:[ -]\d{3,4})?(?![\w.,-]*\d)"
)
_RATIO = re.compile(r"(?<![\w.,:])(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?![\w:])")
_RANGE = re.compile(rf"(?<![\w.,/-])({NUMBER})\s?[–—-]\s?({NUMBER})(?![\w/-]*\d|\.\d)")
_ORDINAL = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)\s?(?:st|nd|rd|th|ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ|º|ª)(?!\w)", re.IGNORECASE
)
_ORDINALS_SLASHED = re.compile(r"(?<=st|nd|rd|th)/(?=\d)", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<!\w)(?:[Nn][oº°]\.?|№|#)\s?(?=\d)")
_NUMBERED_MANY = re.compile(r"(?<!\w)[Nn]os\.\s?(?=\d)")
_DECADE = re.compile(r"(?<![\w.])(?:(1[1-9]|20)(\d0)|['’](\d0))['’]?s(?!\w)")
_TENS = re.compile(
    r"\b((?:his|her|their|your|my|our|the|early|mid|late|mid-)\s?)([2-9]0)['’]?s(?!\w)", re.IGNORECASE
)
_TIMES = re.compile(rf"(?<![\w.])({NUMBER})\s?[x×](?!\w)")
_BY = re.compile(
    rf"(?<![\w.])({NUMBER})(\s?)[x×]\s?(?={NUMBER}(\s?(?:mm|cm|m|km|ft|in|metres?|meters?|inch\w*|feet)\b)?)"
)
_TIMES_BEFORE = re.compile(r"(?<!\w)[x×](?=\d)")
_TITLED = (
    "Part|Chapter|Section|Book|Volume|Act|Scene|Type|Phase|Stage|Level|Step|Session|Lesson|Grade|Class|War|"
    "Nerve|nerve|part|chapter|section|type|phase|stage|level|step|session|lesson|grade|class"
)
TITLED_ONE = rf"(?:{_TITLED}) I\b"
"""A pattern for `Part I`, the one Roman numeral that looks like a word."""
_ROMAN_AFTER = re.compile(rf"\b({_TITLED})\s+({ROMAN})(?![\w'’])")
_ROMAN_RULER = re.compile(rf"\b([A-Z][a-z]+(?:-[A-Z][a-z]+)?)\s+((?=[IVX]{{2}}|[VX]\b){ROMAN})(?![\w'’])")
_RULERS = frozenset(
    [
        "Henry",
        "Elizabeth",
        "George",
        "Charles",
        "James",
        "William",
        "Edward",
        "Richard",
        "Louis",
        "Pope",
        "Paul",
        "John",
        "Pius",
        "Benedict",
    ]
)
_ROMAN_ALONE = re.compile(
    r"(?<![\w'’.])(II|III|IV(?! (?:drip|line|fluids|therapy)\b)|VI|VII|VIII|IX|XI|XII|XIII|XIV|XV|XVI)(?![\w'’])"
)


_THOUSANDS = re.compile(r"(?<![\w.,])(\d{1,3}),000s(?!\w)")
_ORDINAL_RANGE = re.compile(r"(?<![\w.,])(\d{1,3}(?:st|nd|rd|th))\s?[–-]\s?(\d{1,3}(?:st|nd|rd|th))(?!\w)")


def read_counts(text: str) -> str:
    """Return the text with countdowns and other series of three or more numbers in words."""
    return _SERIES.sub(_series, text)


def read_products(text: str) -> str:
    """Return the text with sizes and sets in words: `60 x 180 cm`, `3 x 10`."""
    return _BY.sub(_by, text)


def read_ordinals(text: str) -> str:
    """Return the text with ordinals, numbered things, and multiples in words."""
    text = _ORDINAL_RANGE.sub(r"\1 to \2", text)
    text = _NUMBERED_MANY.sub("numbers ", _NUMBERED.sub("number ", text))
    text = _ORDINALS_SLASHED.sub(" or ", text)
    text = _ORDINAL.sub(lambda match: ordinal(int(match[1].replace(",", ""))), text)
    text = _TIMES.sub(lambda match: f"{number(match[1])} times" if match[1] != "1" else "once", text)
    return _TIMES_BEFORE.sub("times ", text)


def read_roman(text: str) -> str:
    """Return the text with Roman numerals in words."""
    text = _ROMAN_AFTER.sub(
        lambda match: f"{match[1]} {cardinal(roman(match[2]))}" if match[2] else match[0], text
    )
    text = _ROMAN_RULER.sub(_ruler, text)
    return _ROMAN_ALONE.sub(lambda match: cardinal(roman(match[1])), text)


def read_decades(text: str) -> str:
    """Return the text with decades in words: `the 1990s`, `his 30s`."""
    text = _THOUSANDS.sub(lambda match: "thousands" if match[1] == "1" else f"{match[1]},000", text)
    text = _DECADE.sub(_decade, text)
    return _TENS.sub(lambda match: match[1] + plural(cardinal(int(match[2]))), text)


def read_ranges(text: str) -> str:
    """Return the text with `to` in ranges of two numbers."""
    text = _RATIO.sub(lambda match: " to ".join(filter(None, match.groups())), _PHONE.sub(_phone, text))
    return _RANGE.sub(lambda match: f"{match[1]} to {match[2]}", text)


def _series(match: re.Match[str]) -> str:
    if _GROUPED.fullmatch(match[0]):
        return match[0]
    found = re.findall(r"\d+", match[0])
    if any(len(one) > 1 and one[0] == "0" for one in found):
        return match[0]
    values = [int(one) for one in found]
    steps = {second - first for first, second in itertools.pairwise(values)}
    counted = len(steps) == 1 and 0 not in steps
    if not counted and not re.search(r"[-–—,;.…]", match[0]):
        return match[0]  # numbers that only stand side by side
    pattern = not counted and re.search(r"[-–—]", match[0])
    joint = " " if pattern else "… " if re.search(r"\.\.|…", match[0]) else ", "
    return joint.join(map(cardinal, values))


def _by(match: re.Match[str]) -> str:
    """Return `by` for a size such as 60 x 180 cm or 2x2, and `times` for sets such as 3 x 10."""
    return f"{number(match[1])} {'times' if match[2] and not match[3] else 'by'} "


def _phone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    if sum(map(len, groups)) < 7:
        return match[0]
    return ", ".join(" ".join(cardinal(int(digit)) for digit in group) for group in groups)


def _decade(match: re.Match[str]) -> str:
    century, tens, short = match.groups()
    if short or int(tens):
        words = plural(cardinal(int(short or tens)))
        return f"{cardinal(int(century))} {words}" if century else words
    return "two thousands" if century == "20" else f"{cardinal(int(century))} hundreds"


def _ruler(match: re.Match[str]) -> str:
    return f"{match[1]} the {ordinal(roman(match[2]))}" if match[1] in _RULERS else match[0]
