"""Assemble joint stereo frames from frames of single channels.

A joint stereo frame codes two channels: mid, (L + R) / √2, and side, (L - R) / √2. LAME analyses left, right, mid and
side to get there. Two kinds of sound need less:

- Left and right are equal. Then the side is silent, and one channel is encoded.
- The side repeats, as under speech over a faint ambience. Then only the mid is encoded, and the side is reused.

The frames of one channel become joint stereo without being coded again. The side information gets a second channel,
the global gain of both channels rises by two steps, which is √2, and the main data stays as it is, bit for bit
(ISO/IEC 11172-3, 2.4.1.7 and 2.4.3.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from . import frame
from .frame import JOINT_STEREO, Bits, FrameFormat

MID_ALONE = FrameFormat(112, 1)
"""The format of a mid with a silent side: the highest bit rate whose main data fits into a joint stereo frame."""
MID_WITH_SIDE = FrameFormat(96, 1)
"""A mid that shares its frame with a SIDE."""
SIDE = FrameFormat(32, 1)
"""A side: enough bits for noise that is barely audible."""
LOWPASS = 17_000
"""Hz of LAME's low-pass for joint stereo at 128 kbit/s (lame.c, optimum_bandwidth), also used for single channels."""

_MID_SIDE_MODE = 0x64  # the fourth byte of a header: joint stereo with mid/side, original, no emphasis
_SQRT2_STEPS = 2  # steps of global gain
_DATA_SIZE = JOINT_STEREO.size - JOINT_STEREO.main_data_start  # bytes of main data in an assembled frame


def channels_are_equal(pcm: bytes) -> bool:
    """Return whether left and right are the same in this interleaved 16-bit PCM."""
    samples = _stereo(pcm)
    return bool((samples[:, 0] == samples[:, 1]).all())


def left_channel(pcm: bytes) -> bytes:
    """Return the left channel of interleaved 16-bit PCM."""
    return _stereo(pcm)[:, 0].tobytes()


def mid_channel(pcm: bytes) -> bytes:
    """Return (L + R) / 2 of interleaved 16-bit PCM."""
    samples = _stereo(pcm).astype(np.int32)
    return ((samples[:, 0] + samples[:, 1] + 1) >> 1).astype("<i2").tobytes()


def side_channel(pcm: bytes) -> bytes:
    """Return (L - R) / 2 of interleaved 16-bit PCM."""
    samples = _stereo(pcm).astype(np.int32)
    return ((samples[:, 0] - samples[:, 1] + 1) >> 1).astype("<i2").tobytes()


CHANNELS: dict[FrameFormat, Callable[[bytes], bytes]] = {
    MID_ALONE: left_channel,
    MID_WITH_SIDE: mid_channel,
    SIDE: side_channel,
}
"""For each format of a single channel, the function that takes this channel out of stereo PCM."""


def _stereo(pcm: bytes) -> NDArray[np.int16]:
    return np.frombuffer(pcm, "<i2").reshape(-1, 2)


def assemble(mid: bytes, side: bytes | None = None) -> bytes:
    """Return joint stereo frames at 128 kbit/s.

    `mid` holds frames of MID_ALONE, or of MID_WITH_SIDE if there is a `side`, which then holds the same number of
    frames of SIDE. Both channels of a granule must have the same block type, so the side is left out of granules in
    which the mid switches windows, which it does at attacks. Raises ValueError for any other bytes.
    """
    mid_info, data = _parse(mid, MID_ALONE if side is None else MID_WITH_SIDE)
    info = np.zeros((len(mid_info), 8 * frame.SIDE_INFO_SIZE[2]), np.uint8)
    _put_channel(info, 0, mid_info, np.ones((len(info), 2), np.bool_))
    if side is not None:
        side_info, side_data = _parse(side, SIDE)
        if len(side_info) != len(mid_info):
            raise ValueError(f"{len(side_info)} frames of side for {len(mid_info)} frames of mid")
        usable = _usable_granules(mid_info, side_info)
        _put_channel(info, 1, side_info, usable)
        data = _interleave(data, _data_bits(mid_info), side_data, _data_bits(side_info), usable)
    _copy_block_types(info)
    return _build(info, data)


