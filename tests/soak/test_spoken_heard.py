"""An independent recogniser hears the words that the table of spoken forms promises."""

import wave
from pathlib import Path

import jiwer
import numpy as np
from recognition import heard, plain, recogniser

from audio_builder.cache import Cache
from audio_builder.errors import Location
from audio_builder.script.model import Line
from audio_builder.speech.narrate import narrate
from audio_builder.speech.voices import open_voice

TABLE = Path(__file__).parent.parent / "cases" / "spoken-english.tsv"
ROWS = [row.split("\t") for row in TABLE.read_text("utf-8").splitlines()]
FORTY = ROWS[:: len(ROWS) // 40][:40]
MOST = 0.35
"""Word error of the small recogniser over all rows. It hears about a fifth of plain sentences wrong."""


def test_forty_rows_are_heard_as_they_are_meant(tmp_path):
    lines = {Line(written): Location("table", number) for number, (written, _) in enumerate(FORTY, 1)}
    clips = narrate(lines, open_voice("hibari"), Cache(tmp_path))
    ears = recogniser()
    meant, found = [], []
    print()
    for (written, spoken), clip in zip(FORTY, clips.values(), strict=True):
        with wave.open(str(clip.path)) as file:
            words = heard(ears, np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768)
        print(f"{written} | {spoken} | {words}")
        meant.append(plain(spoken.replace("-", " ").replace(".", " ")))
        found.append(words)
    error = jiwer.wer(meant, found)
    print(f"word error of forty rows: {error:.1%}")
    assert error < MOST
