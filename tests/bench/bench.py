"""How fast it is, against what people use: `make bench`. Prints the table and writes it to docs/performance.md.

Every figure is a ratio of things measured in one run on one machine. Each thing is done by a process of its own, five
times, the opponents in turn with us; medians are shown with the spread.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.context import ForkContext
from pathlib import Path

import catalogue
import formats
from measuring import Run, interleaved, measure, median, ratio
from page import Rows, write
from sessions import SCRIPT, WORKERS, laid_out, lame, made, raw

from audio_builder.audio.mix.mix import mix
from audio_builder.mp3 import encode
from audio_builder.session import render, repeating
from audio_builder.session.session import Session

ROOT = Path(__file__).parents[2]
OPPONENTS = Path(__file__).parent / "opponents.py"
_OFTEN = 5


@dataclass
class Bench:
    """Where things lie, and what was measured."""

    folder: Path
    runs: int
    rows: Rows = field(default_factory=list)

    @property
    def cache(self) -> Path:
        """The cache of our own runs, as XDG_CACHE_HOME."""
        return self.folder / "cache"

    def row(self, work: str, measured: str, bar: str, kept: bool) -> None:
        """Shows a line of the table."""
        self.rows.append((work, measured, bar, "yes" if kept else "**no**"))
        print(f"{work}: {measured}  [{bar}: {'yes' if kept else 'NO'}]", flush=True)


def ours(*arguments: str) -> list[str]:
    """`audio-builder build` of the script with these arguments."""
    workers = ["-q", "--workers", str(WORKERS)]
    return [sys.executable, "-m", "audio_builder", "build", SCRIPT, *workers, *arguments]


def fresh(bench: Bench, everything: bool = False) -> None:
    """Nothing built and nothing encoded before; with `everything` nothing spoken either."""
    shutil.rmtree(bench.folder / "output", ignore_errors=True)
    if everything:
        shutil.rmtree(bench.cache, ignore_errors=True)
    for path in bench.cache.glob("*/??/*"):
        if path.suffix == ".frames":
            path.unlink()


def whole_builds(bench: Bench) -> None:
    """60 minutes against the plain encoder, with the default bed and with none; again, changed, and another length."""
    for ambience, wall_bar, cpu_bar in (("room", 0.40, 0.90), ("none", 0.25, None)):
        pcm = bench.folder / "whole.raw"
        raw(made(60, ambience), pcm)
        build = ours("--length", "60m", "--ambience", ambience)

        def first(build: list[str] = build) -> Run:
            fresh(bench)
            return measure(build, bench.cache, bench.folder)

        again: list[Run] = []

        def unchanged(build: list[str] = build, again: list[Run] = again) -> Run:
            again.append(measure(build, bench.cache, bench.folder))
            return again[-1]

        floor, mine, kept = interleaved(bench.runs, lambda pcm=pcm: measure(lame(pcm)), first, unchanged)
        pcm.unlink()
        wall, told = ratio(mine, floor)
        bench.row(
            f"60 min, {ambience}, nothing encoded before: wall",
            f"{told} of lame",
            f"≤ {wall_bar}",
            wall <= wall_bar,
        )
        cpu, told = ratio(mine, floor, "cpu")
        if cpu_bar:
            bench.row(
                f"60 min, {ambience}, nothing encoded before: CPU",
                f"{told} of lame",
                f"≤ {cpu_bar}",
                cpu <= cpu_bar,
            )
        if ambience == "room":
            share, told = ratio(kept, floor)
            bench.row("the same session again, unchanged", f"{told} of lame", "≤ 0.02", share <= 0.02)
            changed(bench, mine)


def changed(bench: Bench, first: list[Run]) -> None:
    """One sentence changed, and another length, after the 60 minutes were built."""
    scripts = bench.folder / "scripts"
    shutil.rmtree(scripts, ignore_errors=True)
    shutil.copytree(ROOT / "scripts", scripts)
    text = (scripts / f"{SCRIPT}.md").read_text("utf-8")
    sentence = re.search(
        r"^[A-Z][^\[\]\n]{20,}\.$|^[A-Z][^\[\]\n]{20,}?\. ", text.partition("\n---\n")[2], re.MULTILINE
    )
    assert sentence

    def edited(n: int) -> Run:
        new = sentence[0].rstrip(". ") + f", {['one', 'two', 'three', 'four', 'five', 'six', 'seven'][n]}. "
        (scripts / f"{SCRIPT}.md").write_text(text.replace(sentence[0], new, 1), "utf-8")
        return measure(ours("--length", "60m", "--scripts", "scripts"), bench.cache, bench.folder)

    runs = [edited(n) for n in range(bench.runs)]
    share = median(runs) / median(first)
    bench.row("one sentence changed", f"{share:.2f} of the first build", "≤ 1", share <= 1)
    lengths = [measure(ours("--length", f"{58 - n}m"), bench.cache, bench.folder) for n in range(bench.runs)]
    share = median(lengths) / median(first)
    bench.row("another length (58 to 54 min)", f"{share:.2f} of the first build", "≤ 1", share <= 1)


def against_pydub(bench: Bench) -> None:
    """30 minutes against pydub's linear form and ffmpeg alone, 60 against its quadratic one."""
    for minutes, kinds in ((30, ("pydub_linear", "ffmpeg_concat")), (60, ("pydub_quadratic",))):
        folder = bench.folder / f"clips-{minutes}"
        laid_out(made(minutes), folder)
        out = str(bench.folder / "theirs.mp3")

        def first(minutes: int = minutes) -> Run:
            fresh(bench)
            return measure(ours("--length", f"{minutes}m"), bench.cache, bench.folder, minutes == 30)

        things = [
            partial(measure, [sys.executable, str(OPPONENTS), kind, str(folder), out], held=minutes == 30)
            for kind in kinds
        ]
        mine, *theirs = interleaved(bench.runs if minutes == 30 else min(bench.runs, 3), first, *things)
        shutil.rmtree(folder)
        for kind, runs in zip(kinds, theirs, strict=True):
            faster = median(runs) / median(mine)
            what = f"{minutes} min against {kind.replace('_', ', ')}"
            spread = f"{min(r.wall for r in runs) / median(mine):.1f} to {max(r.wall for r in runs) / median(mine):.1f}"
            least = {"pydub_linear": 3, "pydub_quadratic": 25}.get(kind)
            bench.row(
                what,
                f"{faster:.1f} times faster ({spread})",
                f"≥ {least}" if least else "shown",
                faster >= (least or 0),
            )
            if kind == "pydub_linear":
                more = median(mine, "memory") / median(runs, "memory")
                bench.row(f"{what}: memory", f"{more:.2f} of pydub's", "≤ 0.33", more <= 1 / 3)


