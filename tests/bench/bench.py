"""How fast it is, against what people use: `make bench`. Prints the table and writes it to docs/performance.md.

Every figure is a ratio of things measured in one run on one machine. Each thing is done by a process of its own, five
times, the opponents in turn with us; medians are shown with the spread.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from multiprocessing.context import ForkContext
from pathlib import Path

import numpy as np

from audio_builder import encode, spans
from audio_builder.build import arrange, perform, speak
from audio_builder.mix import mix
from audio_builder.options import Wish
from audio_builder.order import Desk, prepare
from audio_builder.session import Session
from audio_builder.sound import beds, chimes
from audio_builder.sound.pcm import wav
from audio_builder.timeline import Played, Speech, Stroke, Tone

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
OPPONENTS = Path(__file__).parent / "opponents.py"
SCRIPT = "psoas-release"
WORKERS = 2
_BEGIN, _END = "<!-- the table: make bench -->", "<!-- end of the table -->"


@dataclass(frozen=True)
class Run:
    """A process with its children: seconds on the clock, seconds of processor, and, where it was looked at, the most
    memory in MB that all of them held at one time (proportional set size, so that what they share counts once)."""

    wall: float
    cpu: float
    memory: float


@dataclass
class Bench:
    """Where things lie, and what was measured."""

    folder: Path
    runs: int
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def cache(self) -> Path:
        """The cache of our own runs, as XDG_CACHE_HOME."""
        return self.folder / "cache"

    def row(self, work: str, measured: str, bar: str, kept: bool) -> None:
        """Shows a line of the table."""
        self.rows.append((work, measured, bar, "yes" if kept else "**no**"))
        print(f"{work}: {measured}  [{bar}: {'yes' if kept else 'NO'}]", flush=True)


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
        while not over.wait(0.05):
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


def ours(*arguments: str) -> list[str]:
    """`audio-builder build` of the script with these arguments."""
    return [
        sys.executable,
        "-m",
        "audio_builder",
        "build",
        SCRIPT,
        "-q",
        "--workers",
        str(WORKERS),
        *arguments,
    ]


def fresh(bench: Bench, everything: bool = False) -> None:
    """Nothing built and nothing encoded before; with `everything` nothing spoken either."""
    shutil.rmtree(bench.folder / "output", ignore_errors=True)
    if everything:
        shutil.rmtree(bench.cache, ignore_errors=True)
    for path in bench.cache.glob("*/??/*"):
        if path.suffix == ".frames":
            path.unlink()


def made(minutes: int, ambience: str | None = None) -> Session:
    """A session as it would be built, with every sentence spoken."""
    desk = Desk(workers=WORKERS)
    order = prepare(SCRIPT, Wish(length=minutes * 60_000, ambience=ambience), desk.shelf)
    clips, _ = speak(order, desk)
    return perform(order, arrange(order, {sound: clip.length for sound, clip in clips.items()}), clips, desk)


def laid_out(session: Session, folder: Path) -> None:
    """The clips and the bed of a session as opponents need them: files, and where each sounds."""
    folder.mkdir()
    cues = []
    for cue in session.plan.cues:
        match cue.what:
            case Speech(line=sound) | Played(recording=sound):
                name, clip = f"{session.clips[sound].key[:16]}.wav", session.clips[sound].path
                if not (folder / name).exists():
                    shutil.copy(clip, folder / name)
            case Tone(phase=phase):
                name = f"{phase}-{cue.length}.wav"
                (folder / name).write_bytes(wav(chimes.breath(phase, cue.length)))
            case Stroke():
                name = f"bell-{cue.length}.wav"
                rung = chimes.stroke("bowl")
                assert rung is not None
                (folder / name).write_bytes(wav(rung[: cue.length * 48]))
        cues.append({"start": cue.start, "length": cue.length, "file": name})
    (folder / "cues.json").write_text(
        json.dumps({"script": SCRIPT, "length": session.plan.length, "cues": cues}), "utf-8"
    )
    (folder / "bed.wav").write_bytes(wav(beds.loop("room")[0]))
    (folder / "silence.wav").write_bytes(wav(np.zeros(600 * 48_000, np.int16)))


def raw(session: Session, path: Path) -> None:
    """The whole mix as raw PCM, for the plain encoder."""
    with path.open("wb") as file:
        for at in range(0, session.plan.length, 10_000):
            end = min(at + 10_000, session.plan.length)
            file.write(mix(session.plan, session.clips, session.style, at, end).raw_data)


def lame(path: Path) -> list[str]:
    """The plain encoder, one thread, at the settings of a session."""
    how = [
        "-r",
        "-s",
        "48",
        "--bitwidth",
        "16",
        "--signed",
        "--little-endian",
        "-m",
        "j",
        "--cbr",
        "-b",
        "128",
    ]
    return ["lame", "--quiet", *how, "--nores", "-t", "--noreplaygain", str(path), "/dev/null"]


def interleaved(runs: int, *things: Callable[[], Run]) -> list[list[Run]]:
    """Each thing so many times, in turn, so that what else the machine does falls on all alike."""
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
    """One sentence changed, and another length, where the 60 minutes were built before."""
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
                bench.row(f"{what}: memory", f"{more:.2f} of it", "≤ 0.33", more <= 1 / 3)


def reading(bench: Bench) -> None:
    """64 KiB anywhere in eight hours that were never built, by somebody who encoded nothing before, and by a server
    that goes on; and reading on and on."""
    session = made(480)
    mix(session.plan, session.clips, session.style, 0, 1000)  # its bed is made
    draw = random.Random(5)
    offsets = [draw.randrange(session.size - 65_536) for _ in range(40 * bench.runs)]
    context = multiprocessing.get_context("fork")  # each child knows what this process does, and no frame
    for who, read in (("at first", partial(_alone, context, session)), ("later", partial(_seconds, session))):
        times = sorted(map(read, offsets))
        middle, high = statistics.median(times), times[int(0.99 * len(times))]
        work = f"64 KiB anywhere in 8 h never built, {who}"
        bench.row(f"{work}: median", f"{middle:.3f} s", "≤ 0.35 s", middle <= 0.35)
        bench.row(f"{work}: 99th percentile", f"{high:.3f} s", "≤ 0.8 s", high <= 0.8)
    session, begun, at = made(60), time.perf_counter(), 0
    while at < session.size:
        at += len(session.read(at, 65_536))
    speed = session.plan.length / 1000 / (time.perf_counter() - begun)
    bench.row("60 min read on and on by 64 KiB", f"{speed:.0f} times real time", "≥ 20", speed >= 20)


def _seconds(session: Session, offset: int) -> float:
    alone = Session(session.plan, session.clips, session.style, session.tag)
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
    bench.row("20 min, empty caches", f"{share:.2f} of speaking and lame in turn", "≤ 0.75", share <= 0.75)


def start_up(bench: Bench) -> None:
    """`--help` against importing click."""
    click = [sys.executable, "-c", "import click"]
    own = [sys.executable, "-m", "audio_builder", "--help"]
    mine, theirs = interleaved(3 * bench.runs, lambda: measure(own), lambda: measure(click))
    share, told = ratio(mine, theirs)
    bench.row("`audio-builder --help`", f"{told} of `import click`", "≤ 3", share <= 3)


def limits(bench: Bench) -> None:
    """What of a build is LAME's own work, where a bar cannot be met: its time in one thread, on the frames that are
    encoded, against the plain encoder's on all."""
    for minutes, ambience in ((60, "none"), (30, "room")):
        session, pcm = made(minutes, ambience), bench.folder / "whole.raw"
        raw(session, pcm)
        floor = median([measure(lame(pcm)) for _ in range(bench.runs)])
        pcm.unlink()
        count = sum(last - first for span in session.spans for first, last in span.encoded)
        begun = time.process_time()
        stretches = [
            [spans.stretch(session.plan, session.clips, session.style, *own) for own in span.encoded]
            for span in session.spans
        ]
        mixed, begun = time.process_time() - begun, time.process_time()
        for some in filter(None, stretches):
            encode.encode(some, session.style.stereo)
        spans.warm(session.style, None)
        coded = time.process_time() - begun
        what = f"{minutes} min, {ambience}, one thread"
        bench.row(f"{what}: mixing", f"{mixed / floor:.3f} of lame", "shown", True)
        share = f"{coded / floor:.3f} of lame, on two cores {coded / floor / 2:.3f}"
        bench.row(f"{what}: LAME on {count} of {session.frames} frames", share, "shown", True)


