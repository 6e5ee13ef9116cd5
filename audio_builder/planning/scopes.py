"""Where in a session a heading or an item is while its script is performed. Records only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from ..script.model import Marks, Script
from .steps import GapKey, HoldSide


@dataclass(frozen=True, slots=True)
class Body:
    """A script while it is performed.

    `share` is the part of the session that its conditions look at: 1 for the session itself and what it includes, less
    for a position on each side.
    """

    script: Script
    share: Fraction = Fraction(1)
    included: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """Which performance this is, and which side of it.

    `performance` is None outside positions and scripts with sides. `per_side` is true in chapters that are performed
    once for each side, and `is_held` in chapters whose time counts towards the hold.
    """

    performance: int | None = None
    side: int = 0
    per_side: bool = False
    is_held: bool = True

    @property
    def hold(self) -> HoldSide | None:
        if self.performance is None or not self.is_held:
            return None
        return HoldSide(self.performance, self.side)


@dataclass(frozen=True, slots=True)
class Rules:
    """The marks of the headings above that apply to elastic time."""

    fixed: bool = False
    spare: bool = False
    one_side: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an item is: its script, turn and rules, the hold that its time counts towards, and its path."""

    body: Body
    turn: Turn = field(default_factory=Turn)
    rules: Rules = field(default_factory=Rules)
    hold: HoldSide | None = None
    path: GapKey = ()

    def under(self, marks: Marks) -> Scope:
        """Return the scope of everything under a heading with these marks."""
        rules = Rules(
            self.rules.fixed or marks.fixed,
            self.rules.spare or marks.spare,
            self.rules.one_side or (self.turn.per_side and (marks.side is not None or marks.once)),
        )
        return replace(self, rules=rules)

    def at(self, *steps: int) -> Scope:
        """Return this scope with the path extended."""
        return Scope(self.body, self.turn, self.rules, self.hold, (*self.path, *steps))
