"""The description of the HTTP API says what the server does: its routes, parameters, statuses and answers."""

import http.client
import json
import re
from urllib.parse import urlencode, urlsplit

import pytest
import yaml
from common import ROOT
from jsonschema import Draft202012Validator
from record_options import with_options
from servers import ask, ready, running

from audio_builder.cache import Cache
from audio_builder.options import OPTIONS
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.web import turns
from audio_builder.web.access import access_policy
from audio_builder.web.app import app
from audio_builder.web.query import read_options

FILE = ROOT / "docs" / "openapi.yaml"
DESCRIBED = yaml.safe_load(FILE.read_text("utf-8"))
METHODS = ("get", "head", "post", "put", "delete")
OF_THE_PAGES = re.compile(
    r"/(make|record|subscribe|static/.*|manifest\.webmanifest|sw\.js|icon-.*|cover\.jpg|podcast\.opml|figures/.*)$"
    r"|/api/(session|picture\.svg|sentence\.wav|sample\.wav|scripts/.*|check|import|preview|hear|words|files/.*|takes.*)$"
)
"""Routes that serve the program's own pages. `docs/http.md` lists them; they may change."""

SCRIPT = """---
title: Rest
voice: tone
ambience: none
length: 6m
---

# Lie down {figure lying-down}

Let your legs be heavy.

[breathe 4-6 x3]

# Rest

[rest 2m..]
"""
BROKEN = "---\ntitle: B\n---\n\n# B\n\n[pauze 3s]\n"


def _resolved(part):
    while "$ref" in part:
        found = DESCRIBED
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


