"""A session as it is sent to one client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from ..session.session import FilePart, Session
from .render_queue import RenderQueue


@dataclass(frozen=True)
class SessionStream:
    """Sends a session chunk by chunk, each in time for a listener who plays it as it arrives.

    `key` identifies the bytes of the session: streams with equal keys share rendered chunks.
    """

    session: Session
    key: str
    queue: RenderQueue
    client: str = ""

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self.session.size

    async def pieces(self, begin: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `begin` up to but not including `end`. Raises AudioBuilderError.

        No client holds a thread while it reads slowly. If a render thread is idle, the next chunk is rendered ahead.
        """
        started, sent = time.monotonic(), 0.0
        ahead: Future[bytes] | None = None
        try:
            for part, following in pairwise([*self.session.parts(begin, end - begin), None]):
                assert part is not None
                due = started + sent / self.session.bytes_per_second
                if part.chunk is None:
                    content = self.session.head
                else:
                    content = await asyncio.wrap_future(ahead or self._ask(part.chunk, due))
                    sent += part.stop - part.start
                ahead = self._ask_ahead(following, due)
                yield content[part.start : part.stop]
        finally:
            if ahead is not None:
                ahead.cancel()

    def _ask(self, chunk: int, due: float) -> Future[bytes]:
        render = partial(self.session.chunk, chunk)
        return self.queue.ask((self.key, chunk), render, due, self.client)

    def _ask_ahead(self, part: FilePart | None, due: float) -> Future[bytes] | None:
        return self._ask(part.chunk, due) if part and part.chunk is not None and self.queue.is_idle else None
