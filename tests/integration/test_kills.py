"""A command that is killed at any call that writes leaves the library as it was or as it should be, never a mixture."""

import os
import shutil
import subprocess
import sys

import pytest
from common import TESTS, command_environment
from episodes import add_to_library, make_episode
from killing import COMMANDS, SCRIPT, contents, normalised, prepare, save, visible
from servers import web_space

from audio_builder.library.session_files import SESSION_FILES

# Forks for each line of its input, a number n: the child runs the command and kills itself before its n-th call that
# writes. Prints how each child ended. Everything is imported once, before the first fork.
KILLED = """
import os, signal, sys
from pathlib import Path

from audio_builder.cli.main import VERBS, group, run
from killing import save

for verb in VERBS:
    group.get_command(None, verb)


def attacked(deadly_call):
    calls = 0

    def deadly(call):
        def wrapper(*arguments, **more):
            nonlocal calls
            calls += 1
            if calls == deadly_call:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **more)
        return wrapper

    for name in ("replace", "rename", "fsync", "unlink", "mkdir", "rmdir", "chmod", "link", "truncate"):
        setattr(os, name, deadly(getattr(os, name)))
    os.dup2(2, 1)
    return save(Path()) if sys.argv[1] == "save" else run(sys.argv[1:])


for line in sys.stdin:
    child = os.fork()
    if not child:
        os._exit(attacked(int(line)))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
PARTS = {file.suffix for file in SESSION_FILES}
STEPS = {"publish": 6, "feed": 3, "takes --import": 3}
"""How many calls lie between two kills of a command. All others are killed before every call."""


def attack(folder, home, *command, step=1):
    """Yield after each kill of a command, at its first call, at its second one, and so on until it survives."""
    environment = {**os.environ, **command_environment(home), "PYTHONPATH": str(TESTS)}
    with (
        (folder.parent / f"{folder.name}.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-c", KILLED, *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as parent,
    ):
        for number in range(1, 500, step):
            parent.stdin.write(f"{number}\n")
            parent.stdin.flush()
            status = parent.stdout.readline().strip()
            if status == "0":
                parent.stdin.close()
                return
            assert status == "-9", (folder.parent / f"{folder.name}.log").read_text("utf-8")
            yield number
    raise AssertionError(f"{command} still writes after 500 calls")


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
    assert contents(out) == new, "what a killed build leaves is removed by the next one"
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
        shutil.rmtree(out / ".removed")  # so that it is created while the command is killed
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
            if command == "remove":
                shutil.rmtree(out / ".removed")
    print(f"{kills} kills of library {command}")
    assert kills >= 10


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_killed_anywhere_is_finished_when_it_runs_again(
    name, audio_builder, tmp_path, home
):
    """Each file is as before or as it should be, and nothing else is left."""
    folder, command = tmp_path / "here", COMMANDS[name]
    with web_space(tmp_path / "here" / "public") as address:
        prepare(folder, address)
        before = normalised(folder)
        ran = audio_builder(*command, folder=folder)
        assert ran.status == 0, ran.err
        after = normalised(folder)
        assert after != before
        prepare(folder, address)
        kills = 0
        # each kill of these takes a second; `make soak` kills them at every call of the system
        for _ in attack(folder, home, *command, step=STEPS.get(name, 1)):
            kills += 1
            for file, content in normalised(folder).items():
                is_hidden = any(part.startswith(".") for part in file.split("/"))
                assert is_hidden or content in (before.get(file), after.get(file)), file
            assert audio_builder(*command, folder=folder).status == 0 or name in ("import", "new")
            found = normalised(folder)
            for file in sorted({*found, *after}):
                assert found.get(file, b"").splitlines() == after.get(file, b"").splitlines(), file
            prepare(folder, address)
    print(f"{kills} kills of {name}")
    assert kills >= 3


def test_a_script_whose_saving_is_killed_anywhere_is_the_old_one_or_the_new_one(tmp_path, home):
    """As from the editor of the page."""
    folder = tmp_path / "here"
    prepare(folder, "http://127.0.0.1")
    before = contents(folder)
    save(folder)
    after = contents(folder)
    assert after != before
    prepare(folder, "http://127.0.0.1")
    kills = 0
    for _ in attack(folder, home, "save"):
        kills += 1
        visible_files = {name: data for name, data in contents(folder).items() if "/." not in name}
        assert visible_files in (before, after)
        save(folder)
        assert contents(folder) == after
        prepare(folder, "http://127.0.0.1")
    print(f"{kills} kills of saving")
    assert kills >= 3
