"""The files that examples in the manual name: another script, a position and recordings."""

import io
import re
import wave
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from audio_builder.script.search import script_template

EXAMPLE = "example"
"""The name of the script that an example is."""
CLOSING = """---
title: Closing
---

# Get up {fixed}

Roll to one side, and rest there for a moment. [15s]
Push yourself up with your hands, and sit for a while. [10s]
Stand up when you feel steady.
"""
BODY = """
# Arrive

Lie down on your back. [10s..40s]

# Breathe

If you feel light-headed, breathe normally. Breathe with me now, slowly.
[breathe 4-6 x3 aloud]
[breathe 4-6 30s..3m]

# Rest

Rest here for a while. I'll say a few words now and then.
[rest 1m..]
- Let your legs be heavy.
- Notice the floor.

[bell]

# Get up {fixed, wake}

Roll to one side. [15s]
Stand up when you feel steady.
"""
"""The body of an example that is only front matter."""
NEEDS = {
    r"\[props\]": "props: [a chair, a folded towel]",
    r"\[cautions\]": "cautions: [pregnancy, hip-replacement]",
    r"\[positions\]": "positions: [legs-on-chair, knees-together]",
    r"\{(side|other)\}": "sides: [right, left]",
}
"""What a part of a script needs in front matter."""
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M1 8H9"/></svg>'
SOUNDS = {"welcome.wav": 4, "my-garden.wav": 12, "my-gong.wav": 3}
"""Recordings, with their lengths in seconds."""
_RATE = 48_000
_FADE = 0.2  # seconds


def complete(written: str) -> str:
    """Return an example as a script that can be built: front matter gets a body, and a part of a body the rest."""
    if re.match(r"[a-z-]+:", written):
        front = written if "title:" in written else f"title: An example\n{written}"
        return f"---\n{front}---\n{BODY}"
    if written.startswith("---\n"):
        return (
            written
            if re.fullmatch(r"---\n.*?^---\n\s*\S.*", written, re.DOTALL | re.MULTILINE)
            else written + BODY
        )
    needed = "".join(f"{line}\n" for sign, line in NEEDS.items() if re.search(sign, written))
    return f"---\ntitle: An example\n{needed}---\n\n{written}\n\n# What follows\n\nRest a while.\n\n[rest 1m..]\n"


def write_files(folder: Path) -> None:
    """Write every file that an example names into a folder."""
    (folder / "closing.md").write_text(CLOSING, "utf-8")
    (folder / "heels-on-wall.md").write_text(script_template("heels-on-wall", position=True), "utf-8")
    (folder / "my-drawing.svg").write_text(DRAWING, "utf-8")
    (folder / "floor.jpg").write_bytes(_picture())
    for name, seconds in SOUNDS.items():
        (folder / name).write_bytes(tone(seconds))


@cache
def tone(seconds: float) -> bytes:
    """Return a WAV with a soft tone of 220 Hz, faded at both ends."""
    at = np.arange(round(seconds * _RATE)) / _RATE
    fade = np.clip(np.minimum(at, seconds - at) / _FADE, 0, 1)
    samples = (9000 * fade * np.sin(2 * np.pi * 220 * at)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, _RATE, 0, "NONE", ""))
        sound.writeframes(samples.tobytes())
    return file.getvalue()


@cache
def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1400, 1400), "#14232b").save(file, "JPEG")
    return file.getvalue()
