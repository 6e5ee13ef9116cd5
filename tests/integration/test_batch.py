"""Many sessions from one file: dry runs that write nothing, builds with events, failures, dates and the feed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from common import command_environment
from sounds import voice, write_wav

from audio_builder.library.storage import read_manifest

SCRIPT = """---
title: {title}
voice: tone
quality: mono
ambience: none
---

# Rest

Rest for a while. [4m..]
"""
SHOW = """title = "Lie down"
author = "The floor"
description = "Sessions."
categories = ["Education"]
base_url = "https://example.org/"
"""
BATCH = """scripts = ["evening", "noon"]
lengths = ["5m", "5m30s"]
date = "every Tuesday from 2020-01-07 at 06:00"
"""


@pytest.fixture
def author(tmp_path):
    """A folder with two scripts and a batch file."""
    (tmp_path / "scripts").mkdir()
    for name in ("evening", "noon"):
        (tmp_path / "scripts" / f"{name}.md").write_text(SCRIPT.format(title=name.title()), "utf-8")
    (tmp_path / "year.toml").write_text(BATCH, "utf-8")
    return tmp_path


def _everything(folder):
    return {
        path.relative_to(folder): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in (folder, *folder.rglob("*"))
    }


def _events(result):
    return [json.loads(line) for line in result.out.splitlines()]


def _of(events, kind):
    return [event for event in events if event["event"] == kind]


def _add_show(folder, *names):
    listed = "".join(f'\n[[episode]]\nname = "{name}"\n' for name in names)  # test voices must be listed
    (folder / "scripts" / "show.toml").write_text(SHOW + listed, "utf-8")


def test_a_dry_run_says_what_is_missing_and_what_it_takes_and_writes_nothing(author, audio_builder, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    before = _everything(author)
    result = audio_builder("batch", "year.toml", "--dry-run", folder=author, cache=cache)
    assert _everything(author) == before
    assert result.status == 0
    for words in (
        "4, of which 0 are up to date",
        "to build  4",
        "1 new sentence",
        "21 min, about ",
        " on ",
        "2020-01-07 06:00 to 2020-01-28 06:00 UTC",
        "Nothing was written",
    ):
        assert words in result.out, result.out


def test_a_dry_run_of_a_script_with_a_recording_leaves_the_cache_alone(author, audio_builder, cache):
    """A recording has to be decoded to know its length."""
    recording = next(cache.folder.glob("??/*.wav"), None)
    sound = recording.read_bytes() if recording else None
    if sound is None:
        audio_builder("build", "noon", "--length", "5m", folder=author)
        sound = next(cache.folder.glob("??/*.wav")).read_bytes()
    (author / "scripts" / "bell.wav").write_bytes(sound)
    script = SCRIPT.format(title="Played").replace("Rest for a while.", "Rest.\n\n[play bell.wav]\n\nOn.")
    (author / "scripts" / "played.md").write_text(script, "utf-8")
    (author / "one.toml").write_text('script = "played"\nlength = "6m"\n', "utf-8")
    (author / "cache").mkdir()
    before = _everything(author)
    result = audio_builder("batch", "one.toml", "--dry-run", folder=author, cache=author / "cache")
    assert (result.status, result.err) == (0, "")
    assert _everything(author) == before


def test_a_dry_run_lists_what_cannot_be_built_each_reason_once(author, audio_builder):
    (author / "scripts" / "broken.md").write_text("---\ntitle: A\n---\n\n[nonsense]\n", "utf-8")
    (author / "year.toml").write_text(
        'scripts = ["noon", "broken"]\nlengths = ["5m", "6m", "7m", "8m"]\n[[sessions]]\n'
        '[[sessions]]\nscript = "evening"\nlength = "5m"\nvoice = "recorded:ana"\n',
        "utf-8",
    )
    result = audio_builder("batch", "year.toml", "--dry-run", folder=author)
    assert result.status == 1
    assert "5 sessions of year.toml cannot be built" in result.err
    assert result.err.count("broken.md:5") == 1
    assert "  broken --length 5m\n" in result.err
    assert "  and 1 more\n" in result.err
    assert 'No recorded voice named "ana"' in result.err
    events = _events(audio_builder("batch", "year.toml", "--dry-run", "--json", folder=author))
    assert events[0]["event"] == "planned"
    assert [len(event["problems"]) for event in events[:1]] == [5]
    states = [event["state"] for event in _of(events, "session")]
    assert states == ["missing"] * 4 + ["impossible"] * 5


def test_a_dry_run_finds_lengths_that_a_script_cannot_have_and_missing_takes(author, audio_builder):
    strict = SCRIPT.format(title="Short").replace("[4m..]", "[4m..6m]")
    (author / "scripts" / "short.md").write_text(strict, "utf-8")
    (author / "scripts" / "takes" / "ana").mkdir(parents=True)
    (author / "scripts" / "takes" / "ana" / "index.toml").write_text(
        '[[sentence]]\ntext = "Other."\n', "utf-8"
    )
    groups = '[[sessions]]\n[[sessions]]\nscript = "noon"\nlength = "5m"\nvoice = "recorded:ana"\n'
    (author / "year.toml").write_text(f'script = "short"\nlengths = ["5m", "20m"]\n{groups}', "utf-8")
    result = audio_builder("batch", "year.toml", "--dry-run", folder=author)
    assert result.status == 1
    assert "short --length 20m" in result.err
    assert "short cannot last 20:00" in result.err
    assert "noon --length 5m --voice recorded:ana" in result.err
    assert "ana has not recorded 1 of the 1 sentence of this session" in result.err


def test_a_batch_builds_every_session_and_says_how_many(author, audio_builder):
    result = audio_builder("batch", "year.toml", "--quiet", folder=author)
    assert result.status == 0, result.err
    assert result.out.splitlines()[-1].startswith("4 built, 0 unchanged, 0 failed")
    names = sorted(path.stem for path in (author / "output").glob("*.mp3"))
    assert names == ["evening-5m", "evening-5m30s", "noon-5m", "noon-5m30s"]
    again = audio_builder("batch", "year.toml", "--quiet", folder=author)
    assert again.out.splitlines()[-1] == "0 built, 4 unchanged, 0 failed"
    dry = audio_builder("batch", "year.toml", "--dry-run", folder=author)
    assert "4, of which 4 are up to date" in dry.out


def test_events_are_one_document_a_line_and_the_feed_is_written_last(author, audio_builder):
    _add_show(author, "evening-5m", "noon-5m30s")
    result = audio_builder("batch", "year.toml", "--json", folder=author)
    assert (result.status, result.err) == (0, "")
    events = _events(result)
    assert events[0]["event"] == "planned"
    assert [event["event"] for event in events[-2:]] == ["feed", "summary"]
    assert {event["event"] for event in events[1:-2]} == {"progress", "session"}
    assert {event["stage"] for event in _of(events, "progress")} <= {"Speaking", "Building"}
    sessions = _of(events, "session")
    assert sorted(event["name"] for event in sessions) == [
        "evening-5m",
        "evening-5m30s",
        "noon-5m",
        "noon-5m30s",
    ]
    assert {event["state"] for event in sessions} == {"built"}
    assert sessions[0]["options"]["length"] in (300_000, 330_000)
    assert _of(events, "feed") == [
        {"event": "feed", "written": True, "path": "output/feed.xml", "episodes": 2, "notices": []}
        | {"notices": _of(events, "feed")[0]["notices"]}
    ]
    assert events[-1] == {"event": "summary", "built": 4, "unchanged": 0, "failed": 0}
    assert (author / "output" / "feed.xml").exists()


def test_sessions_that_fail_are_listed_at_the_end_and_the_others_are_built(author, audio_builder):
    strict = SCRIPT.format(title="Noon").replace("[4m..]", "[4m..5m]")
    (author / "scripts" / "noon.md").write_text(strict, "utf-8")
    (author / "year.toml").write_text('scripts = ["noon", "evening"]\nlengths = ["5m", "7m"]\n', "utf-8")
    result = audio_builder("batch", "year.toml", folder=author)
    assert result.status == 1
    assert "1 session failed:\n  noon --length 7m\n" in result.err
    assert "noon cannot last 7:00" in result.err
    assert result.out.splitlines()[-1].startswith("3 built, 0 unchanged, 1 failed")
    events = _events(audio_builder("batch", "year.toml", "--json", folder=author))
    (failed,) = [event for event in _of(events, "session") if event["state"] == "failed"]
    assert "noon cannot last 7:00" in failed["error"]
    assert events[-1] == {"event": "summary", "built": 0, "unchanged": 3, "failed": 1}


def test_an_error_in_the_file_is_one_line_of_json_with_its_place(author, audio_builder):
    (author / "year.toml").write_text('script = "noon"\nlenght = "5m"\n', "utf-8")
    result = audio_builder("batch", "year.toml", "--json", folder=author)
    (event,) = _events(result)
    assert (result.status, event["event"]) == (1, "error")
    (problem,) = event["error"]["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("year.toml", 2, 1)
    assert problem["hint"] == 'did you mean "length"?'


def test_the_feed_is_only_written_with_a_show_of_ones_own_and_unless_the_file_says_no(author, audio_builder):
    (author / "year.toml").write_text('script = "noon"\nlength = "5m"\n', "utf-8")
    noted = audio_builder("batch", "year.toml", folder=author)
    assert noted.status == 0
    assert "No feed: you have no show.toml of your own" in noted.err
    (author / "scripts" / "show.toml").write_text(SHOW.replace('base_url = "https://example.org/"\n', ""))
    assert "No feed: show.toml has no base_url" in audio_builder("batch", "year.toml", folder=author).err
    _add_show(author, "noon-5m")
    (author / "year.toml").write_text('script = "noon"\nlength = "5m"\nfeed = false\n', "utf-8")
    silent = audio_builder("batch", "year.toml", folder=author)
    assert (silent.status, silent.err) == (0, "")
    assert not (author / "output" / "feed.xml").exists()


def test_a_broken_show_stops_a_batch_before_it_starts(author, audio_builder):
    (author / "scripts" / "show.toml").write_text("title = 3\n", "utf-8")
    result = audio_builder("batch", "year.toml", folder=author)
    assert result.status == 1
    assert "show.toml: title" in result.err
    assert not (author / "output").exists()


def test_two_sessions_that_would_have_the_same_files_are_an_error(author, audio_builder):
    """They are only known to be the same when the script's own voice is."""
    (author / "year.toml").write_text(
        'script = "noon"\nlength = "5m"\n[[sessions]]\n[[sessions]]\nvoice = "tone"\n', "utf-8"
    )
    result = audio_builder("batch", "year.toml", folder=author)
    assert result.status == 1
    assert "noon --length 5m and noon --length 5m --voice tone are the same session" in result.err
    (author / "year.toml").write_text(
        'script = "noon"\nlength = "5m"\n[[sessions]]\n[[sessions]]\nscript = "evening"\nname = "noon-5m"\n',
        "utf-8",
    )
    result = audio_builder("batch", "year.toml", folder=author)
    assert 'noon --length 5m and evening --length 5m have the same name, "noon-5m"' in result.err


