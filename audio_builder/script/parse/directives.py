"""What stands in square brackets."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...errors import Location
from ...text import closest
from ...units import show
from ..model import Bell, Cautions, ElasticPause, Include, Item, Pause, Positions, Rest, Slot
from .breathing import breathe
from .lengths import span
from .playing import play
from .problems import ParseError

SLUG = re.compile(r"[^\W_A-Z](?:[^\W_A-Z]|-)*")
STROKES = 12
"""The most strokes of one [bell]."""

_TYPED = str.maketrans({"…": "..", "–": "-", "—": "-", "−": "-", "×": "x", "\n": " "})
_EXAMPLES = {
    "pause": "[pause 10s]",
    "bell": "[bell]",
    "breathe": "[breathe 4-6 x8]",
    "rest": "[rest 2m..]",
    "play": "[play welcome.wav: the words]",
    "include": "[include closing]",
    "positions": "[positions]",
    "props": "[props]",
    "cautions": "[cautions]",
}
_MEANT = {
    **dict.fromkeys(("silence", "silent", "wait", "hold", "break", "quiet", "stop"), "pause"),
    **dict.fromkeys(("gong", "chime", "bowl", "bells", "ring"), "bell"),
    **dict.fromkeys(("breath", "breaths", "breathing", "inhale", "exhale"), "breathe"),
    **dict.fromkeys(("sound", "audio", "recording", "music"), "play"),
    **dict.fromkeys(("resting", "rests"), "rest"),
    "insert": "include",
}


def directive(body: str, location: Location) -> Item | Slot:
    """What the words between brackets mean. Raises Wrong with the cure."""
    written = " ".join(body.translate(_TYPED).split()).lower()
    word, _, rest = written.partition(" ")
    if word == "play":
        return play(body.strip()[len("play") :], location)
    if word in _READERS:
        return _READERS[word](rest, location)
    if re.match(r"[\d.]|-\d", written):
        return _silence(written, location)
    if word == "side" or word == "other":
        raise ParseError(f"[{word}] is written in braces", f"write {{{word}}}")
    raise _unknown(body, word, rest)


def _silence(text: str, location: Location) -> Item:
    if not text:
        raise ParseError("how long is this pause?", "write [10s] for ten seconds, or [1m30s]")
    low, high = span(text)
    if low == 0 and ".." in text:
        raise ParseError("an elastic pause begins above zero", f"write [1s..{show(high) if high else ''}]")
    if low == 0:
        raise ParseError("a pause of no length", "write [10s], or leave it out")
    return ElasticPause(low, high, location) if ".." in text else Pause(low, location)


def _rest(text: str, location: Location) -> Item:
    if not text:
        raise ParseError("how long is this rest?", "write [rest 2m..] for two minutes or more")
    low, high = span(text)
    if low == 0:
        raise ParseError("a rest of no length", "write [rest 2m..] for two minutes or more")
    return Rest(low, high, (), location)


def _bell(text: str, location: Location) -> Item:
    if not text:
        return Bell(1, location)
    strokes = int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else -1
    if not 1 <= strokes <= STROKES:
        raise ParseError(
            f"[bell {text}] is not a number of strokes", f"write [bell], or [bell 2] to [bell {STROKES}]"
        )
    return Bell(strokes, location)


def _include(text: str, location: Location) -> Item:
    name = text.removesuffix(".md")
    if not SLUG.fullmatch(text):
        hint = f"write [include {name}]" if SLUG.fullmatch(name) else "name a script: [include closing]"
        raise ParseError("[include] wants the name of a script, in small letters and without .md", hint)
    return Include(text, None, location)


def _bare(name: str, made: Callable[[Location], Item | Slot]) -> Callable[[str, Location], Item | Slot]:
    def read(text: str, location: Location) -> Item | Slot:
        if text:
            raise ParseError(f"{text[:40]} is too much in [{name}]", f"write [{name}]")
        return made(location)

    return read


def _unknown(body: str, word: str, rest: str) -> ParseError:
    shown = " ".join(body.split())
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    message = f"unknown directive [{shown}]"
    meant = _MEANT.get(word) or closest(word, _EXAMPLES)
    if meant is None:
        return ParseError(
            message, r"write \[ for a bracket that is to be read as it stands; <!-- like this --> for a note"
        )
    try:
        directive(f"{meant} {rest}", Location("", 1))
    except ParseError:
        return ParseError(message, f"did you mean {_EXAMPLES[meant]}?")
    return ParseError(message, f"did you mean [{meant} {rest}]?" if rest else f"did you mean [{meant}]?")


_READERS: dict[str, Callable[[str, Location], Item | Slot]] = {
    "pause": _silence,
    "bell": _bell,
    "breathe": breathe,
    "rest": _rest,
    "include": _include,
    "positions": _bare("positions", Positions),
    "cautions": _bare("cautions", Cautions),
    "props": _bare("props", lambda _: Slot.PROPS),
}
