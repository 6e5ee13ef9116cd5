"""Frames that are encoded once and used in many places: which they are, and that they sound as good as any."""

import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mp3_sounds import decode_frames
from sounds import BREATH, PLACE, session, voice, write_wav

from audio_builder.audio import chimes, recordings
from audio_builder.audio.beds import BEDS
from audio_builder.audio.chimes import BELLS
from audio_builder.audio.mix import steady
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.cache import Cache
from audio_builder.errors import EncodeFailed
from audio_builder.mp3 import lame
from audio_builder.mp3.encode import LOOK_AHEAD_FRAMES, EncoderInput, encode
from audio_builder.mp3.frame import frame_format
from audio_builder.mp3.info import frame_count
from audio_builder.planning.preroll import with_preroll
from audio_builder.planning.timeline import BreathTone, Cue, Timeline, Utterance
from audio_builder.script.model import Line, Pattern
from audio_builder.session.classify import classify
from audio_builder.session.cut import MAX_CHUNK_FRAMES, MAX_ENCODED_FRAMES, cut
from audio_builder.session.repeating import paced_breath
from audio_builder.session.session import Session
from audio_builder.units import Ms

LENGTH = 332_109
PATTERNS = {
    "4-6": BREATH,
    "4-2-6-2": Pattern(Ms(4000), Ms(2000), Ms(6000), Ms(2000)),
    "4.1-5.9": Pattern(Ms(4100), Ms(0), Ms(5900), Ms(0)),
    "5.5-1-6.6": Pattern(Ms(5500), Ms(1000), Ms(6600), Ms(0)),
}


class Examples:
    """Timelines of five minutes by the pattern of their breath, their clips, and styles by ambience."""

    def __init__(self, folder: Path) -> None:
        cache = Cache(folder / "cache")
        noise = np.random.default_rng(3).standard_normal(2 * 48 * 7_000) * 0.05
        ambience = write_wav(folder / "ambience.wav", noise, channels=2)
        bell = write_wav(folder / "bell.wav", voice(3000))
        self.folder = folder
        self.timelines = {name: session(folder, LENGTH, pattern=p)[0] for name, p in PATTERNS.items()}
        self.timeline, self.clips = session(folder, LENGTH)
        self.own_styles = {
            "own": Style(recordings.bed_clip(ambience, cache, 2), recordings.bell_clip(bell, cache)),
            "own mono": Style(recordings.bed_clip(ambience, cache, 1), stereo=False),
        }

    def style(self, ambience: str, bell: str = "bowl", tones: bool = True, stereo: bool = True) -> Style:
        return self.own_styles.get(ambience) or Style(ambience, bell, tones, stereo, 2.5)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory):
    return Examples(tmp_path_factory.mktemp("examples"))


@given(
    ambience=st.sampled_from([*BEDS, "own", "own mono"]),
    bell=st.sampled_from([*BELLS]),
    tones=st.booleans(),
    stereo=st.booleans(),
    preroll=st.sampled_from([0, 30_000]),
    place=st.floats(0, 1),
)
def test_in_steady_regions_the_mix_is_that_of_the_ambience_alone(
    examples, ambience, bell, tones, stereo, preroll, place
):
    style = examples.style(ambience, bell, tones, stereo)
    timeline = with_preroll(examples.timeline, Ms(preroll))
    regions = [*steady.steady_bed(timeline, style)]
    assert regions
    assert all(start < end for start, end in regions)
    assert all(end < start for (_, end), (start, _) in pairwise(regions))
    start, end = regions[int(place * (len(regions) - 1))]
    for first in (start, max(start, min(end, timeline.length) - 3000)):  # after a disturbance, and before one
        last = min(first + 3000, end)
        position = first % steady.bed_period(style)
        mixed = as_array(mix(timeline, examples.clips, style, first, last))
        alone = as_array(steady.mix_bed(style, position, position + last - first))
        assert np.array_equal(mixed, alone)


@pytest.mark.parametrize("ambience", [*BEDS, "own"])
def test_rests_are_steady(examples, ambience):
    """There are two, of a minute and more; bells that ring and the way back from ducking take some of it."""
    regions = steady.steady_bed(examples.timeline, examples.style(ambience))
    assert sum(end - start for start, end in regions if end < LENGTH) > 70_000


@given(tones=st.booleans(), preroll=st.sampled_from([0, 30_000]), place=st.floats(0, 1))
def test_under_speech_and_tones_the_side_is_that_of_a_faint_ambience(examples, tones, preroll, place):
    style = examples.style("room", tones=tones)
    timeline = with_preroll(examples.timeline, Ms(preroll))
    ((start, end),) = steady.steady_side(timeline, style)
    first = start + round(place * (end - start - 3000))
    position = first % steady.bed_period(style)
    mixed, alone = (
        as_array(sound).astype(int) @ (1, -1)
        for sound in (
            mix(timeline, examples.clips, style, first, first + 3000),
            steady.mix_bed(style, position, position + 3000),
        )
    )
    assert np.array_equal(mixed, alone)


