"""Publishing to a folder and to a real S3 server: stopped at every step, and at the same time as another publisher."""

import dataclasses
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import obstore
import obstore.exceptions
import pytest
from episodes import add_to_library, make_episode
from lxml import etree
from msgspec.structs import replace as with_fields
from servers import KEYS, web_space

from audio_builder.errors import AudioBuilderError, PublishFailed
from audio_builder.library.manifest import ChapterRecord
from audio_builder.library.session_files import SIDECARS
from audio_builder.library.storage import file_digests, manifest_bytes
from audio_builder.podcast.edition import current_edition
from audio_builder.podcast.podcast import open_podcast
from audio_builder.podcast.publish.apply import apply_plan
from audio_builder.podcast.publish.destination import (
    Destination,
    PublishConflict,
    Upload,
    error_meaning,
)
from audio_builder.podcast.publish.plan import plan_publication
from audio_builder.podcast.publish.public_access import access_problems, public_content
from audio_builder.podcast.registry_changes import reissue, withdraw
from audio_builder.script.search import ScriptFinder

SHOW = 'title = "Lie down"\nauthor = "The floor"\ndescription = "S."\ncategories = ["Education"]\n'
DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)
EVENING = make_episode("evening-20m")
MORNING = make_episode("morning-10m", length_ms=600_000)
PUBLIC_FILES = 6
"""The number of files that each session has at a destination."""


@dataclasses.dataclass(frozen=True)
class Place:
    """A destination, and the address at which the public sees it."""

    destination: str
    url: str


@pytest.fixture
def folder_place(tmp_path):
    (tmp_path / "public").mkdir()
    with web_space(tmp_path / "public") as address:
        yield Place(str(tmp_path / "public"), address)


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path):
    if request.param == "folder":
        return request.getfixturevalue("folder_place")
    name = re.sub(r"\W+", "-", tmp_path.name)
    return Place(f"s3://psoas/{name}", f"{request.getfixturevalue('storage')}/psoas/{name}/")


@pytest.fixture
def teacher(tmp_path):
    """A folder with a show, and a library of one session."""
    folder = tmp_path / "teacher"
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    add_to_library(folder / "output", EVENING)
    return folder


def make_plan(teacher, place, day=0, withdrawing=None, prune=None):
    podcast = open_podcast(ScriptFinder((teacher / "scripts",)), teacher / "output", place.url)
    if withdrawing:
        podcast = withdraw(podcast, withdrawing)
    return plan_publication(podcast, Destination(place.destination), DAY + timedelta(days=day), prune)


def publish(teacher, place, progress=lambda *_: None, **options):
    """Publish, and return the plan that was carried out."""
    plan = make_plan(teacher, place, **options)
    apply_plan(plan, Destination(place.destination), progress)
    return plan


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read(), response.headers


def fetch_feed(place):
    return etree.fromstring(fetch(f"{place.url}feed.xml")[0])


def mp3_url(place):
    """Return the address of the first MP3 in the public feed."""
    return fetch_feed(place).find(".//enclosure").get("url")


def public_titles(place):
    """Return the titles in the public feed, after fetching every file that it names."""
    root = fetch_feed(place)
    for enclosure in root.iter("enclosure"):
        content, headers = fetch(enclosure.get("url"))
        assert len(content) == int(enclosure.get("length"))
        assert headers["Content-Type"] == "audio/mpeg"
    urls = {url for element in root.iter() for key, url in element.attrib.items() if key in ("url", "href")}
    for url in urls - {f"{place.url}feed.xml"}:
        fetch(url)
    return [title.text for title in root.findall("channel/item/title")]


def test_every_file_in_a_published_feed_exists_with_its_length(teacher, place):
    plan = publish(teacher, place)
    assert (len(plan.edition.entries), plan.unchanged, plan.notices) == (1, 0, ())
    assert public_titles(place) == ["Evening"]
    page = fetch(f"{place.url}index.html")[0].decode()
    assert re.search(r'src="media/evening-20m\.[0-9a-f]{12}\.mp3"', page)
    again = publish(teacher, place, day=1)
    assert (again.written, again.unchanged) == ((), PUBLIC_FILES)


