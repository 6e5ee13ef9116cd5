"""A server of voices on loopback that misbehaves as it is told, and an engine whose voice it has."""

import hashlib
import http.server
import json
import os
import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MODEL = random.Random(34).randbytes(3_000_000)
CONFIG = b'{"audio": {"sample_rate": 24000}}\n'
CARD = b"# Model card\n\n* License: none, it is for tests\n"
FILES = {"a/pebble.onnx": MODEL, "a/pebble.onnx.json": CONFIG, "a/MODEL_CARD": CARD}
VERSION = "1.0"

ENGINE = f"""
from audio_builder.speech.adding.catalogue import Offer, OfferedFile
from audio_builder.speech.adding.storage import added_voices
from audio_builder.speech.engine import VoiceInfo
from audio_builder.speech.engines.tone import ToneVoice

FILES = {[(path, len(data), "md5:" + hashlib.md5(data).hexdigest()) for path, data in FILES.items()]!r}

class Engine:
    label = "pebble"
    default_speed = 1.0

    def open(self, name, speed, language):
        return ToneVoice("sine", speed)

    def list_voices(self):
        return [VoiceInfo("pebble", is_default=True), *(VoiceInfo(v.facts.name, "de") for v in added_voices("stone"))]

    def offers(self):
        files = tuple(OfferedFile(*file) for file in FILES)
        return [Offer("stone", "stone_XX-pebble-small", "de", "German", "Germany", "small", files,
                      "https://voices.invalid/", "for tests")]

    def measure(self, folder, name, language, progress):
        progress(1, 1)
        return {{"gain": 1.5}}

ENGINE = Engine()
"""
"""The source of an engine named `stone`, which can add one voice of 3 MB and measures it at once."""
VOICE = "stone:stone_XX-pebble-small"
NAME = VOICE.partition(":")[2]


def install_engine(folder: Path) -> None:
    """Put the engine into a folder as an installed package."""
    (folder / "stone_voice.py").write_text(ENGINE, "utf-8")
    info = folder / "voice_stone-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: voice-stone\nVersion: {VERSION}\n", "utf-8")
    (info / "entry_points.txt").write_text("[audio_builder.voices]\nstone = stone_voice:ENGINE\n", "utf-8")


class Machine:
    """Runs commands, and knows where their voices are."""

    def __init__(self, plugin, folder):
        self.folder = folder
        self.voices = folder / "data" / "audio-builder" / "voices"
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(plugin), os.environ.get("PYTHONPATH")])),
            "PYTHONWARNINGS": "",
            "no_proxy": "*",
        }

    def start(self, *arguments, trace=(), **options):
        return subprocess.Popen(
            [*trace, sys.executable, "-m", "audio_builder", "voices", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *arguments, **options):
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        return process.returncode, out, err

    def is_there(self):
        """Return whether the voice is there. If it is, it must be whole."""
        place = self.voices / "stone" / NAME
        if not place.exists():
            return False
        found = {path.name: path.read_bytes() for path in place.iterdir()}
        facts = json.loads(found.pop("voice.json"))
        assert found == {"pebble.onnx": MODEL, "pebble.onnx.json": CONFIG, "MODEL_CARD": CARD}
        assert facts["measured"] == {"gain": 1.5}
        return True

    def bytes_there(self):
        return sum(path.stat().st_size for path in self.voices.rglob("*") if path.is_file())


@dataclass
class Behaviour:
    """How a server answers. Each request for a model takes the next cut, while there are any.

    `cuts` are numbers of bytes after which it closes the connection. `pause` are seconds between pieces of 64 kB.
    """

    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ignores_ranges: bool = False
    wrong_range: bool = False
    redirect: str = ""
    pause: float = 0.0
    asked: list[tuple[str, str]] = field(default_factory=list)
    """The path and the Range of each request so far."""


@contextmanager
def voice_server(behaviour: Behaviour):
    """Serve the files of a behaviour. Yields the address, which ends with a slash."""
    handler = type("Handler", (_Handler,), {"behaviour": behaviour})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    behaviour: Behaviour
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        how, path = self.behaviour, self.path.lstrip("/")
        asked = self.headers.get("Range", "")
        how.asked.append((path, asked))
        self.close_connection = True
        if how.redirect and not path.startswith("moved/"):
            return self._head(302, 0, Location=f"{how.redirect}moved/{path}")
        body = how.files.get(path.removeprefix("moved/"))
        if body is None:
            return self._head(404, 0)
        if how.statuses:
            return self._head(how.statuses.pop(0), 0)
        start = 0
        if asked and not how.ignores_ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                return self._head(416, 0)
            shown = start + 1 if how.wrong_range else start
            self._head(
                206, len(body) - start, **{"Content-Range": f"bytes {shown}-{len(body) - 1}/{len(body)}"}
            )
        else:
            self._head(200, len(body))
        return self._send(body[start:], path)

    def _send(self, body, path):
        how = self.behaviour
        cut = how.cuts.pop(0) if how.cuts and path.endswith(".onnx") else len(body)
        for at in range(0, min(cut, len(body)), 65_536):
            try:
                self.wfile.write(body[at : min(at + 65_536, cut)])
            except OSError:
                return
            time.sleep(how.pause)

    def _head(self, status, length, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(length), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_args):
        pass
