"""The feed of a library: guids and dates survive every change, and messages say what a change does."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from unittest.mock import patch

import pytest
from episodes import OPTIONS, add_to_library, make_episode
from lxml import etree

SHOW = """title = "Lie down"
author = "The floor"
description = "Sessions."
categories = ["Education"]
base_url = "https://example.org/"
"""
DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def teacher(tmp_path, audio_builder):
    """A folder with a show and a library of two sessions, in which the returned function runs `audio-builder`."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    add_to_library(tmp_path / "output", make_episode("morning-10m", length_ms=600_000))

    def run(command, *arguments, day=0, status=0):
        with patch("audio_builder.cli.feed.now_in_seconds", lambda: DAY + timedelta(days=day)):
            result = audio_builder(command, *arguments, folder=tmp_path)
        assert result.status == status, result
        return result

    return run


def feed_items(folder):
    root = etree.fromstring((folder / "output" / "feed.xml").read_bytes())
    return [
        {child: item.findtext(child) for child in ("title", "guid", "pubDate")} for item in root.iter("item")
    ]


def registry(folder):
    return tomllib.loads((folder / "scripts" / "episodes.toml").read_text("utf-8"))


def extend_show(folder, more):
    (folder / "scripts" / "show.toml").write_text(SHOW + more, "utf-8")


def test_another_computer_builds_the_same_feed(teacher, tmp_path):
    teacher("feed")
    first = (tmp_path / "output" / "feed.xml").read_bytes()
    assert [item["title"] for item in feed_items(tmp_path)] == ["Morning", "Evening"]
    shutil.rmtree(tmp_path / "output")
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    add_to_library(tmp_path / "output", make_episode("morning-10m", length_ms=600_000))
    teacher("feed", day=40)
    assert (tmp_path / "output" / "feed.xml").read_bytes() == first
    assert registry(tmp_path)["changed"] == DAY


