"""Reads directives, which are written in square brackets."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...errors import Location
from ...notation.pauses import read_pause
from ...text import closest
from ...units import show
from ..model import Bell, Cautions, ElasticPause, Include, Item, Pause, Positions, Rest, Slot, Vary
from .breathing import parse_breathe
from .lengths import parse_range
from .playing import parse_play
from .problems import ParseError

SLUG = re.compile(r"[^\W_A-Z](?:[^\W_A-Z]|-)*")
"""The name of a script: lower-case letters, digits and hyphens."""
MAX_STROKES = 12
"""The most strokes of one [bell]."""

# What word processors and phones make of plain signs.
_TYPED = str.maketrans({"…": "..", "–": "-", "—": "-", "−": "-", "×": "x", "\n": " "})
_EXAMPLES = {
    "pause": "[pause 10s]",
    "bell": "[bell]",
    "breathe": "[breathe 4-6 x8]",
    "rest": "[rest 2m..]",
    "vary": "[vary]",
    "play": "[play welcome.wav: the words]",
    "include": "[include closing]",
    "positions": "[positions]",
    "props": "[props]",
    "cautions": "[cautions]",
}
_SYNONYMS = {
    **dict.fromkeys(("silence", "silent", "wait", "hold", "break", "quiet", "stop"), "pause"),
    **dict.fromkeys(("gong", "chime", "bowl", "bells", "ring"), "bell"),
    **dict.fromkeys(("breath", "breaths", "breathing", "inhale", "exhale"), "breathe"),
    **dict.fromkeys(("sound", "audio", "recording", "music"), "play"),
    **dict.fromkeys(("resting", "rests"), "rest"),
    **dict.fromkeys(
        ("random", "choose", "choice", "one", "any", "either", "variation", "variations"), "vary"
    ),
    "insert": "include",
}


def parse_directive(body: str, location: Location) -> Item | Slot:
    """Return what the text between brackets means. Raises ParseError."""
    written = re.sub(r"\.{3,}", "..", " ".join(body.translate(_TYPED).split()).lower())
    word, _, rest = written.partition(" ")
    if word == "play":
        return parse_play(body.strip()[len("play") :], location)
    if word in _READERS:
        return _READERS[word](rest, location)
    if re.match(r"[\d.]|-\d", written):
        return _pause(written, location)
    if word in ("side", "other"):
        raise ParseError(f"[{word}] needs braces", f"write {{{word}}}")
    raise _unknown(body, word, rest)


def _pause(text: str, location: Location) -> Item:
    if not text:
        raise ParseError("a pause needs a length", "write [10s] for ten seconds, or [1m30s]")
    try:
        low, high = parse_range(text)
    except ParseError as error:
        pause = read_pause(text) or read_pause(f"pause {text}")
        if pause and re.search("[a-z]{3}| to ", text):
            raise ParseError(error.message, f"write {pause.directive}") from None
        raise
    if low == 0 and ".." in text:
        raise ParseError(
            "the shortest length of an elastic pause cannot be zero",
            f"write [1s..{show(high) if high else ''}]",
        )
    if low == 0:
        raise ParseError("a pause cannot be zero", "write [10s], or remove it")
    return ElasticPause(low, high, location) if ".." in text else Pause(low, location)


def _rest(text: str, location: Location) -> Item:
    hint = "write [rest 2m..] for two minutes or more"
    if not text:
        raise ParseError("a rest needs a length", hint)
    length = text.removesuffix(" in any order")
    if found := re.search(r"\b(?:in|any|random|shuffled?|order)\b.*", length):
        raise ParseError(f'unexpected "{found[0][:40]}" in [rest]', "write [rest 2m.. in any order]")
    low, high = parse_range(length)
    if low == 0:
        raise ParseError(
            "the shortest length of a rest cannot be zero" if ".." in text else "a rest cannot be zero", hint
        )
    return Rest(low, high, (), length != text, location)


def _vary(text: str, location: Location) -> Item:
    if text and not SLUG.fullmatch(text):
        raise ParseError(
            f'invalid name "{text[:40]}" in [vary]', "write [vary], or one word as in [vary image]"
        )
    return Vary(name=text, location=location)


def _bell(text: str, location: Location) -> Item:
    if not text:
        return Bell(1, location)
    strokes = int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else -1
    if not 1 <= strokes <= MAX_STROKES:
        hint = f"write [bell], or [bell 2] to [bell {MAX_STROKES}]"
        raise ParseError(f'invalid number of strokes "{text[:40]}"', hint)
    return Bell(strokes, location)


def _include(text: str, location: Location) -> Item:
    name = text.removesuffix(".md")
    if not SLUG.fullmatch(text):
        hint = f"write [include {name}]" if SLUG.fullmatch(name) else "write e.g. [include closing]"
        raise ParseError("[include] needs the name of a script, in lower case and without .md", hint)
    return Include(text, None, location)


def _bare(name: str, create: Callable[[Location], Item | Slot]) -> Callable[[str, Location], Item | Slot]:
    def read(text: str, location: Location) -> Item | Slot:
        if text:
            raise ParseError(f'unexpected "{text[:40]}" in [{name}]', f"write [{name}]")
        return create(location)

    return read


def _unknown(body: str, word: str, rest: str) -> ParseError:
    written = " ".join(body.split())
    if pause := read_pause(written):
        more = "" if pause.is_exact else ", or another length"
        return ParseError(f"unknown directive [{written[:40]}]", f"write {pause.directive}{more}")
    message = f"unknown directive [{written if len(written) <= 40 else f'{written[:39]}…'}]"
    meant = _SYNONYMS.get(word) or closest(word, _EXAMPLES)
    if meant is None:
        return ParseError(message, r"write \[ for a literal bracket, or <!-- like this --> for a note")
    try:
        parse_directive(f"{meant} {rest}", Location("", 1))
    except ParseError:
        return ParseError(message, f"did you mean {_EXAMPLES[meant]}?")
    return ParseError(message, f"did you mean [{meant} {rest}]?" if rest else f"did you mean [{meant}]?")


_READERS: dict[str, Callable[[str, Location], Item | Slot]] = {
    "pause": _pause,
    "bell": _bell,
    "breathe": parse_breathe,
    "rest": _rest,
    "vary": _vary,
    "include": _include,
    "positions": _bare("positions", Positions),
    "cautions": _bare("cautions", Cautions),
    "props": _bare("props", lambda _: Slot.PROPS),
}
