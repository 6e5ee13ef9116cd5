"""The session that is measured, as we make it and as its opponents need it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from audio_builder.audio import beds, chimes
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.pcm import wav_file
from audio_builder.build import open_session
from audio_builder.options import BuildOptions
from audio_builder.planning.timeline import BellStroke, BreathTone, PlayedRecording, Utterance
from audio_builder.request import Workspace
from audio_builder.session.session import Session
from audio_builder.units import Ms

SCRIPT = "psoas-release"
WORKERS = 2


def made(minutes: int, ambience: str | None = None, quality: str | None = None) -> Session:
    """A session as it would be built, with every sentence spoken."""
    options = BuildOptions(length=Ms(minutes * 60_000), ambience=ambience, quality=quality)
    return open_session(SCRIPT, options, Workspace(workers=WORKERS))


def laid_out(session: Session, folder: Path) -> None:
    """The clips and the bed of a session as opponents need them: files, and where each sounds."""
    folder.mkdir()
    cues = []
    for cue in session.timeline.cues:
        match cue.content:
            case Utterance(line=sound) | PlayedRecording(recording=sound):
                name, clip = f"{session.clips[sound].key[:16]}.wav", session.clips[sound].path
                if not (folder / name).exists():
                    shutil.copy(clip, folder / name)
            case BreathTone(phase=phase):
                name = f"{phase}-{cue.length}.wav"
                (folder / name).write_bytes(wav_file(chimes.breath_tone(phase, cue.length)))
            case BellStroke():
                name = f"bell-{cue.length}.wav"
                rung = chimes.bell_stroke("bowl")
                assert rung is not None
                (folder / name).write_bytes(wav_file(rung[: cue.length * 48]))
        cues.append({"start": cue.start, "length": cue.length, "file": name})
    (folder / "cues.json").write_text(
        json.dumps({"script": SCRIPT, "length": session.timeline.length, "cues": cues}), "utf-8"
    )
    (folder / "bed.wav").write_bytes(wav_file(beds.bed_loops("room")[0]))
    (folder / "silence.wav").write_bytes(wav_file(np.zeros(600 * 48_000, np.int16)))


def raw(session: Session, path: Path) -> None:
    """The whole mix as raw PCM, for the plain encoder."""
    with path.open("wb") as file:
        for at in range(0, session.timeline.length, 10_000):
            end = min(at + 10_000, session.timeline.length)
            file.write(mix(session.timeline, session.clips, session.style, at, end).raw_data)


def lame(path: Path) -> list[str]:
    """The plain encoder, one thread, at the settings of a session."""
    how = [
        "-r",
        "-s",
        "48",
        "--bitwidth",
        "16",
        "--signed",
        "--little-endian",
        "-m",
        "j",
        "--cbr",
        "-b",
        "128",
    ]
    return ["lame", "--quiet", *how, "--nores", "-t", "--noreplaygain", str(path), "/dev/null"]
