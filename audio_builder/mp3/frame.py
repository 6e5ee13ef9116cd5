"""The one form of MP3 frame that this program makes: MPEG-1 layer III at 48 kHz and a constant bit rate, without CRC,
padding or bit reservoir, so that each stands alone (ISO/IEC 11172-3, 2.4.1 and 2.4.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128)  # kbit/s by the index in a header
HEAD = 4
"""Bytes before the side information."""
INFO = {1: 17, 2: 32}
"""Bytes of side information by channels."""
BEGIN = {1: 18, 2: 20}
"""Bits in it before the first granule: of each channel one, then the second of each."""
GRANULE = 59
"""Bits of side information for a granule of a channel."""
GAIN = slice(21, 29)
"""Those of its gain, in quarters of an octave: a step turns the sound by a factor of the fourth root of 2."""

Bits = NDArray[np.uint8]


def size(kbit: int) -> int:
    """Bytes in a frame of so many kbit/s."""
    return 144 * kbit // 48


def header(kbit: int) -> bytes:
    """The first three bytes of every frame of so many kbit/s; the fourth says which channels."""
    return bytes((0xFF, 0xFB, _RATES.index(kbit) << 4 | 4))


def alone(data: bytes, count: int, kbit: int) -> bool:
    """Whether these are so many frames of so many kbit/s, each standing alone: its main data begins in itself."""
    step, head = size(kbit), header(kbit)
    return len(data) == count * step and all(
        data[at : at + 3] == head and data[at + 4] == 0 and data[at + 5] < 0x80
        for at in range(0, len(data), step)
    )


def info(rows: Bits, channels: int) -> Bits:
    """The bits of the side information of frames shaped (frames, bytes)."""
    return np.unpackbits(rows[:, HEAD : HEAD + INFO[channels]], axis=1)


def turned(gain: Bits, steps: int) -> Bits:
    """The bits of gains, shaped (frames, 8), turned up by so many steps, within what a gain can be."""
    gains = np.packbits(gain, axis=1).astype(np.int64) + steps
    return np.unpackbits(gains.clip(0, 255).astype(np.uint8), axis=1)


def attenuate(frames: bytes, kbit: int, channels: int, steps: int) -> bytes:
    """The frames as they sound turned down by so many steps of 1.5 dB, coded as they are."""
    rows = np.frombuffer(frames, np.uint8).reshape(-1, size(kbit)).copy()
    bits = info(rows, channels)
    for n in range(2 * channels):
        gain = bits[:, BEGIN[channels] + n * GRANULE :][:, GAIN]
        gain[:] = turned(gain, -steps)
    rows[:, HEAD : HEAD + INFO[channels]] = np.packbits(bits, axis=1)
    return rows.tobytes()
