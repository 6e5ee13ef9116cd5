"""Encode PCM as MP3 frames that can be cut and joined anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, groupby
from typing import NamedTuple

from ..cache import Store
from ..errors import EncodeFailed
from ..units import FRAME_SAMPLES
from . import joint_stereo
from .encoder import encode_pcm, encoder_version
from .frame import MONO, FrameFormat, are_self_contained, frame_format

ENCODING_VERSION = "3"
"""Increase this whenever the same PCM gives other frames. Part of cache keys and fingerprints."""
WARM_UP_FRAMES = 8
"""Frames that are encoded before the wanted ones and thrown away, so that these come out as in one long encode
(decision 0009)."""
LOOK_AHEAD_FRAMES = 2
"""Frames of PCM that the encoder needs after those that are wanted."""


class EncoderInput(NamedTuple):
    """16-bit PCM at 48 kHz, interleaved if stereo, that becomes `frames` MP3 frames.

    The PCM has `warm_up` more frames before these and LOOK_AHEAD_FRAMES after them. If there are `side_frames`, as
    `encode_side` returns them, only the mid of the PCM is encoded.
    """

    pcm: bytes
    warm_up: int
    frames: int
    side_frames: bytes = b""


def encode(inputs: Sequence[EncoderInput], stereo: bool, store: Store | None = None) -> list[bytes]:
    """Return the MP3 frames of each input: 128 kbit/s joint stereo, or 64 kbit/s mono.

    Neighbouring inputs of the same kind go through one encoder. Frames of the same PCM that are in the `store` are
    used again. Raises EncodeFailed unless the encoder returns exactly the frames that were asked for.
    """
    for each in inputs:
        _check_size(each, 2 if stereo else 1)
    form = frame_format(stereo)
    frames = _with_store(inputs, form, lambda: b"".join(_encode_all(inputs, stereo)), store)
    ends = [*accumulate(each.frames * form.size for each in inputs)]
    return [frames[end - each.frames * form.size : end] for end, each in zip(ends, inputs, strict=True)]


def encode_side(source: EncoderInput, store: Store | None = None) -> bytes:
    """Return frames of the side of stereo PCM, one channel at 32 kbit/s, for `EncoderInput.side_frames`."""
    _check_size(source, 2)
    form = joint_stereo.SIDE
    return _with_store([source], form, lambda: b"".join(_encode_together([source], form)), store)


def _check_size(source: EncoderInput, channels: int) -> None:
    frames = source.warm_up + source.frames + LOOK_AHEAD_FRAMES
    if len(source.pcm) != frames * FRAME_SAMPLES * 2 * channels:
        raise ValueError(f"{len(source.pcm)} bytes of PCM for {frames} frames of {channels} channels")
    if len(source.side_frames) not in (0, source.frames * joint_stereo.SIDE.size):
        raise ValueError(f"{len(source.side_frames)} bytes of side for {source.frames} frames")


def _encode_all(inputs: Sequence[EncoderInput], stereo: bool) -> Iterator[bytes]:
    for form, group in groupby(inputs, partial(_encoder_format, stereo=stereo)):
        yield from _encode_together([*group], form)


def _encoder_format(source: EncoderInput, stereo: bool) -> FrameFormat:
    """Return the format in which the encoder makes the frames, before they are assembled."""
    if not stereo:
        return MONO
    if source.side_frames:
        return joint_stereo.MID_WITH_SIDE
    return joint_stereo.MID_ALONE if joint_stereo.channels_are_equal(source.pcm) else frame_format(stereo)


def _encode_together(inputs: Sequence[EncoderInput], form: FrameFormat) -> Iterator[bytes]:
    """Yield the frames of each input, encoded one after the other by one encoder."""
    pcm, lowpass = b"".join(each.pcm for each in inputs), 0
    if extract_channel := joint_stereo.CHANNELS.get(form):
        pcm, lowpass = extract_channel(pcm), joint_stereo.LOWPASS
    encoded = encode_pcm(pcm, form, lowpass)
    start = 0
    for each in inputs:
        start += each.warm_up
        frames = encoded[start * form.size : (start + each.frames) * form.size]
        if not are_self_contained(frames, each.frames, form):
            raise EncodeFailed(
                f"{encoder_version()} did not return the {each.frames} frames asked for ({len(encoded)} bytes); "
                "reinstall audio-builder"
            )
        yield _assembled(frames, each, form)
        start += each.frames + LOOK_AHEAD_FRAMES


def _assembled(frames: bytes, source: EncoderInput, form: FrameFormat) -> bytes:
    if form == joint_stereo.MID_ALONE:
        return joint_stereo.assemble(frames)
    if form == joint_stereo.MID_WITH_SIDE:
        return joint_stereo.assemble(frames, source.side_frames)
    return frames


def _with_store(
    inputs: Sequence[EncoderInput], form: FrameFormat, encode_now: Callable[[], bytes], store: Store | None
) -> bytes:
    """Return the frames of all inputs from the store, or encode them now and put them there."""
    if store is None:
        return encode_now()
    key, count = _key(inputs, form), sum(each.frames for each in inputs)
    entry = store.get(key, ".frames", ephemeral=True)
    frames = entry.content if entry else b""
    if not are_self_contained(frames, count, form):
        frames = encode_now()
        store.put(key, ".frames", frames, ephemeral=True)
    return frames


def _key(inputs: Sequence[EncoderInput], form: FrameFormat) -> str:
    """Return a hash of everything that decides the frames: the sound, the encoder, and how it is used."""
    digest = hashlib.sha256(
        f"frames {ENCODING_VERSION} {encoder_version()} {form.kbit} {form.channels}".encode()
    )
    for each in inputs:
        digest.update(f" {each.warm_up} {each.frames} {len(each.side_frames)} ".encode())
        digest.update(each.pcm)
        digest.update(each.side_frames)
    return digest.hexdigest()
