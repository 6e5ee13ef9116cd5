"""What the page asks for: what a session would be, scripts written, sentences heard, builds that go on and end."""

import asyncio
import json
import threading
import time
import urllib.error
import urllib.request
import wave
from io import BytesIO

import pytest
from servers import running

from audio_builder.errors import AudioBuilderError
from audio_builder.library import storage
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.service.jobs import FINISHED, Jobs
from audio_builder.service.scripts import Scripts
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

SCRIPT = """---
title: Rest
voice: tone
props: [a blanket]
---

# Lie down

Let your legs be heavy. And now your arms.

# Rest

[rest 2m..6m]
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "rest.md").write_text(SCRIPT, "utf-8")
    (tmp_path / "scripts" / "endless.md").write_text(SCRIPT.replace("2m..6m", "2m.."), "utf-8")
    (tmp_path / "scripts" / "broken.md").write_text("---\ntitle: B\n---\n\n# B\n\n[pauze 3s]\n", "utf-8")
    return Workspace(ScriptFinder((tmp_path / "scripts",)), tmp_path / "output")


@pytest.fixture
def served(workspace):
    with running(app(workspace, access_policy("token"))) as address:
        yield address


def ask(address, method="GET", body=None):
    data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
    request = urllib.request.Request(address, data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def told(address, method="GET", body=None):
    status, content = ask(address, method, body)
    return status, json.loads(content)


def events(address):
    with urllib.request.urlopen(address, timeout=60) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        return [json.loads(line[6:]) for line in stream if line.startswith(b"data: ")]


def test_what_a_session_would_be(served):
    status, one = told(f"{served}/api/session?script=rest&length=6m&lead=30s")
    assert status == 200
    assert (one["title"], one["length_ms"], one["props"]) == ("Rest", 390_000, ["a blanket"])
    assert [(mark["start_ms"], mark["title"]) for mark in one["chapters"]][:2] == [
        (0, "Time to lie down"),
        (30_000, "Lie down"),
    ]
    ((low, high),) = one["lengths_ms"]
    assert low == 300_000 < high < 420_000
    _, one = told(f"{served}/api/session?script=rest&length=2h")
    assert "Rest" in one["problem"] or "rest" in one["problem"]
    assert one["lengths_ms"] == [[low, high]]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("script=nothing", 404, "no script nothing"),
        ("script=rest&length=long", 400, "not a length"),
        ("script=rest&colour=red", 400, "no option colour"),
        ("script=rest&ambience=%2Fetc%2Fpasswd", 400, "not a file"),
        ("script=rest&lead=1h", 400, "at most 10m"),
        ("script=broken", 400, "unknown directive"),
        ("script=..%2Frest", 404, "no script"),
    ],
)
def test_a_fault_in_what_is_asked_is_told(served, query, status, words):
    for path in ("session", "picture.svg", "plan"):
        answered, one = told(f"{served}/api/{path}?{query}")
        assert answered == status
        assert words in one["error"]


def test_the_time_to_lie_down_comes_first_and_is_counted_out(served):
    _, plain = told(f"{served}/api/plan?script=rest&length=6m")
    _, later = told(f"{served}/api/plan?script=rest&length=6m&lead=1m")
    counted = [cue for cue in later["cues"] if cue["start"] < 60_000]
    assert [cue["kind"] for cue in counted] == ["tone"] * 3
    assert later["cues"][3:] == [{**cue, "start": cue["start"] + 60_000} for cue in plain["cues"]]
    assert later["length"] == plain["length"] + 60_000
    assert told(f"{served}/api/plan?script=rest&length=6m&lead=0s")[1] == plain


def test_the_picture_is_that_of_plan(served, workspace, audio_builder):
    folder = workspace.out.parent
    ran = audio_builder(
        "plan", "rest", "--length", "6m", "--picture", "p.svg", folder=folder, cache=folder / "cache"
    )
    assert ran.status == 0, ran.err
    assert ask(f"{served}/api/picture.svg?script=rest&length=6m")[1] == (folder / "p.svg").read_bytes()


def test_the_problems_of_a_text_are_told_at_their_places(served):
    text = "---\ntitle: B\n---\n\n# B\n\nLie down. [pauze 3s]\n"
    _, one = told(f"{served}/api/check", "POST", {"name": "b", "text": text})
    (fault,) = one["errors"]
    assert (fault["line"], fault["column"], fault["width"]) == (7, 11, 10)
    assert fault["cure"]
    assert told(f"{served}/api/check", "POST", {"name": "b", "text": SCRIPT})[1]["errors"] == []


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b'{"text": 3}', b'"\xff"', b"{" * 100_000])
def test_what_is_no_object_of_texts_is_refused(served, body):
    status, one = told(f"{served}/api/check", "POST", body)
    assert (status, "JSON object" in one["error"]) == (400, True)
    assert told(f"{served}/api/check", "POST", b" " * 1_000_001)[0] == 400


def test_a_script_is_written_only_over_what_its_author_saw(served, workspace):
    folder = workspace.finder.folders[0]
    _, one = told(f"{served}/api/scripts/rest")
    assert (one["text"], one["own"]) == (SCRIPT, True)
    changed = SCRIPT.replace("heavy", "light")
    status, after = told(
        f"{served}/api/scripts/rest", "PUT", {"text": changed.replace("\n", "\r\n"), "was": one["was"]}
    )
    assert (status, after["errors"]) == (200, [])
    assert (folder / "rest.md").read_text("utf-8") == changed
    status, said = told(f"{served}/api/scripts/rest", "PUT", {"text": "lost?", "was": one["was"]})
    assert status == 409
    assert "changed by somebody else" in said["error"]
    assert (folder / "rest.md").read_text("utf-8") == changed
    _, new = told(f"{served}/api/scripts/my-evening?new=yes")
    assert "My evening" in new["text"]
    assert not (folder / "my-evening.md").exists()
    _, made = told(f"{served}/api/scripts/my-evening", "PUT", {"text": "[pauze]", "was": new["was"]})
    assert made["errors"]
    assert (folder / "my-evening.md").read_text("utf-8") == "[pauze]"
    assert told(f"{served}/api/scripts/my-evening?new=yes")[0] == 400
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["A", "a_b", "%2E%2E%2Fx", ".hidden", "a" * 81, "x.md"])
def test_a_name_that_is_no_slug_is_written_nowhere(served, workspace, name):
    before = sorted(workspace.out.parent.rglob("*.md"))
    assert ask(f"{served}/api/scripts/{name}", "PUT", {"text": "x", "was": ""})[0] in (400, 404)
    assert sorted(workspace.out.parent.rglob("*.md")) == before


def test_where_a_program_is_only_installed_its_scripts_are_read_and_the_cure_for_writing_is_told(
    workspace, tmp_path, monkeypatch
):
    installed = tmp_path / "package" / "shipped"
    installed.mkdir(parents=True)
    (installed / "rest.md").write_text(SCRIPT, "utf-8")
    monkeypatch.setattr("audio_builder.service.scripts.shipped_folder", lambda: installed)
    scripts = Scripts(Workspace(ScriptFinder((installed,)), workspace.out))
    one = scripts.text("rest")
    assert (one["text"], one["own"]) == (SCRIPT, False)
    with pytest.raises(AudioBuilderError, match="make one named scripts"):
        scripts.write("rest", "x", one["was"])
    both = Scripts(Workspace(ScriptFinder((workspace.finder.folders[0], installed)), workspace.out))
    (workspace.finder.folders[0] / "rest.md").unlink()
    assert both.text("rest")["own"] is False
    assert both.write("rest", SCRIPT, one["was"])["own"] is True
    assert (installed / "rest.md").read_text("utf-8") == SCRIPT


def test_a_sentence_is_heard(served):
    status, content = ask(f"{served}/api/sentence.wav?voice=tone&text=Let+your+legs+be+heavy.+%5B3s%5D")
    assert status == 200
    with wave.open(BytesIO(content)) as sound:
        assert sound.getnframes() > 20_000
    refused = {"": "nothing to say", "[bell]": "nothing to say", "[pauze]": "unknown", "x" * 601: "600"}
    for text, words in refused.items():
        status, one = told(f"{served}/api/sentence.wav?voice=tone&text={text}")
        assert (status, words in one["error"]) == (400, True), one


def test_a_build_tells_of_its_progress_and_gives_the_bytes_of_the_stream(served, workspace):
    asked = {"script": "rest", "length": "5m30s", "quality": "mono", "ambience": "none"}
    status, job = told(f"{served}/api/build", "POST", asked)
    assert status == 202
    seen = events(served + job["events"])
    assert seen[-1]["state"] == "done"
    assert seen[-1]["name"] == "rest-5m30s-no-ambience-mono"
    streamed = ask(f"{served}/media/rest.mp3?length=5m30s&quality=mono&ambience=none")[1]
    assert (workspace.out / f"{seen[-1]['name']}.mp3").read_bytes() == streamed
    assert ask(f"{served}/media/{seen[-1]['name']}.mp3")[1] == streamed
    assert events(served + job["events"])[-1] == seen[-1]
    assert told(f"{served}/api/jobs/nothing")[0] == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"script": "broken"}, "unknown directive"),
        ({"script": "x"}, "no script"),
        ({"script": "rest", "name": "x"}, "no option name"),
    ],
)
def test_what_cannot_be_built_is_no_job(served, asked, words):
    status, one = told(f"{served}/api/build", "POST", asked)
    assert status in (400, 404)
    assert words in one["error"]


def test_what_does_not_fit_fails_with_what_is_possible(served):
    _, job = told(f"{served}/api/build", "POST", {"script": "rest", "length": "3h"})
    last = events(served + job["events"])[-1]
    assert last["state"] == "failed"
    assert "longest 6:" in last["error"]


def finished(jobs, id):
    async def last():
        found = [job async for job in jobs.watch(id) if job]
        return found[-1]

    return asyncio.run(last())


def test_a_cancelled_build_leaves_nothing(workspace):
    jobs = Jobs(workspace)
    job = jobs.start("endless", BuildOptions(length=2 * 3_600_000))
    while (jobs.get(job.id).doing, jobs.get(job.id).state) == ("", "waiting"):
        time.sleep(0.01)
    jobs.cancel(job.id)
    assert finished(jobs, job.id).state == "cancelled"
    jobs.stop()
    assert storage.episodes(workspace.out) == []
    assert not workspace.out.exists() or [*workspace.out.iterdir()] == []


def test_the_same_build_is_made_once_and_ends_when_nobody_wants_it(workspace):
    jobs = Jobs(workspace)
    wish = BuildOptions(length=2 * 3_600_000)
    one, other = jobs.start("endless", wish), jobs.start("endless", wish)
    assert one.id == other.id
    assert jobs.cancel(one.id).wanted == 1
    assert jobs.get(one.id).state != "cancelled"
    jobs.cancel(one.id)
    again = jobs.start("endless", wish)
    assert again.id != one.id, "what was cancelled is not given to anybody else"
    assert finished(jobs, one.id).state == "cancelled"
    jobs.cancel(again.id)
    assert finished(jobs, again.id).state == "cancelled"
    jobs.stop()


def test_a_fault_of_ours_is_told_and_printed(workspace, monkeypatch, capfd):
    jobs = Jobs(workspace)
    monkeypatch.setattr("audio_builder.service.jobs.carried_out", lambda *_: 1 / 0)
    job = finished(jobs, jobs.start("rest", BuildOptions(length=300_000)).id)
    assert job.state == "failed"
    assert "the terminal of the server has it" in job.error
    assert "ZeroDivisionError" in capfd.readouterr().err
    jobs.stop()


def test_a_text_that_is_no_utf_8_is_not_opened_and_so_not_spoilt(served, workspace):
    path = workspace.finder.folders[0] / "old.md"
    path.write_bytes("---\ntitle: Ruhe für dich\n---\n".encode("latin-1"))
    status, one = told(f"{served}/api/scripts/old")
    assert (status, "no UTF-8" in one["error"]) == (400, True)


def test_time_to_lie_down_has_a_name_of_its_own(served):
    _, job = told(
        f"{served}/api/build", "POST", {"script": "rest", "length": "5m", "lead": "1m", "quality": "mono"}
    )
    last = events(served + job["events"])[-1]
    assert last["name"] == "rest-6m-mono-lead-1m"


def test_a_cleared_cache_is_spoken_again_for_who_listens(served, workspace):
    address = f"{served}/media/rest.mp3?length=6m&quality=mono"
    before = ask(address)[1]
    workspace.cache.clear()
    assert ask(address) == (200, before)


def test_builds_go_on_side_by_side_and_without_anybody_who_watches(workspace):
    jobs = Jobs(workspace)
    wishes = [BuildOptions(length=n * 60_000, quality="mono", ambience="none") for n in (6, 7, 8, 9)]
    made = [jobs.start("endless", wish) for wish in wishes]
    jobs.cancel(made[3].id)
    assert jobs.get(made[3].id).state in ("cancelled", "waiting", "working")

    async def glance():
        async for _ in jobs.watch(made[0].id):
            return

    asyncio.run(glance())
    assert [finished(jobs, job.id).state for job in made] == ["done", "done", "done", "cancelled"]
    assert sorted(one.length_ms // 60_000 for one in storage.episodes(workspace.out)) == [6, 7, 8]
    jobs.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("build")]


def test_stopping_ends_what_is_being_built(workspace):
    jobs = Jobs(workspace)
    made = [jobs.start("endless", BuildOptions(length=n * 3_600_000)) for n in (4, 5, 6)]
    jobs.stop()
    assert all(jobs.get(job.id).state in (*FINISHED, "waiting") for job in made)
    assert not workspace.out.exists() or [*workspace.out.iterdir()] == []


def test_old_jobs_are_forgotten(workspace):
    jobs = Jobs(workspace)
    made = [
        jobs.start("rest", BuildOptions(length=n * 1000, quality="mono", ambience="none"))
        for n in range(301, 361)
    ]
    for job in made:
        finished(jobs, job.id)
    last = jobs.start("rest", BuildOptions(length=300_000))
    finished(jobs, last.id)
    assert jobs.get(made[0].id) is None
    assert jobs.get(made[-1].id) is not None
    jobs.stop()
