"""Access to the server: the host names it answers for, its token, and what other sites may not do."""

import http.client
import json
import os
import pty
import re
import select
import stat
import subprocess
import sys
from urllib.parse import urlencode, urlsplit

import pytest
from servers import ended, hide_shipped_scripts, running

from audio_builder.errors import AudioBuilderError
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.web.access import PAGES, access_policy, stored_token
from audio_builder.web.app import app
from audio_builder.web.hosting import Hosting, read_root_path

TOKEN = "a-token-for-tests"
SCRIPT = "---\ntitle: Rest\nvoice: tone\n---\n\n# Rest\n\nLie down.\n\n[rest 2m..]\n"
SHOW = 'title = "Rest"\nauthor = "The floor"\ndescription = "D"\ncategories = ["Education"]\n'
BUILD = json.dumps({"script": "rest", "length": "5m", "quality": "mono"})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("teacher")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "rest.md").write_text(SCRIPT, "utf-8")
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    return Workspace(ScriptFinder((folder / "scripts",)), folder / "output", cache)


@pytest.fixture(scope="module")
def at_home(workspace):
    """A server that only this computer can reach."""
    with running(app(workspace, access_policy(TOKEN))) as address:
        yield address


@pytest.fixture(scope="module")
def in_network(workspace):
    """A server with the access rules for all addresses, although it listens on loopback here."""
    with running(app(workspace, access_policy(TOKEN, "0.0.0.0", ["floor.example"]))) as address:
        yield address


def ask(address, path="/", method="GET", body=None, **headers):
    host = urlsplit(address).netloc
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Host": host, **named})
        answer = connection.getresponse()
        return (
            answer.status,
            {k.lower(): v for k, v in answer.getheaders()},
            answer.read().decode("utf-8", "replace"),
        )
    finally:
        connection.close()


PAGE = "text/html,*/*"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:8765", "[::1]", "[::1]:1"])
def test_on_loopback_the_server_answers_for_this_computer(at_home, host):
    assert ask(at_home, Host=host)[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.7", "", "localhost.evil.example:80", "::1]"]
)
def test_on_loopback_the_server_answers_for_no_other_host(at_home, host):
    status, _, said = ask(at_home, Host=host)
    assert status == 421
    assert "does not answer for" in said
    assert "--hostname" in said


@pytest.mark.parametrize(
    "host", ["192.168.1.7:8765", "[fe80::1]", "floor.example", "FLOOR.example.:1", "localhost"]
)
def test_in_a_network_the_server_answers_for_addresses_and_its_own_names(in_network, host):
    assert ask(in_network, f"/healthz?token={TOKEN}", Host=host)[0] == 200
    assert ask(in_network, f"/healthz?token={TOKEN}", Host="evil.example")[0] == 421


@pytest.mark.parametrize(
    "path",
    ["/", "/make", "/feed.xml", "/media/rest.mp3?length=6m", "/api/scripts", "/static/app.css"],
)
def test_in_a_network_everything_needs_the_token(in_network, path):
    status, _, said = ask(in_network, path)
    assert status == 401
    assert "Open the address that audio-builder serve printed" in said
    assert ask(in_network, path, Authorization=f"Bearer {TOKEN}")[0] == 200
    assert ask(in_network, path, Authorization="Bearer another")[0] == 401
    assert ask(in_network, path, Cookie=f"audio-builder={TOKEN}")[0] == 200
    for wrong in ("audio-builder=another", "audio-builder", '=;;"', f"other={TOKEN}"):
        assert ask(in_network, path, Cookie=wrong)[0] == 401
    joint = "&" if "?" in path else "?"
    assert ask(in_network, f"{path}{joint}token={TOKEN}")[0] == (303 if path in PAGES else 200)
    assert ask(in_network, f"{path}{joint}token={TOKEN}x", Cookie=f"audio-builder={TOKEN}")[0] == 401


