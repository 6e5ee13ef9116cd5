"""Sound that is alike left and right, encoded as one channel and written as joint stereo.

In joint stereo LAME looks at four channels: left, right, their middle and their side. Where both are alike the side is
silent, and the middle is what one channel is, times the square root of 2. So one channel is encoded, in half the time,
and its frames are laid out anew: the side information gets a silent second channel, and the gain of the first goes up
by two steps of a quarter of an octave (ISO/IEC 11172-3, 2.4.1.7 and 2.4.3.4). The coded spectrum stays as it is.
"""

from __future__ import annotations

import numpy as np

KBIT = 112
"""The bit rate of one channel whose frames fit into joint stereo's at 128 kbit/s with their longer side information."""
LOWPASS = 17_000
"""Hz above which LAME leaves everything out in joint stereo at 128 kbit/s (lame.c, optimum_bandwidth)."""
_MONO, _JOINT = 336, 384  # bytes of a frame
_HEADER = np.array(
    (0xFF, 0xFB, 0x94, 0x64), np.uint8
)  # 128 kbit/s, 48 kHz, joint stereo with middle and side
_ONE, _TWO = 17, 32  # bytes of side information of one channel and of two
_GRANULE = 59  # bits of side information for a granule of a channel
_GAIN = slice(21, 29)  # in a granule: after the length of its data and its number of big values
_WINDOW = slice(33, 37)  # whether the window switches, to which one, and whether for high frequencies alone
_ROOT = 2  # steps of gain by which the square root of 2 is louder


def alike(pcm: bytes) -> bool:
    """Whether left and right are the same in this interleaved 16-bit PCM."""
    both = np.frombuffer(pcm, "<i2").reshape(-1, 2)
    return bool((both[:, 0] == both[:, 1]).all())


def left(pcm: bytes) -> bytes:
    """The left channel of interleaved 16-bit PCM."""
    return np.frombuffer(pcm, "<i2")[::2].tobytes()


def joint(mono: bytes) -> bytes:
    """Frames of one channel at KBIT, each standing alone, as frames of joint stereo at 128 kbit/s that sound the same
    on either side. Raises ValueError for anything else."""
    if len(mono) % _MONO:
        raise ValueError(f"{len(mono)} bytes are no whole frames of {_MONO}")
    frames = np.frombuffer(mono, np.uint8).reshape(-1, _MONO)
    head, data = frames[:, :4], frames[:, 4 + _ONE :]
    if not (
        (head[:, :3] == (0xFF, 0xFB, 0x84)).all() and (head[:, 3] >> 6 == 3).all() and not frames[:, 4].any()
    ):
        raise ValueError("these are no frames of one channel, or they lean on earlier ones")
    one = np.unpackbits(frames[:, 4 : 4 + _ONE], axis=1)
    two = np.zeros((len(frames), 8 * _TWO), np.uint8)
    two[:, 12:16] = one[:, 14:18]  # which scale factors the second granule shares with the first
    for granule in range(2):
        given = one[:, 18 + granule * _GRANULE :][:, :_GRANULE]
        middle = two[:, 20 + 2 * granule * _GRANULE :][:, :_GRANULE]
        side = two[:, 20 + (2 * granule + 1) * _GRANULE :][:, :_GRANULE]
        middle[:] = given
        middle[:, _GAIN] = np.unpackbits(np.packbits(given[:, _GAIN], axis=1) + np.uint8(_ROOT), axis=1)
        switched = given[:, _WINDOW.start] == 1
        side[switched, _WINDOW] = given[
            switched, _WINDOW
        ]  # right has the window that it is told for the side
    out = np.zeros((len(frames), _JOINT), np.uint8)
    out[:, :4] = _HEADER
    out[:, 4 : 4 + _TWO] = np.packbits(two, axis=1)
    out[:, 4 + _TWO : 4 + _TWO + data.shape[1]] = data
    return out.tobytes()
