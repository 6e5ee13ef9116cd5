"""Find pauses and bells that are written without brackets: as a sentence of their own, after dots, or as an emoji."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .mark import Mark, exact_pause, pause_mark
from .pauses import FoundPause, PauseLengths, read_pause, read_pause_line

_NAMED = re.compile(r"paus[ae]|silen[cz]|pasue|puase", re.IGNORECASE)
_WITH_STOP = re.compile(r"(?:paus[ae]|silence|silencio|silenzio|pasue|puase|wait)\b", re.IGNORECASE)
_BREATHS = re.compile(r"breath|moment|atemz|respir|instant", re.IGNORECASE)
_BRACKET_SIGNS = re.compile(r"[()\[\]{}<>]+")
_SENTENCE = re.compile(r"[^.!?…]+(?:[.!?…]+|$)")
_AFTER_DOTS = re.compile(
    r"(?:(?<!\.)\.{2,}+|…|\s[-–—])\s*+(?P<words>[a-z]*\s?\d+(?:[.,]\d+)?\s*(?:s|secs?|seconds?|mins?|minutes?))\s*$",
    re.IGNORECASE,
)
_SPACED = re.compile(r"\b(?:[A-Za-z] ){3,}[A-Za-z]\b")
_CLOCK_SIGN = re.compile(
    r"[⏸⏯⏱⏲⏳⌛🤫]\ufe0f?\s*(?:(?P<length>\d+(?:[.,]\d+)?)\s*(?P<unit>s\b|secs?\b|seconds?\b|mins?\b|minutes?\b)?)?"
)
LONGEST_BARE = 60_000
"""Milliseconds from which on a length without a word for a pause may be the time that a part takes."""
_BELL_SIGN = re.compile(r"[🔔🛎]\ufe0f?")


def find_spoken_pauses(text: str, lengths: PauseLengths) -> Iterator[Mark]:
    """Yield sentences that consist of a pause, such as `PAUSE (10 sec)` or `Wait 10 seconds.`

    A listener might be meant by those that are not in capitals.
    """
    plain = _BRACKET_SIGNS.sub(" ", _SPACED.sub(lambda match: match[0].replace(" ", ""), text))
    if pause := _whole_line(plain, lengths, has_brackets=plain.strip() != text.strip()):
        sign = text.strip()[:1]
        is_marked = not sign.isalnum() or text.strip().isupper() or not pause.is_named
        yield _mark(0, len(text), pause, is_marked)
        return
    if not _WITH_STOP.search(text):
        return
    for match in _SENTENCE.finditer(text):
        words = match[0].strip()
        begins = _WITH_STOP.match(words) or (words[:1].isdigit() and _NAMED.search(words))
        if len(words) < len(text.strip()) and begins:
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            pause = read_pause(_BRACKET_SIGNS.sub(" ", words), lengths, bare_length=False)
            if pause and (pause.is_exact or _NAMED.search(words)):
                yield _mark(start, start + len(words), pause, words.strip(" .!?…").isupper())


def find_pause_lines(text: str, lengths: PauseLengths) -> Iterator[Mark]:
    """Yield a line that is a pause between signs, such as `== 20 seconds ==`. A bare number may be a page number."""
    if pause := read_pause_line(text, lengths):
        message = "is a pause" if pause.is_exact else "is a pause without a length"
        has_unit = any(char.isalpha() for char in text)
        is_certain = pause.is_named or (has_unit and pause.low < LONGEST_BARE)
        yield Mark(0, len(text), "pause", pause.directive, is_certain, message)


def find_signs(text: str, lengths: PauseLengths) -> Iterator[Mark]:
    """Yield lengths after dots or a dash at the end of a line, and emoji for a pause or a bell."""
    if match := _AFTER_DOTS.search(text):
        words = match["words"]
        if pause := read_pause(words, lengths):
            yield Mark(match.start(), match.end(), "pause", pause.directive, True, "is a pause")
    for match in _CLOCK_SIGN.finditer(text):
        if match["length"]:
            minutes = (match["unit"] or "s").lower().startswith("m")
            length = float(match["length"].replace(",", "."))
            yield pause_mark(match, exact_pause(length * (60_000 if minutes else 1000)))
        else:
            yield pause_mark(match, FoundPause(lengths.plain, lengths.plain, False))
    for match in _BELL_SIGN.finditer(text):
        yield Mark(match.start(), match.end(), "bell", "[bell]", True, "is the bell")


def _whole_line(text: str, lengths: PauseLengths, has_brackets: bool) -> FoundPause | None:
    """Return the pause that a line consists of. `Rest.` and `Rest for two minutes.` are meant for listeners."""
    pause = read_pause(text, lengths)
    if pause and not pause.is_named and not has_brackets and _BREATHS.search(text):
        return None  # "Three slow breaths." is meant for listeners too
    if pause is None or not pause.is_named or _NAMED.search(text):
        return pause
    is_for_reader = has_brackets or re.match(r"\W*wait\b", text, re.IGNORECASE)
    return pause if pause.is_exact and is_for_reader else None


def _mark(start: int, end: int, pause: FoundPause, is_certain: bool) -> Mark:
    message = "is a pause" if pause.is_exact else "is a pause without a length"
    return Mark(start, end, "pause", pause.directive, is_certain, message)
