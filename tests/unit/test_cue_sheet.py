"""The cue sheet: a plan's times come back from its own file, and nothing else passes for one."""

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
from audio_builder.session import cue_sheet
from audio_builder.units import Ms

WHATS = st.one_of(
    st.builds(lambda text: Utterance(Line(text), PLACE), st.text("abc .,", min_size=1).filter(str.strip)),
    st.builds(
        lambda words: PlayedRecording(Recording("x.wav"), words, PLACE), st.sampled_from(["", "Welcome."])
    ),
    st.builds(BellStroke, st.booleans()),
    st.builds(BreathTone, st.sampled_from(["in", "out"]), st.integers(0, 9), st.integers(10, 12)),
)
MS = st.integers(0, 28_800_000).map(Ms)
PATTERNS = st.builds(Pattern, *[st.integers(1000, 9000).map(Ms)] * 4)
SPANS = st.one_of(
    st.builds(ElasticGap, MS, MS, st.sampled_from(["rest", "silence"]), st.just(NOWHERE)),
    st.builds(ElasticGap, MS, MS, st.just("breathe"), st.just(NOWHERE), PATTERNS),
)


@given(
    cues=st.lists(st.builds(Cue, MS, MS, WHATS), max_size=8),
    spans=st.lists(SPANS, max_size=4),
    ending=st.sampled_from(["wake", "sleep"]),
    tones=st.booleans(),
)
def test_what_is_written_is_read_back(cues, spans, ending, tones):
    plan = Timeline("T", Ms(600_000), ending, tuple(cues), (), tuple(spans))
    said = [
        c.content.line.text if isinstance(c.content, Utterance) else getattr(c.content, "words", "")
        for c in cues
    ]
    words = "\n".join(text for text in said if text)
    found = cue_sheet.read(cue_sheet.write(plan, Style("rain", "bell", tones)), words, "T")
    assert found is not None
    assert found[1:] == ("rain", "bell", tones)
    same = [
        replace(cue, content=replace(cue.content, location=NOWHERE))
        if hasattr(cue.content, "location")
        else cue
        for cue in cues
    ]
    same = [
        replace(cue, content=replace(cue.content, recording=Recording("")))
        if isinstance(cue.content, PlayedRecording)
        else cue
        for cue in same
    ]
    assert found.timeline == replace(plan, cues=tuple(same))


def test_the_authors_own_sounds_are_called_own_so_that_no_path_is_in_a_file(tmp_path):
    plan, _ = session(tmp_path, 300_000)
    own = Clip("k" * 64, tmp_path / "secret.wav", Ms(9000))
    written = cue_sheet.write(plan, Style(own, own))
    assert "secret" not in written
    found = cue_sheet.read(written, "")
    assert found is not None
    assert (found.ambience, found.bell) == ("own", "own")


def test_words_that_are_missing_leave_the_times(tmp_path):
    plan, _ = session(tmp_path, 300_000)
    found = cue_sheet.read(cue_sheet.write(plan, Style()), "")
    assert found is not None
    assert [cue.start for cue in found.timeline.cues] == [cue.start for cue in plan.cues]


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
def test_what_is_no_cue_sheet_is_none(text):
    assert cue_sheet.read(text, "") is None
