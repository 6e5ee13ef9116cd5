"""From steps and amounts to cues: rests with their items, breaths with their tones, chapter titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from ..options import Ending
from ..script.model import Breathe, Pattern, Rest
from ..units import Ms
from . import steps as s
from .elastic import Key
from .timeline import BellStroke, BreathTone, Chapter, Cue, ElasticGap, Hold, Utterance, What

ITEM_SILENCE = Ms(25_000)
"""No silence between the items of a rest is shorter."""
UNSPOKEN = Ms(4 * 60_000)
"""No silence of a rest is longer in a session that ends awake ..."""
UNSPOKEN_LONG = Ms(15 * 60_000)
"""... or than this, in a rest of more than an hour."""
WORD_TONE = Ms(100)
"""Between a word said aloud and the tone that fills the rest of its breath."""
SHORTEST_TONE = Ms(1000)
"""A breath tone shorter than this would be a blip: left out after a word."""

Laid = tuple[list[Cue], list[Chapter], list[ElasticGap], list[Hold]]


def lay(arrangement: s.Arrangement, amounts: Mapping[Key, Ms], length: Ms, ending: Ending) -> Laid:
    """Cues, chapters, spans and holds of a session; what `length` leaves over is silence at the end."""
    cues: list[Cue] = []
    elastic_gaps: list[ElasticGap] = []
    heads: list[tuple[Ms, s.ChapterStart]] = []
    held: dict[tuple[int, int], tuple[Ms, Ms]] = {}
    now = Ms(0)
    for step in arrangement.steps:
        if isinstance(step, s.ChapterStart):
            heads.append((now, step))
            continue
        if isinstance(step, s.Fixed):
            lasts = step.length
            if step.what:
                cues.append(Cue(now, step.sounds, step.what))
        else:
            lasts = amounts[step.key]
            elastic_gaps.append(_span(step, now, lasts))
            cues += _within(step, now, lasts, ending)
        if step.where.held:
            begun, sofar = held.get((step.where.part, step.where.side), (now, Ms(0)))
            held[step.where.part, step.where.side] = begun, Ms(sofar + lasts)
        now = Ms(now + lasts)
    if ending == "sleep":
        cues = _quiet_end(cues, elastic_gaps)
    return (
        cues,
        _chapters(heads, length),
        elastic_gaps,
        [_hold(arrangement, key, *x) for key, x in held.items()],
    )


def _span(step: s.ElasticStep, start: Ms, length: Ms) -> ElasticGap:
    match step.node:
        case Breathe():
            return ElasticGap(start, length, "breathe", step.node.location, step.node.pattern)
        case Rest():
            return ElasticGap(start, length, "rest", step.node.location)
        case _:
            return ElasticGap(start, length, "silence", step.node.location)


def _within(step: s.ElasticStep, start: Ms, length: Ms, ending: Ending) -> Iterator[Cue]:
    if isinstance(step.node, Breathe):
        yield from _breaths(step.node.pattern, step.items, start, length // step.cycle)
    elif isinstance(step.node, Rest):
        for offset, item in rest(step.items, length, ending):
            now = start + offset
            for spoken in item:
                yield Cue(Ms(now), spoken.sounds, Utterance(spoken.line, spoken.location))
                now += spoken.takes + spoken.gap


def _breaths(
    pattern: Pattern, aloud: Sequence[Sequence[s.SpokenLine]], start: Ms, cycles: int
) -> Iterator[Cue]:
    words = aloud[0] if aloud else (None, None)
    for nth in range(cycles):
        begin = start + nth * pattern.cycle
        phases: tuple[tuple[Ms, int, What], ...] = (
            (pattern.inhale, begin, BreathTone("in", nth, cycles)),
            (pattern.exhale, begin + pattern.inhale + pattern.full, BreathTone("out", nth, cycles)),
        )
        for (lasts, at, tone), spoken in zip(phases, words, strict=True):
            used = 0
            if spoken:
                yield Cue(Ms(at), spoken.sounds, Utterance(spoken.line, spoken.location))
                used = spoken.sounds + WORD_TONE
            if not used or lasts - used >= SHORTEST_TONE:
                yield Cue(Ms(at + used), Ms(lasts - used), tone)


def rest(
    items: Sequence[Sequence[s.SpokenLine]], length: int, ending: Ending
) -> list[tuple[int, Sequence[s.SpokenLine]]]:
    """Which items are spoken in a rest of `length`, and when after its start.

    The first k in order, k as large as leaves k + 1 silences of 25 s; what is over goes to these as
    1 : 2 : ... : k + 1. Where the last silence would be too long to be left alone, the items repeat in order
    with equal silences, only as often as needed.
    """
    lasts = [sum(x.takes for x in item) + sum(x.gap for x in item[:-1]) for item in items]
    sums = list(accumulate(lasts, initial=0))
    k = max((k for k, said in enumerate(sums) if said + (k + 1) * ITEM_SILENCE <= length), default=0)
    if k == 0:
        return []
    spoken = list(range(k))
    over = length - sums[k] - (k + 1) * ITEM_SILENCE
    shares = (k + 1) * (k + 2) // 2
    ends = [over * (n * (n + 1) // 2) // shares for n in range(k + 2)]
    silences = [ITEM_SILENCE + ends[n + 1] - ends[n] for n in range(k + 1)]
    limit = UNSPOKEN_LONG if length > 3_600_000 else UNSPOKEN
    if ending == "wake" and silences[-1] > limit:
        said, speech = k, sums[k]
        while length - speech > limit * (said + 1):
            speech += lasts[said % len(items)]
            said += 1
        spoken = [n % len(items) for n in range(said)]
        quiet = length - sum(lasts[n] for n in spoken)
        silences = [quiet * (n + 1) // (said + 1) - quiet * n // (said + 1) for n in range(said + 1)]
    now, result = 0, []
    for n, silence in zip(spoken, silences, strict=False):
        now += silence
        result.append((now, items[n]))
        now += lasts[n]
    return result


def _quiet_end(cues: Sequence[Cue], elastic_gaps: Sequence[ElasticGap]) -> list[Cue]:
    """In a session that ends in sleep the bells after the last rest are silent."""
    last = max((span.start for span in elastic_gaps if span.kind == "rest"), default=None)
    if last is None:
        return list(cues)
    return [
        Cue(cue.start, cue.length, BellStroke(audible=False))
        if isinstance(cue.content, BellStroke) and cue.start >= last
        else cue
        for cue in cues
    ]


def _chapters(heads: Sequence[tuple[Ms, s.ChapterStart]], length: Ms) -> list[Chapter]:
    """Chapter marks whose titles differ: one that occurs twice is preceded by its script's title, and numbered
    where it still does."""
    plain = Counter(head.title for _, head in heads)
    titles = [
        h.title if plain[h.title] == 1 or h.title == h.script else f"{h.script}: {h.title}" for _, h in heads
    ]
    again, seen = Counter(titles), Counter[str]()
    marks: list[Chapter] = []
    for n, ((start, _), title) in enumerate(zip(heads, titles, strict=True)):
        seen[title] += 1
        end = heads[n + 1][0] if n + 1 < len(heads) else length
        shown = f"{title} ({seen[title]})" if again[title] > 1 else title
        marks.append(Chapter(Ms(0) if n == 0 else start, Ms(end - (0 if n == 0 else start)), shown))
    return marks


def _hold(arrangement: s.Arrangement, key: tuple[int, int], start: Ms, length: Ms) -> Hold:
    part = arrangement.parts[key[0]]
    return Hold(part.name, part.sides[key[1]] if part.sides else None, start, length)
