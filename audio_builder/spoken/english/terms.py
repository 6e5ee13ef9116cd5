"""Anatomy, initialisms, and abbreviations: `L5-S1`, `MRI`, `CO2`, `e.g.`, `approx.`, `w/`."""

from __future__ import annotations

import re

from .numbers import cardinal, digits, number

_VERTEBRA = r"(?:C[1-8]|T(?:1[0-2]|[1-9])|L[1-6]|S[1-5])"
_SPINE = re.compile(rf"(?<![\w])({_VERTEBRA})\s?([-–—/])\s?({_VERTEBRA}|\d{{1,2}})(?!\w)")
_ONE_VERTEBRA = re.compile(r"(?<!\w)([CTLS])(\d{1,2})(?!\w)")
_ORDER = [
    f"{area}{n}" for area, last in (("C", 7), ("T", 12), ("L", 5), ("S", 5)) for n in range(1, last + 1)
]
INITIALISMS = frozenset(
    """
    ACL ADHD ALS ASIS ASMR ATM BBC BC BMI BPM CBT CD CEO CFS CNS CPR CT CTA CV DIY DNA DVD DVT EBV ECG EEG EKG
    EMDR EMG ENT EU FAI FAQ FBI GI GP GPS HIIT HIV HRV IBD IBS ICU ID IFS IPA IQ IUD IVF LBP LCL LED MBSR MCL MD
    MRI MS NHS NSAID OCD PC PCL PCOS PDF PMS PNF PNS PSIS PT PTSD QL QR RA RN RSI SCM SI SIJ SUV TFL THR TKR TMJ
    TMD TV UK UN URL USA USB UTI VMO XL XXL
    """.split()  # noqa: SIM905  a list takes a line for each name
)
"""Names that are said letter by letter. Other words in capitals are emphasised words, unless they have no vowel."""
_SAID_AS_WORDS = frozenset(["NASA", "AIDS", "REM", "TENS", "COVID", "UNESCO", "PIN"])
_IN_CONTEXT = re.compile(
    r"\b(IT)(?= [Bb]and|BS?\b| (?:department|support)\b)|\b(IV)(?= (?:drip|line|fluids|therapy)\b)|"
    r"(?<=\bthe )(US)\b|\b(US)(?= (?:dollars?|Army)\b)"
)
_INITIALISM = re.compile(r"(?<![\w.'’&-])((?:[A-Z]&[A-Z])|[A-Z]{2,6})(s|'s|’s)?(?![\w&])")
_LETTERS_DIGITS = re.compile(r"(?<![\w.])([A-Za-z]{1,5})[-‑]?(\d{1,4})(?![\w]|[.,:]\d)")
_WATER = re.compile(r"(?<!\w)([A-Z]+)(\d)([A-Z])(?!\w)")
_DIGITS_LETTER = re.compile(r"(?<![\w.,])(\d+)([A-Z]{1,2})(?![\w])")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_ABBREVIATIONS = {
    "Approx.": "Approximately", "Approx": "Approximately", "Min.": "Minimum", "Max.": "Maximum",
    "temp.": "temperature", "opt.": "optional", "Nr.": "number", "nr.": "number",
    "e.g.": "for example", "eg.": "for example", "i.e.": "that is", "ie.": "that is", "etc.": "et cetera",
    "etc": "et cetera",
    "vs.": "versus", "vs": "versus", "approx.": "approximately", "approx": "approximately", "a.k.a.": "also known as",
    "aka": "also known as", "incl.": "including", "esp.": "especially", "max.": "maximum", "min.": "minimum",
    "w/o": "without", "w/": "with ", "b/c": "because", "dept.": "department", "cf.": "compare", "viz.": "namely",
    "ca.": "about", "c.": "about", "no.": "number", "govt.": "government", "tel.": "telephone", "est.": "established",
    "and/or": "and or", "he/she": "he or she", "she/he": "she or he", "his/her": "his or her", "her/his": "her or his",
    "him/her": "him or her", "s/he": "she or he", "himself/herself": "himself or herself",
    "left/right": "left or right",
    "right/left": "right or left", "yes/no": "yes or no", "on/off": "on or off", "either/or": "either or",
    "Mt.": "Mount", "Ft.": "Fort", "Rd.": "Road", "Ave.": "Avenue", "Blvd.": "Boulevard", "Jr.": "Junior",
    "Sr.": "Senior",
    "Dr.": "Doctor", "Dr": "Doctor", "Mr.": "Mister", "Mr": "Mister", "Mrs.": "Missis", "Mrs": "Missis", "Ms.": "Miz",
    "Ms": "Miz", "Prof.": "Professor", "Rev.": "Reverend", "Capt.": "Captain", "Lt.": "Lieutenant", "Gen.": "General",
    "Jan.": "January", "Feb.": "February", "Aug.": "August", "Sept.": "September", "Sep.": "September",
    "Oct.": "October",
    "Nov.": "November", "Dec.": "December", "Mon.": "Monday", "Tue.": "Tuesday", "Tues.": "Tuesday",
    "Wed.": "Wednesday",
    "Thu.": "Thursday", "Thurs.": "Thursday", "Fri.": "Friday",
    "fig.": "figure", "Fig.": "Figure", "figs.": "figures", "vol.": "volume", "Vol.": "Volume", "ch.": "chapter",
    "Ch.": "Chapter", "pp.": "pages", "p.": "page", "sec.": "seconds", "secs.": "seconds", "mins.": "minutes",
    "hr.": "hour", "hrs.": "hours", "reps.": "reps", "tbsp.": "tablespoon", "tsp.": "teaspoon", "lbs.": "pounds",
    "lb.": "pound", "oz.": "ounce", "ft.": "foot", "mins": "minutes", "secs": "seconds", "hrs": "hours",
}  # fmt: skip
_NEED_NUMBER_AFTER = {"fig.", "Fig.", "figs.", "vol.", "Vol.", "ch.", "Ch.", "pp.", "p.", "no.", "c.", "ca."}
_NEED_NUMBER_BEFORE = {"sec.", "secs.", "mins.", "hr.", "hrs.", "tbsp.", "tsp.", "lbs.", "lb.", "oz.", "ft."}
_NEED_NAME_AFTER = {
    "Dr.",
    "Dr",
    "Mr.",
    "Mr",
    "Mrs.",
    "Mrs",
    "Ms.",
    "Ms",
    "Prof.",
    "Rev.",
    "Capt.",
    "Lt.",
    "Gen.",
    "Mt.",
    "Ft.",
}
_SIDE = re.compile(
    r"(?<![\w.])([RL]t?)\.? (?=(?:[a-z]+ )?(?:side|leg|arm|hand|foot|feet|knee|hip|ankle|heel|toes?|thigh|calf|shin|"
    r"elbow|shoulder|wrist|palm|thumb|finger|ear|eye|nostril|cheek|lung|kidney|rib|glute|buttock|psoas|ribs)s?\b)"
)
_HAND = re.compile(r"(?<!\w)([RL])H(?!\w)")
_REPEATED = re.compile(r"(?<=[a-z]) [x×] ?(\d{1,2})(?!\w|\.\d)")
_ABBREVIATION = re.compile(
    r"(?<![\w./])("
    + "|".join(re.escape(one) for one in sorted(_ABBREVIATIONS, key=len, reverse=True))
    + r")(?![\w/]|\.\w)"
)
ABBREVIATED = "|".join(
    re.escape(word) for word in sorted({one.strip(".") for one in [*_ABBREVIATIONS, "St"]})
)
"""A pattern for every abbreviation, without its full stop."""
_MINUTES_OR_MINIMUM = re.compile(r"(?<=\d )min\.(?!\w)")
_SAINT = re.compile(r"\bSt\.?(?= [A-Z])")
_STREET = re.compile(r"(?<=[a-z] )St\.?(?![\w])")
_WORDS_SLASHED = re.compile(r"(?<=[^\W\d_])\s?/\s?(?=[^\W\d_])")
_AT = re.compile(r"(?<!\w)@\s?(?=\w)")
_PER = re.compile(r"(?<=\w)/(?=(?:day|week|night|month|year|hour|minute|session|side|leg)\b)")
_SIDES = {"R": "right", "L": "left"}
_TOGETHER = frozenset(
    ["mind", "body", "inhale", "exhale", "in", "out", "yin", "work", "push", "pull", "and", "start", "stop"]
)
_AMPERSAND = re.compile(r"\s?&\s?")


