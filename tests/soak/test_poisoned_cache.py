"""Whatever happens to entries of the cache, of any kind: the next build writes the same bytes."""

import os
import shutil
import subprocess
import sys

import pytest
from common import command_environment
from damage import DAMAGE
from sounds import voice, write_wav

SCRIPT = """---
title: Small
voice: tone
bell: gong.wav
ambience: rain
breath: 4-6
quality: mono
---

Rest. [bell]

[play hello.wav: Hello.]

[breathe 4-6 x3]

Let your legs be heavy. [rest 2m..]
- Soft.
"""
KINDS = {".wav", ".level", ".frames", ".synth", ".jpg"}


def build(folder, home):
    """Build in a process of its own, which remembers nothing, and return the content of every file."""
    shutil.rmtree(folder / "output", ignore_errors=True)
    built = subprocess.run(
        [sys.executable, "-m", "audio_builder", "build", "small.md", "--length", "5m30s"],
        cwd=folder,
        env={**os.environ, **command_environment(home, folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return {path.name: path.read_bytes() for path in (folder / "output").iterdir()}, built.stderr


def entries(folder):
    return [path for path in (folder / "cache").rglob("*") if path.suffix in KINDS]


@pytest.fixture(scope="module")
def built(tmp_path_factory, home):
    """A folder with a built session, a copy of its cache, and the files of the session."""
    folder = tmp_path_factory.mktemp("poisoned")
    (folder / "small.md").write_text(SCRIPT, "utf-8")
    write_wav(folder / "gong.wav", voice(4000, 1))
    write_wav(folder / "hello.wav", voice(3000, 3))
    right, _ = build(folder, home)
    shutil.copytree(folder / "cache", folder / "whole")
    found = {path.suffix for path in (folder / "cache").rglob("*") if path.is_file()} - {""}
    assert found == KINDS
    return folder, right


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("damage", [*DAMAGE, "exchanged with its neighbour"])
def test_no_output_has_a_wrong_byte(kind, damage, built, home):
    folder, right = built
    shutil.rmtree(folder / "cache")
    shutil.copytree(folder / "whole", folder / "cache")
    paths = sorted(path for path in entries(folder) if path.suffix == kind)
    assert paths
    if damage in DAMAGE:
        for path in paths:
            DAMAGE[damage](path)
    else:
        contents = [path.read_bytes() for path in paths]
        for path, content in zip(paths, [*contents[1:], contents[0]], strict=True):
            path.write_bytes(content)
    for path in entries(folder):  # frames are read before anything else, and hide the rest
        if path.suffix == ".frames" != kind:
            path.unlink()
    files, _ = build(folder, home)
    assert files == right