def test_a_page_opened_with_the_token_moves_it_from_the_address_to_a_cookie(in_network):
    status, headers, _ = ask(in_network, f"/make?token={TOKEN}&script=rest", Accept=PAGE)
    assert (status, headers["location"]) == (303, "/make?script=rest")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert ask(in_network, "/make", Accept=PAGE, Cookie=cookie.partition(";")[0])[0] == 200
    status, headers, said = ask(in_network, "/make", Accept=PAGE)
    assert (status, headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "<h1>Not yet</h1>" in said


def test_a_feed_requested_with_the_token_has_it_in_every_address(in_network):
    for query in ("", "length=6m&"):
        _, _, feed = ask(in_network, f"/feed.xml?{query}token={TOKEN}")
        found = [a.replace("&amp;", "&") for a in re.findall(r'(?:url|href)="(http://127[^"]+)"', feed)]
        assert any(".mp3" in a for a in found) == bool(query)
        for address in found:
            assert f"token={TOKEN}" in address, address
            path = address.removeprefix(in_network).partition("#")[0]
            assert ask(in_network, path)[0] == 200, address


def test_the_subscribe_page_of_a_public_server_gives_away_no_token(workspace):
    with running(app(workspace, access_policy(TOKEN, "0.0.0.0", ["floor.example"], public=True))) as address:
        status, _, page = ask(address, "/subscribe?length=20m", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert "/feed.xml?length=20m" in page
    assert "/podcast.opml?length=20m" in page
    assert TOKEN not in page


def test_the_subscribe_page_shows_the_token_only_in_a_network(in_network, at_home):
    page = ask(in_network, "/subscribe?length=25m", Cookie=f"audio-builder={TOKEN}")[2]
    assert f"feed.xml?length=25m&amp;token={TOKEN}" in page
    assert "token" not in ask(at_home, "/subscribe?length=25m")[2]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/build", BUILD),
        ("PUT", "/api/scripts/rest", json.dumps({"text": "x", "was": ""})),
        ("DELETE", "/api/jobs/x", None),
        ("POST", "/api/check", "{}"),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_site_cannot_write_without_the_token(at_home, in_network, method, path, body, headers):
    assert ask(at_home, path, method, body, **headers)[0] == 403
    assert ask(in_network, path, method, body, Cookie=f"audio-builder={TOKEN}", **headers)[0] == 403
    for server in (at_home, in_network):
        status, _, _ = ask(server, path, method, body, Authorization=f"Bearer {TOKEN}", **headers)
        assert status in (202, 404, 409, 200)
    own = {"Origin": at_home, "Sec_Fetch_Site": "same-origin"}
    assert ask(at_home, path, method, body, **own)[0] in (202, 404, 409, 200)


@pytest.mark.parametrize("path", ["/", "/api/sentence.wav?text=x&voice=tone", "/media/rest.mp3?length=6m"])
def test_another_site_may_link_to_the_server_but_not_embed_it(at_home, path):
    for site in ("cross-site", "same-site"):
        asked = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"}
        assert ask(at_home, path, **asked)[0] == 403
        followed = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
        assert ask(at_home, path, **followed)[0] == 200
    assert ask(at_home, path, Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="cors")[0] == 200


@pytest.mark.parametrize(
    "positions", ["/etc/passwd", "../../diary", "..", "rest.md", "C:\\diary", "a/b", "rest,../x", "\0"]
)
def test_positions_cannot_be_paths(at_home, positions):
    asked = urlencode({"script": "rest", "positions": positions})
    status, _, said = ask(at_home, f"/api/session?{asked}")
    assert (status, "Invalid position" in said) == (400, True)


@pytest.mark.parametrize("file", ["%00.mp3", "..%2Frest.mp3", "%2e%2e%5crest.mp3", "rest%00.mp3"])
def test_media_files_cannot_be_paths(at_home, file):
    assert ask(at_home, f"/media/{file}")[0] == 404


def test_other_cookies_and_credentials_do_no_harm(at_home, in_network):
    odd = f'prefs={{"a":1}}; ü=1; audio-builder={TOKEN}; last="'
    assert ask(in_network, "/", Cookie=odd.encode("latin-1"))[0] == 200
    assert ask(at_home, "/", Authorization="Basic dXNlcjpwYXNz")[0] == 200
    assert ask(in_network, "/", Authorization=f"bearer {TOKEN}")[0] == 200


def test_a_feed_reader_that_also_accepts_pages_gets_the_feed(in_network):
    status, _, feed = ask(in_network, f"/feed.xml?length=6m&token={TOKEN}", Accept=PAGE)
    assert status == 200
    assert f"token={TOKEN}" in feed


def test_an_installed_app_starts_with_the_token_and_its_icon_needs_none(in_network, at_home):
    manifest = json.loads(ask(in_network, f"/manifest.webmanifest?token={TOKEN}")[2])
    assert manifest["start_url"] == f"/?token={TOKEN}"
    assert ask(in_network, manifest["icons"][0]["src"])[0] == 200
    assert json.loads(ask(at_home, "/manifest.webmanifest")[2])["start_url"] == "/"


def test_no_path_of_the_server_can_be_its_root_path(workspace):
    """A proxy that removes the root path would make both look the same."""
    routes = app(workspace, access_policy(TOKEN), hosting=Hosting(metrics=True)).routes
    names = {route.path.split("/")[1] for route in routes} - {""}
    assert len(names) > 8
    for name in names:
        with pytest.raises(AudioBuilderError, match="uses itself"):
            read_root_path(f"/{name.replace('{size}', '192')}")


def test_a_server_with_a_host_name_needs_the_token(workspace):
    with running(app(workspace, access_policy(TOKEN, names=["floor.example"]))) as address:
        for host in ("floor.example", "localhost"):
            assert ask(address, Host=host)[0] == 401
            assert ask(address, f"/?token={TOKEN}", Host=host)[0] == 303


def test_anyone_may_ask_whether_a_server_is_ready_and_nothing_else(in_network):
    assert ask(in_network, "/healthz")[0] == 200
    assert ask(in_network, "/healthz", "POST")[0] == 401
    assert ask(in_network, "/healthz?token=wrong")[0] == 401
    assert ask(in_network, "/healthz/")[0] == 401
    assert ask(in_network, "/healthz", Host="evil.example")[0] == 421


def test_the_cookie_of_another_server_on_this_host_does_no_harm(in_network):
    for cookies in (
        f"audio-builder=other; audio-builder={TOKEN}",
        f"audio-builder={TOKEN}; audio-builder=other",
    ):
        assert ask(in_network, "/", Cookie=cookies)[0] == 200


def test_every_response_has_the_security_headers(at_home, in_network):
    for server, path in ((at_home, "/"), (at_home, "/api/scripts"), (at_home, "/nothing"), (in_network, "/")):
        _, headers, _ = ask(server, path)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


def test_the_token_stays_the_same_until_a_new_one_is_requested(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    first = stored_token()
    assert len(first) >= 20
    assert stored_token() == first
    (file,) = tmp_path.glob("*/serve-token")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stored_token(new=True) != first
    assert stored_token() != first


def test_a_token_that_cannot_be_stored_is_reported(tmp_path, monkeypatch):
    (tmp_path / "audio-builder").write_text("in the way", "utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with pytest.raises(AudioBuilderError, match="Cannot store the server's token"):
        stored_token()


def test_serve_prints_its_address_with_the_token_and_a_code_on_a_terminal(tmp_path):
    """It listens on a second loopback address, which counts as one that others can reach."""
    command = [sys.executable, "-m", "audio_builder", "serve", "--host", "127.0.0.2", "--port", "0"]
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
        "TERM": "xterm",
    }
    hide_shipped_scripts(tmp_path)
    (tmp_path / "scripts" / "rest.md").write_text(SCRIPT, "utf-8")
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=follower)
    os.close(follower)
    try:
        with ended(process):
            raw = b""
            while raw.count(b"\n") <= 15:
                assert select.select([leader], [], [], 60)[0], raw
                raw += os.read(leader, 4096)
            printed = raw.decode("utf-8", "replace")
            found = re.search(r"(http://127\.0\.0\.2:\d+)/\?token=(\S+)", printed)
            assert found, printed
            assert "█" in printed or "▄" in printed
            assert ask(found[1], "/api/scripts")[0] == 401  # it listens before it prints its address
            assert ask(found[1], f"/api/scripts?token={found[2]}")[0] == 200
    finally:
        os.close(leader)
