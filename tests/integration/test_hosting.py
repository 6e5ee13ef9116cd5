"""A server behind nginx and Caddy, as the example files configure them, with https, at a host of its own or below a
path."""

import http.client
import json
import re
import time
from contextlib import closing
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from proxies import caddy_site, make_certificate, nginx_site
from reading import take
from servers import ask, serving, write_only_script
from sounds import write_wav

from audio_builder.script.search import ScriptFinder
from audio_builder.takes.plan import recording_plan

FRONT = "---\ntitle: Rest\nvoice: tone\nquality: mono\n---\n\n"
SCRIPT = f"{FRONT}# Lie down {{figure lying-down}}\n\nLet your legs be heavy.\n\n[rest 2m..]\n"
SHOW = 'title = "Rest"\nauthor = "The floor"\ndescription = "D"\ncategories = ["Education"]\n'
NAMES = {"": "sessions.example.org", "/relax": "home.example.org"}
FORGED = {
    "X_Forwarded_For": "203.0.113.9",
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Proto": "http",
    "X_Forwarded_Prefix": "/evil",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=http",
}
SESSION = "media/rest.mp3?length=6m"
FILES = ["nginx.conf", "nginx-prefix.conf", "Caddyfile", "Caddyfile-prefix"]


class Hosted:
    """A server behind a proxy, and its site."""

    def __init__(self, site, server, folder):
        self.site, self.server, self.folder = site, server, folder
        self.token = re.search(r"token=([\w-]+)", (folder / "serve.log").read_text())[1]
        self.cookie = f"audio-builder={self.token}"

    def ask(self, path, method="GET", body=None, **headers):
        """Send a request as a browser that has opened the address with the token."""
        return self.site.ask(f"{self.site.root}/{path}", method, body, Cookie=self.cookie, **headers)

    def logged(self, **wanted):
        """Return the lines of the log with these values, once there is one. It is written when a response has ended."""
        deadline = time.monotonic() + 30
        while True:
            printed = (self.folder / "serve.log").read_text().splitlines()
            lines = [json.loads(line) for line in printed if line.startswith("{")]
            if found := [line for line in lines if line.items() >= wanted.items()]:
                return found
            assert time.monotonic() < deadline, printed[-5:]
            time.sleep(0.1)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """The addresses and folders of two servers, by their root path. They trust the proxies of this computer."""
    started = []
    for root, name in NAMES.items():
        folder = tmp_path_factory.mktemp("server")
        write_only_script(folder, "rest", SCRIPT)
        (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
        options = ["--hostname", name, "--trusted-proxy", "127.0.0.1", "--access-log", "json", "--metrics"]
        options += ["--root-path", root] if root else []
        started.append((folder, serving(folder, tmp_path_factory.mktemp("home"), *options)))
    with started[0][1] as first, started[1][1] as second:
        yield dict(zip(NAMES, ((first, started[0][0]), (second, started[1][0])), strict=True))


@pytest.fixture(scope="module", params=FILES)
def hosted(request, servers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("proxy")
    server, server_folder = servers["/relax" if "prefix" in request.param else ""]
    upstream = urlsplit(server).netloc
    if "nginx" in request.param:
        site = nginx_site(folder, request.param, upstream, make_certificate(folder, *NAMES.values()))
    else:
        site = caddy_site(folder, request.param, upstream)
    with site as found:
        yield Hosted(found, server, server_folder)


def test_the_page_is_opened_with_the_token_and_its_cookie_is_for_https_and_the_path_only(hosted):
    root = hosted.site.root
    answer = hosted.site.ask(f"{root}/?token={hosted.token}&language=de")
    assert (answer.status, answer.headers["location"]) == (303, f"{root}/?language=de")
    cookie = answer.headers["set-cookie"]
    assert f"audio-builder={hosted.token};" in cookie
    assert {"Secure", "HttpOnly", "SameSite=lax", f"Path={root or '/'}"} <= {*cookie.split("; ")}
    chosen = hosted.ask("make?language=de")
    assert (chosen.status, chosen.headers["location"]) == (303, f"{root}/make")
    assert {"Secure", f"Path={root or '/'}"} <= {*chosen.headers["set-cookie"].split("; ")}
    assert hosted.site.ask(f"{root}/").status == 401


@pytest.mark.parametrize("hosted", [file for file in FILES if "prefix" in file], indirect=True)
def test_the_path_without_a_slash_leads_to_the_page(hosted):
    answer = hosted.site.ask(f"{hosted.site.root}?token=x")
    assert answer.status in (301, 308)
    assert urlsplit(answer.headers["location"]).path == "/relax/"


@pytest.mark.parametrize("page", ["", "make", "record", "subscribe"])
def test_everything_that_a_page_names_is_there_and_below_its_path(hosted, page):
    shown = hosted.ask(page)
    assert shown.status == 200
    named = re.findall(r'(?:href|src|action)="([^"#]+)"', shown.text)
    assert any("/static/" in one for one in named)
    for one in named:
        address = urljoin(f"{hosted.site.address}/{page}", one.replace("&amp;", "&"))
        assert address.startswith(f"{hosted.site.address}/"), one
        answer = hosted.site.ask(address, Cookie=hosted.cookie)
        assert answer.status in (200, 303), one
        assert answer.status == 200 or "language=" in one


def test_modules_manifest_icons_and_the_service_worker_are_there_and_below_the_path(hosted):
    static = f"{hosted.site.address}/static/"
    for module in ("listen.js", "make.js", "record.js", "subscribe.js"):
        source = hosted.ask(f"static/{module}").text
        for imported in re.findall(r'from "(\./[\w.]+)"', source):
            assert hosted.site.ask(urljoin(static, imported), Cookie=hosted.cookie).status == 200
    manifest = hosted.ask("manifest.webmanifest").json()
    home = f"{hosted.site.root}/"
    assert (manifest["id"], manifest["scope"]) == (home, home)
    assert manifest["start_url"] == f"{home}?token={hosted.token}"
    for icon in manifest["icons"]:
        assert hosted.site.ask(icon["src"]).headers["content-type"] == "image/png"
    worker = hosted.ask("sw.js")
    assert worker.status == 200
    (shell,) = re.findall(r"^const SHELL = (\[.+\]);$", worker.text, re.MULTILINE)
    for one in json.loads(shell.replace("'", '"')):
        address = urljoin(f"{hosted.site.address}/sw.js", one)
        assert address.startswith(f"{hosted.site.address}/"), one
        assert hosted.site.ask(address, Cookie=hosted.cookie).status == 200, one


def test_a_session_and_any_part_of_it_arrive_byte_for_byte(hosted):
    truth = ask(f"{hosted.server}/{SESSION}", Cookie=hosted.cookie)
    whole = hosted.ask(SESSION)
    assert (whole.status, whole.body) == (200, truth.body)
    assert whole.headers["etag"] == truth.headers["etag"]
    size = len(truth.body)
    for begin, end in ((0, 1), (100_000, 300_000), (size - 10, size)):
        part = hosted.ask(SESSION, Range=f"bytes={begin}-{end - 1}")
        assert (part.status, part.body) == (206, truth.body[begin:end])
        assert part.headers["content-range"] == f"bytes {begin}-{end - 1}/{size}"
    assert hosted.ask(SESSION, "HEAD").headers["content-length"] == str(size)
    assert hosted.ask(SESSION, If_None_Match=truth.headers["etag"]).status == 304
    assert hosted.ask(SESSION, Range="bytes=0-9", If_Range='"another"').status == 200


def test_an_old_address_of_a_session_leads_to_the_present_one(hosted):
    answer = hosted.ask(f"{SESSION}&version=old")
    assert answer.status == 307
    assert answer.headers["location"].startswith(f"{hosted.site.root}/media/rest.mp3?length=6m&version=")
    wrong = hosted.ask("media/rest-9m.mp3")
    assert f"ask for {hosted.site.root}/media/rest.mp3?length=9m" in wrong.text


def test_a_feed_has_addresses_of_the_site_and_everything_in_it_can_be_fetched(hosted):
    subscribe = hosted.ask("subscribe?length=6m").text
    (address,) = re.findall(r'id="address" type="text" readonly value="([^"]+)"', subscribe)
    address = address.replace("&amp;", "&")
    assert address == f"{hosted.site.address}/feed.xml?length=6m&token={hosted.token}"
    feed = hosted.site.ask(address)
    assert feed.status == 200
    named = [one.replace("&amp;", "&") for one in re.findall(r'(?:url|href)="([^"]+)"', feed.text)]
    own = [one for one in named if hosted.site.name in one]
    assert any(".mp3" in one for one in own)
    assert "127.0.0.1" not in feed.text
    for one in own:
        assert one.startswith(f"{hosted.site.address}/"), one
        assert hosted.site.ask(one.partition("#")[0]).status == 200, one
    (enclosure,) = (one for one in own if "media/rest.mp3" in one)
    assert hosted.site.ask(enclosure).body == hosted.ask(SESSION).body
    chapters = hosted.site.ask(enclosure.replace(".mp3", ".chapters.json").partition("&version")[0]).json()
    images = [chapter["img"] for chapter in chapters["chapters"] if "img" in chapter]
    assert images
    for image in images:
        assert image.startswith(f"{hosted.site.address}/"), image
        assert hosted.site.ask(image).status == 200, image


def test_a_take_and_a_large_recording_are_uploaded_through_the_proxy(hosted, tmp_path):
    own = {"Origin": hosted.site.origin, "Sec_Fetch_Site": "same-origin"}
    plan = recording_plan("rest", "ana", ScriptFinder((hosted.folder / "scripts",)))
    query = urlencode({"script": "rest", "voice": "ana", "text": "Let your legs be heavy."})
    recording = write_wav(tmp_path / "take.wav", take(plan.sentences[0])).read_bytes()
    stored = hosted.ask(f"api/takes?{query}", "POST", recording, **own)
    assert stored.status == 200, stored.text
    other = hosted.ask(f"api/takes?{query}", "POST", recording, Origin="https://evil.example")
    assert other.status == 403
    large = write_wav(tmp_path / "rain.wav", take(plan.sentences[0]).repeat(20)).read_bytes()
    assert len(large) > 2_000_000
    brought = hosted.ask("api/files/rain.wav?replace=yes", "POST", large, **own)
    assert brought.status == 200, brought.text


@pytest.mark.parametrize("hosted", [file for file in FILES if "nginx" in file], indirect=True)
def test_nginx_refuses_a_body_that_is_larger_than_the_server_takes(hosted):
    """Caddy passes the body on, and the server refuses it: test_writing.py. It is not tested through Caddy, which holds
    the server's answer back while it waits for more of the body."""
    with closing(hosted.site.connection()) as connection:
        connection.putrequest("POST", f"{hosted.site.root}/api/files/rain.wav")
        connection.putheader("Content-Length", "200000000")
        connection.endheaders()
        assert connection.getresponse().status == 413


def test_the_progress_of_a_build_arrives_while_it_goes_on(hosted):
    own = {"Origin": hosted.site.origin, "Content_Type": "application/json"}
    order = json.dumps({"script": "rest", "length": "8h", "ambience": "ocean", "quality": "stereo"})
    job = hosted.ask("api/build", "POST", order, **own).json()
    assert job["events"] == f"{hosted.site.root}/api/jobs/{job['id']}"
    connection = hosted.site.connection(timeout=30)
    connection.request("GET", job["events"], headers={"Cookie": hosted.cookie})
    events = connection.getresponse()
    assert events.headers["content-type"].startswith("text/event-stream")
    first = json.loads(events.readline().removeprefix(b"data: "))
    now = hosted.ask(f"api/jobs/{job['id']}", Accept="application/json").json()
    assert {first["state"], now["state"]} <= {"waiting", "working"}, "the first event came before the end"
    assert hosted.ask(f"api/jobs/{job['id']}", "DELETE", **own).status == 200
    last = [line for line in events.read().splitlines() if line.startswith(b"data: ")][-1]
    assert json.loads(last.removeprefix(b"data: "))["state"] == "cancelled"
    connection.close()


def test_the_health_check_needs_no_token_and_everything_else_does(hosted):
    answer = hosted.site.ask(f"{hosted.site.root}/healthz")
    assert (answer.status, {*answer.json()}) == (200, {"ready", "scripts_to_speak"})
    for path in ("", "metrics", "feed.xml", "api/scripts", SESSION):
        assert hosted.site.ask(f"{hosted.site.root}/{path}").status == 401, path
    assert (
        hosted.site.ask(f"{hosted.site.root}/metrics", Authorization=f"Bearer {hosted.token}").status == 200
    )


def test_forged_headers_have_no_effect_through_the_proxy(hosted):
    path = f"{hosted.site.root}/feed.xml?length=6m&token={hosted.token}"
    assert hosted.site.ask(path, **FORGED).body == hosted.site.ask(path).body
    cookie = hosted.site.ask(f"{hosted.site.root}/?token={hosted.token}", **FORGED).headers["set-cookie"]
    assert "Secure" in cookie.split("; ")
    named = f"{hosted.site.root}/healthz?n={time.time_ns()}"
    hosted.site.ask(named, source="127.0.0.7", **FORGED)
    assert [line["client"] for line in hosted.logged(target=named)] == ["127.0.0.7"]


def test_forged_headers_have_no_effect_directly_from_a_client_that_is_not_trusted(hosted):
    """The client has another address of loopback, as one in the same network has another address than the proxy."""
    address, root = urlsplit(hosted.server), hosted.site.root

    def direct(path, **headers):
        connection = http.client.HTTPConnection(
            address.hostname, address.port, timeout=60, source_address=("127.0.0.9", 0)
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        found = answer.status, answer.headers, answer.read().decode()
        connection.close()
        return found

    forged = {**FORGED, "X_Forwarded_Proto": "https", "X_Forwarded_Host": hosted.site.name}
    feed = direct(f"{root}/feed.xml?length=6m&token={hosted.token}", **forged)[2]
    assert f"http://{address.netloc}{root}/media/rest.mp3" in feed
    assert hosted.site.name not in feed
    assert "Secure" not in direct(f"{root}/?token={hosted.token}", **forged)[1]["set-cookie"]
    assert direct(f"{root}/", **{**FORGED, "X_Forwarded_For": "127.0.0.1"})[0] == 401
    assert direct("/healthz", Host="evil.example", X_Forwarded_Host=hosted.site.name)[0] == 421
    named = f"{root}/healthz?n={time.time_ns()}"
    direct(named, **forged)
    assert [line["client"] for line in hosted.logged(target=named)] == ["127.0.0.9"]


def test_a_page_of_another_host_cannot_borrow_the_name_of_the_server_from_a_trusted_computer(hosted):
    """DNS lets a page reach this computer under a name of its own, and a page may send forwarded headers."""
    answer = ask(f"{hosted.server}/healthz", Host="evil.example", X_Forwarded_Host=hosted.site.name)
    assert answer.status == 421
    answer = ask(f"{hosted.server}/healthz", X_Forwarded_Host="evil.example")
    assert answer.status == 421


def test_the_log_has_every_request_and_no_token(hosted):
    hosted.site.ask(f"{hosted.site.root}/make?token={hosted.token}&script=rest", source="127.0.0.8")
    hosted.site.ask(
        f"{hosted.site.root}/feed.xml?token=wrong-{hosted.token}", Referer=f"https://x/?token={hosted.token}"
    )
    assert hosted.logged(client="127.0.0.8", target=f"{hosted.site.root}/make?script=rest", status=303)
    printed = (hosted.folder / "serve.log").read_text()
    logged = [line for line in printed.splitlines() if line.startswith("{")]
    assert hosted.token not in "\n".join(logged)
    assert "wrong-" not in "\n".join(logged)
