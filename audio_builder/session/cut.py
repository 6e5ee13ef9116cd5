"""Cut the segments of a session into chunks that are quick to render."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .repeating import frames_to_block_end
from .segments import Chunk, Segment

MAX_ENCODED_FRAMES = 500
"""The most frames of a chunk that are encoded: 0.07 to 0.15 s of work on one core."""
MAX_CHUNK_FRAMES = 2500
"""A chunk ends with the segment that brings it to this many frames, a minute."""


def cut(segments: Iterable[Segment]) -> Iterator[Chunk]:
    """Yield chunks that cover the segments in order.

    A chunk also ends with the block of a repeating source, so that rendering it encodes no further block. An encoded
    segment is only cut if it is longer than a chunk, so that what is said at several moments is cut alike.
    """
    pieces: list[Segment] = []
    encoded = 0
    for rest in segments:
        if rest.is_encoded and encoded and encoded + rest.count > MAX_ENCODED_FRAMES:
            yield Chunk(tuple(pieces))
            pieces, encoded = [], 0
        while rest.count > 0:
            if rest.source is None or rest.is_encoded:
                limit = rest.start + MAX_ENCODED_FRAMES - encoded
            else:
                limit = rest.start + frames_to_block_end(rest.source, rest.position)
            piece, rest = rest.within(rest.start, limit), rest.within(limit, rest.stop)
            pieces.append(piece)
            encoded += piece.count if piece.is_encoded else 0
            if piece.stop == limit or piece.stop - pieces[0].start >= MAX_CHUNK_FRAMES:
                yield Chunk(tuple(pieces))
                pieces, encoded = [], 0
    if pieces:
        yield Chunk(tuple(pieces))
