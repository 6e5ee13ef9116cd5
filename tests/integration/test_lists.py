"""Lists of feeds: what `feed --opml` writes and what the server gives, which a real reader imports."""

import hashlib
import os
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
from episodes import OPTIONS, add_to_library, make_episode
from lxml import etree
from servers import ask, needed, running

from audio_builder.library.manifest import ChapterRecord
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

SHOW = 'title = "Rest & \\"let go\\""\nauthor = "The floor"\ndescription = "D"\ncategories = ["Education"]\n'
TOKEN = "token"
PICTURE = f"figure.{hashlib.sha256(b'a picture').hexdigest()[:12]}.png"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("teacher")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "show.toml").write_text(SHOW + 'hub = "https://hub.example/"\n', "utf-8")
    chapters = (ChapterRecord(0, 1_200_000, "Rest", PICTURE, "On the back."),)
    mono = {"variant": "mono", "options": OPTIONS | {"quality": "mono"}}
    add_to_library(folder / "output", make_episode("evening-20m", chapters=chapters))
    evening = {"script": "evening", "id": "evening", "title": "Evening"}
    add_to_library(folder / "output", make_episode("evening-20m-mono", chapters=chapters, **mono, **evening))
    (folder / "output" / PICTURE).write_bytes(b"a picture")
    return Workspace(ScriptFinder((folder / "scripts",)), folder / "output", cache)


@pytest.fixture
def serve(workspace):
    """Return what runs a server with a policy."""
    return lambda *where, **how: running(app(workspace, access_policy(TOKEN, *where, **how)))


def outlines(content: bytes):
    root = etree.fromstring(content)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == 'Rest & "let go"'
    return [dict(outline.attrib) for outline in root.iterfind("body/outline")]


def imported(opml, home):
    """Import a list into newsboat, and return the addresses that it then has."""
    (home / ".newsboat").mkdir()
    (home / ".newsboat" / "urls").touch()
    environment = {**os.environ, "HOME": str(home)}
    environment.pop("XDG_CONFIG_HOME", None)
    command = [needed("newsboat"), "-i", str(opml)]
    finished = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return (home / ".newsboat" / "urls").read_text().split()


def test_a_list_of_the_published_feed_is_imported_by_a_reader(tmp_path, audio_builder):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    options = ("--base-url", "https://example.org/übung", "--opml", "podcast.opml")
    result = audio_builder("feed", *options, folder=tmp_path)
    assert result.status == 0, result.err
    assert result.out.splitlines()[-1] == "podcast.opml"
    feed = "https://example.org/%C3%BCbung/feed.xml"
    ((outline),) = outlines((tmp_path / "podcast.opml").read_bytes())
    assert (outline["type"], outline["xmlUrl"], outline["text"]) == ("rss", feed, 'Rest & "let go"')
    assert outline["htmlUrl"] == "https://example.org/%C3%BCbung/"
    assert imported(tmp_path / "podcast.opml", tmp_path) == [feed]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--as-of", "2100-01-01", "--opml", "a.opml"), 2, "--as-of is a preview"),
        (("--opml", "nowhere/a.opml"), 1, "Cannot write nowhere/a.opml"),
    ],
)
def test_a_list_that_cannot_be_written_is_an_error(options, status, message, tmp_path, audio_builder):
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    result = audio_builder("feed", "--base-url", "https://example.org/", *options, folder=tmp_path)
    assert result.status == status
    assert message in result.err
    assert not [*tmp_path.rglob("*.opml")]


