"""A sentence in the pieces that an engine is given one by one, and the silence between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..units import Ms

LONGEST_PIECE = 400
"""Characters that an engine is given at once: longer texts take much memory or crash it."""
PIECE_GAP = Ms(150)
"""Silence between the pieces of one long sentence: a short breath."""
COLON_GAP = Ms(300)
"""Silence after a colon at a voice's own pace: half a second at the speed that is the default."""


def pieces(text: str, limit: int = LONGEST_PIECE) -> list[str]:
    """The text cut after each colon that leads on to more words; what is still longer than so many characters also
    after a clause where there is one, else at a space."""
    # engines drop a hyphen between spaces without a pause
    words = " ".join(text.split()).replace(" - ", " — ")
    return [piece for phrase in _phrases(words) for piece in _short(phrase, limit)]


def gap_within(piece: str, speed: float) -> Ms:
    """The silence between a piece and the next one of its sentence. After a colon it is inverse to the speed, as
    everything within a sentence."""
    return colon_gap(speed) if re.search(r":\W*$", piece) else PIECE_GAP


def colon_gap(speed: float) -> Ms:
    """The silence after a colon within a sentence, at a speed."""
    return Ms(round(COLON_GAP / speed))


def _phrases(text: str) -> Iterator[str]:
    start = 0
    for colon in re.finditer(r":[\"”’)]*\s", text):
        if _has_words(text[start : colon.start()]) and _has_words(text[colon.end() :]):
            yield text[start : colon.end()].strip()
            start = colon.end()
    yield text[start:]


def _has_words(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def _short(rest: str, limit: int) -> list[str]:
    found = []
    while len(rest) > limit:
        head = rest[: limit + 1]
        clause = [match.end() for match in re.finditer(r"[.!?…,;:—–][\"”’)]*\s", head)]
        cut = max(clause, default=0)
        if cut < limit // 3:
            cut = head.rfind(" ") + 1 or limit
        found.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*found, rest] if rest else found
