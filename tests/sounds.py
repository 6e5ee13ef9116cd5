"""Plans made by hand and small synthetic clips for them."""

from __future__ import annotations

import hashlib
import subprocess
import wave
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from audio_builder.audio.clip import Clip
from audio_builder.errors import Location
from audio_builder.options import Ending
from audio_builder.planning.timeline import (
    BellStroke,
    BreathTone,
    Chapter,
    Cue,
    CueContent,
    ElasticGap,
    PlayedRecording,
    Timeline,
    Utterance,
)
from audio_builder.script.model import Line, Pattern, Recording, Sound
from audio_builder.units import RATE, Ms

PLACE = Location("hand.md", 1)
WORDS = (
    "Let the chair carry your legs.",
    "Breathe in, and let it go.",
    "Nothing to hold <here> & nothing to fix.",
    "Stay as long as you like.",
)
BREATH = Pattern(Ms(4000), Ms(0), Ms(6000), Ms(0))


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE, channels: int = 1) -> Path:
    """A 16-bit WAV of samples in ±1, interleaved."""
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def floats(sound: np.ndarray) -> np.ndarray:
    """Samples of 16 bit as a meter takes them: shaped (n, channels), full scale at 1."""
    return (sound.reshape(len(sound), -1) / np.float32(32768)).astype(np.float32)


def voice(length: int, seed: int = 0, level: float = 0.3) -> np.ndarray:
    """Something with the restlessness of a voice: a buzz in syllables, `length` milliseconds of it."""
    t = np.arange(length * RATE // 1000) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(t))
    buzz = sum(np.sin(2 * np.pi * (110 + 3 * seed) * k * t + k * k) / k for k in range(1, 12))
    return level * (0.4 * buzz + 0.05 * noise) * np.sin(np.pi * 3.1 * t) ** 2


def make_clip(folder: Path, length: int, seed: int, level: float = 0.3) -> Clip:
    """A clip of its own for each seed, in a file of the folder."""
    path = write_wav(folder / f"{seed}.wav", voice(length, seed, level))
    return Clip(hashlib.sha256(path.read_bytes()).hexdigest(), path, Ms(length))


def session(
    folder: Path,
    length: int,
    ending: Ending = "wake",
    played: int = 0,
    title: str = "A session by hand",
    level: float = 0.3,
    pattern: Pattern = BREATH,
) -> tuple[Timeline, dict[Sound, Clip]]:
    """A plan of `length` milliseconds with speech, bells, breath tones, a rest, and its clips in `folder`.

    It repeats: speech, three strokes, speech while the last of them rings, four breaths, a rest with words in it;
    `played` adds a recording so long, and `level` is how loud all of it is spoken.
    """
    clips: dict[Sound, Clip] = {
        Line(words): make_clip(folder, 1700 + 331 * n, n, level) for n, words in enumerate(WORDS)
    }
    cues: list[Cue] = []
    spans: list[ElasticGap] = []
    chapters: list[int] = []
    at = 2000

    def add(what: CueContent, size: int, gap: int = 0) -> None:
        nonlocal at
        cues.append(Cue(Ms(at), Ms(size), what))
        at += size + gap

    def say(n: int, gap: int) -> None:
        line = Line(WORDS[n % len(WORDS)])
        add(Utterance(line, PLACE), clips[line].length, gap)

    if played:
        recording = Recording(str(folder / "played.wav"))
        clips[recording] = make_clip(folder, played, 99, level)
        add(PlayedRecording(recording, "Welcome.", PLACE), played, 1500)
    while at + 160_000 < length:
        chapters.append(0 if not chapters else at)
        say(0, 1500)
        for lasts in (4000, 4000, 1000):
            add(BellStroke(), lasts)
        say(1, 1500)
        spans.append(ElasticGap(Ms(at), Ms(4 * pattern.cycle), "breathe", PLACE, pattern))
        for n in range(4):
            add(BreathTone("in", n, 4), pattern.inhale, pattern.full)
            add(BreathTone("out", n, 4), pattern.exhale, pattern.empty)
        at += 2000
        say(2, 1500)
        spans.append(ElasticGap(Ms(at), Ms(70_000), "rest", PLACE))
        at += 40_000
        say(3, 1500)
        at += 26_000
    chapters.append(at if chapters else 0)
    at = length - 3000 - 4000 - clips[Line(WORDS[0])].length - 1500
    say(0, 1500)
    add(BellStroke(audible=ending == "wake"), 4000)
    marks = [*chapters, length]
    return (
        Timeline(
            title,
            Ms(length),
            ending,
            tuple(cues),
            tuple(
                Chapter(Ms(a), Ms(b - a), f"Chapter {n + 1}: «rest» & עברית")
                for n, (a, b) in enumerate(pairwise(marks))
            ),
            elastic_gaps=tuple(spans),
        ),
        clips,
    )


def cut(plan: Timeline, length: int) -> Timeline:
    """The beginning of a plan as a plan of its own, with room for its end."""
    cues = tuple(cue for cue in plan.cues if cue.end <= length - 3000)
    return replace(plan, length=Ms(length), cues=cues, chapters=())


def decoded(path: Path, by: str) -> int:
    """The samples of each channel that a player gets out of a file: by `ffmpeg` or `mpg123`."""
    channels = ffprobe(path, "stream=channels")
    if by == "ffmpeg":
        command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-"]
    else:
        command = ["mpg123", "-q", "-s", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    return len(done.stdout) // 2 // int(channels)


def ffprobe(path: Path, what: str) -> str:
    command = ["ffprobe", "-v", "error", "-show_entries", what, "-of", "default=nk=1:nw=1", str(path)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
