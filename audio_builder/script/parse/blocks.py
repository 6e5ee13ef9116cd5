"""The block structure of a script's body: headings, paragraphs and lists, each with its place in the file."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .problems import Problems, Spot

_MARKDOWN = MarkdownIt("commonmark").enable("table").disable("reference")  # the inline part names definitions
_DIRECTIVE = re.compile(r"\[(?! *props *\])", re.IGNORECASE)
_REFUSED = {
    "blockquote_open": ("a quote cannot be spoken as such", "take the > away"),
    "code_block": (
        "words set in by four spaces are code, which cannot be spoken",
        "begin the line at its left edge",
    ),
    "fence": ("code cannot be spoken", "take the ``` or ~~~ lines away"),
    "html_block": ("HTML cannot be spoken", r"take it away, or write \< for the sign itself"),
    "hr": ("a line across the page cannot be spoken", "take it away; for a silence write [10s]"),
    "table_open": ("a table cannot be spoken", "write it as sentences"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """The words of a block as written: its lines joined by line feeds, with where each of them begins."""

    text: str
    line: int
    columns: tuple[int, ...]
    offsets: tuple[int, ...]

    def spot(self, start: int, end: int | None = None) -> Spot:
        """Where the characters from `start` to `end` (from 0, excluded) of the text stand in the file."""
        index = bisect.bisect_right(self.offsets, start) - 1
        return Spot(
            self.line + index, self.columns[index] + start - self.offsets[index], (end or start + 1) - start
        )


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 or 2."""

    level: int
    words: Source


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of narration."""

    words: Source


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: the paragraphs of each item."""

    items: tuple[tuple[Source, ...], ...]


Block = Heading | Paragraph | Listing


def blocks(rows: list[str], first: int, problems: Problems) -> list[Block]:
    """The blocks of a body whose line numbers begin at `first`; those that cannot be spoken are reported."""
    tokens: list[Token] = []
    _MARKDOWN.block.parse("\n".join(rows), _MARKDOWN, {}, tokens)
    return _Reader(tokens, rows, first, problems).read()


class _Reader:
    def __init__(self, tokens: list[Token], rows: list[str], first: int, problems: Problems) -> None:
        self._tokens, self._rows, self._first, self._problems = tokens, rows, first, problems

    def read(self) -> list[Block]:
        found: list[Block] = []
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            end = self._end(at)
            if token.type == "heading_open":
                if heading := self._heading(token):
                    found.append(heading)
            elif token.type == "paragraph_open":
                found.append(Paragraph(self._source(self._tokens[at + 1], ())))
            elif token.type in {"bullet_list_open", "ordered_list_open"}:
                found += self._listing(at, end)
            else:
                self._refuse(token)
            at = end + 1
        return found

    def _end(self, at: int) -> int:
        """Where the token that is opened here is closed."""
        token = self._tokens[at]
        if token.nesting != 1:
            return at
        at += 1
        while self._tokens[at].nesting != -1 or self._tokens[at].level != token.level:
            at += 1
        return at

    def _line(self, token: Token) -> int:
        return token.map[0] if token.map else 0

    def _spot(self, token: Token) -> Spot:
        row = self._rows[self._line(token)]
        indent = len(row) - len(row.lstrip())
        return Spot(self._line(token) + self._first, indent + 1, len(row.strip()))

    def _refuse(self, token: Token) -> None:
        self._problems.add(self._spot(token), *_REFUSED[token.type])

    def _heading(self, token: Token) -> Heading | None:
        index = self._line(token)
        row = self._rows[index]
        if token.markup in {"=", "-"}:
            self._problems.add(
                self._spot(token),
                "words with a line of === or --- under them would be a heading",
                "write # before a heading, or an empty line between",
            )
            return None
        start = re.match(r"[ \t]*#{1,6}[ \t]*", row)
        column = start.end() if start else 0
        text = re.sub(r"(^|[ \t]+)#+$", "", row[column:].rstrip(" \t")).rstrip(" \t")
        if len(token.markup) > 2:
            self._problems.add(
                self._spot(token),
                f"a heading with {len(token.markup)} #",
                "use # for a chapter, ## for a division of it",
            )
            return None
        return Heading(len(token.markup), Source(text, index + self._first, (column + 1,), (0,)))

    def _source(self, token: Token, prefix: tuple[int, ...]) -> Source:
        """The words of an inline token. The first line of a list's item has a marker before them."""
        low, high = token.map or [0, 0]
        texts, columns, offsets, length = [], [], [], 0
        for index in range(low, high):
            row = self._rows[index]
            start = prefix[index - low] if index - low < len(prefix) else 0
            start += len(row[start:]) - len(row[start:].lstrip(" \t"))
            texts.append(row[start:].rstrip(" \t"))
            columns.append(start + 1)
            offsets.append(length)
            length += len(texts[-1]) + 1
        return Source("\n".join(texts), low + self._first, tuple(columns), tuple(offsets))

    def _listing(self, at: int, end: int) -> list[Block]:
        """The list and, where a directive stands at the left edge directly below it, the paragraph that begins
        there. For CommonMark that line would continue the last item; no teacher means that."""
        items: list[tuple[Source, ...]] = []
        index = at + 1
        while index < end:
            item, last = self._tokens[index], self._end(index)
            items.append(self._item(index, last, item))
            index = last + 1
        if not items or not items[-1]:
            return [Listing(tuple(items))]
        *others, ending = items[-1]
        row = self._rows[ending.line - self._first]
        words, below = _divide(ending, len(row) - len(row.lstrip(" \t")))
        items[-1] = (*others, words)
        return [Listing(tuple(items)), *([Paragraph(below)] if below else [])]

    def _item(self, at: int, end: int, item: Token) -> tuple[Source, ...]:
        found: list[Source] = []
        index = at + 1
        marker = re.match(r"[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]*", self._rows[self._line(item)])
        while index < end:
            token, last = self._tokens[index], self._end(index)
            if token.type == "paragraph_open":
                same = self._line(token) == self._line(item) and marker
                found.append(
                    self._source(self._tokens[index + 1], (marker.end(),) if same and marker else ())
                )
            elif token.type in {"bullet_list_open", "ordered_list_open"}:
                self._problems.add(self._spot(token), "a list within a list", "write one list, or sentences")
            elif token.type == "heading_open":
                self._problems.add(self._spot(token), "a heading within a list", "begin its line with #")
            else:
                self._refuse(token)
            index = last + 1
        if not found and index == at + 1:
            self._problems.add(
                self._spot(item), "an item with nothing in it", "write its words, or take it away"
            )
        return tuple(found)


def _divide(source: Source, edge: int) -> tuple[Source, Source | None]:
    """An item's words, and what begins with a directive at the edge of its list (in columns from 0) below it."""
    rows = source.text.split("\n")
    for index in range(1, len(rows)):
        if source.columns[index] - 1 <= edge and _DIRECTIVE.match(rows[index]):
            return _part(source, rows, 0, index), _part(source, rows, index, len(rows))
    return source, None


def _part(source: Source, rows: list[str], low: int, high: int) -> Source:
    offsets = tuple(offset - source.offsets[low] for offset in source.offsets[low:high])
    return Source("\n".join(rows[low:high]), source.line + low, source.columns[low:high], offsets)
