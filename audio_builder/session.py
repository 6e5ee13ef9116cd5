"""A session as a virtual file: its size is known before any sound is made, and any part can be made alone."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from . import encode
from .clip import Clip
from .mix import mix
from .script import Sound
from .timeline import Plan, Style
from .units import FRAME_SAMPLES, MS_SAMPLES, samples

SPAN = 500
"""Frames of a span, 12 s: what is encoded together, always on the same grid."""
_FRAME_MS = FRAME_SAMPLES // MS_SAMPLES
_KEPT = 8


class _Kept:
    """The spans made last, so that readers of small parts make each once. Safe among threads: who comes while a span
    is being made waits for it."""

    def __init__(self) -> None:
        self._spans: OrderedDict[int, Future[bytes]] = OrderedDict()
        self._lock = Lock()

    def get(self, number: int, make: Callable[[int], bytes]) -> bytes:
        """The span, made now where it is not kept."""
        with self._lock:
            kept = self._spans.get(number)
            if kept is None:
                mine = self._spans[number] = Future()
                if len(self._spans) > _KEPT:
                    self._spans.popitem(last=False)
            else:
                self._spans.move_to_end(number)
        if kept is not None:
            return kept.result()
        try:
            mine.set_result(make(number))
        except BaseException as error:
            with self._lock:
                if self._spans.get(number) is mine:
                    del self._spans[number]
            mine.set_exception(error)
            raise
        return mine.result()


@dataclass(frozen=True)
class Session:
    """An MP3: the ID3 `tag`, an Info frame, and the frames of `plan` as `clips` and `style` make it sound.

    It decodes to exactly the plan's length, and is the same bytes however it is made. `read` makes its spans in
    `makers`, where given: threads that many sessions share keep many readers from taking all memory."""

    plan: Plan
    clips: Mapping[Sound, Clip]
    style: Style = field(default_factory=Style)
    tag: bytes = b""
    makers: Executor | None = field(default=None, repr=False, compare=False)
    _kept: _Kept = field(default_factory=_Kept, init=False, repr=False, compare=False)

    @property
    def frames(self) -> int:
        """The frames of sound, without the Info frame."""
        return encode.frame_count(samples(self.plan.length))

    @property
    def spans(self) -> int:
        """How many spans the frames make, the last one perhaps shorter."""
        return -(-self.frames // SPAN)

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return len(self.tag) + (1 + self.frames) * encode.frame_size(self.style.stereo)

    @property
    def head(self) -> bytes:
        """What stands before the first span: the tag and the Info frame."""
        return self.tag + encode.info_frame(samples(self.plan.length), self.style.stereo)

    def span(self, number: int) -> bytes:
        """The frames of a span, made alone; the spans in order, behind `head`, are the file."""
        if not 0 <= number < self.spans:
            raise ValueError(f"span {number} of {self.spans}")
        first, last = number * SPAN, min((number + 1) * SPAN, self.frames)
        lead = min(encode.LEAD, first)
        start, end = (first - lead) * _FRAME_MS, (last + encode.AFTER) * _FRAME_MS
        pcm = mix(self.plan, self.clips, self.style, start, end).raw_data
        return encode.encode_span(pcm, lead, last - first, self.style.stereo)

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on, fewer only at the end of the file; makes the spans that they touch."""
        if offset < 0 or count < 0:
            raise ValueError(f"{count} bytes from {offset}")
        end = min(offset + count, self.size)
        if offset >= end:
            return b""
        head, size = self.head, SPAN * encode.frame_size(self.style.stereo)
        parts = [head[offset:end]]
        if end > len(head):
            at, until = max(offset - len(head), 0), end - len(head)
            for number in range(at // size, (until - 1) // size + 1):
                parts.append(
                    self._kept.get(number, self._made)[max(at - number * size, 0) : until - number * size]
                )
        return b"".join(parts)

    def _made(self, number: int) -> bytes:
        return self.span(number) if self.makers is None else self.makers.submit(self.span, number).result()

    def write(self, path: Path, workers: int = 1, progress: Callable[[int, int], None] | None = None) -> str:
        """Writes the whole file, or on any failure nothing, and returns its SHA-256 in hex.

        `workers` spans are made at a time, in threads: nine tenths of the work is ffmpeg's, in processes of its own.
        `progress` is told the spans done and the spans in all."""
        digest = hashlib.sha256()
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file, closing(self._parts(max(1, workers))) as parts:
                for done, part in enumerate(parts):
                    file.write(part)
                    digest.update(part)
                    if progress is not None:
                        progress(done, self.spans)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)  # mkstemp made it for its owner alone
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return digest.hexdigest()

    def _parts(self, workers: int) -> Generator[bytes]:
        """The head and the spans in order; never more than a few finished ones wait, however long the session."""
        yield self.head
        waiting: list[Future[bytes]] = []
        pool = ThreadPoolExecutor(workers, thread_name_prefix="span")
        try:
            for number in range(self.spans):
                waiting.append(pool.submit(self.span, number))
                if len(waiting) >= 2 * workers:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
