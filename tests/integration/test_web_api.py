"""The HTTP API of the pages: previews of sessions, scripts to edit, single sentences, and builds in the background."""

import asyncio
import json
import threading
import time
import wave
from io import BytesIO

import pytest
from servers import ask, ready, running
from word_files import word_file

from audio_builder.cache import Cache
from audio_builder.errors import AudioBuilderError
from audio_builder.library import storage
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.service.jobs import FINISHED, Jobs
from audio_builder.service.scripts import ScriptEditor
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
ENDLESS = SCRIPT.replace("2m..6m", "2m..")
BROKEN = "---\ntitle: B\n---\n\n# B\n\n[pauze 3s]\n"
HOUR = 3_600_000


def test_a_sample_of_each_sound_can_be_heard(served):
    for sound, most in (("voice", 10), ("ambience", 8.1), ("bell", 20)):
        answer = ask(f"{served}/api/sample.wav?sound={sound}&voice=tone&ambience=rain&bell=wood")
        assert answer.status == 200
        with wave.open(BytesIO(answer.body)) as heard:
            assert 0.3 < heard.getnframes() / heard.getframerate() <= most
            assert any(heard.readframes(heard.getnframes()))
    for query, said in (
        ("sound=bell&bell=none", "nothing to hear"),
        ("sound=ambience&ambience=none", "nothing to hear"),
        ("sound=drum", "use voice, ambience or bell"),
        ("sound=bell&bell=%2Fetc%2Fpasswd.wav", "use bowl, bell, wood or none"),
        ("", "use voice, ambience or bell"),
    ):
        answer = ask(f"{served}/api/sample.wav?{query}")
        assert answer.status == 400
        assert said in answer.text


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/api/nothing", "GET", 404), ("/api/plan", "POST", 405)]
)
def test_below_api_every_error_is_json(path, method, status, served):
    answer = ask(f"{served}{path}", method)
    assert answer.status == status
    assert json.loads(answer.text)["error"]


def test_the_page_says_which_scripts_it_leaves_out_and_why(served):
    for language, said in (
        ("en", "Cannot be played because of errors in the script: broken"),
        ("de", "Wegen Fehlern im Skript nicht abspielbar: broken"),
    ):
        page = ask(f"{served}/", Accept_Language=language).text
        assert said in page
        assert 'value="rest"' in page
        assert 'value="broken"' not in page


def _scripts(folder):
    (folder / "scripts").mkdir()
    for name, text in (("rest", SCRIPT), ("endless", ENDLESS), ("broken", BROKEN)):
        (folder / "scripts" / f"{name}.md").write_text(text, "utf-8")
    return ScriptFinder((folder / "scripts",))


@pytest.fixture(scope="module")
def shared(tmp_path_factory, cache):
    """A workspace whose server all tests share: what a test writes has a name of its own."""
    folder = tmp_path_factory.mktemp("shared")
    return Workspace(_scripts(folder), folder / "output", cache)


@pytest.fixture(scope="module")
def served(shared):
    with ready(app(shared, access_policy("token"))) as address:
        yield address


@pytest.fixture
def workspace(tmp_path, cache):
    """A workspace of one test."""
    return Workspace(_scripts(tmp_path), tmp_path / "output", cache)


def request_json(address, method="GET", body=None):
    answer = ask(address, method, body)
    return answer.status, answer.json()


def events(address):
    answer = ask(address)
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line[6:]) for line in answer.body.splitlines() if line.startswith(b"data: ")]


def test_a_preview_has_the_facts_of_a_session(served):
    status, facts = request_json(f"{served}/api/session?script=rest&length=6m&preroll=30s")
    assert status == 200
    assert (facts["title"], facts["length_ms"], facts["props"]) == ("Rest", 390_000, ["a blanket"])
    assert [(chapter["start_ms"], chapter["title"]) for chapter in facts["chapters"]][:2] == [
        (0, "Time to lie down"),
        (30_000, "Lie down"),
    ]
    ((shortest, longest),) = facts["lengths_ms"]
    assert shortest == 300_000 < longest < 420_000


