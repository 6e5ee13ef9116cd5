"""Recognise the pauses that writers of guided relaxations write, such as `(pause 5 seconds)` or `[long pause]`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..units import LONGEST, Ms, show

_COUNT_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60,
    "ninety": 90, "half a": 0.5, "a couple of": 2, "a few": 3, "several": 5, "some": 3,
    "ein": 1, "eine": 1, "einen": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "acht": 8, "zehn": 10,
    "fünfzehn": 15, "zwanzig": 20, "dreissig": 30, "ein paar": 3, "einige": 3,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "huit": 8, "dix": 10, "quinze": 15,
    "vingt": 20, "trente": 30, "quelques": 3,
    "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "ocho": 8, "diez": 10, "quince": 15,
    "veinte": 20, "treinta": 30, "unos": 3, "unas": 3, "algunas": 3,
}  # fmt: skip
_ARTICLES = frozenset(["a", "an", "ein", "eine", "einen", "un", "une", "una"])
_ABOUT = _ARTICLES | {
    *("a few", "some", "several", "a couple of"),
    *("ein paar", "einige", "quelques", "unos", "unas", "algunas"),
}
"""Amounts that are not numbers, so the length of the pause is not exact."""
_AMOUNT = rf"(?:\d{{1,9}}(?:[.,]\d{{1,9}})?|{'|'.join(sorted(_COUNT_WORDS, key=len, reverse=True))})"
_BREATH, _MOMENT = 0, -1
_LEAST_MILLISECONDS = 500
"""From this number on, a pause without a unit is in milliseconds, as in `pause=1000`."""
_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", '"', "″"), 1000),
    **dict.fromkeys(("sek", "sekunde", "sekunden", "sekunder", "seconde", "secondes", "seconden"), 1000),
    **dict.fromkeys(("seg", "segundo", "segundos", "secondo", "secondi"), 1000),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "'", "′"), 60_000),
    **dict.fromkeys(("minuten", "minuter", "minutter", "minuut", "minuto", "minutos", "minuti"), 60_000),
    **dict.fromkeys(("count", "counts", "beat", "beats"), 1000),
    **dict.fromkeys(("moment", "moments", "momente", "momento", "momentos", "instant", "instants"), _MOMENT),
    **dict.fromkeys(("breath", "breaths", "breath cycle", "breath cycles"), _BREATH),
    **dict.fromkeys(("atemzug", "atemzüge", "respiration", "respirations"), _BREATH),
    **dict.fromkeys(("respiración", "respiraciones", "respiro", "respiri"), _BREATH),
}
_UNIT = "|".join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))
_STOPS = (
    r"pauses?|pausing|pasue|puase|silence|silent|stillness|quiet|break|wait|hold|beat|stop|rest|slnc|"
    r"silence for reflection|pausa|stille|schweigen|silencio|silenzio|silêncio|stilte|tystnad"
)
_HOW = {
    **dict.fromkeys(
        ("short", "brief", "small", "slight", "quick", "little", "tiny", "weak", "x-weak"), "short"
    ),
    **dict.fromkeys(("kurze", "kurz", "courte", "brève", "corta", "breve"), "short"),
    **dict.fromkeys(("long", "longer", "extended", "lengthy", "big", "deep", "strong", "x-strong"), "long"),
    **dict.fromkeys(("lange", "lang", "longue", "larga", "lunga", "longa"), "long"),
    **dict.fromkeys(("medium", "moderate", "normal", "gentle", ""), "plain"),
}
_ADJECTIVE = "|".join(how for how in _HOW if how)
_LENGTH = (
    rf"(?P<low>{_AMOUNT})(?:\s*(?P<first>{_UNIT})?\s*(?:-|–|—|to|or)\s*(?P<high>{_AMOUNT}))?\s*-?\s*"
    rf"(?:(?:full|deep|slow|long|easy|gentle|complete|natural|whole|more)\s+)?(?P<unit>{_UNIT})?"
)
_FILLER = (
    r"(?:\s*[:=,–—-]\s*(?:~|about\s+|approx\.?\s+)?|"
    r"\s+(?:for|of|about|approximately|approx\.?|around|here for|von|für|de|d'environ|di|van)\s+"
    r"(?:about\s+|another\s+)?|\s+)"
)
_TAIL = (
    r"(?:\s+(?:here|now|please|each|each time|in between|silence|pause|in silence|of silence|to rest|"
    r"here and breathe|lang))?"
)
_WITH_LENGTH = re.compile(
    rf"(?:(?:{'|'.join(_ARTICLES)})\s+)?(?:(?:{_ADJECTIVE})\s+)?(?:{_STOPS}){_FILLER}{_LENGTH}{_TAIL}"
)
_LENGTH_FIRST = re.compile(rf"{_LENGTH}\s*-?\s*(?:{_ADJECTIVE}|de|di)?\s*(?P<stop>{_STOPS})?{_TAIL}")
_WITHOUT_LENGTH = re.compile(
    rf"(?:(?:take a|allow a|insert|add|{'|'.join(_ARTICLES)})\s+)?(?P<how>{_ADJECTIVE})?\s*(?:{_STOPS})"
    rf"(?:\s+(?P<after>{_ADJECTIVE}))?"
    r"(?:\s+(?:here|now|briefly|for a while|for (?P<time>a moment|a bit)))?"
)
_CLOCK = re.compile(
    rf"(?:(?:{_STOPS})[\s:=-]+)?(?P<minutes>\d{{1,2}}):(?P<seconds>[0-5]\d)(?:\s*(?:min|mins|"
    rf"minutes)?)?(?P<stop>\s+(?:{_STOPS}))?"
)
_LONGEST_WRITTEN = 200
"""Characters of a text that may be a pause. Longer ones are something else, and would take long to search."""
_DECORATION = " \t*_.!~…·•-–—"
_BETWEEN_SIGNS = re.compile(
    r"(?P<before>[\W_]*+)(?P<words>[^\W_](?:[\w .,:-]{0,40}[^\W_])?)(?P<after>[\W_]*+)"
)
_SIGN = re.compile(r"[=|/~#<>{}\[\]–—-]|(?:[*_]\s*){3}")
_BARE_SECONDS = re.compile(r"[1-9]\d{0,2}")
_FRACTIONS = {"1/2": 0.5, "½": 0.5, "1/4": 0.25, "¼": 0.25, "3/4": 0.75, "¾": 0.75}
_FRACTION = re.compile(rf"(?:(?<!\d)(\d{{1,6}})\s*)?({'|'.join(_FRACTIONS)})(?:\s+(?:an?|of a))?")
_AND_A_HALF = re.compile(r"\b(a|one|two|three|\d{1,9}) (minutes?|breaths?)(?: and a half)\b")
_ONE_OR_TWO = re.compile(r"\ba (minute|breath|second|moment) or two\b")
_COUNT = re.compile(
    rf"(?:count(?:ing)?|breathe)(?: slowly)? (?:to|for) (?P<low>{_AMOUNT})(?: slowly| silently)?"
)
_TAKEN = re.compile(rf"take (?P<low>{_AMOUNT}) (?:\w+ )?breaths?(?: here| now)?")
_ONE_BREATH = frozenset(
    ["breath", "breathe", "a breath", "one breath", "take a breath", "deep breath", "full breath"]
)
_LETTER_PAUSES = {"p": "plain", "pp": "long", "lp": "long", "sp": "short", "ps": "plain"}
_MARKED_SECONDS = re.compile(r"(?:(\d{1,2})\s*['’′])?\s*(\d{1,3})\s*(?:[\"”″]|'')")


@dataclass(frozen=True, slots=True)
class PauseLengths:
    """The lengths of pauses that are written without a number, and of one breath."""

    plain: Ms = Ms(4000)
    short: Ms = Ms(2000)
    long: Ms = Ms(10_000)
    breath: Ms = Ms(10_000)


DEFAULT_LENGTHS = PauseLengths()
"""What `import` assumes if nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class FoundPause:
    """A pause from `low` to `high`, which differ if the author wrote a range.

    It `is_exact` if a number was written, and `is_named` if a word such as "pause" was.
    """

    low: Ms
    high: Ms
    is_exact: bool
    is_named: bool = True

    @property
    def directive(self) -> str:
        """The pause in the language of scripts."""
        return (
            f"[{_shown(self.low)}]" if self.low == self.high else f"[{_shown(self.low)}..{_shown(self.high)}]"
        )


