"""A teacher's own bell and bed: named in the script or on the command line, told when they cannot be used."""

import json

import numpy as np
import pytest
from sounds import voice, write_wav

SCRIPT = """---
title: Mine
ambience: garden.wav
bell: sounds/gong.wav
---

# Rest

Rest for a while, and I will speak again.
[bell]
[rest 2m..]
- One soft word.
"""


@pytest.fixture
def workspace(tmp_path):
    """A script with its own bell and bed beside it."""
    (tmp_path / "sounds").mkdir()
    t = np.arange(3 * 48_000) / 48_000
    write_wav(tmp_path / "sounds" / "gong.wav", 0.9 * np.sin(2 * np.pi * 330 * t) * np.exp(-2 * t))
    write_wav(tmp_path / "garden.wav", 0.1 * np.random.default_rng(1).standard_normal(8 * 48_000))
    (tmp_path / "mine.md").write_text(SCRIPT)
    return tmp_path


def built(audio_builder, folder, *options):
    wish = ("--length", "5m", "--voice", "tone", "--quality", "mono", "--json")
    ran = audio_builder("build", "mine.md", *wish, *options, folder=folder)
    assert ran.status == 0, ran.err
    return json.loads(ran.out)


def test_a_script_with_its_own_sounds_is_built_and_keeps_the_promises(audio_builder, workspace):
    episode = built(audio_builder, workspace)
    assert (episode["choice"]["ambience"], episode["choice"]["bell"]) == ("garden.wav", "gong.wav")
    assert episode["name"] == "mine-5m-tone-mono"
    ran = audio_builder("inspect", workspace / "output" / "mine-5m-tone-mono.mp3", "--json", folder=workspace)
    found = json.loads(ran.out)
    assert ran.status == 0, found["broken"]
    assert found["levels"]["loudest_bell"] == pytest.approx(7.4, abs=0.5)
    assert found["levels"]["bed"] == pytest.approx(-38, abs=1.5)
    assert str(workspace) not in json.dumps(episode)


def test_files_of_the_command_line_win_and_are_in_the_name(audio_builder, workspace):
    write_wav(workspace / "brook.wav", voice(6000))
    options = ("--ambience", "brook.wav", "--bell", "sounds/gong.wav")
    episode = built(audio_builder, workspace, *options)
    assert episode["name"] == "mine-5m-tone-brook-mono"
    again = audio_builder(
        "build",
        "mine.md",
        "--length",
        "5m",
        "--voice",
        "tone",
        *options,
        "--quality",
        "mono",
        folder=workspace,
    )
    assert "unchanged" in again.out


def test_another_recording_of_the_same_name_is_another_session(audio_builder, workspace):
    first = built(audio_builder, workspace)
    write_wav(workspace / "garden.wav", 0.1 * np.random.default_rng(2).standard_normal(8 * 48_000))
    assert built(audio_builder, workspace)["sha256"] != first["sha256"]


@pytest.mark.parametrize(
    ("front", "options", "says"),
    [
        ("ambience: gardn.wav", (), 'did you mean "garden.wav"'),
        ("bell: ../gong.wav", (), "outside the folder"),
        ("", ("--bell", "gone.wav"), "no such file"),
        ("", ("--ambience", "sounds/gone.wav"), "no such file"),
        ("", ("--ambience", "short.wav"), "heard as repeating"),
        ("", ("--bell", "silent.wav"), "only silence"),
        ("", ("--bell", "words.wav"), "not sound"),
        ("", ("--ambience", "gardne"), "path of a sound file"),
    ],
)
def test_what_cannot_be_used_is_told_with_the_cure(audio_builder, workspace, front, options, says):
    write_wav(workspace / "short.wav", voice(2000))
    write_wav(workspace / "silent.wav", np.zeros(48_000))
    (workspace / "words.wav").write_text("these are words")
    (workspace / "mine.md").write_text(
        SCRIPT.replace("ambience: garden.wav\nbell: sounds/gong.wav", front or "length: 6m")
    )
    ran = audio_builder("build", "mine.md", "--voice", "tone", *options, folder=workspace)
    assert ran.status == 1
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert not list((workspace / "output").glob("*.mp3"))


def test_a_bed_that_sounds_on_one_side_only_is_heard_in_mono(audio_builder, workspace):
    sides = np.zeros((8 * 48_000, 2))
    sides[:, 1] = 0.1 * np.random.default_rng(3).standard_normal(len(sides))
    write_wav(workspace / "garden.wav", sides.reshape(-1), channels=2)
    built(audio_builder, workspace)
    found = json.loads(
        audio_builder("inspect", "output/mine-5m-tone-mono.mp3", "--json", folder=workspace).out
    )
    assert found["levels"]["bed"] == pytest.approx(-38, abs=1.5)
