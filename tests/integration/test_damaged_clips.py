"""Clips that are damaged in the cache are spoken again, and the session is the same."""

import os
import shutil

import pytest

BUILD = (
    *("build", "small.md", "--voice", "tone", "--length", "5m30s"),
    *("--ambience", "none", "--quality", "mono"),
)


@pytest.fixture(scope="module")
def counted(audio_builder, tmp_path_factory):
    """A folder with a session of many sentences, and the cache with which it was built."""
    folder = tmp_path_factory.mktemp("counted")
    lines = "".join(f"Count {number} as you breathe out.\n\n" for number in range(1, 17))
    (folder / "small.md").write_text(f"---\ntitle: Small\n---\n\n# Rest\n\n{lines}[rest 2m..]\n", "utf-8")
    built = audio_builder(*BUILD, folder=folder, cache=folder / "cache")
    assert built.status == 0, built.err
    return folder


@pytest.mark.parametrize("damage", ["a bit of every clip", "a bit of every seal", "a folder", "a named pipe"])
def test_clips_that_are_damaged_are_spoken_again(damage, counted, audio_builder, tmp_path):
    shutil.copytree(counted, tmp_path, dirs_exist_ok=True)
    (mp3,) = (tmp_path / "output").glob("*.mp3")
    before = mp3.read_bytes()
    mp3.unlink()
    clips = sorted((tmp_path / "cache").rglob("*.wav"))
    assert len(clips) > 15
    for path in clips if damage.startswith("a bit") else clips[:1]:
        content = bytearray(path.read_bytes())
        path.unlink()
        if damage == "a folder":
            path.mkdir()
        elif damage == "a named pipe":
            os.mkfifo(path)
        else:
            content[1000 if damage == "a bit of every clip" else -1] ^= 1
            path.write_bytes(content)
    for path in (tmp_path / "cache").rglob("*.frames"):
        path.unlink()
    built = audio_builder(*BUILD, folder=tmp_path, cache=tmp_path / "cache")
    assert built.status == 0, built.err
    assert mp3.read_bytes() == before