@given(
    pattern=st.sampled_from([*PATTERNS]),
    stereo=st.booleans(),
    preroll=st.sampled_from([0, 30_000, 30_007]),
    place=st.floats(0, 1),
)
def test_paced_breath_over_silence_differs_from_its_source_only_in_level(
    examples, pattern, stereo, preroll, place
):
    timeline = with_preroll(examples.timelines[pattern], Ms(preroll))
    style = examples.style("none", stereo=stereo)
    regions = [*steady.steady_breath(timeline, style)]
    assert sum(end - start for start, end, _ in regions) > 30_000
    start, end, block = regions[round(place * (len(regions) - 1))]
    source, origin = paced_breath(block.pattern, block.start, stereo)
    cycle = block.pattern.cycle
    for breath in range((start - block.start) // cycle, block.cycles):
        first = max(block.start + breath * cycle, start)
        last = min(block.start + (breath + 1) * cycle, end)
        position = first - origin * 24 + 24 * source.period  # any number of periods later it is the same
        mixed, alone = (
            as_array(sound).astype(float)
            for sound in (
                mix(timeline, examples.clips, style, first, last),
                steady.mix_breath(block.pattern, source.phase, stereo, position, position + last - first),
            )
        )
        factor = 2 ** (-chimes.steps_down(breath, block.cycles) / 4)
        assert np.abs(mixed - factor * alone).max() <= 3  # both are rounded to 16 bit


def test_breath_repeats_only_where_no_words_no_ambience_and_no_silent_style_disturb_it(examples):
    timeline, style = examples.timeline, examples.style("none")
    blocks = [gap for gap in timeline.elastic_gaps if gap.pattern]
    start = blocks[0].start
    spoken = next(cue for cue in timeline.cues if isinstance(cue.content, Utterance))
    cues = tuple(
        replace(spoken, start=cue.start)
        if cue.start == start and isinstance(cue.content, BreathTone)
        else cue
        for cue in timeline.cues
    )
    first = min(begin for begin, _, _ in steady.steady_breath(replace(timeline, cues=cues), style))
    assert first >= start + blocks[0].pattern.cycle
    assert not [*steady.steady_breath(timeline, examples.style("none", tones=False))]
    assert not [*steady.steady_breath(timeline, examples.style("room"))]


@pytest.mark.parametrize("ambience", [*BEDS, "own", "own mono"])
@pytest.mark.parametrize("stereo", [True, False])
def test_only_the_room_in_stereo_reuses_its_side(examples, ambience, stereo):
    style = examples.style(ambience, stereo=stereo)
    assert steady.has_faint_bed(style) == (ambience == "room" and stereo)
    reuses_side = {
        segment.source is not None
        for chunk in Session(examples.timeline, examples.clips, style).chunks
        for segment in chunk.encoded_segments
    }
    assert reuses_side == ({True, False} if steady.has_faint_bed(style) else {False})


@pytest.mark.parametrize("ambience", ["room", "ocean", "none", "own mono"])
@pytest.mark.parametrize("tones", [True, False])
@pytest.mark.parametrize("pattern", [*PATTERNS])
@pytest.mark.parametrize("preroll", [0, 30_007])
def test_chunks_hold_every_frame_once_and_none_is_large(examples, ambience, tones, pattern, preroll):
    frames = frame_count((LENGTH + preroll) * 48)
    timeline = with_preroll(examples.timelines[pattern], Ms(preroll))
    chunks = [*cut(classify(timeline, examples.style(ambience, tones=tones), frames))]
    assert [chunk.start for chunk in chunks] == [0, *(chunk.stop for chunk in chunks[:-1])]
    assert chunks[-1].stop == frames
    for chunk in chunks:
        assert all(segment.count > 0 for segment in chunk.segments)
        assert all(earlier.stop == later.start for earlier, later in pairwise(chunk.segments))
        assert sum(segment.count for segment in chunk.encoded_segments) <= MAX_ENCODED_FRAMES
        assert 0 < chunk.stop - chunk.start < MAX_CHUNK_FRAMES + MAX_ENCODED_FRAMES


def test_chunks_end_after_a_minute_even_if_words_hide_the_end_of_every_block():
    """A word every six seconds, the length of a block, sounds whenever a block of silence ends."""
    line = Utterance(Line("In."), PLACE)
    cues = tuple(Cue(Ms(start - 150), Ms(300), line) for start in range(6_000, 300_000, 6_000))
    timeline = Timeline("", Ms(300_000), "wake", cues, ())
    chunks = [*cut(classify(timeline, Style("none", "none"), frame_count(300_000 * 48)))]
    sizes = [chunk.stop - chunk.start for chunk in chunks]
    assert MAX_CHUNK_FRAMES <= max(sizes) < MAX_CHUNK_FRAMES + MAX_ENCODED_FRAMES


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
    (reference,) = encode([EncoderInput(pcm, 0, virtual.frame_count)], stereo)
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


def test_frames_in_the_store_are_not_encoded_again_unless_they_are_damaged(
    examples, monkeypatch: pytest.MonkeyPatch
):
    timeline, clips = session(examples.folder, 60_000)
    cache = Cache(examples.folder / "frames")
    style = Style("pink", stereo=False)
    path = examples.folder / "s.mp3"
    expected = Session(timeline, clips, style, store=cache).write(path, 2)

    def fail(*_arguments: object) -> bytes:
        raise lame.LameFailed("it was asked to encode")

    with monkeypatch.context() as patch:
        patch.setattr(lame, "encode_with_lame", fail)
        assert Session(timeline, clips, style, store=cache).write(path, 1) == expected
        with pytest.raises(EncodeFailed):
            Session(timeline, clips, style).write(path, 1)
    entries = sorted(cache.folder.glob("??/*.frames"))
    entries[0].write_bytes(b"")
    entries[1].write_bytes(entries[1].read_bytes()[:-1])
    entries[2].write_bytes(bytes(entries[2].stat().st_size))
    assert Session(timeline, clips, style, store=cache).write(path, 2) == expected
    cache.clear()
    assert Session(timeline, clips, style, store=cache).write(path, 2) == expected


def test_ffmpeg_decodes_a_session_without_warnings(tmp_path: Path):
    timeline, clips = session(tmp_path, 171_000)
    Session(timeline, clips, Style("none")).write(tmp_path / "s.mp3", 2)
    decoding = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", str(tmp_path / "s.mp3"), "-f", "null", "-"],
        capture_output=True,
        check=True,
    )
    assert decoding.stderr == b""
