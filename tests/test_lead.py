"""Time to lie down before a session."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import session

from audio_builder.errors import BuilderError
from audio_builder.planning.preroll import LONGEST_LEAD, TITLE, delayed
from audio_builder.units import Ms


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory):
    return session(tmp_path_factory.mktemp("lead"), 332_109)[0]


@given(lead=st.integers(1, LONGEST_LEAD))
def test_all_is_later_and_the_time_before_is_a_chapter(plan, lead: int):
    later = delayed(plan, Ms(lead))
    assert later.length == plan.length + lead
    counted = len(later.cues) - len(plan.cues)
    assert counted <= 3
    assert [cue.start - lead for cue in later.cues[counted:]] == [cue.start for cue in plan.cues]
    assert [cue.what for cue in later.cues[counted:]] == [cue.what for cue in plan.cues]
    assert all((cue.start >= 0 and cue.end <= lead) or lead < 2_500 for cue in later.cues[:counted])
    first, *others = later.chapters
    assert (first.start, first.length, first.title) == (0, lead, TITLE)
    assert [chapter.start - lead for chapter in others] == [chapter.start for chapter in plan.chapters]
    assert [span.start - lead for span in later.spans] == [span.start for span in plan.spans]
    assert [hold.start - lead for hold in later.holds] == [hold.start for hold in plan.holds]


def test_none_changes_nothing(plan):
    assert delayed(plan, Ms(0)) is plan


@pytest.mark.parametrize("lead", [-1, LONGEST_LEAD + 1])
def test_what_is_no_time_to_lie_down_is_refused(plan, lead: int):
    with pytest.raises(BuilderError, match="at most 10m"):
        delayed(plan, Ms(lead))
