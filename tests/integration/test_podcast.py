"""What a podcast remembers: guids and dates survive everything, and each change says what it does."""

import json
import shutil
import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from episodes import episode, put
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
    """A teacher's folder with scripts and a library of two sessions; runs `audio-builder` in it."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    put(tmp_path / "output", episode("evening-20m"))
    put(tmp_path / "output", episode("morning-10m", length_ms=600_000))

    def run(*arguments, day=0, status=0):
        ran = audio_builder(*arguments, *_as_of(arguments[0], day), folder=tmp_path)
        assert ran.status == status, ran
        assert "Traceback" not in ran.err
        return ran

    run.folder = tmp_path
    return run


def _as_of(command, day):
    return ("--as-of", (DAY + timedelta(days=day)).isoformat()) if command in ("feed", "publish") else ()


def items(folder):
    root = etree.fromstring((folder / "output" / "feed.xml").read_bytes())
    return [{child: i.findtext(child) for child in ("title", "guid", "pubDate")} for i in root.iter("item")]


def kept(folder):
    return tomllib.loads((folder / "scripts" / "episodes.toml").read_text("utf-8"))


def show(folder, more):
    (folder / "scripts" / "show.toml").write_text(SHOW + more, "utf-8")


def test_another_computer_makes_the_same_feed(teacher, tmp_path):
    teacher("feed")
    first = (tmp_path / "output" / "feed.xml").read_bytes()
    assert [i["title"] for i in items(tmp_path)] == ["Morning", "Evening"]
    shutil.rmtree(tmp_path / "output")
    put(tmp_path / "output", episode("evening-20m"))
    put(tmp_path / "output", episode("morning-10m", length_ms=600_000))
    teacher("feed", day=40)
    assert (tmp_path / "output" / "feed.xml").read_bytes() == first
    assert kept(tmp_path)["changed"] == DAY


def test_the_manifest_tells_the_guid_and_a_rebuild_keeps_it(audio_builder, tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    (tmp_path / "scripts" / "rest.md").write_text("---\ntitle: Rest\n---\n\nLet go. [4m..]\n", "utf-8")
    options = ("build", "rest", "--length", "5m", "--quality", "mono", "--ambience", "none")
    assert audio_builder(*options, folder=tmp_path).status == 0
    assert audio_builder("feed", folder=tmp_path).status == 0
    manifest = json.loads((tmp_path / "output" / "rest-5m-no-ambience-mono.json").read_bytes())
    assert [manifest["guid"]] == [item["guid"] for item in items(tmp_path)]
    assert "unchanged" in audio_builder(*options, folder=tmp_path).out
    ran = audio_builder(*options, "--json", folder=tmp_path)
    assert json.loads(ran.out)["guid"] == manifest["guid"]


def test_what_is_new_comes_first_and_with_serial_last(teacher, tmp_path):
    teacher("feed")
    put(tmp_path / "output", episode("noon-15m", length_ms=900_000))
    teacher("feed", day=1)
    assert [i["title"] for i in items(tmp_path)] == ["Noon", "Morning", "Evening"]
    show(tmp_path, "serial = true\n")
    teacher("feed", day=2)
    assert [i["title"] for i in items(tmp_path)] == ["Evening", "Morning", "Noon"]


def test_drafts_and_the_voice_for_tests_stay_out(teacher, tmp_path):
    from msgspec.structs import replace

    put(tmp_path / "output", episode("draft-20m", draft=True))
    spoken = replace(episode().choice, voice="tone:low")
    put(tmp_path / "output", episode("beep-20m", choice=spoken))
    ran = teacher("feed")
    assert {i["title"] for i in items(tmp_path)} == {"Evening", "Morning"}
    assert "left out as drafts or by the voice for tests: beep-20m, draft-20m" in ran.err
    show(tmp_path, '[[episode]]\nname = "draft-20m"\n')
    assert "draft-20m is a draft, and in the feed because show.toml lists it" in teacher("feed").err


def test_a_session_whose_sound_is_gone_is_in_no_feed(teacher, tmp_path):
    (tmp_path / "output" / "morning-10m.mp3").unlink()
    assert "morning-10m.mp3 is damaged or gone; build it again" in teacher("feed", status=1).err
    assert not (tmp_path / "output" / "feed.xml").exists()


def test_episodes_with_one_title_are_told(teacher, tmp_path):
    put(tmp_path / "output", episode("other-20m", title="Evening"))
    assert "2 episodes are called Evening (20 min)" in teacher("feed").err


def test_a_script_at_two_lengths_has_two_titles_and_guids_that_stay(teacher, tmp_path):
    teacher("feed")
    before = {i["title"]: i["guid"] for i in items(tmp_path)}
    put(tmp_path / "output", episode("evening-1h5m", length_ms=3_900_000))
    teacher("feed", day=1)
    found = {i["title"]: i["guid"] for i in items(tmp_path)}
    assert set(found) == {"Evening (20 min)", "Evening (1 h 5 min)", "Morning"}
    assert found["Evening (20 min)"] == before["Evening"]


def test_one_session_under_two_names_is_one_episode(teacher, tmp_path):
    put(tmp_path / "output", episode("my-own-name", script="evening", id="evening"))
    ran = teacher("feed")
    assert "my-own-name is the same session as evening-20m" in ran.err
    assert len({i["guid"] for i in items(tmp_path)}) == len(items(tmp_path)) == 2


def test_dates_of_front_matter_win_and_the_future_waits(teacher, tmp_path):
    put(tmp_path / "output", episode("later-20m", date="2026-03-10"))
    put(tmp_path / "output", episode("old-20m", date="2025-01-02T08:00+01:00"))
    ran = teacher("feed")
    assert "later-20m waits until 2026-03-10 00:00 UTC" in ran.err
    assert [i["title"] for i in items(tmp_path)] == ["Morning", "Evening", "Old"]
    assert items(tmp_path)[-1]["pubDate"] == "Thu, 02 Jan 2025 07:00:00 +0000"
    teacher("feed", day=10)
    assert items(tmp_path)[0]["title"] == "Later"


def test_after_an_edit_the_guid_stays_and_a_reissue_makes_a_new_episode(teacher, tmp_path):
    teacher("feed")
    before = {i["title"]: i for i in items(tmp_path)}
    put(tmp_path / "output", episode("evening-20m", title="Late evening"), b"edited")
    ran = teacher("feed", day=3)
    assert "evening-20m was changed since it was published" in ran.err
    assert "--reissue evening-20m" in ran.err
    after = {i["title"]: i for i in items(tmp_path)}
    assert after["Late evening"]["guid"] == before["Evening"]["guid"]
    assert after["Late evening"]["pubDate"] == before["Evening"]["pubDate"]
    assert kept(tmp_path)["changed"] == DAY + timedelta(days=3)
    assert teacher("feed", day=4).err == ""
    teacher("feed", "--reissue", "evening-20m", day=5)
    again = items(tmp_path)[0]
    assert again["title"] == "Late evening"
    assert again["guid"] != before["Evening"]["guid"]
    assert again["pubDate"] == "Fri, 06 Mar 2026 08:00:00 +0000"
    assert [e["state"] for e in kept(tmp_path)["episode"]] == ["replaced", "live", "live"]
    teacher("feed", day=6)
    assert items(tmp_path)[0] == again


def test_what_is_removed_from_the_library_leaves_the_next_feed(teacher, tmp_path):
    teacher("feed")
    before = items(tmp_path)
    teacher("library", "remove", "morning-10m")
    teacher("feed", day=1)
    assert [i["title"] for i in items(tmp_path)] == ["Evening"]
    put(tmp_path / "output", episode("morning-10m", length_ms=600_000))
    teacher("feed", day=2)
    assert items(tmp_path) == before


def test_a_list_of_episodes_says_which_and_in_which_order(teacher, tmp_path):
    listed = """[[episode]]