OPERATIONS = {
    (method, path): operation
    for path, operations in DESCRIBED["paths"].items()
    for method, operation in operations.items()
    if method in METHODS
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("served")
    (folder / "scripts").mkdir()
    for name, text in (("rest", SCRIPT), ("broken", BROKEN)):
        (folder / "scripts" / f"{name}.md").write_text(text, "utf-8")
    page = (ROOT / "docs" / "podcast.md").read_text("utf-8")
    show = re.search(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1]
    (folder / "scripts" / "show.toml").write_text(show, "utf-8")
    return Workspace(ScriptFinder((folder / "scripts",)), folder / "output", cache)


@pytest.fixture(scope="module")
def served(workspace):
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


@pytest.fixture(scope="module")
def guarded(workspace):
    """A server that other computers can reach."""
    with ready(app(workspace, access_policy("token", "0.0.0.0"))) as address:
        yield address


def _routes(application):
    return {
        (method.lower(), route.path.replace(":int", ""))
        for route in application.routes
        for method in route.methods
    }


def test_every_route_is_described_or_belongs_to_the_pages(workspace):
    real = _routes(app(workspace, access_policy("token")))
    assert set(OPERATIONS) <= real
    left = {(method, path) for method, path in real - set(OPERATIONS) if method != "head"}
    assert {path for _, path in left if not OF_THE_PAGES.match(path)} == set()
    page = (ROOT / "docs" / "http.md").read_text("utf-8")
    for _, path in left:
        if path.startswith("/api/"):
            assert path.partition("{")[0].rstrip("/") in page, path


def test_the_description_is_complete_and_every_schema_is_valid():
    assert DESCRIBED["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(DESCRIBED["info"])
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(ids) == len(set(ids))
    for (method, path), operation in OPERATIONS.items():
        in_path = {
            one["name"] for one in map(_resolved, operation.get("parameters", ())) if one["in"] == "path"
        }
        assert in_path == set(re.findall(r"\{(\w+)\}", path)), path
        for response in map(_resolved, operation["responses"].values()):
            assert response["description"], (method, path)
    for schema in DESCRIBED["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in re.findall(r'"(#/[^"]+)"', FILE.read_text("utf-8")):
        assert _resolved({"$ref": reference}), reference


def test_the_described_options_are_those_that_an_address_may_have():
    """If not, run tests/record_options.py."""
    text = FILE.read_text("utf-8")
    assert with_options(text) == text
    described = DESCRIBED["components"]["schemas"]["Options"]["properties"]
    assert {name.replace("-", "_") for name in described} == {option.name for option in OPTIONS if option.url}
    for name in described:
        read_options({name: ""})


def test_the_parameters_of_a_session_are_those_that_the_server_reads(served):
    """An unknown one is refused, and each that is described is not."""
    options = {"length": "6m", "ambience": "rain", "ambience-level": "-6", "quality": "mono", "preroll": "1m"}
    for path, more in (("/api/plan", {"script": "rest"}), ("/media/rest.vtt", {}), ("/feed.xml", {})):
        assert ask(f"{served}{path}?{urlencode(more | options)}").status == 200, path
        assert ask(f"{served}{path}?{urlencode(more | {'colour': 'red'})}").status == 400, path


def _validated(method, path, answer):
    """Assert that an answer is described: its status, its kind and, if it is JSON, its shape."""
    response = _resolved(OPERATIONS[method, path]["responses"][str(answer.status)])
    for name, header in response.get("headers", {}).items():
        value = answer.headers[name.lower()]
        Draft202012Validator(_resolved(header)["schema"]).validate(value)
    if method == "head" or not answer.body:
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in response["content"], (path, answer.status, kind)
    schema = response["content"][kind].get("schema")
    if schema and "json" in kind:
        Draft202012Validator({**schema, "components": DESCRIBED["components"]}).validate(
            json.loads(answer.body)
        )


def _ask(address, method, path, body=None, **headers):
    """Ask once, without following redirections."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    try:
        connection.request(method.upper(), path, data, {k.replace("_", "-"): v for k, v in headers.items()})
        found = connection.getresponse()
        names = {name.lower(): value for name, value in found.headers.items()}
        return _Answer(found.status, names, found.read())
    finally:
        connection.close()


class _Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


MP3 = "/media/rest.mp3?length=6m"
REQUESTS = [
    ("get", "/", "/", {}, 200),
    ("get", "/feed.xml", "/feed.xml?length=6m", {}, 200),
    ("get", "/feed.xml", "/feed.xml?length=6m", {"If_None_Match": "*"}, 304),
    ("get", "/feed.xml", "/feed.xml?length=long", {}, 400),
    ("get", "/media/{file}", MP3, {"Range": "bytes=0-99"}, 206),
    ("get", "/media/{file}", MP3, {}, 200),
    ("get", "/media/{file}", "/media/rest.vtt?length=6m", {}, 200),
    ("get", "/media/{file}", "/media/rest.srt?length=6m", {}, 200),
    ("get", "/media/{file}", "/media/rest.txt?length=6m", {}, 200),
    ("get", "/media/{file}", "/media/rest.jpg?length=6m", {}, 200),
    ("get", "/media/{file}", "/media/rest.chapters.json?length=6m", {}, 200),
    ("get", "/media/{file}", MP3, {"If_None_Match": "*"}, 304),
    ("get", "/media/{file}", MP3 + "&version=old", {}, 307),
    ("get", "/media/{file}", "/media/rest.mp3?length=long", {}, 400),
    ("get", "/media/{file}", "/media/nothing.mp3", {}, 404),
    ("get", "/media/{file}", MP3, {"If_Match": '"other"'}, 412),
    ("get", "/media/{file}", MP3, {"Range": "bytes=99999999-"}, 416),
    ("head", "/media/{file}", MP3, {}, 200),
    ("head", "/media/{file}", MP3, {"If_None_Match": "*"}, 304),
    ("head", "/media/{file}", MP3 + "&version=old", {}, 307),
    ("head", "/media/{file}", "/media/rest.mp3?length=long", {}, 400),
    ("head", "/media/{file}", "/media/nothing.mp3", {}, 404),
    ("head", "/media/{file}", MP3, {"If_Match": '"other"'}, 412),
    ("get", "/api/scripts", "/api/scripts", {}, 200),
    ("get", "/api/plan", "/api/plan?script=rest&length=7m", {}, 200),
    ("get", "/api/plan", "/api/plan?script=broken", {}, 400),
    ("get", "/api/plan", "/api/plan?script=rest&length=long", {}, 400),
    ("get", "/api/plan", "/api/plan?script=nothing", {}, 404),
    ("get", "/healthz", "/healthz", {}, 200),
    ("get", "/api/jobs/{id}", "/api/jobs/nothing", {}, 404),
    ("delete", "/api/jobs/{id}", "/api/jobs/nothing", {}, 404),
]
"""A request for each status that the description has, with its headers. Builds, and what concerns all, are below."""
OF_ALL = ("401", "403", "421")
FOR_ANYONE = "/healthz"


@pytest.mark.parametrize(("method", "described", "path", "headers", "status"), REQUESTS)
def test_an_answer_is_as_it_is_described(served, method, described, path, headers, status):
    answer = _ask(served, method, path, **headers)
    assert answer.status == status
    _validated(method, described, answer)


def test_builds_answer_as_it_is_described(served):
    for asked, status in (
        ({"script": "rest"}, 202),
        ({"script": "nothing"}, 404),
        ({"script": "rest", "length": "x"}, 400),
    ):
        answer = _ask(served, "post", "/api/build", asked)
        assert answer.status == status
        _validated("post", "/api/build", answer)
    asked = json.loads(_ask(served, "post", "/api/build", {"script": "rest", "length": "7m"}).body)
    events = _ask(served, "get", asked["events"])
    _validated("get", "/api/jobs/{id}", events)
    last = json.loads(events.body.split(b"data: ")[-1])
    assert last["state"] == "done"
    for method, headers in (("get", {"Accept": "application/json"}), ("delete", {})):
        answer = _ask(served, method, asked["events"], **headers)
        assert answer.status == 200
        _validated(method, "/api/jobs/{id}", answer)


def _an_address_of(path):
    return path.replace("{file}", "rest.mp3").replace("{id}", "nothing")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_needs_the_token_the_host_and_the_site(served, guarded, method, path):
    address = _an_address_of(path)
    refused = (
        (401, _ask(guarded, method, address)),
        (403, _ask(served, method, address, Sec_Fetch_Site="cross-site")),
        (421, _ask(served, method, address, Host="elsewhere.example")),
    )
    for status, answer in refused:
        if path == FOR_ANYONE and status != 421:
            assert answer.status == 200
            continue
        assert answer.status == status
        _validated(method, path, answer)


def test_the_token_moves_from_the_address_of_a_page_into_a_cookie(guarded):
    answer = _ask(guarded, "get", "/?token=token")
    assert answer.status == 303
    _validated("get", "/", answer)


BUSY = [pair for pair, operation in OPERATIONS.items() if "503" in operation["responses"]]


@pytest.mark.parametrize(("method", "path"), BUSY)
def test_a_client_that_asks_for_too_much_is_asked_to_come_back(served, monkeypatch, method, path):
    """As the address 127.0.0.2, which has limits, while loopback has none."""
    monkeypatch.setattr(turns, "BURST_SECONDS", -1.0)
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.0)
    parts = urlsplit(served)
    address = {"/feed.xml": "/feed.xml?length=9m", "/media/{file}": "/media/rest.mp3?length=9m"}.get(
        path, path
    )
    address += "?script=rest" if path == "/api/plan" else ""
    body = json.dumps({"script": "rest"}) if method == "post" else None
    connection = http.client.HTTPConnection(
        parts.hostname, parts.port, timeout=60, source_address=("127.0.0.2", 0)
    )
    try:
        connection.request(method.upper(), address, body)
        found = connection.getresponse()
        answer = _Answer(found.status, {k.lower(): v for k, v in found.headers.items()}, found.read())
    finally:
        connection.close()
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    _validated(method, path, answer)


def test_a_session_that_is_not_spoken_yet_is_asked_for_again_later(workspace, tmp_path):
    unspoken = Workspace(workspace.finder, tmp_path / "output", Cache(tmp_path / "cache"))
    with running(app(unspoken, access_policy("token"), patience=0.0)) as address:
        answer = _ask(address, "get", "/media/rest.mp3?length=6m")
    if answer.status != 200:  # it may have been spoken in this moment
        assert answer.status == 503
        _validated("get", "/media/{file}", answer)


def test_every_status_that_is_described_is_tried():
    tried = {(method, path, str(status)) for method, path, _, _, status in REQUESTS}
    tried |= {
        (method, path, status)
        for method, path in OPERATIONS
        for status in OF_ALL
        if path != FOR_ANYONE or status == "421"
    }
    tried |= {(method, path, "503") for method, path in BUSY}
    tried |= {("post", "/api/build", status) for status in ("202", "400", "404")}
    tried |= {("get", "/api/jobs/{id}", "200"), ("delete", "/api/jobs/{id}", "200"), ("get", "/", "303")}
    described = {
        (method, path, status)
        for (method, path), operation in OPERATIONS.items()
        for status in operation["responses"]
    }
    assert described == tried