def test_objects_have_their_content_types_and_cache_headers(teacher, storage):
    place = Place("s3://psoas/types", f"{storage}/psoas/types/")
    publish(teacher, place)
    urls = fetch_feed(place).xpath("//@url[contains(., '/media/')]")
    assert {fetch(url)[1]["Content-Type"] for url in urls} == {
        "audio/mpeg", "text/vtt; charset=utf-8", "application/x-subrip; charset=utf-8", "text/plain; charset=utf-8",
        "application/json+chapters",
    }  # fmt: skip
    assert "immutable" in fetch(mp3_url(place))[1]["Cache-Control"]
    headers = fetch(f"{place.url}feed.xml")[1]
    assert headers["Cache-Control"] == "public, max-age=300"
    assert headers["Content-Type"] == "application/rss+xml; charset=utf-8"


def test_an_edited_session_gets_a_new_file_name_and_the_old_file_stays(teacher, place):
    publish(teacher, place)
    old = mp3_url(place)
    before = fetch(old)[0]
    add_to_library(teacher / "output", EVENING, b"edited")
    assert any("has changed" in notice for notice in publish(teacher, place, day=1).notices)
    assert public_titles(place) == ["Evening"]
    assert mp3_url(place) != old
    assert fetch(old)[0] == before


class Killed(BaseException):
    """Like a signal, it is not an error that anything handles."""


@contextmanager
def killed_after(writes: int):
    """Allow a number of writes and deletions at the destination, then stop the publisher instead of the next one."""
    allowed = iter(range(writes))

    def limited(function):
        def call(*arguments, **options):
            if next(allowed, None) is None:
                raise Killed
            return function(*arguments, **options)

        return call

    names = ("put", "put_if_unchanged", "delete")
    with patch.multiple(Destination, **{name: limited(getattr(Destination, name)) for name in names}):
        yield


def test_a_publisher_stopped_at_every_step_leaves_a_complete_feed(teacher, place):
    publish(teacher, place)
    add_to_library(teacher / "output", make_episode("evening-20m", title="Late evening"), b"edited")
    add_to_library(teacher / "output", MORNING)
    for step in range(60):
        try:
            with killed_after(1 if step else 0):
                publish(teacher, place, day=1)
        except Killed:
            assert public_titles(place) in (["Evening"], ["Morning", "Late evening"])
        else:
            break
    assert step >= 10
    assert public_titles(place) == ["Morning", "Late evening"]
    assert make_plan(teacher, place, day=1).written == ()


KILLED_BEFORE_THE_FEED = """
import os, signal
replace = os.replace
def replace_unless_feed(source, target, **options):
    if str(target).endswith("feed.xml"):
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(source, target, **options)
os.replace = replace_unless_feed
from audio_builder.cli.main import main
main()
"""


def test_a_killed_publisher_leaves_no_lock_behind(teacher, folder_place):
    """It is killed while it holds the lock of the folder, just before it replaces the feed."""
    command = ["publish", folder_place.destination, "--base-url", folder_place.url]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_THE_FEED, *command],
        cwd=teacher,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not Path(folder_place.destination, "feed.xml").exists()
    plan = publish(teacher, folder_place, day=(datetime.now(UTC) - DAY).days + 1)
    assert plan.unchanged == PUBLIC_FILES
    assert public_titles(folder_place) == ["Evening"]


def test_two_publishers_at_once_cannot_undo_each_other(teacher, place):
    publish(teacher, place)
    add_to_library(teacher / "output", MORNING)
    add_to_library(teacher / "output", make_episode("noon-10m", length_ms=600_000))
    published = []

    def publish_in_between(*_):
        if not published:  # while the first publisher uploads, another one publishes
            published.append(True)
            add_to_library(teacher / "output", make_episode("night-10m", length_ms=600_000))
            publish(teacher, place, day=1)

    with pytest.raises(PublishConflict, match="Another publisher wrote to"):
        publish(teacher, place, day=1, progress=publish_in_between)
    assert set(public_titles(place)) == {"Evening", "Morning", "Noon", "Night"}
    publish(teacher, place, day=2)
    assert set(public_titles(place)) == {"Evening", "Morning", "Noon", "Night"}


