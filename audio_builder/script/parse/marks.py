"""Reads the marks of a heading, such as `{fixed, from 15m}`."""

from __future__ import annotations

from dataclasses import replace

from ...options import DEFAULT_VOICE
from ...text import closest
from ...units import show
from ..model import Marks
from .figures import named_figure
from .lengths import parse_length
from .problems import ParseError

MARK_NAMES = ("fixed", "from", "to", "wake", "sleep", "first", "second", "spare", "once", "figure", "voice")
"""The first word of each mark of a heading."""


def add_mark(marks: Marks, written: str) -> Marks:
    """Return the marks with one more, which is written in lower case. Raises ParseError."""
    marks = _add(marks, written)
    if marks.least is not None and marks.below is not None and marks.least >= marks.below:
        raise ParseError(
            f"no session is at least {show(marks.least)} and shorter than {show(marks.below)}",
            "make {from} shorter than {to}",
        )
    return marks


def _add(marks: Marks, written: str) -> Marks:
    word, _, rest = written.partition(" ")
    word = word.removesuffix(":")
    if not written:
        raise ParseError("missing mark", "write e.g. {fixed} or {fixed, from 15m}")
    if word not in MARK_NAMES:
        raise _unknown(written, word, rest)
    if word in ("from", "to"):
        return _add_length(marks, word, rest)
    if word == "figure":
        _once(word if marks.figure else None, word)
        return replace(marks, figure=named_figure(rest))
    if word == "voice":
        _once(word if marks.voice else None, word)
        return replace(marks, voice=_voice(rest))
    if rest:
        raise ParseError(
            f'unexpected "{rest[:40]}" after {word}', f"write {{{word}}}, with commas between marks"
        )
    if word in ("wake", "sleep"):
        _once(marks.ending, word)
        return replace(marks, ending="wake" if word == "wake" else "sleep")
    if word in ("first", "second"):
        _once(marks.side, word)
        return replace(marks, side="first" if word == "first" else "second")
    if word == "fixed":
        _once(word if marks.fixed else None, word)
        return replace(marks, fixed=True)
    if word == "spare":
        _once(word if marks.spare else None, word)
        return replace(marks, spare=True)
    _once(word if marks.once else None, word)
    return replace(marks, once=True)


def _add_length(marks: Marks, word: str, rest: str) -> Marks:
    if not rest:
        raise ParseError(f"{{{word}}} needs a length", f"write e.g. {{{word} 15m}}")
    length = parse_length(rest)
    if length == 0:
        raise ParseError(f"{{{word} {rest}}} has no effect", f"write e.g. {{{word} 15m}}")
    _once(word if (marks.least if word == "from" else marks.below) is not None else None, word)
    return replace(marks, least=length) if word == "from" else replace(marks, below=length)


def _voice(rest: str) -> str:
    if not rest or " " in rest:
        raise ParseError(
            "{voice} needs the name of a voice",
            f"write e.g. {{voice: recorded:ana}} or {{voice: {DEFAULT_VOICE}}}",
        )
    return rest


def _once(earlier: str | None, word: str) -> None:
    if earlier == word:
        raise ParseError(f"{word} is repeated", "write it once")
    if earlier:
        raise ParseError(f"{earlier} and {word} cannot be used together", "remove one of them")


def _unknown(written: str, word: str, rest: str) -> ParseError:
    message = f'unknown mark "{written[:40]}"'
    if word in ("side", "other"):
        return ParseError(f"{{{word}}} is not a mark", "write it in separate braces")
    meant = closest(word, MARK_NAMES)
    if meant is None:
        return ParseError(message, f"the marks are {', '.join(MARK_NAMES[:-1])} and {MARK_NAMES[-1]}")
    if meant in ("from", "to"):
        return ParseError(message, f'did you mean "{meant} {rest or "15m"}"?')
    return ParseError(message, f'did you mean "{meant}"?')
