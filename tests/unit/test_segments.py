"""Frames that are encoded once and used in many places, and where they are reused."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from segment_examples import LENGTH, PATTERNS, Examples
from sounds import PLACE, session

from audio_builder.audio import chimes
from audio_builder.audio.beds import BEDS
from audio_builder.audio.chimes import BELLS
from audio_builder.audio.mix import steady
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.cache import Cache
from audio_builder.errors import EncodeFailed
from audio_builder.mp3 import lame
from audio_builder.mp3.info import frame_count
from audio_builder.planning.preroll import with_preroll
from audio_builder.planning.timeline import BreathTone, Cue, Timeline, Utterance
from audio_builder.script.model import Line
from audio_builder.session.classify import classify
from audio_builder.session.cut import MAX_CHUNK_FRAMES, MAX_ENCODED_FRAMES, cut
from audio_builder.session.repeating import paced_breath
from audio_builder.session.session import Session
from audio_builder.units import FRAME_MS, Ms


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
        position = first % steady.bed_period(style.ambience)
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
    position = first % steady.bed_period(style.ambience)
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
    whole = [s for s in classify(timeline, examples.style(ambience, tones=tones), frames) if s.is_encoded]
    cut_alike = {segment for chunk in chunks for segment in chunk.encoded_segments}
    assert cut_alike >= {segment for segment in whole if segment.count <= MAX_ENCODED_FRAMES}


def test_chunks_end_after_a_minute_even_if_words_hide_the_end_of_every_block():
    """A word every six seconds, the length of a block, sounds whenever a block of silence ends."""
    line = Utterance(Line("In."), PLACE)
    cues = tuple(Cue(Ms(start - 150), Ms(300), line) for start in range(6_000, 300_000, 6_000))
    timeline = Timeline("", Ms(300_000), "wake", cues, ())
    chunks = [*cut(classify(timeline, Style("none", "none"), frame_count(300_000 * 48)))]
    sizes = [chunk.stop - chunk.start for chunk in chunks]
    assert MAX_CHUNK_FRAMES <= max(sizes) < MAX_CHUNK_FRAMES + MAX_ENCODED_FRAMES


@pytest.mark.parametrize("later", [1000 * FRAME_MS, 333 * FRAME_MS])
def test_over_silence_what_moved_by_whole_frames_is_not_encoded_again(
    examples, later, monkeypatch: pytest.MonkeyPatch
):
    cache, style = Cache(examples.folder / f"moved {later}"), Style("none", "none")
    encoded = []
    encode_with_lame = lame.encode_with_lame
    monkeypatch.setattr(lame, "encode_with_lame", lambda *pcm: encoded.append(pcm) or encode_with_lame(*pcm))
    before = Session(examples.timeline, examples.clips, style, store=cache).as_one_of_many()
    before.write(examples.folder / "before.mp3")
    at_first = len(encoded)
    replace(before, timeline=with_preroll(examples.timeline, Ms(later))).write(examples.folder / "after.mp3")
    assert len(encoded) - at_first <= 3 < at_first / 4  # the first words, and silence where there was none


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
