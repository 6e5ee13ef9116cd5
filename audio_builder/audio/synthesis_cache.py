"""Keep what the program synthesises, in memory and on disk: beds and bells take half a second to compute."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from ..cache import Store
from ..memory_cache import MemoryCache
from .pcm import Samples

SYNTHESIS_VERSION = "1"
"""Increase this whenever bells, breath tones or beds give other samples. Part of cache keys and fingerprints."""

_memory: MemoryCache[str, Samples] = MemoryCache(16)  # more than there are bells and layers of beds


def synthesised(name: str, channels: int, synthesise: Callable[[], Samples], store: Store | None) -> Samples:
    """Return what `synthesise` returns, shaped (n,) for one channel or (n, channels).

    It is called only if no sound of this name is in memory or in the cache."""
    return _memory.get(name, lambda: _from_disk(name, channels, synthesise, store))


def forget_synthesised() -> None:
    """Drop the sounds in memory. The cache on disk keeps them."""
    _memory.clear()


def _from_disk(name: str, channels: int, synthesise: Callable[[], Samples], store: Store | None) -> Samples:
    if store is None:
        return synthesise()
    key = hashlib.sha256(f"{SYNTHESIS_VERSION} {np.__version__} {name} {channels}".encode()).hexdigest()
    stored = store.get(key, ".synth", ephemeral=True)
    if stored is None:
        sound = synthesise()
        store.put(key, ".synth", sound.astype("<i2").tobytes(), ephemeral=True)
        return sound
    samples = np.frombuffer(stored.content, "<i2")
    return samples if channels == 1 else samples.reshape(-1, channels)
