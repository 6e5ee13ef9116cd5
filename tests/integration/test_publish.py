"""Publishing: to a folder and to a real S3 server, stopped at every step, and against another publisher."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore.exceptions
import pytest
from episodes import episode, put
from lxml import etree
from servers import KEYS, s3, web_space

from audio_builder.errors import AudioBuilderError, PublishFailed
from audio_builder.podcast import podcast
from audio_builder.podcast.publish.public import trouble
from audio_builder.podcast.publish.publish import publish
from audio_builder.podcast.publish.store import Conflict, Destination, _told
from audio_builder.script.search import ScriptFinder

SHOW = 'title = "Lie down"\nauthor = "The floor"\ndescription = "S."\ncategories = ["Education"]\n'
DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    with s3(tmp_path_factory.mktemp("s3")) as (address, environment), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield address


@pytest.fixture(params=["folder", "s3"])
def location(request, tmp_path):
    """A destination, and the address at which the public sees it."""
    name = re.sub(r"\W+", "-", tmp_path.name)
    if request.param == "s3":
        yield f"s3://psoas/{name}", f"{request.getfixturevalue('storage')}/psoas/{name}/"
    else:
        (tmp_path / "public").mkdir()
        with web_space(tmp_path / "public") as address:
            yield str(tmp_path / "public"), address


@pytest.fixture
def teacher(tmp_path):
    folder = tmp_path / "teacher"
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    put(folder / "output", episode("evening-20m"))
    return folder


def publishing(teacher, location, day=0, **more):
    opened = podcast.open_podcast(ScriptFinder((teacher / "scripts",)), teacher / "output", location[1])
    if more.get("withdrawn"):
        opened = podcast.withdrawn(opened, more["withdrawn"])
    now = DAY + timedelta(days=day)
    return publish(opened, Destination(location[0]), now, more.pop("watch", lambda *_: None), **more)


def get(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read(), answer.headers


def public(location):
    """The titles of the public feed, after every file that it names was fetched and weighed."""
    root = etree.fromstring(get(f"{location[1]}feed.xml")[0])
    for enclosure in root.iter("enclosure"):
        content, headers = get(enclosure.get("url"))
        assert len(content) == int(enclosure.get("length"))
        assert headers["Content-Type"] == "audio/mpeg"
    named = {url for e in root.iter() for key, url in e.attrib.items() if key in ("url", "href")}
    for url in named - {f"{location[1]}feed.xml"}:
        get(url)
    return [title.text for title in root.findall("channel/item/title")]


def test_a_published_feed_names_only_what_is_there_with_its_length(teacher, location):
    done = publishing(teacher, location)
    assert (done.episodes, done.kept, done.notices) == (1, 0, ())
    assert public(location) == ["Evening"]
    page = get(f"{location[1]}index.html")[0].decode()
    assert re.search(r'src="media/evening-20m\.[0-9a-f]{12}\.mp3"', page)
    again = publishing(teacher, location, day=1)
    assert (again.written, again.kept) == ((), 6)


def test_objects_have_their_types_and_cache_headers(teacher, storage):
    location = "s3://psoas/types", f"{storage}/psoas/types/"
    publishing(teacher, location)
    root = etree.fromstring(get(f"{location[1]}feed.xml")[0])
    kinds = {get(url)[1]["Content-Type"] for url in root.xpath("//@url[contains(., '/media/')]")}
    assert kinds == {
        "audio/mpeg", "text/vtt; charset=utf-8", "application/x-subrip; charset=utf-8", "text/plain; charset=utf-8",
        "application/json+chapters",
    }  # fmt: skip
    assert "immutable" in get(root.find(".//enclosure").get("url"))[1]["Cache-Control"]
    headers = get(f"{location[1]}feed.xml")[1]
    assert headers["Cache-Control"] == "public, max-age=300"
    assert headers["Content-Type"] == "application/rss+xml; charset=utf-8"


def test_names_are_never_used_again(teacher, location):
    publishing(teacher, location)
    old = etree.fromstring(get(f"{location[1]}feed.xml")[0]).find(".//enclosure").get("url")
    before = get(old)[0]
    put(teacher / "output", episode("evening-20m"), b"edited")
    assert any("was changed" in notice for notice in publishing(teacher, location, day=1).notices)
    assert public(location) == ["Evening"]
    new = etree.fromstring(get(f"{location[1]}feed.xml")[0]).find(".//enclosure").get("url")
    assert new != old
    assert get(old)[0] == before


KILLED = """
import os, sys
import obstore
left = int(sys.argv.pop(1))
def dying(function):
    def counted(*arguments, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return function(*arguments, **more)
    return counted
obstore.put, obstore.delete = dying(obstore.put), dying(obstore.delete)
from audio_builder.cli.main import main
main()
"""
"""`audio-builder`, killed at the first writing step after so many."""


def test_a_publisher_killed_at_every_step_leaves_a_whole_feed(teacher, location):
    publishing(teacher, location)
    put(teacher / "output", episode("evening-20m", title="Late evening"), b"edited")
    put(teacher / "output", episode("morning-10m", length_ms=600_000))
    command = ["publish", location[0], "--base-url", location[1]]
    for steps in range(60):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, "1" if steps else "0", *command],
            cwd=teacher,
            env={**os.environ, "PYTHONWARNINGS": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        titles = public(location)
        assert titles in (["Evening"], ["Morning", "Late evening"])
        if killed.returncode == 0:
            break
        assert killed.returncode == 9, killed.stderr
    else:
        raise AssertionError("it never came to an end")
    assert steps >= 10
    assert titles == ["Morning", "Late evening"]
    assert publishing(teacher, location, day=(datetime.now(UTC) - DAY).days + 1).written == ()


def test_two_publishers_cannot_undo_each_other(teacher, location):
    publishing(teacher, location)
    put(teacher / "output", episode("morning-10m", length_ms=600_000))
    put(teacher / "output", episode("noon-10m", length_ms=600_000))
    seen = []

    def other(*_):
        if not seen:  # while the first one works, another puts up a third feed
            seen.append(True)
            put(teacher / "output", episode("night-10m", length_ms=600_000))
            publishing(teacher, location, day=1)

    with pytest.raises(Conflict, match="somebody else published"):
        publishing(teacher, location, day=1, watch=other)
    assert set(public(location)) == {"Evening", "Morning", "Noon", "Night"}
    publishing(teacher, location, day=2)
    assert set(public(location)) == {"Evening", "Morning", "Noon", "Night"}


def test_what_another_computer_published_is_not_lost(teacher, location):
    publishing(teacher, location)
    here = (teacher / "scripts" / "episodes.toml").read_text("utf-8")
    put(teacher / "output", episode("morning-10m", length_ms=600_000))
    publishing(teacher, location, day=1)
    there = (teacher / "scripts" / "episodes.toml").read_text("utf-8")
    (teacher / "scripts" / "episodes.toml").write_text(here, "utf-8")
    (teacher / "output" / "morning-10m.json").unlink()
    with pytest.raises(
        PublishFailed, match=r"1 episodes? that your episodes\.toml does not know \(Morning\)"
    ):
        publishing(teacher, location, day=2)
    assert len(public(location)) == 2
    (teacher / "scripts" / "episodes.toml").write_text(there.replace("guid", "guid", 1), "utf-8")
    publishing(teacher, location, day=2)
    assert public(location) == ["Evening"]


def test_another_show_is_not_overwritten(teacher, location):
    publishing(teacher, location)
    (teacher / "scripts" / "episodes.toml").unlink()
    (teacher / "scripts" / "show.toml").write_text(
        f'{SHOW}guid = "00000000-0000-5000-8000-000000000000"\n', "utf-8"
    )
    with pytest.raises(PublishFailed, match="another show stands at"):
        publishing(teacher, location)


def test_a_lost_ledger_is_noticed_before_it_does_harm(teacher, location):
    """A guid follows from the script, so the same episode would come back with another date, or out of its grave."""
    publishing(teacher, location)
    (teacher / "scripts" / "episodes.toml").unlink()
    with pytest.raises(PublishFailed, match=r"1 episode that your episodes\.toml does not know \(Evening\)"):
        publishing(teacher, location, day=1)
    assert not (teacher / "scripts" / "episodes.toml").exists()


def test_a_library_without_sessions_takes_nothing_off_the_air(teacher, location):
    put(teacher / "output", episode("morning-10m", length_ms=600_000))
    publishing(teacher, location)
    for path in (teacher / "output").iterdir():
        path.rename(teacher / path.name)
    with pytest.raises(
        PublishFailed, match="has 2 episodes, and this library none; build them or give --out"
    ):
        publishing(teacher, location, day=1)
    assert public(location) == ["Morning", "Evening"]
    for path in teacher.glob("evening-20m*"):
        path.rename(teacher / "output" / path.name)
    assert publishing(teacher, location, day=1).notices == ("Morning is in the feed no longer",)
    publishing(teacher, location, day=2, withdrawn="evening-20m")
    assert public(location) == []


def test_a_page_of_the_authors_own_stays(teacher, location):
    Destination(location[0]).put("index.html", b"<h1>My studio</h1>", "text/html", "")
    done = publishing(teacher, location)
    assert done.notices == (f"the index.html at {location[0]} is your own, and was left as it is",)
    assert get(f"{location[1]}index.html")[0] == b"<h1>My studio</h1>"
    assert public(location) == ["Evening"]


def test_nothing_is_withdrawn_where_nothing_is(teacher, location):
    publishing(teacher, location)
    other = f"{location[0]}-elsewhere", location[1]
    with pytest.raises(PublishFailed, match=r"there is no feed at .*-elsewhere to withdraw evening-20m from"):
        publishing(teacher, other, withdrawn="evening-20m")
    assert Destination(other[0]).objects() == {}


def test_the_programs_own_show_is_not_published_for_somebody(audio_builder, tmp_path):
    put(tmp_path / "output", episode("evening-20m"))
    ran = audio_builder("publish", "public", "--base-url", "https://example.org/", folder=tmp_path)
    assert ran.status == 1
    assert "there is no show.toml beside your scripts, and this would go out as Psoas release" in ran.err


def test_withdraw_and_prune_delete_only_what_no_feed_names(teacher, location):
    put(teacher / "output", episode("morning-10m", length_ms=600_000))
    publishing(teacher, location)
    urls = {e.get("url") for e in etree.fromstring(get(f"{location[1]}feed.xml")[0]).iter("enclosure")}
    (morning,) = (url for url in urls if "morning" in url)
    assert publishing(teacher, location, day=1, withdrawn="morning-10m", dry_run=True).deleted
    assert len(public(location)) == 2
    done = publishing(teacher, location, day=1, withdrawn="morning-10m")
    assert len(done.deleted) == 6
    assert public(location) == ["Evening"]
    with pytest.raises(urllib.error.HTTPError):
        get(morning)
    assert any("was withdrawn" in notice for notice in publishing(teacher, location, day=1).notices)
    put(teacher / "output", episode("evening-20m"), b"edited")
    publishing(teacher, location, day=2)
    long_after = (datetime.now(UTC) - DAY).days + 91
    assert publishing(teacher, location, day=2, prune=timedelta(days=90)).deleted == ()
    done = publishing(teacher, location, day=long_after, prune=timedelta(days=90))
    assert [name for name in done.deleted if name.endswith(".mp3")]
    assert public(location) == ["Evening"]


def test_a_dry_run_changes_nothing(teacher, location):
    done = publishing(teacher, location, dry_run=True)
    assert "feed.xml" in done.written
    assert Destination(location[0]).objects() == {}
    assert not (teacher / "scripts" / "episodes.toml").exists()


def test_a_damaged_session_does_not_go_out(teacher, location):
    (teacher / "output" / "evening-20m.mp3").write_bytes(b"broken!")
    with pytest.raises(PublishFailed, match=r"evening-20m\.mp3 is damaged or gone; build it again"):
        publishing(teacher, location)
    assert Destination(location[0]).objects() == {}


@pytest.mark.parametrize(
    ("where", "environment", "said"),
    [
        (
            "s3://psoas/x",
            {"AWS_SECRET_ACCESS_KEY": "very-wrong"},
            "refuses these keys; set AWS_ACCESS_KEY_ID",
        ),
        ("s3://psoas/x", {"AWS_ENDPOINT": "http://127.0.0.1:9"}, "no connection"),
        ("ftp://psoas", {}, "is no destination; give a folder, s3://"),
        ("s3://", {}, "is no destination"),
        ("s3:/psoas/x", {}, "is no destination"),
        ("", {}, "is no destination"),
        ("output", {}, "is where you keep your scripts or sessions"),
        ("scripts", {}, "is where you keep your scripts or sessions"),
        ("/proc/nothing", {}, "give a folder that you may write to"),
        ("teacher-file", {}, "File exists|Not a directory"),
    ],
)
def test_a_destination_that_cannot_be_is_told_without_its_keys(
    where, environment, said, teacher, storage, audio_builder
):
    (teacher / "teacher-file").write_text("x")
    ran = audio_builder("publish", where, "--base-url", storage, folder=teacher, **environment)
    assert ran.status == 1, ran
    assert re.search(said, ran.err), ran.err
    for secret in (*KEYS.values(), *environment.values()):
        if not secret.startswith("http"):
            assert secret not in ran.err + ran.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("after 10 retries, retry timeout: 180s, elapsed 4.403s: error sending request", "no connection"),
        ("Client error with status 403 Forbidden: not here", "access is refused"),
    ],
)
def test_a_fault_is_known_by_its_words_and_not_by_how_long_it_took(text: str, said: str):
    with pytest.raises(PublishFailed, match=said), _told("s3://psoas", None):
        raise obstore.exceptions.GenericError(text)


def test_what_keeps_the_public_out_is_told_after_publishing(teacher, storage, tmp_path, audio_builder):
    location = "s3://psoas/open", f"{storage}/psoas/open/"
    ran = audio_builder("publish", location[0], "--base-url", location[1], folder=teacher)
    assert (ran.status, ran.err) == (0, "")
    (teacher / "scripts" / "episodes.toml").unlink()
    ran = audio_builder("publish", "s3://psoas/closed", "--base-url", f"{storage}/nowhere", folder=teacher)
    assert ran.status == 0
    assert "/nowhere/feed.xml cannot be fetched (" in ran.err
    assert "mend base_url" in ran.err
    (tmp_path / "public").mkdir()
    with web_space(tmp_path / "public") as address:  # a plain web server lets no other page read
        (teacher / "scripts" / "episodes.toml").unlink()
        publishing(teacher, (str(tmp_path / "public"), address))
        assert [*trouble(f"{address}feed.xml")] == [
            "players in other pages cannot read transcripts and chapters: set CORS as docs/podcast.md says"
        ]


def test_what_is_gone_from_the_library_can_still_be_withdrawn(teacher, location):
    put(teacher / "output", episode("morning-10m", length_ms=600_000))
    publishing(teacher, location)
    for path in (teacher / "output").glob("morning-10m*"):
        path.unlink()
    assert len(publishing(teacher, location, day=1, withdrawn="morning-10m").deleted) == 6
    assert public(location) == ["Evening"]
    with pytest.raises(AudioBuilderError, match="there is no mornin-10m"):
        publishing(teacher, location, withdrawn="mornin-10m")


def test_the_command_asks_before_it_deletes_and_tells_what_it_did(teacher, audio_builder):
    options = ("--base-url", "https://example.org/")
    ran = audio_builder("publish", "public", *options, "--json", folder=teacher)
    assert json.loads(ran.out)["episodes"] == 1
    asked = audio_builder("publish", "public", *options, "--withdraw", "evening-20m", folder=teacher)
    assert asked.status == 130, "there is nobody to answer"
    assert "withdraw evening-20m for good: 6 files at public?" in asked.err
    assert len(list(Path(teacher, "public", "media").iterdir())) == 6
    done = audio_builder("publish", "public", *options, "--withdraw", "evening-20m", "--yes", folder=teacher)
    assert done.status == 0, done.err
    assert not list(Path(teacher, "public", "media").iterdir())
    assert audio_builder("publish", "public", *options, "--prune", "soon", folder=teacher).status == 2
    assert audio_builder("publish", "public", *options, "--as-of", "2020-01-01", folder=teacher).status == 2


def test_no_is_an_answer_and_nothing_to_delete_no_question(teacher, audio_builder):
    options = ("public", "--base-url", "https://example.org/")
    assert audio_builder("publish", *options, folder=teacher).status == 0
    assert audio_builder("publish", *options, "--prune", "0d", folder=teacher).status == 0
    put(teacher / "output", episode("evening-20m"), b"edited")
    assert audio_builder("publish", *options, folder=teacher).status == 0
    there = {*Path(teacher, "public").rglob("*")}
    asked = audio_builder("publish", *options, "--prune", "0d", folder=teacher, said="n\n")
    assert (asked.status, asked.err.splitlines()[-1][-19:]) == (1, "nothing was changed")
    assert {*Path(teacher, "public").rglob("*")} == there
    assert audio_builder("publish", *options, "--prune", "0d", folder=teacher, said="y\n").status == 0
    assert {*Path(teacher, "public").rglob("*")} < there
