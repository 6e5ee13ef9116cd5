"""From a script to its steps at some length: conditions, sides, positions, gaps. No elastic time is given out yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import DoesNotFit
from ..options import Ending
from ..script import walk
from ..script.model import (
    Bell,
    Breathe,
    Cautions,
    ElasticPause,
    Include,
    Item,
    Marks,
    Pattern,
    Pause,
    Play,
    Positions,
    Recording,
    Rest,
    Say,
    Script,
    Section,
    Sound,
)
from ..units import LONGEST, Ms
from . import steps as s
from . import wording as w
from .gaps import Break, Event, equal_sides, gap_after, with_gaps
from .timeline import BellStroke, PlayedRecording, Utterance


@dataclass(frozen=True, slots=True)
class Asked:
    """What a session is asked to be: everything that conditions look at."""

    target: Ms
    ending: Ending = "wake"
    pattern: Pattern | None = None
    spare: bool = False


@dataclass(frozen=True, slots=True)
class _Context:
    script: Script
    where: s.Scope
    path: tuple[int, ...] = ()
    compared: tuple[int, int] = (1, 1)
    """A condition's length is multiplied by the second, and compared with the target times the first."""
    fixed: bool = False
    spare: bool = False
    single: bool = False
    run: bool = False
    counts: bool = True
    included: bool = False


def arrange(
    script: Script, chosen: Sequence[Script], asked: Asked, lengths: Mapping[Sound, Ms]
) -> s.Arrangement:
    """The steps of a session with exactly the chosen positions; `lengths` has every sound of `words.sounds`."""
    arranger = _Arranger(script, tuple(chosen), asked, lengths)
    events = list(arranger.body(_Context(script, s.Scope())))
    steps = equal_sides(with_gaps(events), arranger.parts)
    return s.Arrangement(
        tuple(steps),
        tuple(arranger.parts),
        tuple(position.name for position in chosen),
        arranger.props,
        tuple(caution.id for caution in arranger.cautions),
    )


