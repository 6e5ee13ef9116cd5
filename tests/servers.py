"""Real servers on loopback, which stop with the tests that use them, and a client for them."""

import functools
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Collection
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import obstore
import uvicorn
from common import ROOT
from obstore.store import from_url

from audio_builder.script.search import shipped_folder
from audio_builder.web.connections import Connection

BUCKET = "psoas"
KEYS = {"AWS_ACCESS_KEY_ID": "publisher", "AWS_SECRET_ACCESS_KEY": "for-tests-only"}


@dataclass(frozen=True)
class Answer:
    """An HTTP response. The names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


def ask(address: str, method: str = "GET", body: object = None, **headers: str) -> Answer:
    """Send a request and return its response, whatever its status. A body that is not bytes is sent as JSON.

    `If_None_Match` stands for the header `If-None-Match`.
    """
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address, data, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=90) as response:
            return _answer(response.status, response)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error)


def _answer(status: int, response: Any) -> Answer:
    return Answer(status, {name.lower(): value for name, value in response.headers.items()}, response.read())


def free_ports(count: int) -> list[int]:
    """Return `count` different ports that are free."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        pass


@contextmanager
def web_space(folder: Path):
    """Serve a folder as a plain web server does. Yields its address."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def ended(process: subprocess.Popen, at_once: bool = False):
    """Yield the process, and end it on leaving."""
    try:
        yield process
    finally:
        process.kill() if at_once else process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def s3(folder: Path):
    """Run SeaweedFS, an S3 server, with a bucket that anyone may read. Yields its address and the environment
    variables that a publisher needs."""
    weed = Path(sys.executable).parent / "weed"
    config = folder / "s3.json"
    keys = {"accessKey": KEYS["AWS_ACCESS_KEY_ID"], "secretKey": KEYS["AWS_SECRET_ACCESS_KEY"]}
    publisher = {"name": "publisher", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List"]}
    config.write_text(json.dumps({"identities": [publisher, {"name": "anonymous", "actions": ["Read"]}]}))
    (folder / "data").mkdir()
    parts = ("master", "volume", "filer", "s3")
    ports = dict(zip((*parts, *(f"{part}.grpc" for part in parts)), free_ports(8), strict=True))
    command = [str(weed), f"-logdir={folder}", "server", f"-dir={folder / 'data'}"]
    command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += [f"-{part}.port={ports[part]}" for part in parts]
    command += [f"-{part}.port.grpc={ports[f'{part}.grpc']}" for part in parts]
    command += ["-s3", f"-s3.config={config}", "-master.telemetry=false", "-master.volumeSizeLimitMB=64"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=20"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    address = f"http://127.0.0.1:{ports['s3']}"
    try:
        with ended(process, at_once=True):  # it stops slowly by itself, and nobody needs its data
            until_answering(address, process, folder / "log")
            environment = {**KEYS, "AWS_ENDPOINT": address, "AWS_REGION": "us-east-1"}
            config = {name.lower(): value for name, value in environment.items()}
            store = from_url(f"s3://{BUCKET}", config=config, client_options={"allow_http": True})
            obstore.put(store, "created", b"")  # creates the bucket
            yield address, {**environment, "AWS_ALLOW_HTTP": "true"}
    finally:
        for port in ports.values():  # it leaves its sockets behind
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


@contextmanager
def running(application, lifespan: str = "on"):
    """Serve an ASGI application from a thread of this process. Yields its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(
            application,
            http=Connection,
            proxy_headers=False,
            log_level="error",
            lifespan=lifespan,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def ready(application):
    """Serve the application, and give its address once every script is spoken.

    From then on no answer changes by itself.
    """
    with running(application) as address:
        until_ready(address)
        yield address


def until_ready(address: str) -> None:
    """Wait until a server has spoken every script."""
    for _ in range(1800):
        with urllib.request.urlopen(f"{address}/healthz", timeout=60) as answer:
            if json.load(answer)["ready"]:
                return
        time.sleep(0.1)
    raise AssertionError("the scripts were not spoken within three minutes")


def without_speech(err: str) -> list[str]:
    """Return what a server printed after its address, except for what it speaks."""
    return [line for line in err.splitlines() if not line.startswith(("Speaking ", "Everything is spoken"))]


def write_only_script(folder: Path, name: str, text: str) -> None:
    """Write a script that is the only one of any length."""
    hide_shipped_scripts(folder)
    (folder / "scripts" / f"{name}.md").write_text(text, "utf-8")


def hide_shipped_scripts(folder: Path) -> None:
    """Write short scripts in the test voice that hide those of the program, which a server would speak for minutes."""
    (folder / "scripts").mkdir(exist_ok=True)
    short = "---\ntitle: Short\nvoice: tone\n---\n\n# Lie down\n\nLet your legs be heavy.\n"
    for path in shipped_folder().glob("*.md"):
        (folder / "scripts" / path.name).write_text(short, "utf-8")


@contextmanager
def serving(folder: Path, home: Path, *options: str, before: Collection[str] = ()):
    """Run `audio-builder serve` in a folder, with another command `before` it if need be.

    Yields its address; the file `serve.pid` has its process id.
    """
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONWARNINGS": "",
    }
    command = [*before, sys.executable, "-m", "audio_builder", "serve", "--port", "0", *options]
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    (folder / "serve.pid").write_text(str(process.pid))
    with ended(process):
        address = _printed_address(process, folder / "serve.log")
        until_answering(f"{address}/healthz", process, folder / "serve.log")
        yield address