# The tests from here to the page of the author's own are about what is read before anything is written, which is the
# same code for a folder and for S3.


def test_episodes_published_from_another_computer_are_not_lost(teacher, folder_place):
    registry = teacher / "scripts" / "episodes.toml"
    publish(teacher, folder_place)
    ours = registry.read_text("utf-8")
    add_to_library(teacher / "output", MORNING)
    publish(teacher, folder_place, day=1)
    theirs = registry.read_text("utf-8")
    registry.write_text(ours, "utf-8")
    (teacher / "output" / "morning-10m.json").unlink()
    with pytest.raises(PublishFailed, match=r"1 episode that your episodes\.toml does not know \(Morning\)"):
        publish(teacher, folder_place, day=2)
    assert len(public_titles(folder_place)) == 2
    registry.write_text(theirs, "utf-8")
    publish(teacher, folder_place, day=2)
    assert public_titles(folder_place) == ["Evening"]


def test_another_show_is_not_overwritten(teacher, folder_place):
    publish(teacher, folder_place)
    (teacher / "scripts" / "episodes.toml").unlink()
    guid = 'guid = "00000000-0000-5000-8000-000000000000"\n'
    (teacher / "scripts" / "show.toml").write_text(f"{SHOW}{guid}", "utf-8")
    with pytest.raises(PublishFailed, match="Another show is at"):
        publish(teacher, folder_place)


def test_a_lost_registry_is_noticed_before_it_does_harm(teacher, folder_place):
    """A guid follows from the script, so without this check an episode would come back with another date, or although
    it was withdrawn."""
    publish(teacher, folder_place)
    (teacher / "scripts" / "episodes.toml").unlink()
    with pytest.raises(PublishFailed, match=r"1 episode that your episodes\.toml does not know \(Evening\)"):
        publish(teacher, folder_place, day=1)
    assert not (teacher / "scripts" / "episodes.toml").exists()


def test_an_empty_library_does_not_empty_the_feed(teacher, folder_place):
    add_to_library(teacher / "output", MORNING)
    publish(teacher, folder_place)
    for path in (teacher / "output").iterdir():
        path.rename(teacher / path.name)
    with pytest.raises(
        PublishFailed, match=r"has 2 episodes, but this library has none\. Build them, or give --out"
    ):
        publish(teacher, folder_place, day=1)
    assert public_titles(folder_place) == ["Morning", "Evening"]
    for path in teacher.glob("evening-20m*"):
        path.rename(teacher / "output" / path.name)
    assert publish(teacher, folder_place, day=1).notices == ("Morning is no longer in the feed",)
    publish(teacher, folder_place, day=2, withdrawing="evening-20m")
    assert public_titles(folder_place) == []


def test_nothing_can_be_withdrawn_from_a_place_without_a_feed(teacher, folder_place):
    publish(teacher, folder_place)
    elsewhere = Place(f"{folder_place.destination}-elsewhere", folder_place.url)
    with pytest.raises(PublishFailed, match=r"Found no feed at .*-elsewhere to withdraw evening-20m from"):
        publish(teacher, elsewhere, withdrawing="evening-20m")
    assert not Path(elsewhere.destination).exists()


@pytest.mark.parametrize("suffix", [".mp3", ".vtt", ".srt", ".txt", ".chapters.json", ".jpg", ".json"])
def test_a_session_of_which_any_file_was_changed_is_not_published(suffix, teacher, folder_place):
    """The manifest records every file, as that of a build does. A changed manifest is one that cannot be read."""
    out = teacher / "output"
    episode = add_to_library(out, EVENING)
    name = episode.name
    files = {file.suffix: (out / f"{name}{file.suffix}").read_bytes() for file in SIDECARS}
    digests = file_digests({one: content for one, content in files.items() if one != ".json"})
    (out / f"{name}.json").write_bytes(manifest_bytes(with_fields(episode, files=digests)))
    changed = out / f"{name}{suffix}"
    changed.write_bytes(changed.read_bytes()[:-2] + b"!!")
    with pytest.raises(PublishFailed, match=f"{changed.name} (is damaged|was changed)"):
        publish(teacher, folder_place)


