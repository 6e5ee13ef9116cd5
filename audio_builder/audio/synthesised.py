"""What the program makes itself, beds and bells, kept on the disk: it takes half a second to make."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..cache import Store
from .pcm import Samples

SYNTHESIS_VERSION = "1"
"""Increase this whenever chimes or ambience give other samples. Part of cache keys and fingerprints."""


def synthesised(name: str, channels: int, make: Callable[[], Samples], store: Store | None) -> Samples:
    """What `make` gives, shaped (n, channels) or for one channel (n,): from the `store` where this very code made it
    before."""
    if store is None:
        return make()
    key = hashlib.sha256(f"{SYNTHESIS_VERSION} {np.__version__} {name} {channels}".encode()).hexdigest()
    kept = _read(store.get(key, ".synth", fleeting=True))
    if kept is None:
        made = make()
        content = made.astype("<i2").tobytes()
        store.put(key, ".synth", content + hashlib.sha256(content).digest(), fleeting=True)
        return made
    samples = np.frombuffer(kept, "<i2")
    return samples if channels == 1 else samples.reshape(-1, channels)


def _read(path: Path | None) -> bytes | None:
    """The samples of an entry, None where it is gone or not whole."""
    try:
        content = path.read_bytes() if path else b""
    except OSError:  # another process cleared the cache
        return None
    samples, digest = content[:-32], content[-32:]
    return samples if samples and hashlib.sha256(samples).digest() == digest else None