def test_a_preview_of_an_impossible_length_has_the_problem_and_the_possible_lengths(served):
    possible = request_json(f"{served}/api/session?script=rest&length=6m")[1]["lengths_ms"]
    status, facts = request_json(f"{served}/api/session?script=rest&length=2h")
    assert status == 200
    assert "rest cannot last 2:00:00" in facts["problem"]
    assert facts["lengths_ms"] == possible


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("script=nothing", 404, 'No session or script named "nothing"'),
        ("script=rest&length=long", 400, 'Invalid length "long"'),
        ("script=rest&colour=red", 400, 'No option named "colour"'),
        ("script=rest&ambience=%2Fetc%2Fpasswd", 400, "use room, brown"),
        ("script=rest&preroll=1h", 400, "10m"),
        ("script=broken", 400, "unknown directive"),
        ("script=..%2Frest", 404, 'No session or script named "../rest"'),
    ],
)
def test_a_bad_request_is_answered_with_its_reason_as_json(served, query, status, message):
    for path in ("session", "picture.svg", "plan"):
        answered, document = request_json(f"{served}/api/{path}?{query}")
        assert answered == status
        assert message in document["error"]


def test_the_time_to_lie_down_comes_first_and_is_counted_down(served):
    _, plain = request_json(f"{served}/api/plan?script=rest&length=6m")
    _, later = request_json(f"{served}/api/plan?script=rest&length=6m&preroll=1m")
    countdown = [cue for cue in later["cues"] if cue["start"] < 60_000]
    assert [cue["kind"] for cue in countdown] == ["tone"] * 3
    assert later["cues"][3:] == [{**cue, "start": cue["start"] + 60_000} for cue in plain["cues"]]
    assert later["length"] == plain["length"] + 60_000
    assert request_json(f"{served}/api/plan?script=rest&length=6m&preroll=0s")[1] == plain


def test_the_picture_is_the_one_that_plan_draws(served, shared, audio_builder):
    folder = shared.out.parent
    result = audio_builder("plan", "rest", "--length", "6m", "--picture", "p.svg", folder=folder)
    assert result.status == 0, result.err
    assert ask(f"{served}/api/picture.svg?script=rest&length=6m").body == (folder / "p.svg").read_bytes()


def test_the_problems_of_a_text_come_with_their_places(served):
    text = "---\ntitle: B\n---\n\n# B\n\nLie down. [pauze 3s]\n"
    _, document = request_json(f"{served}/api/check", "POST", {"name": "b", "text": text})
    (problem,) = document["errors"]
    assert (problem["line"], problem["column"], problem["width"]) == (7, 11, 10)
    assert problem["cure"] == "did you mean [pause 3s]?"
    assert request_json(f"{served}/api/check", "POST", {"name": "b", "text": SCRIPT})[1]["errors"] == []


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b'{"text": 3}', b'"\xff"', b"{" * 100_000])
def test_a_body_that_is_not_an_object_of_texts_is_refused(served, body):
    status, document = request_json(f"{served}/api/check", "POST", body)
    assert (status, "JSON object" in document["error"]) == (400, True)


def test_a_body_that_is_too_large_is_refused(served):
    assert ask(f"{served}/api/check", "POST", b" " * 1_000_001).status == 400


def test_a_script_is_written_only_over_the_version_that_its_author_saw(served, shared):
    path = shared.finder.folders[0] / "edited.md"
    path.write_text(SCRIPT, "utf-8")
    address = f"{served}/api/scripts/edited"
    _, opened = request_json(address)
    assert (opened["text"], opened["own"]) == (SCRIPT, True)
    changed = SCRIPT.replace("heavy", "light")
    text = changed.replace("\n", "\r\n")
    status, saved = request_json(address, "PUT", {"text": text, "was": opened["was"]})
    assert (status, saved["errors"]) == (200, [])
    assert path.read_text("utf-8") == changed
    status, refused = request_json(address, "PUT", {"text": "lost?", "was": opened["was"]})
    assert status == 409
    assert "changed by someone else" in refused["error"]
    assert path.read_text("utf-8") == changed


