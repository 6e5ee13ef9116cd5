"""Split sentences into the pieces that an engine speaks one by one, and say how much silence goes between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..units import Ms

LONGEST_PIECE = 400
"""The most characters an engine speaks at once. Longer texts take much memory or crash it."""
PIECE_GAP = Ms(150)
"""The silence between two pieces of one long sentence: a short breath."""
COLON_GAP = Ms(300)
"""The silence after a colon at speed 1.0. At the default speed it is half a second."""


def pieces(text: str, limit: int = LONGEST_PIECE) -> list[str]:
    """Return the text cut after each colon that more words follow.

    Pieces longer than `limit` characters are cut again: after a clause if possible, otherwise at a space.
    """
    # engines drop a hyphen between spaces and make no pause
    words = " ".join(text.split()).replace(" - ", " — ")
    return [piece for phrase in _phrases(words) for piece in _shortened(phrase, limit)]


def gap_within(piece: str, speed: float) -> Ms:
    """Return the silence between a piece and the next piece of its sentence."""
    return colon_gap(speed) if re.search(r":\W*$", piece) else PIECE_GAP


def colon_gap(speed: float) -> Ms:
    """Return the silence after a colon within a sentence. Like speech itself, it is inverse to the speed."""
    return Ms(round(COLON_GAP / speed))


def _phrases(text: str) -> Iterator[str]:
    start = 0
    for colon in re.finditer(r":[\"”’)]*\s", text):
        if has_letters(text[start : colon.start()]) and has_letters(text[colon.end() :]):
            yield text[start : colon.end()].strip()
            start = colon.end()
    yield text[start:]


def has_letters(text: str) -> bool:
    """Return whether the text has a letter or a digit, so that there is something to say."""
    return any(character.isalnum() for character in text)


def _shortened(text: str, limit: int) -> list[str]:
    parts = []
    while len(text) > limit:
        head = text[: limit + 1]
        clause_ends = [match.end() for match in re.finditer(r"[.!?…,;:—–][\"”’)]*\s", head)]
        cut = max(clause_ends, default=0)
        if cut < limit // 3:
            cut = head.rfind(" ") + 1 or limit
        parts.append(text[:cut].strip())
        text = text[cut:].strip()
    return [*parts, text] if text else parts
