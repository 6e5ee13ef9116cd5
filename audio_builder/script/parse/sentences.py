"""Splits narration into the sentences that are spoken one by one."""

from __future__ import annotations

import re

from ...languages.grammar import Grammar, grammar
from .characters import OTHER, PROPS, SIDE

MAX_SENTENCE = 400
"""Characters of the longest sentence. Longer ones are split at a clause or a space."""

_CLOSERS = r"[\"'”’“‘»«›)\]}」』）】]*+"
_END = re.compile(rf"(?<![.!?…؟])[.!?…؟]++{_CLOSERS}(?=\s)|[。！？।]++{_CLOSERS}")
_OPENERS = " \"'“‘„«‹([{¿¡「『（【—–-"
_CLAUSE = re.compile(r"[,;:—](?= )|[，、；：،؛]")
_WORD = re.compile(r"[^\s\"'“‘„«‹(\[{—–]+$")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_INNER_QUOTES = (" »", " ›", " ”")
_SPEAKABLE = re.compile(rf"[^\W_]|[%&+°€$£¥@#=§{SIDE}{OTHER}{PROPS}]")


def split_sentences(text: str, language: str = "en") -> list[tuple[int, int]]:
    """Return where each sentence begins and ends in a text with single spaces. `language` is its tag.

    Sentences that are joined with spaces and split again stay the same.
    """
    rules = grammar(language)
    inside = _dots_inside(text, rules)
    found: list[tuple[int, int]] = []
    start, word, last = 0, _first_word(text, 0), _last_word(text)
    for match in _END.finditer(text):
        end = match.end()
        if rules.has_spaced_quotes and text.startswith(_INNER_QUOTES, end):
            end += 2
        # signs without words belong to the sentence before them
        if not word < end <= last or match.start() in inside or not _ends(text, match, end, rules):
            continue
        found += _pieces(text, start, end)
        start = end + 1 if text[end] == " " else end
        word = _first_word(text, start)
    return found + _pieces(text, start, len(text)) if start < len(text) else found


def has_words(text: str) -> bool:
    """Return whether a voice would say anything for this text."""
    return _SPEAKABLE.search(text) is not None


def _first_word(text: str, start: int) -> int:
    found = _SPEAKABLE.search(text, start)
    return found.start() if found else len(text)


def _last_word(text: str) -> int:
    return next((i for i in range(len(text) - 1, -1, -1) if _SPEAKABLE.match(text, i)), -1)


def _dots_inside(text: str, rules: Grammar) -> set[int]:
    """Return where the full stops are that belong to an abbreviation of several parts, or make a number ordinal."""
    found: set[int] = set()
    for match in rules.spaced.finditer(text) if rules.spaced else ():
        found.update(at for at in range(match.start(), match.end() - 1) if text[at] == ".")
    return found | {match.end() - 1 for match in (rules.ordinals.finditer(text) if rules.ordinals else ())}


def _ends(text: str, match: re.Match[str], end: int, rules: Grammar) -> bool:
    mark = match.group()
    while end < len(text) and text[end] in _OPENERS:
        end += 1
    following = text[end : end + 1]
    if following.islower():
        return False
    if mark != "." or not (word := _WORD.search(text, max(0, match.start() - 40), match.start())):
        return True
    before = word.group().casefold()
    if before in rules.abbreviations or (before in rules.before_numbers and following.isdigit()):
        return False
    initial = len(before) == 1 and word.group().isupper() and before != "i"
    return not initial and (before in {"a.m", "p.m"} or not _DOTTED.fullmatch(before))


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while end - start > MAX_SENTENCE:
        limit = start + MAX_SENTENCE
        clauses = [m.end() for m in _CLAUSE.finditer(text, start + MAX_SENTENCE // 4, limit)]
        cut = clauses[-1] if clauses else text.rfind(" ", start + 1, limit + 1)
        if cut <= start:
            cut = limit
        found.append((start, cut))
        start = cut + 1 if text[cut] == " " else cut
    return [*found, (start, end)]
