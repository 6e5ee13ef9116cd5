"""LAME in this process, through its C interface (lame.h of LAME 3.98 and later).

The library is the one within lameenc's wheel, whose shared object exports that interface beside its own classes; they
do not reach `lame_set_disable_reservoir`, without which no frame stands alone. Where the object exports nothing (on
Windows, an extension never does) there is no LAME here, and `encode` asks ffmpeg for its own.
"""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from importlib.metadata import version as installed
from typing import Any, NamedTuple

from ..units import RATE
from . import joint_stereo

SCALE = 0.95
"""What LAME turns all sound down by at constant bit rates (presets.c): undone here, so that an MP3 decodes to the level
that was mixed."""
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
_JOINT, _MONO = 1, 3  # MPEG_mode of lame.h


class Setting(NamedTuple):
    """How PCM of one channel or two becomes frames of so many kbit/s; `lowpass` in Hz is LAME's own where it is 0."""

    channels: int
    kbit: int
    lowpass: int = 0


STEREO = Setting(2, 128)
MONO = Setting(1, 64)
ALIKE, MIDDLE, SIDE = (
    Setting(1, kbit, joint_stereo.LOWPASS)
    for kbit in (joint_stereo.ALIKE, joint_stereo.MIDDLE, joint_stereo.SIDE)
)
"""Single channels that `joint` makes two of."""


class LameFailed(Exception):
    """LAME did not take the sound; the text is what it answered."""


@cache
def library() -> Any:
    """LAME's functions, or None where lameenc is missing or does not export them."""
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


def version() -> str | None:
    """Which LAME it is, with the package that brings it; None where there is none."""
    lame = library()
    return lame and f"LAME {lame.get_lame_version().decode()} of lameenc {installed('lameenc')}"


def encode(pcm: bytes, how: Setting) -> bytes:
    """The MP3 frames of 16-bit PCM at 48 kHz, interleaved if stereo (then joint stereo), each by itself. Other threads
    go on meanwhile. Raises Failed."""
    lame = library()
    handle = ctypes.c_void_p(lame.lame_init())
    if not handle:
        raise LameFailed("it has no memory")
    try:
        for name, value in (
            ("num_channels", how.channels),
            ("mode", _JOINT if how.channels == 2 else _MONO),
            ("in_samplerate", RATE),
            ("out_samplerate", RATE),
            ("brate", how.kbit),
            ("lowpassfreq", how.lowpass),
            ("disable_reservoir", 1),
            ("bWriteVbrTag", 0),
        ):
            getattr(lame, f"lame_set_{name}")(handle, ctypes.c_int(value))
        lame.lame_set_scale(handle, 1 / SCALE)
        _checked(lame.lame_init_params(handle))
        count = len(pcm) // (2 * how.channels)
        room = count + 20_000  # more than any of these bit rates needs
        out, size = ctypes.create_string_buffer(room), ctypes.c_int(room)
        samples = ctypes.c_char_p(pcm)
        if how.channels == 2:
            made = lame.lame_encode_buffer_interleaved(handle, samples, ctypes.c_int(count), out, size)
        else:
            made = lame.lame_encode_buffer(handle, samples, samples, ctypes.c_int(count), out, size)
        begun = _checked(made)
        rest = ctypes.byref(out, begun)
        flushed = _checked(lame.lame_encode_flush(handle, rest, ctypes.c_int(room - begun)))
        return ctypes.string_at(out, begun + flushed)
    finally:
        lame.lame_close(handle)


def _checked(answer: int) -> int:
    if answer < 0:
        raise LameFailed(f"it answered {answer}")
    return answer
