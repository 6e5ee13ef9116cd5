"""A finished file judged by itself: what it keeps, and each promise that it breaks by name."""

import json
import re
import subprocess

import numpy as np
import pytest
from sounds import ffprobe

from audio_builder.audio import meter
from audio_builder.inspection import levels
from audio_builder.inspection.inspect import inspect, look

SCRIPT = """---
title: Small
---

# One

These are the first words, and they go on for a while.
[bell]
Now breathe slowly with the tones.
[breathe 4-6 x10]
Rest now for a while. I will speak again.
[rest 60s..]
- These words come softly.
- And so do these.
[bell]

# Two

Come up to sitting, slowly. [10s]
"""


@pytest.fixture(scope="module")
def built(audio_builder, tmp_path_factory):
    """A session of five minutes with the voice tone: its file, and its manifest."""
    folder = tmp_path_factory.mktemp("inspected")
    (folder / "small.md").write_text(SCRIPT)
    wish = ["--length", "5m", "--voice", "tone", "--quality", "mono", "--json"]
    ran = audio_builder("build", "small.md", *wish, folder=folder)
    assert ran.status == 0, ran.err
    episode = json.loads(ran.out)
    return folder / "output" / f"{episode['name']}.mp3", episode


def starts(episode, kind):
    return [cue["start_ms"] / 1000 for cue in episode["cues"] if cue["kind"] == kind]


def doctored(path, to, filters):
    """The file decoded, put through filters of ffmpeg and encoded again, its tag kept."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-i",
        str(path),
        "-map",
        "0:a",
        "-map_metadata",
        "0",
        "-af",
        filters,
    ]
    subprocess.run([*command, "-c:a", "libmp3lame", "-b:a", "64k", str(to)], check=True)
    return to


def test_a_session_keeps_its_promises_and_says_how_well(built):
    path, episode = built
    found = inspect(path)
    assert found.broken == ()
    assert found.levels.speech == pytest.approx(-16, abs=0.5)
    assert found.levels.soft == pytest.approx(found.levels.speech - 3, abs=1.5)
    assert found.levels.true_peak <= -1
    assert found.levels.first_bell == found.levels.softest_bell == pytest.approx(7.5, abs=0.4)
    assert found.levels.loudest_bell == pytest.approx(5.5, abs=0.4)
    assert found.levels.first_breath == pytest.approx((12, 12), abs=0.4)
    assert found.levels.last_breath == pytest.approx((24, 24), abs=1.0)
    assert found.levels.bed == pytest.approx(-55, abs=1)
    assert found.levels.bed_rise < 2
    assert found.levels.dead_ms < 500
    said = sum(c["length_ms"] for c in episode["cues"] if c["kind"] == "speech")
    assert found.levels.quiet_share == pytest.approx(1 - said / 300_000, abs=0.001)


def test_each_promise_about_sound_is_broken_by_name(built, tmp_path):
    path, episode = built
    bell, tone = starts(episode, "bell"), starts(episode, "in")
    rest = starts(episode, "speech")[4] - 22
    louder = [
        f"volume=10dB:enable='between(t,{bell[0]},{bell[0] + 3})'",
        f"volume=8dB:enable='between(t,{tone[0]},{tone[0] + 4})'",
        f"volume=10dB:enable='between(t,{tone[-1]},{tone[-1] + 4})'",
        f"volume=0:enable='between(t,{rest},{rest + 3})'",
        f"volume=14dB:enable='between(t,{rest + 8},{rest + 14})'",
        "volume=34dB:enable='between(t,0,0.6)'",
        "aeval=val(0)+if(gt(t\\,298)\\,0.02*sin(t*3000)\\,0):c=same",
        "volume=2dB",
    ]
    broken = "\n".join(inspect(doctored(path, tmp_path / "worse.mp3", ",".join(louder))).broken)
    assert re.search(r"speaks at -1[34]", broken)
    assert "LU under speech, not 4 to 8" in broken
    assert "first bell that is not the softest" in broken
    assert "breath tones that begin" in broken
    assert "not nearly gone" in broken
    assert "drops to digital silence for 3" in broken or "drops to digital silence for 2" in broken
    assert "a bed that rises by" in broken
    assert "does not fade in" in broken
    assert "does not end on 3 s of near silence" in broken


def test_a_true_peak_over_its_limit_is_told(built, tmp_path):
    path, _ = built
    assert any(
        "true peak of" in told
        for told in inspect(doctored(path, tmp_path / "loud.mp3", "volume=12dB")).broken
    )


def test_a_foreign_file_is_measured_as_a_whole_and_said_to_be_foreign(tmp_path):
    path = tmp_path / "sine.mp3"
    source = ["-f", "lavfi", "-i", "sine=997:r=44100:d=20,volume=0.5"]
    subprocess.run(["ffmpeg", "-v", "error", *source, "-b:a", "128k", str(path)], check=True)
    found = inspect(path)
    said = subprocess.run(
        ["ffmpeg", "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert found.levels.integrated == pytest.approx(float(said.rsplit("I:", 1)[1].split()[0]), abs=0.1)
    assert found.levels.true_peak == pytest.approx(float(said.rsplit("Peak:", 1)[1].split()[0]), abs=0.2)
    assert found.levels.speech is None
    assert any("no cue sheet" in told for told in found.broken)
    assert found.samples == pytest.approx(float(ffprobe(path, "stream=duration")) * 44_100, abs=3000)


def test_progress_is_told_in_seconds(built):
    seen = []
    look(built[0], lambda done, of: seen.append((done, of)))
    assert seen[-1][0] == pytest.approx(300, abs=2)
    assert len({of for _, of in seen}) == 1


def test_nothing_at_all_can_be_measured():
    found = levels.levels(meter.measure_signal([np.zeros((0, 2), np.float32)]), None)
    assert (found.integrated, found.true_peak, found.dead_ms) == (None, None, 0)
