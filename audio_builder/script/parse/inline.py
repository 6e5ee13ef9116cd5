"""Reads the text of a block: sentences with slots, directives, and the marks of headings."""

from __future__ import annotations

import re
from dataclasses import replace

from ...notation.pauses import read_pause
from ...text import closest
from ..model import Item, Marks, Play, Say, Slot, Words
from .blocks import Source
from .characters import COMMENT, OTHER, PROPS, SIDE
from .directives import parse_directive
from .marks import MARK_NAMES, add_mark
from .problems import ParseError, Problems, Spot
from .scan import NO_LINKS, Token, scan
from .sentences import has_words, split_sentences

_ADDRESS = re.compile(r"https?://|\bwww\.|(?<![\w.+-])[\w.+-]+@\w+\.\w", re.IGNORECASE)
_ONLY_DOTS = re.compile(r"(?:\.\s?){3,}|…+")
_STAND_INS = {Slot.SIDE: SIDE, Slot.OTHER: OTHER, Slot.PROPS: PROPS}
_SLOTS = {char: slot for slot, char in _STAND_INS.items()}
_SPLIT_AT_SLOTS = re.compile(f"([{SIDE}{OTHER}{PROPS}])")


class Inline:
    """Reads the blocks of one script. `side_uses` collects every use of a side, such as {side}, with its place."""

    def __init__(self, problems: Problems, language: str) -> None:
        self._problems, self._language = problems, language
        self.side_uses: list[tuple[str, Spot]] = []

    def paragraph(self, source: Source) -> tuple[Item, ...]:
        """Return the sentences and directives of a paragraph."""
        items: list[Item] = []
        run: list[Token] = []
        after_play = False  # directly after a [play], valid or not
        for token in scan(source, self._problems):
            if after_play and token.kind == "curly" and _normal(token.text) == "as is":
                if items and isinstance(items[-1], Play):
                    items[-1] = replace(items[-1], as_is=True)
                run, after_play = [], False
                continue
            after_play = after_play and not token.text.strip()
            result = self._read(token, source)
            if isinstance(result, Token):
                run.append(result)
                continue
            items += self._sentences(run, source)
            items += [result] if result else []
            run, after_play = [], token.text.strip().lower().startswith("play")
        return (*items, *self._sentences(run, source))

    def sentences(self, source: Source, what: str) -> tuple[Say, ...]:
        """Return the sentences of an item of a list, which is called `what`, and report anything else in it."""
        run: list[Token] = []
        for token in scan(source, self._problems):
            result = self._read(token, source)
            if isinstance(result, Token):
                run.append(result)
            elif result:
                hint = "move it out of the list"
                if "rest" in what:
                    hint += "; the silences between items are added automatically"
                self._problems.add(_spot(token, source), f"{what} can only contain sentences", hint)
        return tuple(self._sentences(run, source))

    def heading(self, source: Source) -> tuple[Words, Marks]:
        """Return the title and the marks of a heading."""
        tokens = scan(source, self._problems)
        at_end: list[Token] = []
        while tokens and (_is_marks(tokens[-1]) or (at_end and not tokens[-1].text.strip())):
            at_end.append(tokens.pop())
        title = self._title(tokens, source)
        marks = Marks()
        for token in reversed(at_end):
            marks = self._marks(token, source, marks) if token.kind == "curly" else marks
        return title, marks

    def _title(self, tokens: list[Token], source: Source) -> Words:
        run: list[Token] = []
        for token in tokens:
            if token.kind == "square":
                inner = token.text.strip("[] ")
                is_mark = inner.partition(" ")[0].lower() in MARK_NAMES
                hint = f"write {{{inner}}}" if is_mark else "write it on its own line below"
                self._problems.add(_spot(token, source), "a heading cannot contain a directive", hint)
            elif _is_marks(token) and not closest(_normal(token.text), ("side", "other")):
                self._problems.add(
                    _spot(token, source), "marks go at the end of a heading", "move them there"
                )
            elif isinstance(result := self._read(token, source), Token):
                run.append(result)
        text, offsets = _flatten(run)
        self._refuse_addresses(text, offsets, source)
        return _words(text)

    def _marks(self, token: Token, source: Source, marks: Marks) -> Marks:
        at = token.start + 1
        for part in source.text[at : token.end - 1].split(","):
            indent = len(part) - len(part.lstrip())
            spot = source.spot(at + indent, at + max(indent + 1, len(part.rstrip())))
            at += len(part) + 1
            try:
                more = add_mark(marks, _normal(part.replace(COMMENT, "")))
            except ParseError as error:
                self._problems.add_error(error, spot)
                continue
            if more.side and not marks.side:
                self.side_uses.append((f"{{{more.side}}}", spot))
            marks = more
        return marks

    def _read(self, token: Token, source: Source) -> Token | Item | None:
        """Return the words of a token, or its item. Report one that is wrong; its item is None."""
        if token.kind == "words":
            return token
        spot = _spot(token, source)
        try:
            if token.kind == "square":
                result = parse_directive(token.text, self._problems.location(spot))
            else:
                result = _slot(token.text)
        except ParseError as error:
            self._problems.add_error(error, spot)
            return None if token.kind == "square" else replace(token, kind="words", text=SIDE)
        if not isinstance(result, Slot):
            return result
        if result is not Slot.PROPS:
            self.side_uses.append((result.value, spot))
        return replace(token, kind="words", text=_STAND_INS[result])

    def _sentences(self, run: list[Token], source: Source) -> list[Say]:
        text, offsets = _flatten(run)
        if text and not has_words(text):
            hint = "put it before the bracket" if text[0] in ".,;:!?…)" else "remove it"
            if _ONLY_DOTS.fullmatch(text):
                hint = "for a silence write e.g. [4s], or remove it"
            spot = source.spot(offsets[0], offsets[-1] + 1)
            self._problems.add(spot, f'nothing to say in "{text[:20]}"', hint)
            return []
        self._refuse_addresses(text, offsets, source)
        sentences = []
        for start, end in split_sentences(text, self._language):
            spot = source.spot(offsets[start])
            if not has_words(text[start:end]):
                self._problems.add(spot, "nothing to say in a long row of symbols", "remove it")
            sentences.append(Say(_words(text[start:end]), self._problems.location(spot)))
        return sentences

    def _refuse_addresses(self, text: str, offsets: list[int], source: Source) -> None:
        for match in _ADDRESS.finditer(text):
            self._problems.add(source.spot(offsets[match.start()], offsets[match.end() - 1] + 1), *NO_LINKS)


