"""The sound of a session as PCM, in pieces, for encoders that take it from the beginning to the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor

from ..units import Ms

PIECE_MS = Ms(10_000)
"""How much is mixed at a time: 2 MB in stereo."""

Mixer = Callable[[int, int], bytes]
"""Returns the PCM between two moments in milliseconds."""


def pcm_pieces(length: Ms, mixer: Mixer, workers: int = 1) -> Generator[bytes]:
    """Yield the PCM of `length` milliseconds in order, while the next pieces are mixed. Close it to stop in between.

    The pieces are the same whatever the number of workers, and only a few wait in memory.
    """
    waiting: deque[Future[bytes]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="mix")
    try:
        for start in range(0, length, PIECE_MS):
            waiting.append(pool.submit(mixer, start, min(start + PIECE_MS, length)))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def piece_count(length: Ms) -> int:
    """Return the number of pieces that `pcm_pieces` yields."""
    return -(-length // PIECE_MS)
