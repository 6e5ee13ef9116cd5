"""Where a server is reached from outside, whom it believes, and what its log says."""

import json
import re
from pathlib import Path

import pytest
from starlette.datastructures import Headers

import audio_builder
from audio_builder.errors import AudioBuilderError
from audio_builder.web.access import without_token
from audio_builder.web.access_log import AccessLog
from audio_builder.web.addresses import rooted, route_path
from audio_builder.web.connections import MOST_CONNECTIONS_OF_A_CLIENT
from audio_builder.web.forwarded import Forwarded
from audio_builder.web.hosting import (
    TrustedProxies,
    plain_address,
    read_host_name,
    read_proxy,
    read_root_path,
)
from audio_builder.web.observing import Exchange

PACKAGE = Path(audio_builder.__file__).parent
EXCHANGE = Exchange(
    client="192.0.2.7",
    method="GET",
    path="/relax/media/rest é.mp3",
    query="length=6m",
    protocol="HTTP/1.1",
    referrer="https://home.example/relax/",
    user_agent='odd "player"\n1',
    status=206,
    sent=1000,
    seconds=0.25,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sessions.Example.org.", "sessions.example.org"),
        ("nas", "nas"),
        ("übung.example", "xn--bung-zra.example"),
        ("192.168.1.2", "192.168.1.2"),
        ("[fd00::1]", "fd00::1"),
    ],
)
def test_a_host_name_is_read_as_browsers_send_it(text, name):
    assert read_host_name(text) == name


@pytest.mark.parametrize("text", ["https://x", "x/relax", "x:8765", "a b", "", ".", "a..b", "x" * 70, "a@b"])
def test_what_is_more_or_less_than_a_host_name_is_refused(text):
    with pytest.raises(AudioBuilderError, match="Invalid host name"):
        read_host_name(text)


@pytest.mark.parametrize("text", ["/relax", "relax", "/relax/", "//relax//"])
def test_a_root_path_begins_with_a_slash_and_has_none_at_its_end(text):
    assert read_root_path(text) == "/relax"


def test_a_root_path_may_have_several_parts_or_none():
    assert read_root_path("/home/relax-2.0") == "/home/relax-2.0"
    assert read_root_path("/") == read_root_path("") == ""


@pytest.mark.parametrize("text", ["/a b", "/..", "/a/../b", "/a//b", "/?x", "/%2e", "https://x/relax", "/é"])
def test_a_root_path_that_could_mean_something_else_is_refused(text):
    with pytest.raises(AudioBuilderError, match="Invalid path"):
        read_root_path(text)


@pytest.mark.parametrize("folder", ["api", "figures", "media", "static"])
def test_a_root_path_is_not_one_of_the_servers_own_folders(folder):
    with pytest.raises(AudioBuilderError, match="uses itself"):
        read_root_path(f"/{folder}/relax")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/relax/media/x.mp3", "/media/x.mp3"),
        ("/media/x.mp3", "/media/x.mp3"),
        ("/relaxed", "/relaxed"),
        ("/relax", ""),
        ("/", "/"),
        ("/relax/", "/"),
    ],
)
def test_a_proxy_may_remove_the_root_path_or_leave_it(given, path):
    scope = rooted({"path": given}, "/relax")
    assert scope["path"] == f"/relax{path}"
    assert route_path(scope) == path


@pytest.mark.parametrize(
    ("text", "network"),
    [("127.0.0.1", "127.0.0.1/32"), ("172.16.3.4/12", "172.16.0.0/12"), ("::1", "::1/128")],
)
def test_a_proxy_is_an_address_or_a_network(text, network):
    assert read_proxy(text) == network


@pytest.mark.parametrize("text", ["*", "localhost", "", "0.0.0.0/0", "::/0", "10.0.0.1:80", "10.0.0.0/33"])
def test_a_proxy_cannot_be_a_name_or_everyone(text):
    with pytest.raises(AudioBuilderError, match="Invalid"):
        read_proxy(text)


def test_only_addresses_of_the_networks_are_trusted():
    proxies = TrustedProxies(["127.0.0.1/32", "172.16.0.0/12", "::1/128"])
    assert all(one in proxies for one in ("127.0.0.1", "172.18.0.2", "::1"))
    assert not any(one in proxies for one in ("127.0.0.2", "192.168.1.1", "", "unknown", "::2"))
    assert "127.0.0.1" not in TrustedProxies()


def test_an_address_of_ipv4_is_the_same_in_the_form_of_ipv6():
    assert plain_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert [plain_address(one) for one in ("2001:db8::1", "192.0.2.1", "")] == [
        "2001:db8::1",
        "192.0.2.1",
        "",
    ]


async def _seen(proxies, client, **headers):
    """Return the scope that an application sees behind the middleware."""
    found = {}

    async def application(scope, _receive, _send):
        found.update(scope)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "scheme": "http", "client": (client, 1), "headers": named}
    await Forwarded(application, TrustedProxies(proxies))(scope, None, None)
    return found["client"][0], found["scheme"], Headers(scope=found).get("host")


