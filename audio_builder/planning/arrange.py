"""Turn a script into the steps of a session: positions, sides, chapters and natural gaps, but no elastic time yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..figures.library import mirrored
from ..script.model import Cautions, Include, Item, Positions, Script, Section, Words
from ..script.walk import session_cautions, session_props, uses_sides
from .conditions import applies, share_of
from .gaps import Break, Event, equal_sides, with_gaps
from .items import ItemSteps
from .request import PlanRequest
from .scopes import Body, Scope
from .steps import GAP_AFTER_PARAGRAPH, GAP_BEFORE_CHAPTER, Arrangement, ChapterStart, Performance
from .wording import fill_slots, with_respellings

_NumberedChapter = tuple[int, list[Section]]


def arrange_steps(request: PlanRequest, chosen: Sequence[Script], with_spare: bool) -> Arrangement:
    """Return the steps of a session with exactly the chosen positions, with or without the `{spare}` chapters.

    Raises DoesNotFit if a breath is too long for its block, or a word for its breath.
    """
    arranger = _Arranger(request, chosen, with_spare)
    events = list(arranger.body(Scope(Body(request.script))))
    return Arrangement(
        tuple(equal_sides(with_gaps(events), arranger.performances)),
        tuple(arranger.performances),
        tuple(position.name for position in chosen),
        arranger.props,
        tuple(caution.id for caution in arranger.cautions),
    )


class _Arranger:
    """Walks a script and the scripts in it, and collects their performances on the way."""

    def __init__(self, request: PlanRequest, chosen: Sequence[Script], with_spare: bool) -> None:
        self.request, self.chosen, self.with_spare = request, chosen, with_spare
        self.performances: list[Performance] = []
        self.props = session_props(request.script, chosen)
        self.cautions = session_cautions(request.script, chosen)
        self._items = ItemSteps(request, self.props)
        self._told: set[Words] = set()  # headings with {once}

    def body(self, scope: Scope) -> Iterator[Event]:
        """Yield a whole script. Its chapters from the first to the last that names a side are performed once a side."""
        script = scope.body.script
        before, per_side, after = _split_by_sides(script)
        if script.front.sides or script.front.kind == "position":
            turn = replace(scope.turn, performance=self._new_performance(script), side=0, is_held=True)
            scope = replace(scope, turn=turn)
        outside = replace(scope, turn=replace(scope.turn, is_held=scope.turn.is_held and not per_side))
        for chapter in before:
            yield from self._chapter(chapter, outside)
        for side in (0, 1) if per_side else ():
            on_side = replace(scope, turn=replace(scope.turn, side=side, per_side=True))
            for chapter in per_side:
                yield from self._chapter(chapter, on_side)
        for chapter in after:
            yield from self._chapter(chapter, outside)

    def _new_performance(self, script: Script) -> int:
        front = script.front
        bounds = (front.minimum, front.maximum) if front.kind == "position" else (None, None)
        self.performances.append(Performance(script.name, script.location, front.sides, *bounds))
        return len(self.performances) - 1

    def _chapter(self, chapter: _NumberedChapter, scope: Scope) -> Iterator[Event]:
        number, (head, *divisions) = chapter
        if not self._applies(head, scope):
            return
        scope = scope.under(head.marks).at(number)
        scope = replace(scope, hold=None if scope.rules.fixed else scope.turn.hold)
        if head.level == 1 or not scope.body.included:
            yield self._chapter_start(head, scope)
            yield Break(GAP_BEFORE_CHAPTER)
        yield from self._section(head, scope.at(0))
        for n, division in enumerate(divisions, 1):
            if self._applies(division, scope):
                yield from self._section(division, scope.under(division.marks).at(n))

    def _chapter_start(self, head: Section, scope: Scope) -> ChapterStart:
        script = scope.body.script
        title = fill_slots(head.title, script, scope.turn.side, self.props)
        figure = head.marks.figure or script.front.figure
        if (
            figure
            and script.front.sides
            and scope.turn.per_side
            and is_mirrored(script.front.sides, scope.turn.side)
        ):
            figure = mirrored(figure)
        return ChapterStart(title or script.front.title, script.front.title, figure)

    def _applies(self, section: Section, scope: Scope) -> bool:
        if not applies(section.marks, scope, self.request, self.with_spare):
            return False
        if section.marks.once and section.title in self._told:
            return False
        if section.marks.once:
            self._told.add(section.title)
        return True

    def _section(self, section: Section, scope: Scope) -> Iterator[Event]:
        for n, paragraph in enumerate(section.paragraphs):
            yield Break(GAP_AFTER_PARAGRAPH)
            for m, item in enumerate(paragraph):
                yield from self._item(item, scope.at(n, m))

    def _item(self, item: Item, scope: Scope) -> Iterator[Event]:
        match item:
            case Include(script=script):
                if script is not None:
                    yield from self.body(
                        replace(scope, body=replace(scope.body, script=script, included=True))
                    )
            case Positions():
                for n, position in enumerate(self.chosen):
                    yield from self._position(position, scope.at(n))
            case Cautions(voice=voice):
                for caution in self.cautions:
                    line = with_respellings(caution.short, self.request.script, voice)
                    yield from self._items.line(line, item.location, scope)
            case _:
                yield from self._items.events(item, scope)

    def _position(self, position: Script, scope: Scope) -> Iterator[Event]:
        body = replace(scope.body, script=position, share=share_of(position, self.chosen))
        yield from self.body(replace(scope, body=body, turn=replace(scope.turn, per_side=False)))


def is_mirrored(sides: tuple[str, str], side: int) -> bool:
    """Return whether a figure, which is drawn for the right side, shows this side mirrored."""
    word = sides[side].lower()
    return word == "left" if word in ("left", "right") else side == 1


def _split_by_sides(
    script: Script,
) -> tuple[list[_NumberedChapter], list[_NumberedChapter], list[_NumberedChapter]]:
    """Return the chapters before, among and after those that name a side, each with its number."""
    chapters = list(enumerate(_chapters(script)))
    used = [n for n, chapter in chapters if script.front.sides and any(map(uses_sides, chapter))]
    if not used:
        return chapters, [], []
    first, end = used[0], used[-1] + 1
    return chapters[:first], chapters[first:end], chapters[end:]


def _chapters(script: Script) -> list[list[Section]]:
    """Return the sections in groups: each chapter with its divisions."""
    chapters: list[list[Section]] = []
    for section in script.sections:
        if section.level < 2 or not chapters:
            chapters.append([section])
        else:
            chapters[-1].append(section)
    return chapters
