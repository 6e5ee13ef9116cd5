"""A catalogue of many sessions: against single builds, against the plain encoder, its memory, and the run after it."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from measuring import Run, measure, median
from sessions import WORKERS, lame, raw

from audio_builder.build import open_session
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace

SCRIPTS = ("legs-on-chair", "leg-across", "pillow-under-knees", "six-habits", "knees-together")
SIXTY = 60
_SAMPLES = tuple((script, ambience) for script in SCRIPTS for ambience in ("none", "room"))
Row = tuple[str, str, str, bool]


def batch_file(folder: Path, sessions: int, scripts: tuple[str, ...] = SCRIPTS) -> Path:
    """Write the file of a catalogue: scripts of about 20 minutes, half of them with the room and half with none."""
    per_script = -(-sessions // (2 * len(scripts)))
    lengths = [f"{20 + second // 60}m{second % 60:02}s" for second in range(per_script)]
    lists = {"scripts": scripts, "ambiences": ("none", "room"), "lengths": lengths}
    path = folder / f"catalogue-{sessions}-{len(scripts)}.toml"
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in lists.items()), "utf-8")
    assert len(tomllib.loads(path.read_text("utf-8"))["lengths"]) == per_script
    return path


def ours(*arguments: str) -> list[str]:
    """Return the command that runs audio-builder with these arguments."""
    return [sys.executable, "-m", "audio_builder", *arguments]


def sixty_of_one_script(folder: Path, cache: Path, runs: int) -> Iterator[Row]:
    """Yield the row for sixty sessions of one script, nothing spoken before, against sixty separate cold builds."""
    path = batch_file(folder, SIXTY, SCRIPTS[:1])
    singles = []
    for _ in range(runs):
        for ambience in ("none", "room"):
            _empty(folder, cache)
            build = ("build", SCRIPTS[0], "--length", "20m", "--ambience", ambience, "-q")
            singles.append(measure(ours(*build, "--workers", str(WORKERS)), cache, folder))
    _empty(folder, cache)
    together = measure(ours("batch", str(path), "-q", "--workers", str(WORKERS)), cache, folder)
    share = together.wall / (SIXTY * median(singles))
    yield (
        "sixty sessions of a script, nothing spoken",
        f"{share:.3f} of sixty cold builds",
        "≤ 0.25",
        (share <= 0.25),
    )


def catalogue(folder: Path, cache: Path, sessions: int) -> Iterator[Row]:
    """Yield the rows for a catalogue whose sentences were spoken before."""
    measure(ours("batch", str(batch_file(folder, 10)), "-q"), cache, folder)
    floor = _lame_seconds(folder)
    shutil.rmtree(folder / "output")
    command = ours("batch", str(batch_file(folder, sessions)), "-q", "--workers", str(WORKERS))
    run = measure(command, cache, folder, held=True)
    size = sum(path.stat().st_size for path in (folder / "output").glob("*.mp3"))
    each = run.wall / sessions
    yield (
        f"{sessions} sessions of 20 minutes, {WORKERS} cores",
        f"{60 / each:.0f} a minute, {size / run.wall / 1e6:.1f} MB/s",
        "shown",
        True,
    )
    share = each / floor
    told = f"{share:.3f} of lame on one core (processor: {run.cpu / sessions / floor:.3f})"
    yield "the same, for a session", told, "≤ 0.15", share <= 0.15
    yield f"memory of all processes, {sessions} sessions", f"{run.memory:.0f} MB", "≤ 400", run.memory <= 400
    again = [measure(command, cache, folder) for _ in range(3)]
    seconds = median(again)
    yield f"the same {sessions} again", f"{seconds:.2f} s", "≤ 2 for 1,000", seconds <= 2
    shutil.rmtree(folder / "output")


def _lame_seconds(folder: Path) -> float:
    """Return how long the plain encoder takes for the PCM of a session, on average over the kinds of a catalogue."""
    pcm, runs = folder / "session.raw", list[Run]()
    for script, ambience in _SAMPLES:
        options = BuildOptions.parse(length="20m", ambience=ambience)
        raw(open_session(script, options, Workspace(workers=WORKERS)), pcm)
        runs.append(measure(lame(pcm)))
    pcm.unlink()
    return statistics.mean(run.wall for run in runs)


def _empty(folder: Path, cache: Path) -> None:
    for path in (folder / "output", cache):
        shutil.rmtree(path, ignore_errors=True)