def test_a_new_script_is_written_when_it_is_saved_even_with_errors(served, shared):
    folder = shared.finder.folders[0]
    address = f"{served}/api/scripts/my-evening"
    _, new = request_json(f"{address}?new=yes")
    assert "My evening" in new["text"]
    assert not (folder / "my-evening.md").exists()
    _, saved = request_json(address, "PUT", {"text": "[pauze]", "was": new["was"]})
    assert saved["errors"]
    assert (folder / "my-evening.md").read_text("utf-8") == "[pauze]"
    assert request_json(f"{address}?new=yes")[0] == 400
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("name", ["A", "a_b", "%2E%2E%2Fx", ".hidden", "a" * 81, "x.md"])
def test_a_script_with_an_invalid_name_is_not_written(served, shared, name):
    before = sorted(shared.out.parent.rglob("*.md"))
    assert ask(f"{served}/api/scripts/{name}", "PUT", {"text": "x", "was": ""}).status in (400, 404, 405)
    assert sorted(shared.out.parent.rglob("*.md")) == before


def test_installed_scripts_are_read_and_saved_in_the_folder_of_the_author(workspace, tmp_path, monkeypatch):
    installed = tmp_path / "package" / "shipped"
    installed.mkdir(parents=True)
    (installed / "rest.md").write_text(SCRIPT, "utf-8")
    monkeypatch.setattr("audio_builder.script.search.shipped_folder", lambda: installed)
    editor = ScriptEditor(Workspace(ScriptFinder((installed,)), workspace.out))
    opened = editor.read("rest")
    assert (opened["text"], opened["own"]) == (SCRIPT, False)
    with pytest.raises(AudioBuilderError, match="Create one named scripts"):
        editor.write("rest", "x", opened["was"])
    (workspace.finder.folders[0] / "rest.md").unlink()
    both = ScriptEditor(Workspace(ScriptFinder((workspace.finder.folders[0], installed)), workspace.out))
    assert both.read("rest")["own"] is False
    assert both.write("rest", SCRIPT, opened["was"])["own"] is True
    assert (installed / "rest.md").read_text("utf-8") == SCRIPT


def test_a_single_sentence_can_be_heard(served):
    answer = ask(f"{served}/api/sentence.wav?voice=tone&text=Let+your+legs+be+heavy.+%5B3s%5D")
    assert answer.status == 200
    with wave.open(BytesIO(answer.body)) as sound:
        assert sound.getnframes() > 20_000
        assert len(answer.body) == 44 + 2 * sound.getnframes(), "nothing of the cache follows the sound"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing to say"),
        ("[bell]", "nothing to say"),
        ("[pauze]", "Unknown directive"),
        ("x" * 601, "600"),
    ],
)
def test_a_sentence_that_cannot_be_spoken_is_refused(served, text, message):
    status, document = request_json(f"{served}/api/sentence.wav?voice=tone&text={text}")
    assert (status, message.lower() in document["error"].lower()) == (400, True), document


