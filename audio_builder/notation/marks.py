"""Find what is not meant to be spoken in a line of narration, and say what to write instead."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..units import duration, show
from .directions import is_bell, is_direction, is_placeholder, strokes
from .loose import LONGEST_BARE, find_pause_lines, find_signs, find_spoken_pauses
from .mark import Mark, exact_pause, is_apart, note, pause_mark
from .pauses import DEFAULT_LENGTHS, FoundPause, PauseLengths, leading_pause, read_bracketed_pause, read_pause
from .speech_markup import find_breaks, find_tags

_SPEECH_COMMAND = re.compile(
    r"\[\[\s*(?:rate|volm|pbas|pmod|emph|inpt|char|nmbr|rset|cmnt|sync)\b[^\[\]]*\]\]", re.IGNORECASE
)
_BRACKETED = re.compile(
    r"(?P<star>[*_~]{0,3})(?:\((?P<round>[^()]*)\)|\[(?P<square>[^\[\]]*)\]|\{{1,2}(?P<brace>[^{}]*)\}{1,2}|"
    r"<(?P<angle>[^<>]*)>)(?P=star)(?![(\[])"
)
_DASHED = re.compile(
    r"(?:(?<=\s)|^)(?P<sign>[-–—~=*_.…|#/]{1,100})\s*(?P<words>\w[\w .,:=-]{0,60}?)\s*(?P=sign)(?=[\s.,]|$)"
)
_FOR_READER = re.compile(
    r".*(?:paus[ae]|pasue|puase)|\W*\d+(?:[.,]\d+)?\s*(?:s|secs?|seconds?|sek\w*|mins?|minut\w*)\b",
    re.IGNORECASE,
)
"""Between dashes, this is a pause even within a sentence."""
_EMPHASISED = re.compile(r"(?<![\w*_])([*_]{1,3})(?P<words>[^*_\n]{1,40})\1(?![\w*_])")
_SLASHED = re.compile(
    r"(?:(?<=\s)|^)/{1,2}\s*(?P<length>\d+(?:[.,]\d+)?)\s*(?P<unit>s|sec|secs|seconds?|m|min|mins|"
    r"minutes?)?(?=[\s.,]|$)"
)
_SLASH_ALONE = re.compile(r"(?:(?<=\s)|^)(/{1,3}|\|{1,3})(?=\s|$)")
_SCRIPT_LENGTH = re.compile(r"(?:\d{1,4}(?:h|ms|m|s)){2,4}|\d{1,4}m")
_COUNTED = re.compile(r"\s*\d{1,2}(?:(?:\s*[,;–—-]\s*|\s+)\d{1,2})*\s*")
_DOTS_BETWEEN = re.compile(r"(?<=\d)\s*(?:\.\s?){2,}\.?\s*(?=\d)|(?<=\d)\s*…+\s*(?=\d)")
_WORD_PAUSED = re.compile(
    r"(?:(?<!\.)\.{2,}+|…|[-–—])\s*(?P<words>(?:long |short |brief )?pause)\s*(?:\.{2,}|…|[-–—])",
    re.IGNORECASE,
)
_STAMP = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_TIMESTAMP = re.compile(
    rf"^\s*[(\[]?{_STAMP}(?:\s*(?:-->|-|–|—|to)\s*{_STAMP})?[)\]]?(?:\s*[:–—-]\s+(?=\S)|\s+(?=\S)|\s*$)"
)
_TIME_OF_DAY = re.compile(r"\s*\d{1,2}:\d{2}\s*(?:[ap]\.?m|is|was|o'clock)", re.IGNORECASE)
_HIGHLIGHT = re.compile(r"==(?P<words>[^=]+)==")
_STRUCK = re.compile(r"\s?~~[^~]+~~")
_COMMENT = re.compile(r"<!--.*?-->")
_EDITOR_NOTE = re.compile(r"%%.*?%%")
_WIKI_LINK = re.compile(r"!?\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")
_HASHTAG = re.compile(r"(?:(?<=\s)|^)#[^\W\d_][\w/-]*")
_BLOCK_ID = re.compile(r"(?:^|\s)(\^[\w-]+)\s*$")
_FOOTNOTE = re.compile(r"\[\^[\w-]+\]")


_CLOSING = re.compile(r"\s*([.,;:!?…]+)(?=\s|$)|\s*(?:\.{2,}|…)\s*(?=\w)")


_LONGEST_SEARCHED = 3000
"""Characters that are searched at once, since some searches take time with the square of the length."""


def find_marks(text: str, lengths: PauseLengths = DEFAULT_LENGTHS) -> list[Mark]:
    """Return what should not be spoken in a line of narration, in its order and without overlaps."""
    found: list[Mark] = []
    start = 0
    while start < len(text):
        end = len(text)
        if end - start > _LONGEST_SEARCHED:
            end = text.rfind(" ", start, start + _LONGEST_SEARCHED) + 1 or start + _LONGEST_SEARCHED
        part = _marks_in(text[start:end], lengths)
        found += (
            [replace(mark, start=mark.start + start, end=mark.end + start) for mark in part]
            if start
            else part
        )
        start = end
    return found


def _marks_in(text: str, lengths: PauseLengths) -> list[Mark]:
    found: list[Mark] = []
    for search in _SEARCHES:
        for mark in search(text, lengths):
            at = bisect_left(found, mark.start, key=lambda one: one.start)
            follows = at == 0 or found[at - 1].end <= mark.start
            if follows and (at == len(found) or mark.end <= found[at].start):
                found.insert(at, mark)
    return found


def time_length(text: str) -> int:
    """Return how many characters at the start of a line are a time in a recording, such as `[00:30] `."""
    match = _TIMESTAMP.match(text)
    return match.end() if match and not _TIME_OF_DAY.match(text) else 0


def apply_marks(text: str, marks: list[Mark], write: Callable[[str], str] = str) -> str:
    """Return the line with each mark replaced. A directive ends the sentence before it, with its punctuation.

    `write` is applied to the words between the marks.
    """
    parts: list[str] = []
    at, is_dropped = 0, False
    for mark in [*marks, None]:
        words = text[at : mark.start if mark else len(text)]
        if mark is None or not mark.replacement.startswith(("[", "<!--")):
            parts.append(write(words))
            is_dropped = mark is not None
            parts.append(mark.replacement if mark else "")
            at = mark.end if mark else at
            continue
        closing = _CLOSING.match(text, mark.end)
        ending = (closing[1] or "") if closing else ""
        ended = _ended("".join(parts) + write(words), ending, mark.replacement.startswith("["))
        parts = [ended, f" {mark.replacement} "]
        at = closing.end() if closing else mark.end
    line = " ".join("".join(parts).split())
    return re.sub(r" +([.,;:!?…](?:\s|$))", r"\1", line) if is_dropped or "  " in text else line


def _ended(before: str, closing: str, ends: bool) -> str:
    """Return the words before a mark with the punctuation after it, or with a full stop if it `ends` a sentence."""
    before = before.rstrip()
    if not before or before[-1] in ".!?…]>" or before.endswith((".”", '."', "?”", "!”", '?"', '!"')):
        return before
    if closing and closing[0] in ".!?…":
        return before.rstrip(",;:—–- ") + closing
    if ends and re.search(r"\w", before):
        return before.rstrip(",;:—–- ") + "."
    return before + closing


def _editor_marks(text: str, lengths: PauseLengths) -> Iterator[Mark]:
    for match in _SPEECH_COMMAND.finditer(text):
        yield Mark(match.start(), match.end(), "markup", "", True, "is a command for a voice")
    for match in _COMMENT.finditer(text):
        yield Mark(match.start(), match.end(), "note", match[0], True, "is a note")
    for match in _EDITOR_NOTE.finditer(text):
        yield Mark(match.start(), match.end(), "note", "", True, "is a note")
    for match in _STRUCK.finditer(text):
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        yield Mark(start, match.end(), "markup", "", True, "is crossed out")
    for match in _HIGHLIGHT.finditer(text):
        yield Mark(match.start(), match.end(), "markup", match["words"], True, "is highlighted")
    for match in _WIKI_LINK.finditer(text):
        if pause := read_pause(match[1], lengths):
            yield pause_mark(match, pause)
            continue
        if is_direction(match[1]):
            yield Mark(*match.span(), "direction", note(match[1]), True, "is a stage direction")
            continue
        yield Mark(match.start(), match.end(), "markup", match[1].strip(), True, "is a link")
    for match in _FOOTNOTE.finditer(text):
        yield Mark(match.start(), match.end(), "markup", "", True, "is a footnote")
    for match in _BLOCK_ID.finditer(text):
        yield Mark(match.start(1), match.end(1), "markup", "", True, "is the address of a block")
    for match in _HASHTAG.finditer(text):
        if pause := read_pause(match[0][1:], lengths):
            yield pause_mark(match, pause)
            continue
        yield Mark(match.start(), match.end(), "tag", "", True, "is a tag")


def _brackets(text: str, lengths: PauseLengths) -> Iterator[Mark]:
    for match in _BRACKETED.finditer(text):
        content = next(
            group
            for group in (match["round"], match["square"], match["brace"], match["angle"])
            if group is not None
        )
        if mark := _bracket(match, content, lengths, text):
            yield mark


def _bracket(match: re.Match[str], content: str, lengths: PauseLengths, text: str) -> Mark | None:
    start, end = match.span()
    is_round = match["round"] is not None
    if match["square"] and _SCRIPT_LENGTH.fullmatch(content):
        is_certain = not content[:-1].isdigit()  # minutes alone may be the time that a part takes
        return replace(pause_mark(match, exact_pause(duration(content))), is_certain=is_certain)
    if pause := read_pause(content, lengths):
        is_time = not pause.is_named and pause.low >= LONGEST_BARE
        return replace(pause_mark(match, pause), is_certain=not is_time)
    if is_bell(content):
        count = strokes(content)
        return Mark(start, end, "bell", f"[bell {count}]" if count > 1 else "[bell]", True, "is the bell")
    is_apart = not text[:start].strip() or text[:start].rstrip()[-1] in ".!?…"
    if mark := _counted(match, content, is_round and not is_apart):
        return mark
    if (pause := read_bracketed_pause(content, lengths)) and (
        is_apart or not is_round or content.strip().isupper()
    ):
        return replace(pause_mark(match, pause), is_certain=False)
    if re.fullmatch(rf"\s*{_STAMP}\s*(?:(?:-|–|—|to)\s*{_STAMP}\s*)?", content):
        return Mark(start, end, "time", "", True, "is a time in a recording")
    if is_placeholder(content) and not is_round:
        return Mark(start, end, "placeholder", note(content), False, "is to be filled in")
    if pause := leading_pause(content, lengths):
        replacement = f"{note(content)} {pause.directive}"
        return Mark(start, end, "pause", replacement, False, "begins with a pause")
    alone = not text[:start].strip() and not text[end:].strip(" .")
    if is_direction(content) or (is_round and alone):
        return Mark(start, end, "direction", note(content), is_direction(content), "is a stage direction")
    if not is_round:
        return Mark(start, end, "direction", note(content), False, "is not a directive")
    return None


def _counted(match: re.Match[str], content: str, is_within: bool) -> Mark | None:
    """Return the pause of numbers that are counted, such as `[2, 3]`, or of a number of seconds, such as `[5]`.

    Numbers that do not follow one another are a ratio, such as 4-7-8. A single number may be a footnote.
    """
    if not _COUNTED.fullmatch(content):
        return None
    numbers = [int(number) for number in re.findall(r"\d+", content)]
    if len(numbers) > 1:
        steps = {b - a for a, b in itertools.pairwise(numbers)}
        return pause_mark(match, exact_pause(len(numbers) * 1000)) if steps in ({1}, {-1}) else None
    if is_within or not numbers[0]:
        return None
    return replace(pause_mark(match, exact_pause(numbers[0] * 1000)), is_certain=False)


def _signs(text: str, lengths: PauseLengths) -> Iterator[Mark]:
    for pattern in (_DASHED, _EMPHASISED, _WORD_PAUSED):
        for match in pattern.finditer(text):
            pause = read_pause(match["words"], lengths, bare_length=pattern is not _EMPHASISED)
            if pause and (_FOR_READER.match(match["words"]) or is_apart(text, *match.span())):
                yield pause_mark(match, pause)
            elif pattern is not _WORD_PAUSED and is_bell(match["words"]):
                yield Mark(match.start(), match.end(), "bell", "[bell]", True, "is the bell")
            elif (
                pattern is _DASHED
                and match["sign"][0] in "-–—~*"
                and len(match["words"].split()) <= 4
                and is_direction(match["words"])
            ):
                yield Mark(*match.span(), "direction", note(match["words"]), True, "is a stage direction")
    for match in _SLASHED.finditer(text):
        if not match["unit"] and text[: match.start()].rstrip()[-1:].isdigit():
            continue  # a fraction, such as 1 / 2
        unit = (match["unit"] or "s")[0]
        yield pause_mark(
            match, exact_pause(float(match["length"].replace(",", ".")) * (60_000 if unit == "m" else 1000))
        )
    for match in _SLASH_ALONE.finditer(text):
        length = lengths.short if len(match[1]) == 1 else lengths.plain
        yield replace(pause_mark(match, FoundPause(length, length, False)), is_certain=False)


def _times(text: str, _: PauseLengths) -> Iterator[Mark]:
    if end := time_length(text):
        yield Mark(0, end, "time", "", True, "is a time in a recording")


def _dots(text: str, lengths: PauseLengths) -> Iterator[Mark]:
    if re.fullmatch(r"\s*(?:(?:[.·•*~_-]\s*){3,}|…+)\s*", text):
        pause = FoundPause(lengths.plain, lengths.plain, False)
        yield Mark(0, len(text), "pause", pause.directive, True, "is a pause without a length")
        return
    for match in _DOTS_BETWEEN.finditer(text):
        yield Mark(
            match.start(),
            match.end(),
            "pause",
            f"[{show(lengths.short)}]",
            True,
            "is a pause without a length",
        )


_SEARCHES = (
    find_pause_lines,
    find_breaks,
    find_spoken_pauses,
    find_signs,
    _signs,
    _editor_marks,
    _times,
    find_tags,
    _brackets,
    _dots,
)