def read_terms(text: str) -> str:
    """Return the text with vertebrae, formulas, abbreviations and initialisms as they are said."""
    text = text.translate(_SUBSCRIPTS)
    text = _SIDE.sub(lambda match: _SIDES[match[1][0]] + " ", text)
    text = _HAND.sub(lambda match: f"{_SIDES[match[1]]} hand", text)
    text = _REPEATED.sub(lambda match: f" {_times(int(match[1]))}", text)
    text = _SPINE.sub(_spine, text)
    text = _ONE_VERTEBRA.sub(lambda match: f"{match[1]} {cardinal(int(match[2]))}", text)
    text = _MINUTES_OR_MINIMUM.sub(_minutes, text)
    text = _ABBREVIATION.sub(_abbreviation, text)
    text = _STREET.sub("Street", _SAINT.sub("Saint", text))
    text = _IN_CONTEXT.sub(lambda match: _before_full_stop(match, _dotted(match[0])), text)
    text = _WATER.sub(lambda match: f"{' '.join(match[1])} {digits(match[2])} {match[3]}", text)
    text = _LETTERS_DIGITS.sub(_letters_digits, text)
    text = _DIGITS_LETTER.sub(lambda match: f"{number(match[1])} {_dotted(match[2])}", text)
    text = _INITIALISM.sub(_initialism, text)
    text = _WORDS_SLASHED.sub(_slash, _PER.sub(" a ", text))
    return _AT.sub("at ", _AMPERSAND.sub(" and ", text))


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{cardinal(count)} times")


