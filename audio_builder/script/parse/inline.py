"""What the words of a block mean: sentences with slots, directives, and the marks of headings."""

from __future__ import annotations

import re
from dataclasses import replace

from ...text import closest
from ..model import Item, Marks, Play, Say, Slot, Words
from .blocks import Source
from .characters import COMMENT, OTHER, PROPS, SIDE
from .directives import directive
from .marks import mark
from .problems import ParseError, Problems, Spot
from .scan import Token, scan
from .sentences import has_words, split

_ADDRESS = re.compile(r"https?://|\bwww\.|(?<![\w.+-])[\w.+-]+@\w+\.\w", re.IGNORECASE)
_STAND_INS = {Slot.SIDE: SIDE, Slot.OTHER: OTHER, Slot.PROPS: PROPS}
_SLOTS = {char: slot for slot, char in _STAND_INS.items()}
_SPLIT_AT_SLOTS = re.compile(f"([{SIDE}{OTHER}{PROPS}])")


class Inline:
    """Reads the blocks of one script; `sided` collects where {side} and {other} stand."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.sided: list[tuple[str, Spot]] = []

    def paragraph(self, source: Source) -> tuple[Item, ...]:
        """The sentences and directives of a paragraph."""
        items: list[Item] = []
        run: list[Token] = []
        played = False  # whether a [play], even a wrong one, stands directly before
        for token in scan(source, self._problems):
            if played and token.kind == "curly" and _normal(token.text) == "as is":
                if items and isinstance(items[-1], Play):
                    items[-1] = replace(items[-1], as_is=True)
                run, played = [], False
                continue
            played = played and not token.text.strip()
            made = self._read(token, source)
            if isinstance(made, Token):
                run.append(made)
                continue
            items += self._sentences(run, source)
            items += [made] if made else []
            run, played = [], token.text.strip().lower().startswith("play")
        return (*items, *self._sentences(run, source))

    def sentences(self, source: Source) -> tuple[Say, ...]:
        """The sentences of an item of a rest, which holds nothing else."""
        run: list[Token] = []
        for token in scan(source, self._problems):
            made = self._read(token, source)
            if isinstance(made, Token):
                run.append(made)
            elif made:
                hint = "take it out of the list: the silences between the items come by themselves"
                self._problems.add(_spot(token, source), "an item of a rest holds sentences only", hint)
        return tuple(self._sentences(run, source))

    def heading(self, source: Source) -> tuple[Words, Marks]:
        """The title and the marks of a heading."""
        tokens = scan(source, self._problems)
        written: list[Token] = []
        while tokens and (_is_marks(tokens[-1]) or (written and not tokens[-1].text.strip())):
            written.append(tokens.pop())
        run: list[Token] = []
        for token in tokens:
            if token.kind == "square":
                hint = "write it on a line of its own below"
                self._problems.add(_spot(token, source), "a heading holds no directive", hint)
            elif _is_marks(token) and not closest(_normal(token.text), ("side", "other")):
                self._problems.add(
                    _spot(token, source), "marks stand at the end of a heading", "move them there"
                )
            elif isinstance(made := self._read(token, source), Token):
                run.append(made)
        text, _ = _flat(run)
        self._refuse_addresses(text, run, source)
        found = Marks()
        for token in reversed(written):
            found = self._marks(token, source, found) if token.kind == "curly" else found
        return _words(text), found

    def _marks(self, token: Token, source: Source, before: Marks) -> Marks:
        found, at = before, token.start + 1
        for part in source.text[at : token.end - 1].split(","):
            indent = len(part) - len(part.lstrip())
            spot = source.spot(at + indent, at + max(indent + 1, len(part.rstrip())))
            at += len(part) + 1
            try:
                more = mark(_normal(part.replace(COMMENT, "")), found)
            except ParseError as wrong:
                self._problems.caught(wrong, spot)
                continue
            if more.side and not found.side:
                self.sided.append((f"{{{more.side}}}", spot))
            found = more
        return found

    def _read(self, token: Token, source: Source) -> Token | Item | None:
        """The words that a token gives, or the item; None for one that was wrong."""
        spot = _spot(token, source)
        if token.kind == "words":
            return token
        try:
            made = (
                directive(token.text, self._problems.location(spot))
                if token.kind == "square"
                else _slot(token.text)
            )
        except ParseError as wrong:
            self._problems.caught(wrong, spot)
            return None if token.kind == "square" else replace(token, kind="words", text=SIDE)
        if not isinstance(made, Slot):
            return made
        if made is not Slot.PROPS:
            self.sided.append((made.value, spot))
        return replace(token, kind="words", text=_STAND_INS[made])

    def _sentences(self, run: list[Token], source: Source) -> list[Say]:
        text, offsets = _flat(run)
        if text and not has_words(text):
            hint = "put it before the bracket" if text[0] in ".,;:!?…)" else "take it away"
            spot = source.spot(offsets[0], offsets[-1] + 1)
            self._problems.add(spot, f"there is nothing to say in {text[:20]!r}", hint)
            return []
        self._refuse_addresses(text, run, source)
        found = []
        for start, end in split(text):
            if not has_words(text[start:end]):
                spot = source.spot(offsets[start])
                self._problems.add(spot, "there is nothing to say in a long row of signs", "take it away")
            found.append(Say(_words(text[start:end]), self._problems.location(source.spot(offsets[start]))))
        return found

    def _refuse_addresses(self, text: str, run: list[Token], source: Source) -> None:
        _, offsets = _flat(run)
        for match in _ADDRESS.finditer(text):
            spot = source.spot(offsets[match.start()], offsets[match.end() - 1] + 1)
            hint = "say in words where to find it, or put it into the notes"
            self._problems.add(spot, "a link or address cannot be spoken", hint)


def _spot(token: Token, source: Source) -> Spot:
    return source.spot(token.start, token.end)


def _normal(text: str) -> str:
    return " ".join(text.split()).lower()


def _slot(text: str) -> Slot:
    written = _normal(text)
    if written in ("side", "other"):
        return Slot(f"{{{written}}}")
    if written == "as is":
        raise ParseError("{as is} belongs to a recording", "write it directly after [play ...]")
    if _is_known_mark(written):
        raise ParseError(f"{{{written[:40]}}} belongs to a heading", "move it to the end of a # line")
    meant = closest(written, ("side", "other"))
    hint = f"did you mean {{{meant}}}?" if meant else r"write \{ for a brace that is to be read as it stands"
    raise ParseError(f"unknown word in braces {{{written[:40]}}}", hint)


def _is_known_mark(written: str) -> bool:
    try:
        for part in written.split(","):
            mark(part.strip(), Marks())
    except ParseError:
        return False
    return True


def _is_marks(token: Token) -> bool:
    return token.kind == "curly" and _normal(token.text) not in ("side", "other")


def _flat(run: list[Token]) -> tuple[str, list[int]]:
    """The text of tokens with single spaces, and for each character where it stands in the block."""
    parts: list[str] = []
    offsets: list[int] = []
    for token in run:
        parts.append(token.text)
        same = len(token.text) == token.end - token.start
        offsets += range(token.start, token.end) if same else [token.start] * len(token.text)
    whole = "".join(parts)
    words, places = [], []
    for match in re.finditer(r"\S+", whole):
        words.append(match.group())
        places += [*offsets[match.start() : match.end()], offsets[match.end() - 1]]
    return " ".join(words), places


def _words(text: str) -> Words:
    return tuple(_SLOTS.get(part, part) for part in _SPLIT_AT_SLOTS.split(text) if part)
