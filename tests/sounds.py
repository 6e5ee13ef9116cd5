"""Small timelines and synthetic clips for tests of sound."""

from __future__ import annotations

import functools
import hashlib
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from audio_builder.audio import meter
from audio_builder.audio.clip import Clip
from audio_builder.cache import seal
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
    """Write a 16-bit WAV of interleaved samples between -1 and 1, and return its path."""
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def write_clip(path: Path, samples: np.ndarray, channels: int = 1) -> Path:
    """Write a WAV as the cache holds it, with its seal, and return its path."""
    content = write_wav(path, samples, channels=channels).read_bytes()
    path.write_bytes(content + seal(path.name, content))
    return path


def as_signal(sound: np.ndarray) -> np.ndarray:
    """Return 16-bit samples in the form that `meter` takes: shaped (n, channels), full scale at 1."""
    return (sound.reshape(len(sound), -1) / np.float32(32768)).astype(np.float32)


@functools.lru_cache(64)  # many tests ask for the same few
def voice(length: int, seed: int = 0, level: float = 0.3) -> np.ndarray:
    """Return `length` milliseconds of something like a voice: a buzz in syllables. The array cannot be changed."""
    t = np.arange(length * RATE // 1000) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(t))
    buzz = sum(np.sin(2 * np.pi * (110 + 3 * seed) * k * t + k * k) / k for k in range(1, 12))
    sound: np.ndarray = level * (0.4 * buzz + 0.05 * noise) * np.sin(np.pi * 3.1 * t) ** 2
    sound.flags.writeable = False
    return sound


def make_clip(folder: Path, length: int, seed: int, level: float = 0.3) -> Clip:
    """Write a clip to the folder, a different one for each seed."""
    path = write_clip(folder / f"{seed}.wav", voice(length, seed, level))
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
    """Return a timeline of `length` milliseconds and its clips, which are written to `folder`.

    Speech, three strokes, speech while the last one rings, four breaths, and a rest with words in it repeat for as long
    as there is time. `played` adds a recording of this length, and `level` scales all speech.
    """
    clips: dict[Sound, Clip] = {
        Line(words): make_clip(folder, 1700 + 331 * n, n, level) for n, words in enumerate(WORDS)
    }
    cues: list[Cue] = []
    gaps: list[ElasticGap] = []
    chapters: list[int] = []
    at = 2000

    def add(content: CueContent, length: int, gap: int = 0) -> None:
        nonlocal at
        cues.append(Cue(Ms(at), Ms(length), content))
        at += length + gap

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
        for until_next in (4000, 4000, 1000):
            add(BellStroke(), until_next)
        say(1, 1500)
        gaps.append(ElasticGap(Ms(at), Ms(4 * pattern.cycle), "breathe", PLACE, pattern))
        for n in range(4):
            add(BreathTone("in", n, 4), pattern.inhale, pattern.full)
            add(BreathTone("out", n, 4), pattern.exhale, pattern.empty)
        at += 2000
        say(2, 1500)
        gaps.append(ElasticGap(Ms(at), Ms(70_000), "rest", PLACE))
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
            elastic_gaps=tuple(gaps),
        ),
        clips,
    )


def shortened(timeline: Timeline, length: int) -> Timeline:
    """Return a timeline without the cues that are not over 3 s before its new end."""
    cues = tuple(cue for cue in timeline.cues if cue.end <= length - 3000)
    return replace(timeline, length=Ms(length), cues=cues, chapters=())


def decoded(path: Path, by: str) -> int:
    """Return the number of samples per channel that `ffmpeg` or `mpg123` decodes from a file."""
    channels = ffprobe(path, "stream=channels")
    if by == "ffmpeg":
        command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-"]
    else:
        command = ["mpg123", "-q", "-s", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    return len(done.stdout) // 2 // int(channels)


def ffprobe(path: Path, what: str) -> str:
    """Return what ffprobe says about a file, e.g. `stream=channels`."""
    command = ["ffprobe", "-v", "error", "-show_entries", what, "-of", "default=nk=1:nw=1", str(path)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def pieces(sound: meter.Signal, *sizes: int) -> Iterator[meter.Signal]:
    """Yield the sound in pieces of these sizes; the last size repeats."""
    at, remaining = 0, [*sizes]
    while at < len(sound):
        size = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        yield sound[at : at + size]
        at += size
