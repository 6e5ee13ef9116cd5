"""The layout of an MP3 frame: header, side information, main data (ISO/IEC 11172-3, 2.4.1 and 2.4.2).

This package writes one kind of frame: MPEG-1 layer III at 48 kHz and a constant bit rate, without CRC, padding or bit
reservoir. Such a frame is self-contained: its main data begins in the frame itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..units import FRAME_SAMPLES, RATE

HEADER_SIZE = 4
"""Bytes before the side information."""
SIDE_INFO_SIZE = {1: 17, 2: 32}
"""Bytes of side information, by the number of channels."""
PART2_3_LENGTH = slice(0, 12)
"""Bits of a granule: the number of bits of its main data."""
GLOBAL_GAIN = slice(21, 29)
"""Bits of a granule: its gain. One step is a factor of the fourth root of 2, about 1.5 dB."""
WINDOW_SWITCHING = 33
"""Bit of a granule: set if it does not use the normal long window."""
BLOCK_TYPE = slice(33, 37)
"""Bits of a granule: window_switching_flag, block_type and mixed_block_flag."""

_GRANULE_BITS = 59  # of side information, for one granule of one channel
_FIRST_GRANULE = {1: 18, 2: 20}  # bits of side information before the first granule
_FIRST_SCFSI = {1: 14, 2: 12}  # bits before the scale factor selection information
_SCFSI_BITS = 4

# Bit rates in kbit/s and sample rates in Hz, by the index in a header (2.4.2.3; ISO/IEC 13818-3 for MPEG-2).
_BIT_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_LOW_BIT_RATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLE_RATES = {  # by the version bits of a header: MPEG-1, MPEG-2, and MPEG-2.5, which is a later addition
    0b11: (44_100, 48_000, 32_000),
    0b10: (22_050, 24_000, 16_000),
    0b00: (11_025, 12_000, 8_000),
}
_LAYER_III = 0b01
_ONE_CHANNEL = 0b11

Bits = NDArray[np.uint8]
"""An array of bits or of bytes."""


class FrameFormat(NamedTuple):
    """The bit rate in kbit/s and the number of channels that all frames of a stream have."""

    kbit: int
    channels: int

    @property
    def size(self) -> int:
        """The bytes in a frame."""
        return FRAME_SAMPLES // 8 * self.kbit * 1000 // RATE

    @property
    def header_start(self) -> bytes:
        """The first three bytes of a frame. The fourth contains the channel mode."""
        return bytes((0xFF, 0xFB, _BIT_RATES.index(self.kbit) << 4 | 1 << 2))

    @property
    def main_data_start(self) -> int:
        """The bytes before the main data."""
        return HEADER_SIZE + SIDE_INFO_SIZE[self.channels]


JOINT_STEREO = FrameFormat(128, 2)
MONO = FrameFormat(64, 1)


def frame_format(stereo: bool) -> FrameFormat:
    """Return the format of finished frames: 128 kbit/s joint stereo, or 64 kbit/s mono."""
    return JOINT_STEREO if stereo else MONO


class FrameHeader(NamedTuple):
    """What the header of a layer III frame says: kbit/s (0 if not stated), Hz, and the number of channels."""

    kbit: int
    sample_rate: int
    channels: int


def parse_header(header: bytes) -> FrameHeader:
    """Return what the four bytes of a frame header say. Raises ValueError if they are not a layer III header."""
    if len(header) < HEADER_SIZE or header[0] != 0xFF or header[1] >> 5 != 0b111:
        raise ValueError("no frame sync")
    sample_rates = _SAMPLE_RATES.get(header[1] >> 3 & 3)
    bit_rate_index, sample_rate_index = header[2] >> 4, header[2] >> 2 & 3
    if header[1] >> 1 & 3 != _LAYER_III or sample_rates is None or sample_rate_index == 3:
        raise ValueError("not a layer III frame")
    bit_rates = _BIT_RATES if sample_rates == _SAMPLE_RATES[0b11] else _LOW_BIT_RATES
    return FrameHeader(
        bit_rates[bit_rate_index] if bit_rate_index < len(bit_rates) else 0,
        sample_rates[sample_rate_index],
        1 if header[3] >> 6 == _ONE_CHANNEL else 2,
    )


def frame_rows(frames: bytes, size: int) -> Bits:
    """Return the bytes of frames of one size as a read-only array shaped (frames, size)."""
    return np.frombuffer(frames, np.uint8).reshape(-1, size)


def use_bit_reservoir(rows: Bits) -> bool:
    """Return whether the main data of any frame begins in an earlier one: its main_data_begin is not 0."""
    return bool(rows[:, HEADER_SIZE].any() or (rows[:, HEADER_SIZE + 1] & 0x80).any())


def are_self_contained(frames: bytes, count: int, form: FrameFormat) -> bool:
    """Return whether these bytes are exactly `count` frames of a format, and none uses the bit reservoir."""
    if len(frames) != count * form.size:
        return False
    rows = frame_rows(frames, form.size)
    return bool((rows[:, :3] == [*form.header_start]).all()) and not use_bit_reservoir(rows)


def side_info_bits(rows: Bits, channels: int) -> Bits:
    """Return the bits of the side information of frames shaped (frames, bytes)."""
    return np.unpackbits(rows[:, HEADER_SIZE : HEADER_SIZE + SIDE_INFO_SIZE[channels]], axis=1)


def granule_bits(side_info: Bits, channels: int, granule: int, channel: int) -> Bits:
    """Return a view of the side information of one granule (0 or 1) of one channel, for every frame."""
    start = _FIRST_GRANULE[channels] + (granule * channels + channel) * _GRANULE_BITS
    return side_info[:, start : start + _GRANULE_BITS]


def scfsi_bits(side_info: Bits, channels: int, channel: int) -> Bits:
    """Return a view of a channel's scfsi: which scale factors of granule 0 granule 1 uses again."""
    start = _FIRST_SCFSI[channels] + channel * _SCFSI_BITS
    return side_info[:, start : start + _SCFSI_BITS]


def raise_gain(granule: Bits, steps: int) -> None:
    """Raise the global gain of a granule of every frame in place, within the 0 to 255 that the field can hold."""
    gain = np.packbits(granule[:, GLOBAL_GAIN], axis=1).astype(np.int64) + steps
    granule[:, GLOBAL_GAIN] = np.unpackbits(gain.clip(0, 255).astype(np.uint8), axis=1)


def attenuate(frames: bytes, form: FrameFormat, steps: int) -> bytes:
    """Return the frames turned down by `steps` of 1.5 dB. Only their global gain changes, not their main data."""
    rows = frame_rows(frames, form.size).copy()
    side_info = side_info_bits(rows, form.channels)
    for granule in range(2):
        for channel in range(form.channels):
            raise_gain(granule_bits(side_info, form.channels, granule, channel), -steps)
    rows[:, HEADER_SIZE : form.main_data_start] = np.packbits(side_info, axis=1)
    return rows.tobytes()