def reading(bench: Bench) -> None:
    """64 KiB anywhere in eight hours that were never built, by somebody who encoded nothing before, and by a server
    that goes on; and reading on and on."""
    session = made(480)
    mix(session.timeline, session.clips, session.style, 0, 1000)  # its bed is made
    draw = random.Random(5)
    offsets = [draw.randrange(session.size - 65_536) for _ in range(40 * bench.runs)]
    context = multiprocessing.get_context("fork")  # each child knows what this process does, and no frame
    for who, read in (("cold", partial(_alone, context, session)), ("warm", partial(_seconds, session))):
        times = sorted(map(read, offsets))
        middle, high = statistics.median(times), times[int(0.99 * len(times))]
        work = f"64 KiB anywhere in 8 h never built, {who}"
        bench.row(f"{work}: median", f"{middle:.3f} s", "≤ 0.35 s", middle <= 0.35)
        bench.row(f"{work}: 99th percentile", f"{high:.3f} s", "≤ 0.8 s", high <= 0.8)
    session, begun, at = made(60), time.perf_counter(), 0
    while at < session.size:
        at += len(session.read(at, 65_536))
    speed = session.timeline.length / 1000 / (time.perf_counter() - begun)
    bench.row("60 min read in order, 64 KiB at a time", f"{speed:.0f} times real time", "≥ 20", speed >= 20)


def _seconds(session: Session, offset: int) -> float:
    alone = Session(session.timeline, session.clips, session.style, session.tag)
    begun = time.perf_counter()
    alone.read(offset, 65_536)
    return time.perf_counter() - begun


def _alone(context: ForkContext, session: Session, offset: int) -> float:
    """The same in a process of its own."""
    near, far = context.Pipe(duplex=False)
    child = context.Process(target=lambda: far.send(_seconds(session, offset)))
    child.start()
    seconds = float(near.recv())
    child.join()
    return seconds


def memory(bench: Bench) -> None:
    """The most that all processes of a build hold, at eight hours and at half an hour."""
    held = {}
    for length in ("30m", "8h"):
        runs = []
        for _ in range(min(bench.runs, 3)):
            fresh(bench)
            runs.append(measure(ours("--length", length), bench.cache, bench.folder, held=True))
        held[length] = median(runs, "memory")
    bench.row("memory of all processes, 8 h", f"{held['8h']:.0f} MB", "≤ 350 MB", held["8h"] <= 350)
    more = held["8h"] / held["30m"]
    bench.row("memory of all processes, 8 h against 30 min", f"{more:.2f}", "≤ 1.15", more <= 1.15)


