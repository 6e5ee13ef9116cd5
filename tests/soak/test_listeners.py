"""Up to a thousand listeners at once over twenty sessions that nobody built: nobody waits, every byte is right, and
memory does not grow, even while others attack the server."""

import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers import ask, serving
from test_readers import resident

from audio_builder.build import open_session
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.units import duration

LENGTHS = [f"{n}m" for n in range(15, 35)]
LISTENERS = Path(__file__).parent / "listeners.py"
ATTACKERS = Path(__file__).parent / "attackers.py"
SECONDS = float(os.environ.get("LISTENING_SECONDS", "0"))
CHECKED = 40


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("count", "seconds", "attack"),
    [
        (300, 180, ""),
        (500, 180, ""),
        (1000, 600, ""),
        (500, 180, "half-open"),
        (500, 180, "slow"),
        (500, 180, "unspoken"),
        (500, 180, "lengths"),
        (500, 180, "feeds"),
    ],
)
def test_nobody_waits(count, seconds, attack, tmp_path, home, monkeypatch):
    seconds = SECONDS or seconds
    (tmp_path / "scripts").mkdir()
    for path in shipped_folder().iterdir():
        text = path.read_text("utf-8")
        if path.suffix == ".md":
            text = text.replace("---\n", "---\nvoice: tone\n", 1)
        (tmp_path / "scripts" / path.name).write_text(text, "utf-8")
    (home / "cache").mkdir(exist_ok=True)
    with serving(tmp_path, home, "--scripts", "scripts") as address:
        pid = int((tmp_path / "serve.pid").read_text())
        _until_ready(address)
        paths = [f"/media/psoas-release.mp3?length={length}" for length in LENGTHS]
        before, begun = processor_seconds(pid), time.monotonic()
        met = tmp_path / "met.json"
        command = [sys.executable, str(LISTENERS), str(met), address, str(count), str(seconds), *paths]
        with subprocess.Popen(command) as process, _attackers(address, attack, seconds):
            memory = []
            while process.poll() is None:
                memory.append(resident(pid))
                time.sleep(5)
        found = json.loads(met.read_text("utf-8"))
        used = (processor_seconds(pid) - before) / (time.monotonic() - begun)
    errors = [one["error"] for one in found if one["error"]]
    first = sorted(one["first_byte"] for one in found)
    waits = sorted(one["longest_wait"] for one in found)
    third = len(memory) // 3
    print(
        f"\n{count} listeners for {seconds:.0f} s, attack: {attack or 'none'}: "
        f"first byte {first[count // 2]:.3f} s, 99 of 100 within "
        f"{first[int(count * 0.99)]:.2f} s, at most {first[-1]:.2f} s; longest wait {waits[-1]:.2f} s, "
        f"{sum(wait > 5 for wait in waits)} over 5 s, {sum(wait > 0.5 for wait in waits)} over half a second; "
        f"{sum(_noticed(one) for one in found)} noticed; "
        f"{len(errors)} errors; {sum(one['received'] for one in found) / 1e6:.0f} MB; server {used:.2f} processors, "
        f"{max(memory[third : 2 * third]):.0f}, then at most {max(memory[2 * third :]):.0f} MB"
    )
    assert not errors, errors[:5]
    _are_right(found, tmp_path, home, monkeypatch)
    assert first[int(count * 0.99)] <= 2
    assert waits[-1] <= 5
    assert max(memory[2 * third :]) < 1.15 * max(memory[third : 2 * third])


@contextmanager
def _attackers(address, attack, seconds):
    """Attack the server while others listen, and print what the attackers were told."""
    if not attack:
        yield
        return
    command = [sys.executable, str(ATTACKERS), address, attack, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield
        print(f"\n{attack}: the attackers were told {process.communicate(timeout=60)[0].strip()}")


def _noticed(listener):
    """Return whether a listener would notice that the server is busy."""
    return bool(listener["error"]) or listener["first_byte"] > 2 or listener["longest_wait"] > 0.5


def _until_ready(address):
    while not ask(f"{address}/healthz").json()["ready"]:
        time.sleep(1)


def _are_right(found, folder, home, monkeypatch):
    """Compare what some of them received with what a build writes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    workspace = Workspace(ScriptFinder((folder / "scripts",)))
    for one in found[:: max(1, len(found) // CHECKED)]:
        length = one["path"].rpartition("=")[2]
        session = open_session("psoas-release", BuildOptions(length=duration(length)), workspace)
        content = session.read(one["begin"], one["received"])
        assert hashlib.sha256(content).hexdigest() == one["digest"], one
