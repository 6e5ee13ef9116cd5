"""Listeners who hear a stream in real time: `listeners.py FILE ADDRESS LISTENERS SECONDS PATH...`.

Writes what they met into FILE, as JSON. They run in a process of their own, so that they do not take the server's time.
"""

import asyncio
import hashlib
import json
import random
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ARRIVAL = 60.0
"""Seconds within which all of them begin."""
FROM_THE_START = 0.7
"""The share that begins at the start; the others begin anywhere."""
AHEAD = 20.0
"""Seconds of sound that a player loads ahead."""
RATE = 16_000  # bytes a second
PIECE = 16_384
PATIENCE = 30.0
"""Seconds after which a listener gives up."""


@dataclass
class Listener:
    """What one of them met. Times are in seconds."""

    path: str
    begin: int = 0
    first_byte: float = -1.0
    longest_wait: float = 0.0
    received: int = 0
    error: str = ""
    digest: str = ""
    hashed: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)


async def connect(host, port):
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (host, port))
    return await asyncio.open_connection(sock=raw, limit=PIECE * 2)


async def size_of(host, port, path):
    reader, writer = await connect(host, port)
    writer.write(f"HEAD {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    head = (await reader.read()).decode().lower()
    writer.close()
    return int(head.partition("content-length: ")[2].split()[0])


async def listen(listener, choose, host, port, sizes, until):
    """Begin somewhere, and read as fast as it is heard. The head of the file counts as sound, for simplicity."""
    began = time.monotonic()
    reader = writer = None
    try:
        reader, writer = await connect(host, port)
        if choose.random() > FROM_THE_START:
            if listener.path not in sizes:  # a player knows the size from its first request
                sizes[listener.path] = await size_of(host, port, listener.path)
                began = time.monotonic()
            listener.begin = choose.randrange(sizes[listener.path] * 9 // 10)
        request = f"GET {listener.path} HTTP/1.1\r\nHost: {host}\r\nRange: bytes={listener.begin}-\r\n\r\n"
        writer.write(request.encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        listener.first_byte = time.monotonic() - began
        if not head.startswith(b"HTTP/1.1 206"):
            raise OSError(head.partition(b"\r\n")[0].decode())
        started = time.monotonic()
        starved = 0.0  # how long playing has been interrupted
        while time.monotonic() < until:
            playing = time.monotonic() - started - starved
            if listener.received / RATE - playing > AHEAD:
                await asyncio.sleep(1.0)
                continue
            asked = time.monotonic()
            piece = await asyncio.wait_for(reader.read(PIECE), PATIENCE)
            if not piece:
                break
            empty = started + starved + listener.received / RATE  # when everything received has been played
            wait = time.monotonic() - max(asked, empty)
            if wait > 0:
                starved += wait
                listener.longest_wait = max(listener.longest_wait, wait)
            listener.received += len(piece)
            listener.hashed.update(piece)
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        listener.error = f"{type(error).__name__}: {error}"
    finally:
        listener.digest = listener.hashed.hexdigest()
        if writer is not None:
            writer.close()


async def main(file, address, count, seconds, paths):
    url, choose, sizes = urlsplit(address), random.Random(7), {}
    until = time.monotonic() + seconds
    listeners = [Listener(choose.choice(paths)) for _ in range(count)]

    async def later(number, listener):
        await asyncio.sleep(number / count * min(ARRIVAL, seconds / 2))
        await listen(listener, random.Random(number), url.hostname, url.port, sizes, until)

    await asyncio.gather(*(later(number, listener) for number, listener in enumerate(listeners)))
    names = [name for name in Listener.__dataclass_fields__ if name != "hashed"]
    met = [{name: getattr(one, name) for name in names} for one in listeners]
    Path(file).write_text(json.dumps(met), "utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]))
