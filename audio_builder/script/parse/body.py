"""Turns the blocks of a script's body into sections."""

from __future__ import annotations

from dataclasses import replace

from ..model import Cautions, Include, Item, Positions, Rest, Say, Section, Vary
from .blocks import BodyBlock, Heading, Listing, Paragraph, Source
from .inline import Inline
from .problems import Problems, Spot

_Paragraphs = list[tuple[Item, ...]]


class BodyReader:
    """Reads the blocks of one script. `inline.side_uses` collects where it uses its sides."""

    def __init__(self, problems: Problems, language: str) -> None:
        self._problems = problems
        self._lists: dict[
            str | int, Vary
        ] = {}  # the first of each name; those without a name by their number
        self.inline = Inline(problems, language)

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
        for each in (item for section in sections for item in section.items):
            if isinstance(each, Vary) and not each.items:
                self._problems.add(_directive_spot(each), _NO_CHOICE, _HOW_TO_VARY)
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
        if isinstance(last, Rest | Vary) and not last.items:
            items = self._items(listing, "a rest item" if isinstance(last, Rest) else "an item of [vary]")
            filled = replace(last, items=items)
            paragraphs[-1] = (
                *paragraphs[-1][:-1],
                self._numbered(filled) if isinstance(filled, Vary) else filled,
            )
            return
        for source in (source for item in listing.items for source in item):
            if found := self._paragraph(source):
                paragraphs.append(found)

    def _numbered(self, vary: Vary) -> Vary:
        """Return the list with its number, and report one without a choice, or unlike another of the same name."""
        first = self._lists.setdefault(vary.name or len(self._lists), replace(vary, number=len(self._lists)))
        if len(vary.items) < 2:
            self._problems.add(_directive_spot(vary), _NO_CHOICE, _HOW_TO_VARY)
        elif len(first.items) != len(vary.items):
            other = f"[vary {vary.name}] in line {first.location.line} has {len(first.items)}"
            message = f"{len(vary.items)} items, but {other}"
            hint = "lists with the same name go together, item by item"
            self._problems.add(_directive_spot(vary), message, hint)
        return replace(vary, number=first.number)

    def _items(self, listing: Listing, what: str) -> tuple[tuple[Say, ...], ...]:
        items = []
        for paragraphs in listing.items:
            for more in paragraphs[1:]:
                spot = more.spot(0, len(more.text))
                hint = "join its paragraphs, or make them separate items"
                self._problems.add(spot, f"{what} can only have one paragraph", hint)
            if paragraphs and (sentences := self.inline.sentences(paragraphs[0], what)):
                items.append(sentences)
        return tuple(items)


_NO_CHOICE = "[vary] needs a list of at least two items"
_HOW_TO_VARY = "write each on a line of its own below it, beginning with a hyphen; one of them is spoken"
_OWN_PARAGRAPH: dict[type[Item], str] = {Include: "include", Positions: "positions", Cautions: "cautions"}


def _directive_spot(vary: Vary) -> Spot:
    return Spot(vary.location.line, vary.location.column, len("[vary]"))


def _by_heading(blocks: list[BodyBlock]) -> list[tuple[Heading | None, list[Paragraph | Listing]]]:
    """Return each heading with the blocks below it; the first entry has those before any heading."""
    groups: list[tuple[Heading | None, list[Paragraph | Listing]]] = [(None, [])]
    for block in blocks:
        if isinstance(block, Heading):
            groups.append((block, []))
        else:
            groups[-1][1].append(block)
    return groups
