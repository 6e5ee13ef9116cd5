"""Removing a session asks first, and can be undone."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import suppress
from unittest.mock import patch

import pytest
from common import command_environment
from episodes import add_to_library, make_episode
from servers import ended

from audio_builder.errors import AudioBuilderError
from audio_builder.library.removed import remove_episode, restore_episode
from audio_builder.library.session_files import SESSION_FILES


@pytest.fixture
def library(tmp_path, audio_builder):
    """A library of two sessions. The returned function runs `library`."""
    for name in ("evening-20m", "morning-20m"):
        add_to_library(tmp_path / "output", make_episode(name))

    def run(*arguments, said="", status=0):
        result = audio_builder("library", *arguments, folder=tmp_path, said=said)
        assert result.status == status, result
        return result

    return run


def files(folder):
    """Return the content of every file, except for that which hides removed sessions from MPD."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != ".mpdignore")
    return {path.relative_to(folder): path.read_bytes() for path in found}


def test_without_a_terminal_nobody_is_asked_because_a_session_can_be_brought_back(library, tmp_path):
    before = files(tmp_path)
    for more in ((), ("--yes",)):
        assert "removed evening-20m, 20m" in library("remove", "evening-20m", *more).out
        library("restore", "evening-20m")
        assert files(tmp_path) == before


def test_a_group_passes_its_options_on(library, tmp_path):
    """They may stand before or after the name of the subcommand."""
    (tmp_path / "output").rename(tmp_path / "mine")
    assert json.loads(library("--out", "mine", "--json", "remove", "evening-20m").out) == {
        "removed": "evening-20m"
    }
    assert json.loads(library("restore", "evening-20m", "--out", "mine", "--json").out) == {
        "restored": "evening-20m"
    }
    (tmp_path / "mine" / "evening-20m.mp3").write_bytes(b"x")
    listed = json.loads(library("--json", "--out", "mine").out)
    assert {one["name"]: one["state"] for one in listed} == {
        "evening-20m": "damaged or missing",
        "morning-20m": "",
    }
    verified = json.loads(library("--json", "verify", "evening-20m", "--out", "mine", status=1).out)
    assert [(one["name"], one["intact"]) for one in verified] == [("evening-20m", False)]


@pytest.mark.parametrize(("said", "status"), [("y\n", 0), ("n\n", 1), ("\n", 1)])
def test_the_command_asks(said, status, library, tmp_path):
    result = library("remove", "evening-20m.mp3", said=said, status=status)
    assert "Remove evening-20m, 20m?" in result.err
    assert (tmp_path / "output" / "evening-20m.mp3").exists() == (status == 1)


AT_A_TERMINAL = """
import fcntl, runpy, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # as a shell does, so that Ctrl-C reaches the command
runpy.run_module("audio_builder", run_name="__main__")
"""


def until_it_asks(output):
    """Read what a command prints until it asks."""
    printed = b""
    while b"Remove evening-20m, 20m?" not in printed:
        assert select.select([output], [], [], 60)[0], printed
        printed += os.read(output, 4096)


def ended_by(process, ask):
    """Ask a process to end until it does. Return its exit status.

    Python notices a signal that comes just before it begins to read when the reading ends, or at the next signal.
    """
    for _ in range(6):
        ask()
        with suppress(subprocess.TimeoutExpired):
            return process.wait(10)
    return None


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_ctrl_c_and_ctrl_d_at_the_question_end_the_command_and_nothing_is_removed(key, home, tmp_path):
    before = files(tmp_path / "output")
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, "library", "remove", "evening-20m"],
        cwd=tmp_path,
        env={**os.environ, **command_environment(home)},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    try:
        with ended(process):
            until_it_asks(leader)
            assert ended_by(process, lambda: os.write(leader, key)) == 130
    finally:
        os.close(leader)
    assert files(tmp_path / "output") == before


@pytest.mark.usefixtures("library")
def test_an_interrupt_at_the_question_is_one_without_a_terminal_too(home, tmp_path):
    before = files(tmp_path / "output")
    process = subprocess.Popen(
        [sys.executable, "-m", "audio_builder", "library", "remove", "evening-20m"],
        cwd=tmp_path,
        env={**os.environ, **command_environment(home)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with ended(process), process.stdin, process.stderr:
        until_it_asks(process.stderr.fileno())
        assert ended_by(process, lambda: process.send_signal(signal.SIGINT)) == 130
    assert files(tmp_path / "output") == before


def test_an_unknown_name_is_an_error_before_any_question(library):
    assert 'Did you mean "evening-20m"?' in library("remove", "evning-20m", status=1).err
    library("remove", "../output/evening-20m", "--yes", status=1)


def test_a_removed_session_comes_back_with_every_file(library, tmp_path):
    before = files(tmp_path)
    library("remove", "evening-20m", "--yes")
    assert "evening" not in library().out
    assert "Did you mean" in library("restore", "evening-2m", status=1).err
    assert "restored evening-20m, 20m" in library("restore", "evening-20m").out
    assert files(tmp_path) == before
    library("restore", "evening-20m", status=1)


def test_the_last_one_of_a_name_comes_back_and_replaces_nothing(library, tmp_path):
    library("remove", "evening-20m", "--yes")
    add_to_library(tmp_path / "output", make_episode("evening-20m"), b"second")
    before = files(tmp_path)
    assert "output has evening-20m again" in library("restore", "evening-20m", status=1).err
    assert files(tmp_path) == before
    library("remove", "evening-20m", "--yes")
    library("restore", "evening-20m")
    assert (tmp_path / "output" / "evening-20m.mp3").read_bytes().startswith(b"second")


@pytest.mark.parametrize("change", [remove_episode, restore_episode])
def test_what_fails_halfway_is_finished_by_the_next_command(change, library, tmp_path):
    if change is restore_episode:
        library("remove", "evening-20m", "--yes")
    replace, calls = type(tmp_path).replace, []

    def failing(path, target):
        calls.append(path)
        if len(calls) == 4:
            raise OSError(13, "Permission denied")
        return replace(path, target)

    with (
        patch.object(type(tmp_path), "replace", failing),
        pytest.raises(AudioBuilderError, match="Permission denied"),
    ):
        change(tmp_path / "output", "evening-20m")
    assert ("evening-20m" in library().out) == (change is restore_episode)
    kept = tmp_path / "output" / ("" if change is restore_episode else ".removed/evening-20m")
    assert {path.name for path in kept.glob("evening-20m*")} == {
        f"evening-20m{file.suffix}" for file in SESSION_FILES
    }
