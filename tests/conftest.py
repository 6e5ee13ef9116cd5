"""What every test stands on: a cache of its own run, and commands run as a user would."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A home folder with a cache that is empty when the run begins; its processes share it, so that sentences are
    spoken once."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "home"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def audio_builder(home):
    """Runs `audio-builder` in a process of its own, in a folder."""

    def run(*arguments, folder, cache=None, said="", **extra):
        environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_CACHE_HOME": str(cache or home / "cache"),
            "PYTHONWARNINGS": "",
            **extra,
        }
        done = subprocess.run(
            [sys.executable, "-m", "audio_builder", *map(str, arguments)],
            cwd=folder,
            env=environment,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def without_lame(monkeypatch):
    """A machine on which lameenc's wheel exports no LAME, as on Windows: ffmpeg encodes."""
    from audio_builder.memory_cache import MemoryCache
    from audio_builder.mp3 import lame
    from audio_builder.session import repeating

    monkeypatch.setattr(lame, "library", lambda: None)
    monkeypatch.setattr(repeating, "_blocks", MemoryCache(64))


@pytest.fixture(params=["LAME", "ffmpeg"])
def encoder(request):
    """Either encoder."""
    if request.param == "ffmpeg":
        request.getfixturevalue("without_lame")
    return request.param
