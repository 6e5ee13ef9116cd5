"""A cluster with the true voice and long sessions, and what goes wrong meanwhile, for as long as it does in life."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from clusters import LocalCluster, gate
from servers import s3

from audio_builder.batch.planned import PlannedSession
from audio_builder.build import build
from audio_builder.cache import Cache
from audio_builder.cluster.run import run_on_cluster
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder

FINDER = ScriptFinder((shipped_folder(),))


class Log:
    """A watcher that remembers sessions, and does something once, when a stage has come that far."""

    def __init__(self, stage="", done=0, react=lambda: None):
        self.sessions, self._when, self._react = [], (stage, done), react

    def progress(self, stage, done, _total):
        if self._when and stage == self._when[0] and done >= self._when[1]:
            self._when = None
            self._react()

    def finished(self, session):
        self.sessions.append(session)


def planned(*lengths, script="pillow-under-knees", **options):
    return [PlannedSession(script, BuildOptions.parse(length=length, **options)) for length in lengths]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def alone(sessions, folder):
    """Return the files of sessions as one machine builds them."""
    for each in sessions:
        build(
            each.script, each.options, Workspace(FINDER, folder / "alone", Cache(folder / "alone-cache"), 2)
        )
    return contents(folder / "alone")


def run(sessions, folder, cluster, store, log):
    run_on_cluster(sessions, Workspace(FINDER, folder / "out"), log, cluster.address, str(store))
    assert [session for session in log.sessions if session.state != "built"] == []
    assert len(log.sessions) == len(sessions)
    return contents(folder / "out")


def test_workers_killed_while_they_speak_and_while_they_render_lose_nothing(tmp_path):
    sessions = planned("20m", "25m", "30m", "35m", "40m", "45m")
    with LocalCluster(tmp_path / "cluster") as cluster:
        cluster.start_worker()
        cluster.start_worker()

        def kill():
            cluster.workers.pop(0).kill()
            cluster.start_worker()

        killing = Log("Speaking", 10, kill)
        threading.Timer(60, kill).start()
        found = run(sessions, tmp_path, cluster, tmp_path / "store", killing)
    assert found == alone(sessions, tmp_path)


def test_a_store_that_refuses_for_twenty_seconds_is_waited_for(tmp_path, monkeypatch):
    sessions = planned("20m", "25m", "30m", "35m", voice="tone")
    with s3(_folder(tmp_path / "s3")) as (address, environment), gate(address) as way:
        for name, value in {**environment, "AWS_ENDPOINT": way.address}.items():
            monkeypatch.setenv(name, value)
        with LocalCluster(tmp_path / "cluster") as cluster:
            cluster.start_worker()
            cluster.start_worker()

            def refuse():
                way.close()
                threading.Timer(20, way.open).start()

            found = run(sessions, tmp_path, cluster, "s3://psoas/soak", Log("Building", 1, refuse))
    assert found == alone(sessions, tmp_path)


@pytest.mark.parametrize("quality", ["stereo", "mono"])
def test_eight_hours_in_segments_have_the_same_bytes_in_bounded_memory(quality, tmp_path, monkeypatch):
    sessions = planned("8h", script="psoas-release", voice="tone", quality=quality)
    with s3(_folder(tmp_path / "s3")) as (_, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with LocalCluster(tmp_path / "cluster") as cluster:
            workers = [cluster.start_worker(), cluster.start_worker()]
            begun = time.perf_counter()
            found = run(sessions, tmp_path, cluster, "s3://psoas/long", Log())
            peaks = [_peak_mb(worker) for worker in workers]
            print(f"\n8 h {quality} on two workers: {time.perf_counter() - begun:.0f} s, workers {peaks} MB")
    assert max(peaks) < 600
    assert found == alone(sessions, tmp_path)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _peak_mb(process: subprocess.Popen) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def test_a_hundred_workers_and_ten_thousand_sessions():
    """The figures are for docs/scaling.md: `python tests/soak/cluster_size.py 100 100000`."""
    command = [sys.executable, str(Path(__file__).with_name("cluster_size.py")), "100", "10000"]
    subprocess.run(command, check=True)