def test_a_server_at_home_gives_a_list_whose_feed_can_be_fetched_with_the_token_that_it_was_asked_with(
    serve, tmp_path
):
    with serve("0.0.0.0") as address:
        assert ask(f"{address}/podcast.opml").status == 401
        answer = ask(f"{address}/podcast.opml?token={TOKEN}")
        assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
        assert answer.headers["cache-control"] == "private, no-cache"
        (outline,) = outlines(answer.body)
        assert outline["xmlUrl"] == f"{address}/feed.xml?token={TOKEN}"
        assert ask(outline["xmlUrl"]).status == 200
        (tmp_path / "list.opml").write_bytes(answer.body)
        assert imported(tmp_path / "list.opml", tmp_path) == [outline["xmlUrl"]]
        (outline,) = outlines(ask(f"{address}/podcast.opml", Authorization=f"Bearer {TOKEN}").body)
        assert outline["xmlUrl"] == f"{address}/feed.xml"


def test_a_list_has_the_options_of_its_feed_and_refuses_others(serve):
    with serve() as address:
        (outline,) = outlines(ask(f"{address}/podcast.opml?length=25m&variation=daily").body)
        assert parse_qs(urlsplit(outline["xmlUrl"]).query) == {"length": ["25m"], "variation": ["daily"]}
        assert ask(f"{address}/podcast.opml?length=soon").status == 400
        assert ask(f"{address}/podcast.opml?colour=red").status == 400
        page = ask(f"{address}/subscribe?length=25m").text
        assert 'href="/podcast.opml?length=25m"' in page


def test_the_subscribe_page_in_a_network_links_to_a_list_with_the_token(serve):
    with serve("0.0.0.0") as address:
        page = ask(f"{address}/subscribe", Cookie=f"audio-builder={TOKEN}").text
        assert f'href="/podcast.opml?token={TOKEN}"' in page


BLOCKED = {
    "{http://www.itunes.com/dtds/podcast-1.0.dtd}block": "Yes",
    "{https://podcastindex.org/namespace/1.0}block": "yes",
}


def blocks(content: bytes):
    channel = etree.fromstring(content).find("channel")
    return {name: channel.findtext(name) for name in BLOCKED if channel.find(name) is not None}


@pytest.mark.parametrize(
    ("where", "query", "blocked"),
    [
        ({}, "", True),
        ({"host": "0.0.0.0"}, f"?token={TOKEN}", True),
        ({"public": True}, "", False),
        ({"public": True}, f"?token={TOKEN}", True),
    ],
)
def test_only_what_anyone_may_hear_can_be_listed_by_directories(where, query, blocked, serve):
    with serve(**where) as address:
        feed = ask(f"{address}/feed.xml{query}").body
        assert blocks(feed) == (BLOCKED if blocked else {})
        assert b"hub.example" not in feed, "nothing notifies a hub of a served feed"
        assert ask(f"{address}/podcast.opml{query}").status == 200


def test_every_address_in_a_feed_at_home_has_the_token_that_it_was_asked_with(serve):
    with serve("0.0.0.0") as address:
        root = etree.fromstring(ask(f"{address}/feed.xml?token={TOKEN}").body)
        found = {
            (etree.QName(element).localname, value)
            for element in root.iter()
            for value in element.attrib.values()
            if value.startswith(address)
        }
        assert {"source", "chapter", "enclosure", "chapters", "image", "transcript"} <= {
            name for name, _ in found
        }
        for _, value in found:
            assert f"token={TOKEN}" in value
            assert ask(value).status == 200, value


def test_a_published_feed_can_be_listed_unless_the_show_says_otherwise(tmp_path, audio_builder):
    (tmp_path / "scripts").mkdir()
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    for more, blocked in (("", {}), ("block = true\n", BLOCKED)):
        (tmp_path / "scripts" / "show.toml").write_text(SHOW + more, "utf-8")
        result = audio_builder("publish", "web", "--base-url", "https://example.org/", folder=tmp_path)
        assert result.status == 0, result.err
        assert blocks((tmp_path / "web" / "feed.xml").read_bytes()) == blocked
        page = (tmp_path / "web" / "index.html").read_text("utf-8")
        assert ('<meta name="robots" content="noindex">' in page) == bool(blocked)
