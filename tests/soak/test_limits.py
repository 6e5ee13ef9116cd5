"""The largest input that is allowed and the smallest that is refused, for each limit: memory and time of the command.

Prints a line for each. What is refused costs no more memory than what is allowed.
"""

import os
import re
import subprocess
import sys
import time
import wave
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from common import command_environment
from PIL import Image
from word_files import word_file

from audio_builder.audio.recordings import LONGEST_RECORDING
from audio_builder.files import LARGEST_READ
from audio_builder.importing.reading import MAX_FILE_BYTES
from audio_builder.pictures.cover import MAX_COVER_BYTES
from audio_builder.script.budget import MAX_INCLUDE_DEPTH, MAX_ITEMS, MAX_POSITIONS
from audio_builder.script.parse.breathing import MAX_CYCLES
from audio_builder.script.parse.characters import MAX_SCRIPT_BYTES

MEGABYTES = 400
"""The most memory that any of these commands may take."""


def session(folder, name, body, front=""):
    text = f"---\ntitle: {name}\nvoice: tone\n{front}---\n\n{body}\n"
    (folder / f"{name}.md").write_text(text, "utf-8")
    return len(text.encode())


def padded(path, size):
    """Lengthen a file to a size with zeros, which its format ignores at the end."""
    with path.open("ab") as file:
        file.truncate(size)


def bytes_of_a_script(folder, more):
    body = (
        "Let your legs be heavy, and let the chair have the whole of their weight for a while now.\n\n"
        * 2_000
    )
    size = session(folder, "s", f"[5m..]\n\n{body}")
    spare = MAX_SCRIPT_BYTES + more - size
    session(folder, "s", f"[5m..]\n\n<!-- {'x' * (spare - 11)} -->\n\n{body}")
    assert (folder / "s.md").stat().st_size == MAX_SCRIPT_BYTES + more
    return "check", "s.md"


