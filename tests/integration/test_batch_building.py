"""Many sessions built together: the same files as one by one, each sentence spoken once, and nothing twice."""

import os
import shutil
import signal
import threading
from dataclasses import replace

import pytest

from audio_builder.batch import run
from audio_builder.batch.planned import PlannedSession
from audio_builder.batch.run import run_batch
from audio_builder.batch.state import STATE_FILE, up_to_date
from audio_builder.build import build
from audio_builder.cache import Cache
from audio_builder.library.session_files import SESSION_FILES
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder

SCRIPT = """---
title: {title}
voice: tone
ambience: none
quality: mono
---

# Lie down

Lie down, and rest. [10s..1m]

[breathe 4-6 1m..5m]

[rest 2m..]
- {item}
- Soften the eyes.
"""


class Seen:
    """Remembers what became of each session, and the stages."""

    def __init__(self, after=None):
        self.sessions, self.stages, self.after = [], {}, after

    def progress(self, stage, done, total):
        self.stages[stage] = (done, total)
        assert done <= total

    def finished(self, session):
        self.sessions.append(session)
        if self.after:
            self.after(self)

    @property
    def states(self):
        return [one.state for one in self.sessions]


def two_scripts(folder):
    """Return a workspace with two scripts, an empty library and a cache of its own."""
    scripts = folder / "scripts"
    scripts.mkdir(parents=True)
    for name, item in (("evening", "Let the jaw rest."), ("morning", "Let the light in.")):
        (scripts / f"{name}.md").write_text(SCRIPT.format(title=name.title(), item=item))
    return Workspace(ScriptFinder((scripts,)), folder / "output", Cache(folder / "cache"), workers=2)


@pytest.fixture
def place(tmp_path):
    return two_scripts(tmp_path)


def sessions(*lengths, scripts=("evening", "morning"), **options):
    return [
        PlannedSession(script, BuildOptions.parse(length=length, **options))
        for length in lengths
        for script in scripts
    ]


