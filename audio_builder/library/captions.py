"""Captions: spoken sentences as pieces that fit on a screen, each with the time in which it is said.

The limits are those of broadcasters and of the podcast namespace: two lines of about 42 characters, and at least about
a second to read them (BBC Subtitle Guidelines; Netflix Timed Text Style Guide). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from ..languages.grammar import grammar
from ..planning.timeline import Timeline

LINE_LENGTH = 42
"""The characters in a line of a caption. Only a line that is a single word may be longer."""
_SHORTEST_MS = 1000

# What a piece costs, in units that only have a meaning next to each other: a piece more is worth a break at a clause.
_PIECE = 10
_TOO_SHORT = 60
_UNEVEN = 6
_SENTENCE, _CLAUSE, _COMMA, _CONJUNCTION, _ANYWHERE = 0, 1, 2, 7, 15

_SENTENCE_ENDS, _CLAUSE_ENDS, _COMMAS = frozenset(".!?…。！？"), frozenset(";:—–；："), frozenset(",،、，")
_CLOSING = "\"'”’»)]*_ "
_BEFORE_NEXT, _AFTER_LAST = frozenset("«‹"), frozenset("?!:;»›")
"""Signs that French separates from their words by a space."""


class Caption(NamedTuple):
    """One or two lines of spoken words, with the milliseconds at which they start and end."""

    start: int
    end: int
    lines: tuple[str, ...]


@lru_cache(maxsize=4)  # several files of a session have the same captions
def captions(timeline: Timeline) -> tuple[Caption, ...]:
    """Return the captions of each spoken sentence and each recording with words, in order."""
    conjunctions = grammar(timeline.language).conjunctions
    return tuple(
        caption
        for cue in timeline.cues
        for caption in split_sentence(_unbroken(cue.text.split()), cue.start, cue.end, conjunctions)
    )


def _unbroken(words: Sequence[str]) -> list[str]:
    """Return the words, each together with the signs around it that a space separates, as in `« Oui ? »`."""
    joined: list[str] = []
    for word in words:
        if joined and (_BEFORE_NEXT.issuperset(joined[-1]) or _AFTER_LAST.issuperset(word)):
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined


def split_sentence(
    words: Sequence[str], start: int, end: int, conjunctions: Collection[str] = ()
) -> Iterator[Caption]:
    """Yield captions that share the time of a sentence in proportion to their characters, without gaps.

    A sentence that does not fit into one caption is split where it costs least: at the ends of clauses if possible, or
    else in front of one of the `conjunctions`.
    """
    offsets = [0, *accumulate(len(word) + 1 for word in words)]  # a space belongs to the word in front of it
    times = [start + (end - start) * offset // max(offsets[-1], 1) for offset in offsets]
    breaks = [_break_cost(words, n, conjunctions) for n in range(len(words))]
    for first, after in _pieces(breaks, offsets, times):
        yield Caption(times[first], times[after], _lines(words[first:after], breaks[first:after]))


def _pieces(breaks: Sequence[int], offsets: list[int], times: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first word of each piece and the word after its last one, for the cheapest split."""
    count = len(breaks)
    if (
        count and _line_end(offsets, _line_end(offsets, 0)) == count
    ):  # one piece is always cheaper than several
        yield 0, count
        return
    cheapest: list[tuple[float, int]] = [(0.0, count)] * (
        count + 1
    )  # from this word on, and where its piece ends
    for first in range(count - 1, -1, -1):
        last_end = _line_end(offsets, _line_end(offsets, first))
        cheapest[first] = min(
            (_cost(breaks, offsets, times, first, after) + cheapest[after][0], after)
            for after in range(first + 1, last_end + 1)
        )
    first = 0
    while first < count:
        after = cheapest[first][1]
        yield first, after
        first = after


def _cost(breaks: Sequence[int], offsets: list[int], times: list[int], first: int, after: int) -> float:
    size = offsets[after] - offsets[first] - 1
    cost = _PIECE + _UNEVEN * (1 - size / (2 * LINE_LENGTH)) ** 2
    if times[after] - times[first] < _SHORTEST_MS:
        cost += _TOO_SHORT
    return cost + (breaks[after] if after < len(breaks) else 0)


def _line_end(offsets: list[int], first: int) -> int:
    """Return the word after the last one that fits into a line with the word `first`, which always fits."""
    end = min(first + 1, len(offsets) - 1)
    while end + 1 < len(offsets) and offsets[end + 1] - offsets[first] - 1 <= LINE_LENGTH:
        end += 1
    return end


def _lines(words: Sequence[str], breaks: Sequence[int]) -> tuple[str, ...]:
    """Return the words in one line if they fit, or else in two, split at a clause or into similar lengths."""
    text = " ".join(words)
    if len(text) <= LINE_LENGTH or len(words) == 1:
        return (text,)
    halves = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    fitting = [
        (breaks[n] + abs(len(upper) - len(lower)) / 2, n)
        for n, (upper, lower) in enumerate(halves, 1)
        if (len(upper) <= LINE_LENGTH or n == 1) and (len(lower) <= LINE_LENGTH or n == len(words) - 1)
    ]
    return halves[min(fitting)[1] - 1]


def _break_cost(words: Sequence[str], after: int, conjunctions: Collection[str]) -> int:
    """Return what a break in front of the word `after` costs: little at the end of a sentence or a clause."""
    if not after:
        return _ANYWHERE
    ending = words[after - 1].rstrip(_CLOSING)[-1:]
    if ending in _SENTENCE_ENDS:
        return _SENTENCE
    if ending in _CLAUSE_ENDS:
        return _CLAUSE
    if ending in _COMMAS:
        return _COMMA
    return _CONJUNCTION if words[after].lower() in conjunctions else _ANYWHERE
