"""Make `docs/sample.mp3`, twenty seconds of a session: `make sample`. Listen to it before you commit it.

A bell, the first sentences of `scripts/legs-on-chair.md` and the sound of the room, as a session has them.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from audio_builder.audio.mix.mix import mix
from audio_builder.audio.pcm import apply_envelope, as_array, as_segment
from audio_builder.build import open_request
from audio_builder.mp3.encode import LOOK_AHEAD_FRAMES, EncoderInput, encode
from audio_builder.mp3.info import frame_count, info_frame
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace, resolve
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.units import FRAME_MS, samples

OUT = Path(__file__).parent.parent / "docs" / "sample.mp3"
SCRIPT = """---
title: Twenty seconds
---

# A sample

[bell]
{lines}

[rest 5m..]
"""
SENTENCES = ("Let the chair take the whole weight of your legs.", "Feel your calves spread on the seat")
"""How the sentences of the sample begin in the script."""
LENGTH = 20_000  # milliseconds
FADE = 3000  # milliseconds, at the end


def sentences() -> list[str]:
    """Return the sentences of the sample. Raises StopIteration if the script does not have them any more."""
    lines = (shipped_folder() / "legs-on-chair.md").read_text("utf-8").splitlines()
    return [next(line[2:] for line in lines if line[2:].startswith(start)) for start in SENTENCES]


def sample() -> bytes:
    """Return the sample as an MP3, mono at 64 kbit/s."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.md"
        path.write_text(SCRIPT.format(lines="\n".join(f"{line} [2s]" for line in sentences())), "utf-8")
        workspace = Workspace(ScriptFinder((Path(folder), shipped_folder())))
        options = BuildOptions.parse(length="6m", quality="mono", ambience="room")
        session = open_request(resolve(str(path), options, workspace.finder), workspace)
        count = frame_count(samples(LENGTH))
        end = (count + LOOK_AHEAD_FRAMES) * FRAME_MS
        sound = as_array(mix(session.timeline, session.clips, session.style, 0, end))
    gain = np.ones(end + 1)
    gain[LENGTH - FADE : LENGTH] = np.linspace(1, 0, FADE)
    gain[LENGTH:] = 0
    pcm = as_segment(apply_envelope(sound, gain), 1).raw_data
    return info_frame(samples(LENGTH), False) + encode(EncoderInput(pcm, 0, count), stereo=False)


if __name__ == "__main__":
    OUT.write_bytes(sample())
    sys.stdout.write(f"{OUT}: {OUT.stat().st_size / 1000:.0f} kB\n")
