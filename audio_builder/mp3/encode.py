"""Encode PCM as MP3 frames that can be cut and joined anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ..cache import Store
from ..errors import EncodeFailed
from ..units import FRAME_SAMPLES
from . import joint_stereo
from .encoder import encode_pcm, encoder_version
from .frame import MONO, FrameFormat, are_self_contained, frame_format

ENCODING_VERSION = "4"
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


def encode(source: EncoderInput, stereo: bool, store: Store | None = None) -> bytes:
    """Return the MP3 frames of an input: 128 kbit/s joint stereo, or 64 kbit/s mono.

    They depend on the input alone. Frames of the same input that are in the `store` are used again. Raises
    EncodeFailed unless the encoder returns exactly the frames that were asked for.
    """
    _check_size(source, 2 if stereo else 1)

    def encode_now() -> bytes:
        form = _encoder_format(source, stereo)
        return _assembled(_encode(source, form), source, form)

    return _with_store(source, frame_format(stereo), encode_now, store)


def encode_side(source: EncoderInput, store: Store | None = None) -> bytes:
    """Return frames of the side of stereo PCM, one channel at 32 kbit/s, for `EncoderInput.side_frames`."""
    _check_size(source, 2)
    return _with_store(source, joint_stereo.SIDE, partial(_encode, source, joint_stereo.SIDE), store)


def _check_size(source: EncoderInput, channels: int) -> None:
    frames = source.warm_up + source.frames + LOOK_AHEAD_FRAMES
    if len(source.pcm) != frames * FRAME_SAMPLES * 2 * channels:
        raise ValueError(f"{len(source.pcm)} bytes of PCM for {frames} frames of {channels} channels")
    if len(source.side_frames) not in (0, source.frames * joint_stereo.SIDE.size):
        raise ValueError(f"{len(source.side_frames)} bytes of side for {source.frames} frames")


def _encoder_format(source: EncoderInput, stereo: bool) -> FrameFormat:
    """Return the format in which the encoder makes the frames, before they are assembled."""
    if not stereo:
        return MONO
    if source.side_frames:
        return joint_stereo.MID_WITH_SIDE
    return joint_stereo.MID_ALONE if joint_stereo.channels_are_equal(source.pcm) else frame_format(stereo)


def _encode(source: EncoderInput, form: FrameFormat) -> bytes:
    """Return the frames that the encoder makes of an input, without those before and after."""
    pcm, lowpass = source.pcm, 0
    if extract_channel := joint_stereo.CHANNELS.get(form):
        pcm, lowpass = extract_channel(pcm), joint_stereo.LOWPASS
    encoded = encode_pcm(pcm, form, lowpass)
    frames = encoded[source.warm_up * form.size :][: source.frames * form.size]
    if not are_self_contained(frames, source.frames, form):
        raise EncodeFailed(
            f"{encoder_version()} did not return the {source.frames} frames asked for ({len(encoded)} bytes); "
            "reinstall audio-builder"
        )
    return frames


def _assembled(frames: bytes, source: EncoderInput, form: FrameFormat) -> bytes:
    if form == joint_stereo.MID_ALONE:
        return joint_stereo.assemble(frames)
    if form == joint_stereo.MID_WITH_SIDE:
        return joint_stereo.assemble(frames, source.side_frames)
    return frames


def _with_store(
    source: EncoderInput, form: FrameFormat, encode_now: Callable[[], bytes], store: Store | None
) -> bytes:
    """Return the frames of an input from the store, or encode them now and put them there."""
    if store is None:
        return encode_now()
    key = _key(source, form)
    entry = store.get(key, ".frames", ephemeral=True)
    frames = entry.content if entry else b""
    if not are_self_contained(frames, source.frames, form):
        frames = encode_now()
        store.put(key, ".frames", frames, ephemeral=True)
    return frames


def _key(source: EncoderInput, form: FrameFormat) -> str:
    """Return a hash of everything that decides the frames: the sound, the encoder, and how it is used."""
    settings = f"{ENCODING_VERSION} {encoder_version()} {form.kbit} {form.channels}"
    sizes = f"{source.warm_up} {source.frames} {len(source.side_frames)}"
    digest = hashlib.sha256(f"frames {settings} {sizes} ".encode())
    digest.update(source.pcm)
    digest.update(source.side_frames)
    return digest.hexdigest()
