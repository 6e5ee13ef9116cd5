"""After a publication, the hub and the webhook of the show are notified once, and what they do never stops it."""

import hashlib
import hmac
import http.server
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from episodes import add_to_library, make_episode
from lxml import etree
from servers import free_ports, s3, web_space

from audio_builder.podcast.feed import PAGE_BYTES
from audio_builder.podcast.podcast import open_podcast
from audio_builder.podcast.publish.announce import SECRET_VARIABLE, announce
from audio_builder.podcast.publish.apply import apply_plan
from audio_builder.podcast.publish.changes import feed_changes
from audio_builder.podcast.publish.destination import Destination
from audio_builder.podcast.publish.plan import plan_publication
from audio_builder.podcast.registry_changes import withdraw
from audio_builder.script.search import ScriptFinder

SHOW = 'title = "Lie down"\nauthor = "The floor"\ndescription = "S."\ncategories = ["Education"]\n'
DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)


@dataclass
class Receiver:
    """A server that takes requests: its address, and the headers and body of each that came."""

    address: str = ""
    received: list = field(default_factory=list)

    def forms(self):
        return [
            {name: value for name, (value,) in parse_qs(body.decode()).items()} for _, body in self.received
        ]

    def documents(self):
        return [json.loads(body) for _, body in self.received]


