"""Whole builds with the real encoder, real voices and two decoders: what a session promises its listeners."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import wave
import zipfile
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest
from common import ROOT, command_environment

from audio_builder import ffmpeg
from audio_builder.audio.beds import BEDS
from audio_builder.units import duration, samples

RATE = 48_000
# with the backend that is installed, so that nothing is fetched
PIP_WHEEL = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")


SMALL = """---
title: Small
---

# Rest

Let your legs be heavy. Let the floor have them.

Rest for a while, and I will speak again.
[rest 2m..]
- One soft word.

# Up {fixed}

Get up slowly. [5s]
"""


UNPUNCTUATED = "and the floor is there "


def _mpg123_samples(path, channels):
    """Return the number of samples a channel that mpg123 decodes."""
    total = 0
    with subprocess.Popen(["mpg123", "-q", "-s", "--no-control", path], stdout=subprocess.PIPE) as process:
        while piece := process.stdout.read(1 << 20):
            total += len(piece)
    assert process.returncode == 0
    return total // 2 // channels


def _ffmpeg_samples(path, channels):
    """Return the number of samples a channel that ffmpeg decodes."""
    return ffmpeg.output_size(["-i", str(path), "-f", "s16le", "pipe:1"]) // 2 // channels


def _pcm(path, channels):
    raw = ffmpeg.output(["-i", str(path), "-f", "s16le", "pipe:1"])
    return np.frombuffer(raw, "<i2").reshape(-1, channels).astype(float).mean(axis=1)


def _sha(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _build(audio_builder, folder, *arguments, **more):
    """Build a session and return its manifest and the path of its MP3."""
    result = audio_builder("build", *arguments, "--json", folder=folder, **more)
    assert result.status == 0, result.err
    episode = json.loads(result.out)
    return episode, folder / "output" / f"{episode['name']}.mp3"


# every ambience once, and once a session of several positions
LENGTHS = [
    ("small.md", "5m13s", "stereo", "ocean", "wake"),
    ("small.md", "5m0s1ms", "stereo", "pink", "sleep"),
    ("small.md", "5m11s23ms", "mono", "brown", "wake"),
    ("small.md", "5m0s7ms", "mono", "rain", "wake"),
    ("small.md", "5m", "mono", "drone", "sleep"),
    ("small.md", "5m1s", "mono", "room", "wake"),
    ("psoas-release", "9m17s7ms", "mono", "none", "sleep"),
]


@pytest.mark.parametrize(("script", "length", "quality", "ambience", "ending"), LENGTHS)
def test_two_decoders_return_exactly_the_samples_asked_for(
    script, length, quality, ambience, ending, audio_builder, tmp_path
):
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    options = ["--length", length, "--quality", quality, "--ambience", ambience, "--ending", ending]
    _, mp3 = _build(audio_builder, tmp_path, script, "--voice", "tone", *options)
    channels = 2 if quality == "stereo" else 1
    expected = samples(duration(length))
    assert _ffmpeg_samples(mp3, channels) == expected
    assert _mpg123_samples(mp3, channels) == expected
    checked = subprocess.run(["mp3val", mp3], capture_output=True, text=True, check=True).stdout
    assert "WARNING" not in checked, checked
    if ambience in ("pink", "none"):  # once in stereo and once in mono: inspecting takes longer than building
        inspected = audio_builder("inspect", mp3, folder=tmp_path)
        assert inspected.status == 0, inspected.out


def test_every_ambience_is_decoded_above():
    assert {ambience for *_, ambience, _ in LENGTHS} == set(BEDS)


def test_any_folder_any_number_of_workers_and_any_cache_give_the_same_bytes(audio_builder_process, tmp_path):
    """In processes of their own, because this one remembers what it made. Two workers need more than eight sentences
    to speak."""
    lines = "".join(
        f"Count {number} as you breathe out.\n\n" for number in ("one", "two", "three", "four", "five")
    )
    found = set()
    for name, workers, cache in (("a", 1, "x"), ("b", 2, "x"), ("c", 2, "y")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "small.md").write_text(SMALL.replace("# Up", f"{lines}# Up"), "utf-8")
        options = ("small.md", "--length", "5m30s", "--quality", "mono", "--workers", workers)
        _, mp3 = _build(audio_builder_process, folder, *options, cache=tmp_path / cache)
        found.add((_sha(mp3), *(_sha(mp3.with_suffix(s)) for s in (".vtt", ".json", ".jpg", ".notes.html"))))
    assert len(found) == 1


def test_an_unchanged_rebuild_leaves_the_files_alone_and_repairs_damaged_ones(audio_builder, tmp_path):
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    arguments = ("build", "small.md", "--length", "5m", "--voice", "tone")
    assert "unchanged" not in audio_builder(*arguments, folder=tmp_path).out
    mp3 = tmp_path / "output" / "small-5m-tone.mp3"
    before = mp3.stat().st_mtime_ns
    assert "unchanged" in audio_builder(*arguments, folder=tmp_path).out
    assert mp3.stat().st_mtime_ns == before
    whole = mp3.read_bytes()
    mp3.write_bytes(whole[:-1] + b"\x01")
    assert "unchanged" not in audio_builder(*arguments, folder=tmp_path).out
    assert mp3.read_bytes() == whole
    mp3.with_suffix(".vtt").unlink()
    assert "unchanged" not in audio_builder(*arguments, folder=tmp_path).out
    assert mp3.with_suffix(".vtt").exists()


def test_no_sentence_is_synthesised_twice(audio_builder, tmp_path):
    """Another length needs no new speech, and a changed sentence only its own."""
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    build = ("build", "small.md", "--voice", "tone", "--quality", "mono", "--ambience", "none", "--length")
    cache = tmp_path / "cache"
    assert "5 sentences spoken" in audio_builder(*build, "5m", folder=tmp_path, cache=cache).out
    assert "nothing new spoken" in audio_builder(*build, "6m", folder=tmp_path, cache=cache).out
    (tmp_path / "small.md").write_text(SMALL.replace("heavy", "long"), "utf-8")
    assert "1 sentence spoken" in audio_builder(*build, "5m", folder=tmp_path, cache=cache).out
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    assert "nothing new spoken" in audio_builder(*build, "5m", folder=tmp_path, cache=cache).out


def test_a_build_leaves_nothing_in_the_home_folder_but_its_cache(audio_builder_process, tmp_path):
    """Not even onnxruntime's device id: there is no telemetry (decision 0003)."""
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {"HOME": str(empty), "XDG_CACHE_HOME": "", "CI": ""}
    options = ("--length", "5m", "--ambience", "none", "--quality", "mono")
    result = audio_builder_process("build", "small.md", *options, folder=tmp_path, **environment)
    assert result.status == 0, result.err
    assert [path.relative_to(empty).as_posix() for path in empty.glob("*/*")] == [".cache/audio-builder"]


