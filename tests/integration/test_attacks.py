"""What clients do to a server that they should not be able to stop."""

import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from common import command_environment
from servers import ask, ended, ready, running, write_only_script

from audio_builder.cache import Cache
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.service.sessions import SessionService
from audio_builder.web import connections, turns
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

SCRIPT = "---\ntitle: Small\nvoice: tone\nambience: none\nquality: mono\n---\n\nRest. [rest 2m..]\n- Soft.\n"


@pytest.fixture
def served(tmp_path):
    (tmp_path / "small.md").write_text(SCRIPT, "utf-8")
    workspace = Workspace(ScriptFinder((tmp_path,)), tmp_path / "output", Cache(tmp_path / "cache"))
    with ready(app(workspace, access_policy("token"), patience=3)) as address:
        yield address


def connect(address):
    url = urlsplit(address)
    return socket.create_connection((url.hostname, url.port), timeout=20)


def closed(client):
    """Return whether the server closes the connection."""
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


BEGINNINGS = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half the headers": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "half a body": b"POST /api/import HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
    "half of a second request": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET / HT",
}


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("drips", [False, True])
def test_a_client_that_never_finishes_its_request_is_cut_off(beginning, drips, served, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.5)
    with connect(served) as client:
        client.sendall(BEGINNINGS[beginning])
        if drips:
            try:
                for _ in range(100):  # far longer than the limit
                    client.sendall(b"x")
                    time.sleep(0.05)
            except ConnectionError:
                return
            else:
                raise AssertionError("what comes slowly extends the limit")
        assert closed(client)


def test_a_request_that_takes_its_time_to_answer_is_not_cut_off(served, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.2)
    answer = ask(f"{served}/media/small.mp3?length=20m")
    assert (answer.status, len(answer.body)) == (200, int(answer.headers["content-length"]))


def test_requests_for_unspoken_variants_do_not_keep_others_from_spoken_sessions(served):
    """`tone:hang` never says a word. Forty of these requests would hold every thread of the server."""
    statuses = []

    def want(number):
        address = f"{served}/media/small.mp3?length=6m&voice=tone:hang&speed={0.5 + number / 100:.2f}"
        statuses.append(ask(address).status)

    clients = [threading.Thread(target=want, args=(number,)) for number in range(60)]
    for client in clients:
        client.start()
    deadline = time.monotonic() + 120
    while len(statuses) < 40:  # those that found too many waiting have their answer at once
        assert time.monotonic() < deadline, statuses
        time.sleep(0.05)
    assert ask(f"{served}/media/small.mp3?length=5m", Range="bytes=0-1").status == 206
    assert ask(f"{served}/").status == 200
    for client in clients:
        client.join()
    assert {*statuses} == {503}


@pytest.mark.parametrize("drips", [False, True])
def test_a_client_that_reads_nothing_is_disconnected_and_one_that_reads_slowly_is_not(
    drips, served, monkeypatch
):
    monkeypatch.setattr(connections, "STALLED_SECONDS", 3)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        url = urlsplit(served)
        client.connect((url.hostname, url.port))
        client.settimeout(20)
        client.sendall(b"GET /media/small.mp3?length=1h HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        received, started = 0, time.monotonic()
        while time.monotonic() < started + 6:
            if drips:  # a hundred kilobytes a second, seven times as fast as it is heard
                received += len(client.recv(10_000))
                time.sleep(0.1)
            else:
                time.sleep(0.5)
        try:
            while piece := client.recv(1 << 20):
                received += len(piece)
                if drips and received > 2_000_000:
                    break
        except ConnectionError:
            assert not drips
    assert (received > 2_000_000) == drips


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
def test_a_client_that_leaves_the_end_of_a_response_unread_is_disconnected(connection, served, monkeypatch):
    """What is left is more than the system holds, and less than what makes the server stop writing."""
    monkeypatch.setattr(connections, "STALLED_SECONDS", 1)
    monkeypatch.setattr(connections, "SEND_BUFFER", 4096)
    length, left = 300_000, 70_000
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        url = urlsplit(served)
        client.connect((url.hostname, url.port))
        client.settimeout(20)
        client.sendall(
            b"GET /media/small.mp3?length=1h HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Range: bytes=0-%d\r\nConnection: %s\r\n\r\n" % (length - 1, connection.encode())
        )
        received = 0
        while received < length - left:
            piece = client.recv(2048)
            assert piece, "the server has closed the connection"
            received += len(piece)
        time.sleep(2.5)
        try:
            while piece := client.recv(1 << 20):
                received += len(piece)
        except ConnectionError:
            return
    assert received < length


def test_a_server_stops_at_once_though_a_voice_hangs(tmp_path):
    (tmp_path / "small.md").write_text(SCRIPT.replace("voice: tone", "voice: tone:hang"), "utf-8")
    workspace = Workspace(ScriptFinder((tmp_path,)), tmp_path / "output", Cache(tmp_path / "cache"))
    with running(app(workspace, access_policy("token"))) as address:
        assert ask(f"{address}/healthz").json() == {"ready": False, "scripts_to_speak": 1}
        before = time.monotonic()
    assert time.monotonic() - before < 20, "a voice has thirty seconds for a sentence, three times"
    assert not [thread.name for thread in threading.enumerate() if thread.name == "speaking"]


@contextmanager
def short_of_files(folder, home, most=160):
    """Run `serve` in a process that may open `most` files at a time. Yields its address and its log."""
    write_only_script(folder, "small", SCRIPT)
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({most}, {most}))\n"
        "from audio_builder.web import connections; connections.HEAD_SECONDS = 2\n"
        "from audio_builder.cli.main import main; main()"
    )
    log = folder / "log"
    with log.open("w") as err:
        server = subprocess.Popen(
            [sys.executable, "-c", program, "serve", "--port", "0"],
            cwd=folder,
            env={**os.environ, **command_environment(home)},
            stderr=err,
        )
    with ended(server):
        deadline = time.monotonic() + 60
        while not log.read_text():
            assert server.poll() is None and time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
        yield log.read_text().split()[0].rstrip("/"), log
        assert server.poll() is None


