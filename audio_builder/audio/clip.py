"""A piece of sound on disk. Clips are passed by path, so that workers and long sessions stay small."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..units import Ms


@dataclass(frozen=True, slots=True)
class Clip:
    """Sound of a whole number of milliseconds: a WAV at `path`, 48 kHz, 16 bit, one channel, already trimmed
    and levelled. `key` names its content: equal keys are equal samples."""

    key: str
    path: Path
    length: Ms