def test_names_and_drafts_and_dates_reach_the_manifests(author, audio_builder):
    extra = 'name = "a-{script}-{length}"\n[[draft]]\nscript = "noon"\nlength = "5m"\n'
    (author / "year.toml").write_text(BATCH + extra, "utf-8")
    assert audio_builder("batch", "year.toml", folder=author).status == 0
    found = {
        name: (episode.draft, episode.date)
        for path in sorted((author / "output").glob("a-*.mp3"))
        if (episode := read_manifest(path.with_suffix(".json"))) and (name := path.stem)
    }
    assert found == {
        "a-evening-5m": (False, "2020-01-07T06:00:00+00:00"),
        "a-evening-5m30s": (False, "2020-01-14T06:00:00+00:00"),
        "a-noon-5m": (True, None),
        "a-noon-5m30s": (False, "2020-01-21T06:00:00+00:00"),
    }


def _dates(folder):
    found = {}
    for path in (folder / "output").glob("*.mp3"):
        found[path.stem] = read_manifest(path.with_suffix(".json")).date
    return found


def test_extending_a_batch_never_moves_an_episode_that_was_in_the_feed(author, audio_builder):
    now = datetime.now(UTC)
    first = (now - timedelta(days=3)).date()
    rule = f'date = "every 2 days from {first}"\n'
    _add_show(author, "evening-5m", "noon-5m")
    (author / "year.toml").write_text(f'scripts = ["evening", "noon"]\nlength = "5m"\n{rule}', "utf-8")
    assert audio_builder("batch", "year.toml", folder=author).status == 0
    before = _dates(author)
    text = (author / "scripts" / "episodes.toml").read_text()
    assert text.count("dated = ") == 2
    _add_show(author, "noon-5m", "evening-5m", "noon-6m")
    (author / "year.toml").write_text(
        f'lengths = ["6m", "5m"]\nscripts = ["noon", "evening"]\n{rule}', "utf-8"
    )
    assert audio_builder("batch", "year.toml", folder=author).status == 0
    after = _dates(author)
    assert {name: after[name] for name in before} == before
    assert after["noon-6m"] == (first + timedelta(days=4)).isoformat()
    assert after["evening-6m"] == (first + timedelta(days=6)).isoformat()
    # on another computer, with the registry but an empty library
    for path in (author / "output").iterdir():
        path.unlink()
    assert audio_builder("batch", "year.toml", folder=author).status == 0
    assert {name: _dates(author)[name] for name in before} == before


