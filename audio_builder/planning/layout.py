"""Turn steps and the amounts of elastic time into cues, chapters, elastic gaps and holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from ..options import Ending
from ..script.model import Breathe, ElasticPause, Pattern, Rest
from ..units import Ms
from .rests import spoken_items
from .steps import Arrangement, ChapterStart, ElasticStep, FixedStep, GapKey, HoldSide, SpokenLine
from .timeline import (
    BellStroke,
    BreathTone,
    Chapter,
    Cue,
    CueContent,
    ElasticGap,
    Hold,
    PlayedRecording,
    Utterance,
)

_GAP_AFTER_WORD = Ms(100)
"""Between a word that is spoken aloud and the tone that fills the rest of its breath."""
_SHORTEST_TONE = Ms(1000)
"""After a word, a shorter breath tone would be a blip. It is left out."""


@dataclass(slots=True)
class Layout:
    """The parts of a timeline."""

    cues: list[Cue] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    elastic_gaps: list[ElasticGap] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)


def lay_out(arrangement: Arrangement, amounts: Mapping[GapKey, Ms], length: Ms, ending: Ending) -> Layout:
    """Return the parts of a timeline of `length`. Time that is left after the last step is silence."""
    layout = Layout()
    starts: list[tuple[Ms, ChapterStart]] = []
    holds: dict[HoldSide, tuple[Ms, Ms]] = {}
    now = Ms(0)
    for step in arrangement.steps:
        if isinstance(step, ChapterStart):
            starts.append((now, step))
            continue
        if isinstance(step, FixedStep):
            duration = step.length
            if step.content:
                layout.cues.append(Cue(now, step.sounding, step.content))
        else:
            duration = amounts[step.key]
            layout.elastic_gaps.append(_elastic_gap(step, now, duration))
            layout.cues += _cues_within(step, now, duration, ending)
        if step.hold:
            start, held = holds.get(step.hold, (now, 0))
            holds[step.hold] = start, Ms(held + duration)
        now = Ms(now + duration)
    if ending == "sleep":
        layout.cues = _without_late_bells(layout.cues, layout.elastic_gaps)
    layout.chapters = _chapters(starts, length)
    layout.holds = [_hold(arrangement, side, start, held) for side, (start, held) in holds.items()]
    return layout


def _elastic_gap(step: ElasticStep, start: Ms, length: Ms) -> ElasticGap:
    match step.source:
        case Breathe(location=location, pattern=pattern):
            return ElasticGap(start, length, "breathe", location, pattern)
        case Rest(location=location):
            return ElasticGap(start, length, "rest", location)
        case ElasticPause(location=location):
            return ElasticGap(start, length, "silence", location)
        case _:
            assert_never(step.source)


def _cues_within(step: ElasticStep, start: Ms, length: Ms, ending: Ending) -> Iterator[Cue]:
    match step.source:
        case Breathe(pattern=pattern):
            yield from _breaths(pattern, step.items, start, length // step.cycle)
        case Rest():
            for offset, item in spoken_items(step.items, length, ending):
                now = start + offset
                for spoken in item:
                    yield _utterance(spoken, now)
                    now += spoken.slot_length + spoken.gap
        case ElasticPause():
            pass
        case _:
            assert_never(step.source)


def _breaths(
    pattern: Pattern, aloud: Sequence[Sequence[SpokenLine]], start: Ms, cycles: int
) -> Iterator[Cue]:
    """Yield the tones of a block of breath. If it is aloud, each tone follows its word."""
    words = aloud[0] if aloud else (None, None)
    for cycle in range(cycles):
        begin = start + cycle * pattern.cycle
        phases: tuple[tuple[Ms, int, CueContent], ...] = (
            (pattern.inhale, begin, BreathTone("in", cycle, cycles)),
            (pattern.exhale, begin + pattern.inhale + pattern.full, BreathTone("out", cycle, cycles)),
        )
        for (duration, at, tone), spoken in zip(phases, words, strict=True):
            used = 0
            if spoken:
                yield _utterance(spoken, at)
                used = spoken.clip_length + _GAP_AFTER_WORD
            if not used or duration - used >= _SHORTEST_TONE:
                yield Cue(Ms(at + used), Ms(duration - used), tone)


def _utterance(spoken: SpokenLine, start: int) -> Cue:
    return Cue(Ms(start), spoken.clip_length, Utterance(spoken.line, spoken.location))


def _without_late_bells(cues: Sequence[Cue], elastic_gaps: Sequence[ElasticGap]) -> list[Cue]:
    """Return the cues with the bells after the last rest made silent, for a session that ends in sleep."""
    last_rest = max((gap.start for gap in elastic_gaps if gap.kind == "rest"), default=None)
    if last_rest is None:
        return list(cues)
    return [
        replace(cue, content=_without_bell(cue.content)) if cue.start >= last_rest else cue for cue in cues
    ]


def _without_bell(content: CueContent) -> CueContent:
    match content:
        case BellStroke():
            return BellStroke(audible=False)
        case Utterance() | PlayedRecording() | BreathTone():
            return content
        case _:
            assert_never(content)


def _chapters(starts: Sequence[tuple[Ms, ChapterStart]], length: Ms) -> list[Chapter]:
    """Return the chapters. The first begins at 0, and each lasts until the next."""
    begins = [start if n else Ms(0) for n, (start, _) in enumerate(starts)]
    ends = [*begins[1:], length]
    titles = _unique_titles([chapter for _, chapter in starts])
    return [
        Chapter(begin, Ms(end - begin), title, chapter.figure)
        for begin, end, title, (_, chapter) in zip(begins, ends, titles, starts, strict=False)
    ]


def _unique_titles(chapters: Sequence[ChapterStart]) -> list[str]:
    """Return the titles; equal ones get the title of their script before them, and a number if that is not enough."""
    uses = Counter(chapter.title for chapter in chapters)
    titles = [
        chapter.title
        if uses[chapter.title] == 1 or chapter.title == chapter.script_title
        else f"{chapter.script_title}: {chapter.title}"
        for chapter in chapters
    ]
    uses, seen = Counter(titles), Counter[str]()
    unique = []
    for title in titles:
        seen[title] += 1
        unique.append(f"{title} ({seen[title]})" if uses[title] > 1 else title)
    return unique


def _hold(arrangement: Arrangement, side: HoldSide, start: Ms, length: Ms) -> Hold:
    performance = arrangement.performances[side.performance]
    return Hold(performance.name, performance.sides[side.side] if performance.sides else None, start, length)
