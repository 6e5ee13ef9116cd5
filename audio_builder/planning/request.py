"""What is asked of a plan. Records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..options import Ending
from ..script.model import Pattern, Script, Sound
from ..units import Ms
from .variation import FIRST_VARIATION

Lengths = Mapping[Sound, Ms]
"""How long each sound of a script lasts; it has an entry for every one of `wording.sounds(script)`."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A script, the lengths of its sounds, and the session asked for.

    `pattern` replaces the pattern of every block of breath; with None each block has the pattern in the script.
    `variation` is the number of the variation to speak.
    """

    script: Script
    lengths: Lengths
    target: Ms
    ending: Ending
    pattern: Pattern | None = None
    variation: int = FIRST_VARIATION
