"""The one form of MP3 frame that this program makes: MPEG-1 layer III at 48 kHz and a constant bit rate, without CRC,
padding or bit reservoir, so that each stands alone (ISO/IEC 11172-3, 2.4.1 and 2.4.2)."""

from __future__ import annotations

_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128)  # kbit/s by the index in a header


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