def cold(bench: Bench) -> None:
    """20 minutes with empty caches, against one process that speaks and one that encodes, one after the other."""
    session, pcm = made(20), bench.folder / "whole.raw"
    raw(session, pcm)
    folder = bench.folder / "clips-20"
    laid_out(session, folder)
    aside = bench.folder / "aside"

    def nothing() -> Run:
        shutil.rmtree(bench.folder / "output", ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)
        return measure(ours("--length", "20m"), aside, bench.folder)

    say = [sys.executable, str(OPPONENTS), "say", str(folder), "-"]
    mine, spoken, floor = interleaved(bench.runs, nothing, lambda: measure(say), lambda: measure(lame(pcm)))
    pcm.unlink()
    shutil.rmtree(folder)
    share = median(mine) / (median(spoken) + median(floor))
    bench.row("20 min, empty caches", f"{share:.2f} of speaking, then lame", "≤ 0.75", share <= 0.75)


def start_up(bench: Bench) -> None:
    """`--help` against importing click."""
    click = [sys.executable, "-c", "import click"]
    own = [sys.executable, "-m", "audio_builder", "--help"]
    mine, theirs = interleaved(3 * bench.runs, lambda: measure(own), lambda: measure(click))
    share, told = ratio(mine, theirs)
    bench.row("`audio-builder --help`", f"{told} of `import click`", "≤ 3", share <= 3)


def limits(bench: Bench) -> None:
    """Where the time of an hour goes, since one bar cannot be met: what is encoded is mixed before, and goes through
    LAME alone in as many threads as a build has, against the plain encoder on the whole."""
    session, pcm = made(60), bench.folder / "whole.raw"
    raw(session, pcm)
    floor = median([measure(lame(pcm)) for _ in range(bench.runs)])
    pcm.unlink()
    plan = [sys.executable, "-m", "audio_builder", "plan", SCRIPT, "--length", "60m"]
    start = median([measure(plan, bench.cache) for _ in range(bench.runs)])
    repeating.preload_ambience(session.style, None)
    mixing, coding = [], []
    for _ in range(bench.runs):
        begun = time.process_time()
        stretches = [
            [
                render.encoder_input(segment, session.timeline, session.clips, session.style, None)
                for segment in chunk.encoded_segments
            ]
            for chunk in session.chunks
        ]
        mixing.append(time.process_time() - begun)
        begun = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            [*pool.map(partial(encode.encode, stereo=session.style.stereo), filter(None, stretches))]
        coding.append(time.perf_counter() - begun)
    count = sum(one.warm_up + one.frames + encode.LOOK_AHEAD_FRAMES for some in stretches for one in some)
    for what, seconds, more in (
        ("start-up, and planning an hour", start, ""),
        ("mixing an hour, one thread", statistics.median(mixing), ""),
        (
            f"LAME alone, {WORKERS} threads",
            statistics.median(coding),
            f", {count} frames of {session.frame_count}",
        ),
    ):
        bench.row(what, f"{seconds / floor:.3f} of lame{more}", "shown", True)


def many(bench: Bench) -> None:
    """Many sessions together; `SESSIONS=1000` says how many."""
    fresh(bench)
    for row in catalogue.catalogue(bench.folder, bench.cache, int(os.environ.get("SESSIONS", "100"))):
        bench.row(*row)
    for row in catalogue.sixty_of_one_script(bench.folder, bench.cache, 1):
        bench.row(*row)


def other_formats(bench: Bench) -> None:
    """What M4B, Opus and FLAC add to a build, against ffmpeg alone."""
    for row in formats.formats(bench.folder, bench.cache, bench.runs):
        bench.row(*row)


PARTS = {
    part.__name__: part
    for part in (start_up, whole_builds, against_pydub, reading, memory, cold, limits, other_formats, many)
}


def main() -> None:
    """Measures all parts, or those named; a number says how many times. Fewer than five are not written to the page."""
    runs = next((int(word) for word in sys.argv[1:] if word.isdigit()), _OFTEN)
    wanted = [word for word in sys.argv[1:] if word in PARTS] or [*PARTS]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), runs)
        os.environ["XDG_CACHE_HOME"] = str(bench.cache)
        made(480)  # every sentence is spoken, and its level measured
        for name in wanted:
            PARTS[name](bench)
        if runs >= _OFTEN:
            write(bench.rows, runs, len(wanted) == len(PARTS))


if __name__ == "__main__":
    main()
