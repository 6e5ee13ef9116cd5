"""Variations: other words at the same moments, each chosen by a number or a date."""

from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import scripts

from audio_builder.errors import DoesNotFit, InvalidValue, ScriptErrors
from audio_builder.option_kinds import variation_number
from audio_builder.planning.plan import plan, ranges
from audio_builder.planning.timeline import Utterance
from audio_builder.planning.variation import chosen_item, item_order
from audio_builder.planning.wording import sounds
from audio_builder.script.parse.parse import parse
from audio_builder.units import Ms

SCRIPT = """---
title: Varied
{sides}---

# Rest {mark}

[vary]
- Let your feet fall.
- Let your ankles go loose. Your toes too.
- Nothing holds your feet.
[5s..1m]

[vary image]
- Picture a ribbon.
- Picture a branch.
[vary image]
- The ribbon comes loose.
- The branch hangs down.

[rest 4m.. in any order]
- One.
- Two.
- Three.
- Four.
- Five.

[rest 4m..]
- Six.
- Seven.
- Eight.

# Get up

Stand up slowly.
"""


def _planned(variation, target=900_000, sides="", mark=""):
    script = parse(SCRIPT.format(sides=sides, mark=mark), "varied")
    lengths = {sound: Ms(1500 + 170 * n) for n, sound in enumerate(sounds(script))}
    return plan(script, lengths, Ms(target), variation=variation)


def _words(timeline):
    return [cue.text for cue in timeline.cues if cue.text]


@given(st.integers(2, 6), st.integers(0, 40), st.integers(0, 500), st.integers(0, 1))
def test_every_item_is_chosen_once_before_one_is_chosen_again(count, number, turn, side):
    first = turn * count + 1
    assert {chosen_item(count, first + n, side, number) for n in range(count)} == set(range(count))


@given(st.integers(2, 6), st.integers(0, 40), st.integers(1, 1_000_000))
def test_the_second_side_is_told_in_other_words(count, number, variation):
    assert chosen_item(count, variation, 0, number) != chosen_item(count, variation, 1, number)


@given(st.integers(1, 12), st.integers(1, 1_000_000), st.integers(0, 1))
def test_a_rest_in_any_order_has_each_item_once(count, variation, side):
    assert sorted(item_order(count, variation, side, (1, 2))) == list(range(count))


def test_two_variations_have_little_in_common():
    """Of thirty lists of three items, nine variations share at most a third, whichever two are compared."""
    chosen = [[chosen_item(3, variation, 0, number) for number in range(30)] for variation in range(1, 10)]
    for one, other in combinations(chosen, 2):
        assert sum(a == b for a, b in zip(one, other, strict=True)) <= 10


def test_the_first_variation_is_what_is_written():
    words = _words(_planned(1))
    assert words[:3] == ["Let your feet fall.", "Picture a ribbon.", "The ribbon comes loose."]
    assert [word for word in ("One.", "Two.", "Three.", "Four.", "Five.") if word in words] == [
        word for word in words if word in ("One.", "Two.", "Three.", "Four.", "Five.")
    ]


def test_variations_change_words_and_nothing_else():
    first = _planned(1)
    for variation in range(2, 40):
        other = _planned(variation)
        assert _words(other) != _words(_planned(variation - 1))
        assert other.length == first.length
        assert other.chapters == first.chapters
        assert [(gap.start, gap.length) for gap in other.elastic_gaps] == [
            (gap.start, gap.length) for gap in first.elastic_gaps
        ]
        for before, after in pairwise(other.cues):
            assert before.end <= after.start


def test_lists_of_the_same_name_go_together_and_rests_in_order_keep_theirs():
    for variation in range(1, 30):
        words = _words(_planned(variation))
        assert ("Picture a ribbon." in words) == ("The ribbon comes loose." in words)
        ordered = [word for word in words if word in ("Six.", "Seven.", "Eight.")]
        assert ordered == ["Six.", "Seven.", "Eight."][: len(ordered)]


def test_a_name_that_is_a_number_is_not_that_of_a_list_without_a_name():
    lists = "[vary]\n- One.\n- Two.\n\n[vary]\n- One.\n- Two.\n\n[vary {}]\n- Three.\n- Four.\n- Five.\n"
    for name in ("0", "1", "2"):
        script = parse(f"---\ntitle: T\n---\n\n# A\n\n{lists.format(name)}", "t")
        assert [item.number for section in script.sections for item in section.items] == [0, 1, 2]


def test_a_length_keeps_the_words_of_a_variation():
    """Conditions and lengths do not change which items are chosen."""
    for variation in (2, 7, 739_947):
        short, long = (_words(_planned(variation, target)) for target in (700_000, 3_600_000))
        assert short[:4] == long[:4]


def test_the_sides_of_a_position_take_the_same_time_in_every_variation():
    sides = "kind: position\nminimum: 5m\nsides: [right, left]\n"
    for variation in range(1, 12):
        text = SCRIPT.format(sides=sides, mark="{first, fixed}").replace(
            "Let your feet", "Let your {side} feet"
        )
        script = parse(text.replace("{first, fixed}", ""), "varied")
        lengths = {sound: Ms(1500 + 170 * n) for n, sound in enumerate(sounds(script))}
        timeline = plan(script, lengths, Ms(2_400_000), variation=variation)
        right, left = timeline.holds
        assert right.length == left.length
        told = [
            {
                cue.text.replace("left", "right")
                for cue in timeline.cues
                if hold.start <= cue.start < hold.start + hold.length
            }
            for hold in timeline.holds
        ]
        assert told[0] != told[1]


@given(scripts(), st.integers(1, 1_000_000))
def test_every_variation_fits_every_length_that_is_possible(script, variation):
    script = replace(script, front=replace(script.front, language="en", minimum=None, maximum=None))
    lengths = {sound: Ms(300 + 613 * n % 7000) for n, sound in enumerate(sounds(script))}
    try:
        possible = ranges(script, lengths)
    except (ScriptErrors, DoesNotFit):
        assume(False)
    for low, high in possible[:2]:
        for target in (low, high):
            timeline = plan(script, lengths, Ms(target), variation=variation)
            assert timeline.length == target
            for cue in timeline.cues:
                if isinstance(cue.content, Utterance):
                    assert cue.length == lengths[cue.content.line]


def test_a_date_is_a_variation_of_its_own():
    days = [variation_number(f"2026-11-{day:02}") for day in range(1, 31)]
    assert len(set(days)) == 30
    assert min(days) > 9999 >= variation_number("9999")


@pytest.mark.parametrize("written", ["0", "-1", "12345", "2026-02-30", "26-11-27", "today", "1.5", "", "٣"])
def test_what_is_neither_a_number_nor_a_date_is_refused(written):
    with pytest.raises(InvalidValue, match="invalid value"):
        variation_number(written)
