"""Plan a session: turn a script into a timeline of exactly the length asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..errors import DoesNotFit
from ..options import Ending
from ..script.model import Pattern, Script
from ..units import LONGEST, SHORTEST, Ms, show, whole_seconds
from .choices import Candidate, KnownChoices, best_candidate, natural_extent, possible_ranges
from .layout import lay_out
from .refusal import refusal
from .request import Lengths, PlanRequest
from .steps import Arrangement, GapKey
from .timeline import Timeline
from .variation import FIRST_VARIATION

DEFAULT_LENGTH = Ms(10 * 60_000)
"""The length of a session if neither the listener nor the script gives one."""


def plan(
    script: Script,
    lengths: Lengths,
    target: Ms,
    ending: Ending | None = None,
    pattern: Pattern | None = None,
    estimated: bool = False,
    variation: int = FIRST_VARIATION,
    known: KnownChoices | None = None,
) -> Timeline:
    """Return the timeline of exactly `target` milliseconds.

    `lengths` holds the length of each sound in `wording.sounds(script)`. `ending` overrides the script's ending, and
    `pattern` the pattern of every block of breath. `estimated` marks a timeline whose lengths are not those of clips.
    `variation` is the number of the variation to speak; which lengths are possible does not depend on it. `known` may
    come from sessions of other lengths of the same script with the same `lengths`.

    Raises DoesNotFit, with the possible lengths, if the target is not one of them. Raises ScriptErrors if a position
    cannot be held within its minimum and maximum at any length.
    """
    request = replace(_request(script, lengths, target, ending, pattern), variation=variation)
    candidate = _fitting(request, known)
    amounts, _tail = candidate.budget.amounts(target)
    return _timeline(request, candidate.arrangement, amounts, estimated)


def check_fit(
    script: Script,
    lengths: Lengths,
    target: Ms,
    ending: Ending | None = None,
    pattern: Pattern | None = None,
    known: KnownChoices | None = None,
) -> None:
    """Raise what `plan` raises for a length that the session cannot have. Takes no time to lay it out."""
    _fitting(_request(script, lengths, target, ending, pattern), known)


def _fitting(request: PlanRequest, known: KnownChoices | None) -> Candidate:
    check_length_limits(request.target)
    candidate = best_candidate(request, known)
    if candidate is None:
        raise refusal(request)
    return candidate


def _timeline(
    request: PlanRequest, arrangement: Arrangement, amounts: Mapping[GapKey, Ms], estimated: bool
) -> Timeline:
    script, target = request.script, request.target
    layout = lay_out(arrangement, amounts, target, request.ending)
    return Timeline(
        title=script.front.title,
        length=target,
        ending=request.ending,
        cues=tuple(layout.cues),
        chapters=tuple(layout.chapters),
        elastic_gaps=tuple(layout.elastic_gaps),
        holds=tuple(layout.holds),
        positions=arrangement.positions,
        props=arrangement.props,
        cautions=arrangement.cautions,
        language=script.front.language,
        estimated=estimated,
    )


def check_length_limits(length: Ms) -> None:
    """Raise DoesNotFit for a length that no session can have, whatever its script."""
    if not SHORTEST <= length <= LONGEST:
        raise DoesNotFit(f"Invalid length {show(length)}: use {show(SHORTEST)} to {show(LONGEST)}")


def ranges(
    script: Script, lengths: Lengths, ending: Ending | None = None, pattern: Pattern | None = None
) -> tuple[tuple[Ms, Ms], ...]:
    """Return every length that a session can have, as ranges of milliseconds in order, both ends included.

    The arguments are those of `plan`. Raises ScriptErrors if a position cannot be held within its bounds.
    """
    return possible_ranges(_request(script, lengths, DEFAULT_LENGTH, ending, pattern))


def extent(script: Script, lengths: Lengths, ending: Ending | None = None) -> tuple[int, int]:
    """Return the length in milliseconds with every elastic part at its shortest, and with every one at its longest.

    A script may be too short or too long for a session, so these lengths are not limited to five minutes and eight
    hours. Headings such as `{from 20m}` apply as in a session of five minutes.
    """
    return natural_extent(_request(script, lengths, SHORTEST, ending, None))


def default_length(
    script: Script, lengths: Lengths, ending: Ending | None = None, pattern: Pattern | None = None
) -> Ms:
    """Return the length of a session if none is asked for: the script's length, or the one nearest to ten minutes.

    Raises DoesNotFit if the script gives no length and cannot have any.
    """
    if script.front.options.length is not None:
        return script.front.options.length
    request = _request(script, lengths, DEFAULT_LENGTH, ending, pattern)
    possible = possible_ranges(request)
    if not possible:
        raise refusal(request)
    nearest = [min(max(DEFAULT_LENGTH, first), last) for first, last in map(whole_seconds, possible)]
    return Ms(min(nearest, key=lambda length: abs(length - DEFAULT_LENGTH)))


def _request(
    script: Script, lengths: Lengths, target: Ms, ending: Ending | None, pattern: Pattern | None
) -> PlanRequest:
    return PlanRequest(script, lengths, target, ending or script.front.options.ending or "wake", pattern)