def read_pause(
    text: str, lengths: PauseLengths = DEFAULT_LENGTHS, bare_length: bool = True
) -> FoundPause | None:
    """Return the pause that the text between brackets or dashes means, or None if it means something else.

    `bare_length` says whether a length alone, such as `10s`, is a pause.
    """
    written = " ".join(text.strip(_DECORATION).casefold().split())
    if len(written) > _LONGEST_WRITTEN:
        return None
    written = _with_decimals(written)
    if match := _WITH_LENGTH.fullmatch(written):
        return _measured(match, lengths, "s")
    if match := _CLOCK.fullmatch(written):
        named = match["stop"] or not written[0].isdigit()
        seconds = int(match["minutes"]) * 60 + int(match["seconds"])
        return FoundPause(Ms(seconds * 1000), Ms(seconds * 1000), True) if named and seconds else None
    match = _LENGTH_FIRST.fullmatch(written)
    is_article = match is not None and match["low"] in _ARTICLES and not _unit_of(match)
    if (
        match
        and not is_article
        and (match["stop"] or (bare_length and _unit_of(match) not in ("", "m", '"', "'", "″", "′")))
    ):
        found = _measured(match, lengths, "s")
        return replace(found, is_named=bool(match["stop"])) if found else None
    if match := _WITHOUT_LENGTH.fullmatch(written):
        how = "short" if "briefly" in written else _HOW[match["how"] or match["after"] or ""]
        length: Ms = getattr(lengths, how)
        return FoundPause(length, length, False)
    return None


