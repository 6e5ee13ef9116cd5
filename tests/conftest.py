"""Fixtures that every test may use: a cache of this run, and the command line in this process or in its own."""

import io
import os
import signal
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import line_coverage
import pytest
from common import TESTS, command_environment
from xdist.scheduler import LoadScopeScheduling

line_coverage.start()  # before the core is imported

from audio_builder.cache import Cache  # noqa: E402 - measured while it is imported
from audio_builder.cli.main import run as run_command  # noqa: E402 - the same

# A test run in the background inherits that Ctrl-C and the end of a terminal are ignored, and so would commands under
# test, which are interrupted.
for _signal, _usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    if hasattr(signal, _signal) and signal.getsignal(getattr(signal, _signal)) is signal.SIG_IGN:
        signal.signal(getattr(signal, _signal), _usual)

START_FIRST = (
    "unit/test_house.py",  # mypy
    "browser/test_web_pages.py",  # speaks what other tests of pages find in the cache
    "integration/test_manual_commands.py",
    "integration/test_build.py",
    "integration/test_manual.py",  # builds what test_manual_pages.py looks at
    "browser/test_layout.py",
    "integration/test_cluster.py",
    "browser/test_other_browsers.py",
    "integration/test_voice_contract.py",
    "browser/test_page_languages.py",
    "integration/test_voices_added.py",
    "browser/test_recording_page.py",
    "integration/test_own_voice.py",
    "integration/test_formats.py",
    "browser/test_manual_pages.py",
    "integration/test_kills.py",
    "integration/test_processes.py",
    "integration/test_inspection.py",
    "integration/test_voices.py",
    "integration/test_piper_voices.py",
)
"""The modules that take longest. Whatever starts last is what everybody waits for at the end."""

INDEPENDENT = {
    "unit/test_house.py",
    "integration/test_build.py",
    "integration/test_cli.py",
    "integration/test_manual_commands.py",
}
"""Modules without expensive fixtures. Their tests run on any worker."""


def pytest_collection_modifyitems(items):
    """Put the longest modules first."""

    def module(item):
        return item.path.relative_to(TESTS).as_posix()

    items.sort(key=lambda item: START_FIRST.index(module(item)) if module(item) in START_FIRST else 99)


def pytest_collection_finish():
    """Stop measuring which lines are reached: by now, everything is imported."""
    line_coverage.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Measure which lines unit tests reach, but not while a test repeats itself with many examples."""
    if not item.path.is_relative_to(TESTS / "unit") or item.get_closest_marker("no_cover"):
        return (yield)
    line_coverage.start()
    try:
        return (yield)
    finally:
        line_coverage.stop()


def pytest_sessionfinish(session):
    """Save which lines were reached, except in the process that only distributes the tests."""
    if hasattr(session.config, "workerinput") or session.config.getoption("dist", "no") == "no":
        line_coverage.save()


class ModuleScheduling(LoadScopeScheduling):
    """Gives workers whole modules, so that tests share the fixtures of their module.

    `--dist loadgroup` would do the same, but pytest-xdist 3.8 cannot tell its groups to pytest 9.
    """

    def _split_scope(self, nodeid):
        module = nodeid.partition("::")[0].removeprefix("tests/")
        return nodeid if module in INDEPENDENT else module


def pytest_xdist_make_scheduler(config, log):
    """Let pytest-xdist schedule modules in the order of `pytest_collection_modifyitems`."""
    config.option.loadscopereorder = False
    return ModuleScheduling(config, log)


@dataclass(frozen=True)
class CommandResult:
    """What a command returned and printed."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A home folder whose cache is empty when the run begins. All workers share it, so that each sentence is
    synthesised once."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "home"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def cache(home):
    """The cache that commands of this run use, for workspaces in this process."""
    return Cache(home / "cache" / "audio-builder")


@pytest.fixture(scope="session")
def audio_builder(home):
    """Run an `audio-builder` command in this process, which saves the start of Python and its imports.

    It shares everything with the installed command except `sys.exit` and the signal handler. An internal error fails
    the test, with its traceback.
    """

    def run(*arguments, folder, cache=None, said="", **environment):
        out, err = io.StringIO(), io.StringIO()
        with (
            chdir(folder),
            patch.dict(os.environ, {**command_environment(home, cache), **environment}),
            patch.object(sys, "stdin", io.StringIO(said)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            status = run_command([str(argument) for argument in arguments])
        result = CommandResult(status, out.getvalue(), err.getvalue())
        if status == 3:
            report = Path(result.err.split()[-1])
            details = report.read_text("utf-8")
            report.unlink()
            raise AssertionError(f"internal error:\n{details}")
        return result

    return run


@pytest.fixture(scope="session")
def audio_builder_process(home):
    """Run an `audio-builder` command in a process of its own, for tests of exit statuses, signals and environments."""

    def run(*arguments, folder, cache=None, said="", **environment):
        finished = subprocess.run(
            [sys.executable, "-m", "audio_builder", *map(str, arguments)],
            cwd=folder,
            env={**os.environ, **command_environment(home, cache), **environment},
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        return CommandResult(finished.returncode, finished.stdout, finished.stderr)

    return run


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    """The address of an S3 server, for which the environment has the keys."""
    from servers import s3  # not earlier: it imports the core

    with s3(tmp_path_factory.mktemp("s3")) as (address, environment), pytest.MonkeyPatch.context() as environ:
        for name, value in environment.items():
            environ.setenv(name, value)
        yield address


@pytest.fixture(scope="session")
def added_joe(home):
    """Add an English voice of piper to the home folder of this run. Every worker asks for it; the first one adds it."""
    from added_voices import add_joe  # not earlier: it imports the core

    return _added(home, add_joe)


@pytest.fixture(scope="session")
def added_german(home, tmp_path_factory):
    """Add a German voice of piper to the home folder of this run."""
    from added_voices import add_german

    return _added(home, lambda: add_german(tmp_path_factory.mktemp("german")))


def _added(home, add):
    with pytest.MonkeyPatch.context() as patch_environment:
        patch_environment.setenv("XDG_DATA_HOME", str(home / "data"))
        return add()


@pytest.fixture
def without_lame(monkeypatch):
    """A machine on which lameenc's wheel exports no LAME, as on Windows: ffmpeg encodes."""
    from audio_builder.mp3 import lame
    from audio_builder.session import repeating

    monkeypatch.setattr(lame, "lame_library", lambda: None)
    repeating.forget_repeating_frames()
    yield
    repeating.forget_repeating_frames()


@pytest.fixture(params=["LAME", "ffmpeg"])
def encoder(request):
    """Either encoder."""
    if request.param == "ffmpeg":
        request.getfixturevalue("without_lame")
    return request.param
