"""A script becomes a timeline of exactly the length asked for, or is refused with what is possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from ..errors import DoesNotFit, ScriptErrors
from ..script import walk
from ..options import Ending
from ..script.model import Pattern, Script, Sound
from ..script.walk import session_cautions, session_props
from ..units import LONGEST, SHORTEST, Ms, clock, show, whole_seconds
from .arrange import Asked, arrange, least_together, thresholds
from .elastic import Room, room
from .layout import lay
from .steps import Arrangement
from .timeline import Timeline
from .wording import sounds

__all__ = [
    "check_length_limits",
    "default_length",
    "extent",
    "plan",
    "ranges",
    "session_cautions",
    "session_props",
    "sounds",
]

DEFAULT_LENGTH = Ms(10 * 60_000)
Lengths = Mapping[Sound, Ms]


def plan(
    script: Script,
    lengths: Lengths,
    target: Ms,
    ending: Ending | None = None,
    pattern: Pattern | None = None,
    estimated: bool = False,
) -> Timeline:
    """The timeline of exactly `target` milliseconds.

    `lengths` tells how long each of `sounds(script)` lasts. `ending` and `pattern` (of every breath) win over
    the script's own. Raises DoesNotFit with the possible lengths, or ScriptErrors where none is possible.
    """
    end = ending or script.front.options.ending or "wake"
    check_length_limits(target)
    found = _fitting(script, lengths, target, end, pattern)
    if found is None:
        raise DoesNotFit(*_refusal(script, lengths, target, end, pattern))
    arrangement, space = found
    amounts, _tail = space.give(target)
    cues, chapters, elastic_gaps, holds = lay(arrangement, amounts, target, end)
    return Timeline(
        script.front.title,
        target,
        end,
        tuple(cues),
        tuple(chapters),
        tuple(elastic_gaps),
        tuple(holds),
        arrangement.positions,
        arrangement.props,
        arrangement.cautions,
        script.front.language,
        estimated,
    )


def check_length_limits(target: Ms) -> None:
    """Raises DoesNotFit for a length that no session may have, whatever its script."""
    if target < SHORTEST:
        raise DoesNotFit(f"{clock(target)} is too short: nothing shorter than {clock(SHORTEST)} is built")
    if target > LONGEST:
        raise DoesNotFit(f"{clock(target)} is too long: nothing longer than {clock(LONGEST)} is built")


def ranges(
    script: Script, lengths: Lengths, ending: Ending | None = None, pattern: Pattern | None = None
) -> tuple[tuple[Ms, Ms], ...]:
    """Every length that a session can have, as ranges of milliseconds in order, both ends included."""
    end = ending or script.front.options.ending or "wake"
    choices = walk.position_choices(script)
    marks = {t for chosen in choices for t in thresholds(script, chosen) if SHORTEST < t <= LONGEST}
    edges = [SHORTEST, *sorted(marks), Ms(LONGEST + 1)]
    found: list[tuple[Ms, Ms]] = []
    for low, after in pairwise(edges):
        for first, last in sorted(_within(script, lengths, end, pattern, low, after - 1)):
            if found and first <= found[-1][1] + 1:
                found[-1] = (found[-1][0], Ms(max(last, found[-1][1])))
            else:
                found.append((Ms(first), Ms(last)))
    return tuple(found)


def extent(script: Script, lengths: Lengths, ending: Ending | None = None) -> tuple[int, int]:
    """The shortest and the longest that a script comes to where the conditions of five minutes hold, whether that
    may be built or not."""
    tries = list(_tries(script, lengths, SHORTEST, ending or script.front.options.ending or "wake", None))
    rooms = [(attempt.spare()[1] if attempt.spare else attempt.plain[1]) for attempt in tries]
    return min(attempt.plain[1].shortest for attempt in tries), max(space.longest for space in rooms)


def default_length(
    script: Script, lengths: Lengths, ending: Ending | None = None, pattern: Pattern | None = None
) -> Ms:
    """The length built when none is asked for: the script's own, else ten minutes, else the nearest possible."""
    if script.front.options.length is not None:
        return script.front.options.length
    possible = ranges(script, lengths, ending, pattern)
    if not possible:
        raise DoesNotFit(
            *_refusal(script, lengths, DEFAULT_LENGTH, ending or script.front.options.ending or "wake", pattern)
        )
    nearest = [min(max(DEFAULT_LENGTH, first), last) for first, last in map(whole_seconds, possible)]
    return Ms(min(nearest, key=lambda length: abs(length - DEFAULT_LENGTH)))


