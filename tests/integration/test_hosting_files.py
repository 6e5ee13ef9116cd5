"""The units and the recipe of a container in the examples: complete, hardened, and with commands that exist."""

import configparser
import os
import re
import shlex
import subprocess
import sys
import time
import venv
import zipfile

import pytest
from common import ROOT, TESTS
from proxies import EXAMPLES
from servers import ask, needed, serving, write_only_script

from audio_builder.cli.main import group

PROGRAM = "/opt/audio-builder/bin/audio-builder"
UNITS = sorted(path.name for path in EXAMPLES.glob("*.service"))
TIMERS = sorted(path.name for path in EXAMPLES.glob("*.timer"))


def _analyze(*arguments):
    return subprocess.run(
        [needed("systemd-analyze"), *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def units(tmp_path):
    """The units with a program that this computer has."""
    for name in UNITS + TIMERS:
        text = (EXAMPLES / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace(PROGRAM, needed("true")))
    return tmp_path


@pytest.mark.parametrize("name", UNITS + TIMERS)
def test_systemd_understands_every_line_of_a_unit(units, name):
    finished = _analyze("verify", "--man=no", str(units / name))
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize("name", UNITS)
def test_a_service_is_hardened(units, name):
    finished = _analyze("security", "--offline=true", "--threshold=20", str(units / name))
    assert finished.returncode == 0, finished.stdout[-300:]


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """What a server asks the system for while it speaks with the default voice and serves: lines of strace."""
    folder = tmp_path_factory.mktemp("traced")
    write_only_script(folder, "rest", "---\ntitle: Rest\n---\n\n# Rest\n\nLie down.\n\n[rest 2m..]\n")
    # -D lets the server be our child, and not that of strace, so that it gets the signal that ends it
    trace = [needed("strace"), "-D", "-f", "-q", "--signal=none", "-o", str(folder / "calls")]
    with serving(folder, folder / "home", "--metrics", "--access-log", before=trace) as address:
        assert ask(f"{address}/media/rest.mp3?length=5m").status == 200
        assert ask(f"{address}/", Accept="text/html").status == 200
        assert ask(f"{address}/metrics").status == 200
    end = re.compile(rf"^{(folder / 'serve.pid').read_text()} +\+\+\+ ", re.MULTILINE)
    deadline = time.monotonic() + 30
    while not end.search(text := (folder / "calls").read_text()):  # strace is still writing
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return text.splitlines()


def _filtered(name):
    """Return the calls in a set of systemd, such as @system-service."""
    lines = _analyze("syscall-filter", name).stdout.splitlines()
    found = {
        line.strip() for line in lines[1:] if line.startswith("    ") and not line.strip().startswith("#")
    }
    return {one for item in found for one in (_filtered(item) if item.startswith("@") else {item})}


def test_the_services_may_make_every_call_that_the_program_makes(calls):
    allowed = _filtered("@system-service") - _filtered("@privileged")
    allowed |= _filtered("@default")  # of every filter (systemd.exec, SystemCallFilter=)
    made = {found[1] for line in calls if (found := re.match(r"\d+ +(\w+)\(", line))}
    assert {"openat", "mmap", "accept4", "execve"} <= made
    assert made - allowed == set()


def test_the_program_speaks_and_serves_without_memory_that_it_can_both_write_and_execute(tmp_path):
    """The default voice and that of the system: onnxruntime, and functions that ctypes lets a library call."""
    before = [sys.executable, str(TESTS / "without_executable_memory.py")]
    write_only_script(tmp_path, "rest", "---\ntitle: Rest\n---\n\n# Rest\n\nLie down.\n\n[rest 2m..]\n")
    with serving(tmp_path, tmp_path / "home", before=before) as address:
        for voice in ("hibari", "pyttsx3"):
            answer = ask(f"{address}/media/rest.mp3?length=5m&voice={voice}")
            assert answer.status == 200, answer.text
        assert "pyttsx3" in ask(f"{address}/", Accept="text/html").text


@pytest.mark.parametrize("name", UNITS)
def test_the_command_of_a_service_is_understood(name):
    (line,) = re.findall(r"^ExecStart=(.+)$", (EXAMPLES / name).read_text("utf-8"), re.MULTILINE)
    program, command, *arguments = shlex.split(line)
    assert program == PROGRAM
    with group.get_command(None, command).make_context(command, arguments):
        pass


def test_both_services_have_the_same_user_and_folders():
    def settings(name):
        read = configparser.ConfigParser(strict=False, interpolation=None)
        read.optionxform = str
        read.read(EXAMPLES / name)
        return dict(read["Service"])

    serve, publish = map(settings, ("audio-builder.service", "audio-builder-publish.service"))
    for name in (
        "User",
        "DynamicUser",
        "CacheDirectory",
        "WorkingDirectory",
        "Environment",
        "StateDirectoryMode",
    ):
        assert serve[name] == publish[name], name
    assert publish["StateDirectory"] in serve["StateDirectory"].split()


def _steps():
    """Return the instructions of the recipe as (name, rest), with lines that go on joined."""
    text = re.sub(r"^#.*\n", "", (EXAMPLES / "Containerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def test_the_recipe_builds_in_one_stage_and_runs_in_another_as_a_user_without_rights():
    steps = _steps()
    names = [name for name, _ in steps]
    assert names.count("FROM") == 2
    last = steps[len(names) - 1 - names[::-1].index("FROM") :]
    (user,) = (rest for name, rest in last if name == "USER")
    assert int(user) > 0
    assert f"--uid {user}" in next(rest for name, rest in last if "useradd" in rest)
    assert re.search(r":3\.\d+\.\d+-slim-\w+$", next(rest for name, rest in steps if name == "ARG"))
    assert {name for name, _ in last} >= {"VOLUME", "WORKDIR", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def test_the_command_of_the_recipe_is_understood():
    words = {name: rest for name, rest in _steps() if name in ("ENTRYPOINT", "CMD")}
    (program,) = re.findall(r'"(.+?)"', words["ENTRYPOINT"])
    command, *arguments = re.findall(r'"(.+?)"', words["CMD"])
    assert program == "audio-builder"
    with group.get_command(None, command).make_context(command, arguments):
        pass


def _copied():
    for name, rest in _steps():
        if name == "COPY" and "--from" not in rest:
            yield from rest.split()[:-1]


def test_what_the_recipe_copies_is_enough_to_build_and_run_the_package(tmp_path):
    """Its dependencies are those of this environment: fetching them again would take a minute."""
    source, built = tmp_path / "source", tmp_path / "built"
    listed = subprocess.run(
        ["git", "ls-files", *_copied()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    assert {*_copied()} <= {path.name for path in source.iterdir()}
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", built]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[1:]), "HOME": str(tmp_path)}
    (python,) = (tmp_path / "venv" / "bin").glob("python")
    run = "import sys; sys.path.insert(0, sys.argv.pop(1)); from audio_builder.__main__ import main; main()"
    started = subprocess.run(
        [python, "-c", run, str(site), "scripts"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    assert "psoas-release" in started.stdout


def test_the_steps_of_the_recipe_install_what_was_copied_with_the_locked_versions():
    runs = [rest for name, rest in _steps() if name == "RUN"]
    locked, own = (rest for rest in runs if "pip install" in rest)
    (file,) = re.findall(r"--require-hashes --requirement (\S+)", locked)
    assert "prometheus-client==" in (ROOT / file).read_text("utf-8")
    assert own.endswith("--no-deps --no-build-isolation .")


def test_the_health_check_of_the_recipe_asks_a_running_server(tmp_path):
    write_only_script(tmp_path, "rest", "---\ntitle: Rest\nvoice: tone\n---\n\n# Rest\n\nLie down.\n")
    (check,) = (rest for name, rest in _steps() if name == "HEALTHCHECK")
    program, flag, code = re.findall(r'"(.+?)"[,\]]', check)
    assert (program, flag) == ("python", "-c")
    with serving(tmp_path, tmp_path / "home", "--public") as address:
        here = code.replace("http://127.0.0.1:8765", address)
        assert here != code
        assert subprocess.run([sys.executable, flag, here], check=False).returncode == 0
    gone = subprocess.run([sys.executable, flag, here], capture_output=True, check=False)
    assert gone.returncode != 0


def test_every_example_is_mentioned_in_the_page():
    page = (ROOT / "docs" / "hosting.md").read_text("utf-8")
    for path in EXAMPLES.iterdir():
        assert f"examples/hosting/{path.name}" in page, path.name
