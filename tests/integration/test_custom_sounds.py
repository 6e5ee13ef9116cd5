"""A teacher's own bell and ambience, named in the script or on the command line."""

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
OPTIONS = ("--length", "5m", "--voice", "tone", "--quality", "mono", "--json")


def noise(seed: int) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(8 * 48_000)


@pytest.fixture
def workspace(tmp_path):
    """A script with its bell and ambience next to it."""
    (tmp_path / "sounds").mkdir()
    t = np.arange(3 * 48_000) / 48_000
    write_wav(tmp_path / "sounds" / "gong.wav", 0.9 * np.sin(2 * np.pi * 330 * t) * np.exp(-2 * t))
    write_wav(tmp_path / "garden.wav", noise(1))
    (tmp_path / "mine.md").write_text(SCRIPT)
    return tmp_path


def build(audio_builder, folder, *options):
    result = audio_builder("build", "mine.md", *OPTIONS, *options, folder=folder)
    assert result.status == 0, result.err
    return json.loads(result.out)


def inspect(audio_builder, folder):
    result = audio_builder("inspect", "output/mine-5m-tone-mono.mp3", "--json", folder=folder)
    inspection = json.loads(result.out)
    assert result.status == 0, inspection["broken"]
    return inspection


def test_a_script_with_custom_sounds_is_built_and_keeps_every_promise(audio_builder, workspace):
    episode = build(audio_builder, workspace)
    assert (episode["choice"]["ambience"], episode["choice"]["bell"]) == ("garden.wav", "gong.wav")
    assert episode["name"] == "mine-5m-tone-mono"
    assert str(workspace) not in json.dumps(episode)
    levels = inspect(audio_builder, workspace)["levels"]
    assert levels["loudest_bell"] == pytest.approx(7.4, abs=0.5)
    assert levels["bed"] == pytest.approx(-38, abs=1.5)


def test_files_on_the_command_line_take_precedence_and_are_part_of_the_name(audio_builder, workspace):
    write_wav(workspace / "brook.wav", voice(6000))
    options = ("--ambience", "brook.wav", "--bell", "sounds/gong.wav")
    assert build(audio_builder, workspace, *options)["name"] == "mine-5m-tone-brook-mono"
    again = audio_builder("build", "mine.md", *OPTIONS[:-1], *options, folder=workspace)
    assert "unchanged" in again.out


def test_another_recording_under_the_same_name_gives_another_session(audio_builder, workspace):
    first = build(audio_builder, workspace)
    write_wav(workspace / "garden.wav", noise(2))
    assert build(audio_builder, workspace)["sha256"] != first["sha256"]


@pytest.mark.parametrize(
    ("front", "options", "message"),
    [
        ("ambience: gardn.wav", (), 'did you mean "garden.wav"'),
        ("bell: ../gong.wav", (), "outside the folder"),
        ("", ("--bell", "gone.wav"), 'No file named "gone.wav" for the bell'),
        ("", ("--ambience", "sounds/gone.wav"), "for the ambience: check the path"),
        ("", ("--ambience", "short.wav"), "short.wav: 2.0 s is too short for an ambience"),
        ("", ("--bell", "silent.wav"), "silent.wav: the recording is silent"),
        ("", ("--bell", "words.wav"), "words.wav: ffmpeg cannot read this file"),
        ("", ("--ambience", "gardne"), "path of a sound file"),
    ],
)
def test_a_sound_that_cannot_be_used_is_an_error_that_says_how_to_fix_it(
    audio_builder, workspace, front, options, message
):
    write_wav(workspace / "short.wav", voice(2000))
    write_wav(workspace / "silent.wav", np.zeros(48_000))
    (workspace / "words.wav").write_text("these are words")
    (workspace / "mine.md").write_text(
        SCRIPT.replace("ambience: garden.wav\nbell: sounds/gong.wav", front or "length: 6m")
    )
    result = audio_builder("build", "mine.md", "--voice", "tone", *options, folder=workspace)
    assert result.status == 1
    assert message in result.err
    assert not list((workspace / "output").glob("*.mp3"))


def test_ambience_that_sounds_only_on_the_right_is_heard_in_mono(audio_builder, workspace):
    sides = np.stack([np.zeros(8 * 48_000), noise(3)], axis=1)
    write_wav(workspace / "garden.wav", sides.reshape(-1), channels=2)
    build(audio_builder, workspace)
    assert inspect(audio_builder, workspace)["levels"]["bed"] == pytest.approx(-38, abs=1.5)
