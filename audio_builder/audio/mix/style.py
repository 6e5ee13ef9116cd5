"""How a session sounds."""

from __future__ import annotations

from dataclasses import dataclass

from ..clip import Clip


@dataclass(frozen=True, slots=True)
class Style:
    """How a timeline sounds. Nothing in a style moves a cue.

    `ambience` and `bell` are names of the program's own sounds or an author's clips. `breath_tones` is false for
    `--breath none`. `gain_db` brings all speech of the session together to its level (`gain.session_gain`).
    `ambience_db` and `bell_db` are the levels of ambience and bell relative to the default."""

    ambience: str | Clip = "room"
    bell: str | Clip = "bowl"
    breath_tones: bool = True
    stereo: bool = True
    gain_db: float = 0.0
    ambience_db: float = 0.0
    bell_db: float = 0.0
