"""A session as a virtual file: its size is known before any sound exists, and any part of it can be rendered alone."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from ..audio.clip import Clip
from ..audio.mix.style import Style
from ..cache import Store
from ..files import atomic_writer
from ..memory_cache import MemoryCache
from ..mp3.frame import frame_format
from ..mp3.info import frame_count, info_frame
from ..planning.timeline import Timeline
from ..script.model import Sound
from ..units import FRAME_MS, samples
from .classify import classify
from .cut import cut
from .render import render_chunk
from .segments import Chunk

_CHUNKS_IN_MEMORY = 8
_MAX_WAITING_CHUNKS = 40
"""Finished chunks that wait to be written, at most: about 4 MB."""


class FilePart(NamedTuple):
    """Bytes `start` up to but not including `stop` of a chunk or, if `chunk` is None, of the head."""

    chunk: int | None
    start: int
    stop: int


@dataclass(frozen=True)
class Session:
    """An MP3 that can be read like a file, without rendering more of it than is read.

    It consists of an ID3 `tag`, an Info frame, and the frames of `timeline`, as `clips` and `style` make it sound. It
    decodes to exactly the length of the timeline. Its bytes are the same in whatever order its parts are rendered.

    Frames in the `store` are not encoded again. It keeps those of the session's own chunks only if it `keeps_chunks`;
    sound that repeats is always kept.

    All methods can be called from several threads.
    """

    timeline: Timeline
    clips: Mapping[Sound, Clip]
    style: Style = field(default_factory=Style)
    tag: bytes = b""
    store: Store | None = field(default=None, repr=False, compare=False)
    keeps_chunks: bool = field(default=True, repr=False, compare=False)
    _rendered: MemoryCache[int, bytes] = field(
        default_factory=partial(MemoryCache, _CHUNKS_IN_MEMORY), init=False, repr=False, compare=False
    )

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return len(self.tag) + (1 + self.frame_count) * self._frame_size

    @property
    def frame_count(self) -> int:
        """The number of MP3 frames, without the Info frame."""
        return frame_count(samples(self.timeline.length))

    @property
    def bytes_per_second(self) -> float:
        """How many bytes of the file play in a second."""
        return self._frame_size * 1000 / FRAME_MS

    @property
    def _frame_size(self) -> int:
        return frame_format(self.style.stereo).size

    @cached_property
    def head(self) -> bytes:
        """The bytes before the first chunk: the tag and the Info frame."""
        return self.tag + info_frame(samples(self.timeline.length), self.style.stereo)

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """What is rendered at a time. The file is `head`, followed by the bytes of every chunk in order."""
        return tuple(cut(classify(self.timeline, self.style, self.frame_count)))

    def as_one_of_many(self) -> Session:
        """Return the same session, which keeps only those of its frames that other sessions are likely to have too.

        Over silence, a sentence has the same frames wherever it begins at the same place within a frame, and there are
        only 24 such places. Over an ambience, no other session has the same frames.
        """
        return replace(self, keeps_chunks=self.style.ambience == "none")

    def chunk(self, number: int) -> bytes:
        """Return the bytes of one chunk, counted from 0, and render nothing else.

        Raises ValueError for an unknown chunk, and AudioBuilderError if it cannot be rendered.
        """
        if not 0 <= number < len(self.chunks):
            raise ValueError(f"no chunk {number} among {len(self.chunks)}")
        chunk_store = self.store if self.keeps_chunks else None
        return render_chunk(
            self.chunks[number], self.timeline, self.clips, self.style, self.store, chunk_store
        )

    def read(self, offset: int, count: int) -> bytes:
        """Return `count` bytes from `offset` on, or fewer at the end of the file. Renders the chunks that they touch.

        Raises ValueError if a number is negative, and AudioBuilderError if a chunk cannot be rendered.
        """
        parts = [*self.parts(offset, count)]
        contents = self._contents([part.chunk for part in parts])
        return b"".join(
            content[part.start : part.stop] for part, content in zip(parts, contents, strict=True)
        )

    def frames(self, start: int, stop: int) -> bytes:
        """Return the MP3 frames from `start` up to but not including `stop`, which players can play by themselves."""
        size, head = self._frame_size, len(self.head)
        return self.read(head + start * size, (stop - start) * size)

    def parts(self, offset: int, count: int) -> Iterator[FilePart]:
        """Yield where `count` bytes from `offset` on are found, in order. Renders nothing.

        Raises ValueError if a number is negative.
        """
        if offset < 0 or count < 0:
            raise ValueError(f"cannot read {count} bytes from offset {offset}")
        head, size = len(self.head), self._frame_size
        end = min(offset + count, self.size)
        if offset < min(end, head):
            yield FilePart(None, offset, min(end, head))
        start, stop = max(offset - head, 0), end - head
        if start >= stop:
            return
        first = bisect_right(self.chunks, start // size, key=lambda chunk: chunk.start) - 1
        for number in range(first, len(self.chunks)):
            begin = self.chunks[number].start * size
            if begin >= stop:
                return
            length = (self.chunks[number].stop - self.chunks[number].start) * size
            yield FilePart(number, max(start - begin, 0), min(stop - begin, length))

    def _contents(self, numbers: list[int | None]) -> list[bytes]:
        """Return the head for None and chunks for numbers, rendered two at a time: most reads touch one or two."""
        if len(numbers) < 2:
            return [*map(self._content, numbers)]
        with ThreadPoolExecutor(2, thread_name_prefix="chunk") as pool:
            return [*pool.map(self._content, numbers)]

    def _content(self, number: int | None) -> bytes:
        return self.head if number is None else self._rendered.get(number, partial(self.chunk, number))

    def write(self, path: Path, workers: int = 1, progress: Callable[[int, int], None] | None = None) -> str:
        """Write the whole file atomically and return its SHA-256 in hex.

        Renders `workers` chunks at a time, in threads: nine tenths of the work is the encoder's, during which other
        threads can run. Calls `progress` with the number of chunks written and their total. Raises OSError if the file
        cannot be written, and AudioBuilderError if a chunk cannot be rendered.
        """
        digest = hashlib.sha256()
        with atomic_writer(path) as file, closing(self.pieces(max(1, workers))) as pieces:
            for written, piece in enumerate(pieces):
                file.write(piece)
                digest.update(piece)
                if progress is not None:
                    progress(written, len(self.chunks))
        return digest.hexdigest()

    def pieces(self, workers: int = 1) -> Generator[bytes]:
        """Yield the head and every chunk in order, `workers` rendered at a time. Close it to stop in between.

        However long the session, only a few chunks wait in memory. Raises AudioBuilderError if one cannot be rendered.
        """
        yield self.head
        waiting: deque[tuple[Chunk, Future[bytes]]] = deque()
        pool = ThreadPoolExecutor(workers, thread_name_prefix="chunk")
        try:
            for number, chunk in enumerate(self.chunks):
                waiting.append((chunk, pool.submit(self.chunk, number)))
                # chunks without anything to encode are only copied, so they do not count as work
                while (
                    sum(bool(each.encoded_segments) for each, _ in waiting) >= 2 * workers
                    or len(waiting) > _MAX_WAITING_CHUNKS
                ):
                    yield waiting.popleft()[1].result()
            while waiting:
                yield waiting.popleft()[1].result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
