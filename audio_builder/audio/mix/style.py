"""How a session sounds."""

from __future__ import annotations

from dataclasses import dataclass

from ..clip import Clip


@dataclass(frozen=True, slots=True)
class Style:
    """How a plan sounds; nothing in it moves a cue. `ambience` and `bell` are names of the program's own or clips
    of the author's; `tones` is false for `--breath none`; `gain` is the decibels that bring the speech cues, taken
    together, to the anchor of all levels."""

    ambience: str | Clip = "room"
    bell: str | Clip = "bowl"
    tones: bool = True
    stereo: bool = True
    gain: float = 0.0
