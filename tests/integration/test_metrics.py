"""Metrics for Prometheus: what they count, of which processes, and who may read them."""

import http.client
import os
import signal
import time
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families
from servers import ask, ready, server_processes, serving, write_only_script

from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.web.access import access_policy
from audio_builder.web.app import app
from audio_builder.web.hosting import Hosting

SCRIPT = "---\ntitle: Rest\nvoice: tone\nquality: mono\n---\n\n# Lie down\n\nLet your legs be heavy.\n\n[rest 2m..]\n"
SESSION = "/media/rest.mp3?length=6m"


@pytest.fixture
def folder(tmp_path):
    write_only_script(tmp_path, "rest", SCRIPT)
    return tmp_path


@pytest.fixture
def start(folder, cache):
    """Return what starts a server with metrics, with a policy."""

    def run(root="", **policy):
        workspace = Workspace(ScriptFinder((folder / "scripts",)), folder / "output", cache)
        return ready(app(workspace, access_policy("token", **policy), hosting=Hosting(root, metrics=True)))

    return run


def scraped(address):
    """Return every number by name and labels, such as `audio_builder_requests_total{method=GET,...}`."""
    answer = ask(f"{address}/metrics")
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    found = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            key = f"{sample.name.removeprefix('audio_builder_')}{{{labels}}}"
            assert key not in found, "each once"
            found[key] = sample.value
    return found


def test_requests_are_counted_by_route_method_and_status_with_the_bytes_that_were_sent(start):
    with start("/relax") as address:
        size = len(ask(f"{address}/relax{SESSION}").body)
        ask(f"{address}{SESSION}", Range="bytes=0-99")
        for path in ("/media/none.mp3", "/nothing/of/the/kind", "/api/scripts"):
            ask(f"{address}{path}")
        found = scraped(address)
    assert found["requests_total{method=GET,route=/media/{file},status=200}"] == 1
    assert found["requests_total{method=GET,route=/media/{file},status=206}"] == 1
    assert found["requests_total{method=GET,route=/media/{file},status=404}"] == 1
    assert found["requests_total{method=GET,route=other,status=404}"] == 1
    assert found["requests_total{method=GET,route=/api/scripts,status=200}"] == 1
    assert size + 100 < found["sent_bytes_total{route=/media/{file}}"] < size + 1000
    assert found["request_seconds_total{route=/media/{file}}"] > 0


def test_listeners_queues_builds_cache_and_speech_have_numbers(start):
    with start() as address:
        server = urlsplit(address)
        listener = http.client.HTTPConnection(server.hostname, server.port, timeout=60)
        listener.request("GET", "/media/rest.mp3?length=2h")
        listener.getresponse().read(1000)
        found = scraped(address)
        assert found["listeners{}"] == 1
        assert found["scripts_to_speak{}"] == 0
        assert found["chunks_to_render{}"] >= 0
        assert found["speaking_seconds_total{}"] > 0
        assert found["cache_bytes{}"] > 0
        assert found["cache_limit_bytes{}"] > found["cache_bytes{}"]
        states = ("waiting", "working", "done", "failed", "cancelled")
        assert {f"builds{{state={state}}}" for state in states} <= {*found}
        listener.close()
        deadline = time.monotonic() + 30
        while scraped(address)["listeners{}"]:
            assert time.monotonic() < deadline


def test_metrics_need_the_token_on_a_server_that_others_can_reach(start):
    for policy in ({"host": "0.0.0.0"}, {"public": True}, {"behind_proxy": True}):
        with start(**policy) as address:
            assert ask(f"{address}/metrics").status == 401
            assert ask(f"{address}/metrics", Authorization="Bearer wrong").status == 401
            assert ask(f"{address}/metrics", Authorization="Bearer token").status == 200
            assert ask(f"{address}/metrics?token=token").status == 200


def test_without_the_option_there_are_no_metrics(folder, cache):
    workspace = Workspace(ScriptFinder((folder / "scripts",)), folder / "output", cache)
    with ready(app(workspace, access_policy("token"))) as address:
        assert ask(f"{address}/metrics").status == 404


def test_the_numbers_are_those_of_all_processes_and_of_those_that_have_ended(folder, tmp_path):
    with serving(folder, tmp_path / "home", "--workers", "2", "--metrics") as address:
        for _ in range(40):
            assert ask(f"{address}/api/scripts").status == 200
        key = "requests_total{method=GET,route=/api/scripts,status=200}"
        assert [scraped(address)[key] for _ in range(10)] == [40] * 10
        parent = int((folder / "serve.pid").read_text())
        first = server_processes(parent)[0]
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while len(server_processes(parent)) < 2 or first in server_processes(parent):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert scraped(address)[key] == 40
        assert scraped(address)["listeners{}"] == 0
