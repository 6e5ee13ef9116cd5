"""A command that is killed at any call that writes leaves the library as it was or as it should be, never a mixture."""

import os
import subprocess
import sys

import pytest
from common import command_environment
from episodes import add_to_library, make_episode

from audio_builder.library.session_files import SESSION_FILES

FRONT = "---\ntitle: Small\nvoice: tone\nambience: none\nquality: mono\nlength: 5m\n---\n\n"
SCRIPT = f"{FRONT}Rest{{}}. [rest 2m..]\n- Soft.\n"
# Runs a command that kills itself before its n-th call that writes. Prints the number of calls if it survives.
KILLED = """
import os, signal, sys

left = int(sys.argv.pop(1))
calls = 0

def deadly(call):
    def wrapper(*arguments, **more):
        global calls
        calls += 1
        if calls == left:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **more)
    return wrapper

for name in ("replace", "rename", "fsync", "unlink", "mkdir", "rmdir", "chmod", "link", "truncate"):
    setattr(os, name, deadly(getattr(os, name)))
from audio_builder.cli.main import run
status = run(sys.argv[1:])
print("calls:", calls)
sys.exit(status)
"""
PARTS = {file.suffix for file in SESSION_FILES}


def attack(folder, home, *command):
    """Yield after each kill of a command, at its first call, at its second one, and so on until it survives."""
    environment = {**os.environ, **command_environment(home)}
    for number in range(1, 500):
        arguments = [sys.executable, "-c", KILLED, str(number), *command]
        finished = subprocess.run(
            arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if finished.returncode == 0:
            return
        assert finished.returncode == -9, finished.stderr
        yield number
    raise AssertionError(f"{command} still writes after 500 calls")


def contents(folder):
    """Return the content of every file in the library, and of hidden ones of interrupted commands."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def visible(folder):
    """Return the files of the library without staging folders, which are removed when they are a day old."""
    return {name: data for name, data in contents(folder).items() if not name.startswith(".building-")}


def test_a_build_that_is_killed_anywhere_leaves_the_old_session_or_the_new_one(audio_builder, tmp_path, home):
    (tmp_path / "scripts").mkdir()
    script, out = tmp_path / "scripts" / "small.md", tmp_path / "output"
    versions = []
    for words in (" well", " still"):
        script.write_text(SCRIPT.format(words), "utf-8")
        assert audio_builder("build", "small", folder=tmp_path).status == 0
        versions.append(visible(out))
    old, new = versions
    assert {name[len("small-5m") :] for name in new} == PARTS
    kills = 0
    script.write_text(SCRIPT.format(" well"), "utf-8")
    assert audio_builder("build", "small", folder=tmp_path).status == 0
    script.write_text(SCRIPT.format(" still"), "utf-8")
    for _ in attack(tmp_path, home, "build", "small"):
        kills += 1
        assert audio_builder("library", folder=tmp_path).status == 0
        found = visible(out)
        assert found in (old, new), sorted(found)
        if found == new:  # begin again from the old session
            script.write_text(SCRIPT.format(" well"), "utf-8")
            assert audio_builder("build", "small", folder=tmp_path).status == 0
            script.write_text(SCRIPT.format(" still"), "utf-8")
    assert visible(out) == new
    print(f"{kills} kills of a build")
    assert kills > 20


@pytest.mark.parametrize("command", ["remove", "restore"])
def test_a_removal_that_is_killed_anywhere_is_undone_or_finished(command, audio_builder, tmp_path, home):
    out = tmp_path / "output"
    add_to_library(out, make_episode("evening-20m"))
    inside = visible(out)
    audio_builder("library", "remove", "evening-20m", "--yes", folder=tmp_path)
    removed = visible(out)
    arguments = ["library", command, "evening-20m", *(["--yes"] if command == "remove" else [])]
    before = inside if command == "remove" else removed
    kills = 0
    if command == "remove":
        audio_builder("library", "restore", "evening-20m", folder=tmp_path)
    for _ in attack(tmp_path, home, *arguments):
        kills += 1
        audio_builder("library", folder=tmp_path)
        found = visible(out)
        assert found in (inside, removed), sorted(found)
        if found != before:
            undo = "restore" if command == "remove" else "remove"
            audio_builder(
                "library", undo, "evening-20m", *(["--yes"] if undo == "remove" else []), folder=tmp_path
            )
    print(f"{kills} kills of library {command}")
    assert kills >= 10