def test_a_published_script_that_breaks_moves_no_other_session(author, audio_builder):
    first = (datetime.now(UTC) - timedelta(days=1)).date()
    _add_show(author, "evening-5m", "noon-5m")
    (author / "scripts" / "morning.md").write_text(SCRIPT.format(title="Morning"), "utf-8")
    (author / "year.toml").write_text(
        f'scripts = ["evening", "noon", "morning"]\nlength = "5m"\ndate = "every 2 days from {first}"\n',
        "utf-8",
    )
    assert audio_builder("batch", "year.toml", folder=author).status == 0
    before = _dates(author)
    script = author / "scripts" / "evening.md"
    script.write_text(script.read_text("utf-8").replace("[4m..]", "[4x..]"), "utf-8")
    assert audio_builder("batch", "year.toml", folder=author).status == 1
    assert _dates(author) == before


def test_a_sound_that_a_script_names_is_noticed_when_it_is_replaced(author, audio_builder):
    sound = write_wav(author / "scripts" / "garden.wav", voice(6000, 1))
    script = author / "scripts" / "noon.md"
    script.write_text(script.read_text("utf-8").replace("ambience: none", "ambience: garden.wav"), "utf-8")
    (author / "year.toml").write_text('script = "noon"\nlength = "5m"\n', "utf-8")
    for samples, said in ((None, "1 built"), (None, "1 unchanged"), (voice(6000, 2), "1 built")):
        if samples is not None:
            write_wav(sound, samples)
        assert said in audio_builder("batch", "year.toml", folder=author).out