def contents(folder):
    """Return every file that people see."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def built(planned, place):
    seen = Seen()
    run_batch(planned, place, seen)
    return seen


FOUR = sessions("5m", "6m")


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    """A place in which four sessions are built, what was seen of that, and a copy of its folder."""
    folder = tmp_path_factory.mktemp("four")
    place = two_scripts(folder / "place")
    seen = built(FOUR, place)
    shutil.copytree(folder / "place", folder / "copy")
    return place, seen, folder / "copy"


@pytest.fixture
def four(built_once):
    """The place with four sessions as they were built, whatever other tests did to it.

    With one worker, because each is a process that has to start.
    """
    place, _, copy = built_once
    shutil.rmtree(place.out.parent)
    shutil.copytree(copy, place.out.parent)
    return replace(place, workers=1)


@pytest.fixture
def spoken(place, built_once):
    """A workspace with two scripts, an empty library, and everything in its cache that sessions of them need."""
    shutil.copytree(built_once[2] / "cache", place.cache.folder)
    return place


def test_the_files_are_those_of_single_builds(four, built_once, tmp_path):
    seen = built_once[1]
    assert seen.states == ["built"] * 4
    assert {one.planned for one in seen.sessions} == {*FOUR}
    assert seen.stages["Building"] == (4, 4)
    alone = Workspace(four.finder, tmp_path / "alone", Cache(tmp_path / "other"))
    for one in FOUR:
        build(one.script, one.options, alone)
    assert contents(four.out) == contents(alone.out)


def test_a_second_run_does_nothing(four, built_once):
    before = {path: path.stat().st_mtime_ns for path in four.out.iterdir()}
    again = built(FOUR, four)
    assert again.states == ["unchanged"] * 4
    assert "Building" not in again.stages
    assert {path: path.stat().st_mtime_ns for path in four.out.iterdir()} == before
    facts = {(one.planned, one.name, one.length_ms, one.bytes) for one in built_once[1].sessions}
    assert {(one.planned, one.name, one.length_ms, one.bytes) for one in again.sessions} == facts


def touch_script(place):
    path = place.finder.folders[0] / "evening.md"
    path.write_text(path.read_text().replace("Soften", "Rest"))


def add_table(place):
    (place.finder.folders[0] / "pronunciation.toml").write_text('[gluteus]\nsay = "gloo tee us"\n')


def remove_notes(place):
    (place.out / "evening-6m.notes.md").unlink()


def shorten(place):
    path = place.out / "morning-5m.mp3"
    path.write_bytes(path.read_bytes()[:-1])


def same_size(place):
    path = place.out / "morning-5m.mp3"
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def forget(place):
    (place.out / STATE_FILE).unlink()


def spoil(place):
    (place.out / STATE_FILE).write_bytes(b'{"a": [1]}')


def spoil_manifest(place):
    (place.out / "morning-6m.json").write_text("{}")


CHANGES = {
    touch_script: {"evening-5m", "evening-6m"},
    add_table: set(),
    remove_notes: {"evening-6m"},
    shorten: {"morning-5m"},
    same_size: {"morning-5m"},
    spoil_manifest: {"morning-6m"},
    forget: set(),
    spoil: set(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_built_again_and_nothing_else(change, four):
    assert up_to_date(FOUR, four) == {*FOUR}
    files = contents(four.out)
    change(four)
    assert up_to_date(FOUR, four) != {*FOUR}
    again = built(FOUR, four)
    assert {one.name for one in again.sessions if one.state == "built"} == CHANGES[change]
    if change is not touch_script:
        assert contents(four.out) == files
    assert up_to_date(FOUR, four) == {*FOUR}


def test_a_script_that_is_edited_while_it_is_built_is_not_taken_for_the_new_one(spoken):
    planned = sessions("5m", scripts=["evening"])
    seen = Seen(after=lambda _: touch_script(spoken))
    run_batch(planned, spoken, seen)
    assert up_to_date(planned, spoken) == set()


def test_a_guid_that_a_feed_records_changes_nothing(four):
    path = four.out / "evening-5m.json"
    before = path.read_text()
    path.write_text(before.replace('"guid": null', '"guid": "a"'))
    assert path.read_text() != before
    assert up_to_date(FOUR, four) == {*FOUR}


def test_one_that_fails_does_not_stop_the_others(spoken):
    wrong = [
        PlannedSession("evening", BuildOptions.parse(length="7h", positions="morning")),
        PlannedSession("nothing", BuildOptions.parse(length="5m")),
        PlannedSession("morning", BuildOptions.parse(length="5m", voice="nobody")),
    ]
    (spoken.finder.folders[0] / "short.md").write_text("---\ntitle: Short\n---\n\nLie down. [10s]\n")
    wrong.append(PlannedSession("short", BuildOptions.parse(length="6m", voice="tone")))
    planned = [*wrong[:2], *sessions("5m"), *wrong[2:]]
    seen = built(planned, spoken)
    failed = {one.planned: one.error for one in seen.sessions if one.state == "failed"}
    assert {*failed} == {*wrong}
    assert all(failed.values())
    assert len(seen.sessions) == len(planned)
    assert seen.states.count("built") == 2
    assert up_to_date(planned, spoken) == {*sessions("5m")}


def test_each_sentence_is_spoken_once_for_all_sessions(four, built_once, place):
    clips = {path.name for path in four.cache.folder.rglob("*.wav")}
    assert clips
    assert built_once[1].stages["Speaking"] == (len(clips), len(clips))
    built(sessions("5m"), place)
    assert {path.name for path in place.cache.folder.rglob("*.wav")} == clips


def test_a_process_that_is_killed_is_replaced(place, monkeypatch):
    killed = threading.Event()

    def kill(worker):
        if not killed.is_set() and worker._child:
            killed.set()
            os.kill(worker._child.pid, signal.SIGKILL)

    call = run.Worker.call

    def deadly(worker, *arguments):
        timer = threading.Timer(0.4, kill, [worker])
        timer.start()
        try:
            return call(worker, *arguments)
        finally:
            timer.cancel()

    monkeypatch.setattr(run.Worker, "call", deadly)
    planned = sessions("5m", "6m", "7m")
    seen = built(planned, place)
    assert killed.is_set()
    assert seen.states == ["built"] * 6, seen.sessions
    assert up_to_date(planned, place) == {*planned}


def test_an_interrupted_run_keeps_what_is_finished(spoken):
    planned = sessions("5m", "6m", "7m")

    def interrupt(seen):
        if len(seen.sessions) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(planned, spoken, Seen(after=interrupt))
    finished = up_to_date(planned, spoken)
    assert len(finished) >= 3
    again = built(planned, spoken)
    assert again.states.count("built") <= len(planned) - 3
    assert not [path for path in spoken.out.iterdir() if path.name.startswith(".building-")]


def test_a_cache_that_is_deleted_meanwhile_is_filled_again(spoken):
    seen = Seen(after=lambda _: shutil.rmtree(spoken.cache.folder, ignore_errors=True))
    run_batch(FOUR, spoken, seen)
    assert seen.states == ["built"] * 4, seen.sessions


def test_every_session_has_all_its_files(four):
    for name in ("evening-5m", "morning-5m"):
        assert all((four.out / f"{name}{file.suffix}").is_file() for file in SESSION_FILES)