def test_each_sentence_begins_when_its_caption_says(audio_builder, tmp_path):
    """The decoded MP3 is silent before the first caption of each sentence and audible within 50 ms."""
    episode, mp3 = _build(
        audio_builder, tmp_path, "pillow-under-knees", "--ambience", "none", "--breath", "none", "--bell", "none",
        "--quality", "mono",
    )  # fmt: skip
    sound = np.abs(_pcm(mp3, 1))
    stamps = re.findall(r"(\d+):(\d\d):(\d\d)\.(\d{3}) --> ", mp3.with_suffix(".vtt").read_text("utf-8"))
    captions = {((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms) for h, m, s, ms in stamps}
    starts = [cue["start_ms"] for cue in episode["cues"] if cue["text"]]
    assert len(starts) > 30
    assert captions.issuperset(starts)
    delays = []
    for start in starts:
        before = sound[samples(start - 300) : samples(start)]
        after = sound[samples(start) : samples(start + 600)]
        # audible means less than 40 dB below the loudest
        delays.append(np.flatnonzero(after > 0.01 * after.max())[0] / RATE * 1000)
        assert after.max() > 300, f"nothing is said at {start} ms"
        assert before.max() < 0.01 * after.max(), f"sound before the words at {start} ms"
    assert max(delays) < 50, sorted(delays)[-5:]


@pytest.mark.parametrize("voice", ["tone", "pyttsx3", "piper"])
def test_other_voices_build_the_same_session(voice, audio_builder, tmp_path):
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    options = ("small.md", "--length", "6m", "--quality", "mono", "--ambience", "none")
    episode, mp3 = _build(audio_builder, tmp_path, *options, "--voice", voice)
    assert mp3.name == f"small-6m-{voice}-no-ambience-mono.mp3"
    assert _ffmpeg_samples(mp3, 1) == samples(360_000)
    assert episode["choice"]["voice"] == voice
    if voice != "tone":
        default, _ = _build(audio_builder, tmp_path, *options)
        assert [c["title"] for c in episode["chapters"]] == [c["title"] for c in default["chapters"]]


def test_pyttsx3_needs_no_system_package(audio_builder_process, tmp_path):
    """The espeak-ng library of the wheel is used, whatever the machine has."""
    assert Path(espeakng_loader.get_library_path()).is_file()
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    result = audio_builder_process(
        "build", "small.md", "--voice", "pyttsx3", "--length", "5m", "--ambience", "none",
        folder=tmp_path, cache=tmp_path / "cache", PATH="/nowhere", LD_LIBRARY_PATH="/nowhere",
    )  # fmt: skip
    assert result.status == 0, result.err


def test_right_to_left_text_is_spoken_by_a_voice_of_its_language(audio_builder, tmp_path):
    text = SMALL.replace("title: Small", "title: מנוחה\nlanguage: he\nvoice: pyttsx3")
    text = text.replace("Let your legs be heavy.", "תנו לרגליים להיות כבדות.")
    (tmp_path / "rest.md").write_text(text, "utf-8")
    episode, mp3 = _build(audio_builder, tmp_path, "rest.md", "--length", "5m", "--quality", "mono")
    assert "תנו לרגליים" in mp3.with_suffix(".vtt").read_text("utf-8")
    assert episode["title"] == "מנוחה"
    refused = audio_builder("build", "rest.md", "--voice", "hibari", folder=tmp_path)
    assert refused.status == 1
    assert 'hibari does not speak the language "he"' in refused.err


def test_an_impossible_length_is_refused_before_anything_is_synthesised(audio_builder, tmp_path):
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    result = audio_builder(
        "build", "small.md", "--length", "4m59s", folder=tmp_path, cache=tmp_path / "cache"
    )
    assert result.status == 1
    assert not (tmp_path / "cache").exists()


def test_hundreds_of_words_without_punctuation_are_spoken(audio_builder, tmp_path):
    """They are enough for a dozen of the pieces that a voice is given at once."""
    (tmp_path / "long.md").write_text(f"---\ntitle: Long\n---\n\n{UNPUNCTUATED * 100}[2m..]\n", "utf-8")
    options = ("--voice", "tone", "--length", "12m", "--quality", "mono", "--ambience", "none")
    _, mp3 = _build(audio_builder, tmp_path, "long.md", *options)
    assert _ffmpeg_samples(mp3, 1) == samples(duration("12m"))


def test_thousands_of_words_without_punctuation_are_planned(audio_builder, tmp_path):
    (tmp_path / "long.md").write_text(f"---\ntitle: Long\n---\n\n{UNPUNCTUATED * 1000}[2m..]\n", "utf-8")
    result = audio_builder("plan", "long.md", "--length", "1h", "--json", folder=tmp_path)
    assert result.status == 0, result.err
    assert json.loads(result.out)["length"] == 3_600_000


@pytest.mark.parametrize("form", ["crlf", "bom"])
def test_unusual_files_are_accepted(form, audio_builder, tmp_path):
    text = SMALL
    if form == "crlf":
        text = text.replace("\n", "\r\n")
    if form == "bom":
        text = "\ufeff" + text
    (tmp_path / "odd.md").write_bytes(text.encode())
    options = ("--voice", "tone", "--length", "5m", "--quality", "mono")
    _, mp3 = _build(audio_builder, tmp_path, "odd.md", *options)
    assert _ffmpeg_samples(mp3, 1) == samples(duration("5m"))


def test_a_recording_is_played_and_transcribed(audio_builder, tmp_path):
    tone = (8000 * np.sin(np.arange(44_100 * 3) * 2 * np.pi * 440 / 44_100)).astype("<i2")
    with wave.open(str(tmp_path / "hello.wav"), "wb") as file:
        file.setparams((1, 2, 44_100, 0, "NONE", ""))
        file.writeframes(tone.tobytes())
    (tmp_path / "mine.md").write_text(
        SMALL.replace("Let the floor", "[play hello.wav: Hello there.] Let the floor")
    )
    episode, mp3 = _build(
        audio_builder,
        tmp_path,
        "mine.md",
        "--voice",
        "tone",
        "--length",
        "5m",
        "--ambience",
        "none",
        "--quality",
        "mono",
    )
    cue = next(cue for cue in episode["cues"] if cue["kind"] == "recording")
    assert (cue["length_ms"], cue["text"]) == (3000, "Hello there.")
    assert "Hello there." in mp3.with_suffix(".txt").read_text("utf-8")
    heard = _pcm(mp3, 1)[samples(cue["start_ms"] + 500) : samples(cue["start_ms"] + 2500)]
    peak = np.abs(np.fft.rfft(heard)).argmax() / len(heard) * RATE
    assert abs(peak - 440) < 2
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "linked.wav").symlink_to(tmp_path / "hello.wav")
    (tmp_path / "inner" / "mine.md").write_text(
        SMALL.replace("Let the floor", "[play linked.wav: x] Let the floor")
    )
    result = audio_builder("build", "inner/mine.md", "--voice", "tone", folder=tmp_path)
    assert result.status == 1, "a link that leads out of the folder is refused"
    assert "outside" in result.err


