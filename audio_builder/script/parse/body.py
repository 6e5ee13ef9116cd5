"""Turns the blocks of a script's body into sections."""

from __future__ import annotations

from dataclasses import replace

from ..model import Cautions, Include, Item, Positions, Rest, Say, Section
from .blocks import BodyBlock, Heading, Listing, Paragraph, Source
from .inline import Inline
from .problems import Problems, Spot

_Paragraphs = list[tuple[Item, ...]]


class BodyReader:
    """Reads the blocks of one script. `inline.side_uses` collects where it uses its sides."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.inline = Inline(problems)

    def sections(self, blocks: list[BodyBlock]) -> tuple[Section, ...]:
        """Return the sections of a body in order."""
        sections: list[Section] = []
        for heading, below in _by_heading(blocks):
            paragraphs: _Paragraphs = []
            section = self._heading(heading, bool(sections)) if heading else None
            for block in below:
                if isinstance(block, Listing):
                    self._listing(block, paragraphs)
                elif items := self._paragraph(block.words):
                    paragraphs.append(items)
            if section is None and paragraphs:
                section = Section((), 0, location=paragraphs[0][0].location)
            if section:
                sections.append(replace(section, paragraphs=tuple(paragraphs)))
        return tuple(sections)

    def _heading(self, heading: Heading, in_chapter: bool) -> Section:
        title, marks = self.inline.heading(heading.words)
        spot = heading.words.spot(0, max(1, len(heading.words.text)))
        if not title:
            self._problems.add(spot, "a heading needs a title", "write the title after the #")
        if heading.level == 2 and not in_chapter:
            self._problems.add(spot, "## before the first chapter", "start with a chapter: # and its title")
        return Section(title, heading.level, marks, (), self._problems.location(spot))

    def _paragraph(self, source: Source) -> tuple[Item, ...]:
        items = self.inline.paragraph(source)
        for item in items:
            name = _OWN_PARAGRAPH.get(type(item))
            if name and len(items) > 1:
                spot = Spot(item.location.line, item.location.column, len(name) + 2)
                hint = "put an empty line before and after it"
                self._problems.add(spot, f"[{name}] needs its own paragraph", hint)
        return items

    def _listing(self, listing: Listing, paragraphs: _Paragraphs) -> None:
        last = paragraphs[-1][-1] if paragraphs else None
        if isinstance(last, Rest) and not last.items:
            items = self._rest_items(listing)
            paragraphs[-1] = (*paragraphs[-1][:-1], replace(last, items=items))
            return
        for source in (source for item in listing.items for source in item):
            if found := self._paragraph(source):
                paragraphs.append(found)

    def _rest_items(self, listing: Listing) -> tuple[tuple[Say, ...], ...]:
        items = []
        for paragraphs in listing.items:
            for more in paragraphs[1:]:
                spot = more.spot(0, len(more.text))
                hint = "join its paragraphs, or make them separate items"
                self._problems.add(spot, "a rest item can only have one paragraph", hint)
            if paragraphs and (sentences := self.inline.sentences(paragraphs[0])):
                items.append(sentences)
        return tuple(items)


_OWN_PARAGRAPH: dict[type[Item], str] = {Include: "include", Positions: "positions", Cautions: "cautions"}


def _by_heading(blocks: list[BodyBlock]) -> list[tuple[Heading | None, list[Paragraph | Listing]]]:
    """Return each heading with the blocks below it; the first entry has those before any heading."""
    groups: list[tuple[Heading | None, list[Paragraph | Listing]]] = [(None, [])]
    for block in blocks:
        if isinstance(block, Heading):
            groups.append((block, []))
        else:
            groups[-1][1].append(block)
    return groups
