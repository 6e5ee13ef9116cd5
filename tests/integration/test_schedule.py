"""`publish --schedule`: what is due goes out, and otherwise nothing happens and nothing is said."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from common import command_environment
from episodes import add_to_library, make_episode
from lxml import etree

from audio_builder.cli import publish

SHOW = """title = "Lie down"
author = "The floor"
description = "Sessions."
categories = ["Education"]
base_url = "https://example.org/"
"""


@pytest.fixture
def author(tmp_path):
    """A folder with a show, and a library with a session that is due and one that waits."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    add_to_library(tmp_path / "output", make_episode("evening-20m", date="2026-01-06"))
    add_to_library(tmp_path / "output", make_episode("later-20m", date="2100-01-01T06:00:00+00:00"))
    return tmp_path


def _everything(folder):
    return {
        path.relative_to(folder): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def _titles(folder):
    return etree.parse(folder / "web" / "feed.xml").xpath("//item/title/text()")


def test_what_is_due_is_published_with_one_line_and_then_nothing_is_said_or_changed(author, audio_builder):
    first = audio_builder("publish", "web", "--schedule", folder=author)
    assert (first.status, first.err, len(first.out.splitlines())) == (0, "", 1)
    assert "1 episode, wrote " in first.out
    assert _titles(author) == ["Evening"]
    before = _everything(author)
    again = audio_builder("publish", "web", "--schedule", folder=author)
    assert (again.status, again.out, again.err) == (0, "", "")
    assert _everything(author) == before


def test_json_says_what_is_due_next(author, audio_builder):
    audio_builder("publish", "web", "--schedule", folder=author)
    result = audio_builder("publish", "web", "--schedule", "--json", folder=author)
    document = json.loads(result.out)
    assert document["written"] == []
    assert document["next"] == {"name": "later-20m", "date": "2100-01-01T06:00:00Z"}
    (author / "output" / "later-20m.json").unlink()
    (author / "output" / "later-20m.mp3").unlink()
    document = json.loads(audio_builder("publish", "web", "--schedule", "--json", folder=author).out)
    assert document["next"] is None


def test_an_episode_comes_out_when_its_time_has_come(author, audio_builder, monkeypatch):
    audio_builder("publish", "web", "--schedule", folder=author)
    monkeypatch.setattr(publish, "now_in_seconds", lambda: datetime(2100, 1, 1, 5, 59, tzinfo=UTC))
    assert audio_builder("publish", "web", "--schedule", folder=author).out == ""
    monkeypatch.setattr(publish, "now_in_seconds", lambda: datetime(2100, 1, 1, 6, 0, tzinfo=UTC))
    assert "2 episodes" in audio_builder("publish", "web", "--schedule", folder=author).out
    assert _titles(author) == ["Later", "Evening"]


def test_before_the_first_episode_there_is_nothing_to_publish(author, audio_builder):
    for path in (author / "output").glob("evening-*"):
        path.unlink()
    result = audio_builder("publish", "web", "--schedule", folder=author)
    assert (result.status, result.out, result.err) == (0, "", "")
    assert not (author / "web").exists()
    assert not (author / "scripts" / "episodes.toml").exists()
    document = json.loads(audio_builder("publish", "web", "--schedule", "--json", folder=author).out)
    assert (document["episodes"], document["written"], document["next"]["name"]) == (0, [], "later-20m")


def test_an_error_is_said(author, audio_builder):
    (author / "output" / "evening-20m.mp3").write_bytes(b"damaged")
    result = audio_builder("publish", "web", "--schedule", folder=author)
    assert (result.status, result.out) == (1, "")
    assert "evening-20m.mp3 is damaged or missing" in result.err


@pytest.mark.parametrize(
    "options",
    ["--dry-run", "--withdraw evening-20m", "--prune 1d", "--prune 0d", "--as-of 2100-01-01 --dry-run"],
)
def test_it_never_asks_so_it_takes_no_option_that_would(options, author, audio_builder):
    result = audio_builder("publish", "web", "--schedule", *options.split(), folder=author, said="y\n")
    assert result.status == 2
    assert not (author / "web").exists()


def test_files_are_pruned_without_a_question_if_one_says_yes(author, audio_builder):
    audio_builder("publish", "web", "--schedule", folder=author)
    sound = next((author / "web" / "media").glob("evening-20m.*.mp3"))
    old = sound.with_name(f"gone-20m.{'0' * 12}.mp3")
    old.write_bytes(b"old")
    os.utime(old, (0, 0))
    result = audio_builder("publish", "web", "--schedule", "--prune", "90d", "--yes", folder=author)
    assert (result.status, len(result.out.splitlines())) == (0, 1)
    assert (old.exists(), sound.exists()) == (False, True)


def test_two_at_the_same_time_do_no_harm(author, home):
    """They write the same files, and the one that is later finds nothing left to do."""
    for number in range(4):
        add_to_library(author / "output", make_episode(f"lesson-{number}-20m"))
    command = [sys.executable, "-m", "audio_builder", "publish", "web", "--schedule"]
    environment = {**os.environ, **command_environment(home)}

    def run(_):
        return subprocess.run(
            command, cwd=author, env=environment, capture_output=True, text=True, check=False
        )

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(run, range(4)))
    assert [(result.returncode, result.stderr) for result in results] == [(0, "")] * 4
    assert len(_titles(author)) == 5
    before = _everything(author)
    assert (run(0).stdout, _everything(author) == before) == ("", True)


@pytest.mark.parametrize("address", [(), ("--base-url", "https://floor.example/")])
def test_a_page_of_the_authors_own_stays_in_the_library(address, author, audio_builder):
    page = author / "output" / "index.html"
    page.write_text("<h1>Mine</h1>", "utf-8")
    (author / "scripts" / "show.toml").write_text(
        'title = "T"\nauthor = "A"\ndescription = "D"\ncategories = ["Education"]\n', "utf-8"
    )
    result = audio_builder("feed", *address, folder=author)
    assert page.read_text("utf-8") == "<h1>Mine</h1>"
    assert (author / "output" / "cover.jpg").is_file()
    said = "index.html is your own and was left as it is" if address else "Wrote the cover, but not the feed"
    assert (result.status, said in result.err, "index.html" in result.out) == (
        0 if address else 1,
        True,
        False,
    )
