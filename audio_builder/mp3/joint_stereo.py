"""Frames of joint stereo put together from frames of single channels.

In joint stereo a frame codes two channels: the middle of left and right, (L + R) / √2, and their side, (L - R) / √2;
LAME analyses four to get there. Where left and right are alike the side is silent, and over a bed that is barely heard
it is the bed's own, which comes round: so LAME encodes the middle alone, as one channel, and its frames are laid out
anew. The side information gets a second channel, the gain of both goes up by two steps of a quarter of an octave, which
is the √2, and the coded spectra stay as they are (ISO/IEC 11172-3, 2.4.1.7 and 2.4.3.4).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from . import frame
from .frame import BEGIN, GAIN, GRANULE, Bits

ALIKE = 112
"""kbit/s of a middle that stands without a side."""
MIDDLE = 96
"""kbit/s of a middle with a side beside it."""
SIDE = 32
"""kbit/s of that side: enough for noise that is barely heard."""
LOWPASS = 17_000
"""Hz above which LAME leaves everything out in joint stereo at 128 kbit/s (lame.c, optimum_bandwidth)."""
_WHOLE = 128  # kbit/s of joint stereo: a frame holds the data of ALIKE, or of MIDDLE and SIDE
_MODE = 0x64  # joint stereo with middle and side, no emphasis
_ONE, _TWO = (frame.HEAD + frame.INFO[channels] for channels in (1, 2))  # bytes before the data
_ROOM = frame.size(_WHOLE) - _TWO  # bytes of data in a frame
_SHARED = slice(14, 18)  # of one channel: which scale factors the second granule shares with the first
_LENGTH = slice(0, 12)  # in a granule: the bits of its data
_WINDOW = slice(33, 37)  # whether the window switches, to which one, and whether for high frequencies alone
_ROOT = 2  # steps of gain by which √2 is louder


def alike(pcm: bytes) -> bool:
    """Whether left and right are the same in this interleaved 16-bit PCM."""
    both = _sides(pcm)
    return bool((both[:, 0] == both[:, 1]).all())


def left(pcm: bytes) -> bytes:
    """The left channel of interleaved 16-bit PCM."""
    return _sides(pcm)[:, 0].tobytes()


def middle(pcm: bytes) -> bytes:
    """Half of left and right together, of interleaved 16-bit PCM."""
    both = _sides(pcm).astype(np.int32)
    return ((both[:, 0] + both[:, 1] + 1) >> 1).astype("<i2").tobytes()


def side(pcm: bytes) -> bytes:
    """Half of left less right, of interleaved 16-bit PCM."""
    both = _sides(pcm).astype(np.int32)
    return ((both[:, 0] - both[:, 1] + 1) >> 1).astype("<i2").tobytes()


def _sides(pcm: bytes) -> NDArray[np.int16]:
    return np.frombuffer(pcm, "<i2").reshape(-1, 2)


def joint(middles: bytes, sides: bytes | None = None) -> bytes:
    """Frames of joint stereo at 128 kbit/s: from frames of one channel at ALIKE kbit/s, with a silent side, or from as
    many at MIDDLE and at SIDE.

    Both channels of a granule must have the same window, so a side is left out where the middle switches to short
    ones, at attacks. Raises ValueError for anything but frames that stand alone."""
    given, data = _apart(middles, ALIKE if sides is None else MIDDLE)
    info = np.zeros((len(given), 8 * frame.INFO[2]), np.uint8)
    info[:, 12:16] = given[:, _SHARED]
    middle = [_granule(given, n) for n in range(2)]
    switched = [granule[:, _WINDOW.start] == 1 for granule in middle]
    if sides is not None:
        other, faint = _apart(sides, SIDE)
        if len(other) != len(given):
            raise ValueError(f"{len(other)} frames of the side for {len(given)} of the middle")
        side = [_granule(other, n) for n in range(2)]
        kept = np.stack([~(switched[n] | (side[n][:, _WINDOW.start] == 1)) for n in range(2)], axis=1)
        shared = other[:, _SHARED]
        kept[:, 1] &= kept[:, 0] | ~shared.any(axis=1)
        info[:, 16:20] = shared * kept.all(axis=1, keepdims=True)
        data = _woven(data, _lengths(middle), faint, _lengths(side), kept)
    for n in range(2):
        first, second = (info[:, BEGIN[2] + (2 * n + ch) * GRANULE :][:, :GRANULE] for ch in range(2))
        first[:] = _louder(middle[n])
        if sides is not None:
            second[:] = _louder(side[n]) * kept[:, n, None]
        second[switched[n], _WINDOW] = middle[n][switched[n], _WINDOW]
    out = np.zeros((len(given), frame.size(_WHOLE)), np.uint8)
    out[:, : frame.HEAD] = (*frame.header(_WHOLE), _MODE)
    out[:, frame.HEAD : _TWO] = np.packbits(info, axis=1)
    out[:, _TWO : _TWO + data.shape[1]] = data
    return out.tobytes()


def _apart(frames: bytes, kbit: int) -> tuple[Bits, Bits]:
    """The bits of the side information and the bytes of the data of frames of one channel."""
    size = frame.size(kbit)
    if not frame.alone(frames, len(frames) // size, kbit):
        raise ValueError(f"these are no frames of {kbit} kbit/s, or they lean on earlier ones")
    rows = np.frombuffer(frames, np.uint8).reshape(-1, size)
    if not (rows[:, 3] >> 6 == 3).all():
        raise ValueError("these are frames of more than one channel")
    return frame.info(rows, 1), rows[:, _ONE:]


def _granule(info: Bits, n: int) -> Bits:
    return info[:, BEGIN[1] + n * GRANULE :][:, :GRANULE]


def _louder(granule: Bits) -> Bits:
    made = granule.copy()
    made[:, GAIN] = frame.turned(granule[:, GAIN], _ROOT)
    return made


def _lengths(granules: list[Bits]) -> NDArray[np.int64]:
    """The bits of data of both granules of each frame, shaped (frames, 2)."""
    worth = 1 << np.arange(11, -1, -1)
    return np.stack([granule[:, _LENGTH] @ worth for granule in granules], axis=1)


def _woven(
    data: Bits, lengths: NDArray[np.int64], faint: Bits, short: NDArray[np.int64], kept: NDArray[np.bool_]
) -> Bits:
    """The data of two channels in the order of joint stereo: granule by granule, the middle's and then the side's."""
    bits = np.concatenate([lengths, short, short * kept], axis=1).tolist()
    rows = []
    for m, s, (m0, m1, _, s1, t0, t1) in zip(
        _numbers(data, lengths), _numbers(faint, short), bits, strict=True
    ):
        early, late = s >> s1 if t0 else 0, s & (1 << t1) - 1
        whole = (((m >> m1) << t0 | early) << m1 | m & (1 << m1) - 1) << t1 | late
        rows.append((whole << 8 * _ROOM - (m0 + m1 + t0 + t1)).to_bytes(_ROOM, "big"))
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, _ROOM)


def _numbers(data: Bits, lengths: NDArray[np.int64]) -> Iterator[int]:
    """The data of each frame as one number, without what was stuffed in behind it."""
    size, whole = data.shape[1], data.tobytes()
    for at, used in enumerate(lengths.sum(axis=1).tolist()):
        yield int.from_bytes(whole[at * size : (at + 1) * size], "big") >> 8 * size - used
