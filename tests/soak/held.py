"""How many listeners in real time a server holds: `python tests/soak/held.py 1 2 [--seconds 120] [--most 4000]`.

For each number of processes, it asks for more and more listeners, 20 seconds each time, until one of them stands still
for more than five seconds or gets an error, or until there are enough. What it held last, it holds for the time that is
asked for. The listeners run on the same machine, so the figures are for comparing numbers of processes in one run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from servers import ask, server_processes, serving

from audio_builder.script.search import shipped_folder

LENGTHS = [f"{n}m" for n in range(15, 35)]
LISTENERS = Path(__file__).parent / "listeners.py"
STALL = 5.0
"""Seconds without sound that nobody should have to wait."""
STEP, PROBE_SECONDS, HOLD_SECONDS = 250, 20.0, 120.0
MOST = 4000
"""More would need more than the 20,000 files that a process may often open."""
_ANSWERS = 20
"""Answers that say ready, one after another, so that no process is still speaking."""


@dataclass(frozen=True)
class Held:
    """What a number of listeners met. Times are in seconds."""

    listeners: int
    seconds: float
    errors: int
    stalled: int
    longest_wait: float
    last_first_byte: float

    @property
    def is_good(self) -> bool:
        return not self.errors and not self.stalled


@contextmanager
def crowded(processes, folder, home):
    """Run a server with the shipped scripts, spoken by tones. Yields its address once everything is spoken."""
    (folder / "scripts").mkdir(parents=True)
    (home / "cache").mkdir(parents=True, exist_ok=True)
    for path in shipped_folder().iterdir():
        text = path.read_text("utf-8")
        if path.suffix == ".md":
            text = text.replace("---\n", "---\nvoice: tone\n", 1)
        (folder / "scripts" / path.name).write_text(text, "utf-8")
    with serving(folder, home, "--scripts", "scripts", "--workers", str(processes)) as address:
        while not all(ask(f"{address}/healthz").json()["ready"] for _ in range(_ANSWERS)):
            time.sleep(1)
        yield address


def listen(address, count, seconds, folder):
    """Return what that many listeners met within some seconds."""
    paths = [f"/media/psoas-release.mp3?length={length}" for length in LENGTHS]
    met = folder / "met.json"
    subprocess.run(
        [sys.executable, str(LISTENERS), str(met), address, str(count), str(seconds), *paths], check=True
    )
    found = json.loads(met.read_text("utf-8"))
    waits = [one["longest_wait"] for one in found]
    return Held(
        listeners=count,
        seconds=seconds,
        errors=sum(bool(one["error"]) for one in found),
        stalled=sum(wait > STALL for wait in waits),
        longest_wait=max(waits),
        last_first_byte=max(one["first_byte"] for one in found),
    )


def most_held(processes, seconds, most, folder, home):
    """Return the most listeners that a server held that long, or 0. Prints each try."""
    with crowded(processes, folder, home) as address:
        listen(address, STEP // 5, PROBE_SECONDS, folder)  # opens the sessions
        count = 0
        while count < most:
            tried = report(processes, listen(address, count + STEP, PROBE_SECONDS, folder))
            if not tried.is_good:
                break
            count += STEP
        count = max(count, STEP)  # listeners come more slowly now, within a minute
        while count and not report(processes, listen(address, count, seconds, folder)).is_good:
            count -= STEP
        left = len(server_processes(int((folder / "serve.pid").read_text())))
        assert left == (processes if processes > 1 else 0), "a process was lost"
    return count


def report(processes, held):
    print(f"--workers {processes}: {held}", flush=True)
    return held


def compare(processes, seconds, most, root):
    """Return the most listeners that a server held, by its number of processes. All use one cache."""
    return {
        number: most_held(number, seconds, most, root / f"with-{number}", root / "home")
        for number in processes
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How many listeners in real time a server holds.")
    parser.add_argument("processes", type=int, nargs="+")
    parser.add_argument("--seconds", type=float, default=HOLD_SECONDS)
    parser.add_argument("--most", type=int, default=MOST)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = compare(given.processes, given.seconds, given.most, Path(temporary))
    for number, held in found.items():
        print(f"--workers {number} held {held} listeners for {given.seconds:.0f} s")
