"""The pace of every voice in the shipped scripts."""

import pytest

from audio_builder.cache import Cache
from audio_builder.languages.pace import calm_words_a_minute
from audio_builder.planning.estimate import estimate
from audio_builder.planning.plan import default_length, plan
from audio_builder.planning.statistics import words_a_minute
from audio_builder.planning.wording import sounds
from audio_builder.script.load import load
from audio_builder.script.search import script_finder
from audio_builder.speech.narrate import narrate
from audio_builder.speech.pronunciation import pronunciation
from audio_builder.speech.voices import open_voice

SESSIONS = ("psoas-release", "six-habits", "pillow-under-knees")
POSITIONS = ("legs-on-chair", "knees-together", "leg-across")


@pytest.mark.parametrize("engine", ["hibari", "pyttsx3", "piper"])
def test_every_voice_says_95_to_110_words_a_minute_within_a_passage(engine, tmp_path):
    """Every 50th sentence is spoken, and the others are estimated at the pace of these.

    Speaking every eighth changes the result by less than one word a minute.
    """
    voice = open_voice(engine)
    sessions = [load(name, script_finder()) for name in SESSIONS]
    lines = {sound: location for script in sessions for sound, location in sounds(script).items()}
    sample = dict(list(lines.items())[::50])
    clips = narrate(sample, voice, Cache(tmp_path), pronunciation(sessions[0], script_finder()))
    estimated = sum(estimate(sample, voice.speed).values())
    speed = voice.speed * estimated / sum(clip.length for clip in clips.values())
    assert calm_words_a_minute("en") == (95, 110)
    for script in (*sessions, *(load(name, script_finder()) for name in POSITIONS)):
        lengths = estimate(sounds(script), speed)
        pace = words_a_minute(plan(script, lengths, default_length(script, lengths)))
        assert 95 <= pace <= 110, (script.name, pace)
