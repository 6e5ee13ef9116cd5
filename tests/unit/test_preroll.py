"""A preroll moves the whole timeline and gives the listener time to lie down."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import session

from audio_builder.errors import AudioBuilderError
from audio_builder.options import LONGEST_PREROLL
from audio_builder.planning.preroll import PREROLL_TITLE, with_preroll
from audio_builder.planning.timeline import BreathTone
from audio_builder.units import Ms


@pytest.fixture(scope="module")
def timeline(tmp_path_factory: pytest.TempPathFactory):
    return session(tmp_path_factory.mktemp("preroll"), 332_109)[0]


@given(preroll=st.integers(1, LONGEST_PREROLL))
def test_everything_moves_and_the_preroll_is_the_first_chapter(timeline, preroll: int):
    moved = with_preroll(timeline, Ms(preroll))
    assert moved.length == timeline.length + preroll
    count_in = len(moved.cues) - len(timeline.cues)
    assert [cue.start - preroll for cue in moved.cues[count_in:]] == [cue.start for cue in timeline.cues]
    assert [cue.content for cue in moved.cues[count_in:]] == [cue.content for cue in timeline.cues]
    first, *others = moved.chapters
    assert (first.start, first.length, first.title) == (0, preroll, PREROLL_TITLE)
    assert [chapter.start - preroll for chapter in others] == [chapter.start for chapter in timeline.chapters]
    assert [gap.start - preroll for gap in moved.elastic_gaps] == [gap.start for gap in timeline.elastic_gaps]
    assert [hold.start - preroll for hold in moved.holds] == [hold.start for hold in timeline.holds]


@pytest.mark.parametrize(
    ("preroll", "tones"), [(2_499, 0), (2_500, 1), (5_000, 2), (7_500, 3), (LONGEST_PREROLL, 3)]
)
def test_up_to_three_tones_count_in_before_the_session_begins(timeline, preroll: int, tones: int):
    moved = with_preroll(timeline, Ms(preroll))
    count_in = moved.cues[: len(moved.cues) - len(timeline.cues)]
    assert [preroll - cue.start for cue in count_in] == [7_500, 5_000, 2_500][3 - tones :]
    assert all(cue.end <= preroll for cue in count_in)
    assert all(isinstance(cue.content, BreathTone) and cue.content.counting for cue in count_in)


def test_its_chapter_is_in_the_language_of_the_session(timeline):
    german = with_preroll(dataclasses.replace(timeline, language="de"), Ms(60_000))
    assert german.chapters[0].title == "Zeit, dich hinzulegen"


def test_no_preroll_changes_nothing(timeline):
    assert with_preroll(timeline, Ms(0)) is timeline


@pytest.mark.parametrize("preroll", [-1, LONGEST_PREROLL + 1])
def test_a_negative_or_too_long_preroll_is_an_error(timeline, preroll: int):
    with pytest.raises(AudioBuilderError, match="use 0s to 10m"):
        with_preroll(timeline, Ms(preroll))
