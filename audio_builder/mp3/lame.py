"""LAME in this process, through its C interface (lame.h of LAME 3.98 and later).

The library comes with lameenc's wheel, whose shared object exports that interface next to its own classes. The classes
cannot call `lame_set_disable_reservoir`, without which frames are not self-contained. On Windows an extension module
exports no such functions, so LAME is not available in this way.
"""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from importlib.metadata import version
from typing import Any

from ..units import RATE
from .frame import FrameFormat

SCALE = 0.95
"""The factor by which LAME turns down all sound at constant bit rates (presets.c). It is undone here, so that an MP3
decodes to the level of its source."""

_FUNCTIONS = (
    "get_lame_version",
    "lame_init",
    "lame_init_params",
    "lame_close",
    "lame_encode_buffer",
    "lame_encode_buffer_interleaved",
    "lame_encode_flush",
    "lame_set_bWriteVbrTag",
    "lame_set_brate",
    "lame_set_disable_reservoir",
    "lame_set_in_samplerate",
    "lame_set_lowpassfreq",
    "lame_set_mode",
    "lame_set_num_channels",
    "lame_set_out_samplerate",
    "lame_set_scale",
)
_JOINT_STEREO_MODE, _MONO_MODE = 1, 3  # MPEG_mode of lame.h
_OUTPUT_RESERVE = 20_000  # bytes beyond one for each sample, which is more than any bit rate here needs


class LameFailed(Exception):
    """LAME reported an error."""


@cache
def lame_library() -> Any:
    """Return LAME's functions, or None if lameenc is missing or does not export them."""
    found = importlib.util.find_spec("lameenc")
    if found is None or found.origin is None:
        return None
    try:
        lame = ctypes.CDLL(found.origin)
        for name in _FUNCTIONS:
            getattr(lame, name)
    except (OSError, AttributeError):
        return None
    lame.lame_init.restype = ctypes.c_void_p
    lame.get_lame_version.restype = ctypes.c_char_p
    lame.lame_set_scale.argtypes = [ctypes.c_void_p, ctypes.c_float]
    return lame


def lame_version() -> str | None:
    """Return the version of LAME and of the package that contains it, or None if LAME is not available."""
    lame = lame_library()
    return lame and f"LAME {lame.get_lame_version().decode()} of lameenc {version('lameenc')}"


def encode_with_lame(pcm: bytes, form: FrameFormat, lowpass: int = 0) -> bytes:
    """Return self-contained MP3 frames of 16-bit PCM at 48 kHz, which is interleaved if the format has two channels.

    `lowpass` is in Hz; 0 leaves it to LAME. Other threads can run meanwhile. Raises LameFailed.
    """
    lame = lame_library()
    encoder = ctypes.c_void_p(lame.lame_init())
    if not encoder:
        raise LameFailed("out of memory")
    try:
        _configure(lame, encoder, form, lowpass)
        return _run(lame, encoder, pcm, form.channels)
    finally:
        lame.lame_close(encoder)


def _configure(lame: Any, encoder: ctypes.c_void_p, form: FrameFormat, lowpass: int) -> None:
    settings = {
        "num_channels": form.channels,
        "mode": _JOINT_STEREO_MODE if form.channels == 2 else _MONO_MODE,
        "in_samplerate": RATE,
        "out_samplerate": RATE,
        "brate": form.kbit,
        "lowpassfreq": lowpass,
        "disable_reservoir": 1,
        "bWriteVbrTag": 0,
    }
    for name, value in settings.items():
        getattr(lame, f"lame_set_{name}")(encoder, ctypes.c_int(value))
    lame.lame_set_scale(encoder, 1 / SCALE)
    _check(lame.lame_init_params(encoder))


def _run(lame: Any, encoder: ctypes.c_void_p, pcm: bytes, channels: int) -> bytes:
    count = len(pcm) // (2 * channels)
    capacity = count + _OUTPUT_RESERVE
    output, samples = ctypes.create_string_buffer(capacity), ctypes.c_char_p(pcm)
    rest = ctypes.c_int(count), output, ctypes.c_int(capacity)
    if channels == 2:
        written = _check(lame.lame_encode_buffer_interleaved(encoder, samples, *rest))
    else:
        written = _check(lame.lame_encode_buffer(encoder, samples, samples, *rest))
    end = ctypes.byref(output, written)
    flushed = _check(lame.lame_encode_flush(encoder, end, ctypes.c_int(capacity - written)))
    return ctypes.string_at(output, written + flushed)


def _check(result: int) -> int:
    if result < 0:
        raise LameFailed(f"error {result}")
    return result
