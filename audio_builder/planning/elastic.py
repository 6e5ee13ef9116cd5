"""The elastic time of an arrangement: how short, how long, and what each stretch gets at a length."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import Problem, ScriptErrors
from ..units import LONGEST, Ms, show
from . import steps as s
from .fill import Elastic, fill, least

Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """What an arrangement can become. `shortest` and `longest` in milliseconds; `fixed` is what never changes."""

    fixed: int
    keys: tuple[Key, ...]
    spans: tuple[Elastic, ...]
    caps: tuple[int, ...]
    spare: tuple[bool, ...]

    @property
    def shortest(self) -> int:
        return self.fixed + sum(span.low * span.count for span in self.spans)

    @property
    def longest(self) -> int:
        """What all elastic time comes to at its upper ends: in whole breaths, and within what a position may last."""
        free = sum(span.high * span.count for span in self.spans if span.cap < 0)
        capped = [n for n, span in enumerate(self.spans) if span.cap >= 0]
        if not capped:
            return min(LONGEST, self.fixed + free)
        keys = tuple(self.keys[n] for n in capped)
        spans, spare = tuple(self.spans[n] for n in capped), tuple(self.spare[n] for n in capped)
        top = 2 * LONGEST * (1 + len(capped))
        held = top - Room(0, keys, spans, self.caps, spare).give(top)[1]
        return min(LONGEST, self.fixed + free + held)

    def give(self, length: int) -> tuple[dict[Key, Ms], int]:
        """What each stretch gets (on each side) in a session of `length`, and what goes to the tail."""
        amounts = [span.low for span in self.spans]
        left = length - self.shortest
        for tier in (False, True):
            chosen = [n for n, spare in enumerate(self.spare) if spare is tier]
            if not chosen:
                continue
            taken = [0] * len(self.caps)
            for n, span in enumerate(self.spans):
                if self.spare[n] is not tier and span.cap >= 0:
                    taken[span.cap] += amounts[n]
            spans = [self.spans[n] for n in chosen]
            room = left + sum(span.low * span.count for span in spans)
            given, left = fill(spans, [cap - t for cap, t in zip(self.caps, taken, strict=True)], room)
            for n, amount in zip(chosen, given, strict=True):
                amounts[n] = amount
        return {key: Ms(amount) for key, amount in zip(self.keys, amounts, strict=True)}, left


def room(arrangement: s.Arrangement) -> Room:
    """The elastic time of an arrangement, each position stretched to its minimum first.

    Raises ScriptErrors where a position cannot reach its minimum, or its shortest passes its maximum.
    """
    first: dict[Key, s.ElasticStep] = {}
    count: dict[Key, int] = {}
    fixed = s.TAIL
    held = [[0, 0] for _ in arrangement.parts]
    # of each part the one whose stretches it has: on the second side of its session, the first's
    again = list(range(len(held)))
    for step in arrangement.steps:
        if isinstance(step, s.ElasticStep):
            first.setdefault(step.key, step)
            count[step.key] = count.get(step.key, 0) + 1
            if step.where.held:
                again[step.where.part] = first[step.key].where.part
        elif isinstance(step, s.Fixed):
            fixed = Ms(fixed + step.length)
        if not isinstance(step, s.ChapterStart) and step.where.held:
            single = isinstance(step, s.ElasticStep) and step.single
            length = step.length if isinstance(step, s.Fixed) else step.low if single else 0
            held[step.where.part][step.where.side] += length
    spans = {
        key: Elastic(
            x.low, x.high, count[key], x.cycle, x.where.part if x.where.held and not x.single else -1
        )
        for key, x in first.items()
    }
    caps = []
    for number, part in enumerate(arrangement.parts):
        inside = [key for key, span in spans.items() if span.cap == number]
        own = [max(held[one]) for one, of in enumerate(again) if of == number]
        if not own:  # its bounds are kept with those that it repeats
            caps.append(2 * LONGEST)
            continue
        own_spare = sum(spans[key].low for key in inside if first[key].spare)
        plain = [key for key in inside if not first[key].spare]
        lows = least([spans[key] for key in plain], (part.minimum or 0) - min(own) - own_spare)
        if lows is not None:
            lows += [spans[key].low for key in inside if first[key].spare]
            inside = plain + [key for key in inside if first[key].spare]
        else:
            lows = least([spans[key] for key in inside], (part.minimum or 0) - min(own))
        if lows is None:
            raise _impossible(
                part, f"can be held for {show(min(own) + sum(spans[k].high for k in inside))} at most"
            )
        for key, low in zip(inside, lows, strict=True):
            spans[key] = replace(spans[key], low=low)
        if part.maximum is not None and max(own) + sum(lows) > part.maximum:
            raise _impossible(part, f"lasts {show(max(own) + sum(lows))} at its shortest")
        caps.append(2 * LONGEST if part.maximum is None else part.maximum - max(own))
    return Room(
        fixed, tuple(spans), tuple(spans.values()), tuple(caps), tuple(first[key].spare for key in spans)
    )


def _impossible(part: s.Part, fact: str) -> ScriptErrors:
    bounds = f"minimum: {show(part.minimum or 0)}"
    if part.maximum is not None:
        bounds += f" and maximum: {show(part.maximum)}"
    hint = "change them, or what can stretch in its chapters that are not {fixed}"
    return ScriptErrors([Problem(part.location, f"{part.name} says {bounds}, but {fact}", hint=hint)])
