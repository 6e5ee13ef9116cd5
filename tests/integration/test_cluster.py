"""Batches on a real Dask cluster, with a folder and with a real S3 server as the store."""

import array
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import wave
from dataclasses import replace
from pathlib import Path

import pytest
from clusters import LocalCluster, gate, until
from common import command_environment
from distributed import Client
from reading import take
from servers import KEYS, ended, free_ports
from sounds import write_wav

import audio_builder
from audio_builder import __version__
from audio_builder.batch.planned import PlannedSession
from audio_builder.build import build
from audio_builder.cache import Cache
from audio_builder.cluster import connection, work
from audio_builder.cluster.connection import Cluster, ClusterFailed, open_cluster
from audio_builder.cluster.records import Inputs, StorePlace
from audio_builder.cluster.run import run_on_cluster
from audio_builder.cluster.scripts import put_scripts
from audio_builder.cluster.store import SharedStore
from audio_builder.errors import AudioBuilderError
from audio_builder.library.storage import episodes, has_sound
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.takes.bring import judge_take
from audio_builder.takes.plan import recording_plan
from audio_builder.takes.sound import read_take
from audio_builder.takes.store import add_takes

PACKAGE = Path(audio_builder.__file__).parent
SCRIPT = """---
title: {title}
---

Lie down on your back. Let the floor hold you.

# Release

Let your belly rise. [1m..] Let your heels grow heavy.

[bell]

Stay here for a while. [2m..]
"""
SHOW = """title = "Lie down"
author = "The floor"
description = "Rest."
categories = ["Education"]
"""


class Log:
    """A watcher that remembers what it hears, and may do something when it hears it."""

    def __init__(self, react=lambda _session: None):
        self.sessions, self.stages, self.react = [], [], react

    def progress(self, stage, done, total):
        self.stages.append((stage, done, total))

    def finished(self, session):
        self.sessions.append(session)
        self.react(session)

    @property
    def states(self):
        return sorted(session.state for session in self.sessions)

    @property
    def errors(self):
        return [session.error for session in self.sessions if session.error]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """A folder of scripts with an include, cautions, pronunciation, and a show."""
    folder = tmp_path_factory.mktemp("author") / "scripts"
    folder.mkdir()
    for number in range(2):
        text = SCRIPT.format(title=f"Evening {number}")
        (folder / f"evening-{number}.md").write_text(f"{text}\nSession {number} ends.\n", "utf-8")
    (folder / "pronunciation.toml").write_text('[heels]\nsay = "heals"\n', "utf-8")
    (folder / "show.toml").write_text(SHOW, "utf-8")
    return folder


def planned(*lengths, script="evening-{}", ambience="none", **options):
    """Return sessions of two scripts at these lengths. Each worker would synthesise an ambience, which takes long."""
    options |= {"voice": "tone", "quality": "mono", "ambience": ambience}
    return [
        PlannedSession(script.format(number), BuildOptions.parse(length=length, **options))
        for length in lengths
        for number in range(2)
    ]


def finder(scripts):
    return ScriptFinder((scripts, shipped_folder()))