def _parse(frames: bytes, form: FrameFormat) -> tuple[Bits, Bits]:
    """Return the bits of the side information and the bytes of the main data of single-channel frames."""
    if not frame.are_self_contained(frames, len(frames) // form.size, form):
        raise ValueError(f"not self-contained frames of {form.kbit} kbit/s")
    rows = frame.frame_rows(frames, form.size)
    if not (rows[:, 3] >> 6 == 3).all():
        raise ValueError("these frames have more than one channel")
    return frame.side_info_bits(rows, 1), rows[:, form.main_data_start :]


def _usable_granules(mid_info: Bits, side_info: Bits) -> NDArray[np.bool_]:
    """Return which granules of the side can be used, shaped (frames, 2)."""
    switches = [
        frame.granule_bits(info, 1, granule, 0)[:, frame.WINDOW_SWITCHING] == 1
        for granule in range(2)
        for info in (mid_info, side_info)
    ]
    usable = np.stack([~(switches[0] | switches[1]), ~(switches[2] | switches[3])], axis=1)
    # A second granule that uses scale factors of the first cannot be decoded without it.
    usable[:, 1] &= usable[:, 0] | ~frame.scfsi_bits(side_info, 1, 0).any(axis=1)
    return usable


def _put_channel(info: Bits, channel: int, source: Bits, usable: NDArray[np.bool_]) -> None:
    """Write the side information of a single channel into that of joint stereo, leaving out unusable granules."""
    scfsi = frame.scfsi_bits(source, 1, 0) * usable.all(axis=1, keepdims=True)
    frame.scfsi_bits(info, 2, channel)[:] = scfsi
    for granule in range(2):
        target = frame.granule_bits(info, 2, granule, channel)
        target[:] = frame.granule_bits(source, 1, granule, 0)
        frame.raise_gain(target, _SQRT2_STEPS)
        target *= usable[:, granule, None]


def _copy_block_types(info: Bits) -> None:
    """Give the side of every granule the block type of its mid if that switches windows."""
    for granule in range(2):
        mid, side = (frame.granule_bits(info, 2, granule, channel) for channel in range(2))
        switched = mid[:, frame.WINDOW_SWITCHING] == 1
        side[switched, frame.BLOCK_TYPE] = mid[switched, frame.BLOCK_TYPE]


def _build(info: Bits, data: Bits) -> bytes:
    rows = np.zeros((len(info), JOINT_STEREO.size), np.uint8)
    rows[:, : frame.HEADER_SIZE] = (*JOINT_STEREO.header_start, _MID_SIDE_MODE)
    rows[:, frame.HEADER_SIZE : JOINT_STEREO.main_data_start] = np.packbits(info, axis=1)
    rows[:, JOINT_STEREO.main_data_start :][:, : data.shape[1]] = data
    return rows.tobytes()


def _data_bits(info: Bits) -> NDArray[np.int64]:
    """Return the bits of main data of both granules of single-channel frames, shaped (frames, 2)."""
    place_values = 1 << np.arange(11, -1, -1)
    granules = [frame.granule_bits(info, 1, granule, 0) for granule in range(2)]
    return np.stack([granule[:, frame.PART2_3_LENGTH] @ place_values for granule in granules], axis=1)


def _interleave(
    mid: Bits,
    mid_bits: NDArray[np.int64],
    side: Bits,
    side_bits: NDArray[np.int64],
    usable: NDArray[np.bool_],
) -> Bits:
    """Return the main data of joint stereo: for each granule the bits of the mid, then those of the side if usable."""
    rows = []
    numbers = zip(_as_numbers(mid, mid_bits), _as_numbers(side, side_bits), strict=True)
    bits = np.concatenate([mid_bits, side_bits, side_bits * usable], axis=1).tolist()
    for (mid_data, side_data), (mid0, mid1, _, side1, used0, used1) in zip(numbers, bits, strict=True):
        first_side = side_data >> side1 if used0 else 0
        second_side = side_data & (1 << used1) - 1
        joined = (mid_data >> mid1) << used0 | first_side
        joined = joined << mid1 | mid_data & (1 << mid1) - 1
        joined = joined << used1 | second_side
        rows.append((joined << 8 * _DATA_SIZE - (mid0 + mid1 + used0 + used1)).to_bytes(_DATA_SIZE, "big"))
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, _DATA_SIZE)


def _as_numbers(data: Bits, bits: NDArray[np.int64]) -> Iterator[int]:
    """Yield the main data of each frame as one number, without the padding after it."""
    size, whole = data.shape[1], data.tobytes()
    for row, used in enumerate(bits.sum(axis=1).tolist()):
        yield int.from_bytes(whole[row * size : (row + 1) * size], "big") >> 8 * size - used