SAID = {
    "host": "10.0.0.1:8765",
    "x_forwarded_for": "198.51.100.1, 203.0.113.5",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "evil.example, home.example",
}


@pytest.mark.parametrize("client", ["10.0.0.2", "::ffff:10.0.0.2"])
def test_what_the_nearest_trusted_proxy_says_counts(client):
    seen = _run(_seen(["10.0.0.0/24"], client, **SAID))
    assert seen == ("203.0.113.5", "https", "home.example")


def test_what_anyone_else_says_does_not_count():
    assert _run(_seen(["10.0.0.0/24"], "192.0.2.1", **SAID)) == ("192.0.2.1", "http", "10.0.0.1:8765")
    assert _run(_seen([], "127.0.0.1", **SAID)) == ("127.0.0.1", "http", "10.0.0.1:8765")


def _run(coroutine):
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    return done.value.value


def _line(log_format, secret="", exchange=EXCHANGE):
    lines = []
    AccessLog(log_format, secret, lines.append).ended({}, exchange)
    (line,) = lines
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return line.decode()


def test_a_line_of_the_log_is_in_the_combined_format():
    found = re.fullmatch(
        r'192\.0\.2\.7 - - \[\d\d/[A-Z][a-z]{2}/\d{4}(:\d\d){3} \+0000\] "(.+)" 206 1000 "(.+)" "(.+)"\n',
        _line("combined"),
    )
    assert found[2] == "GET /relax/media/rest%20%C3%A9.mp3?length=6m HTTP/1.1"
    assert found[3] == "https://home.example/relax/"
    assert found[4] == r"odd \"player\"\x0a1"


def test_a_line_of_the_log_can_be_json():
    found = json.loads(_line("json"))
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "client": "192.0.2.7",
        "method": "GET",
        "target": "/relax/media/rest%20%C3%A9.mp3?length=6m",
        "protocol": "HTTP/1.1",
        "status": 206,
        "bytes": 1000,
        "seconds": 0.25,
        "referrer": "https://home.example/relax/",
        "user_agent": 'odd "player" 1',
    }


@pytest.mark.parametrize("log_format", ["combined", "json"])
def test_the_token_is_in_no_line_wherever_a_client_puts_it(log_format):
    told = Exchange("1", "GET", "/SECRET", "a=SECRET", "HTTP/1.1", "http://SECRET/", "SECRET", 200, 0)
    assert "SECRET" not in _line(log_format, "SECRET", told)


@pytest.mark.parametrize("query", ["token=abc&length=6m", "length=6m&token=abc", "%74oken=abc&length=6m"])
def test_a_token_is_taken_out_of_a_query_however_it_is_written(query):
    assert without_token(query) == ("length=6m", ["abc"])


def test_no_line_of_the_log_is_longer_than_a_pipe_takes_at_once():
    long = "x" * 100_000
    huge = Exchange(long, long, long, long, "HTTP/1.1", '"' * 100_000, "\0" * 100_000, 200, 0)
    assert len(_line("combined", exchange=huge).encode()) <= 4096
    assert len(_line("json", exchange=huge).encode()) <= 4096


def test_pages_and_scripts_have_no_address_that_leaves_the_root_path():
    """Addresses in templates begin with the root path; those in scripts are relative, or begin with it too."""
    for path in (PACKAGE / "templates" / "web").glob("*.html"):
        assert re.findall(r'(?:href|src|action)="/[^"]*"', path.read_text("utf-8")) == [], path.name
    folders = r"(?:api|media|figures|static|kept|healthz|sw\.js|make|record|subscribe|feed|manifest|icon)"
    for path in (PACKAGE / "web" / "static").glob("*.js"):
        found = re.findall(rf'["\'`]/{folders}\b[^"\'`]*', path.read_text("utf-8"))
        assert found == [], path.name


class _Pause:
    def __await__(self):
        yield


def test_a_client_behind_a_proxy_has_a_limit_and_does_not_use_up_that_of_others():
    async def application(_scope, _receive, _send):
        await _Pause()

    statuses, running = [], []
    forwarded = Forwarded(application, TrustedProxies(["10.0.0.0/24"]))

    async def send(message):
        statuses.append(message.get("status"))

    def begin(client):
        said = [(b"x-forwarded-for", client.encode())]
        scope = {"type": "http", "scheme": "http", "client": ("10.0.0.2", 1), "headers": said}
        running.append(forwarded(scope, None, send))
        running[-1].send(None)

    for _ in range(MOST_CONNECTIONS_OF_A_CLIENT):
        begin("203.0.113.5")
    begin("203.0.113.6")
    assert statuses == []
    with pytest.raises(StopIteration):
        begin("203.0.113.5")
    assert statuses[0] == 503
    running.pop()
    running.pop(0).close()
    begin("203.0.113.5")
    for one in running:
        one.close()
