"""Render a chunk of a session as MP3 frames."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from ..audio.clip import Clip
from ..audio.mix.mix import mix
from ..audio.mix.style import Style
from ..cache import Store
from ..mp3.encode import LOOK_AHEAD_FRAMES, WARM_UP_FRAMES, EncoderInput, encode
from ..mp3.frame import attenuate, frame_format
from ..planning.timeline import Timeline
from ..script.model import Sound
from ..units import FRAME_MS
from .repeating import repeating_frames
from .segments import Chunk, Segment

_MIXED_FRAMES = 250
"""Frames that are mixed at a time, which bounds the memory that this takes."""


def render_chunk(
    chunk: Chunk,
    timeline: Timeline,
    clips: Mapping[Sound, Clip],
    style: Style,
    store: Store | None,
    chunk_store: Store | None,
) -> bytes:
    """Return the MP3 frames of a chunk. Raises AudioBuilderError if a clip is gone or encoding fails.

    `store` keeps the frames that repeat, and `chunk_store` those that are encoded for this chunk.
    """

    def frames(segment: Segment) -> bytes:
        if not segment.is_encoded:
            return _copied_frames(segment, style, store)
        return encode(encoder_input(segment, timeline, clips, style, store), style.stereo, chunk_store)

    return b"".join(map(frames, chunk.segments))


def encoder_input(
    segment: Segment, timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, store: Store | None
) -> EncoderInput:
    """Return the PCM of a segment that is encoded, with what the encoder needs before and after it."""
    warm_up = min(WARM_UP_FRAMES, segment.start)
    start, stop = segment.start - warm_up, segment.stop + LOOK_AHEAD_FRAMES
    pcm = b"".join(
        mix(timeline, clips, style, begin * FRAME_MS, end * FRAME_MS).raw_data
        for begin, end in pairwise([*range(start, stop, _MIXED_FRAMES), stop])
    )
    side = repeating_frames(segment.source, segment.position, segment.count, store) if segment.source else b""
    return EncoderInput(pcm, warm_up, segment.count, side)


def _copied_frames(segment: Segment, style: Style, store: Store | None) -> bytes:
    assert segment.source is not None
    frames = repeating_frames(segment.source, segment.position, segment.count, store)
    return attenuate(frames, frame_format(style.stereo), segment.steps_down) if segment.steps_down else frames