def _spot(token: Token, source: Source) -> Spot:
    return source.spot(token.start, token.end)


def _normal(text: str) -> str:
    return " ".join(text.split()).lower()


def _slot(text: str) -> Slot:
    written = _normal(text)
    if written in ("side", "other"):
        return Slot(f"{{{written}}}")
    if written == "as is":
        raise ParseError("{as is} only applies to a recording", "write it directly after [play ...]")
    if _is_known_mark(written):
        raise ParseError(
            f"{{{written[:40]}}} only applies to a heading",
            "write it at the end of a line that begins with # and a space",
        )
    if pause := read_pause(written):
        hint = f"write {pause.directive}"
    elif meant := closest(written, ("side", "other")):
        hint = f"did you mean {{{meant}}}?"
    else:
        hint = r"write \{ for a literal brace"
    raise ParseError(f"unknown word in braces {{{written[:40]}}}", hint)


def _is_known_mark(written: str) -> bool:
    try:
        for part in written.split(","):
            add_mark(Marks(), part.strip())
    except ParseError:
        return False
    return True


def _is_marks(token: Token) -> bool:
    return token.kind == "curly" and _normal(token.text) not in ("side", "other")


def _flatten(run: list[Token]) -> tuple[str, list[int]]:
    """Return the text of tokens with single spaces, and the offset in the block of each of its characters."""
    parts: list[str] = []
    sources: list[int] = []
    for token in run:
        parts.append(token.text)
        same = len(token.text) == token.end - token.start
        sources += range(token.start, token.end) if same else [token.start] * len(token.text)
    words, offsets = [], []
    for match in re.finditer(r"\S+", "".join(parts)):
        words.append(match.group())
        offsets += [*sources[match.start() : match.end()], sources[match.end() - 1]]
    return " ".join(words), offsets


def _words(text: str) -> Words:
    return tuple(_SLOTS.get(part, part) for part in _SPLIT_AT_SLOTS.split(text) if part)