@dataclass(frozen=True, slots=True)
class _Try:
    """A choice of positions at some length; `spare` is the same with the spare chapters, or None where there are
    none."""

    plain: tuple[Arrangement, Room]
    spare: Callable[[], tuple[Arrangement, Room]] | None


def _tries(
    script: Script, lengths: Lengths, target: Ms, ending: Ending, pattern: Pattern | None
) -> Iterator[_Try]:
    """Every choice of positions that is possible at a length, the longest first.

    Where the shares of a choice lie below its minimums, its conditions may leave a position that cannot be held:
    such a choice is passed over. At any greater length that is an error of the script.
    """

    def arranged(chosen: tuple[Script, ...], spare: bool) -> tuple[Arrangement, Room]:
        arrangement = arrange(script, chosen, Asked(target, ending, pattern, spare), lengths)
        return arrangement, room(arrangement)

    has_spare = any(
        section.marks.spare for member in walk.scripts_in(script, script.parts) for section in member.sections
    )
    for chosen in walk.position_choices(script):
        try:
            plain = arranged(chosen, False)
        except ScriptErrors:
            if target >= least_together(chosen):
                raise
            continue
        yield _Try(plain, partial(arranged, chosen, True) if has_spare else None)


def _fitting(
    script: Script, lengths: Lengths, target: Ms, ending: Ending, pattern: Pattern | None
) -> tuple[Arrangement, Room] | None:
    for attempt in _tries(script, lengths, target, ending, pattern):
        if attempt.plain[1].shortest <= target:
            found = attempt.plain
            if target > found[1].longest and attempt.spare:
                found = attempt.spare()
            return found if found[1].shortest <= target <= found[1].longest else None
    return None


def _within(
    script: Script, lengths: Lengths, ending: Ending, pattern: Pattern | None, low: Ms, high: int
) -> Iterator[tuple[int, int]]:
    """The possible lengths between two changes of condition, both included."""
    for attempt in _tries(script, lengths, low, ending, pattern):
        plain = attempt.plain[1]
        first, longest = max(low, plain.shortest), plain.longest
        if first > high:
            continue
        if first <= min(high, longest):
            yield first, min(high, longest)
        if attempt.spare and longest < high:
            spare = attempt.spare()[1]
            begin, end = max(first, longest + 1, spare.shortest), min(high, spare.longest)
            if begin <= end:
                yield begin, end
        high = first - 1


def _refusal(
    script: Script, lengths: Lengths, target: Ms, ending: Ending, pattern: Pattern | None
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """What to say of a length that does not fit, and what is possible."""
    possible = ranges(script, lengths, ending, pattern)
    asked = script.exact and script.name not in {part.name for part in script.parts}
    name = f"--positions {','.join(p.name for p in script.parts)}" if asked else script.name
    said = f"{name} cannot last {clock(target)}"
    if not possible:
        low, high = extent(script, lengths, ending)
        said += (
            f", nor any other length between {clock(SHORTEST)} and {clock(LONGEST)}: it comes to {clock(low)}"
        )
        return said + (
            f" to {clock(high)}" if high > low else ""
        ) + "; write [rest 2m..] where time may go", ()
    said += f": shortest {clock(whole_seconds(possible[0])[0])}, longest {clock(possible[-1][1])}"
    below = [last for _, last in map(whole_seconds, possible) if last < target]
    above = [first for first, _ in map(whole_seconds, possible) if first > target]
    if below and above:
        said += f"; the nearest possible are {clock(max(below))} and {clock(min(above))}"
    fewer = _fewer(script, lengths, target, ending, pattern) if script.exact else None
    if fewer:
        said += f"; with {','.join(fewer)} alone it can"
    elif above and not below:
        said += f"; try --length {show(min(above))}"
    elif below and not above:
        said += f"; try --length {show(max(below))}"
    return said, possible


def _fewer(
    script: Script, lengths: Lengths, target: Ms, ending: Ending, pattern: Pattern | None
) -> Sequence[str] | None:
    """The most of the asked positions, first ones first, that can have the length."""
    for count in range(len(script.parts) - 1, 0, -1):
        part = replace(script, parts=script.parts[:count])
        if _fitting(part, lengths, target, ending, pattern):
            return [position.name for position in part.parts]
    return None
