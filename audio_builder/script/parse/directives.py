"""What stands in square brackets."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...errors import Place
from ...units import show
from ..model import Bell, Cautions, Elastic, Include, Item, Pause, Positions, Rest, Slot
from .breathing import breathe
from .lengths import span
from .playing import play
from .problems import Wrong, near

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


def directive(body: str, place: Place) -> Item | Slot:
    """What the words between brackets mean. Raises Wrong with the cure."""
    written = " ".join(body.translate(_TYPED).split()).lower()
    word, _, rest = written.partition(" ")
    if word == "play":
        return play(body.strip()[len("play") :], place)
    if word in _READERS:
        return _READERS[word](rest, place)
    if re.match(r"[\d.]|-\d", written):
        return _silence(written, place)
    if word == "side" or word == "other":
        raise Wrong(f"[{word}] is written in braces", f"write {{{word}}}")
    raise _unknown(body, word, rest)


def _silence(text: str, place: Place) -> Item:
    if not text:
        raise Wrong("how long is this pause?", "write [10s] for ten seconds, or [1m30s]")
    low, high = span(text)
    if low == 0 and ".." in text:
        raise Wrong("an elastic pause begins above zero", f"write [1s..{show(high) if high else ''}]")
    if low == 0:
        raise Wrong("a pause of no length", "write [10s], or leave it out")
    return Elastic(low, high, place) if ".." in text else Pause(low, place)


def _rest(text: str, place: Place) -> Item:
    if not text:
        raise Wrong("how long is this rest?", "write [rest 2m..] for two minutes or more")
    low, high = span(text)
    if low == 0:
        raise Wrong("a rest of no length", "write [rest 2m..] for two minutes or more")
    return Rest(low, high, (), place)


def _bell(text: str, place: Place) -> Item:
    if not text:
        return Bell(1, place)
    strokes = int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else -1
    if not 1 <= strokes <= STROKES:
        raise Wrong(
            f"[bell {text}] is not a number of strokes", f"write [bell], or [bell 2] to [bell {STROKES}]"
        )
    return Bell(strokes, place)


def _include(text: str, place: Place) -> Item:
    name = text.removesuffix(".md")
    if not SLUG.fullmatch(text):
        cure = f"write [include {name}]" if SLUG.fullmatch(name) else "name a script: [include closing]"
        raise Wrong("[include] wants the name of a script, in small letters and without .md", cure)
    return Include(text, None, place)


def _bare(name: str, made: Callable[[Place], Item | Slot]) -> Callable[[str, Place], Item | Slot]:
    def read(text: str, place: Place) -> Item | Slot:
        if text:
            raise Wrong(f"{text[:40]} is too much in [{name}]", f"write [{name}]")
        return made(place)

    return read


def _unknown(body: str, word: str, rest: str) -> Wrong:
    shown = " ".join(body.split())
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    message = f"unknown directive [{shown}]"
    meant = _MEANT.get(word) or near(word, _EXAMPLES)
    if meant is None:
        return Wrong(
            message, r"write \[ for a bracket that is to be read as it stands; <!-- like this --> for a note"
        )
    try:
        directive(f"{meant} {rest}", Place("", 1))
    except Wrong:
        return Wrong(message, f"did you mean {_EXAMPLES[meant]}?")
    return Wrong(message, f"did you mean [{meant} {rest}]?" if rest else f"did you mean [{meant}]?")


_READERS: dict[str, Callable[[str, Place], Item | Slot]] = {
    "pause": _silence,
    "bell": _bell,
    "breathe": breathe,
    "rest": _rest,
    "include": _include,
    "positions": _bare("positions", Positions),
    "cautions": _bare("cautions", Cautions),
    "props": _bare("props", lambda _: Slot.PROPS),
}
