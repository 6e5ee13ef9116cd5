"""A cache in front of the server holds sessions at any length, and notices when a script has changed."""

import re
import time
from http.client import IncompleteRead

import pytest
from servers import ask, nginx, running, until_ready

from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.web import caching
from audio_builder.web.access import access_policy
from audio_builder.web.app import app
from audio_builder.web.hosting import Hosting

SCRIPT = (
    "---\ntitle: Rest\nvoice: tone\nprops: [a blanket]\n---\n\n# Lie down\n\n{}\n\n# Rest\n\n[rest 2m..]\n"
)
SHOW = 'title = "Rest"\nauthor = "The floor"\ndescription = "D"\ncategories = ["Education"]\n'
PLAIN = "/media/rest.mp3?length=6m"
YEAR = "max-age=31536000, immutable"


@pytest.fixture
def scripts(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "rest.md").write_text(SCRIPT.format("Let your legs be heavy."), "utf-8")
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    return tmp_path / "scripts"


@pytest.fixture
def start(scripts, cache):
    """Return what starts a server with a policy."""

    def run(hosting=None, **policy):
        workspace = Workspace(ScriptFinder((scripts,)), scripts.parent / "output", cache)
        return running(app(workspace, access_policy("token", **policy), hosting=hosting or Hosting()))

    return run


@pytest.fixture
def public(start):
    with start(public=True) as address:
        yield address


@pytest.fixture
def proxy(public, tmp_path):
    (tmp_path / "nginx").mkdir()
    with nginx(tmp_path / "nginx", public) as address:
        yield address


def change(scripts):
    (scripts / "rest.md").write_text(SCRIPT.format("Let your arms be heavy too."), "utf-8")


def in_feed(address, query="length=6m&voice=tone"):
    """Return the address of the MP3 in a feed, without its host."""
    feed = ask(f"{address}/feed.xml?{query}").text.replace("&amp;", "&")
    return re.search(r'<enclosure url="http://[^/]+([^"]+)"', feed)[1]


def test_a_second_request_is_answered_by_the_cache_with_the_same_bytes(proxy, public):
    truth = ask(f"{public}{PLAIN}").body
    for path in (PLAIN, in_feed(proxy)):
        first, second = ask(f"{proxy}{path}"), ask(f"{proxy}{path}")
        assert (first.headers["x-cache"], second.headers["x-cache"]) == ("MISS", "HIT")
        assert first.body == second.body == truth
        assert first.headers["etag"] == second.headers["etag"]


def test_ranges_come_from_the_cache_and_only_the_parts_that_are_asked_for_are_rendered(proxy, public):
    truth = ask(f"{public}{PLAIN}").body
    begin = len(truth) - 300_000  # in the last of its parts
    for found in ("MISS", "HIT"):
        part = ask(f"{proxy}{PLAIN}", Range=f"bytes={begin}-{begin + 99_999}")
        assert (part.status, part.headers["x-cache"]) == (206, found)
        assert part.headers["content-range"] == f"bytes {begin}-{begin + 99_999}/{len(truth)}"
        assert part.body == truth[begin : begin + 100_000]
    tag = part.headers["etag"]
    assert ask(f"{proxy}{PLAIN}", Range="bytes=0-9", If_Range=tag).body == truth[:10]
    assert ask(f"{proxy}{PLAIN}", If_None_Match=tag).status == 304
    assert ask(f"{proxy}{PLAIN}", "HEAD").headers["content-length"] == str(len(truth))


def test_a_changed_script_is_noticed_at_a_plain_address(proxy, public, scripts, monkeypatch):
    monkeypatch.setitem(caching._PLAIN, "public", "public, max-age=1")
    before = ask(f"{proxy}{PLAIN}")
    change(scripts)
    truth = ask(f"{public}{PLAIN}")
    assert truth.headers["etag"] != before.headers["etag"]
    time.sleep(2.5)  # nginx counts whole seconds
    after = ask(f"{proxy}{PLAIN}", Range="bytes=0-999")
    assert after.headers["etag"] == truth.headers["etag"]
    assert after.body == truth.body[:1000]


def test_a_changed_script_has_a_new_address_in_feeds_and_the_old_one_leads_there(proxy, public, scripts):
    old = in_feed(public)
    held = ask(f"{proxy}{old}")
    change(scripts)
    new = in_feed(public)
    assert new != old
    assert ask(f"{proxy}{new}").body == ask(f"{public}{PLAIN}").body != held.body
    assert ask(f"{proxy}{old}").body == held.body, "who is listening to it can go on"
    assert ask(f"{public}{old}").body == ask(f"{public}{new}").body, "the server has only the new one"


@pytest.mark.parametrize("is_plain", [True, False])
def test_no_response_mixes_two_versions_though_only_a_part_is_held(is_plain, proxy, public, scripts):
    path = PLAIN if is_plain else in_feed(public)
    deadline = time.monotonic() + 60
    while (first := ask(f"{proxy}{path}", Range="bytes=0-99")).headers["x-cache"] != "HIT":
        assert time.monotonic() < deadline, "the cache holds nothing"
        time.sleep(0.1)  # until the rest of this part is held too
    change(scripts)
    with pytest.raises(IncompleteRead) as cut:
        ask(f"{proxy}{path}")
    assert cut.value.partial.startswith(first.body)
    assert len(cut.value.partial) <= 1 << 20, "not more than the part that is held"
    rest = ask(f"{proxy}{path}", Range=f"bytes={1 << 20}-{(1 << 20) + 99}")
    assert rest.body == ask(f"{public}{PLAIN}").body[1 << 20 : (1 << 20) + 100]


