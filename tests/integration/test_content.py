"""What the shipped scripts promise: their lengths, few words in short sessions, no repeats, and nothing untrue."""

import re
from itertools import combinations, pairwise, permutations

import pytest

from audio_builder.diagnostics.advice import timeline_advice
from audio_builder.planning.estimate import estimate
from audio_builder.planning.plan import default_length, plan, ranges
from audio_builder.planning.statistics import count_words, spoken_text
from audio_builder.planning.timeline import Utterance
from audio_builder.planning.wording import sounds
from audio_builder.script.load import load
from audio_builder.script.model import Line
from audio_builder.script.search import script_finder
from audio_builder.speech.voices import open_voice
from audio_builder.units import Ms

# The number of sides of each position.
POSITIONS = {"legs-on-chair": 1, "knees-together": 1, "leg-across": 2}
SESSIONS = ("psoas-release", "rest-frame", "six-habits", "pillow-under-knees")
# The longest that the shortest session may be, in seconds, with these positions.
LONGEST_MINIMUM = {
    ("psoas-release", ("legs-on-chair",)): 8 * 60,
    ("psoas-release", ("legs-on-chair", "knees-together")): 13.5 * 60,
    ("psoas-release", ("legs-on-chair", "knees-together", "leg-across")): 26 * 60,
    ("rest-frame", ("legs-on-chair",)): 8 * 60,
    ("legs-on-chair", None): 8 * 60,
    ("knees-together", None): 8 * 60,
    ("leg-across", None): 14 * 60,
    ("six-habits", None): 5 * 60,
    ("pillow-under-knees", None): 5 * 60,
}
# In minutes.
DEFAULT_LENGTHS = {
    "psoas-release": 28,
    "rest-frame": 24,
    "legs-on-chair": 10,
    "knees-together": 10,
    "leg-across": 16,
    "six-habits": 8,
    "pillow-under-knees": 20,
}


def _load(name, positions=None):
    script = load(name, script_finder(), positions)
    return script, estimate(sounds(script), open_voice().speed)


@pytest.mark.parametrize(("name", "positions"), LONGEST_MINIMUM)
def test_a_session_can_be_as_short_as_promised_and_up_to_eight_hours_long(name, positions):
    script, lengths = _load(name, positions)
    (found,) = ranges(script, lengths)
    assert found[0] <= 1000 * LONGEST_MINIMUM[name, positions]
    assert found[1] == 28_800_000


@pytest.mark.parametrize("name", DEFAULT_LENGTHS)
def test_the_default_length_is_as_promised(name):
    assert default_length(*_load(name)) == 60_000 * DEFAULT_LENGTHS[name]


def _words_a_side(timeline, position, sides):
    """Return the number of words that a position speaks for each side, without those during paced breath."""
    breaths = [gap for gap in timeline.elastic_gaps if gap.kind == "breathe"]
    spoken = [
        cue
        for cue in timeline.cues
        if isinstance(cue.content, Utterance)
        and cue.content.location.file.endswith(f"{position}.md")
        and not any(b.start <= cue.start < b.end for b in breaths)
    ]
    return sum(count_words(spoken_text(cue)) for cue in spoken) / sides


@pytest.mark.parametrize("name", POSITIONS)
def test_a_position_says_little_at_its_shortest_and_enough_at_its_longest(name):
    script, lengths = _load(name)
    shortest = plan(script, lengths, ranges(script, lengths)[0][0])
    assert _words_a_side(shortest, name, POSITIONS[name]) <= 220
    longest = plan(script, lengths, Ms(3_600_000))
    assert {hold.length for hold in longest.holds} == {script.parts[0].front.maximum}
    assert _words_a_side(longest, name, POSITIONS[name]) >= 350


@pytest.mark.parametrize("order", list(permutations(POSITIONS)))
def test_only_rests_repeat_sentences(order):
    script, lengths = _load("psoas-release", order)
    for ending in ("wake", "sleep"):
        for minutes in (26, 45, 70):
            timeline = plan(script, lengths, Ms(minutes * 60_000), ending)
            rests = [gap for gap in timeline.elastic_gaps if gap.kind != "silence"]
            heard = [
                spoken_text(cue)
                for cue in timeline.cues
                if spoken_text(cue) and not any(s.start <= cue.start < s.end for s in rests)
            ]
            assert len(heard) == len(set(heard)), [text for text in heard if heard.count(text) > 1]


