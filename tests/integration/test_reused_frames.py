"""Sessions with reused frames sound as good as those encoded in one go."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from mp3_sounds import decode_frames
from segment_examples import PATTERNS, Examples
from sounds import session

from audio_builder.audio.mix import steady
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.mp3.encode import LOOK_AHEAD_FRAMES, EncoderInput, encode
from audio_builder.mp3.frame import frame_format
from audio_builder.session.session import Session


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory):
    return Examples(tmp_path_factory.mktemp("examples"))


# One case for each way in which frames are reused. The other ambiences take the same path as pink.
@pytest.mark.parametrize(
    ("ambience", "pattern", "stereo"),
    [
        ("room", "4-6", True),  # the side is reused
        ("room", "4-6", False),  # so faint that LAME lowers its thresholds
        ("pink", "4-6", True),
        ("ocean", "4-6", False),  # swells with the breath
        ("none", "4-2-6-2", True),  # breath is reused, and equal channels are encoded as one
        ("none", "4-6", False),
        ("own mono", "4-6", False),  # another period
    ],
)
def test_reuse_and_chunks_add_less_noise_than_encoding_does(examples, ambience, pattern, stereo):
    """The reference is the same sound encoded in one go. What differs is below what either of them loses.

    Reusing the side is another way of encoding. It may lose no more than the reference.
    """
    length = 172_009  # everything happens once
    timeline, clips = session(examples.folder, length, pattern=PATTERNS[pattern])
    style = examples.style(ambience, stereo=stereo)
    virtual = Session(timeline, clips, style)
    assert any(segment.source for chunk in virtual.chunks for segment in chunk.segments)
    pcm = b"".join(
        mix(timeline, clips, style, start, min(start + 12_000, end)).raw_data
        for end in [(virtual.frame_count + LOOK_AHEAD_FRAMES) * 24]
        for start in range(0, end, 12_000)
    )
    reference = encode(EncoderInput(pcm, 0, virtual.frame_count), stereo)
    frames = b"".join(map(virtual.chunk, range(len(virtual.chunks))))
    size, channels = frame_format(stereo).size, 2 if stereo else 1
    rows = (np.frombuffer(content, np.uint8).reshape(-1, size) for content in (reference, frames))
    different = np.flatnonzero(np.not_equal(*rows).any(axis=1))
    if not len(different):  # as good as can be
        return
    decoded_reference, decoded = (decode_frames(each, channels)[1105:] for each in (reference, frames))
    sound = np.frombuffer(pcm, "<i2").reshape(-1, channels)[: len(decoded)] / 32768
    affected = np.zeros(len(decoded), bool)
    for frame in different:
        affected[max(0, frame - 1) * 1152 : (frame + 1) * 1152] = True
    reference_loss, added, loss = (
        (difference[affected] ** 2).mean()
        for difference in (decoded_reference - sound, decoded_reference - decoded, decoded - sound)
    )
    if steady.has_faint_bed(style):
        assert loss <= reference_loss
    else:
        assert added <= reference_loss
        assert loss <= 2 * reference_loss, "LAME spreads its bits differently: of a few frames, more or less"


def test_ffmpeg_decodes_a_session_without_warnings(tmp_path: Path):
    timeline, clips = session(tmp_path, 171_000)
    Session(timeline, clips, Style("none")).write(tmp_path / "s.mp3", 2)
    decoding = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", str(tmp_path / "s.mp3"), "-f", "null", "-"],
        capture_output=True,
        check=True,
    )
    assert decoding.stderr == b""
