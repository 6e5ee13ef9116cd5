"""The body of a script: from blocks to sections."""

from __future__ import annotations

from dataclasses import replace

from ..model import Cautions, Include, Item, Positions, Rest, Say, Section
from .blocks import Block, Heading, Listing, Paragraph, Source
from .inline import Inline
from .problems import Problems, Spot

Paragraphs = list[tuple[Item, ...]]


class Body:
    """Reads the blocks of one script; `inline.sided` and `positions` collect what other rules need."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.inline = Inline(problems)

    def sections(self, found: list[Block]) -> tuple[Section, ...]:
        """The sections of a body, in order."""
        done: list[Section] = []
        for heading, below in _chapters(found):
            paragraphs: Paragraphs = []
            section = self._heading(heading, bool(done)) if heading else None
            for block in below:
                if isinstance(block, Listing):
                    self._listing(block, paragraphs)
                elif items := self._paragraph(block.words):
                    paragraphs.append(items)
            if section is None and paragraphs:
                section = Section((), 0, location=paragraphs[0][0].location)
            if section:
                done.append(replace(section, paragraphs=tuple(paragraphs)))
        return tuple(done)

    def _heading(self, heading: Heading, inside: bool) -> Section:
        title, marks = self.inline.heading(heading.words)
        spot = heading.words.spot(0, max(1, len(heading.words.text)))
        if not title:
            self._problems.add(spot, "a heading without words", "write its title after the #")
        if heading.level == 2 and not inside:
            self._problems.add(
                spot, "a division (##) before any chapter", "begin with a chapter: # and its title"
            )
        return Section(title, heading.level, marks, (), self._problems.location(spot))

    def _paragraph(self, source: Source) -> tuple[Item, ...]:
        items = self.inline.paragraph(source)
        for item in items:
            name = _ALONE.get(type(item))
            if name and len(items) > 1:
                spot = Spot(item.location.line, item.location.column, len(name) + 2)
                hint = "put an empty line before and after it"
                self._problems.add(spot, f"[{name}] stands alone in its paragraph", hint)
        return items

    def _listing(self, listing: Listing, paragraphs: Paragraphs) -> None:
        last = paragraphs[-1][-1] if paragraphs else None
        if isinstance(last, Rest) and not last.items:
            items = self._items(listing)
            paragraphs[-1] = (*paragraphs[-1][:-1], replace(last, items=items))
            return
        for source in (source for item in listing.items for source in item):
            if found := self._paragraph(source):
                paragraphs.append(found)

    def _items(self, listing: Listing) -> tuple[tuple[Say, ...], ...]:
        """The items of a rest."""
        found = []
        for item in listing.items:
            for more in item[1:]:
                spot = more.spot(0, len(more.text))
                hint = "join its paragraphs, or make them items of their own"
                self._problems.add(spot, "an item of a rest is one paragraph", hint)
            if item and (said := self.inline.sentences(item[0])):
                found.append(said)
        return tuple(found)


_ALONE: dict[type[Item], str] = {Include: "include", Positions: "positions", Cautions: "cautions"}


def _chapters(found: list[Block]) -> list[tuple[Heading | None, list[Paragraph | Listing]]]:
    """The blocks under each heading; first those before any."""
    chapters: list[tuple[Heading | None, list[Paragraph | Listing]]] = [(None, [])]
    for block in found:
        if isinstance(block, Heading):
            chapters.append((block, []))
        else:
            chapters[-1][1].append(block)
    return chapters
