"""Processes run to their end, with what they took."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A process with its children: seconds on the clock, seconds of processor, and, where it was looked at, the most
    memory in MB that all of them held at one time (proportional set size, so that what they share counts once)."""

    wall: float
    cpu: float
    memory: float


def measure(
    command: list[str], cache: Path | None = None, folder: Path | None = None, held: bool = False
) -> Run:
    """A command run to its end; `held` looks at its memory, which takes some of its time."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"} if "say" in command else dict(os.environ)
    if cache is not None:
        environment["XDG_CACHE_HOME"] = str(cache)
    begun, peak, over = time.perf_counter(), [0.0], threading.Event()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )

    def watch() -> None:
        while not over.wait(0.05 if time.perf_counter() - begun < 20 else 0.5):  # looking takes time too
            peak[0] = max(peak[0], _held(process.pid))

    watching = threading.Thread(target=watch)
    if held:
        watching.start()
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    over.set()
    if held:
        watching.join()
    if process.returncode:
        raise SystemExit(f"{command} failed:\n{said.decode(errors='replace')[-2000:]}")
    return Run(wall, used.ru_utime + used.ru_stime, peak[0])


def _held(session: int) -> float:
    """MB that the processes of a session hold."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                found = re.search(r"^Pss:\s+(\d+)", (entry / "smaps_rollup").read_text(), re.MULTILINE)
                total += int(found[1]) if found else 0
        except (OSError, IndexError, ValueError):  # it ended meanwhile
            continue
    return total / 1000


def interleaved(runs: int, *things: Callable[[], Run]) -> list[list[Run]]:
    """Run each thing several times, in turn, so that whatever else the machine does slows all of them alike."""
    found: list[list[Run]] = [[] for _ in things]
    for _ in range(runs):
        for thing, kept in zip(things, found, strict=True):
            kept.append(thing())
    return found


def median(runs: list[Run], what: str = "wall") -> float:
    return statistics.median(getattr(run, what) for run in runs)


def ratio(mine: list[Run], theirs: list[Run], what: str = "wall") -> tuple[float, str]:
    """The ratio of two medians, and in words with the smallest and the largest of ours over their median."""
    under = median(theirs, what)
    all_of_it = [getattr(run, what) / under for run in mine]
    middle = median(mine, what) / under
    return middle, f"{middle:.3f} ({min(all_of_it):.3f} to {max(all_of_it):.3f})"