def thresholds(script: Script, chosen: Sequence[Script]) -> set[Ms]:
    """The lengths of a session at which a condition changes (from there on it holds, or no longer does), and the
    one from which each position's share reaches its minimum."""
    found = {Ms(least_together(chosen))}
    for owner, (top, bottom) in ((script, (1, 1)), *((part, share(part, chosen)) for part in chosen)):
        for member in walk.scripts_in(owner, ()):
            for section in member.sections:
                for length in (section.marks.least, section.marks.below):
                    if length is not None:
                        found.add(Ms(-(-length * bottom // top)))
    return found


def share(position: Script, chosen: Sequence[Script]) -> tuple[int, int]:
    """A position's share of a session, for each side, as a fraction: its minimum over the sum of the chosen
    positions' minimums, a sided one counted twice."""
    return _weight(position), least_together(chosen)


def least_together(chosen: Sequence[Script]) -> int:
    """The sum of the positions' minimums, a sided one counted twice: from there on each one's share reaches its own."""
    return sum((2 if position.front.sides else 1) * _weight(position) for position in chosen)


def _weight(position: Script) -> Ms:
    return position.front.minimum or Ms(5 * 60_000)


class _Arranger:
    def __init__(
        self, script: Script, chosen: tuple[Script, ...], asked: Asked, lengths: Mapping[Sound, Ms]
    ) -> None:
        self.script, self.chosen, self.asked, self.lengths = script, chosen, asked, lengths
        self.parts: list[s.Part] = []
        self.props = walk.session_props(script, chosen)
        self.cautions = walk.session_cautions(script, chosen)

    # -- scripts and chapters ----------------------------------------------------------------------------

    def body(self, at: _Context) -> Iterator[Event]:
        """A whole script: what stands before the run of sides, the run once a side, what stands after."""
        chapters = _chapters(at.script)
        sides = at.script.front.sides
        used = (
            [n for n, chapter in enumerate(chapters) if any(map(walk.uses_sides, chapter))] if sides else []
        )
        first, last = (used[0], used[-1]) if used else (len(chapters), -1)
        if sides or at.script.front.kind == "position":
            at = replace(at, where=s.Scope(part=self._part(at.script)), counts=True)
        outside = replace(at, counts=at.counts and not used)
        for chapter in enumerate(chapters[:first]):
            yield from self._chapter(chapter, outside)
        for side in (0, 1) if used else ():
            here = replace(at, where=replace(at.where, side=side), run=True)
            for chapter in enumerate(chapters[first : last + 1], first):
                yield from self._chapter(chapter, here)
        if used:
            for chapter in enumerate(chapters[last + 1 :], last + 1):
                yield from self._chapter(chapter, outside)

    def _part(self, script: Script) -> int:
        front = script.front
        bounds = (front.minimum, front.maximum) if front.kind == "position" else (None, None)
        self.parts.append(s.Part(script.name, script.location, front.sides, *bounds))
        return len(self.parts) - 1

    def _chapter(self, numbered: tuple[int, list[Section]], at: _Context) -> Iterator[Event]:
        number, sections = numbered
        head = sections[0]
        if not self._holds(head.marks, at):
            return
        at = _under(head.marks, at)
        at = replace(at, where=replace(at.where, held=at.counts and at.where.part >= 0 and not at.fixed))
        title = w.fill(head.title, at.script, at.where.side, self.props)
        if head.level == 1 or not at.included:
            yield s.ChapterStart(title or at.script.front.title, at.script.front.title)
            yield Break(s.CHAPTER_GAP)
        for division, section in enumerate(sections):
            here = at
            if division:
                if not self._holds(section.marks, at):
                    continue
                here = _under(section.marks, at)
            for n, paragraph in enumerate(section.paragraphs):
                yield Break(s.PARAGRAPH_GAP)
                for m, item in enumerate(paragraph):
                    yield from self._item(item, replace(here, path=(*here.path, number, division, n, m)))

    def _holds(self, marks: Marks, at: _Context) -> bool:
        """Whether what stands under these marks belongs to the session."""
        top, bottom = at.compared
        here = self.asked.target * top
        return not (
            (marks.least is not None and here < marks.least * bottom)
            or (marks.below is not None and here >= marks.below * bottom)
            or (marks.ending is not None and marks.ending != self.asked.ending)
            or (marks.side is not None and at.run and marks.side != ("first", "second")[at.where.side])
            or (marks.spare and not self.asked.spare)
        )

    # -- items -------------------------------------------------------------------------------------------

    def _item(self, item: Item, at: _Context) -> Iterator[Event]:
        """What an item does, and the natural gap after it."""
        match item:
            case Say():
                yield from self._speech(self._spoken(item, at), at)
            case Pause():
                yield s.Fixed(item.length, at.where)
            case Bell():
                yield from [s.Fixed(s.STROKE, at.where, BellStroke(), s.STROKE)] * item.strokes
            case Play():
                recording = Recording(item.path, item.as_is)
                length = self.lengths[recording]
                yield s.Fixed(length, at.where, PlayedRecording(recording, item.words, item.location), length)
                yield Break(gap_after(item.words))
            case ElasticPause() | Rest() | Breathe():
                yield self._stretch(item, at)
                yield Break(s.SENTENCE_GAP)
            case Include(script=Script() as script):
                yield from self.body(replace(at, script=script, included=True))
            case Positions():
                for n, position in enumerate(self.chosen):
                    compared = share(position, self.chosen)
                    yield from self.body(
                        replace(at, script=position, path=(*at.path, n), compared=compared, run=False)
                    )
            case Cautions():
                for caution in self.cautions:
                    line = w.spoken(caution.short, self.script)
                    length = self.lengths[line]
                    said = s.SpokenLine(line, item.location, length, length, gap_after(line.text))
                    yield from self._speech(said, at)

    def _speech(self, spoken: s.SpokenLine, at: _Context) -> Iterator[Event]:
        yield s.Fixed(spoken.takes, at.where, Utterance(spoken.line, spoken.location), spoken.sounds)
        yield Break(spoken.gap)

    def _spoken(self, say: Say, at: _Context) -> s.SpokenLine:
        line = w.line(say, at.script, at.where.side, self.props)
        takes = sounds = self.lengths[line]
        gap = gap_after(line.text)
        if at.run and not at.single:
            other = w.line(say, at.script, 1 - at.where.side, self.props)
            takes, gap = max(takes, self.lengths[other]), max(gap, gap_after(other.text))
        return s.SpokenLine(line, say.location, sounds, takes, gap)

    def _stretch(self, item: ElasticPause | Rest | Breathe, at: _Context) -> s.ElasticStep:
        low, high, cycle = item.low, LONGEST if item.high is None else item.high, Ms(0)
        items: tuple[tuple[s.SpokenLine, ...], ...] = ()
        if isinstance(item, Breathe):
            item = replace(item, pattern=self.asked.pattern or item.pattern)
            low, high, cycle = _cycles(item)
            if item.aloud:
                items = (self._aloud(item, at),)
        elif isinstance(item, Rest):
            items = tuple(tuple(self._spoken(say, at) for say in sentences) for sentences in item.items)
        if at.fixed or at.single:
            high = low
        key = (*at.path, at.where.side) if at.single else at.path
        return s.ElasticStep(key, item, low, high, at.where, cycle, items, at.spare, at.single)

    def _aloud(self, item: Breathe, at: _Context) -> tuple[s.SpokenLine, ...]:
        pattern = item.pattern
        spoken = []
        for line, phase in zip(
            w.breath_words(item, at.script), (pattern.inhale, pattern.exhale), strict=True
        ):
            length = self.lengths[line]
            if length > phase:
                raise DoesNotFit(
                    f"{item.location}: {line.text!r} lasts {length / 1000:.1f} s, and the breath that it is said in "
                    f"{phase / 1000:.1f} s; make the breath slower, or leave out aloud"
                )
            spoken.append(s.SpokenLine(line, item.location, length, length))
        return tuple(spoken)


def _cycles(item: Breathe) -> tuple[Ms, Ms, Ms]:
    """The bounds of a block of breath in whole cycles, rounded inward, and the length of a cycle."""
    cycle = item.pattern.cycle
    if item.cycles:
        return Ms(item.cycles * cycle), Ms(item.cycles * cycle), cycle
    low = -(-item.low // cycle) * cycle
    high = (LONGEST if item.high is None else item.high) // cycle * cycle
    if low > high:
        raise DoesNotFit(
            f"{item.location}: no whole breath of {cycle / 1000:g} s fits between the bounds of this block; "
            "choose a shorter breath, or wider bounds"
        )
    return Ms(low), Ms(high), cycle


def _chapters(script: Script) -> list[list[Section]]:
    """The sections, each chapter with its divisions."""
    chapters: list[list[Section]] = []
    for section in script.sections:
        if section.level < 2 or not chapters:
            chapters.append([section])
        else:
            chapters[-1].append(section)
    return chapters


def _under(marks: Marks, at: _Context) -> _Context:
    return replace(
        at,
        fixed=at.fixed or marks.fixed,
        spare=at.spare or marks.spare,
        single=at.single or (at.run and marks.side is not None),
    )
