"""A server with several processes answers as one, whichever of them a connection reaches, and leaves none behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from common import command_environment
from reading import take
from servers import ask, ended, hide_shipped_scripts, server_processes, serving, without_speech
from sounds import write_wav
from test_voice_plugins import add_plugin

from audio_builder.files import is_abandoned
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.service.job_records import FINISHED
from audio_builder.takes.plan import recording_plan

SCRIPT = """---
title: Rest
voice: {voice}
ambience: none
quality: mono
---

# Lie down

{words}

# Rest

[rest 2m..]
"""
HEAVY = "Let your legs be heavy."
COUNTED = '''
import os, time
from dataclasses import dataclass
from audio_builder.speech.engine import VoiceInfo
from audio_builder.speech.engines.tone import ToneVoice

class Counted(ToneVoice):
    """A voice that writes down for which process it says what, and takes its time, on many cores as on few."""
    engine = "counted"

    def speak(self, text):
        with open(os.environ["SPOKEN"], "a") as file:
            file.write(f"{os.getppid()} {text}\\n")
        time.sleep(0.05 * os.cpu_count())
        return super().speak(text)

class Engine:
    label = "counted"
    default_speed = 1.0
    for_tests = True

    def open(self, name, speed, language):
        return Counted("sine", speed)

    def list_voices(self):
        return [VoiceInfo("one", is_default=True)]

ENGINE = Engine()
'''


def until(condition, seconds=60):
    """Wait until a condition holds, and return what it returned."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.1)
    return found


def is_stopped(process):
    """Return whether no thread of a process runs any more."""
    try:
        threads = [
            path.read_text().rpartition(")")[2].split()[0]
            for path in Path(f"/proc/{process}/task").glob("*/stat")
        ]
    except (FileNotFoundError, ProcessLookupError):  # a thread has just ended
        return False
    return {*threads} <= {"T"}


class Server:
    """A server with two processes: its address, and its processes, each of which can be the only one that answers."""

    def __init__(self, address, folder, cache):
        self.address, self.folder, self.cache = address, folder, cache
        self.parent = int((folder / "serve.pid").read_text())
        self.first, self.second = self.pair()

    def pair(self):
        """Return the ids of the processes, once both are there and answer."""
        found = until(lambda: both if len(both := server_processes(self.parent)) == 2 else None)
        self.first, self.second = found
        for process in found:
            with self.only(process):
                until(lambda: ask(f"{self.address}/healthz").status)
        return found

    @contextmanager
    def only(self, process):
        """Stop the other process inside the block, but not while it keeps this one from changing jobs."""
        (other,) = {self.first, self.second} - {process}
        while True:
            os.kill(other, signal.SIGSTOP)
            until(lambda: is_stopped(other))  # all of its threads, which takes a moment
            if not self._is_locked():
                break
            os.kill(other, signal.SIGCONT)
            time.sleep(0.01)
        try:
            yield
        finally:
            os.kill(other, signal.SIGCONT)

    def _is_locked(self):
        for jobs in self.cache.glob(f"audio-builder/servers/{self.parent}-*/jobs"):
            with suppress(OSError):
                return not is_abandoned(jobs)
        return False

    def ask(self, path, *arguments, **headers):
        return ask(f"{self.address}{path}", *arguments, **headers)

    def job(self, id):
        return self.ask(f"/api/jobs/{id}", Accept="application/json").json()

    def final(self, id):
        """Return a job once it is finished, asked for over a new connection each time."""
        return until(lambda: found if (found := self.job(id))["state"] in FINISHED else None)


def prepare(folder):
    """Write scripts that are spoken at once, and that hide the shipped ones."""
    (folder / "scripts").mkdir()
    for name in ("rest", "night"):
        (folder / "scripts" / f"{name}.md").write_text(SCRIPT.format(voice="tone", words=HEAVY), "utf-8")
    for path in shipped_folder().glob("*.md"):
        script = SCRIPT.format(voice="tone", words=HEAVY)
        (folder / "scripts" / path.name).write_text(script, "utf-8")
    return folder