def test_a_build_reports_its_progress_and_has_the_bytes_of_the_stream(served, shared):
    asked = {"script": "rest", "length": "5m30s", "quality": "mono", "ambience": "none"}
    status, job = request_json(f"{served}/api/build", "POST", asked)
    assert status == 202
    seen = events(served + job["events"])
    assert seen[-1]["state"] == "done"
    assert seen[-1]["name"] == "rest-5m30s-no-ambience-mono"
    streamed = ask(f"{served}/media/rest.mp3?length=5m30s&quality=mono&ambience=none").body
    assert (shared.out / f"{seen[-1]['name']}.mp3").read_bytes() == streamed
    assert ask(f"{served}/media/{seen[-1]['name']}.mp3").body == streamed
    assert events(served + job["events"])[-1] == seen[-1]
    assert request_json(f"{served}/api/jobs/nothing")[0] == 404


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        ({"script": "broken"}, 400, "unknown directive"),
        ({"script": "x"}, 404, 'No session or script named "x"'),
        ({"script": "rest", "name": "x"}, 400, 'No option named "name"'),
    ],
)
def test_an_impossible_build_is_refused_at_once(served, asked, status, message):
    answered, document = request_json(f"{served}/api/build", "POST", asked)
    assert answered == status
    assert message in document["error"]


def test_a_build_of_an_impossible_length_fails_with_the_possible_ones(served):
    _, job = request_json(f"{served}/api/build", "POST", {"script": "rest", "length": "3h"})
    last = events(served + job["events"])[-1]
    assert last["state"] == "failed"
    assert "longest 6:" in last["error"]


def final(jobs, id):
    """Return a job once it is finished."""

    async def last():
        return [job async for job in jobs.watch(id) if job][-1]

    return asyncio.run(last())


def wait_until_encoding(jobs, id):
    """Return once a part of the session is written; the build must not have ended by then."""
    while not ((job := jobs.get(id)).doing == "Encoding" and job.done):
        assert job.state in ("waiting", "working")
        time.sleep(0.002)


def test_a_cancelled_build_leaves_nothing(workspace):
    jobs = Jobs(workspace)
    job = jobs.start("endless", BuildOptions(length=8 * HOUR))
    wait_until_encoding(jobs, job.id)
    jobs.cancel(job.id)
    assert final(jobs, job.id).state == "cancelled"
    jobs.stop()
    assert storage.episodes(workspace.out) == []
    assert list(workspace.out.iterdir()) == []


def test_the_same_build_is_shared_and_stops_when_nobody_wants_it(workspace):
    jobs = Jobs(workspace)
    options = BuildOptions(length=8 * HOUR)
    first, second = jobs.start("endless", options), jobs.start("endless", options)
    assert first.id == second.id
    assert jobs.cancel(first.id).wanted == 1
    wait_until_encoding(jobs, first.id)
    jobs.cancel(first.id)
    again = jobs.start("endless", options)
    assert again.id != first.id, "a cancelled build is given to nobody else"
    assert final(jobs, first.id).state == "cancelled"
    jobs.cancel(again.id)
    assert final(jobs, again.id).state == "cancelled"
    jobs.stop()


def test_a_script_that_was_edited_meanwhile_is_another_build(workspace):
    jobs, options = Jobs(workspace), BuildOptions(length=8 * HOUR)
    first = jobs.start("endless", options)
    script = workspace.finder.find_file("endless.md")
    script.write_text(script.read_text("utf-8") + "\nLet your hands be heavy.\n", "utf-8")
    second = jobs.start("endless", options)
    assert (second.id != first.id, second.wanted) == (True, 1)
    for job in (first, second):
        jobs.cancel(job.id)
    jobs.stop()


def test_an_internal_error_fails_the_build_and_is_printed(workspace, monkeypatch, capfd):
    monkeypatch.setattr("audio_builder.service.jobs.build_request", lambda *_: 1 / 0)
    jobs = Jobs(workspace)
    job = final(jobs, jobs.start("rest", BuildOptions(length=300_000)).id)
    assert job.state == "failed"
    assert "see the server's terminal" in job.error
    assert "ZeroDivisionError" in capfd.readouterr().err
    jobs.stop()


def test_a_script_that_is_not_utf_8_is_not_opened_for_editing(served, shared):
    path = shared.finder.folders[0] / "old.md"
    path.write_bytes("---\ntitle: Ruhe für dich\n---\n".encode("latin-1"))
    status, document = request_json(f"{served}/api/scripts/old")
    assert (status, "not UTF-8" in document["error"]) == (400, True)


