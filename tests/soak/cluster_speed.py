"""How much faster two workers are than one: the same catalogue with empty caches, on this machine.

Run with `python tests/soak/cluster_speed.py` on an idle machine with two cores. The ratio should be at least 1.7.

Each worker has a core of its own, as it has on a machine of its own. Otherwise a single worker uses more than one core,
because its voice speaks in another process.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from clusters import LocalCluster

from audio_builder.batch.planned import PlannedSession
from audio_builder.cache import Cache
from audio_builder.cluster.run import run_on_cluster
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder

LENGTHS = ("20m", "25m", "30m", "35m", "40m", "45m", "50m", "55m")


class Stages:
    """A watcher that remembers when speaking ended."""

    def __init__(self):
        self.begun, self.spoken = time.perf_counter(), 0.0

    def progress(self, stage, _done, _total):
        if stage == "Speaking":
            self.spoken = time.perf_counter() - self.begun

    def finished(self, session):
        assert session.state == "built", session


def seconds(workers: int, script: str, voice: str) -> tuple[float, float]:
    """Return how long speaking takes, and the whole catalogue."""
    sessions = [PlannedSession(script, BuildOptions.parse(length=each, voice=voice)) for each in LENGTHS]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with LocalCluster(folder) as cluster:
            for core in range(workers):
                os.sched_setaffinity(cluster.start_worker().pid, {core})
            while cluster.log("scheduler").count("Register worker") < workers:
                time.sleep(0.1)
            workspace = Workspace(ScriptFinder((shipped_folder(),)), folder / "out", Cache(folder / "cache"))
            stages = Stages()
            run_on_cluster(sessions, workspace, stages, cluster.address, str(folder / "store"))
            return stages.spoken, time.perf_counter() - stages.begun


def main(script: str = "psoas-release", voice: str = "hibari", rounds: str = "2") -> None:
    """Print the times of one worker and of two, in turn, and their ratio."""
    ratios = []
    for _ in range(int(rounds)):
        one, two = seconds(1, script, voice), seconds(2, script, voice)
        ratios.append(one[1] / two[1])
        print(
            f"one worker {one[1]:.0f} s (speaking {one[0]:.0f} s), two {two[1]:.0f} s (speaking {two[0]:.0f} s)"
        )
    print(f"two workers are {statistics.median(ratios):.2f} times as fast as one")


if __name__ == "__main__":
    main(*sys.argv[1:])
