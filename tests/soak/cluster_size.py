"""How large a cluster can be: a real scheduler, a hundred light workers, and tasks that take no time.

Run with `python tests/soak/cluster_size.py`, and `--help` for what can be chosen. Speech and encoding have a stand-in,
so that what is measured is what Dask and our client add to each session.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from clusters import LocalCluster
from stand_in import TASK_SECONDS, stand_in

from audio_builder.batch.planned import PlannedSession
from audio_builder.cluster.catalogue import read_catalogue
from audio_builder.cluster.connection import open_cluster
from audio_builder.cluster.records import Inputs, StorePlace
from audio_builder.cluster.scripts import put_scripts
from audio_builder.cluster.store import SharedStore
from audio_builder.cluster.work import Work
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder

PROCESSES = 4


def resident_mb(process: int) -> float:
    """Return the memory of a process in megabytes."""
    with Path(f"/proc/{process}/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_seconds(process: int) -> float:
    """Return the processor time of a process in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run_workers(address: str, count: int) -> None:
    """Run light workers in this process until it is killed."""
    from distributed import Worker

    async with AsyncExitStack() as stack:
        for _ in range(count):
            worker = Worker(address, nthreads=1, dashboard=False, memory_limit=0)
            await stack.enter_async_context(worker)
        await asyncio.Event().wait()


def planned(sessions: int) -> list[PlannedSession]:
    """Return sessions of all scripts at many lengths."""
    scripts = sorted(ScriptFinder((shipped_folder(),)).scripts())
    return [
        PlannedSession(scripts[n % len(scripts)], BuildOptions(length=300_000 + 1000 * n, voice="tone"))
        for n in range(sessions)
    ]


def measure(workers: int, sessions: int, tasks_per_slot: int, task_seconds: float) -> None:
    """Print what a catalogue costs."""
    if task_seconds:
        print(f"{workers} workers could finish {workers / task_seconds:.0f} tasks a second")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        local = stack.enter_context(LocalCluster(folder, PYTHONPATH=os.pathsep.join(sys.path)))
        for _ in range(PROCESSES):
            command = [sys.executable, __file__, "workers", local.address, str(workers // PROCESSES)]
            environment = {**os.environ, "XDG_CACHE_HOME": str(folder), TASK_SECONDS: str(task_seconds)}
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
            stack.callback(process.wait)
            stack.callback(process.kill)
        started = time.perf_counter()
        store, finder = SharedStore(str(folder / "store")), ScriptFinder((shipped_folder(),))
        batch = planned(sessions)
        bundle = put_scripts(batch, finder, folder / "out", store)
        place = StorePlace(store.address, bundle.digest)
        catalogue = read_catalogue(batch, Workspace(finder, folder / "out"), bundle, place)
        work = Work((), catalogue.orders)
        print(f"{len(catalogue.orders)} sessions planned in {time.perf_counter() - started:.1f} s")
        cluster = stack.enter_context(open_cluster(local.address))
        while len(cluster._workers()) < workers // PROCESSES * PROCESSES:
            time.sleep(0.5)
        started = time.perf_counter()
        cluster.admit_workers(Inputs(place, catalogue.voices, "audio-builder-size"))
        print(f"{cluster.slots} workers admitted in {time.perf_counter() - started:.1f} s")
        scheduler = local.scheduler.pid
        idle_mb, busy, before = resident_mb(scheduler), processor_seconds(scheduler), time.process_time()
        window = tasks_per_slot * cluster.slots or sessions
        done, peak_mb, started, told = 0, idle_mb, time.perf_counter(), 0
        while done < sessions:
            while cluster.running < window and (step := work.step(cluster.slots)):
                cluster.submit(step.number, stand_in, step.argument)
            for number, result in cluster.ended(0.5):
                work.end(number, result)
                done += 1
            peak_mb = max(peak_mb, resident_mb(scheduler))
            if done - told >= sessions // 10:
                told = done
                seconds = time.perf_counter() - started
                print(
                    f"  {done:7} done, {done / seconds:5.0f} a second, scheduler {resident_mb(scheduler):.0f} MB"
                )
        seconds = time.perf_counter() - started
        print(f"{sessions / seconds:.0f} tasks a second on all processes of this machine")
        print(
            f"scheduler: {1000 * (processor_seconds(scheduler) - busy) / sessions:.2f} ms of processor a task"
        )
        print(f"client: {1000 * (time.process_time() - before) / sessions:.2f} ms of processor a task")
        print(f"scheduler: {idle_mb:.0f} MB with {cluster.slots} idle workers, at most {peak_mb:.0f} MB")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workers", type=int, nargs="?", default=100)
    parser.add_argument("sessions", type=int, nargs="?", default=100_000)
    tasks = "tasks that the scheduler knows of for each worker (0: all at once)"
    parser.add_argument("--tasks-per-slot", type=int, default=3, help=tasks, metavar="N")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long each task takes", metavar="S")
    asked = parser.parse_args()
    measure(asked.workers, asked.sessions, asked.tasks_per_slot, asked.seconds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["workers"]:
        asyncio.run(run_workers(sys.argv[2], int(sys.argv[3])))
    else:
        main()
