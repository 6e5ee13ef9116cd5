"""The clips of a recorded voice: each take cleaned once, and then cached."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from ..audio import level
from ..audio.clip import Clip, clip_length
from ..audio.pcm import wav_file
from ..cache import Cache
from ..errors import BadSound
from ..files import read_file, reason
from ..memory_cache import MemoryCache
from ..script.model import Line
from ..units import MS_SAMPLES, Ms
from .clean import TAKE_VERSION, Cleaned, clean_take
from .sentences import sentence_key
from .sound import take_of_bytes
from .store import take_path
from .voice import RecordedVoice


@dataclass(frozen=True, slots=True)
class Recorded:
    """Which lines of a recorded voice have a take: the file of each, and the lines that are missing."""

    takes: dict[Line, Path]
    missing: tuple[Line, ...]


def recorded_lines(voice: RecordedVoice, lines: Iterable[Line]) -> Recorded:
    """Return the takes that a voice has of these lines. Raises AudioBuilderError if its index cannot be read."""
    entries = voice.index().by_key
    takes: dict[Line, Path] = {}
    missing = []
    for line in lines:
        sentence = entries.get(sentence_key(line.text))
        path = take_path(voice, sentence) if sentence else None
        if path:
            takes[line] = path
        else:
            missing.append(line)
    return Recorded(takes, tuple(missing))


def take_clips(
    takes: dict[Line, Path],
    cache: Cache,
    workers: int,
    progress: Callable[[int, int], None],
) -> dict[Line, Clip]:
    """Return a clip for each take. Clean only those that the cache lacks.

    Raises BadSound with the file and the reason if a take cannot be used. The samples do not depend on the number of
    workers.
    """
    found = cached_take_clips(takes, cache)
    waiting = {line: path for line, path in takes.items() if line not in found}
    with ThreadPoolExecutor(max(1, workers)) as threads:
        work = threads.map(lambda path: take_clip(read_take_file(path), path.name, cache), waiting.values())
        for done, line in enumerate(waiting):
            progress(done, len(waiting))
            found[line] = next(work)
    if waiting:
        progress(len(waiting), len(waiting))
    return {line: found[line] for line in takes}


def cached_take_clips(takes: dict[Line, Path], cache: Cache) -> dict[Line, Clip]:
    """Return the clips of those takes that are in the cache. Raises BadSound if a file cannot be read."""
    return {line: clip for line, path in takes.items() if (clip := _cached(_digest_of(path), cache))}


def take_clip(content: bytes, name: str, cache: Cache, cleaned: Cleaned | None = None) -> Clip:
    """Return the clip of a take from the content of its file, cleaned unless it was before, and cached.

    Raises BadSound.
    """
    digest = hashlib.sha256(content).hexdigest()
    if clip := _cached(digest, cache):
        return clip
    try:
        samples = (cleaned or clean_take(take_of_bytes(content, name))).samples
    except BadSound as error:
        raise BadSound(
            f"The take {name} cannot be used: {str(error).removeprefix(f'{name}: ')}. "
            f"Use another take, or record it again."
        ) from None
    entry = cache.put(_key(digest), ".wav", wav_file(samples))
    clip = Clip(entry.seal, entry.path, Ms(len(samples) // MS_SAMPLES))
    level.store_level(clip, level.measure_clip(clip), cache)
    return clip


def read_take_file(path: Path) -> bytes:
    """Return the content of a take's file. Raises BadSound if it cannot be read."""
    try:
        return read_file(path)
    except OSError as error:
        raise BadSound(f"{path}: cannot read this take ({reason(error)})") from None


_digests: MemoryCache[tuple[str, int, int], str] = MemoryCache(4096)  # by path, time of change and size


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of a take's file, which is read again only if it has changed. Raises BadSound."""
    try:
        status = path.stat()
    except OSError as error:
        raise BadSound(f"{path}: cannot read this take ({reason(error)})") from None
    key = str(path), status.st_mtime_ns, status.st_size
    return _digests.get(key, lambda: hashlib.sha256(read_take_file(path)).hexdigest())


def _key(digest: str) -> str:
    facts = f"take {TAKE_VERSION} {level.HEADROOM_DB} {np.__version__} {soxr.__version__}"
    return hashlib.sha256(f"{facts} {digest}".encode()).hexdigest()


def _cached(digest: str, cache: Cache) -> Clip | None:
    entry = cache.find(_key(digest), ".wav")
    length = None
    with suppress(OSError):
        length = clip_length(entry.path, 1) if entry else None
    return Clip(entry.seal, entry.path, length) if entry and length else None
