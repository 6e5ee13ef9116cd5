"""Measure every shipped script with every voice and ambience, and write the table of docs/sound.md: `make sound`.

Each session is built at its default length, decoded and measured, as `audio-builder inspect` does it.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from itertools import product
from pathlib import Path

from audio_builder.audio.beds import BEDS
from audio_builder.build import build
from audio_builder.inspection.inspect import Inspection, inspect
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace

PAGE = Path(__file__).parents[2] / "docs" / "sound.md"
SCRIPTS = (
    "psoas-release",
    "legs-on-chair",
    "knees-together",
    "leg-across",
    "six-habits",
    "pillow-under-knees",
    "rest-frame",
)
VOICES = ("hibari", "pyttsx3", "piper")
COLUMNS = (
    "script",
    "voice",
    "ambience",
    "speech, LUFS",
    "whole, LUFS",
    "true peak, dBTP",
    "loudest bell, LU under",
    "loudest tone, LU under",
    "ambience rises in 1 s, LU",
    "silence and tones",
    "words a minute",
)
_BEGIN, _END = "<!-- the table: make sound -->", "<!-- end of the table -->"


def row(script: str, voice: str, bed: str, found: Inspection) -> str:
    """Return the line of a session in the table."""
    levels = found.levels
    tone = min(levels.first_breath) if levels.first_breath else None
    measured = (
        levels.speech,
        levels.integrated,
        levels.true_peak,
        levels.loudest_bell,
        tone,
        levels.bed_rise,
    )
    cells = [
        *("–" if value is None else f"{value:.1f}" for value in measured),
        f"{levels.quiet_share:.0%}",
        f"{levels.words_a_minute:.0f}",
    ]
    return f"| {' | '.join((script, voice, bed, *cells))} |"


def measured(script: str, voice: str, bed: str, folder: Path) -> Inspection:
    """Build and inspect a session, and delete its files, so that a long run needs little disk space."""
    built = build(
        script, BuildOptions(voice=voice, ambience=bed), Workspace(out=folder, workers=os.cpu_count() or 1)
    )
    found = inspect(built.path)
    for path in folder.iterdir():
        path.unlink()
    return found


def rows() -> dict[tuple[str, str, str], str]:
    """Return the lines of the page by script, voice and ambience."""
    lines = PAGE.read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0].strip().splitlines()[2:]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {(c[0], c[1], c[2]): line for c, line in zip(cells, lines, strict=True)}


def write(lines: dict[tuple[str, str, str], str]) -> None:
    """Write the page with these lines, in the order of scripts, voices and ambiences."""
    head = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * 3 + "--:|" * (len(COLUMNS) - 3)]
    ordered = [lines[key] for key in product(SCRIPTS, VOICES, BEDS) if key in lines]
    table = "\n".join((_BEGIN, "", *head, *ordered, "", _END))
    page = PAGE.read_text("utf-8")
    PAGE.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: table, page, flags=re.DOTALL), "utf-8")


def main() -> None:
    """Measure all rows, or those of the scripts, voices or ambiences named, or with `missing` those not in the page."""
    wanted, lines = set(sys.argv[1:]), rows()
    with tempfile.TemporaryDirectory() as folder:
        for voice, script, bed in product(VOICES, SCRIPTS, BEDS):
            key = (script, voice, bed)
            if not wanted or wanted & set(key) or ("missing" in wanted and key not in lines):
                found = measured(*key, Path(folder))
                lines[key] = row(*key, found)
                print(lines[key], *found.broken, flush=True)
                write(lines)  # so that an interrupted run can continue with `missing`


if __name__ == "__main__":
    main()