def test_chapter_pictures_are_published_at_full_addresses(teacher, place):
    picture = b"a picture"
    name = f"figure.{hashlib.sha256(picture).hexdigest()[:12]}.png"
    out = teacher / "output"
    chapters = (ChapterRecord(0, 1_200_000, "Rest", name, "On the back."),)
    add_to_library(out, with_fields(EVENING, chapters=chapters))
    with pytest.raises(PublishFailed, match=f"{name} is damaged or missing. Build evening-20m again."):
        publish(teacher, place)
    (out / name).write_bytes(picture)
    publish(teacher, place)
    item = fetch_feed(place).find("channel/item")
    listed = item.find("{https://podcastindex.org/namespace/1.0}chapters").get("url")
    (chapter,) = json.loads(fetch(listed)[0])["chapters"]
    content, headers = fetch(chapter["img"])
    assert (content, headers["Content-Type"]) == (picture, "image/png")
    notes = item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")
    assert f'<img src="{chapter["img"]}" alt="On the back."' in notes
    assert publish(teacher, place).written == ()


def test_a_feed_that_is_not_a_feed_is_not_overwritten(teacher, folder_place):
    Path(folder_place.destination, "feed.xml").write_text("not a feed", "utf-8")
    with pytest.raises(PublishFailed, match=r"feed\.xml at .* is not the feed of a podcast"):
        publish(teacher, folder_place)


def test_the_feed_of_another_kind_of_site_is_not_overwritten(teacher, folder_place):
    blog = Path(folder_place.destination) / "feed.xml"
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title></feed>'
    blog.write_text(atom, "utf-8")
    with pytest.raises(PublishFailed, match="not the feed of a podcast"):
        publish(teacher, folder_place)
    assert blog.read_text("utf-8") == atom


def test_a_page_that_the_author_has_changed_stays(teacher, folder_place):
    publish(teacher, folder_place)
    page = Path(folder_place.destination) / "index.html"
    page.write_bytes(page.read_bytes() + b"<!-- mine -->")
    changed = page.read_bytes()
    add_to_library(teacher / "output", MORNING)
    plan = publish(teacher, folder_place, day=1)
    assert any("index.html" in notice and "your own" in notice for notice in plan.notices)
    assert page.read_bytes() == changed
    page.unlink()
    publish(teacher, folder_place, day=1)
    assert b"Morning" in page.read_bytes()


def test_a_run_whose_registry_is_out_of_date_publishes_nothing(teacher, folder_place):
    """While one command waits at its question, another one may publish."""
    publish(teacher, folder_place)
    waiting = make_plan(teacher, folder_place, day=1)
    waiting = dataclasses.replace(
        waiting,
        edition=dataclasses.replace(
            waiting.edition, registry=with_fields(waiting.edition.registry, content="x")
        ),
    )
    add_to_library(teacher / "output", MORNING)
    publish(teacher, folder_place, day=1)
    registry = (teacher / "scripts" / "episodes.toml").read_bytes()
    with pytest.raises(PublishConflict, match="changed by another command"):
        apply_plan(waiting, Destination(folder_place.destination), lambda *_: None)
    assert (teacher / "scripts" / "episodes.toml").read_bytes() == registry
    assert sorted(public_titles(folder_place)) == ["Evening", "Morning"]


def test_no_address_has_a_plus_in_its_path_because_object_storage_reads_it_as_a_space(teacher, place):
    add_to_library(
        teacher / "output", make_episode("soft-20m-ambience+3dB", script="soft", variant="ambience+3dB")
    )
    publish(teacher, place)
    feed, page = (fetch(f"{place.url}{name}")[0].decode() for name in ("feed.xml", "index.html"))
    found = re.findall(r'(?:url|href|src)="([^"?]*soft[^"?]*)"', feed + page)
    assert len(found) > 4
    assert all("+" not in address and "%2B" in address for address in found), found
    for address in found:
        fetch(address if address.startswith("http") else f"{place.url}{address}")


