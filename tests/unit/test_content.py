"""What the shipped narration promises: few words where time is short, none twice, nothing that may be untrue."""

import re
from itertools import permutations

import pytest

from audio_builder.cache import Cache
from audio_builder.diagnostics.advice import WORDS_A_MINUTE
from audio_builder.planning.estimate import estimate
from audio_builder.planning.plan import default_length, plan, ranges
from audio_builder.planning.statistics import count_words, spoken_text, words_a_minute
from audio_builder.planning.timeline import Utterance
from audio_builder.planning.wording import sounds
from audio_builder.script.load import load
from audio_builder.script.model import Line
from audio_builder.script.search import script_finder
from audio_builder.speech.narrate import narrate
from audio_builder.speech.pronunciation import pronunciation
from audio_builder.speech.voices import open_voice
from audio_builder.units import Ms

POSITIONS = {"legs-on-chair": 1, "knees-together": 1, "leg-across": 2}
SESSIONS = ("psoas-release", "six-habits", "pillow-under-knees")
LIMITS = {
    ("psoas-release", ("legs-on-chair",)): 8 * 60,
    ("psoas-release", ("legs-on-chair", "knees-together")): 13.5 * 60,
    ("psoas-release", ("legs-on-chair", "knees-together", "leg-across")): 25.5 * 60,
    ("legs-on-chair", None): 8 * 60,
    ("knees-together", None): 8 * 60,
    ("leg-across", None): 14 * 60,
    ("six-habits", None): 5 * 60,
    ("pillow-under-knees", None): 5 * 60,
}
DEFAULTS = {"psoas-release": 28, "legs-on-chair": 10, "knees-together": 10, "leg-across": 16} | {
    "six-habits": 8,
    "pillow-under-knees": 20,
}


def _script(name, positions=None):
    script = load(name, script_finder(), positions)
    return script, estimate(sounds(script), open_voice().speed)


@pytest.mark.parametrize(("name", "positions"), LIMITS)
def test_sessions_are_possible_from_their_promised_shortest_to_eight_hours(name, positions):
    script, lengths = _script(name, positions)
    (found,) = ranges(script, lengths)
    assert found[0] <= 1000 * LIMITS[name, positions]
    assert found[1] == 28_800_000


@pytest.mark.parametrize("engine", ["hibari", "pyttsx3", "piper"])
def test_every_voice_says_95_to_110_words_a_minute_within_a_passage(engine, tmp_path):
    """Every eighth sentence is spoken; the others are taken to be as much longer or shorter than guessed."""
    voice, seen = open_voice(engine), {}
    for name in SESSIONS:
        seen |= sounds(load(name, script_finder()))
    sample = dict(list(seen.items())[::8])
    clips = narrate(
        sample, voice, Cache(tmp_path), pronunciation(load(SESSIONS[0], script_finder()), script_finder())
    )
    guessed = sum(estimate(sample, voice.speed).values())
    speed = voice.speed * guessed / sum(clip.length for clip in clips.values())
    assert WORDS_A_MINUTE == (95, 110)
    for name in DEFAULTS:
        script = load(name, script_finder())
        lengths = estimate(sounds(script), speed)
        pace = words_a_minute(plan(script, lengths, default_length(script, lengths)))
        assert 95 <= pace <= 110, (name, pace)


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_default_lengths_are_as_promised(name):
    assert default_length(*_script(name)) == 60_000 * DEFAULTS[name]


def _words_a_side(timeline, position, sides):
    """The words that a position speaks, for each side, words within a breath left out."""
    breaths = [span for span in timeline.elastic_gaps if span.kind == "breathe"]
    own = [
        cue
        for cue in timeline.cues
        if isinstance(cue.content, Utterance)
        and cue.content.location.file.endswith(f"{position}.md")
        and not any(b.start <= cue.start < b.start + b.length for b in breaths)
    ]
    return sum(count_words(spoken_text(cue)) for cue in own) / sides


@pytest.mark.parametrize("name", POSITIONS)
def test_a_position_speaks_little_at_its_minimum_and_enough_at_its_maximum(name):
    script, lengths = _script(name)
    shortest = plan(script, lengths, ranges(script, lengths)[0][0])
    assert _words_a_side(shortest, name, POSITIONS[name]) <= 220
    longest = plan(script, lengths, Ms(3_600_000))
    assert {hold.length for hold in longest.holds} == {script.parts[0].front.maximum}
    assert _words_a_side(longest, name, POSITIONS[name]) >= 350


@pytest.mark.parametrize("order", list(permutations(POSITIONS)))
def test_no_sentence_is_said_twice_but_in_rests(order):
    script, lengths = _script("psoas-release", order)
    for ending in ("wake", "sleep"):
        for minutes in (26, 45, 70):
            timeline = plan(script, lengths, Ms(minutes * 60_000), ending)
            inside = [span for span in timeline.elastic_gaps if span.kind != "silence"]
            heard = [
                spoken_text(cue)
                for cue in timeline.cues
                if spoken_text(cue) and not any(s.start <= cue.start < s.start + s.length for s in inside)
            ]
            assert len(heard) == len(set(heard)), [text for text in heard if heard.count(text) > 1]


@pytest.mark.parametrize("name", SESSIONS)
def test_opening_and_getting_up_take_their_time(name):
    script, lengths = _script(name)
    timeline = plan(script, lengths, ranges(script, lengths, "wake")[0][0], "wake")
    if name == "psoas-release":
        assert timeline.chapters[0].length <= 55_000
    assert timeline.chapters[-1].title == "Getting up"
    assert 60_000 <= timeline.chapters[-1].length <= 125_000


def test_nothing_is_promised_that_an_option_takes_away():
    """No bell, tone or bed, no seconds or minutes: the same words are heard at every length and with every option."""
    promised = re.compile(r"\b(bell|chime|tone|music|seconds|minutes?|cure|heal|trauma)\b|!", re.IGNORECASE)
    for name in (*SESSIONS, *POSITIONS):
        script, _ = _script(name)
        for sound in sounds(script):
            assert isinstance(sound, Line)
            assert not promised.search(sound.text), sound.text


def test_a_sleeping_end_says_nothing_of_getting_up():
    for name in (*SESSIONS, *POSITIONS):
        script, lengths = _script(name)
        low, high = ranges(script, lengths, "sleep")[0]
        for target in (low, (low + high) // 9, high):
            timeline = plan(script, lengths, Ms(target), "sleep")
            last = [spoken_text(cue) for cue in timeline.cues if spoken_text(cue)][-12:]
            for text in last:
                assert not re.search(r"\b(stand up|push up|hands and knees|hold on to)\b", text), (name, text)