@pytest.mark.parametrize("name", SESSIONS)
def test_the_opening_is_short_and_getting_up_is_unhurried(name):
    script, lengths = _load(name)
    timeline = plan(script, lengths, ranges(script, lengths, "wake")[0][0], "wake")
    assert timeline.chapters[0].length <= 100_000
    assert timeline.chapters[-1].title == "Getting up"
    assert 60_000 <= timeline.chapters[-1].length <= 125_000
    fetching = next(gap for gap in timeline.elastic_gaps)
    assert fetching.length >= 20_000, "there is time to fetch things"


@pytest.mark.parametrize("name", SESSIONS)
def test_a_longer_session_takes_more_time_to_lie_down_and_to_get_up(name):
    script, lengths = _load(name)
    timeline = plan(script, lengths, Ms(40 * 60_000), "wake")
    assert 90_000 <= timeline.chapters[-1].length <= 150_000
    if name == "psoas-release":
        down = next(chapter for chapter in timeline.chapters if chapter.title == "Lying down")
        spoken = [cue for cue in timeline.cues if down.start <= cue.start < down.end and spoken_text(cue)]
        assert 30_000 <= down.length <= 140_000
        assert len(spoken) >= 3


@pytest.mark.parametrize("name", ["psoas-release", "rest-frame", *POSITIONS])
def test_light_headedness_is_mentioned_once_before_the_first_paced_breath(name):
    script, lengths = _load(name)
    for variation in (1, 2, 3):
        timeline = plan(script, lengths, default_length(script, lengths), variation=variation)
        (told,) = (cue for cue in timeline.cues if "light-headed" in spoken_text(cue))
        assert told.start < next(gap.start for gap in timeline.elastic_gaps if gap.kind == "breathe")


def test_the_bedtime_session_says_nothing_in_its_second_half():
    script, lengths = _load("pillow-under-knees")
    for minutes in (12, 15, 20, 30, 45, 60, 120, 480):
        timeline = plan(script, lengths, Ms(minutes * 60_000))
        spoken = [cue for cue in timeline.cues if spoken_text(cue)]
        assert spoken[-1].end <= timeline.length / 2
        assert all(after.start - before.end <= 20 * 60_000 for before, after in pairwise(spoken))


@pytest.mark.parametrize(("minutes", "most"), [(28, 4), (60, 6)])
def test_quiet_is_announced_seldom_and_each_time_in_other_words(minutes, most):
    script, lengths = _load("psoas-release")
    announced = re.compile(r"quiet|I'll (be back|leave|say)|hear from me", re.IGNORECASE)
    for variation in range(1, 11):
        timeline = plan(script, lengths, Ms(minutes * 60_000), variation=variation)
        told = [spoken_text(cue) for cue in timeline.cues if announced.search(spoken_text(cue))]
        assert len(told) <= most, told
        assert len(set(told)) == len(told)


@pytest.mark.parametrize("name", (*SESSIONS, *POSITIONS))
def test_ten_variations_differ_in_a_third_of_their_sentences_and_have_no_advice(name):
    script, lengths = _load(name)
    heard = []
    for variation in range(1, 11):
        timeline = plan(script, lengths, default_length(script, lengths), variation=variation)
        assert timeline.length == default_length(script, lengths)
        heard.append({spoken_text(cue) for cue in timeline.cues if spoken_text(cue)})
        advice = [
            one.message for one in timeline_advice(script, timeline) if "words a minute" not in one.message
        ]
        assert not advice
    for one, other in combinations(heard, 2):
        assert len(one & other) <= max(len(one), len(other)) * 2 / 3


def test_nobody_claims_to_know_how_a_back_lies():
    for name in (*SESSIONS, *POSITIONS):
        for sound in sounds(_load(name)[0]):
            assert not re.search(r"\bback (lies|is) flat\b|still awake", sound.text, re.IGNORECASE), (
                sound.text
            )


def test_the_words_promise_nothing_that_an_option_can_take_away():
    """The words are the same with every option and at every length: no bell, tone or music, no seconds or minutes."""
    promised = re.compile(r"\b(bell|chime|tone|music|seconds|minutes?|cure|heal|trauma)\b|!", re.IGNORECASE)
    for name in (*SESSIONS, *POSITIONS):
        script, _ = _load(name)
        for sound in sounds(script):
            assert isinstance(sound, Line)
            assert not promised.search(sound.text), sound.text


def test_the_sleep_ending_does_not_mention_getting_up():
    for name in (*SESSIONS, *POSITIONS):
        script, lengths = _load(name)
        low, high = ranges(script, lengths, "sleep")[0]
        for target in (low, (low + high) // 9, high):
            timeline = plan(script, lengths, Ms(target), "sleep")
            last = [spoken_text(cue) for cue in timeline.cues if spoken_text(cue)][-12:]
            for text in last:
                assert not re.search(r"\b(stand up|push up|hands and knees|hold on to)\b", text), (name, text)
