"""A session in stereo and in mono is one episode with two files, and no episode that was published changes its guid."""

import base64
import hashlib
import urllib.request
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from episodes import OPTIONS, add_to_library, make_episode
from lxml import etree
from servers import web_space

SHOW = 'title = "Lie down"\nauthor = "The floor"\ndescription = "S."\ncategories = ["Education"]\n'
MONO = {"variant": "mono", "options": OPTIONS | {"quality": "mono"}, "script": "evening", "id": "evening",
        "title": "Evening"}  # fmt: skip
DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)
NAMESPACES = {"podcast": "https://podcastindex.org/namespace/1.0"}


@pytest.fixture
def teacher(tmp_path, audio_builder):
    """A folder with a show, in which the returned function runs `audio-builder`."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")

    def run(command, *arguments, day=0, status=0):
        with (
            patch("audio_builder.cli.feed.now_in_seconds", lambda: DAY + timedelta(days=day)),
            patch("audio_builder.cli.publish.now_in_seconds", lambda: DAY + timedelta(days=day)),
        ):
            base = () if command == "library" else ("--base-url", "https://example.org/")
            result = audio_builder(command, *arguments, *base, folder=tmp_path)
        assert result.status == status, result
        return result

    return run


@pytest.fixture
def stereo(tmp_path):
    def add(**changes):
        return add_to_library(tmp_path / "output", make_episode("evening-20m", **changes))

    return add


@pytest.fixture
def mono(tmp_path):
    def add(**changes):
        return add_to_library(
            tmp_path / "output", make_episode("evening-20m-mono", **{**MONO, **changes}), b"m"
        )

    return add


def listed(folder):
    """Return the name of the MP3 and the guid of each item, and the names of its other files."""
    found = []
    for item in etree.parse(folder / "output" / "feed.xml").iter("item"):
        name = item.find("enclosure").get("url").rpartition("/")[2]
        uris = item.xpath("podcast:alternateEnclosure/podcast:source/@uri", namespaces=NAMESPACES)
        found.append((name, item.findtext("guid"), [uri.rpartition("/")[2] for uri in uris]))
    return found


def test_a_session_in_both_qualities_is_one_item_whose_own_file_is_the_default(
    teacher, stereo, mono, tmp_path
):
    stereo()
    mono()
    assert (
        "evening-20m-mono is the mono file of evening-20m, not an episode of its own" in teacher("feed").err
    )
    ((name, _, others),) = listed(tmp_path)
    assert (name, others) == ("evening-20m.mp3", ["evening-20m.mp3", "evening-20m-mono.mp3"])
    files = etree.parse(tmp_path / "output" / "feed.xml").xpath(
        "//podcast:alternateEnclosure", namespaces=NAMESPACES
    )
    shown = [{key: file.get(key) for key in ("type", "bitrate", "default", "title")} for file in files]
    assert shown == [
        {"type": "audio/mpeg", "bitrate": "128000", "default": "true", "title": "Stereo"},
        {"type": "audio/mpeg", "bitrate": "64000", "default": None, "title": "Mono, a smaller file"},
    ]


def test_a_session_in_one_quality_has_no_list_of_files(teacher, mono, tmp_path):
    mono()
    teacher("feed")
    assert [(name, others) for name, _, others in listed(tmp_path)] == [("evening-20m-mono.mp3", [])]


def test_what_was_published_first_stays_the_episode(teacher, stereo, mono, tmp_path):
    mono()
    teacher("feed")
    ((_, guid, _),) = listed(tmp_path)
    stereo()
    teacher("feed", day=1)
    ((name, now, others),) = listed(tmp_path)
    assert (name, now) == ("evening-20m-mono.mp3", guid)
    assert others == ["evening-20m-mono.mp3", "evening-20m.mp3"]


def test_two_that_were_published_as_two_episodes_stay_two(teacher, stereo, mono, tmp_path):
    show = tmp_path / "scripts" / "show.toml"
    stereo()
    mono()
    show.write_text(
        SHOW + '[[episode]]\nname = "evening-20m"\n[[episode]]\nname = "evening-20m-mono"\n', "utf-8"
    )
    teacher("feed")
    before = {name: (guid, others) for name, guid, others in listed(tmp_path)}
    assert {name: others for name, (_, others) in before.items()} == {
        "evening-20m.mp3": [],
        "evening-20m-mono.mp3": [],
    }
    show.write_text(SHOW, "utf-8")
    teacher("feed", day=1)
    assert {name: (guid, others) for name, guid, others in listed(tmp_path)} == before


def test_a_list_of_episodes_may_name_one_and_the_other_is_a_file_of_it(teacher, stereo, mono, tmp_path):
    stereo()
    mono()
    listing = SHOW + '[[episode]]\nname = "evening-20m-mono"\n'
    (tmp_path / "scripts" / "show.toml").write_text(listing, "utf-8")
    teacher("feed")
    ((name, _, others),) = listed(tmp_path)
    assert (name, others) == ("evening-20m-mono.mp3", ["evening-20m-mono.mp3", "evening-20m.mp3"])


def test_a_file_of_another_version_of_the_session_is_not_offered(teacher, stereo, mono, tmp_path):
    stereo()
    mono(chapters=())
    told = teacher("feed").err
    assert "evening-20m-mono was built from another version of evening-20m. Build it again" in told
    assert [(name, others) for name, _, others in listed(tmp_path)] == [("evening-20m.mp3", [])]


@pytest.mark.parametrize("changes", [{"draft": True}, {"test_voice": True}, {"date": "2100-01-01"}])
def test_a_draft_a_test_voice_and_a_later_date_are_not_offered(changes, teacher, stereo, mono, tmp_path):
    stereo()
    mono(**changes)
    teacher("feed")
    assert [(name, others) for name, _, others in listed(tmp_path)] == [("evening-20m.mp3", [])]


def test_other_options_are_other_episodes(teacher, stereo, mono, tmp_path):
    stereo()
    mono(variant="ocean-mono", options=MONO["options"] | {"ambience": "ocean"})
    teacher("feed")
    assert {name: others for name, _, others in listed(tmp_path)} == {
        "evening-20m.mp3": [],
        "evening-20m-mono.mp3": [],
    }


def test_a_session_that_leaves_the_feed_does_not_come_back_in_another_quality(
    teacher, stereo, mono, tmp_path
):
    stereo()
    mono()
    teacher("feed")
    teacher("library", "remove", "evening-20m", "--yes")
    told = teacher("feed", day=1).err
    assert "evening-20m-mono is the mono version of an episode that is not in the feed any more" in told
    assert listed(tmp_path) == []
    teacher("library", "restore", "evening-20m")
    teacher("feed", day=2)
    assert [name for name, _, _ in listed(tmp_path)] == ["evening-20m.mp3"]


def test_a_withdrawn_session_takes_its_other_files_along(teacher, stereo, mono, tmp_path):
    stereo()
    mono()
    teacher("publish", "public")
    assert len([*(tmp_path / "public" / "media").glob("*.mp3")]) == 2
    teacher("publish", "public", "--withdraw", "evening-20m", "--yes", day=1)
    assert [*(tmp_path / "public" / "media").iterdir()] == []
    told = teacher("publish", "public", day=2).err
    assert "evening-20m was withdrawn" in told
    assert not etree.parse(tmp_path / "public" / "feed.xml").findall(".//item")


def test_every_file_of_a_published_episode_has_its_length_and_its_hash(tmp_path, audio_builder, stereo, mono):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    (tmp_path / "public").mkdir()
    stereo()
    mono()
    with web_space(tmp_path / "public") as address:
        result = audio_builder("publish", "public", "--base-url", address, folder=tmp_path)
        assert result.status == 0, result.err
        files = etree.parse(tmp_path / "public" / "feed.xml").xpath(
            "//podcast:alternateEnclosure", namespaces=NAMESPACES
        )
        assert len(files) == 2
        for file in files:
            source, integrity = file
            with urllib.request.urlopen(source.get("uri"), timeout=10) as response:
                content = response.read()
            assert len(content) == int(file.get("length"))
            digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
            assert (integrity.get("type"), integrity.get("value")) == ("sri", f"sha256-{digest}")
        again = audio_builder("publish", "public", "--base-url", address, folder=tmp_path)
        assert "nothing to write" in again.out


def test_a_damaged_other_file_is_not_published(teacher, stereo, mono, tmp_path):
    stereo()
    mono()
    (tmp_path / "output" / "evening-20m-mono.mp3").write_bytes(b"damaged")
    assert "evening-20m-mono.mp3 is damaged or missing. Build it again" in teacher("feed", status=1).err
    assert (
        "evening-20m-mono.mp3 is damaged or missing. Build it again"
        in teacher("publish", "web", status=1).err
    )