def test_a_session_that_show_toml_lists_and_the_library_lacks_is_named(teacher, folder_place):
    with (teacher / "scripts" / "show.toml").open("a", encoding="utf-8") as show:
        show.write('[[episode]]\nname = "gone-20m"\n')
    with pytest.raises(AudioBuilderError, match=r'show.toml lists "gone-20m", which is not in .*remove its'):
        make_plan(teacher, folder_place)


def test_a_session_that_was_reissued_is_new_even_if_show_toml_dates_it(teacher, folder_place):
    with (teacher / "scripts" / "show.toml").open("a", encoding="utf-8") as show:
        show.write('[[episode]]\nname = "evening-20m"\ndate = 2026-02-01\n')
    publish(teacher, folder_place)
    now = DAY + timedelta(days=9)
    podcast = open_podcast(ScriptFinder((teacher / "scripts",)), teacher / "output", folder_place.url)
    assert [entry.date for entry in current_edition(podcast, now).entries] == [
        datetime(2026, 2, 1, tzinfo=UTC)
    ]
    again = reissue(podcast, "evening-20m", now)
    assert [entry.date for entry in current_edition(again, now).entries] == [now]


def test_what_another_publisher_has_deleted_already_is_no_error(place):
    destination = Destination(place.destination)
    destination.put(Upload("old.txt", b"old", "text/plain", ""))
    destination.delete(["gone.txt", "old.txt", "gone.txt"])
    assert destination.objects() == {}


def test_a_page_of_the_authors_own_stays(teacher, place):
    content = b"<h1>My studio</h1>"
    Destination(place.destination).put(Upload("index.html", content, "text/html", ""))
    plan = publish(teacher, place)
    assert plan.notices == (f"The index.html at {place.destination} is your own and was left as it is",)
    assert fetch(f"{place.url}index.html")[0] == content
    assert public_titles(place) == ["Evening"]


def test_an_earlier_htaccess_is_replaced_and_the_authors_own_stays(teacher, folder_place):
    publish(teacher, folder_place)
    current = fetch(f"{folder_place.url}.htaccess")[0]
    mark = current[: current.index(b"\n") + 1]
    for before, after in (
        (mark + b"AddType audio/mpeg .mp3\n", current),
        (b"Deny from all\n", b"Deny from all\n"),
    ):
        Destination(folder_place.destination).put(Upload(".htaccess", before, "text/plain", ""))
        publish(teacher, folder_place)
        assert fetch(f"{folder_place.url}.htaccess")[0] == after


def test_the_example_show_cannot_be_published(audio_builder, tmp_path):
    add_to_library(tmp_path / "output", EVENING)
    result = audio_builder("publish", "public", "--base-url", "https://example.org/", folder=tmp_path)
    assert result.status == 1
    assert "No show.toml next to your scripts, so this would be published as Psoas release" in result.err


def test_withdraw_and_prune_delete_only_files_that_no_feed_uses(teacher, place):
    add_to_library(teacher / "output", MORNING)
    publish(teacher, place)
    urls = {enclosure.get("url") for enclosure in fetch_feed(place).iter("enclosure")}
    (morning,) = (url for url in urls if "morning" in url)
    plan = publish(teacher, place, day=1, withdrawing="morning-10m")
    assert len(plan.deletions) == PUBLIC_FILES
    assert public_titles(place) == ["Evening"]
    with pytest.raises(urllib.error.HTTPError):
        fetch(morning)
    assert any("was withdrawn" in notice for notice in publish(teacher, place, day=1).notices)
    add_to_library(teacher / "output", EVENING, b"edited")
    publish(teacher, place, day=2)
    assert publish(teacher, place, day=2, prune=timedelta(days=90)).deletions == ()
    # files have the modification date of today
    long_after = (datetime.now(UTC) - DAY).days + 91
    plan = publish(teacher, place, day=long_after, prune=timedelta(days=90))
    assert [name for name in plan.deletions if name.endswith(".mp3")]
    assert public_titles(place) == ["Evening"]