def test_a_build_with_time_to_lie_down_has_its_own_name(served):
    asked = {"script": "rest", "length": "5m", "preroll": "1m", "quality": "mono"}
    _, job = request_json(f"{served}/api/build", "POST", asked)
    assert events(served + job["events"])[-1]["name"] == "rest-6m-mono-preroll-1m"


def test_after_the_cache_was_cleared_listeners_get_the_same_bytes(tmp_path):
    workspace = Workspace(_scripts(tmp_path), tmp_path / "output", Cache(tmp_path / "cache"))
    with running(app(workspace, access_policy("token"))) as address:
        media = f"{address}/media/rest.mp3?length=6m&quality=mono"
        before = ask(media)
        workspace.cache.clear()
        after = ask(media)
    assert (after.status, after.body) == (200, before.body)


def test_builds_run_at_the_same_time_and_without_watchers(workspace):
    before = {*threading.enumerate()}
    jobs = Jobs(workspace)
    lengths = (6, 7, 8, 9)
    all_options = [BuildOptions(length=n * 60_000, quality="mono", ambience="none") for n in lengths]
    started = [jobs.start("endless", options) for options in all_options]
    jobs.cancel(started[3].id)
    assert jobs.get(started[3].id).state == "cancelled", "it still waited for one of the two that run"

    async def glance():
        async for _ in jobs.watch(started[0].id):
            return

    asyncio.run(glance())
    assert [final(jobs, job.id).state for job in started] == ["done", "done", "done", "cancelled"]
    assert sorted(one.length_ms // 60_000 for one in storage.episodes(workspace.out)) == [6, 7, 8]
    jobs.stop()
    assert {*threading.enumerate()} <= before


def test_stopping_ends_the_running_builds_and_starts_no_waiting_one(workspace):
    jobs = Jobs(workspace)
    started = [jobs.start("endless", BuildOptions(length=n * HOUR)) for n in (6, 7, 8)]
    for job in started[:2]:
        wait_until_encoding(jobs, job.id)
    jobs.stop()
    assert [jobs.get(job.id).state for job in started] == ["cancelled", "cancelled", "waiting"]
    assert list(workspace.out.iterdir()) == []


def test_old_jobs_are_forgotten(workspace):
    """They fail at once, because the script cannot be that long."""
    jobs = Jobs(workspace)
    started = [jobs.start("rest", BuildOptions(length=HOUR + n * 1000)) for n in range(60)]
    while any(job and job.state not in FINISHED for job in (jobs.get(one.id) for one in started)):
        time.sleep(0.01)
    final(jobs, jobs.start("rest", BuildOptions(length=2 * HOUR)).id)
    assert jobs.get(started[0].id) is None
    assert jobs.get(started[-1].id).state == "failed"
    jobs.stop()


def test_a_file_becomes_a_script_that_is_not_written(served, shared):
    document = word_file("Evening", "Lie down. (pause 5 seconds)", "Rest here.")
    answer = ask(f"{served}/api/import?name=evening&file=evening.docx&stretch=yes", "POST", document)
    assert answer.status == 200
    assert "Lie down. [5s..20s]" in answer.json()["text"]
    assert any("becomes the title" in one["message"] for one in answer.json()["decisions"])
    assert not any(path.name == "evening.md" for folder in shared.finder.folders for path in folder.iterdir())
    for file, content, message in (
        ("a.pdf", b"%PDF-1.7", "a.pdf is a PDF"),
        ("a.docx", b"PK\x03\x04broken", "as a Word file"),
        ("a.txt", b"", "no words"),
        ("a.txt", b"\xff\xfe\x00\xd8", "a.txt"),
    ):
        refused = ask(f"{served}/api/import?name=evening&file={file}", "POST", content)
        assert refused.status == 400
        assert message in refused.json()["error"]