@contextmanager
def two(folder, home, *options):
    with serving(folder, home, "--scripts", "scripts", "--workers", "2", *options) as address:
        yield Server(address, folder, home / "cache")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def served(folder, home):
    with two(folder, home) as server:
        yield server


def test_every_process_serves_the_same_bytes(served, folder, audio_builder):
    assert audio_builder("build", "rest", "--length", "6m", folder=folder).status == 0
    built = (folder / "output" / "rest-6m.mp3").read_bytes()
    tags = set()
    for process in served.pair():
        with served.only(process):
            whole = served.ask("/media/rest.mp3?length=6m")
            part = served.ask("/media/rest.mp3?length=6m", Range="bytes=5000-9999")
            assert (whole.body, part.body) == (built, built[5000:10_000])
            tags.add(whole.headers["etag"])
    assert len(tags) == 1


def test_a_build_is_watched_shared_and_cancelled_through_any_process(served, folder):
    order = {"script": "rest", "length": "2h", "ambience": "ocean", "quality": "stereo"}
    with served.only(served.first):
        id = served.ask("/api/build", "POST", order).json()["id"]
    with served.only(served.second):
        assert served.job(id)["state"] in ("waiting", "working")
        assert served.ask("/api/build", "POST", order).json()["id"] == id
        assert served.ask(f"/api/jobs/{id}", "DELETE").json()["wanted"] == 1
        assert served.ask(f"/api/jobs/{id}", "DELETE").json()["wanted"] == 0
    assert served.final(id)["state"] == "cancelled"
    assert not [*folder.glob("output/rest-2h*")]


def test_a_build_ends_for_all_who_watch_it_over_any_connection(served):
    with served.only(served.first):
        id = served.ask("/api/build", "POST", {"script": "night", "length": "6m30s"}).json()["id"]
    with ThreadPoolExecutor(20) as threads:
        events = [*threads.map(lambda _: served.ask(f"/api/jobs/{id}").text, range(20))]
    last = [json.loads(one.strip().rpartition("data: ")[2]) for one in events]
    assert {(one["state"], one["name"]) for one in last} == {("done", "night-6m30s")}
    for process in (served.first, served.second):
        with served.only(process):
            assert served.job(id)["name"] == "night-6m30s"


def test_what_is_written_through_one_process_is_read_through_the_other(served):
    text = SCRIPT.format(voice="tone", words="Something new.")
    with served.only(served.first):
        assert served.ask("/api/scripts/new", "PUT", {"text": text, "was": ""}).status == 200
    with served.only(served.second):
        read = served.ask("/api/scripts/new").json()
        assert read["text"] == text
        assert "new" in {row["name"] for row in served.ask("/api/scripts").json()}
        assert served.ask("/api/scripts/new/remove", "POST", {"was": read["was"]}).status == 200
    with served.only(served.first):
        assert served.ask("/api/scripts/new").status == 404
        assert served.ask("/api/scripts/new/restore", "POST", {}).status == 200
    with served.only(served.second):
        assert served.ask("/media/new.mp3?length=6m", Range="bytes=0-99").status == 206


def test_a_take_that_one_process_stored_is_heard_through_the_other(served, folder, tmp_path):
    query = urlencode({"script": "rest", "voice": "ana", "text": HEAVY})
    with served.only(served.first):
        plan = recording_plan("rest", "ana", ScriptFinder((folder / "scripts",)))
        recording = write_wav(tmp_path / "take.wav", take(plan.sentences[0])).read_bytes()
        stored = served.ask(f"/api/takes?{query}", "POST", recording)
        assert stored.status == 200, stored.text
    with served.only(served.second):
        (sentence,) = served.ask("/api/takes?script=rest&voice=ana").json()["sentences"]
        assert sentence["state"] == "recorded"


def test_the_token_is_that_of_all_processes(home, tmp_path):
    with two(prepare(tmp_path), home, "--hostname", "sessions.example") as server:
        token = re.search(r"token=([\w-]+)", (tmp_path / "serve.log").read_text())[1]
        for process in (server.first, server.second):
            with server.only(process):
                assert server.ask(f"/api/scripts?token={token}").status == 200
                assert server.ask("/api/scripts").status == 401


