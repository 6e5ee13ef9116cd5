"""The Info frame at the start of an MP3: from it, players know the length and decoders cut to the exact sample.

Its layout is that of the LAME tag (gabriel.mp3-tech.org/mp3infotag.html) and of libmp3lame's VbrTag.c.
"""

from __future__ import annotations

from ..units import FRAME_SAMPLES
from .frame import HEADER_SIZE, SIDE_INFO_SIZE, FrameFormat, frame_format, parse_header

_ENCODER_DELAY = 576  # samples that LAME puts before the sound
_DECODER_DELAY = 529  # samples by which a decoder lags
_CHANNEL_MODE = {1: 0xC4, 2: 0x44}  # the fourth byte of a header: mono or joint stereo, original
_SEEK_POINTS = bytes(
    256 * percent // 100 for percent in range(100)
)  # evenly spread: the bit rate is constant
_ALL_FIELDS = 0b1111  # frames, bytes, seek points and quality are present
_QUALITY = 57  # what LAME writes at its default settings
_SOURCE = {1: 0x80, 2: 0x8C}  # 48 kHz source, mono or joint stereo


def frame_count(samples: int) -> int:
    """Return the frames that hold `samples` of each channel after decoders cut off both delays."""
    return -(-(samples + _ENCODER_DELAY + _DECODER_DELAY) // FRAME_SAMPLES)


def info_frame(samples: int, stereo: bool) -> bytes:
    """Return the Info frame of a stream that decodes to exactly `samples` of each channel."""
    form, count = frame_format(stereo), frame_count(samples)
    total = (count + 1) * form.size
    header = form.header_start + bytes((_CHANNEL_MODE[form.channels],)) + bytes(SIDE_INFO_SIZE[form.channels])
    xing = b"Info" + b"".join(number.to_bytes(4, "big") for number in (_ALL_FIELDS, count, total))
    xing += _SEEK_POINTS + _QUALITY.to_bytes(4, "big")
    frame = header + xing + _lame_extension(form, total, FRAME_SAMPLES * count - samples - _ENCODER_DELAY)
    return (frame + crc16(frame).to_bytes(2, "big")).ljust(form.size, b"\x00")


def _lame_extension(form: FrameFormat, total: int, padding: int) -> bytes:
    """Return LAME's part of the Info frame, up to its checksum: `total` bytes, `padding` samples at the end."""
    return (
        b"LAME3.100"
        + b"\x01"  # tag revision 0, method 1: constant bit rate
        + bytes(1 + 8)  # low-pass not stated, no replay gain
        + b"\x00"  # no encoding flags
        + bytes((form.kbit,))
        + (_ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
        + bytes((_SOURCE[form.channels],))
        + bytes(1 + 2)  # gain and preset
        + total.to_bytes(4, "big")
        + bytes(2)  # the checksum of all frames, unknown before they are encoded
    )


def stated_frame_count(frame: bytes) -> int | None:
    """Return the number of frames that an Info frame states, or None if this is not an Info frame."""
    start = HEADER_SIZE + SIDE_INFO_SIZE[parse_header(frame[:HEADER_SIZE]).channels]
    return (
        int.from_bytes(frame[start + 8 : start + 12], "big") if frame[start : start + 4] == b"Info" else None
    )


def crc16(data: bytes) -> int:
    """Return the CRC-16/ARC of the data: polynomial 0x8005 reflected, starting at 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
