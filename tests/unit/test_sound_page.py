"""The table of docs/sound.md: complete, within the promises, and what a measurement gives today."""

import sys
from itertools import product

import pytest
from conftest import ROOT

from audio_builder.audio.beds import BEDS
from audio_builder.inspection import promises

sys.path.insert(0, str(ROOT / "tests" / "soak"))
import sound_table as table


def _cells(line):
    return [
        None if cell == "–" else float(cell.rstrip("%")) for cell in map(str.strip, line.split("|")[4:-1])
    ]


def test_every_script_voice_and_bed_has_a_row_that_keeps_the_promises():
    rows = table.rows()
    assert set(rows) == set(product(table.SCRIPTS, table.VOICES, BEDS))
    for key, line in rows.items():
        speech, whole, peak, bell, tone, rise, share, pace = _cells(line)
        assert abs(speech + 16) <= promises.SPEECH_TOLERANCE, key
        assert whole < speech + 0.2, key
        assert peak <= promises.MAX_TRUE_PEAK, key
        assert bell is None or promises.BELL_BELOW[0] <= bell <= promises.BELL_BELOW[1], key
        assert tone is None or promises.BREATH_BELOW[0] <= tone <= promises.BREATH_BELOW[1], key
        assert rise is None or rise <= promises.MAX_AMBIENCE_RISE, key
        assert 60 <= share <= 85, key
        assert 95 <= pace <= 110, key


_PEAK = 2
"""The column of the true peak: a single sample, which moves with the last bits that processors speak differently."""


def test_a_row_measured_again_is_the_same(tmp_path, home, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    key = ("knees-together", "hibari", "ocean")
    now, then = (
        _cells(line) for line in (table.row(*key, table.measured(*key, tmp_path)), table.rows()[key])
    )
    peak = now.pop(_PEAK)
    assert peak == pytest.approx(then.pop(_PEAK), abs=1.5)
    assert peak <= promises.MAX_TRUE_PEAK
    assert now == pytest.approx(then, abs=0.11)
