"""Splits the text of a block into words, brackets and braces, and reports Markdown that cannot be spoken."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Literal

from ...notation.marks import find_marks
from .blocks import Source
from .characters import COMMENT
from .escapes import ENTITY, entity
from .problems import ParseError, Problems

_PLAIN = re.compile(rf"[^\\\[\]{{}}*_`<&{COMMENT}]+")
_COMMENT = re.compile(rf"{COMMENT}+")
_STARS = re.compile(r"\*+|_+")
_CODE = re.compile(r"`+")
_HTML = re.compile(r"<(?:/?[A-Za-z][^<>]*|[!?][^<>]*)>")
_AUTOLINK = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]+:|[^\s<>@]+@)")
_INSIDE = {
    "[": re.compile(r"(?:[^\\\[\]]|\\.?)*+", re.DOTALL),
    "{": re.compile(r"(?:[^\\\[\]{}]|\\.?)*+", re.DOTALL),
}
_CLOSING = {"[": "]", "{": "}"}
NO_LINKS = ("links and addresses cannot be spoken", "say in words where to find it, or put it in the notes")
_TARGET = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Token:
    """The part of a block from `start` to `end` (excluded).

    `text` is the words without escapes, or what is written between the brackets or braces.
    """

    kind: Literal["words", "square", "curly"]
    text: str
    start: int
    end: int


def scan(source: Source, problems: Problems) -> list[Token]:
    """Return the tokens of a block in order, without its emphasis signs."""
    return _Scan(source, problems).run()


class _Scan:
    def __init__(self, source: Source, problems: Problems) -> None:
        self._source, self._text, self._problems = source, source.text, problems
        self._tokens: list[Token] = []
        self._runs: list[tuple[int, int]] = []
        self._unclosed: set[str] = set()

    def run(self) -> list[Token]:
        at = 0
        readers = {
            "\\": self._escape,
            "[": self._bracket,
            "{": self._brace,
            "]": self._unmatched,
            "}": self._unmatched,
            "*": self._stars,
            "_": self._stars,
            "`": self._code,
            "<": self._less_than,
            "&": self._ampersand,
        }
        while at < len(self._text):
            if match := _PLAIN.match(self._text, at) or _COMMENT.match(self._text, at):
                if match.re is _PLAIN:
                    self._words(match.group(), at, match.end())
                at = match.end()
            else:
                at = readers[self._text[at]](at)
        self._pair_stars()
        return self._tokens

    def _words(self, text: str, start: int, end: int) -> int:
        self._tokens.append(Token("words", text, start, end))
        return end

    def _report(self, start: int, end: int, message: str, hint: str) -> int:
        self._problems.add(self._source.spot(start, end), message, hint)
        return end

    def _escape(self, at: int) -> int:
        following = self._text[at + 1 : at + 2]
        if following == "\n":  # a hard line break, which is only a wrapped line here
            return self._words(" ", at, at + 2)
        if following and following in string.punctuation:
            return self._words(following, at, at + 2)
        return self._words("\\", at, at + 1)

    def _ampersand(self, at: int) -> int:
        match = ENTITY.match(self._text, at)
        if not match:
            return self._words("&", at, at + 1)
        try:
            return self._words(entity(match.group()), at, match.end())
        except ParseError as error:
            return self._report(at, match.end(), error.message, error.hint)

    def _less_than(self, at: int) -> int:
        match = _HTML.match(self._text, at)
        if not match:
            return self._words("<", at, at + 1)
        if _AUTOLINK.match(self._text, at):
            return self._report(at, match.end(), *NO_LINKS)
        pauses = [mark for mark in find_marks(match.group()) if mark.kind == "pause"]
        hint = f"write {pauses[0].replacement}" if pauses else r"remove it, or write \< for a literal <"
        return self._report(at, match.end(), "HTML cannot be spoken", hint)

    def _code(self, at: int) -> int:
        ticks = _CODE.match(self._text, at)
        end = ticks.end() if ticks else at + 1
        close = self._text.find(self._text[at:end], end)
        last = close + end - at if close >= 0 else end
        return self._report(at, last, "code cannot be spoken", "remove the `")

    def _closed(self, at: int) -> int | None:
        """Return the position that closes the bracket or brace at `at`; report it and return None if nothing does."""
        opening = self._text[at]
        match = _INSIDE[opening].match(self._text, at + 1)
        end = match.end() if match else at + 1
        if self._text[end : end + 1] == _CLOSING[opening]:
            return end
        self._unclosed.add(_CLOSING[opening])
        sign = "bracket" if opening == "[" else "brace"
        hint = f"write {_CLOSING[opening]} where it ends, or \\{opening} for a literal {sign}"
        self._report(at, at + 1, f"unclosed {sign}", hint)
        return None

    def _unmatched(self, at: int) -> int:
        sign = self._text[at]
        if sign in self._unclosed:  # its partner was reported
            return at + 1
        return self._report(
            at, at + 1, f"unmatched {sign}", f"remove it, or write \\{sign} for a literal {sign}"
        )

    def _brace(self, at: int) -> int:
        end = self._closed(at)
        if end is None:
            return at + 1
        self._tokens.append(Token("curly", self._text[at + 1 : end].replace(COMMENT, ""), at, end + 1))
        return end + 1

    def _bracket(self, at: int) -> int:
        image = self._text[at - 1 : at] == "!"
        end = self._closed(at)
        if end is None:
            return at + 1
        if target := _TARGET.match(self._text, end + 1):
            if image:
                return self._report(at - 1, target.end(), "images cannot be spoken", "describe it in words")
            return self._report(at, target.end(), *NO_LINKS)
        if self._text[end + 1 : end + 2] == ":" and self._text[at - 1 : at] in {"", "\n"}:
            row_end = self._text.find("\n", at)
            return self._report(at, len(self._text) if row_end < 0 else row_end, *NO_LINKS)
        self._tokens.append(Token("square", self._text[at + 1 : end].replace(COMMENT, ""), at, end + 1))
        return end + 1

    def _stars(self, at: int) -> int:
        match = _STARS.match(self._text, at)
        end = match.end() if match else at + 1
        self._runs.append((at, end))
        return end

    def _pair_stars(self) -> None:
        """Report the stars and underscores that are not in pairs around words."""
        opened: dict[str, list[list[int]]] = {"*": [], "_": []}
        loose: list[list[int]] = []
        for start, end in self._runs:
            sign = self._text[start]
            before, after = self._text[start - 1 : start], self._text[end : end + 1]
            inside_word = sign == "_" and before.isalnum() and after.isalnum()
            opens, closes = bool(after.strip()) and not inside_word, bool(before.strip()) and not inside_word
            stack = opened[sign]
            while closes and stack and start < end:
                paired = min(end - start, stack[-1][1] - stack[-1][0])
                start += paired
                stack[-1][1] -= paired
                if stack[-1][0] == stack[-1][1]:
                    stack.pop()
            if start < end:
                (stack if opens else loose).append([start, end])
        for start, end in sorted([*loose, *opened["*"], *opened["_"]]):
            sign = self._text[start]
            hint = f"write \\{sign} for a literal {sign}, or remove it"
            self._report(start, end, f"unmatched {sign}", hint)
