"""Reads the block structure of a script's body: headings, paragraphs and lists, each with its place in the file."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .problems import Problems, Spot

# Link definitions stay in the text, where `scan` reports them.
_MARKDOWN = MarkdownIt("commonmark").enable("table").disable("reference")
_DIRECTIVE = re.compile(r"\[(?! *props *\])", re.IGNORECASE)
_MARKER = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]*")
_REFUSED = {
    "blockquote_open": ("block quotes cannot be spoken", "remove the >"),
    "code_block": ("text indented by four spaces is code, which cannot be spoken", "remove the spaces"),
    "fence": ("code cannot be spoken", "remove the ``` or ~~~ lines"),
    "html_block": ("HTML cannot be spoken", r"remove it, or write \< for a literal <"),
    "hr": ("a horizontal line cannot be spoken", "remove it; for a silence write [10s]"),
    "table_open": ("tables cannot be spoken", "write sentences instead"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a block as written.

    The lines are joined by line feeds. `line` is the number of the first one. For each line, `columns` has the column
    in the file where its text begins, and `offsets` where that is in `text`.
    """

    text: str
    line: int
    columns: tuple[int, ...]
    offsets: tuple[int, ...]

    def spot(self, start: int, end: int | None = None) -> Spot:
        """Return where `text[start:end]` is in the file."""
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
    """A list, with the paragraphs of each item."""

    items: tuple[tuple[Source, ...], ...]


BodyBlock = Heading | Paragraph | Listing


def read_blocks(rows: list[str], first: int, problems: Problems) -> list[BodyBlock]:
    """Return the blocks of a body, and report those that cannot be spoken. `first` is the number of its first line."""
    tokens: list[Token] = []
    _MARKDOWN.block.parse("\n".join(rows), _MARKDOWN, {}, tokens)
    return _Reader(tokens, rows, first, problems).read()


class _Reader:
    def __init__(self, tokens: list[Token], rows: list[str], first: int, problems: Problems) -> None:
        self._tokens, self._rows, self._first, self._problems = tokens, rows, first, problems

    def read(self) -> list[BodyBlock]:
        found: list[BodyBlock] = []
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            end = self._end(at)
            if token.type == "heading_open":
                if heading := self._heading(token):
                    found.append(heading)
            elif token.type == "paragraph_open":
                found.append(Paragraph(self._source(self._tokens[at + 1])))
            elif token.type in {"bullet_list_open", "ordered_list_open"}:
                found += self._listing(at, end)
            else:
                self._refuse(token)
            at = end + 1
        return found

    def _end(self, at: int) -> int:
        """Return the index of the token that closes the one at `at`."""
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
                "a line of === or --- makes the text above it a heading",
                "start headings with #, or leave an empty line in between",
            )
            return None
        start = re.match(r"[ \t]*#{1,6}[ \t]*", row)
        column = start.end() if start else 0
        text = re.sub(r"(^|[ \t]+)#+$", "", row[column:].rstrip(" \t")).rstrip(" \t")
        if len(token.markup) > 2:
            self._problems.add(
                self._spot(token),
                f"a heading cannot have {len(token.markup)} #",
                "use # for a chapter and ## for a section of it",
            )
            return None
        return Heading(len(token.markup), Source(text, index + self._first, (column + 1,), (0,)))

    def _source(self, token: Token, marker: int = 0) -> Source:
        """Return the text of an inline token. `marker` is the width of a list marker in its first line."""
        low, high = token.map or [0, 0]
        texts, columns, offsets, length = [], [], [], 0
        for index in range(low, high):
            row = self._rows[index]
            start = marker if index == low else 0
            start += len(row[start:]) - len(row[start:].lstrip(" \t"))
            texts.append(row[start:].rstrip(" \t"))
            columns.append(start + 1)
            offsets.append(length)
            length += len(texts[-1]) + 1
        return Source("\n".join(texts), low + self._first, tuple(columns), tuple(offsets))

    def _listing(self, at: int, end: int) -> list[BodyBlock]:
        """Return the list, divided wherever a directive follows an item directly at its left edge.

        In CommonMark that line continues the item, which is never what a teacher means.
        """
        blocks: list[BodyBlock] = []
        items: list[tuple[Source, ...]] = []
        index = at + 1
        while index < end:
            last = self._end(index)
            item, below = self._divided(self._item(index, last))
            items.append(item)
            if below:
                blocks += [Listing(tuple(items)), Paragraph(below)]
                items = []
            index = last + 1
        return [*blocks, Listing(tuple(items))] if items or not blocks else blocks

    def _divided(self, item: tuple[Source, ...]) -> tuple[tuple[Source, ...], Source | None]:
        """Return an item without the directive that follows it, and that directive with what is on its line."""
        if not item:
            return item, None
        *others, ending = item
        row = self._rows[ending.line - self._first]
        text, below = _split_at_directive(ending, len(row) - len(row.lstrip(" \t")))
        return (*others, text), below

    def _item(self, at: int, end: int) -> tuple[Source, ...]:
        item, index = self._tokens[at], at + 1
        marker = _MARKER.match(self._rows[self._line(item)])
        found: list[Source] = []
        while index < end:
            token, last = self._tokens[index], self._end(index)
            if token.type == "paragraph_open":
                width = marker.end() if marker and self._line(token) == self._line(item) else 0
                found.append(self._source(self._tokens[index + 1], width))
            elif token.type in {"bullet_list_open", "ordered_list_open"}:
                self._problems.add(self._spot(token), "list inside a list", "write one list, or sentences")
            elif token.type == "heading_open":
                self._problems.add(self._spot(token), "heading inside a list", "move it out of the list")
            else:
                self._refuse(token)
            index = last + 1
        if end == at + 1:
            self._problems.add(self._spot(item), "empty list item", "write its text, or remove it")
        return tuple(found)


def _split_at_directive(source: Source, edge: int) -> tuple[Source, Source | None]:
    """Return an item's text, and what follows from a directive on at column `edge` (from 0) or left of it."""
    rows = source.text.split("\n")
    for index in range(1, len(rows)):
        if source.columns[index] - 1 <= edge and _DIRECTIVE.match(rows[index]):
            return _part(source, rows, 0, index), _part(source, rows, index, len(rows))
    return source, None


def _part(source: Source, rows: list[str], low: int, high: int) -> Source:
    offsets = tuple(offset - source.offsets[low] for offset in source.offsets[low:high])
    return Source("\n".join(rows[low:high]), source.line + low, source.columns[low:high], offsets)
