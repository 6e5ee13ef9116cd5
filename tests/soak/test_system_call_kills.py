"""Commands that are killed at calls of the system, by strace: writes, renames, syncs, deletions, of every thread.

At most KILLS of each command, spread evenly; `KILLS=0` kills at every call.
"""

import os
import subprocess
import sys

import pytest
from common import command_environment
from killing import COMMANDS, SCRIPT, normalised, prepare
from servers import needed, web_space
from voice_servers import Behaviour, Machine, install_engine, voice_server

KILLS = int(os.environ.get("KILLS", "60"))
CALLS = (
    "write,pwrite64,writev,rename,renameat,renameat2,fsync,fdatasync,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,"
    "chmod,fchmod,fchmodat,ftruncate,copy_file_range,sendfile"
)
EVERY = {
    "build": ["build", "small"],
    "library remove": ["library", "remove", "evening-20m", "--yes"],
    **COMMANDS,
}


def run(folder, home, *command, trace=()):
    return subprocess.run(
        [*trace, sys.executable, "-m", "audio_builder", *command],
        cwd=folder,
        env={**os.environ, **command_environment(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def traced(log, *more):
    return [needed("strace"), "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}", *more]


@pytest.mark.parametrize("name", EVERY)
def test_a_command_killed_at_a_call_of_the_system_is_finished_when_it_runs_again(name, tmp_path, home):
    folder, command, log = tmp_path / "here", EVERY[name], tmp_path / "trace"

    def begin(address):
        prepare(folder, address)
        (folder / "scripts" / "small.md").write_text(SCRIPT.format(""), "utf-8")

    with web_space(folder / "public") as address:
        begin(address)
        before = normalised(folder)
        assert run(folder, home, *command).returncode == 0
        after = normalised(folder)
        begin(address)
        run(folder, home, *command, trace=traced(log))
        calls = len(log.read_text("utf-8", "replace").splitlines())
        assert calls > 3
        step = max(1, calls // KILLS) if KILLS else 1
        kills = 0
        for number in range(1, calls + 1, step):
            begin(address)
            killed = run(
                folder, home, *command, trace=traced(log, "-e", f"inject={CALLS}:signal=KILL:when={number}")
            )
            if killed.returncode == 0:
                continue  # no thread made as many calls
            kills += 1
            for file, content in normalised(folder).items():
                is_hidden = any(part.startswith(".") for part in file.split("/"))
                assert is_hidden or content in (before.get(file), after.get(file)), (number, file)
            again = run(folder, home, *command)
            assert again.returncode == 0 or name in ("import", "new", "library remove"), again.stderr
            found = normalised(folder)
            for file in sorted({*found, *after}):
                assert found.get(file) == after.get(file), (number, file)
    print(f"\n{kills} kills of {name} at {calls} calls of the system")
    assert kills


@pytest.mark.parametrize("command", ["add", "remove"])
def test_a_voice_is_there_as_a_whole_or_not_at_all_wherever_its_command_is_killed(command, tmp_path):
    plugin = tmp_path / "plugin"
    plugin.mkdir()
    install_engine(plugin)
    machine, log = Machine(plugin, tmp_path), tmp_path / "trace"
    with voice_server(Behaviour()) as address:
        asked = {"add": ("add", "pebble", "--mirror", address), "remove": ("remove", "pebble")}

        def begin():
            machine.run("remove", "pebble")
            if command == "remove":
                machine.run(*asked["add"])

        begin()
        assert machine.run(*asked[command], trace=traced(log))[0] == 0
        calls = len(log.read_text("utf-8", "replace").splitlines())
        kills = 0
        for number in range(1, calls + 1, max(1, calls // KILLS) if KILLS else 1):
            begin()
            status, _, _ = machine.run(
                *asked[command], trace=traced(log, "-e", f"inject={CALLS}:signal=KILL:when={number}")
            )
            kills += status != 0
            there = machine.is_there()
            if command == "add":
                assert machine.run(*asked["add"])[0] == 0
                assert machine.is_there()
            elif there:
                assert machine.run(*asked["remove"])[0] == 0
    print(f"\n{kills} kills of voices {command} at {calls} calls of the system")
    assert kills
