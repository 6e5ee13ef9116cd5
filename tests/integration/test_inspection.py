"""A finished file is judged by itself: what it keeps, and each promise that it breaks."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from sounds import ffprobe

from audio_builder.audio import meter
from audio_builder.build import open_session
from audio_builder.inspection.inspect import inspect, inspect_in_detail
from audio_builder.inspection.levels import measure_levels
from audio_builder.inspection.mp3_file import TaggedChapter, read_mp3
from audio_builder.inspection.promises import broken_promises
from audio_builder.options import BuildOptions

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
    options = ["--length", "5m", "--voice", "tone", "--quality", "mono", "--json"]
    result = audio_builder("build", "small.md", *options, folder=folder)
    assert result.status == 0, result.err
    manifest = json.loads(result.out)
    return folder / "output" / f"{manifest['name']}.mp3", manifest


def starts(manifest, kind):
    """Return when the cues of a kind begin, in seconds."""
    return [cue["start_ms"] / 1000 for cue in manifest["cues"] if cue["kind"] == kind]


def filtered(path: Path, to: Path, filters: str) -> Path:
    """Decode a file, filter it with ffmpeg and encode it again, with the same tag."""
    decode = ["ffmpeg", "-v", "error", "-y", "-i", str(path), "-map", "0:a", "-map_metadata", "0"]
    encode = ["-af", filters, "-c:a", "libmp3lame", "-b:a", "64k", str(to)]
    subprocess.run([*decode, *encode], check=True)
    return to


def test_a_built_session_keeps_every_promise_and_its_levels_are_measured(built):
    path, manifest = built
    inspection = inspect(path)
    levels = inspection.levels
    assert inspection.broken == ()
    assert levels.speech == pytest.approx(-16, abs=0.5)
    assert levels.soft == pytest.approx(levels.speech - 3, abs=1.5)
    assert levels.true_peak <= -1
    assert levels.first_bell == levels.softest_bell == pytest.approx(7.5, abs=0.4)
    assert levels.loudest_bell == pytest.approx(5.5, abs=0.4)
    assert levels.first_breath == pytest.approx((12, 12), abs=0.4)
    assert levels.last_breath == pytest.approx((24, 24), abs=1.0)
    assert levels.bed == pytest.approx(-55, abs=1)
    assert levels.bed_rise < 2
    assert levels.dead_ms < 500
    spoken = sum(cue["length_ms"] for cue in manifest["cues"] if cue["kind"] == "speech")
    assert levels.quiet_share == pytest.approx(1 - spoken / 300_000, abs=0.001)


def test_every_broken_promise_about_sound_is_named(built, tmp_path):
    path, manifest = built
    bell, tone = starts(manifest, "bell"), starts(manifest, "in")
    rest = starts(manifest, "speech")[4] - 22
    damage = [
        f"volume=10dB:enable='between(t,{bell[0]},{bell[0] + 3})'",
        f"volume=8dB:enable='between(t,{tone[0]},{tone[0] + 4})'",
        f"volume=10dB:enable='between(t,{tone[-1]},{tone[-1] + 4})'",
        f"volume=0:enable='between(t,{rest},{rest + 3})'",
        f"volume=14dB:enable='between(t,{rest + 8},{rest + 14})'",
        "volume=34dB:enable='between(t,0,0.6)'",
        "aeval=val(0)+if(gt(t\\,298)\\,0.02*sin(t*3000)\\,0):c=same",
        "volume=2dB",
    ]
    broken = "\n".join(inspect(filtered(path, tmp_path / "damaged.mp3", ",".join(damage))).broken)
    for pattern in (
        "Speech is at -1[34].* within 0.5 LU of -16 LUFS",
        "A bell is .* LU below speech; it should be 4 to 8 LU",
        "The first bell is not the softest",
        "Breath tones begin .* it should be 10 to 14 LU",
        "Breath tones end .* it should be at least 18 LU",
        "There are [23]... ms of digital silence",
        "The ambience rises by .* it should rise by 3 LU at most",
        "The ambience does not fade in",
        "The last 3 s are not nearly silent",
    ):
        assert re.search(pattern, broken), pattern


def test_a_true_peak_above_its_limit_is_named(built, tmp_path):
    broken = inspect(filtered(built[0], tmp_path / "loud.mp3", "volume=12dB")).broken
    assert any(promise.startswith("The true peak is") for promise in broken)


@pytest.fixture(scope="module")
def promises_after(built):
    """Return a function that damages the frames or the tag of the built file and returns the broken promises."""
    file = read_mp3(built[0])
    details = inspect_in_detail(built[0])

    def damaged(samples: int = 14_400_000, **changes: object) -> list[str]:
        return [*broken_promises(file._replace(**changes), samples, details.inspection.levels)]

    assert damaged() == []
    return damaged


def test_damaged_frames_are_named(promises_after, built):
    frames = read_mp3(built[0]).frames
    size = 192
    assert "not 128 kbit/s stereo or 64" in promises_after(frames=b"\xff\xfb\x90" + frames[3:])[0]
    assert "whole frame" in promises_after(frames=frames[:-5])[0]
    other_format = frames[: 9 * size] + b"\xff\xfb\x94" + frames[9 * size + 3 :]
    assert promises_after(frames=other_format) == ["Not all frames have the same format"]
    assert "no Info frame" in promises_after(frames=frames[size:])[0]
    (promise,) = promises_after(frames=frames[: -5 * size])
    assert promise == "There are 12496 frames, but the Info frame states 12501"
    reservoir = frames[: 9 * size + 4] + b"\x01" + frames[9 * size + 5 :]
    assert "bit reservoir" in promises_after(frames=reservoir)[0]


def test_damaged_chapters_are_named(promises_after):
    first, second = TaggedChapter(0, 100_000, "One"), TaggedChapter(100_000, 300_000, "Two")
    assert promises_after(chapters=()) == ["The chapters are missing"]
    assert "The chapters are not in order of time" in promises_after(chapters=(second, first))
    gap = TaggedChapter(120_000, 300_000, "Two")
    assert promises_after(chapters=(first, gap)) == ["There are gaps or overlaps between chapters"]
    assert promises_after(chapters=(first,)) == [
        "The chapters run from 0s to 1m40s, but the file lasts 300.000 s"
    ]


def test_a_damaged_tag_is_named_and_the_rest_of_it_is_read(promises_after, built, tmp_path):
    whole = read_mp3(built[0])
    content = bytearray(built[0].read_bytes())
    content[content.index(b"TCON") + 10] = 9  # the encoding of the genre
    path = tmp_path / "damaged.mp3"
    path.write_bytes(content)
    damaged = read_mp3(path)
    assert whole.tags.keys() - damaged.tags.keys() == {"TCON"}
    assert (damaged.chapters, damaged.cue_sheet) == (whole.chapters, whole.cue_sheet)
    assert promises_after(tag_problem=damaged.tag_problem) == [
        "The ID3 tag cannot be read in full: frame TCON is damaged: its text encoding is unknown"
    ]


def test_a_length_that_differs_from_the_cue_sheet_is_named(promises_after):
    broken = promises_after(samples=14_400_001)
    assert "It decodes to 14400001 samples, which is not a whole number of milliseconds" in broken
    longer = promises_after(samples=14_448_000)
    assert "The file lasts 301.000 s, but its cue sheet states 300.000 s" in longer


def test_a_foreign_file_is_measured_as_a_whole(tmp_path):
    path = tmp_path / "sine.mp3"
    source = ["-f", "lavfi", "-i", "sine=997:r=44100:d=20,volume=0.5"]
    subprocess.run(["ffmpeg", "-v", "error", *source, "-b:a", "128k", str(path)], check=True)
    inspection = inspect(path)
    reference = subprocess.run(
        ["ffmpeg", "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    integrated, true_peak = (float(reference.rsplit(label, 1)[1].split()[0]) for label in ("I:", "Peak:"))
    assert inspection.levels.integrated == pytest.approx(integrated, abs=0.1)
    assert inspection.levels.true_peak == pytest.approx(true_peak, abs=0.2)
    assert inspection.levels.speech is None
    assert any("cue sheet of audio-builder is missing" in promise for promise in inspection.broken)
    assert inspection.samples == pytest.approx(float(ffprobe(path, "stream=duration")) * 44_100, abs=3000)


def test_progress_is_reported_in_seconds(built):
    reported = []
    inspect_in_detail(built[0], lambda done, total: reported.append((done, total)))
    assert reported[-1][0] == pytest.approx(300, abs=2)
    assert len({total for _, total in reported}) == 1


def test_an_empty_signal_can_be_measured():
    levels = measure_levels(meter.measure_signal([np.zeros((0, 2), np.float32)]), None)
    assert (levels.integrated, levels.true_peak, levels.dead_ms) == (None, None, 0)


def _levels(audio_builder, folder, *options):
    (folder / "small.md").write_text(SCRIPT)
    command = ("build", "small.md", "--length", "5m", "--voice", "tone", "--ambience", "rain", "--json")
    result = audio_builder(*command, *options, folder=folder)
    assert result.status == 0, result.err
    path = folder / "output" / f"{json.loads(result.out)['name']}.mp3"
    return path, inspect(path)


@pytest.fixture(scope="module")
def standard(audio_builder, tmp_path_factory):
    """A session at the usual levels, as it is measured."""
    return _levels(audio_builder, tmp_path_factory.mktemp("standard"))[1]


@pytest.mark.parametrize(("ambience", "bell"), [("-12", "-12"), ("-6", "+3"), ("+6", "0")])
def test_levels_move_ambience_and_bell_and_keep_the_promises(
    standard, audio_builder, tmp_path, ambience, bell
):
    options = ("--ambience-level", ambience, "--bell-level", bell)
    path, changed = _levels(audio_builder, tmp_path, *options)
    assert standard.broken == changed.broken == ()
    assert f"ambience{float(ambience):+g}dB" in path.name
    assert changed.levels.bed - standard.levels.bed == pytest.approx(float(ambience), abs=0.3)
    # the ambience sounds under the bell
    moved = standard.levels.loudest_bell - changed.levels.loudest_bell
    assert moved == pytest.approx(float(bell), abs=1.0)
    assert changed.levels.speech == pytest.approx(standard.levels.speech, abs=0.1)


def test_any_part_of_a_session_at_another_level_can_be_read_alone(audio_builder, tmp_path, monkeypatch):
    options = ("--ambience", "room", "--ambience-level=4", "--bell-level=-3.5")
    path, _ = _levels(audio_builder, tmp_path, *options)
    content = path.read_bytes()
    asked = BuildOptions.parse(
        length="5m", voice="tone", ambience="room", ambience_level="4", bell_level="-3.5 dB"
    )
    monkeypatch.chdir(tmp_path)  # as the command: show.toml is looked for here
    session = open_session("small.md", asked)
    assert session.size == len(content)
    for at in (0, len(content) // 3, len(content) - 30_000):
        assert session.read(at, 30_000) == content[at : at + 30_000]


@pytest.mark.parametrize("written", ["7", "-13", "loud", "", "1e1", "٣"])
def test_a_level_beyond_what_is_possible_is_refused(audio_builder, tmp_path, written):
    (tmp_path / "small.md").write_text(SCRIPT)
    result = audio_builder("build", "small.md", f"--ambience-level={written}", folder=tmp_path)
    assert result.status in (1, 2)
    assert "-12" in result.err
    text = SCRIPT.replace("title: Small\n", f'title: Small\nbell-level: "{written or "x"}"\n')
    (tmp_path / "small.md").write_text(text)
    result = audio_builder("check", "small.md", folder=tmp_path)
    assert result.status == 1
    assert "small.md:3:" in result.out