def test_a_plan_changes_nothing(teacher, place):
    plan = make_plan(teacher, place)
    assert "feed.xml" in plan.written
    assert Destination(place.destination).objects() == {}
    assert not (teacher / "scripts" / "episodes.toml").exists()
    publish(teacher, place)
    before = Destination(place.destination).objects()
    assert len(make_plan(teacher, place, day=1, withdrawing="evening-20m").deletions) == PUBLIC_FILES
    assert Destination(place.destination).objects() == before


def test_a_dry_run_does_not_create_the_folder(teacher, audio_builder):
    options = ("--base-url", "https://example.org/", "--dry-run", "--json")
    result = audio_builder("publish", "public", *options, folder=teacher)
    assert result.status == 0, result.err
    assert json.loads(result.out)["written"][-1] == "feed.xml"
    assert not (teacher / "public").exists()
    assert not (teacher / "scripts" / "episodes.toml").exists()


def test_a_damaged_session_is_not_published(teacher, folder_place):
    (teacher / "output" / "evening-20m.mp3").write_bytes(b"broken!")
    with pytest.raises(PublishFailed, match=r"evening-20m\.mp3 is damaged or missing\. Build it again"):
        publish(teacher, folder_place)
    (teacher / "output" / "evening-20m.mp3").unlink()
    with pytest.raises(PublishFailed, match=r"evening-20m\.mp3 is damaged or missing\. Build it again"):
        publish(teacher, folder_place)
    add_to_library(teacher / "output", EVENING)
    (teacher / "output" / "evening-20m.vtt").unlink()
    with pytest.raises(PublishFailed, match=r"evening-20m\.vtt: .*Build evening-20m again"):
        publish(teacher, folder_place)
    assert Destination(folder_place.destination).objects() == {}


@pytest.mark.parametrize(
    ("where", "environment", "message"),
    [
        (
            "s3://psoas/x",
            {"AWS_SECRET_ACCESS_KEY": "very-wrong"},
            r"refuses these keys; set AWS_ACCESS_KEY_ID",
        ),
        ("s3://psoas/x", {"AWS_ENDPOINT": "http://127.0.0.1:9"}, "no connection"),
        ("ftp://psoas", {}, 'Invalid destination "ftp://psoas": give a folder, s3://'),
        ("s3://", {}, "Invalid destination"),
        ("s3:/psoas/x", {}, "Invalid destination"),
        ("", {}, "Invalid destination"),
        ("output", {}, "holds your scripts or sessions"),
        ("scripts", {}, "holds your scripts or sessions"),
        ("/proc/nothing", {}, "choose a folder that you may write to"),
        ("teacher-file", {}, "is a file. Choose a folder"),
    ],
)
def test_an_unusable_destination_is_an_error_that_shows_no_keys(
    where, environment, message, teacher, storage, audio_builder
):
    (teacher / "teacher-file").write_text("x")
    result = audio_builder("publish", where, "--base-url", storage, folder=teacher, **environment)
    assert result.status == 1, result
    assert re.search(message, result.err), result.err
    assert not (teacher / "scripts" / "episodes.toml").exists()
    for secret in (*KEYS.values(), *environment.values()):
        if not secret.startswith("http"):
            assert secret not in result.err + result.out


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("after 10 retries, retry timeout: 180s, elapsed 4.403s: error sending request", "no connection"),
        ("Client error with status 403 Forbidden: not here", "access denied"),
    ],
)
def test_an_error_is_recognised_by_its_words_and_not_by_numbers_in_it(text, meaning):
    assert error_meaning(obstore.exceptions.GenericError(text)) == meaning


