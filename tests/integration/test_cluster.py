"""Batches on a real Dask cluster, with a folder and with a real S3 server as the store."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from clusters import LocalCluster, until
from servers import s3

from audio_builder.batch.planned import PlannedSession
from audio_builder.build import build
from audio_builder.cache import Cache
from audio_builder.cluster.run import run_on_cluster
from audio_builder.cluster.store import SharedStore, StoreFailed
from audio_builder.errors import AudioBuilderError
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder

SCRIPT = """---
title: {title}
---

Lie down on your back. Let the floor hold you.

# Release

Let your belly rise. [1m..] Let your heels grow heavy.

[bell]

Stay here for a while. [2m..]
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
    (folder / "show.toml").write_text('title = "Lie down"\nauthor = "The floor"\n', "utf-8")
    return folder


def planned(*lengths, script="evening-{}", **options):
    """Return sessions of two scripts at these lengths."""
    return [
        PlannedSession(
            script.format(number), BuildOptions.parse(length=length, voice="tone", quality="mono", **options)
        )
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


def test_every_file_has_the_same_bytes_as_on_one_machine(scripts, expected, cluster, tmp_path):
    sessions = planned("5m", "6m")
    log = run(sessions, scripts, tmp_path / "out", cluster, tmp_path / "store")
    assert (log.errors, log.states) == ([], ["built"] * 4)
    assert contents(tmp_path / "out") == expected(sessions)