def is_initialism(word: str) -> bool:
    """Return whether a word in capitals is said letter by letter."""
    return (
        word in INITIALISMS or "&" in word or (word not in _SAID_AS_WORDS and not re.search("[AEIOUY]", word))
    )


def _minutes(match: re.Match[str]) -> str:
    following = match.string[match.end() :].lstrip()
    is_one = re.search(r"(?<![\d.,])1 $", match.string[: match.start()])
    words = "minute" if is_one else "minutes"
    return f"{words}." if not following or following[0].isupper() else words


def _slash(match: re.Match[str]) -> str:
    """Return `or` between alternatives, and nothing between opposites that belong together."""
    before = re.search(r"\w+$", match.string[: match.start()])
    return " " if before and before[0].lower() in _TOGETHER else " or "


def _dotted(letters: str) -> str:
    return letters if len(letters) == 1 else "".join(f"{letter}." for letter in letters)


def _initialism(match: re.Match[str]) -> str:
    word, ending = match[1], match[2] or ""
    if not is_initialism(word):
        return match[0]
    if "&" in word:
        return f"{word[0]} and {word[-1]}"
    if ending == "s":
        return match[0]
    return _before_full_stop(match, _dotted(word) + ending)


def _before_full_stop(match: re.Match[str], words: str) -> str:
    """Return the words without their last full stop if the text has one there."""
    return words.removesuffix(".") if match.string.startswith(".", match.end()) else words


def _spine(match: re.Match[str]) -> str:
    first, dash, second = match.groups()
    second = second if second[0].isalpha() else first[0] + second
    names = [f"{one[0]} {cardinal(int(one[1:]))}" for one in (first, second)]
    if first not in _ORDER or second not in _ORDER:
        return match[0]
    neighbours = abs(_ORDER.index(first) - _ORDER.index(second)) == 1
    return " ".join(names) if neighbours or dash == "/" else " to ".join(names)


def _letters_digits(match: re.Match[str]) -> str:
    letters, figures = match.groups()
    if letters.islower() and len(letters) > 1:
        return match[0]
    said = digits(figures) if figures[0] == "0" else cardinal(int(figures))
    name = letters.capitalize() if letters in _SAID_AS_WORDS else letters
    if name.isupper() and len(name) > 1:
        name = _dotted(name) if is_initialism(name) or len(name) <= 3 else name.capitalize()
    return f"{name} {said}"


def _abbreviation(match: re.Match[str]) -> str:
    written, text = match[1], match.string
    following, before = text[match.end() :].lstrip(), text[: match.start()].rstrip()
    if written in _NEED_NUMBER_AFTER and not following[:1].isdigit():
        return match[0]
    if written in _NEED_NUMBER_BEFORE and not before[-1:].isalnum():
        return match[0]
    if written in _NEED_NAME_AFTER and not following[:1].isupper():
        return match[0]
    words = _ABBREVIATIONS[written]
    if before[-1:] in ("", "(", "[", "“", '"') and words[0].islower() and not before:
        words = words[0].upper() + words[1:]
    return words + "." if written.endswith(".") and not following else words
