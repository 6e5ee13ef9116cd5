"""The Info frame states what players need to know, and makes decoders cut to the exact sample."""

import pytest

from audio_builder.mp3.frame import frame_format
from audio_builder.mp3.info import crc16, frame_count, info_frame, stated_frame_count


@pytest.mark.parametrize(
    ("samples", "frames"), [(47, 1), (48, 2), (1152 * 100 - 1105, 100), (1152 * 100 - 1104, 101)]
)
def test_there_are_enough_frames_for_the_delays_that_decoders_cut_off(samples: int, frames: int):
    assert frame_count(samples) == frames


@pytest.mark.parametrize(("stereo", "crc_at"), [(True, 190), (False, 175)])
def test_the_info_frame_states_length_size_and_delays(stereo: bool, crc_at: int):
    samples = 26_544_000
    frame = info_frame(samples, stereo)
    frames, size = frame_count(samples), frame_format(stereo).size
    assert len(frame) == size
    assert stated_frame_count(frame) == frames
    info = frame.index(b"Info")
    assert int.from_bytes(frame[info + 8 : info + 12], "big") == frames
    assert int.from_bytes(frame[info + 12 : info + 16], "big") == (frames + 1) * size
    lame = frame.index(b"LAME")
    delay, padding = divmod(int.from_bytes(frame[lame + 21 : lame + 24], "big"), 1 << 12)
    assert delay + padding + samples == frames * 1152
    assert padding >= 529
    assert int.from_bytes(frame[crc_at : crc_at + 2], "big") == crc16(frame[:crc_at])
    assert not any(frame[crc_at + 2 :])


def test_an_ordinary_frame_is_not_an_info_frame():
    frame = info_frame(48_000, stereo=False)
    assert stated_frame_count(frame.replace(b"Info", b"Inf0")) is None


def test_the_checksum_is_crc_16_arc():
    assert crc16(b"123456789") == 0xBB3D