def sentences(folder, more):
    pairs = "One.\n\n[1s]\n\n" * (MAX_ITEMS // 2 - 1)
    session(folder, "s", pairs + "One.\n\n" * (1 + more) + "[rest 10m..]")
    return "plan", "s.md", "--length", "8h"


def positions(folder, more):
    names = [f"p{number}" for number in range(MAX_POSITIONS + more)]
    for name in names:
        session(folder, name, "# In\n\nRest. [10s..]", "kind: position\n")
    session(folder, "s", "Lie down.\n\n[positions]", f"positions: [{', '.join(names)}]\n")
    return "plan", "s.md", "--length", "1h"


def includes(folder, more):
    deepest = MAX_INCLUDE_DEPTH + more
    for number in range(deepest):
        session(folder, f"s{number}" if number else "s", f"Word.\n\n[include s{number + 1}]")
    session(folder, f"s{deepest}", "Word. [rest 5m..]")
    return "plan", "s.md", "--length", "1h"


def breaths(folder, more):
    session(folder, "s", f"Breathe.\n\n[breathe 4-6 x{MAX_CYCLES + more}]\n\n[rest 1m..]")
    return "plan", "s.md", "--length", "4h"


def recording(folder, more):
    count = (LONGEST_RECORDING + more) * 48
    sound = (np.random.default_rng(1).normal(0, 2000, 48_000)).astype("<i2").tobytes()
    with wave.open(str(folder / "a.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        for at in range(0, count, 48_000):
            file.writeframes(sound[: 2 * (count - at)])
    session(folder, "s", "Listen.\n\n[play a.wav: What is said.]\n\n[rest 1m..]")
    return "plan", "s.md", "--length", "2h"


def cover(folder, more):
    picture, path = Image.effect_noise((1400, 1400), 20).convert("RGB"), folder / "cover.jpg"
    picture.save(path, quality=30)
    assert path.stat().st_size < MAX_COVER_BYTES
    padded(path, MAX_COVER_BYTES + more)
    session(folder, "s", "Rest. [rest 5m..]", "image: cover.jpg\n")
    return "check", "s.md"


def pixels(folder, more):
    Image.new("RGB", (3000 + more, 3000 + more), "#123").save(folder / "cover.png")
    session(folder, "s", "Rest. [rest 5m..]", "image: cover.png\n")
    return "check", "s.md"


def text_to_import(folder, more):
    line = "Let your legs be heavy (pause 3 seconds) and rest\n\n"
    (folder / "a.txt").write_text((line * (MAX_SCRIPT_BYTES // len(line) + 1))[: MAX_SCRIPT_BYTES + more])
    return "import", "a.txt"


def word_document(folder, more):
    """A small text and a picture that cannot be compressed."""
    picture = np.random.default_rng(1).bytes(MAX_FILE_BYTES)

    def written(size):
        file = BytesIO(word_file("Let your legs be heavy. (pause 3 seconds)"))
        with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
            archive.writestr("word/media/image1.png", picture[:size])
        return file.getvalue()

    rest = len(written(0))
    content = written(MAX_FILE_BYTES + more - rest)
    assert len(content) == MAX_FILE_BYTES + more
    (folder / "a.docx").write_bytes(content)
    return "import", "a.docx"


def pronunciations(folder, more):
    session(folder, "s", "Rest. [rest 5m..]")
    line = 'psoas = "so-as"\n'
    text = f"#{'x' * 998}\n" * (LARGEST_READ // 1000)
    (folder / "pronunciation.toml").write_text(text[: -len(line)] + line + "\n" * more)
    return "plan", "s", "--scripts", ".", "--length", "10m"


def show(folder, more):
    session(folder, "s", "Rest. [rest 5m..]")
    text = 'title = "A"\nauthor = "B"\ndescription = "C"\ncategories = ["Education"]\n'
    (folder / "show.toml").write_text(text + ("#" * 999 + "\n") * ((LARGEST_READ - len(text)) // 1000))
    padding = LARGEST_READ + more - (folder / "show.toml").stat().st_size
    with (folder / "show.toml").open("a") as file:
        file.write("\n" * padding)
    return "check", "--scripts", "."


LIMITS = {
    "bytes of a script": (bytes_of_a_script, "400 kB"),
    "sentences and directives": (sentences, f"at most {MAX_ITEMS:,}"),
    "positions": (positions, f"at most {MAX_POSITIONS}"),
    "includes in a chain": (includes, "in a chain"),
    "breaths of an exercise": (breaths, f"to [breathe 4-6 x{MAX_CYCLES}]"),
    "minutes of a recording": (recording, "longer than 1h"),
    "bytes of a cover": (cover, "512 kB"),
    "pixels of a cover": (pixels, "3000"),
    "bytes of a text to import": (text_to_import, "400 kB"),
    "bytes of a Word file": (word_document, "20 MB"),
    "bytes of a pronunciation file": (pronunciations, "64 MB"),
    "bytes of a show.toml": (show, "64 MB"),
}
TOO_LONG = ("bytes of a text to import",)
"""Inputs that are read, and are too long for a session."""

TOO_LONG = ("bytes of a text to import",)
"""Inputs that are read, and are too long for a session."""


@pytest.mark.parametrize("name", LIMITS)
def test_what_a_limit_allows_takes_little_memory_and_what_it_refuses_no_more(name, home, tmp_path):
    make, message = LIMITS[name]
    measured = []
    for more in (0, 1):
        folder = tmp_path / str(more)
        folder.mkdir()
        command = make(folder, more)
        status, said, megabytes, seconds = run(folder, home, *command)
        measured.append(megabytes)
        print(
            f"\n{name}, {'one more' if more else 'the most'}: {megabytes:.0f} MB, {seconds:.2f} s, {last(said)}"
        )
        assert (message in said) == bool(more), said[-1000:]
        assert status == more or name in TOO_LONG, said[-1000:]
    assert max(measured) < MEGABYTES
    assert measured[1] < measured[0] + 50


PEAK = Path(__file__).parent / "peak.py"


def last(said):
    return re.sub(r"\s+", " ", said.strip())[-90:]


def run(folder, home, *command):
    """Run a command, and return its status, what it printed, its peak of memory in MB, and its seconds."""
    begin = time.monotonic()
    with (folder / "said").open("w+") as out:
        finished = subprocess.run(
            [
                sys.executable,
                str(PEAK),
                str(folder / "peak"),
                sys.executable,
                "-m",
                "audio_builder",
                *command,
            ],
            cwd=folder,
            env={**os.environ, **command_environment(home)},
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
        seconds = time.monotonic() - begin
        out.seek(0)
        return finished.returncode, out.read(), int((folder / "peak").read_text("utf-8")), seconds