def read_bracketed_pause(text: str, lengths: PauseLengths = DEFAULT_LENGTHS) -> FoundPause | None:
    """Return the pause that text means only between brackets, such as `P`, `10"`, `breath` or `count to ten`."""
    written = " ".join(text.strip(_DECORATION).casefold().split())
    if not written and text.strip():
        return FoundPause(lengths.plain, lengths.plain, False)
    if len(written) > _LONGEST_WRITTEN:
        return None
    if how := _LETTER_PAUSES.get(written):
        length: Ms = getattr(lengths, how)
        return FoundPause(length, length, False)
    if written in _ONE_BREATH:
        return FoundPause(lengths.breath, lengths.breath, False)
    if match := _MARKED_SECONDS.fullmatch(text.strip()):
        total = bounded(1000 * (60 * int(match[1] or 0) + int(match[2])))
        return FoundPause(total, total, True) if total else None
    for pattern, each in ((_COUNT, Ms(1000)), (_TAKEN, lengths.breath)):
        if (match := pattern.fullmatch(written)) and (amount := _amount(match["low"])):
            return FoundPause(bounded(amount * each), bounded(amount * each), True)
    return None


def read_pause_line(line: str, lengths: PauseLengths = DEFAULT_LENGTHS) -> FoundPause | None:
    """Return the pause that a line is with signs around it, such as `== 20 seconds ==` or `//10//`, or None."""
    match = _BETWEEN_SIGNS.fullmatch(line.strip()) if len(line) <= _LONGEST_WRITTEN else None
    if match is None or line.lstrip().startswith("<!--"):
        return None
    if not (_SIGN.search(match["before"]) and _SIGN.search(match["after"])):
        return None
    if _BARE_SECONDS.fullmatch(match["words"]):  # or the number of a page
        seconds = Ms(1000 * int(match["words"]))
        return FoundPause(seconds, seconds, is_exact=True, is_named=False)
    return read_pause(match["words"], lengths)


def leading_pause(text: str, lengths: PauseLengths = DEFAULT_LENGTHS) -> FoundPause | None:
    """Return the pause that text begins with, such as `long pause, let them settle`."""
    first = re.split(r"\s*(?:[,;:–—]|\bthen\b|\band\b|\bwhile\b)\s*", text, maxsplit=1)
    pause = read_pause(first[0], lengths) if len(first) > 1 else None
    return pause if pause and re.search(r"\b(?:pause|silence)", first[0], re.IGNORECASE) else None


def bounded(milliseconds: float) -> Ms:
    """Return a length in whole milliseconds, at most eight hours."""
    return Ms(round(min(milliseconds, LONGEST)))


def _measured(match: re.Match[str], lengths: PauseLengths, default_unit: str) -> FoundPause | None:
    low, high = (_amount(match[key]) for key in ("low", "high"))
    if not low:
        return None
    in_ms = match[0].startswith("slnc") or (not _unit_of(match) and low >= _LEAST_MILLISECONDS)
    last = match["unit"] or match["first"] or ("ms" if in_ms else default_unit)
    shortest = low * _milliseconds(match["first"] or last, lengths)
    longest = shortest if high is None else high * _milliseconds(last, lengths)
    if longest < shortest:
        return None
    is_exact = match["low"] not in _ABOUT
    return FoundPause(bounded(shortest), bounded(longest), is_exact)


def _unit_of(match: re.Match[str]) -> str:
    """Return the unit that a length has, after its last number or after its first."""
    return match["unit"] or match["first"] or ""


def _milliseconds(unit: str, lengths: PauseLengths) -> float:
    return {_BREATH: lengths.breath, _MOMENT: lengths.plain}.get(_UNITS[unit], _UNITS[unit])


def _with_decimals(written: str) -> str:
    """Return a text with numbers for fractions, and for `a minute and a half` or `a minute or two`."""
    written = _FRACTION.sub(lambda match: f"{int(match[1] or 0) + _FRACTIONS[match[2]]:g} ", written)
    written = _AND_A_HALF.sub(lambda match: f"{(_amount(match[1]) or 1) + 0.5:g} {match[2]}", written)
    return " ".join(_ONE_OR_TWO.sub(r"1-2 \1s", written).split())


def _shown(length: Ms) -> str:
    return f"{length / 1000:g}s" if length % 1000 and length < 60_000 else show(length)


def _amount(text: str | None) -> float | None:
    if text is None:
        return None
    return float(text.replace(",", ".")) if text[0].isdigit() else float(_COUNT_WORDS[text])
