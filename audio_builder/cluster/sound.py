"""The MP3 of a session in the store: rendered at once, or joined from segments that several workers rendered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing

import msgspec

from ..session.fingerprint import fingerprint
from ..session.session import Session
from .places import segment_name, sound_name, sound_record_name
from .records import SegmentDone
from .store import SharedStore


class SoundRecord(msgspec.Struct, frozen=True):
    """The size of an MP3 in bytes, and its SHA-256 in hex."""

    size: int
    sha256: str


class _Unusable(Exception):
    """Segments that are gone, damaged or do not make up the session."""


def put_sound(session: Session, mark: str, segments: Sequence[SegmentDone], store: SharedStore) -> str:
    """Write the MP3 of a session with this fingerprint unless the store has it. Return its SHA-256.

    It is joined from the segments if all of them are there, or else rendered; only a few chunks are in memory.
    Raises StoreFailed, and AudioBuilderError if a chunk cannot be rendered.
    """
    if known := known_sound(mark, session.size, store):
        return known.sha256
    digest = ""
    if segments:
        try:
            digest = _write(_joined(session, segments, store), session, mark, store)
        except _Unusable:
            digest = ""
    if not digest:
        with closing(session.pieces()) as pieces:
            digest = _write(pieces, session, mark, store)
    store.write(sound_record_name(mark), msgspec.json.encode(SoundRecord(session.size, digest)))
    return digest


def known_sound(mark: str, size: int, store: SharedStore) -> SoundRecord | None:
    """Return the record of the MP3 with this fingerprint if the store has both, with this size."""
    content = store.read(sound_record_name(mark))
    try:
        known = msgspec.json.decode(content or b"", type=SoundRecord)
    except msgspec.MsgspecError:
        return None
    return known if size == known.size == store.size(sound_name(mark)) else None


def put_segment(session: Session, number: int, count: int, store: SharedStore) -> SegmentDone | None:
    """Render the part `number` of `count` equal ones into the store, or return None if the store has the whole MP3."""
    mark, chunks = fingerprint(session), len(session.chunks)
    if known_sound(mark, session.size, store):
        return None
    name, digest, size = segment_name(mark, number, count), hashlib.sha256(), 0

    def rendered() -> Iterator[bytes]:
        nonlocal size
        for chunk in range(chunks * number // count, chunks * (number + 1) // count):
            piece = session.chunk(chunk)
            digest.update(piece)
            size += len(piece)
            yield piece

    store.write(name, rendered())
    return SegmentDone(name, size, digest.hexdigest())


def remove_segments(segments: Sequence[SegmentDone], store: SharedStore) -> None:
    """Delete segments that were joined."""
    for segment in segments:
        store.delete(segment.name)


def _write(pieces: Iterator[bytes], session: Session, mark: str, store: SharedStore) -> str:
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            yield piece
        if size != session.size:
            raise _Unusable(f"{size} bytes of {session.size}")

    store.write(sound_name(mark), counted())
    return digest.hexdigest()


def _joined(session: Session, segments: Sequence[SegmentDone], store: SharedStore) -> Iterator[bytes]:
    yield session.head
    for segment in segments:
        digest = hashlib.sha256()
        try:
            for piece in store.pieces(segment.name):
                digest.update(piece)
                yield piece
        except FileNotFoundError:
            raise _Unusable(segment.name) from None
        if digest.hexdigest() != segment.sha256:
            raise _Unusable(segment.name)
