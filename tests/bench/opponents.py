"""What people use otherwise to make the same session from the same clips, each in a process of its own.

`python opponents.py KIND FOLDER OUT`, where the folder has a `cues.json`, a `bed.wav` and the sounds it names, as
`bench.py` lays them out; `say` speaks the sentences of a script in this one process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path


def pydub_quadratic(folder: Path, out: Path) -> None:
    """The loop that tutorials show: the session grows by `+=`."""
    from pydub import AudioSegment

    told = json.loads((folder / "cues.json").read_text())
    session = AudioSegment.silent(0, 48_000).set_channels(2)
    for cue in told["cues"]:
        session += AudioSegment.silent(cue["start"] - len(session), 48_000)
        session += AudioSegment.from_wav(folder / cue["file"])
    session += AudioSegment.silent(told["length"] - len(session), 48_000)
    session = session.overlay(AudioSegment.from_wav(folder / "bed.wav"), loop=True)
    session.export(out, format="mp3", bitrate="128k")


def pydub_linear(folder: Path, out: Path) -> None:
    """As an experienced user of pydub would do it: joined once, overlaid once, exported."""
    from pydub import AudioSegment

    told = json.loads((folder / "cues.json").read_text())
    parts, at = [], 0
    for cue in told["cues"]:
        clip = AudioSegment.from_wav(folder / cue["file"]).set_channels(2)
        parts += [bytes(4 * 48 * (cue["start"] - at)), clip.raw_data]
        at = cue["start"] + len(clip.raw_data) // (4 * 48)
    parts.append(bytes(4 * 48 * (told["length"] - at)))
    session = AudioSegment(data=b"".join(parts), sample_width=2, frame_rate=48_000, channels=2)
    session = session.overlay(AudioSegment.from_wav(folder / "bed.wav"), loop=True)
    session.export(out, format="mp3", bitrate="128k")


def ffmpeg_concat(folder: Path, out: Path) -> None:
    """ffmpeg alone: its concat demuxer over clips and silences, its amix for the bed."""
    told = json.loads((folder / "cues.json").read_text())
    lines, at = ["ffconcat version 1.0"], 0
    for cue in told["cues"]:
        if cue["start"] > at:
            lines += ["file silence.wav", f"outpoint {(cue['start'] - at) / 1000}"]
        lines.append(f"file {cue['file']}")
        at = cue["start"] + cue["length"]
    lines += ["file silence.wav", f"outpoint {(told['length'] - at) / 1000}"]
    (folder / "list.ffconcat").write_text("\n".join(lines) + "\n")
    words = ["-f", "concat", "-i", str(folder / "list.ffconcat")]
    bed = ["-stream_loop", "-1", "-i", str(folder / "bed.wav")]
    mixed = ["-filter_complex", "amix=inputs=2:duration=first:normalize=0", "-b:a", "128k"]
    command = ["ffmpeg", "-v", "error", "-y", *words, *bed, *mixed, str(out)]
    subprocess.run(command, check=True)


def say(folder: Path, _out: Path) -> None:
    """Every sentence of the script, one after another, in this process with one thread."""
    from audio_builder.options import BuildOptions
    from audio_builder.planning.wording import sounds
    from audio_builder.request import Workspace, resolve
    from audio_builder.script.model import Line
    from audio_builder.speech.narrate import as_given
    from audio_builder.speech.pronunciation import pronunciation

    workspace = Workspace()
    order = resolve(
        json.loads((folder / "cues.json").read_text())["script"], BuildOptions(), workspace.finder
    )
    words = pronunciation(order.script, workspace.finder)
    for line in sounds(order.script):
        if isinstance(line, Line):
            for text in as_given(line, words, order.cast.main.engine):
                order.cast.main.speak(text)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    globals()[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