def test_a_process_that_dies_is_replaced_and_its_listeners_reconnect_at_once(home, tmp_path):
    with two(prepare(tmp_path), home) as server:
        first, second = server.first, server.second
        order = {"script": "rest", "length": "8h", "ambience": "ocean", "quality": "stereo"}
        with server.only(first):
            whole = server.ask("/media/rest.mp3?length=6m").body
            id = server.ask("/api/build", "POST", order).json()["id"]
        os.kill(first, signal.SIGKILL)
        for begin in range(0, 100_000, 10_000):
            part = server.ask("/media/rest.mp3?length=6m", Range=f"bytes={begin}-{begin + 9999}")
            assert part.body == whole[begin : begin + 10_000]
        assert "has ended" in server.final(id)["error"]
        replaced = server.pair()
        assert second in replaced
        assert first not in replaced
        assert "signal 9" in (tmp_path / "serve.log").read_text()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_no_process_is_left_however_the_server_ends(name, home, tmp_path):
    hide_shipped_scripts(tmp_path)
    hung = SCRIPT.format(voice="tone:hang", words=HEAVY)
    (tmp_path / "scripts" / "rest.md").write_text(hung, "utf-8")
    command = [sys.executable, "-m", "audio_builder", "serve", "--port", "0", "--scripts", "scripts"]
    environment = {**os.environ, **command_environment(home, tmp_path / "cache")}
    process = subprocess.Popen(
        [*command, "--workers", "2"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    )
    with ended(process):
        address = process.stderr.readline().split()[0]
        until(lambda: len(server_processes(process.pid)) == 2)
        assert ask(f"{address}healthz").json()["scripts_to_speak"] > 0
        until(lambda: [one for one in started_in(tmp_path) if b"answer_requests" in one])
        process.send_signal(getattr(signal, name))
        _, err = process.communicate(timeout=60)  # until no process has its end of the pipe
    until(lambda: not started_in(tmp_path))
    assert (process.returncode, without_speech(err)) == (-signal.SIGKILL if name == "SIGKILL" else 0, [])
    if name != "SIGKILL":
        assert not [*tmp_path.glob("cache/audio-builder/servers/*")]


def started_in(folder):
    """Return the command of every process that runs in a folder, which nobody but a test has."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve() and (
                command := (process / "cmdline").read_bytes()
            ):
                found.append(command)
        except OSError:
            continue
    return found


def test_each_sentence_is_spoken_once_though_a_process_dies_and_those_that_are_wanted_come_first(
    tmp_path, monkeypatch
):
    prepare(tmp_path)
    add_plugin(tmp_path, "counted_voice", COUNTED, "counted")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("SPOKEN", str(tmp_path / "spoken"))
    (tmp_path / "spoken").touch()
    shared = " ".join(f"This is sentence {number}." for number in range(12))
    names = [f"evening-{letter}" for letter in "abcd"]
    for name in names:
        words = f"{shared} " + " ".join(f"Now comes {name}, number {number}." for number in range(12))
        script = SCRIPT.format(voice="counted", words=words)
        (tmp_path / "scripts" / f"{name}.md").write_text(script, "utf-8")
    (tmp_path / "home").mkdir()
    said = lambda: [line.partition(" ") for line in (tmp_path / "spoken").read_text().splitlines()]  # noqa: E731
    spoken = lambda: [text for _, _, text in said()]  # noqa: E731
    with two(tmp_path, tmp_path / "home") as server:
        until(lambda: len(spoken()) > 5)
        assert server.ask("/media/evening-d.mp3?length=6m", Range="bytes=0-9").status == 206
        assert sum("evening-c" in line for line in spoken()) < 12, "the one that is wanted comes first"
        speaking = int(said()[-1][0])
        assert speaking in (server.first, server.second)
        os.kill(speaking, signal.SIGKILL)
        until(lambda: len({line for line in spoken() if "evening" in line}) == 48, 120)
        assert len(server.pair()) == 2
        until(lambda: all(server.ask("/healthz").json()["ready"] for _ in range(20)))
    counts = Counter(line for line in spoken() if "This is" in line or "evening" in line)
    assert len(counts) == 60
    # what the process that died was saying is said again
    assert sum(counts.values()) - 60 <= os.cpu_count()
