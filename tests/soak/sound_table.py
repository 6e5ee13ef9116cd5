"""Measures every shipped script with every voice and bed, and writes the table of docs/sound.md: `make sound`.

Each session is built at its own length, decoded and measured, as `audio-builder inspect` does it.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from audio_builder.build import Desk, build
from audio_builder.inspection import Inspection, inspect
from audio_builder.options import Wish
from audio_builder.sound.beds import BEDS

PAGE = Path(__file__).parents[2] / "docs" / "sound.md"
SCRIPTS = (
    "psoas-release",
    "legs-on-chair",
    "knees-together",
    "leg-across",
    "six-habits",
    "pillow-under-knees",
)
VOICES = ("hibari", "pyttsx3", "piper")
COLUMNS = (
    "script",
    "voice",
    "bed",
    "speech, LUFS",
    "whole, LUFS",
    "true peak, dBTP",
    "loudest bell, LU under",
    "loudest tone, LU under",
    "bed rises in 1 s, LU",
    "silence and tones",
    "words a minute",
)
_BEGIN, _END = "<!-- the table: make sound -->", "<!-- end of the table -->"


def row(script: str, voice: str, bed: str, found: Inspection) -> str:
    """A session's line in the table."""
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
    """A session built and inspected; the files go, so that a long run needs little room."""
    built = build(script, Wish(voice=voice, ambience=bed), Desk(out=folder, workers=os.cpu_count() or 1))
    found = inspect(built.path)
    for path in folder.iterdir():
        path.unlink()
    return found


def rows() -> dict[tuple[str, str, str], str]:
    """The lines that stand in the page, by script, voice and bed."""
    lines = PAGE.read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0].strip().splitlines()[2:]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {(c[0], c[1], c[2]): line for c, line in zip(cells, lines, strict=True)}


def main() -> None:
    """Writes the table anew; with names of scripts, voices or beds only their rows."""
    wanted, kept = set(sys.argv[1:]), rows()
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * 3 + "--:|" * (len(COLUMNS) - 3)]
    with tempfile.TemporaryDirectory() as folder:
        for script in SCRIPTS:
            for voice in VOICES:
                for bed in BEDS:
                    if wanted and not wanted & {script, voice, bed}:
                        lines.append(kept[script, voice, bed])
                        continue
                    found = measured(script, voice, bed, Path(folder))
                    lines.append(row(script, voice, bed, found))
                    print(lines[-1], *found.broken, flush=True)
    page = PAGE.read_text("utf-8")
    table = "\n".join((_BEGIN, "", *lines, "", _END))
    PAGE.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: table, page, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