def test_hundreds_of_half_open_connections_neither_stop_a_server_nor_fill_its_log(tmp_path, home):
    clients = []
    with short_of_files(tmp_path, home) as (address, log):
        try:
            for _ in range(320):
                client = connect(address)
                client.sendall(b"GET / HTTP/1.1\r\n")
                clients.append(client)
            for _ in range(200):
                try:
                    if ask(f"{address}/healthz").status == 200:
                        break
                except OSError:
                    time.sleep(0.1)
            else:
                raise AssertionError("the server does not answer any more")
            assert log.stat().st_size < 10_000, log.read_text()[:2000]
        finally:
            for client in clients:
                client.close()


def test_every_listener_to_a_built_session_has_its_file(audio_builder, tmp_path, home):
    """As many as the server accepts, each with a connection and an open file."""
    with short_of_files(tmp_path, home) as (address, log):
        assert audio_builder("build", "small", "--length", "5m", folder=tmp_path).status == 0
        whole = (tmp_path / "output" / "small-5m.mp3").read_bytes()
        request = b"GET /media/small-5m.mp3 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        clients = [connect(address) for _ in range(15)]
        for client in clients:
            client.sendall(request)
        for client in clients:
            with client:
                received = b"".join(iter(partial(client.recv, 1 << 20), b""))
            assert received.partition(b"\r\n\r\n")[2] == whole
        assert log.stat().st_size < 1000, log.read_text()


def test_one_computer_cannot_take_every_place_to_open_sessions(served, monkeypatch):
    """The addresses of 127.0.0.0/8 stand for other computers."""
    opened, others = threading.Event(), []
    open_session = SessionService.session

    def slow(*arguments):
        opened.wait(30)
        return open_session(*arguments)

    monkeypatch.setattr(SessionService, "session", slow)
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.5)

    def want(host, minutes):
        url = urlsplit(served)
        client = HTTPConnection(url.hostname, url.port, timeout=60, source_address=(host, 0))
        with closing(client):
            client.request("GET", f"/media/small.mp3?length={minutes}m", headers={"Range": "bytes=0-9"})
            response = client.getresponse()
            response.read()
            others.append((host, response.status, response.headers["Retry-After"]))

    greedy = [threading.Thread(target=want, args=("127.0.0.2", 10 + n)) for n in range(40)]
    for client in greedy:
        client.start()
    until = time.monotonic() + 30
    while len(others) < 20 and time.monotonic() < until:  # those that are too many have their answer soon
        time.sleep(0.05)
    assert len(others) >= 20
    assert {*others} == {("127.0.0.2", 503, "15")}
    patient = threading.Thread(target=want, args=("127.0.0.3", 9))
    patient.start()
    opened.set()
    for client in (*greedy, patient):
        client.join()
    assert ("127.0.0.3", 206, None) in others


def test_a_computer_that_has_used_much_of_the_processor_waits_for_its_turn(served, monkeypatch):
    def status(host, minutes):
        url = urlsplit(served)
        with closing(HTTPConnection(url.hostname, url.port, timeout=60, source_address=(host, 0))) as client:
            client.request("GET", f"/api/session?script=small&length={minutes}m")
            return client.getresponse().status

    monkeypatch.setattr(turns, "BURST_SECONDS", 1e-6)
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(turns, "SHARE", 1e-6)
    assert [status("127.0.0.2", 10), status("127.0.0.2", 11)] == [200, 503]
    assert status("127.0.0.3", 12) == 200
    assert [status("127.0.0.1", minutes) for minutes in (13, 14)] == [200, 200]
    with closing(
        HTTPConnection(urlsplit(served).netloc, timeout=60, source_address=("127.0.0.2", 0))
    ) as client:
        client.request("GET", "/figures/small/own-000000000000.svg")  # for which the script is read
        assert client.getresponse().status == 503
    monkeypatch.setattr(turns, "WAIT_SECONDS", 60)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(status, "127.0.0.2", 15)
        time.sleep(0.3)
        assert not waiting.done()
        monkeypatch.setattr(turns, "SHARE", 1e6)
        assert waiting.result() == 200
