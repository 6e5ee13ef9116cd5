"""Clients that try to keep others from listening: `attackers.py ADDRESS ATTACK SECONDS`. Prints what they were told.

They come from an address of their own, as another computer would, and in a process of their own.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

SOURCE = ("127.0.0.2", 0)
AGAIN = 1.0
"""Seconds after which a client that was turned away tries again, whatever it was told."""


async def connect(server):
    return await asyncio.open_connection(*server, local_addr=SOURCE)


def request(server, path):
    return f"GET {path} HTTP/1.1\r\nHost: {server[0]}:{server[1]}\r\nConnection: close\r\n\r\n".encode()


async def half_open(server, _choose):
    """Send half of the headers, and wait until the server gives up."""
    reader, _ = (streams := await connect(server))
    streams[1].write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    await reader.read()
    return "closed"


async def slow(server, choose):
    """Ask for a whole night, and read a hundred bytes a second."""
    reader, writer = await connect(server)
    writer.write(request(server, f"/media/psoas-release.mp3?length={choose.randrange(60, 480)}m"))
    while await reader.read(100):
        await asyncio.sleep(1.0)
    return "closed"


async def unspoken(server, choose):
    """Ask for a session at a speed at which nobody has heard it, which has to be spoken first."""
    return await _status(server, f"/media/psoas-release.mp3?length=30m&speed={choose.uniform(0.6, 1.4):.3f}")


async def lengths(server, choose):
    """Ask for the beginning of a session at a length that nobody has asked for, which has to be planned first."""
    return await _status(server, f"/media/psoas-release.mp3?length={choose.randrange(1_000, 28_000)}s")


async def feeds(server, choose):
    """Ask for a feed of all scripts at a length that nobody has asked for."""
    return await _status(server, f"/feed.xml?length={choose.randrange(1_200, 3_000)}s")


async def _status(server, path):
    reader, writer = await connect(server)
    writer.write(request(server, path))
    status = (await reader.readline()).decode().split()
    writer.transport.abort()
    return status[1] if len(status) > 1 else "closed"


ATTACKS = {
    "half-open": (half_open, 320),
    "slow": (slow, 150),
    "unspoken": (unspoken, 160),
    "lengths": (lengths, 100),
    "feeds": (feeds, 100),
}
"""What a client does again and again, and how many do it at once."""


async def main(address, attack, seconds):
    url = urlsplit(address)
    server, until, told = (url.hostname, url.port), time.monotonic() + seconds, Counter()
    once, clients = ATTACKS[attack]

    async def again(number):
        choose = random.Random(number)
        while (left := until - time.monotonic()) > 0:
            try:
                told[await asyncio.wait_for(once(server, choose), left)] += 1
            except TimeoutError:
                told["no answer until the end"] += 1
            except OSError:
                told["closed"] += 1
            await asyncio.sleep(AGAIN * choose.random())

    await asyncio.gather(*map(again, range(clients)))
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