def test_a_session_that_is_built_by_itself_later_keeps_its_date_in_the_feed(author, audio_builder):
    _add_show(author, "noon-5m")
    (author / "year.toml").write_text('script = "noon"\nlength = "5m"\ndate = 2020-01-07\n', "utf-8")
    assert audio_builder("batch", "year.toml", folder=author).status == 0
    assert audio_builder("build", "noon", "--length", "5m", folder=author).status == 0
    assert audio_builder("feed", folder=author).status == 0
    assert "07 Jan 2020" in (author / "output" / "feed.xml").read_text("utf-8")


def test_ctrl_c_leaves_what_is_finished_and_the_same_command_goes_on(author, home):
    many = ", ".join(f'"{minutes}m"' for minutes in range(20, 60))
    (author / "year.toml").write_text(f'script = "noon"\nlengths = [{many}]\nquality = "stereo"\n', "utf-8")
    environment = {**os.environ, **command_environment(home)}
    command = [sys.executable, "-m", "audio_builder", "batch", "year.toml", "--json"]
    process = subprocess.Popen(
        command, cwd=author, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    for line in process.stdout:
        if json.loads(line)["event"] == "session":
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    last = json.loads(out.splitlines()[-1])
    assert (process.returncode, err.strip(), last["event"]) == (130, "", "error")
    assert re.fullmatch(
        r"Interrupted\. \d+ of 40 sessions are finished; run the same command again to build the rest\.",
        last["error"]["message"],
    )
    assert list((author / "output").glob("*.mp3"))
    assert not list(author.rglob("*.part"))


def test_without_a_file_the_command_explains_itself(author, audio_builder):
    result = audio_builder("batch", folder=author)
    assert result.status == 2
    for words in ("FILE.toml says which", "scripts = [", "--dry-run", "docs/batch.md"):
        assert words in result.out + result.err


def test_a_dry_run_of_a_thousand_sessions_reads_each_script_once(author, audio_builder, monkeypatch):
    from audio_builder.batch import previews

    read = []
    monkeypatch.setattr(
        previews, "load", lambda *given, load=previews.load: (read.append(given[0]), load(*given))[1]
    )
    lengths = ", ".join(f'"{6 + n // 60}m{n % 60}s"' for n in range(1, 251))
    (author / "year.toml").write_text(
        f'scripts = ["noon", "evening"]\nlengths = [{lengths}]\nambience = ["none", "rain"]\n', "utf-8"
    )
    started = time.monotonic()
    result = audio_builder("batch", "year.toml", "--dry-run", folder=author)
    assert "1,000, of which" in result.out
    assert sorted(set(read)) == ["evening", "noon"]
    assert len(read) <= 4  # once for the plan, and once for what is up to date
    assert time.monotonic() - started < 600
