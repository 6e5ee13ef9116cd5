"""Joint stereo assembled from single channels sounds as these channels do, in two decoders."""

import numpy as np
import pytest
from mp3_sounds import DECODERS, SOUNDS, decode_frames, silence

from audio_builder.mp3 import joint_stereo
from audio_builder.mp3.encode import EncoderInput, encode
from audio_builder.mp3.encoder import encode_pcm
from audio_builder.mp3.frame import JOINT_STEREO
from audio_builder.mp3.joint_stereo import LOWPASS, MID_ALONE, MID_WITH_SIDE, SIDE, assemble


def interleave_twice(sound: np.ndarray) -> bytes:
    """Return stereo PCM with the same sound left and right."""
    return np.repeat(sound, 2).tobytes()


def test_equal_channels_are_encoded_as_one_at_the_bit_rate_of_stereo():
    sound = SOUNDS["chord"]
    frames = encode(EncoderInput(interleave_twice(sound), 0, 82), stereo=True)
    assert frames == assemble(encode_pcm(sound.tobytes(), MID_ALONE, LOWPASS))[: 82 * JOINT_STEREO.size]


@pytest.mark.parametrize("name", SOUNDS)
def test_a_mid_without_a_side_decodes_to_two_equal_channels(name: str):
    mid = encode_pcm(SOUNDS[name].tobytes(), MID_ALONE, LOWPASS)
    stereo = assemble(mid)
    for decoder in DECODERS:
        left, right = decode_frames(stereo, 2, decoder).T
        assert np.array_equal(left, right)
        assert np.abs(left - decode_frames(mid, 1, decoder)[:, 0]).max() < 1e-6


@pytest.mark.usefixtures("without_lame")
def test_frames_that_ffmpeg_encoded_can_be_assembled_too():
    """One sound is enough: the form of the frames is the same, and clicks use every block type."""
    mid = encode_pcm(SOUNDS["clicks"].tobytes(), MID_ALONE, LOWPASS)
    left, right = decode_frames(assemble(mid), 2).T
    assert np.array_equal(left, right)
    assert np.abs(left - decode_frames(mid, 1)[:, 0]).max() < 1e-6


@pytest.mark.parametrize("name", ["chord", "clicks", "noise"])
def test_equal_channels_lose_no_more_than_in_the_encoders_own_joint_stereo(name: str):
    sound = SOUNDS[name]
    pcm = interleave_twice(sound)
    losses = []
    for frames in (encode(EncoderInput(pcm, 0, 82), stereo=True), encode_pcm(pcm, JOINT_STEREO)):
        left = decode_frames(frames, 2)[1105:, 0][: 80 * 1152]
        losses.append(((left - sound[: len(left)] / 32768) ** 2).mean())
    assert losses[0] <= losses[1]


@pytest.mark.parametrize("name", SOUNDS)
def test_left_and_right_are_the_sum_and_the_difference_of_mid_and_side(name: str):
    """Where an attack switches the windows of the mid, the side is left out, and fades out and in around that."""
    faint = (np.random.default_rng(8).standard_normal(84 * 1152) * 20).astype("<i2")
    mid = encode_pcm(SOUNDS[name].tobytes(), MID_WITH_SIDE, LOWPASS)
    side = encode_pcm(faint.tobytes(), SIDE, LOWPASS)[: len(mid) // 3]
    stereo = assemble(mid, side)
    for decoder in DECODERS:
        mid_alone, side_alone = (decode_frames(frames, 1, decoder)[:, 0] for frames in (mid, side))
        left, right = decode_frames(stereo, 2, decoder).T
        assert np.abs((left + right) / 2 - mid_alone).max() < 1e-6
        errors = np.abs((left - right) / 2 - side_alone).reshape(-1, 1152).max(axis=1)
        has_side = errors[4:-3] < 1e-6  # the first and last frames begin and end suddenly
        if name == "clicks":
            assert 0 < has_side.mean() < 0.9
            assert np.abs(left - right).max() / 2 < 1.5 * np.abs(side_alone).max()
        else:
            assert has_side.all()


def test_mid_and_side_must_have_the_same_number_of_frames():
    mid, side = (encode_pcm(silence(4, stereo=False), form) for form in (MID_WITH_SIDE, SIDE))
    with pytest.raises(ValueError, match="frames of side"):
        assemble(mid, side[: -SIDE.size])
    with pytest.raises(ValueError, match="bytes of side for 4 frames"):
        encode(EncoderInput(silence(6, stereo=True), 0, 4, side[: 3 * SIDE.size]), stereo=True)


@pytest.mark.parametrize(
    "frames",
    [
        bytes(336),
        bytes(100),
        bytes.fromhex("fffb84c410") + bytes(331),
        bytes.fromhex("fffb8444") + bytes(332),
    ],
    ids=["zeros", "part of a frame", "bit reservoir", "two channels"],
)
def test_only_self_contained_frames_of_one_channel_are_assembled(frames: bytes):
    with pytest.raises(ValueError, match="frames"):
        assemble(frames)


def test_the_channels_of_pcm_are_half_the_sum_and_half_the_difference():
    pcm = np.array([[100, 40], [-7, 7], [32767, 32767]], "<i2").tobytes()
    left, mid, side = (
        np.frombuffer(channel(pcm), "<i2").tolist()
        for channel in (joint_stereo.left_channel, joint_stereo.mid_channel, joint_stereo.side_channel)
    )
    assert (left, mid, side) == ([100, -7, 32767], [70, 0, 32767], [30, -7, 0])
