"""Pictures of chapters: in the MP3, in the library, and at addresses that podcast apps can fetch."""

import json
from datetime import timedelta
from io import BytesIO

import feedparser
import pytest
from mutagen.id3 import ID3
from PIL import Image
from servers import ask, ready

from audio_builder.library.storage import read_manifest
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

SCRIPT = """---
title: Evening
voice: tone
ambience: none
length: 5m
figure: legs-on-chair
---

# Lie down {figure lying-down}

Lie down.

# Rest

[rest 1m..]
- Rest.
"""
NAME = "evening-5m"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory, audio_builder):
    """A folder with a script and the session that was built from it."""
    folder = tmp_path_factory.mktemp("teacher")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "evening.md").write_text(SCRIPT, "utf-8")
    show = 'title = "Floor"\nauthor = "A"\ndescription = "D"\ncategories = ["Education"]\n'
    (folder / "scripts" / "show.toml").write_text(show, "utf-8")
    built(audio_builder, folder)
    return folder


def built(audio_builder, folder) -> str:
    """Build the session, and return what was said."""
    result = audio_builder("build", "evening", folder=folder)
    assert result.status == 0, result.err
    return result.out


def episode(teacher):
    return read_manifest(teacher / "output" / f"{NAME}.json")


def test_each_chapter_of_an_mp3_has_its_picture(teacher):
    tag = ID3(teacher / "output" / f"{NAME}.mp3")
    chapters = tag.getall("CHAP")
    assert [str(chapter.sub_frames["TIT2"]) for chapter in chapters] == ["Lie down", "Rest"]
    pictures = [chapter.sub_frames["APIC:"] for chapter in chapters]
    assert [picture.mime for picture in pictures] == ["image/png"] * 2
    assert pictures[0].data != pictures[1].data
    assert all(Image.open(BytesIO(picture.data)).width == 600 for picture in pictures)
    assert len(tag.getall("APIC")) == 1  # the cover, which apps show for the whole session


def test_the_library_has_the_pictures_that_the_chapters_name(teacher):
    chapters = json.loads((teacher / "output" / f"{NAME}.chapters.json").read_text("utf-8"))["chapters"]
    assert [chapter["img"] for chapter in chapters] == [one.picture for one in episode(teacher).chapters]
    assert all((teacher / "output" / chapter["img"]).is_file() for chapter in chapters)
    assert [one.alt for one in episode(teacher).chapters][1].startswith("A person lies on the back")


def test_a_damaged_picture_is_found_and_the_next_build_repairs_it(teacher, audio_builder):
    path = teacher / "output" / episode(teacher).chapters[0].picture
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    verified = audio_builder("library", "verify", folder=teacher)
    assert f"{path.name} is damaged or missing" in verified.out + verified.err
    assert verified.status == 1
    assert "unchanged" not in built(audio_builder, teacher)
    assert path.read_bytes() == content
    assert "unchanged" in built(audio_builder, teacher)
    assert audio_builder("library", "verify", folder=teacher).status == 0


@pytest.mark.parametrize("address", [f"media/{NAME}.chapters.json", "media/evening.chapters.json?length=6m"])
@pytest.mark.parametrize("token", ["", "token"])
def test_every_picture_can_be_fetched_where_the_chapters_say(teacher, cache, address, token):
    workspace = Workspace(ScriptFinder((teacher / "scripts",)), teacher / "output", cache)
    host = {"host": "0.0.0.0"} if token else {}
    with ready(app(workspace, access_policy("token", **host))) as server:
        secret = f"{'&' if '?' in address else '?'}token={token}" if token else ""
        chapters = ask(f"{server}/{address}{secret}").json()["chapters"]
        for chapter, recorded in zip(chapters, episode(teacher).chapters, strict=True):
            answer = ask(chapter["img"])
            assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
            assert answer.body == (teacher / "output" / recorded.picture).read_bytes()
        listed = ask(f"{server}/feed.xml?length=6m{f'&token={token}' if token else ''}").body.decode()
        shown = {part.partition('"')[0].replace("&amp;", "&") for part in listed.split('<img src="')[1:]}
        assert len(shown) == 2
        assert all(ask(one).status == 200 for one in shown)


def test_the_feed_the_json_the_mp3_and_the_manifest_have_the_same_chapters(teacher, audio_builder):
    """The voice is a test voice, so the show lists the session; of a published feed, all addresses are https."""
    show = teacher / "scripts" / "show.toml"
    text = show.read_text("utf-8")
    show.write_text(f'{text}[[episode]]\nname = "{NAME}"\n', "utf-8")
    try:
        options = ("publish", "web", "--base-url", "https://example.org/x")
        assert audio_builder(*options, folder=teacher).status == 0
    finally:
        show.write_text(text, "utf-8")
    feed = feedparser.parse((teacher / "web" / "feed.xml").read_bytes())
    listed = feed.entries[0].psc_chapters.chapters
    (written,) = (teacher / "web" / "media").glob("*.chapters.json")
    described = json.loads(written.read_text("utf-8"))["chapters"]
    tagged = ID3(teacher / "output" / f"{NAME}.mp3").getall("CHAP")
    recorded = episode(teacher).chapters
    starts = [chapter.start_ms for chapter in recorded]
    assert [chapter.start_parsed / timedelta(milliseconds=1) for chapter in listed] == starts
    assert [round(1000 * chapter["startTime"]) for chapter in described] == starts
    assert [chapter.start_time for chapter in tagged] == starts
    titles = [chapter.title for chapter in recorded]
    assert [chapter.title for chapter in listed] == [chapter["title"] for chapter in described] == titles
    assert [str(chapter.sub_frames["TIT2"]) for chapter in tagged] == titles
    images = [f"https://example.org/x/media/{chapter.picture}" for chapter in recorded]
    assert [chapter.image for chapter in listed] == [chapter["img"] for chapter in described] == images
    for chapter in recorded:
        published = Image.open(BytesIO((teacher / "web" / "media" / chapter.picture).read_bytes()))
        assert (published.format, published.size) == ("PNG", (1000, 1000))


@pytest.mark.parametrize("name", ["figure.0123456789ab.png", "figure.0123456789ab.jpg"])
@pytest.mark.parametrize("folder", ["media", "figures/evening"])
def test_a_picture_that_no_session_has_is_not_found(teacher, cache, folder, name):
    workspace = Workspace(ScriptFinder((teacher / "scripts",)), teacher / "output", cache)
    with ready(app(workspace, access_policy("token"))) as server:
        assert ask(f"{server}/{folder}/{name}").status == 404