def test_build_works_from_the_wheel_in_any_folder(audio_builder_process, tmp_path):
    """The wheel contains everything it needs: scripts, cautions, pronunciation and templates."""
    subprocess.run(
        [*PIP_WHEEL, "--wheel-dir", tmp_path, ROOT],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    here = tmp_path / "here"
    here.mkdir()
    result = audio_builder_process(
        "build", "legs-on-chair", "--voice", "tone", "--length", "8m", "--ambience", "none",
        folder=here, PYTHONPATH=str(tmp_path / "site"),
    )  # fmt: skip
    assert result.status == 0, result.err
    new = audio_builder_process("new", "mine", folder=here, PYTHONPATH=str(tmp_path / "site"))
    assert new.status == 0, new.err


@pytest.mark.parametrize("voice", ["tone:silent", "tone:die"])
def test_a_voice_that_fails_names_the_line_and_leaves_nothing(voice, audio_builder, tmp_path):
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    result = audio_builder("build", "small.md", "--voice", voice, "--length", "5m", folder=tmp_path)
    assert result.status == 1
    assert re.search(r"small\.md:\d+:\d+: the voice tone", result.err), result.err
    assert not (tmp_path / "output").exists()


INTERRUPTED_BUILD = """
import os, signal
from contextlib import contextmanager
from pathlib import Path

from audio_builder.cli import shared
from audio_builder.cli.main import main


@contextmanager
def interrupt_encoding(_quiet):
    def progress(stage, done, _total):
        if stage == "Encoding" and done:
            print("interrupted with", *(path.name for path in Path("output").glob(".*/*")), flush=True)
            os.kill(os.getpid(), getattr(signal, os.environ["WITH_SIGNAL"]))

    yield progress


shared.progress = interrupt_encoding
main()
"""
"""The command, which gets a signal when a part of the session is written."""


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_an_interrupted_build_leaves_no_partial_files(name, status, home, tmp_path):
    (tmp_path / "small.md").write_text(SMALL, "utf-8")
    finished = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_BUILD, "build", "small.md", "--voice", "tone", "--length", "1h"],
        cwd=tmp_path,
        env={**os.environ, **command_environment(home), "WITH_SIGNAL": name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == status, finished.stderr
    assert re.match(r"interrupted with \S*small-1h-tone.mp3", finished.stdout), finished.stdout
    assert finished.stderr.strip() == "Interrupted. No partial files were left behind."
    assert list((tmp_path / "output").iterdir()) == []


def test_ctrl_c_in_the_first_moments_ends_the_program_without_a_traceback(home, tmp_path):
    program = "import runpy; print('begins', flush=True); runpy.run_module('audio_builder', None, '__main__')"
    command = [sys.executable, "-c", program, "build", "--length", "8h"]
    for delay in (0.02, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5):
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, **command_environment(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout.readline() == "begins\n"
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
        assert "Traceback" not in err, (delay, err)
        assert process.returncode in (130, -signal.SIGINT), (delay, err)


def test_ctrl_c_is_not_lost_where_python_ignores_exceptions(home, tmp_path):
    (tmp_path / "ignoring.py").write_text(
        "import os, signal, sys, time, weakref\n"
        "from audio_builder.cli import main, scripts\n"
        "def run(**_):\n"
        "    thing = set()\n"
        "    watched = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))\n"
        "    del thing\n"
        "    while True: time.sleep(0.01)\n"
        "scripts.scripts_command.callback = run\n"
        "sys.argv = ['audio-builder', 'scripts']\n"
        "main.main()\n",
        "utf-8",
    )
    finished = subprocess.run(
        [sys.executable, "ignoring.py"],
        cwd=tmp_path,
        env={**os.environ, **command_environment(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert finished.returncode == 130
    assert finished.stderr.strip() == "Interrupted. No partial files were left behind."
