"""A session as a virtual file: its size is known before any sound is made, and any part can be made alone."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from ..audio.clip import Clip
from ..audio.mix.style import Style
from ..audio.synthesised import Store
from ..files import atomic_writer
from ..memory_cache import MemoryCache
from ..mp3 import encode
from ..planning.timeline import Timeline
from ..script.model import Sound
from ..units import samples
from . import segments
from .segments import Chunk

_WAITING = 40
"""Spans that wait for being written at most: some 4 MB."""


@dataclass(frozen=True)
class Session:
    """An MP3: the ID3 `tag`, an Info frame, and the frames of `plan` as `clips` and `style` make it sound.

    It decodes to exactly the plan's length, and is the same bytes however it is made. `read` makes its spans in
    `makers`, where given: threads that many sessions share keep many readers from taking all memory. It makes the next
    span there for who reads on, before they ask."""

    timeline: Timeline
    clips: Mapping[Sound, Clip]
    style: Style = field(default_factory=Style)
    tag: bytes = b""
    makers: Executor | None = field(default=None, repr=False, compare=False)
    store: Store | None = field(default=None, repr=False, compare=False)
    _kept: MemoryCache[int, bytes] = field(
        default_factory=partial(MemoryCache, 8), init=False, repr=False, compare=False
    )

    @property
    def frames(self) -> int:
        """The frames of sound, without the Info frame."""
        return encode.frame_count(samples(self.timeline.length))

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """What the frames are made in: the spans in order, behind `head`, are the file."""
        return segments.chunks(self.timeline, self.style, self.frames)

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return len(self.tag) + (1 + self.frames) * encode.frame_size(self.style.stereo)

    @property
    def head(self) -> bytes:
        """What stands before the first span: the tag and the Info frame."""
        return self.tag + encode.info_frame(samples(self.timeline.length), self.style.stereo)

    def chunk(self, number: int) -> bytes:
        """The frames of a span, made alone."""
        if not 0 <= number < len(self.chunks):
            raise ValueError(f"span {number} of {len(self.chunks)}")
        return segments.make(self.chunks[number], self.timeline, self.clips, self.style, self.store)

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on, fewer only at the end of the file; makes the spans that they touch."""
        if offset < 0 or count < 0:
            raise ValueError(f"{count} bytes from {offset}")
        end = min(offset + count, self.size)
        if offset >= end:
            return b""
        head, size = self.head, encode.frame_size(self.style.stereo)
        parts = [head[offset:end]]
        if end > len(head):
            at, until = max(offset - len(head), 0), end - len(head)
            first = bisect_right(self.chunks, at // size, key=lambda chunk: chunk.first) - 1
            last = bisect_left(self.chunks, until, key=lambda chunk: chunk.first * size)
            for chunk, made in zip(self.chunks[first:last], self._of(range(first, last)), strict=True):
                begin = chunk.first * size
                parts.append(made[max(at - begin, 0) : until - begin])
        return b"".join(parts)

    def _of(self, numbers: range) -> list[bytes]:
        """The frames of these spans, two made at a time: most reads touch one or two."""
        if len(numbers) == 1:
            return [self._one(numbers[0])]
        with ThreadPoolExecutor(2, thread_name_prefix="span") as pool:
            return [*pool.map(self._one, numbers)]

    def _one(self, number: int) -> bytes:
        if self.makers is None:
            return self._kept.get(number, partial(self.chunk, number))
        made = self._kept.begin(number, partial(self.makers.submit, self.chunk, number))
        after = number + 1
        if after < len(self.chunks) and (number == 0 or number - 1 in self._kept):
            self._kept.begin(after, partial(self.makers.submit, self.chunk, after))
        return made.result()

    def write(self, path: Path, workers: int = 1, progress: Callable[[int, int], None] | None = None) -> str:
        """Writes the whole file, or on any failure nothing, and returns its SHA-256 in hex.

        `workers` spans are made at a time, in threads: nine tenths of the work is the encoder's, and lets others go on.
        `progress` is told the spans done and the spans in all."""
        digest = hashlib.sha256()
        with atomic_writer(path) as file, closing(self._parts(max(1, workers))) as parts:
            for done, part in enumerate(parts):
                file.write(part)
                digest.update(part)
                if progress is not None:
                    progress(done, len(self.chunks))
        return digest.hexdigest()

    def _parts(self, workers: int) -> Generator[bytes]:
        """The head and the spans in order; never more than a few finished ones wait, however long the session."""
        yield self.head
        waiting: deque[tuple[Chunk, Future[bytes]]] = deque()
        pool = ThreadPoolExecutor(workers, thread_name_prefix="span")
        try:
            for number, chunk in enumerate(self.chunks):
                waiting.append((chunk, pool.submit(self.chunk, number)))
                # what comes round is copied, but for its first time
                while sum(bool(one.encoded) for one, _ in waiting) >= 2 * workers or len(waiting) > _WAITING:
                    yield waiting.popleft()[1].result()
            while waiting:
                yield waiting.popleft()[1].result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