@contextmanager
def serving_again(address: str, folder: Path, home: Path, *options: str):
    """Run `audio-builder serve` at an address that it had before. Yields that address.

    Another test may have its port for a moment, so this tries twice.
    """
    options = (*options, "--port", address.rpartition(":")[2])
    with ExitStack() as stack:
        try:
            again = stack.enter_context(serving(folder, home, *options))
        except AssertionError:
            time.sleep(2)
            again = stack.enter_context(serving(folder, home, *options))
        yield again


def _printed_address(process: subprocess.Popen, log: Path) -> str:
    """Return the address that the server prints when it begins to listen."""
    for _ in range(600):
        if found := re.search(r"http://[\d.]+:\d+", log.read_text()):
            return found[0]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")


def until_answering(address: str, process: subprocess.Popen, log: Path | None = None) -> None:
    """Wait until a server answers, whatever it says."""
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"no answer at {address}:\n{log.read_text()[-3000:] if log else ''}")


def needed(program: str) -> str:
    """Return the path of a program that `make test` installs."""
    found = shutil.which(program)
    assert found, f"{program} is not installed. `make test` installs it if it may use apt"
    return found


def server_processes(parent: int) -> list[int]:
    """Return the ids of the processes that a server with several has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            command = status.with_name("cmdline").read_bytes()
            if int(fields[1]) == parent and fields[0] != "Z" and b"run_process" in command:
                found.append(int(status.parent.name))
    return sorted(found)


@contextmanager
def nginx(folder: Path, upstream: str):
    """Run nginx in front of a server, with the configuration in docs/scaling.md. Yields its address."""
    (page,) = re.findall(
        r"^```nginx\n(.*?)^```", (ROOT / "docs" / "scaling.md").read_text("utf-8"), re.M | re.S
    )
    (port,) = free_ports(1)
    for documented, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("/var/cache/nginx/sessions", str(folder / "cache")),
        ("http://127.0.0.1:8765", upstream),
    ):
        assert documented in page
        page = page.replace(documented, here)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""  # otherwise nginx becomes another user
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{page}}}\n"
    )
    command = [
        needed("nginx"),
        "-e",
        str(folder / "log"),
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
    ]
    with ended(subprocess.Popen(command)) as process:
        until_answering(f"http://127.0.0.1:{port}/healthz", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
