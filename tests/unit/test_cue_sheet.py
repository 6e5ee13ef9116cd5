"""The cue sheet: the times of a timeline come back from its file, and other texts are not taken for one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import PLACE, session

from audio_builder.audio.clip import Clip
from audio_builder.audio.mix.style import Style
from audio_builder.planning.timeline import (
    BellStroke,
    BreathTone,
    Cue,
    ElasticGap,
    PlayedRecording,
    Timeline,
    Utterance,
)
from audio_builder.script.model import NOWHERE, Line, Pattern, Recording
from audio_builder.session.cue_sheet import format_cue_sheet, parse_cue_sheet
from audio_builder.units import Ms

CONTENTS = st.one_of(
    st.builds(lambda text: Utterance(Line(text), PLACE), st.text("abc .,", min_size=1).filter(str.strip)),
    st.builds(
        lambda words: PlayedRecording(Recording("x.wav"), words, PLACE), st.sampled_from(["", "Welcome."])
    ),
    st.builds(BellStroke, st.booleans()),
    st.builds(BreathTone, st.sampled_from(["in", "out"]), st.integers(0, 9), st.integers(10, 12)),
)
MS = st.integers(0, 28_800_000).map(Ms)
PATTERNS = st.builds(Pattern, *[st.integers(1000, 9000).map(Ms)] * 4)
GAPS = st.one_of(
    st.builds(ElasticGap, MS, MS, st.sampled_from(["rest", "silence"]), st.just(NOWHERE)),
    st.builds(ElasticGap, MS, MS, st.just("breathe"), st.just(NOWHERE), PATTERNS),
)


def words_of(cue: Cue) -> str:
    match cue.content:
        case Utterance(line=line):
            return line.text
        case PlayedRecording(words=words):
            return words
    return ""


def without_sources(cue: Cue) -> Cue:
    """Return the cue without what a cue sheet does not hold: places in scripts, and paths."""
    match cue.content:
        case Utterance() as content:
            return replace(cue, content=replace(content, location=NOWHERE))
        case PlayedRecording() as content:
            return replace(cue, content=replace(content, location=NOWHERE, recording=Recording("")))
    return cue


@given(
    cues=st.lists(st.builds(Cue, MS, MS, CONTENTS), max_size=8),
    gaps=st.lists(GAPS, max_size=4),
    ending=st.sampled_from(["wake", "sleep"]),
    tones=st.booleans(),
)
def test_parsing_a_formatted_cue_sheet_gives_the_timeline_back(cues, gaps, ending, tones):
    timeline = Timeline("T", Ms(600_000), ending, tuple(cues), (), tuple(gaps))
    words = "\n".join(filter(None, map(words_of, cues)))
    parsed = parse_cue_sheet(format_cue_sheet(timeline, Style("rain", "bell", tones)), words, "T")
    assert parsed is not None
    assert (parsed.ambience, parsed.bell, parsed.tones) == ("rain", "bell", tones)
    assert parsed.timeline == replace(timeline, cues=tuple(map(without_sources, cues)))


def test_the_authors_sounds_are_called_own_so_that_no_path_gets_into_a_file(tmp_path):
    timeline, _ = session(tmp_path, 300_000)
    clip = Clip("k" * 64, tmp_path / "secret.wav", Ms(9000))
    text = format_cue_sheet(timeline, Style(clip, clip))
    assert "secret" not in text
    parsed = parse_cue_sheet(text, "")
    assert parsed is not None
    assert (parsed.ambience, parsed.bell) == ("own", "own")


def test_without_words_the_times_are_still_there(tmp_path):
    timeline, _ = session(tmp_path, 300_000)
    parsed = parse_cue_sheet(format_cue_sheet(timeline, Style()), "")
    assert parsed is not None
    assert [cue.start for cue in parsed.timeline.cues] == [cue.start for cue in timeline.cues]
    assert {words_of(cue) for cue in parsed.timeline.cues} == {"", "…"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "audio-builder 2\n",
        "audio-builder 1\nlength x\n",
        "audio-builder 1\n",
        "hello",
        "audio-builder 1\n\n\n",
    ],
)
def test_other_texts_are_not_cue_sheets(text):
    assert parse_cue_sheet(text, "") is None