@pytest.fixture(scope="module")
def expected(scripts, tmp_path_factory):
    """Return the files of sessions as one machine builds them."""
    out, cache = tmp_path_factory.mktemp("alone"), Cache(tmp_path_factory.mktemp("alone-cache"))

    def files(sessions):
        folder = out / str(len([*out.iterdir()]))
        for each in sessions:
            build(each.script, each.options, Workspace(finder(scripts), folder, cache))
        return contents(folder)

    return files


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler and two workers."""
    with LocalCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        cluster.start_worker()
        cluster.start_worker()
        yield cluster


def run(sessions, scripts, out, cluster, store, log=None):
    log = log or Log()
    workspace = Workspace(finder(scripts), out, Cache(out.parent / "client-cache"))
    run_on_cluster(sessions, workspace, log, cluster.address, str(store))
    return log


def test_every_file_has_the_same_bytes_as_on_one_machine_and_a_second_run_does_nothing(
    scripts, expected, cluster, tmp_path
):
    sessions = planned("5m", "6m", ambience="room")
    log = run(sessions, scripts, tmp_path / "out", cluster, tmp_path / "store")
    assert (log.errors, log.states) == ([], ["built"] * 4)
    spoken = [done for stage, done, _ in log.stages if stage == "Speaking"]
    assert spoken[0] == 0
    assert contents(tmp_path / "out") == expected(sessions)
    before = changes(tmp_path)
    with LocalCluster(tmp_path / "idle") as idle:  # nobody could work
        again = run(sessions, scripts, tmp_path / "out", idle, tmp_path / "store")
    assert again.states == ["unchanged"] * 4
    assert changes(tmp_path) == before


def changes(folder):
    """Return when each file of the library and of the store was changed."""
    return {
        path: path.stat().st_mtime_ns
        for name in ("out", "store")
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


def test_the_command_builds_on_a_cluster_what_it_builds_on_one_machine(
    scripts, cluster, audio_builder, tmp_path
):
    lists = 'scripts = ["evening-0", "evening-1"]\nlengths = ["5m", "7m"]\n'
    options = 'voice = "tone"\nquality = "mono"\nambience = "none"\n'
    (tmp_path / "two.toml").write_text(lists + options, "utf-8")
    batch = ("batch", "two.toml", "--scripts", str(scripts), "--out")
    there = ("--cluster", cluster.address, "--store", "store")
    assert audio_builder(*batch, "alone", folder=tmp_path).status == 0
    done = audio_builder(*batch, "together", *there, folder=tmp_path)
    assert (done.status, done.out.splitlines()[-1].split(",")[:3]) == (
        0,
        ["4 built", " 0 unchanged", " 0 failed"],
    ), done
    same = {name: data for name, data in contents(tmp_path / "together").items() if not name.startswith(".")}
    assert same == {name: d for name, d in contents(tmp_path / "alone").items() if not name.startswith(".")}
    again = audio_builder(*batch, "together", *there, folder=tmp_path)
    assert again.out.splitlines()[-1] == "0 built, 4 unchanged, 0 failed"
    for half in (there[:2], there[2:]):
        assert audio_builder(*batch, "x", *half, folder=tmp_path).status == 2


@pytest.mark.usefixtures("storage")
def test_an_object_store_gives_the_same_bytes_and_a_second_machine_only_fetches(scripts, expected, tmp_path):
    sessions = planned("5m")
    with LocalCluster(tmp_path / "cluster") as cluster:
        cluster.start_worker()
        log = run(sessions, scripts, tmp_path / "out", cluster, "s3://psoas/shared")
        assert (log.errors, log.states) == ([], ["built"] * 2)
        assert contents(tmp_path / "out") == expected(sessions)
        cluster.workers[0].kill()
        other = run(sessions, scripts, tmp_path / "other", cluster, "s3://psoas/shared")
    assert other.states == ["built"] * 2
    assert contents(tmp_path / "other") == contents(tmp_path / "out")
    told = (tmp_path / "cluster").rglob("log")
    assert not any(secret in path.read_text() for path in told for secret in KEYS.values())


@pytest.mark.usefixtures("storage")
def test_keys_never_travel_through_the_scheduler(scripts, tmp_path):
    with LocalCluster(tmp_path / "cluster", AWS_SECRET_ACCESS_KEY="wrong") as cluster:
        cluster.start_worker()
        with pytest.raises(AudioBuilderError, match=r"worker tcp://.* cannot use the store: s3://psoas"):
            run(planned("5m"), scripts, tmp_path / "out", cluster, "s3://psoas/keys")


def test_files_beside_a_script_and_options_with_files_reach_the_workers(scripts, expected, cluster, tmp_path):
    folder = tmp_path / "drafts"
    folder.mkdir()
    with wave.open(str(folder / "wind.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(array.array("h", (n * 37 % 2000 for n in range(48_000 * 12))).tobytes())
    (folder / "draft.md").write_text(SCRIPT.format(title="Draft") + "\n[include closing]\n", "utf-8")
    (folder / "closing.md").write_text("---\ntitle: Closing\n---\n\n# Closing\n\nOpen your eyes.\n", "utf-8")
    sessions = [
        PlannedSession(str(folder / "draft.md"), BuildOptions.parse(length="5m", voice="tone", **options))
        for options in ({"ambience": str(folder / "wind.wav")}, {"bell": "wood"})
    ]
    log = run(sessions, scripts, tmp_path / "out", cluster, tmp_path / "store")
    assert (log.errors, log.states) == ([], ["built"] * 2)
    assert contents(tmp_path / "out") == expected(sessions)


def test_other_formats_and_the_parts_of_the_sound_have_the_same_bytes_as_on_one_machine(
    scripts, expected, cluster, tmp_path
):
    """Whether the store has nothing, or the MP3 alone."""
    plain, more = planned("5m"), planned("5m", format="m4b,opus,flac", stems="true")
    run(plain[:1], scripts, tmp_path / "out", cluster, tmp_path / "store")
    log = run(more, scripts, tmp_path / "out", cluster, tmp_path / "store")
    assert (log.errors, log.states) == ([], ["built"] * 2)
    assert contents(tmp_path / "out") == expected(more)
    assert {path.suffix for path in (tmp_path / "out").iterdir()} >= {".m4b", ".opus", ".flac"}
    again = run(more, scripts, tmp_path / "out", cluster, tmp_path / "store")
    assert again.states == ["unchanged"] * 2
    kept = run(plain, scripts, tmp_path / "out", cluster, tmp_path / "store")  # which names no format
    assert (kept.errors, contents(tmp_path / "out")) == ([], expected(more))


@pytest.mark.parametrize("voice", ["recorded:ana", "piper"])
def test_recorded_and_optional_voices_have_the_same_bytes_as_on_one_machine(
    voice, scripts, expected, cluster, tmp_path
):
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "own.md").write_text(SCRIPT.format(title="Own"), "utf-8")
    plan = recording_plan("own", "ana", finder(folder))
    for sentence in plan.sentences:
        path = write_wav(tmp_path / f"{sentence.number}.wav", take(sentence))
        add_takes(plan.voice, judge_take(sentence, read_take(path)).takes)
    options = BuildOptions.parse(length="5m", voice=voice, ambience="none", quality="mono")
    sessions = [PlannedSession(str(folder / "own.md"), options)]
    log = run(sessions, scripts, tmp_path / "out", cluster, tmp_path / "store")
    assert (log.errors, log.states) == ([], ["built"])
    assert contents(tmp_path / "out") == expected(sessions)


def test_an_error_inside_a_task_is_not_taken_for_a_lost_scheduler(scripts, cluster, tmp_path):
    store = SharedStore(str(tmp_path))
    bundle = put_scripts(planned("5m"), finder(scripts), tmp_path / "out", store)
    with open_cluster(cluster.address) as connected:
        connected.admit_workers(Inputs(StorePlace(store.address, bundle.digest), (), "any"))
        connected.submit(1, os.listdir, "no such folder")
        with pytest.raises(FileNotFoundError, match="no such folder"):
            until(lambda: [*connected.ended(1)])
        assert connected.running == 0


def test_an_interrupt_ends_the_work_on_the_cluster_and_the_next_run_goes_on(
    scripts, cluster, home, audio_builder, tmp_path
):
    options = 'voice = "tone"\nquality = "mono"\nambience = "none"\n'
    lengths = ", ".join(f'"{minutes}m"' for minutes in range(60, 120))
    (tmp_path / "many.toml").write_text(f'scripts = ["evening-0"]\nlengths = [{lengths}]\n{options}', "utf-8")
    batch = [
        "batch",
        "many.toml",
        "--scripts",
        str(scripts),
        "--cluster",
        cluster.address,
        "--store",
        "store",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "audio_builder", *batch],
        cwd=tmp_path, env={**os.environ, **command_environment(home)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with ended(process):
        until(lambda: [*tmp_path.glob("output/*.mp3")], 240)
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=180)[1]
    assert process.returncode == 130, err
    assert "Traceback" not in err
    finished = len([*tmp_path.glob("output/*.mp3")])
    assert 0 < finished < 60
    assert not [path for path in (tmp_path / "output").iterdir() if path.name.startswith(".building-")]
    with Client(cluster.address, set_as_default=False) as client:
        until(lambda: not any(client.processing().values()))
    whole = [*episodes(tmp_path / "output")]
    assert len(whole) == finished
    assert all(has_sound(tmp_path / "output", episode) for episode in whole)
    lengths = ", ".join(f'"{episode.length_ms // 60_000}m"' for episode in whole)
    (tmp_path / "many.toml").write_text(f'scripts = ["evening-0"]\nlengths = [{lengths}]\n{options}', "utf-8")
    again = audio_builder(*batch, folder=tmp_path)
    assert again.out.splitlines()[-1] == f"0 built, {finished} unchanged, 0 failed", again


def test_a_script_in_the_home_folder_sends_nothing_else_from_there(scripts, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.md").write_text("Dear doctor", "utf-8")
    sessions = [PlannedSession(str(tmp_path / "home" / "evening.md"), BuildOptions())]
    with pytest.raises(AudioBuilderError, match="into a folder of their own"):
        put_scripts(sessions, finder(scripts), tmp_path / "out", SharedStore(str(tmp_path / "store")))
    assert not (tmp_path / "store").exists()


def test_sessions_that_fail_are_reported_with_the_paths_of_this_machine_and_the_rest_goes_on(
    scripts, cluster, tmp_path
):
    broken = scripts / "broken.md"
    broken.write_text("---\ntitle: Broken\n---\n\n# A\n\nWords. [gong]\n", "utf-8")
    try:
        sessions = [*planned("5m"), *planned("5m", script="broken")[:1], *planned("5m", positions="none")[:1]]
        log = run(sessions, scripts, tmp_path / "out", cluster, tmp_path / "store")
    finally:
        broken.unlink()
    assert log.states == ["built", "built", "failed", "failed"]
    assert str(broken) in "".join(log.errors)
    assert len([*(tmp_path / "out").glob("*.mp3")]) == 2


def test_a_session_keeps_its_formats_if_it_changes_and_its_parts_if_it_does_not(
    scripts, expected, cluster, tmp_path
):
    """As on one machine, though workers know nothing of the library."""
    folder, out, store = tmp_path / "scripts", tmp_path / "out", tmp_path / "store"
    folder.mkdir()
    (folder / "evening-0.md").write_text(SCRIPT.format(title="Evening"), "utf-8")

    def ask(**options):
        path = str(folder / "evening-0.md")
        return [replace(session, script=path) for session in planned("5m", **options)[:1]]

    run(ask(stems="true"), scripts, out, cluster, store)
    run(ask(format="opus"), scripts, out, cluster, store)
    assert contents(out) == expected(ask(format="opus", stems="true"))
    (folder / "evening-0.md").write_text(SCRIPT.format(title="Another evening"), "utf-8")
    log = run(ask(), scripts, out, cluster, store)
    assert (log.errors, log.states) == ([], ["built"])
    assert contents(out) == expected(ask(format="opus"))
    assert run(ask(), scripts, out, cluster, store).states == ["unchanged"]


@pytest.mark.parametrize("pattern", ["sounds/*/*.mp3", "sessions/*/*/*.vtt", "pictures/*.*"])
def test_what_was_deleted_from_the_store_is_made_again(pattern, scripts, expected, cluster, tmp_path):
    sessions, store = planned("15m", script="legs-on-chair", ambience="none")[:1], tmp_path / "store"
    run(sessions, scripts, tmp_path / "out", cluster, store)
    deleted = [path for path in store.glob(pattern) if path.is_file()]
    assert deleted
    for path in deleted:
        path.unlink()
    log = run(sessions, scripts, tmp_path / "again", cluster, store)
    assert (log.errors, log.states) == ([], ["built"])
    assert all(path.is_file() for path in deleted)
    assert contents(tmp_path / "again") == expected(sessions)


def test_what_is_damaged_in_the_store_is_made_again(scripts, expected, cluster, tmp_path):
    sessions, store = planned("5m"), tmp_path / "store"
    run(sessions, scripts, tmp_path / "out", cluster, store)
    for number, pattern in enumerate(["sounds/*/*.mp3", "sessions/*/*/*.vtt", "sessions/*/*/*.json"]):
        damaged = sorted(store.glob(pattern))
        assert damaged
        for path in damaged:
            content = path.read_bytes()
            path.write_bytes(content[:100] + b"!" + content[101:])
        log = run(sessions, scripts, tmp_path / f"out-{number}", cluster, store)
        assert (log.errors, log.states) == ([], ["built"] * 2)
        assert contents(tmp_path / f"out-{number}") == expected(sessions)


def test_a_worker_that_is_killed_in_mid_work_loses_nothing_and_one_that_joins_helps(
    scripts, expected, cluster, tmp_path
):
    sessions = planned("8m", "9m", "10m", "11m")

    def kill(_session):
        if len(log.sessions) == 1:
            cluster.workers.pop(0).kill()
            cluster.start_worker()

    log = Log(kill)
    run(sessions, scripts, tmp_path / "out", cluster, tmp_path / "store", log)
    assert (log.errors, log.states) == ([], ["built"] * 8)
    assert contents(tmp_path / "out") == expected(sessions)


def test_a_scheduler_that_is_started_again_gets_what_is_not_done(scripts, expected, tmp_path, caplog):
    sessions = planned("5m", "6m")
    with LocalCluster(tmp_path / "cluster") as cluster:
        cluster.start_worker()

        def restart(_session):
            if len(log.sessions) == 1:
                for process in (cluster.scheduler, cluster.workers[0]):
                    process.kill()
                    process.wait()
                cluster.start_scheduler()
                late.start()

        def start_late():
            until(lambda: f"The scheduler at {cluster.address} is back." in caplog.text)
            cluster.start_worker()

        log, late = Log(restart), threading.Thread(target=start_late)
        try:
            run(sessions, scripts, tmp_path / "out", cluster, tmp_path / "store", log)
        finally:
            if late.ident:
                late.join()
    assert (log.errors, log.states) == ([], ["built"] * 4)
    assert contents(tmp_path / "out") == expected(sessions)
    assert f"The scheduler at {cluster.address} was lost. Waiting for it." in caplog.text


def test_a_store_that_refuses_for_a_while_is_waited_for(scripts, expected, storage, tmp_path, monkeypatch):
    sessions = planned("5m", "6m")
    with gate(storage) as way:
        monkeypatch.setenv("AWS_ENDPOINT", way.address)
        with LocalCluster(tmp_path / "cluster") as cluster:
            cluster.start_worker()

            def refuse(_session):
                if len(log.sessions) == 1:
                    way.close()
                    opening.start()

            log, opening = Log(refuse), threading.Timer(2, way.open)
            try:
                run(sessions, scripts, tmp_path / "out", cluster, "s3://psoas/refusing", log)
            finally:
                if opening.ident:
                    opening.join()
    assert (log.errors, log.states) == ([], ["built"] * 4)
    assert contents(tmp_path / "out") == expected(sessions)


def test_a_worker_with_another_version_is_refused_by_name_and_gets_no_work_if_it_joins_later(
    scripts, expected, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(connection, "_LOOK_SECONDS", 0.2)
    other = tmp_path / "other"
    shutil.copytree(PACKAGE, other / "audio_builder", ignore=shutil.ignore_patterns("__pycache__"))
    changed = other / "audio_builder" / "__init__.py"
    changed.write_text(changed.read_text() + '\n__version__ = "9.9.9"\n')
    with LocalCluster(tmp_path / "cluster") as cluster:
        cluster.start_worker(PYTHONPATH=str(other))
        with pytest.raises(
            ClusterFailed,
            match=rf"^worker tcp://\S+ has audio-builder 9\.9\.9, this machine {__version__}$",
        ):
            run(planned("5m"), scripts, tmp_path / "out", cluster, tmp_path / "store")
        cluster.workers.pop().kill()
        until(lambda: "Remove worker" in cluster.log("scheduler"))
        cluster.start_worker()

        def join(_session):
            if len(log.sessions) == 1:
                cluster.start_worker(PYTHONPATH=str(other))
                until(lambda: cluster.log("scheduler").count("Register worker") == 3)
                time.sleep(0.5)  # until the next look

        log = Log(join)
        run(planned("5m", "6m"), scripts, tmp_path / "out", cluster, tmp_path / "store", log)
    assert (log.errors, log.states) == ([], ["built"] * 4)
    assert "has audio-builder 9.9.9" in caplog.text
    assert contents(tmp_path / "out") == expected(planned("5m", "6m"))


def test_an_address_without_a_scheduler_and_a_scheduler_without_workers_are_refused(
    scripts, tmp_path, monkeypatch
):
    monkeypatch.setattr(connection, "WORKER_SECONDS", 1.0)
    with LocalCluster(tmp_path / "cluster") as cluster:
        with pytest.raises(ClusterFailed, match=r"has no workers\. Start one with dask scheduler"):
            run(planned("5m"), scripts, tmp_path / "out", cluster, tmp_path / "store")
        monkeypatch.setattr(connection, "CONNECT_SECONDS", 1.0)
        cluster.address = f"tcp://127.0.0.1:{free_ports(1)[0]}"
        with pytest.raises(ClusterFailed, match="No Dask scheduler answers at tcp://127"):
            run(planned("5m"), scripts, tmp_path / "out", cluster, tmp_path / "store")
        cluster.address = "gopher://here"
        with pytest.raises(ClusterFailed, match='Invalid address of a scheduler "gopher://here"'):
            run(planned("5m"), scripts, tmp_path / "out", cluster, tmp_path / "store")
    assert not (tmp_path / "out").exists()


def test_a_long_session_is_rendered_in_segments_if_workers_would_be_idle(
    scripts, expected, cluster, tmp_path, monkeypatch
):
    monkeypatch.setattr(work, "SEGMENT_MS", 60_000)
    sent, submit = [], Cluster.submit

    def counted(self, number, function, argument):
        sent.append(function.__name__)
        submit(self, number, function, argument)

    monkeypatch.setattr(Cluster, "submit", counted)
    sessions = planned("12m")[:1]
    log = run(sessions, scripts, tmp_path / "out", cluster, tmp_path / "store")
    assert (log.errors, log.states) == ([], ["built"])
    assert sent[-3:] == ["segment_task", "segment_task", "session_task"]
    assert contents(tmp_path / "out") == expected(sessions)
    assert not [path for path in (tmp_path / "store" / "segments").rglob("*") if path.is_file()]


def test_without_dask_the_message_says_how_to_install_it(scripts, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(AudioBuilderError, match=r"pip install '\.\[cluster\]'"):
        run_on_cluster(planned("5m"), Workspace(finder(scripts)), Log(), "tcp://127.0.0.1:1", str(tmp_path))


def test_the_program_does_not_load_dask_until_a_batch_is_sent_to_a_cluster():
    command = "import sys, audio_builder.cluster.run as run; assert 'distributed' not in sys.modules, run"
    subprocess.run([sys.executable, "-c", command], check=True)