name = "evening-20m"
title = "The evening one"
type = "trailer"
date = 2025-12-24

[[episode]]
name = "morning-10m"
"""
    put(tmp_path / "output", episode("noon-15m", length_ms=900_000))
    show(tmp_path, listed)
    teacher("feed")
    assert [i["title"] for i in items(tmp_path)] == ["The evening one", "Morning"]
    assert items(tmp_path)[0]["pubDate"] == "Wed, 24 Dec 2025 00:00:00 +0000"
    show(tmp_path, listed.replace("morning-10m", "mornig-10m"))
    assert "there is no mornig-10m in output; did you mean morning-10m?" in teacher("feed", status=1).err


def test_a_show_that_moves_keeps_its_guids_and_names_its_new_feed(teacher, tmp_path):
    teacher("feed")
    before, guid = items(tmp_path), kept(tmp_path)["guid"]
    show(tmp_path, 'moved_to = "https://example.net/new/feed.xml"\n')
    teacher("feed", day=1)
    root = etree.fromstring((tmp_path / "output" / "feed.xml").read_bytes())
    assert root.findtext("channel/{http://www.itunes.com/dtds/podcast-1.0.dtd}new-feed-url") == (
        "https://example.net/new/feed.xml"
    )
    teacher("feed", "--base-url", "https://example.net/new", day=2)
    assert items(tmp_path) == before
    assert kept(tmp_path)["guid"] == guid


def test_without_an_address_there_is_a_page_and_the_cure(teacher, tmp_path):
    (tmp_path / "scripts" / "show.toml").write_text(SHOW.replace("base_url", "# base_url"), "utf-8")
    ran = teacher("feed", status=1)
    assert "add base_url to show.toml, or give --base-url" in ran.err
    assert "Evening" in (tmp_path / "output" / "index.html").read_text("utf-8")
    assert not (tmp_path / "output" / "feed.xml").exists()
    assert "--base-url: 'example' is no address" in teacher("feed", "--base-url", "example", status=1).err


def test_a_broken_ledger_stops_everything(teacher, tmp_path):
    teacher("feed")
    feed = (tmp_path / "output" / "feed.xml").read_bytes()
    (tmp_path / "scripts" / "episodes.toml").write_text("guid = 3", "utf-8")
    assert "take it back from your version control" in teacher("feed", day=1, status=1).err
    assert (tmp_path / "output" / "feed.xml").read_bytes() == feed
    assert (tmp_path / "scripts" / "episodes.toml").read_text("utf-8") == "guid = 3"


def test_the_ledger_lies_in_the_library_where_there_are_no_own_scripts(audio_builder, tmp_path):
    put(tmp_path / "output", episode("evening-20m"))
    ran = audio_builder("feed", "--base-url", "https://example.org/x", "--json", folder=tmp_path)
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["feed"] == "https://example.org/x/feed.xml"
    assert "write scripts/show.toml to make it yours" in ran.err
    assert (tmp_path / "output" / "episodes.toml").exists()


@pytest.mark.parametrize("word", ["tomorrow", "2026-13-01"])
def test_a_day_that_is_none_is_refused(word, audio_builder, tmp_path):
    ran = audio_builder("feed", "--as-of", word, folder=tmp_path)
    assert ran.status == 2
    assert "write 2025-03-31" in ran.err


@pytest.mark.parametrize("verb", ["feed", "library", "--help", "publish"])
def test_the_podcast_loads_neither_numpy_nor_a_voice(verb, tmp_path):
    import subprocess
    import sys

    code = (
        "import sys\nsys.argv = ['audio-builder', *sys.argv[1:]]\n"
        "import audio_builder.cli.main\n"
        "try:\n    audio_builder.cli.main.main()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy', 'hibari', 'pyttsx3', 'onnxruntime') if m in sys.modules])"
    )
    options = {
        "publish": ["elsewhere", "--base-url", "https://example.org/"],
        "feed": ["--base-url", "https://example.org/"],
    }
    put(tmp_path / "output", episode("evening-20m"))
    ran = subprocess.run(
        [sys.executable, "-c", code, verb, *options.get(verb, [])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "[]", ran.stdout + ran.stderr
