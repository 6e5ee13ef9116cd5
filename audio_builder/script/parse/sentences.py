"""Cutting narration into the sentences that are spoken one by one."""

from __future__ import annotations

import re

from .characters import OTHER, PROPS, SIDE

LONGEST = 400
"""Characters of the longest piece that goes to a voice at once."""

_CLOSERS = r"[\"'”’“‘»«›)\]}」』）】]*+"
_END = re.compile(rf"(?<![.!?…؟])[.!?…؟]++{_CLOSERS}(?=\s)|[。！？।]++{_CLOSERS}")
_OPENERS = " \"'“‘„«‹([{¿¡「『（【—–-"
_CLAUSE = re.compile(r"[,;:—](?= )|[，、；：،؛]")
_WORD = re.compile(r"[^\s\"'“‘„«‹(\[{—–]+$")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ENGLISH = (
    "dr",
    "mr",
    "mrs",
    "ms",
    "prof",
    "st",
    "mt",
    "jr",
    "sr",
    "e.g",
    "i.e",
    "approx",
    "vs",
    "cf",
    "incl",
)
_GERMAN = ("ca", "z.b", "d.h", "u.a", "bzw", "ggf", "vgl", "hr", "fr", "nr")
_ABBREVIATIONS = frozenset((*_ENGLISH, *_GERMAN))
_SPEAKABLE = re.compile(rf"[^\W_]|[%&+°€$£¥@#=§{SIDE}{OTHER}{PROPS}]")
_NUMBERED = frozenset(("no", "fig", "p", "pp", "vol", "ch", "min", "max", "sec"))


def split(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text begin and end. The text has single spaces only.

    Joined by spaces and split again they are the same sentences.
    """
    found: list[tuple[int, int]] = []
    start, word, last = 0, _first_word(text, 0), _last_word(text)
    for match in _END.finditer(text):
        end = match.end()
        # what holds no words belongs to the sentence before it
        if not word < end <= last or not _ends(text, match):
            continue
        found += _pieces(text, start, end)
        start = end + 1 if text[end] == " " else end
        word = _first_word(text, start)
    return found + _pieces(text, start, len(text)) if start < len(text) else found


def has_words(text: str) -> bool:
    """Whether a voice would say anything."""
    return _SPEAKABLE.search(text) is not None


def _first_word(text: str, start: int) -> int:
    found = _SPEAKABLE.search(text, start)
    return found.start() if found else len(text)


def _last_word(text: str) -> int:
    return next((i for i in range(len(text) - 1, -1, -1) if _SPEAKABLE.match(text, i)), -1)


def _ends(text: str, match: re.Match[str]) -> bool:
    mark, end = match.group(), match.end()
    while end < len(text) and text[end] in _OPENERS:
        end += 1
    following = text[end : end + 1]
    if following.islower():
        return False
    if mark != "." or not (word := _WORD.search(text, max(0, match.start() - 40), match.start())):
        return True
    before = word.group().casefold()
    if before in _ABBREVIATIONS or (before in _NUMBERED and following.isdigit()):
        return False
    initial = len(before) == 1 and word.group().isupper() and before != "i"
    return not initial and (before in {"a.m", "p.m"} or not _DOTTED.fullmatch(before))


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while end - start > LONGEST:
        limit = start + LONGEST
        clauses = [m.end() for m in _CLAUSE.finditer(text, start + LONGEST // 4, limit)]
        cut = clauses[-1] if clauses else text.rfind(" ", start + 1, limit + 1)
        if cut <= start:
            cut = limit
        found.append((start, cut))
        start = cut + 1 if text[cut] == " " else cut
    return [*found, (start, end)]
