"""The marks of a heading: `{fixed, from 15m}`."""

from __future__ import annotations

from dataclasses import replace

from ...text import closest
from ...units import show
from ..model import Marks
from .lengths import measure
from .problems import ParseError

KNOWN = ("fixed", "from", "to", "wake", "sleep", "first", "second", "spare")


def mark(written: str, before: Marks) -> Marks:
    """The marks of a heading with one more, in small letters. Raises Wrong with the cure."""
    found = _add(before, written)
    if found.least is not None and found.below is not None and found.least >= found.below:
        raise ParseError(
            f"no session is at least {show(found.least)} and shorter than {show(found.below)}",
            "let {from} be less than {to}",
        )
    return found


def _add(found: Marks, written: str) -> Marks:
    word, _, rest = written.partition(" ")
    if not written:
        raise ParseError("a mark is missing here", "write for example {fixed} or {fixed, from 15m}")
    if word not in KNOWN:
        raise _unknown(written, word, rest)
    if word in ("from", "to"):
        return _add_length(found, word, rest)
    if rest:
        raise ParseError(
            f"{word} stands alone; {rest[:40]} is too much", f"write {{{word}}}; commas stand between marks"
        )
    if word in ("wake", "sleep"):
        _once(found.ending, word)
        return replace(found, ending="wake" if word == "wake" else "sleep")
    if word in ("first", "second"):
        _once(found.side, word)
        return replace(found, side="first" if word == "first" else "second")
    if word == "fixed":
        _once(word if found.fixed else None, word)
        return replace(found, fixed=True)
    _once(word if found.spare else None, word)
    return replace(found, spare=True)


def _add_length(found: Marks, word: str, rest: str) -> Marks:
    if not rest:
        raise ParseError(f"{{{word}}} wants a length", f"write {{{word} 15m}}")
    length = measure(rest)
    if length == 0:
        raise ParseError(f"{{{word} {rest}}} means nothing", f"write {{{word} 15m}}, for example")
    _once(word if (found.least if word == "from" else found.below) is not None else None, word)
    return replace(found, least=length) if word == "from" else replace(found, below=length)


def _once(had: str | None, word: str) -> None:
    if had == word:
        raise ParseError(f"{word} stands here twice", "write it once")
    if had:
        raise ParseError(f"{had} and {word} exclude each other", "keep one of them")


def _unknown(written: str, word: str, rest: str) -> ParseError:
    message = f"unknown mark {written[:40]}"
    if word in ("side", "other"):
        return ParseError(f"{{{word}}} is no mark", "write it in braces of its own")
    meant = closest(word, KNOWN)
    if meant is None:
        return ParseError(message, f"marks are {', '.join(KNOWN[:-1])} and {KNOWN[-1]}")
    if meant in ("from", "to"):
        return ParseError(message, f"did you mean {meant} {rest or '15m'}?")
    return ParseError(message, f"did you mean {meant}?")