def test_addresses_say_how_long_they_may_be_held(start):
    with start(public=True) as address:
        version = in_feed(address)
        for path, control in (
            (PLAIN, "public, max-age=60, stale-while-revalidate=3600"),
            ("/media/rest.vtt?length=6m", "public, max-age=60, stale-while-revalidate=3600"),
            ("/feed.xml?length=6m&voice=tone", "public, max-age=60, stale-while-revalidate=3600"),
            (version, f"public, {YEAR}"),
            (f"{PLAIN}&token=token", "private, no-cache"),
            (f"{version}&token=token", f"private, {YEAR}"),
            ("/media/none.mp3?length=6m", "no-store"),
            ("/media/rest.mp3?length=1s", "no-store"),
        ):
            answer = ask(f"{address}{path}")
            assert answer.headers["cache-control"] == control, path
            assert not {"vary", "set-cookie"} & {*answer.headers}
    with start() as address:
        assert ask(f"{address}{PLAIN}").headers["cache-control"] == "public, max-age=0, s-maxage=60"
        assert ask(f"{address}{in_feed(address)}").headers["cache-control"] == f"public, {YEAR}"
    with start(host="0.0.0.0") as address:
        bearer = {"Authorization": "Bearer token"}
        for path, headers in (
            (PLAIN, bearer),
            (f"{PLAIN}&token=token", {}),
            (PLAIN, {"Cookie": "audio-builder=token"}),
        ):
            assert ask(f"{address}{path}", **headers).headers["cache-control"] == "private, no-cache"
        assert "token=token" in in_feed(address, "length=6m&voice=tone&token=token")


def test_feeds_that_ask_for_the_same_have_the_same_addresses(start):
    with start() as address:
        queries = (
            "length=1h30m&voice=tone",
            "voice=tone&length=1:30:00&ambience=",
            "length=90m&voice=tone&breath=",
        )
        assert len({in_feed(address, query) for query in queries}) == 1


def test_on_a_public_server_anyone_may_listen_and_nobody_may_do_more_without_the_token(start):
    with start(public=True) as address:
        for path in (PLAIN, "/feed.xml", "/cover.jpg", "/healthz", "/media/rest.txt?length=6m"):
            answer = ask(f"{address}{path}", Sec_Fetch_Site="cross-site")
            assert answer.status == 200, path
            assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
            assert ask(f"{address}{path}", "POST").status in (401, 405)
            assert ask(f"{address}{path}{'&' if '?' in path else '?'}token=wrong").status == 401
        for path in (
            "/",
            "/make",
            "/api/scripts",
            "/api/session?script=rest",
            "/media/../api/scripts",
            "/static/make.js",
        ):
            assert ask(f"{address}{path}").status in (401, 404), path
        assert ask(f"{address}/", Authorization="Bearer token").status == 200


@pytest.mark.parametrize(
    "names",
    [
        {"Host": "6.6.6.6"},
        {"X-Forwarded-Host": "6.6.6.6"},
        {"X-Forwarded-Host": "localhost"},
        {"Host": "0.0.0.0"},
    ],
)
def test_what_was_asked_for_by_another_name_is_never_held(names, start):
    """Its addresses would have that name. nginx and others keep answers without regard to the name."""
    proxied = Hosting(proxies=("127.0.0.1/32",))
    with start(proxied, host="0.0.0.0", names=["sessions.example"], public=True) as address:
        until_ready(address)
        for path in (
            "/feed.xml?length=6m&voice=tone",
            "/podcast.opml",
            "/media/rest.chapters.json?length=6m",
        ):
            known = ask(f"{address}{path}", Host="sessions.example")
            assert known.headers["cache-control"].startswith("public"), path
            answer = ask(f"{address}{path}", **{"Host": "sessions.example", **names})
            assert answer.status == 200, path
            assert answer.headers["cache-control"] == "private, no-cache", path


def test_answers_without_a_rule_of_their_own_are_kept_by_no_shared_cache(start):
    """Some have the token, such as the manifest of the app. The rule holds for every route, and for refusals."""
    with start(host="0.0.0.0", names=["sessions.example"], public=True) as address:
        for path in (
            "/",
            "/manifest.webmanifest",
            "/sw.js",
            "/api/scripts",
            "/api/scripts/rest",
            "/static/app.css",
        ):
            for headers in ({"Authorization": "Bearer token"}, {"Cookie": "audio-builder=token"}, {}):
                answer = ask(f"{address}{path}", Host="sessions.example", **headers)
                assert answer.headers["cache-control"] in (
                    "private, no-store",
                    "private, no-cache",
                    "no-store",
                ), path


def test_what_needs_a_token_is_never_held(proxy):
    for _ in range(2):
        assert ask(f"{proxy}{PLAIN}&token=token").headers["x-cache"] == "MISS"