def test_the_manifest_has_the_guid_and_a_rebuild_keeps_it(audio_builder, tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    (tmp_path / "scripts" / "rest.md").write_text("---\ntitle: Rest\n---\n\nLet go. [4m..]\n", "utf-8")
    options = ("build", "rest", "--length", "5m", "--quality", "mono", "--ambience", "none")
    assert audio_builder(*options, folder=tmp_path).status == 0
    assert audio_builder("feed", folder=tmp_path).status == 0
    manifest = json.loads((tmp_path / "output" / "rest-5m-no-ambience-mono.json").read_bytes())
    assert [manifest["guid"]] == [item["guid"] for item in feed_items(tmp_path)]
    assert "unchanged" in audio_builder(*options, folder=tmp_path).out
    result = audio_builder(*options, "--json", folder=tmp_path)
    assert json.loads(result.out)["guid"] == manifest["guid"]


def test_new_episodes_are_listed_first_but_last_in_a_serial(teacher, tmp_path):
    teacher("feed")
    add_to_library(tmp_path / "output", make_episode("noon-15m", length_ms=900_000))
    teacher("feed", day=1)
    assert [item["title"] for item in feed_items(tmp_path)] == ["Noon", "Morning", "Evening"]
    extend_show(tmp_path, "serial = true\n")
    teacher("feed", day=2)
    assert [item["title"] for item in feed_items(tmp_path)] == ["Evening", "Morning", "Noon"]


def test_drafts_and_test_voices_stay_out_unless_they_are_listed(teacher, tmp_path):
    add_to_library(tmp_path / "output", make_episode("draft-20m", draft=True))
    add_to_library(tmp_path / "output", make_episode("beep-20m", options=OPTIONS | {"voice": "tone:low"}))
    add_to_library(
        tmp_path / "output",
        make_episode("click-20m", options=OPTIONS | {"voice": "signal"}, test_voice=True),
    )
    result = teacher("feed")
    assert {item["title"] for item in feed_items(tmp_path)} == {"Evening", "Morning"}
    assert "Left out as drafts or because a test voice speaks: beep-20m, click-20m, draft-20m" in result.err
    extend_show(tmp_path, '[[episode]]\nname = "draft-20m"\n[[episode]]\nname = "click-20m"\n')
    told = teacher("feed").err
    assert "draft-20m is a draft. It is in the feed because show.toml lists it" in told
    assert "A test voice speaks in click-20m. It is in the feed because show.toml lists it" in told


def test_a_session_without_its_mp3_stops_the_feed(teacher, tmp_path):
    (tmp_path / "output" / "morning-10m.mp3").unlink()
    assert "morning-10m.mp3 is damaged or missing. Build it again" in teacher("feed", status=1).err
    assert not (tmp_path / "output" / "feed.xml").exists()


def test_episodes_with_the_same_title_are_reported(teacher, tmp_path):
    add_to_library(tmp_path / "output", make_episode("other-20m", title="Evening"))
    assert '2 episodes have the title "Evening (20 min)"' in teacher("feed").err


def test_a_variant_of_a_published_session_has_its_own_title_and_renames_nothing(teacher, tmp_path):
    teacher("feed")
    before = {item["title"]: item["guid"] for item in feed_items(tmp_path)}
    add_to_library(tmp_path / "output", make_episode("evening-1h5m", length_ms=3_900_000))
    add_to_library(tmp_path / "output", make_episode("evening-20m-ocean", script="evening", id="evening",
                                                     title="Evening", variant="ocean"))  # fmt: skip
    teacher("feed", day=1)
    found = {item["title"]: item["guid"] for item in feed_items(tmp_path)}
    assert set(found) == {"Evening", "Evening (1 h 5 min)", "Evening (20 min, ocean)", "Morning"}
    assert found["Evening"] == before["Evening"]
    teacher("library", "remove", "evening-1h5m", "--yes")
    teacher("library", "remove", "evening-20m", "--yes")
    teacher("feed", day=2)
    assert {item["title"] for item in feed_items(tmp_path)} == {"Evening (20 min, ocean)", "Morning"}
    add_to_library(tmp_path / "output", make_episode("evening-30m", length_ms=1_800_000))
    teacher("feed", day=3)
    assert "Evening (30 min)" in {item["title"] for item in feed_items(tmp_path)}


def test_sessions_with_one_title_that_are_published_together_all_get_their_lengths(teacher, tmp_path):
    add_to_library(tmp_path / "output", make_episode("evening-30m", length_ms=1_800_000))
    teacher("feed")
    assert {item["title"] for item in feed_items(tmp_path)} == {
        "Evening (20 min)",
        "Evening (30 min)",
        "Morning",
    }
    teacher("library", "remove", "evening-30m", "--yes")
    teacher("feed", day=1)
    assert {item["title"] for item in feed_items(tmp_path)} == {"Evening (20 min)", "Morning"}


def test_a_registry_without_titles_keeps_those_that_its_feed_had(teacher, tmp_path):
    teacher("feed")
    file = tmp_path / "scripts" / "episodes.toml"
    file.write_text(re.sub(r"(?m)^title = .*\n", "", file.read_text("utf-8")), "utf-8")
    add_to_library(tmp_path / "output", make_episode("evening-30m", length_ms=1_800_000))
    teacher("feed", day=1)
    assert {item["title"] for item in feed_items(tmp_path)} == {"Evening", "Evening (30 min)", "Morning"}


def test_lessons_published_together_get_different_dates_in_the_order_of_the_course(teacher, tmp_path):
    shutil.rmtree(tmp_path / "output")
    for name, number in (("b-10m", 1), ("a-10m", 2), ("lesson-10-10m", None), ("lesson-9-10m", None)):
        add_to_library(tmp_path / "output", make_episode(name, length_ms=600_000, number=number))
    extend_show(tmp_path, "serial = true\n")
    teacher("feed")
    items = feed_items(tmp_path)
    assert [item["title"] for item in items] == ["B", "A", "Lesson-9", "Lesson-10"]
    dates = [parsedate_to_datetime(item["pubDate"]) for item in items]
    assert dates == [DAY - timedelta(seconds=n) for n in (3, 2, 1, 0)]
    assert [publication["number"] for publication in registry(tmp_path)["episode"]] == [1, 2, 3, 4]
    teacher("feed", day=1)
    assert feed_items(tmp_path) == items


def test_lessons_with_one_date_in_their_scripts_are_in_the_order_of_the_course(teacher, tmp_path):
    shutil.rmtree(tmp_path / "output")
    for name, number in (("b-10m", 1), ("a-10m", 2)):
        add_to_library(
            tmp_path / "output", make_episode(name, length_ms=600_000, number=number, date="2026-01-01")
        )
    extend_show(tmp_path, "serial = true\n")
    teacher("feed")
    assert [(item["title"], item["pubDate"]) for item in feed_items(tmp_path)] == [
        ("B", "Thu, 01 Jan 2026 00:00:00 +0000"),
        ("A", "Thu, 01 Jan 2026 00:00:01 +0000"),
    ]


def test_a_number_that_several_episodes_of_a_season_have_is_reported(teacher, tmp_path):
    for name in ("noon-15m", "night-15m"):
        add_to_library(tmp_path / "output", make_episode(name, length_ms=900_000, season=2, number=5))
    add_to_library(tmp_path / "output", make_episode("dawn-15m", length_ms=900_000, season=1, number=5))
    assert (
        "2 episodes are season 2, episode 5: night-15m, noon-15m. "
        "Give each its own number in the front matter of its script or in show.toml"
    ) in (told := teacher("feed").err)
    assert told.count("episodes are") == 1


def test_a_session_under_two_names_is_one_episode(teacher, tmp_path):
    add_to_library(tmp_path / "output", make_episode("my-own-name", script="evening", id="evening"))
    result = teacher("feed")
    assert "my-own-name is the same session as evening-20m" in result.err
    assert len({item["guid"] for item in feed_items(tmp_path)}) == len(feed_items(tmp_path)) == 2


def test_dates_in_front_matter_win_and_future_episodes_wait(teacher, tmp_path):
    add_to_library(tmp_path / "output", make_episode("later-20m", date="2026-03-10"))
    add_to_library(tmp_path / "output", make_episode("old-20m", date="2025-01-02T08:00+01:00"))
    result = teacher("feed")
    assert "later-20m waits until 2026-03-10 00:00 UTC" in result.err
    assert [item["title"] for item in feed_items(tmp_path)] == ["Morning", "Evening", "Old"]
    assert feed_items(tmp_path)[-1]["pubDate"] == "Thu, 02 Jan 2025 07:00:00 +0000"
    teacher("feed", day=10)
    assert feed_items(tmp_path)[0]["title"] == "Later"


def test_a_preview_of_a_day_prints_its_feed_and_stores_no_date(teacher, tmp_path):
    add_to_library(tmp_path / "output", make_episode("later-20m", date="2026-03-10"))
    preview = teacher("feed", "--as-of", "2026-03-12")
    root = etree.fromstring(preview.out.encode())
    assert [item.findtext("title") for item in root.iter("item")] == ["Morning", "Evening", "Later"]
    assert "Preview of 2026-03-12 00:00 UTC: 3 episodes. Nothing was written" in preview.err
    document = json.loads(teacher("feed", "--as-of", "2026-03-12", "--json").out)
    assert [episode["name"] for episode in document["episodes"]] == [
        "morning-10m",
        "evening-20m",
        "later-20m",
    ]
    teacher("feed")
    assert [item["pubDate"] for item in feed_items(tmp_path)] == ["Sun, 01 Mar 2026 08:00:00 +0000"] * 2


def test_an_edited_session_keeps_its_guid_until_it_is_reissued_as_a_new_episode(teacher, tmp_path):
    teacher("feed")
    before = {item["title"]: item for item in feed_items(tmp_path)}
    add_to_library(tmp_path / "output", make_episode("evening-20m", title="Late evening"), b"edited")
    result = teacher("feed", day=3)
    assert "evening-20m has changed since it was published" in result.err
    assert "--reissue evening-20m" in result.err
    after = {item["title"]: item for item in feed_items(tmp_path)}
    assert after["Late evening"]["guid"] == before["Evening"]["guid"]
    assert after["Late evening"]["pubDate"] == before["Evening"]["pubDate"]
    assert registry(tmp_path)["changed"] == DAY + timedelta(days=3)
    assert teacher("feed", day=4).err == ""
    result = teacher("feed", "--reissue", "evening-20m", day=5)
    assert (
        "evening-20m is a new episode. It replaces the one of 2026-03-01, which leaves the feed" in result.err
    )
    again = feed_items(tmp_path)[0]
    assert again["title"] == "Late evening"
    assert again["guid"] != before["Evening"]["guid"]
    assert again["pubDate"] == "Fri, 06 Mar 2026 08:00:00 +0000"
    assert [publication["state"] for publication in registry(tmp_path)["episode"]] == [
        "replaced",
        "live",
        "live",
    ]
    teacher("feed", day=6)
    assert feed_items(tmp_path)[0] == again


def test_a_reissued_episode_says_everywhere_that_it_replaces_another(teacher, tmp_path):
    teacher("feed")
    teacher("feed", "--reissue", "evening-20m", day=5)
    notice = "This is a new edition. It replaces the episode of 1 March 2026."
    evening, morning = etree.fromstring((tmp_path / "output" / "feed.xml").read_bytes()).iter("item")
    assert evening.findtext("description").startswith(f"{notice}\n\n")
    assert evening.findtext("{*}encoded").startswith(f"<p>{notice}</p>\n<h1>")
    assert notice not in etree.tostring(morning, encoding="unicode")
    assert (tmp_path / "output" / "index.html").read_text("utf-8").count(notice) == 1
    teacher("feed", "--reissue", "evening-20m", day=9)
    again = (tmp_path / "output" / "feed.xml").read_text("utf-8")
    assert "It replaces the episode of 6 March 2026." in again


def test_a_removed_session_leaves_the_feed_and_comes_back_as_the_same_episode(teacher, tmp_path):
    teacher("feed")
    before = feed_items(tmp_path)
    teacher("library", "remove", "morning-10m", "--yes")
    teacher("feed", day=1)
    assert [item["title"] for item in feed_items(tmp_path)] == ["Evening"]
    add_to_library(tmp_path / "output", make_episode("morning-10m", length_ms=600_000))
    teacher("feed", day=2)
    assert feed_items(tmp_path) == before


def test_listed_episodes_are_the_only_ones_in_the_order_of_the_list(teacher, tmp_path):
    listed = """[[episode]]
name = "evening-20m"
title = "The evening one"
type = "trailer"
date = 2025-12-24

[[episode]]
name = "morning-10m"
"""
    add_to_library(tmp_path / "output", make_episode("noon-15m", length_ms=900_000))
    extend_show(tmp_path, listed)
    teacher("feed")
    assert [item["title"] for item in feed_items(tmp_path)] == ["The evening one", "Morning"]
    assert feed_items(tmp_path)[0]["pubDate"] == "Wed, 24 Dec 2025 00:00:00 +0000"
    extend_show(tmp_path, listed.replace("morning-10m", "mornig-10m"))
    assert (
        'lists "mornig-10m", which is not in output. Did you mean "morning-10m"?'
        in teacher("feed", status=1).err
    )


def test_a_show_that_moves_names_its_new_feed_and_keeps_its_guids(teacher, tmp_path):
    teacher("feed")
    before, guid = feed_items(tmp_path), registry(tmp_path)["guid"]
    extend_show(tmp_path, 'moved_to = "https://example.net/new/feed.xml"\n')
    teacher("feed", day=1)
    root = etree.fromstring((tmp_path / "output" / "feed.xml").read_bytes())
    assert root.findtext("channel/{http://www.itunes.com/dtds/podcast-1.0.dtd}new-feed-url") == (
        "https://example.net/new/feed.xml"
    )
    teacher("feed", "--base-url", "https://example.net/new", day=2)
    assert feed_items(tmp_path) == before
    assert registry(tmp_path)["guid"] == guid


def test_without_a_base_url_the_page_is_written_and_the_error_says_how_to_get_a_feed(teacher, tmp_path):
    (tmp_path / "scripts" / "show.toml").write_text(SHOW.replace("base_url", "# base_url"), "utf-8")
    result = teacher("feed", status=1)
    assert "add base_url to show.toml, or give --base-url" in result.err
    assert "Evening" in (tmp_path / "output" / "index.html").read_text("utf-8")
    assert not (tmp_path / "output" / "feed.xml").exists()
    assert '--base-url: invalid address "example"' in teacher("feed", "--base-url", "example", status=1).err


def test_a_broken_registry_stops_everything_and_is_left_as_it_is(teacher, tmp_path):
    teacher("feed")
    feed = (tmp_path / "output" / "feed.xml").read_bytes()
    (tmp_path / "scripts" / "episodes.toml").write_text("guid = 3", "utf-8")
    assert "restore it from your backup" in teacher("feed", day=1, status=1).err
    assert (tmp_path / "output" / "feed.xml").read_bytes() == feed
    assert (tmp_path / "scripts" / "episodes.toml").read_text("utf-8") == "guid = 3"


def test_without_scripts_of_your_own_the_registry_is_in_the_library(audio_builder, tmp_path):
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    result = audio_builder("feed", "--base-url", "https://example.org/x", "--json", folder=tmp_path)
    assert result.status == 0, result.err
    assert json.loads(result.out)["feed"] == "https://example.org/x/feed.xml"
    assert "Write scripts/show.toml to make it yours" in result.err
    assert (tmp_path / "output" / "episodes.toml").exists()


@pytest.mark.parametrize("word", ["tomorrow", "2026-13-01"])
def test_an_invalid_day_is_refused(word, audio_builder, tmp_path):
    result = audio_builder("feed", "--as-of", word, folder=tmp_path)
    assert result.status == 2
    assert "use e.g. 2025-03-31" in result.err


@pytest.mark.parametrize("verb", ["feed", "library", "--help", "publish"])
def test_podcast_commands_load_neither_numpy_nor_a_voice(verb, tmp_path):
    code = (
        "import sys\nsys.argv = ['audio-builder', *sys.argv[1:]]\n"
        "import audio_builder.cli.main\n"
        "try:\n    audio_builder.cli.main.main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('numpy', 'hibari', 'pyttsx3', 'onnxruntime') if name in sys.modules])"
    )
    options = {
        "publish": ["elsewhere", "--base-url", "https://example.org/"],
        "feed": ["--base-url", "https://example.org/"],
    }
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    finished = subprocess.run(
        [sys.executable, "-c", code, verb, *options.get(verb, [])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.splitlines()[-1] == "[]", finished.stdout + finished.stderr
