"""Turn single items of a script into steps: speech, recordings, bells, and elastic time with its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from ..errors import DoesNotFit, Location
from ..script.model import Bell, Breathe, ElasticPause, Line, Pause, Play, Recording, Rest, Say, Vary
from ..units import LONGEST, Ms
from .gaps import Break, Event, gap_after
from .request import PlanRequest
from .scopes import Scope
from .steps import BELL_STROKE_LENGTH, GAP_AFTER_SENTENCE, ElasticStep, FixedStep, SpokenLine, spoken_length
from .timeline import BellStroke, PlayedRecording, Utterance
from .variation import chosen_item, item_order
from .wording import breath_words, line_for

TimedItem = Say | Vary | Pause | Bell | Play | ElasticPause | Rest | Breathe
"""The items that take time themselves. The others insert scripts or cautions."""


class ItemSteps:
    """Builds the steps of items in a session with the given props."""

    def __init__(self, request: PlanRequest, props: Sequence[str]) -> None:
        self._lengths, self._pattern, self._props = request.lengths, request.pattern, props
        self._variation = request.variation

    def events(self, item: TimedItem, scope: Scope) -> Iterator[Event]:
        """Yield the steps of an item, and the natural gap after it."""
        match item:
            case Say():
                yield from self._speech(self._spoken(item, scope), scope)
            case Vary():
                for spoken in self._varied(item, scope):
                    yield from self._speech(spoken, scope)
            case Pause():
                yield FixedStep(item.length, scope.hold)
            case Bell():
                stroke = FixedStep(BELL_STROKE_LENGTH, scope.hold, BellStroke(), BELL_STROKE_LENGTH)
                yield from [stroke] * item.strokes
            case Play():
                recording = Recording(item.path, item.as_is)
                length = self._lengths[recording]
                played = PlayedRecording(recording, item.words, item.location)
                yield FixedStep(length, scope.hold, played, length)
                yield Break(gap_after(item.words))
            case ElasticPause() | Rest() | Breathe():
                yield self._elastic(item, scope)
                yield Break(GAP_AFTER_SENTENCE)
            case _:
                assert_never(item)

    def line(self, line: Line, location: Location, scope: Scope) -> Iterator[Event]:
        """Yield the steps of a line that has no slots, and the natural gap after it."""
        length = self._lengths[line]
        yield from self._speech(SpokenLine(line, location, length, length, gap_after(line.text)), scope)

    def _speech(self, spoken: SpokenLine, scope: Scope) -> Iterator[Event]:
        utterance = Utterance(spoken.line, spoken.location)
        yield FixedStep(spoken.slot_length, scope.hold, utterance, spoken.clip_length)
        yield Break(spoken.gap)

    def _spoken(self, say: Say, scope: Scope) -> SpokenLine:
        script, turn = scope.body.script, scope.turn
        line = line_for(say, script, turn.side, self._props)
        slot = clip = self._lengths[line]
        gap = gap_after(line.text)
        if turn.per_side and not scope.rules.one_side:
            other = line_for(say, script, 1 - turn.side, self._props)
            slot, gap = max(slot, self._lengths[other]), max(gap, gap_after(other.text))
        return SpokenLine(line, say.location, clip, slot, gap)

    def _varied(self, item: Vary, scope: Scope) -> list[SpokenLine]:
        """Return the sentences of the chosen item. It takes the time of the longest, so that no variation is longer."""
        choices = [[self._spoken(say, scope) for say in sentences] for sentences in item.items]
        chosen = choices[chosen_item(len(choices), self._variation, scope.turn.side, item.number)]
        last, missing = chosen[-1], max(map(spoken_length, choices)) - spoken_length(chosen)
        gap = max(sentences[-1].gap for sentences in choices)
        return [*chosen[:-1], replace(last, slot_length=Ms(last.slot_length + missing), gap=gap)]

    def _elastic(self, item: ElasticPause | Rest | Breathe, scope: Scope) -> ElasticStep:
        cycle = Ms(0)
        spoken: tuple[tuple[SpokenLine, ...], ...] = ()
        low, high = item.low, LONGEST if item.high is None else item.high
        match item:
            case Breathe():
                item = replace(item, pattern=self._pattern or item.pattern)
                cycle = item.pattern.cycle
                low, high = _whole_cycles(item)
                if item.aloud:
                    spoken = (self._aloud(item, scope),)
            case Rest(items=items):
                spoken = tuple(tuple(self._spoken(say, scope) for say in sentences) for sentences in items)
                if item.in_any_order:
                    order = item_order(len(items), self._variation, scope.turn.side, scope.path)
                    spoken = tuple(spoken[n] for n in order)
            case ElasticPause():
                pass
            case _:
                assert_never(item)
        rules = scope.rules
        if rules.fixed or rules.one_side:
            high = low
        key = (*scope.path, scope.turn.side) if rules.one_side else scope.path
        return ElasticStep(key, item, low, high, scope.hold, cycle, spoken, rules.spare, rules.one_side)

    def _aloud(self, item: Breathe, scope: Scope) -> tuple[SpokenLine, ...]:
        phases = (item.pattern.inhale, item.pattern.exhale)
        spoken = []
        for line, phase in zip(breath_words(item, scope.body.script), phases, strict=True):
            length = self._lengths[line]
            if length > phase:
                raise DoesNotFit(
                    f'{item.location}: "{line.text}" takes {length / 1000:.1f} s, but its breath only '
                    f"{phase / 1000:.1f} s; make the breath slower or remove aloud"
                )
            spoken.append(SpokenLine(line, item.location, length, length))
        return tuple(spoken)


def _whole_cycles(item: Breathe) -> tuple[Ms, Ms]:
    """Return the bounds of a block of breath, rounded inward to whole cycles. Raises DoesNotFit if there are none."""
    cycle = item.pattern.cycle
    if item.cycles:
        return Ms(item.cycles * cycle), Ms(item.cycles * cycle)
    low = -(-item.low // cycle) * cycle
    high = (LONGEST if item.high is None else item.high) // cycle * cycle
    if low > high:
        raise DoesNotFit(
            f"{item.location}: no whole breath of {cycle / 1000:g} s fits within the bounds of this block; "
            "choose a shorter breath or wider bounds"
        )
    return Ms(low), Ms(high)
