"""Scripts and settings that ask for too much get a message that names the limit, in a moment and without the memory."""

import os

import pytest
from common import ROOT

from audio_builder.diagnostics.report import check
from audio_builder.errors import AudioBuilderError, BadPicture
from audio_builder.files import LARGEST_READ
from audio_builder.pictures.custom import custom_cover
from audio_builder.podcast.podcast import open_podcast
from audio_builder.request import Workspace
from audio_builder.script.budget import MAX_INCLUDE_DEPTH, MAX_ITEMS, MAX_POSITIONS
from audio_builder.script.load import load
from audio_builder.script.search import ScriptFinder
from audio_builder.service.render_queue import KEPT_BYTES
from audio_builder.units import YEARS
from audio_builder.web.connections import (
    BODY_SECONDS,
    HEAD_SECONDS,
    MOST_CONNECTIONS,
    MOST_CONNECTIONS_OF_A_CLIENT,
)


def session(folder, name, body, front=""):
    (folder / f"{name}.md").write_text(f"---\ntitle: {name}\nvoice: tone\n{front}---\n\n{body}\n", "utf-8")


def messages(folder, name):
    return [problem.message for problem in check(name, Workspace(ScriptFinder((folder,)))).errors]


def test_scripts_that_each_include_the_next_one_twice_are_refused(tmp_path):
    for number in range(26):
        session(tmp_path, f"s{number}", f"Word.\n\n[include s{number + 1}]\n\n[include s{number + 1}]")
    session(tmp_path, "s26", "Word. [rest 5m..]")
    found = messages(tmp_path, "s0")
    assert any(f"at most {MAX_ITEMS:,}" in one for one in found), found


def test_a_chain_of_includes_has_a_limit(tmp_path):
    for number in range(MAX_INCLUDE_DEPTH + 2):
        session(tmp_path, f"s{number}", f"Word.\n\n[include s{number + 1}]")
    session(tmp_path, f"s{MAX_INCLUDE_DEPTH + 2}", "Word. [rest 5m..]")
    assert any("in a chain" in one for one in messages(tmp_path, "s0"))
    assert messages(tmp_path, "s5") == []


@pytest.mark.parametrize("more", [0, 1])
def test_sentences_have_a_limit(more, tmp_path):
    session(tmp_path, "long", "One.\n\n" * (MAX_ITEMS - 1 + more) + "[rest 2h..]")
    if more:
        with pytest.raises(AudioBuilderError, match=f"{MAX_ITEMS + 1:,} sentences.*at most {MAX_ITEMS:,}"):
            load("long", ScriptFinder((tmp_path,)))
    else:
        load("long", ScriptFinder((tmp_path,)))


@pytest.mark.parametrize("more", [0, 1])
def test_positions_have_a_limit(more, tmp_path):
    names = [f"p{number}" for number in range(MAX_POSITIONS + more)]
    for name in names:
        session(tmp_path, name, "# In\n\nRest. [10s..]", "kind: position\n")
    session(tmp_path, "all", "Lie down.\n\n[positions]", f"positions: [{', '.join(names)}]\n")
    found = messages(tmp_path, "all")
    assert [f"at most {MAX_POSITIONS}" in one for one in found] == [True] * more


PICTURES = {
    "/dev/zero": "outside the folder",
    "../secret.png": "outside the folder",
    "zero.png": "outside the folder",  # a link to /dev/zero
    "pipe.png": "not a file",
    "folder": "not a file",
    "huge.png": "larger than 50 MB",
}


@pytest.mark.parametrize("image", PICTURES)
def test_a_cover_that_is_no_picture_of_the_folder_takes_neither_time_nor_memory(image, tmp_path):
    scripts = tmp_path / "scripts"
    (scripts / "folder").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(b"x")
    (scripts / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(scripts / "pipe.png")
    with (scripts / "huge.png").open("wb") as file:
        file.truncate(60_000_000)
    show = f'title = "A"\nauthor = "B"\ndescription = "C"\ncategories = ["Education"]\nimage = "{image}"\n'
    (scripts / "show.toml").write_text(show, "utf-8")
    with pytest.raises(AudioBuilderError, match=PICTURES[image]):
        _ = open_podcast(ScriptFinder((scripts,)), tmp_path / "output").cover


def test_a_picture_of_too_many_pixels_is_refused_before_they_take_memory(tmp_path):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")))
    with pytest.raises(BadPicture):
        custom_cover(path)


def test_the_documentation_gives_these_limits():
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    for row in (
        f"| sentences and directives of a session, with what it includes | {MAX_ITEMS:,} |",
        f"| positions of a session | {MAX_POSITIONS} |",
        f"| scripts that include one another in a chain | {MAX_INCLUDE_DEPTH} |",
        f"| connections to the server | {MOST_CONNECTIONS:,}, of which {MOST_CONNECTIONS_OF_A_CLIENT} from",
        f"| any other text that is read as a whole | {LARGEST_READ // 10**6} MB |",
        f"| rendered sound that the server keeps in memory | {KEPT_BYTES // 10**6} MB |",
        f"| dates of episodes | the years {YEARS[0]} to {YEARS[-1]} |",
        f"closed after {HEAD_SECONDS:.0f} s, or {BODY_SECONDS:.0f} s for a body",
    ):
        assert row in text, row
