"""Time to lie down before a session."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import session

from audio_builder.errors import AudioBuilderError
from audio_builder.planning.preroll import LONGEST_PREROLL, TITLE, with_preroll
from audio_builder.units import Ms


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory):
    return session(tmp_path_factory.mktemp("lead"), 332_109)[0]


@given(preroll=st.integers(1, LONGEST_PREROLL))
def test_all_is_later_and_the_time_before_is_a_chapter(plan, preroll: int):
    later = with_preroll(plan, Ms(preroll))
    assert later.length == plan.length + preroll
    counted = len(later.cues) - len(plan.cues)
    assert counted <= 3
    assert [cue.start - preroll for cue in later.cues[counted:]] == [cue.start for cue in plan.cues]
    assert [cue.what for cue in later.cues[counted:]] == [cue.what for cue in plan.cues]
    assert all((cue.start >= 0 and cue.end <= preroll) or preroll < 2_500 for cue in later.cues[:counted])
    first, *others = later.chapters
    assert (first.start, first.length, first.title) == (0, preroll, TITLE)
    assert [chapter.start - preroll for chapter in others] == [chapter.start for chapter in plan.chapters]
    assert [span.start - preroll for span in later.elastic_gaps] == [span.start for span in plan.elastic_gaps]
    assert [hold.start - preroll for hold in later.holds] == [hold.start for hold in plan.holds]


def test_none_changes_nothing(plan):
    assert with_preroll(plan, Ms(0)) is plan


@pytest.mark.parametrize("preroll", [-1, LONGEST_PREROLL + 1])
def test_what_is_no_time_to_lie_down_is_refused(plan, preroll: int):
    with pytest.raises(AudioBuilderError, match="at most 10m"):
        with_preroll(plan, Ms(preroll))