def test_what_the_public_cannot_fetch_is_reported_after_publishing(
    teacher, storage, folder_place, audio_builder
):
    place = Place("s3://psoas/open", f"{storage}/psoas/open/")
    result = audio_builder("publish", place.destination, "--base-url", place.url, folder=teacher)
    assert (result.status, result.err) == (0, "")
    (teacher / "scripts" / "episodes.toml").unlink()
    result = audio_builder("publish", "s3://psoas/closed", "--base-url", f"{storage}/nowhere", folder=teacher)
    assert result.status == 0
    assert "/nowhere/feed.xml cannot be fetched (" in result.err
    assert "correct base_url" in result.err
    (teacher / "scripts" / "episodes.toml").unlink()
    publish(teacher, folder_place)  # a plain web server allows no other page to read its files
    assert [*access_problems(f"{folder_place.url}feed.xml")] == [
        "Players on other web pages cannot read transcripts and chapters: allow CORS, see docs/podcast.md"
    ]


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (b"nonsense\r\n\r\n", None),
        (b"", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n<x", b"<x"),
        (b"HTTP/1.1 302 Found\r\nLocation: gopher://nowhere/\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", None),
    ],
    ids=["nonsense", "nothing", "cut short", "broken chunks", "no feed", "another protocol", "many headers"],
)
def test_whatever_a_web_server_answers_is_a_notice_and_no_error(answer, content):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/feed.xml"

        def serve():
            for _ in range(2):
                connection = listener.accept()[0]
                with connection:
                    connection.recv(10_000)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert public_content(address) == content
        (problem,) = access_problems(address)
        thread.join(30)
    assert problem.startswith(f"{address} cannot be fetched (")


def test_a_session_that_was_deleted_from_the_library_can_still_be_withdrawn(teacher, folder_place):
    add_to_library(teacher / "output", MORNING)
    publish(teacher, folder_place)
    for path in (teacher / "output").glob("morning-10m*"):
        path.unlink()
    plan = publish(teacher, folder_place, day=1, withdrawing="morning-10m")
    assert len(plan.deletions) == PUBLIC_FILES
    assert public_titles(folder_place) == ["Evening"]
    with pytest.raises(AudioBuilderError, match='No session named "mornin-10m"'):
        publish(teacher, folder_place, withdrawing="mornin-10m")


def test_the_command_asks_before_it_deletes(teacher, audio_builder):
    options = ("public", "--base-url", "https://example.org/")
    media = Path(teacher, "public", "media")
    assert json.loads(audio_builder("publish", *options, "--json", folder=teacher).out)["episodes"] == 1
    without_answer = audio_builder("publish", *options, "--withdraw", "evening-20m", folder=teacher)
    assert without_answer.status == 1
    assert "Nothing was changed. There is no terminal to ask on: add --yes." in without_answer.err
    assert "Withdraw evening-20m for good and delete 6 files at public?" in without_answer.err
    assert len(list(media.iterdir())) == PUBLIC_FILES
    result = audio_builder("publish", *options, "--withdraw", "evening-20m", "--yes", folder=teacher)
    assert result.status == 0, result.err
    assert not list(media.iterdir())


def test_no_leaves_everything_as_it_is_and_nothing_to_delete_is_no_question(teacher, audio_builder):
    public, url = teacher / "public", "https://example.org/"
    publish(teacher, Place(str(public), url))
    add_to_library(teacher / "output", EVENING, b"edited")
    publish(teacher, Place(str(public), url))
    for path in public.glob("media/*"):
        os.utime(path, (DAY.timestamp(), DAY.timestamp()))
    before = {*public.rglob("*")}
    prune = ("publish", "public", "--base-url", url, "--prune", "1d")
    refused = audio_builder(*prune, folder=teacher, said="n\n")
    assert (refused.status, refused.err.splitlines()[-1][-19:]) == (1, "Nothing was changed")
    assert "Delete 1 file at public?" in refused.err
    assert {*public.rglob("*")} == before
    assert audio_builder(*prune, folder=teacher, said="y\n").status == 0
    (deleted,) = before - {*public.rglob("*")}
    assert deleted.suffix == ".mp3"
    again = audio_builder(*prune, folder=teacher)
    assert (again.status, again.err) == (0, "")


@pytest.mark.parametrize("options", [("--prune", "soon"), ("--as-of", "2020-01-01"), ("--as-of", "soon")])
def test_wrong_options_are_a_usage_error(options, teacher, audio_builder):
    result = audio_builder("publish", "public", *options, folder=teacher)
    assert result.status == 2
    assert not (teacher / "public").exists()
