"""What takes long: eight hours, many lengths with the true voice. `make soak` runs this before an issue is closed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audio_builder import ffmpeg
from audio_builder.build import speak
from audio_builder.options import BuildOptions
from audio_builder.planning.plan import plan, ranges
from audio_builder.request import Workspace, resolve
from audio_builder.units import Ms, samples

PEAK = Path(__file__).parent / "peak.py"


@pytest.mark.parametrize("quality", ["stereo", "mono"])
def test_eight_hours_decode_exactly_in_bounded_memory(quality, home, tmp_path):
    options = ["psoas-release", "--length", "8h", "--quality", quality, "--json"]
    ran = subprocess.run(
        [
            sys.executable,
            str(PEAK),
            str(tmp_path / "peak"),
            sys.executable,
            "-m",
            "audio_builder",
            "build",
            *options,
        ],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    episode = json.loads(ran.stdout)
    mp3 = tmp_path / "output" / f"{episode['name']}.mp3"
    channels = 2 if quality == "stereo" else 1
    assert ffmpeg.output_size(["-i", str(mp3), "-f", "s16le", "pipe:1"]) == 2 * channels * samples(28_800_000)
    peak = int((tmp_path / "peak").read_text("utf-8"))
    print(f"\n8 h {quality}: largest process {peak} MB")
    assert peak < 500


@pytest.mark.parametrize(
    "choice",
    [
        ("psoas-release", None),
        ("psoas-release", ("leg-across", "legs-on-chair")),
        ("leg-across", None),
        ("knees-together", None),
    ],
)
def test_200_lengths_with_the_true_voice(choice):
    name, positions = choice
    workspace = Workspace(workers=2)
    order = resolve(name, BuildOptions(positions=positions), workspace.finder)
    clips = speak(order, workspace)
    lengths = {sound: clip.length for sound, clip in clips.items()}
    bounds = {part.name: part.front for part in order.script.parts}
    for ending in ("wake", "sleep"):
        low, high = ranges(order.script, lengths, ending)[0]
        for n in range(100):
            timeline = plan(order.script, lengths, Ms(low + (high - low) * n * n // 9801), ending)
            held = {}
            for hold in timeline.holds:
                assert bounds[hold.position].minimum <= hold.length <= bounds[hold.position].maximum
                held.setdefault(hold.position, set()).add(hold.length)
            assert all(len(sides) == 1 for sides in held.values())


def test_no_sentence_is_said_twice_but_in_rests():
    workspace = Workspace(workers=2)
    for name in workspace.finder.scripts():
        order = resolve(name, BuildOptions(), workspace.finder)
        clips = speak(order, workspace)
        lengths = {sound: clip.length for sound, clip in clips.items()}
        for target in (1_680_000, 3_600_000):
            timeline = plan(order.script, lengths, Ms(target), "wake")
            inside = [span for span in timeline.elastic_gaps if span.kind in ("rest", "breathe")]
            said = [
                cue.content.line.text
                for cue in timeline.cues
                if hasattr(cue.content, "line")
                and not any(s.start <= cue.start < s.start + s.length for s in inside)
            ]
            assert len(said) == len(set(said)), sorted(text for text in said if said.count(text) > 1)
