"""Two hundred listeners at once on twenty sessions that nobody built: every byte right, and no memory grows."""

import random
import threading
import time
import urllib.request
from pathlib import Path

from servers import serving

from audio_builder.build import open_session
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.units import duration

READERS, SECONDS = 200, 120
LENGTHS = [f"{n}m" for n in range(10, 30)]
SCRIPT = """---
title: Rest
voice: tone
---

# Lie down

Let your legs be heavy.

[breathe 4-6 1m..]

[rest 2m..]
- Let go.
"""


def resident(pid: int) -> float:
    """MB of a process and all that it started."""
    pages = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            if status.parent.name == str(pid) or fields[1] == str(pid):
                pages += int((status.parent / "statm").read_text().split()[1])
        except OSError:
            continue
    return pages * 4096 / 1e6


def test_two_hundred_readers_of_unbuilt_sessions(tmp_path, home, monkeypatch):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "rest.md").write_text(SCRIPT, "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    workspace = Workspace(ScriptFinder((tmp_path / "scripts",)))
    truth = {}
    for length in LENGTHS:
        session = open_session("rest", BuildOptions(length=duration(length), quality="mono"), workspace)
        session.write(tmp_path / "true.mp3", 2)
        truth[length] = (tmp_path / "true.mp3").read_bytes()
    faults, read, stop = [], [0] * READERS, threading.Event()

    def reader(n):
        choose = random.Random(n)
        while not stop.is_set():
            length = choose.choice(LENGTHS)
            whole = truth[length]
            at = choose.randrange(len(whole))
            end = min(at + choose.choice([1, 500, 65_536, 300_000]), len(whole)) - 1
            request = urllib.request.Request(
                f"{address}/media/rest.mp3?length={length}&quality=mono",
                headers={"Range": f"bytes={at}-{end}"},
            )
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:
                    if answer.read() != whole[at : end + 1]:
                        faults.append((length, at))
                read[n] += end + 1 - at
            except OSError as error:
                faults.append(error)

    with serving(tmp_path, home, "--scripts", "scripts") as address:
        pid = int((tmp_path / "serve.pid").read_text())
        threads = [threading.Thread(target=reader, args=(n,)) for n in range(READERS)]
        for thread in threads:
            thread.start()
        measured = []
        for _ in range(SECONDS // 5):
            time.sleep(5)
            measured.append(resident(pid))
        stop.set()
        for thread in threads:
            thread.join()
    # encoders that start and end make it go up and down, so the last third is compared with all before
    third = len(measured) // 3
    early, late = max(measured[:-third]), sorted(measured[-third:])[third // 2]
    memory = f"at most {early:.0f}, then {late:.0f} MB"
    print(f"\n{READERS} readers: {sum(read) / 1e6:.0f} MB read, {len(faults)} faults, {memory}")
    assert not faults, faults[:5]
    assert late < 1.15 * early