PARTS = {
    part.__name__: part for part in (start_up, whole_builds, against_pydub, reading, memory, cold, limits)
}


def machine() -> str:
    """What it was measured on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    tools = []
    for tool in (["lame", "--version"], ["ffmpeg", "-version"]):
        tools.append(subprocess.run(tool, capture_output=True, text=True, check=True).stdout.splitlines()[0])
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "pydub", "imageio-ffmpeg", "hibari-tts")
    )
    return (
        f"{model[1] if model else platform.processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}; {packages}; {'; '.join(tools)}."
    )


def write(bench: Bench) -> None:
    """The page with these lines."""
    table = [
        "| work | measured | bar | kept |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in bench.rows),
    ]
    text = "\n".join((_BEGIN, "", machine(), "", *table, "", _END))
    PAGE.write_text(
        re.sub(f"{_BEGIN}.*{_END}", lambda _: text, PAGE.read_text("utf-8"), flags=re.DOTALL), "utf-8"
    )


def main() -> None:
    """Measures all parts, or those named; a number says how many times. Only all parts are written to the page."""
    runs = next((int(word) for word in sys.argv[1:] if word.isdigit()), 5)
    wanted = [word for word in sys.argv[1:] if word in PARTS] or [*PARTS]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), runs)
        os.environ["XDG_CACHE_HOME"] = str(bench.cache)
        made(480)  # every sentence is spoken, and its level measured
        for name in wanted:
            PARTS[name](bench)
        if len(wanted) == len(PARTS):
            write(bench)


if __name__ == "__main__":
    main()