@contextmanager
def receiving(*answers):
    """Run a server that answers with these statuses in turn, the last one again and again.

    "silent" never answers, "trickle" sends a header that never ends, and "redirect" leads to another path.
    """
    receiver, ended = Receiver(), threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            receiver.received.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            answer = answers[min(len(receiver.received), len(answers)) - 1]
            if answer == "silent":
                ended.wait(30)
            elif answer == "trickle":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not ended.wait(0.05):
                    self.wfile.write(b".")
            elif answer == "redirect":
                self.send_response(307)
                self.send_header("Location", f"{receiver.address}elsewhere")
                self.end_headers()
            else:
                self.send_response(answer)
                self.end_headers()

        def do_GET(self):
            receiver.received.append((self.headers, b"GET"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

        def handle_one_request(self):
            try:
                super().handle_one_request()
            except OSError:  # the client has left
                self.close_connection = True

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield receiver
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def teacher(tmp_path):
    """A folder with a library of one session, and an empty folder `public` for the web."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "public").mkdir()
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    return tmp_path


@pytest.fixture
def public(teacher):
    """The address at which the public sees the folder."""
    with web_space(teacher / "public") as address:
        yield address


def write_show(teacher, **addresses):
    lines = [f'{key} = "{address}"\n' for key, address in addresses.items()]
    (teacher / "scripts" / "show.toml").write_text(SHOW + "".join(lines), "utf-8")


def add_morning(teacher, sound=b"mp3"):
    return add_to_library(teacher / "output", make_episode("morning-10m", length_ms=600_000), sound)


def test_an_episode_that_did_not_change_is_not_said_to_have_whatever_its_name(teacher, public):
    add_to_library(teacher / "output", make_episode("übung-20m"))
    write_show(teacher, base_url=public)

    def plan():
        podcast = open_podcast(ScriptFinder((teacher / "scripts",)), teacher / "output")
        return plan_publication(podcast, Destination(str(teacher / "public")), DAY)

    apply_plan(plan(), Destination(str(teacher / "public")), lambda *_: None)
    add_to_library(teacher / "output", make_episode("noon-20m"))
    changes = feed_changes(plan(), Destination(str(teacher / "public")))
    assert [entry.episode.name for entry in changes.added] == ["noon-20m"]
    assert changes.changed == ()


@pytest.fixture
def run(teacher, audio_builder, public):
    def run(*options, base=public, status=0, **environment):
        options = ("public", "--base-url", base, *options)
        result = audio_builder("publish", *options, folder=teacher, **environment)
        assert result.status == status, result
        return result

    return run


def test_a_hub_is_notified_of_a_feed_that_changed_once_for_each_change(teacher, run, public):
    with receiving(204) as hub:
        write_show(teacher, hub=hub.address)
        assert run().err == ""
        assert hub.forms() == [
            {"hub.mode": "publish", "hub.url": f"{public}feed.xml", "hub.topic": f"{public}feed.xml"}
        ]
        assert run().err == ""
        assert len(hub.received) == 1, "nothing has changed"
        add_morning(teacher)
        run("--schedule")
        run("--schedule")
        assert len(hub.received) == 2
        links = etree.parse(teacher / "public" / "feed.xml").xpath("//*[@rel='hub']/@href")
        assert links == [hub.address]


def test_a_preview_notifies_no_one_nor_does_a_run_whose_author_says_so(teacher, run):
    with receiving(204) as server:
        write_show(teacher, hub=server.address, webhook=server.address)
        run("--dry-run")
        run("--dry-run", "--as-of", "2100-01-01")
        assert "needs a run of its own" in run("--dry-run", "--ping", status=2).err
        assert "needs a run of its own" in run("--schedule", "--ping", status=2).err
        run("--no-ping")
        add_morning(teacher)
        run("--schedule", "--no-ping")
        assert server.received == []
        run("--ping")
        assert len(server.received) == 2, "the hub and the webhook"


def test_a_hub_is_not_notified_of_a_folder_that_is_not_public_yet_and_later_with_ping(teacher, run, tmp_path):
    (tmp_path / "web").mkdir()
    with receiving(204) as hub, web_space(tmp_path / "web") as address:
        write_show(teacher, hub=hub.address)
        result = run(base=address).err
        assert f"{hub.address} was not notified, because {address}feed.xml is not the new feed yet" in result
        assert "Copy the folder, then run audio-builder publish with --ping" in result
        assert hub.received == []
        feed = (teacher / "public" / "feed.xml").read_bytes()
        (tmp_path / "web" / "feed.xml").write_bytes(feed)
        assert run("--ping", base=address).err == ""
        assert hub.forms()[0]["hub.url"] == f"{address}feed.xml"


def test_a_webhook_gets_what_was_added_changed_and_withdrawn(teacher, run, public):
    with receiving(200) as webhook:
        write_show(teacher, webhook=webhook.address)
        run()
        add_morning(teacher)
        add_to_library(teacher / "output", make_episode("evening-20m", title="Late evening"), b"edited")
        run()
        run("--withdraw", "morning-10m", "--yes")
        first, second, third = webhook.documents()
        assert (first["event"], first["feed"], first["title"]) == (
            "published",
            f"{public}feed.xml",
            "Lie down",
        )
        assert [[one["title"] for one in first[key]] for key in ("added", "changed", "withdrawn")] == [
            ["Evening"],
            [],
            [],
        ]
        assert [one["name"] for one in second["added"]] == ["morning-10m"]
        assert [one["title"] for one in second["changed"]] == ["Late evening"]
        assert second["changed"][0]["guid"] == first["added"][0]["guid"]
        assert (third["added"], third["changed"]) == ([], [])
        assert third["withdrawn"] == [{"guid": second["added"][0]["guid"], "title": "Morning"}]
        assert len({first["id"], second["id"], third["id"]}) == 3
        headers, _ = webhook.received[0]
        assert headers["Content-Type"] == "application/json"
        assert headers["X-Hub-Signature-256"] is None


def test_changes_are_those_of_all_pages_of_a_feed(teacher):
    """A feed of several pages names the next one; without them, every older episode would be new each time."""
    write_show(teacher, webhook="https://example.org/hook")
    notes = "- word\n" * (PAGE_BYTES // 20)
    for n in range(8):
        add_to_library(teacher / "output", make_episode(f"night-{n}-20m", show_notes=notes))
    destination = Destination(str(teacher / "public"))

    def plan(withdrawing=None):
        podcast = open_podcast(
            ScriptFinder((teacher / "scripts",)), teacher / "output", "https://example.org/"
        )
        podcast = withdraw(podcast, withdrawing) if withdrawing else podcast
        return plan_publication(podcast, destination, DAY)

    apply_plan(plan(), destination, lambda *_: None)
    assert [*(teacher / "public").glob("feed-*.xml")], "the feed has several pages"
    changes = feed_changes(plan(), destination)
    assert (changes.added, changes.changed, changes.withdrawn) == ((), (), ())
    changes = feed_changes(plan("night-0-20m"), destination)
    assert [one.title for one in changes.withdrawn] == ["Night-0"]
    assert (changes.added, changes.changed) == ((), ())


def test_a_webhook_can_check_the_signature_that_a_secret_gives(teacher, run):
    with receiving(200) as webhook:
        write_show(teacher, webhook=webhook.address)
        result = run(**{SECRET_VARIABLE: "for tests only"})
        headers, body = webhook.received[0]
        expected = hmac.new(b"for tests only", body, hashlib.sha256).hexdigest()
        assert headers["X-Hub-Signature-256"] == f"sha256={expected}"
        assert "for tests only" not in result.out + result.err + body.decode()


@pytest.mark.parametrize(
    ("kind", "answers", "requests", "message"),
    [  # both are sent by the same function
        ("hub", (500,), 2, "it answers 500"),
        ("webhook", (503, 204), 2, ""),
        ("hub", (429, 204), 2, ""),
        ("webhook", (404,), 1, "it answers 404"),
        ("hub", ("redirect", 204), 1, "it answers with a redirect (307), which is not followed"),
        ("webhook", ("redirect", 204), 1, "it answers with a redirect (307), which is not followed"),
        ("webhook", ("silent",), 2, "no answer within 1 second"),
        ("hub", ("trickle",), 2, "no answer within 1 second"),
        ("webhook", ("silent", 204), 2, ""),
    ],
    ids=str,
)
def test_a_server_that_fails_for_a_moment_is_asked_once_more_and_then_it_is_a_warning(
    kind, answers, requests, message, teacher, public
):
    with receiving(*answers) as server:
        write_show(teacher, **{kind: server.address})
        podcast = open_podcast(ScriptFinder((teacher / "scripts",)), teacher / "output", public)
        destination = Destination(str(teacher / "public"))
        plan = plan_publication(podcast, destination, DAY)
        changes = feed_changes(plan, destination)
        apply_plan(plan, destination, lambda *_: None)
        patience = 1 if message.startswith("no answer") or "silent" in answers else 10
        warnings = [*announce(plan, changes, patience=patience)]
        assert len(server.received) == requests
    assert len(warnings) == bool(message)
    if message:
        assert (
            f"was not notified: {message}. To try again, run audio-builder publish with --ping" in warnings[0]
        )


def test_a_server_that_refuses_is_a_warning_and_the_podcast_is_online(teacher, run):
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    write_show(teacher, hub=f"{address}/hub", webhook=f"{address}/a-secret-path?key=secret")
    result = run("--schedule")
    assert f"The hub {address}/hub was not notified: no connection (" in result.err
    assert "The webhook at 127.0.0.1 was not notified: no connection (" in result.err
    assert "secret" not in result.err + result.out, "the address of a webhook is often a secret"
    assert etree.parse(teacher / "public" / "feed.xml").xpath("//item/title/text()") == ["Evening"]


def test_a_publication_that_fails_notifies_no_one(teacher, run):
    with receiving(204) as server:
        write_show(teacher, hub=server.address, webhook=server.address)
        Path(teacher, "output", "evening-20m.mp3").write_bytes(b"damaged")
        assert "is damaged or missing" in run(status=1).err
        assert server.received == []


def test_what_is_in_object_storage_is_public_at_once(teacher, audio_builder, tmp_path):
    (tmp_path / "s3").mkdir()
    with s3(tmp_path / "s3") as (address, environment), receiving(204) as hub:
        write_show(teacher, hub=hub.address)
        options = ("s3://psoas/told", "--base-url", f"{address}/psoas/told/")
        result = audio_builder("publish", *options, folder=teacher, **environment)
        assert (result.status, result.err) == (0, "")
        assert [form["hub.url"] for form in hub.forms()] == [f"{address}/psoas/told/feed.xml"]
