"""What every installed voice promises, plug-ins included: the contract of `audio_builder.speech.engine`.

Authors of plug-ins run this module on their own voice. It also runs on a voice that was added to piper.
"""

import pickle
import subprocess
import sys
from functools import cache
from importlib.metadata import entry_points
from itertools import product

import numpy as np
import pytest

from audio_builder.audio import level, limiter
from audio_builder.errors import VoiceFailed
from audio_builder.options import FASTEST, SLOWEST
from audio_builder.speech.pieces import LONGEST_PIECE, pieces
from audio_builder.speech.registry import GROUP, installed_engines
from audio_builder.speech.shape import BEFORE, problem_with, shape
from audio_builder.speech.voices import open_voice
from audio_builder.speech.worker import Worker

PASSAGE = (
    "Let the chair take the whole weight of your legs, as if someone were carrying them.",
    "Notice how the back of the pelvis rests, broad and heavy, against the floor.",
    "Each time you breathe out, give a little more of your weight to the ground.",
    "A long muscle begins there on each side, and runs down to the thigh.",
)
SENTENCE = PASSAGE[0]
TIMEOUT = 60.0

ADDED = "piper:en_US-joe-medium"
"""The voice joe, added from the catalogue as any other."""

# espeak-ng speaks the same sentence some milliseconds longer or shorter from call to call.
_REPEATABLE = [*(name for name in installed_engines().names if name != "pyttsx3"), ADDED]

every_engine = pytest.mark.parametrize("engine", installed_engines().names)
every_voice = pytest.mark.parametrize("spec", [*installed_engines().names, ADDED])


@pytest.fixture(autouse=True)
def _with_an_added_voice(request, home, monkeypatch):
    """Add the voice if a test is about it, and let every process find it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    if request.node.callspec.params.get("spec") == ADDED:
        request.getfixturevalue("added_joe")


@pytest.fixture(scope="module")
def workers():
    """A worker process for each engine, started on demand."""
    started = {name: Worker() for name in installed_engines().names}
    yield started
    for worker in started.values():
        worker.close()


@pytest.fixture(scope="module")
def speak(workers):
    """Return what a voice says for a text. Each pair is spoken once."""

    @cache
    def run(voice, text):
        return workers[voice.engine].call(TIMEOUT, voice.speak, text)

    return run


def seconds(speech):
    """Return the duration of speech without the silence around it."""
    return shape(speech).size / 48_000


@every_engine
def test_an_engine_has_a_label_and_a_default_speed_in_range(engine):
    found = installed_engines().engine(engine)
    assert isinstance(found.label, str)
    assert found.label
    assert SLOWEST <= found.default_speed <= FASTEST
    assert open_voice(engine).speed == found.default_speed


@every_engine
def test_an_engine_lists_each_voice_once_and_at_most_one_default(engine):
    voices = installed_engines().voices(engine)
    names = [voice.name for voice in voices]
    assert names
    assert len(set(names)) == len(names)
    default = [voice for voice in voices if voice.is_default]
    assert len(default) <= 1
    for voice in default:
        assert open_voice(f"{engine}:{voice.name}") == open_voice(engine)


@every_voice
def test_opening_a_voice_imports_no_model_and_no_other_engine(spec):
    own = spec.partition(":")[0]
    others = [entry.module for entry in entry_points(group=GROUP) if entry.name != own]
    program = (
        "import sys; from audio_builder.speech.voices import open_voice\n"
        f"open_voice({spec!r}).identity\n"
        f"heavy = ['onnxruntime', 'torch', 'pyttsx3', 'hibari.g2p', 'piper', *{others!r}]\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@every_voice
def test_a_voice_can_be_pickled_and_its_identity_depends_on_its_speed(spec):
    voice = open_voice(spec, 0.7)
    assert pickle.loads(pickle.dumps(voice)) == voice
    assert (voice.engine, voice.speed) == (spec.partition(":")[0], 0.7)
    assert all(isinstance(part, str) for part in voice.identity)
    assert open_voice(spec, 0.8).identity != voice.identity


@every_voice
def test_a_sentence_has_sound_of_a_plausible_length(spec, speak):
    voice = open_voice(spec)
    speech = speak(voice, SENTENCE)
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert problem_with(speech, SENTENCE, voice.speed) == ""
    assert 4 < seconds(speech) < 12
    assert np.sqrt(np.mean((shape(speech) / 32768.0) ** 2)) > 0.01


@every_voice
def test_speech_begins_and_ends_with_its_clip(spec, speak):
    sound = np.abs(shape(speak(open_voice(spec), SENTENCE)).astype(float))
    audible = np.flatnonzero(sound > 0.01 * sound.max())
    assert audible[0] < 48 * (BEFORE + 30)
    assert sound.size - audible[-1] < 48 * 150


@pytest.mark.parametrize("spec", _REPEATABLE)
def test_another_process_gives_the_same_samples(spec, workers):
    voice, other = open_voice(spec), Worker()
    try:
        workers[voice.engine].call(TIMEOUT, voice.speak, "First something else.")
        first = workers[voice.engine].call(TIMEOUT, voice.speak, "Let your jaw hang loose.")
        second = other.call(TIMEOUT, voice.speak, "Let your jaw hang loose.")
        assert np.array_equal(first.samples, second.samples)
    finally:
        other.close()


# the speeds of the added voice are those of its engine
@pytest.mark.parametrize(
    ("spec", "speed"),
    [*product(installed_engines().names, [SLOWEST, None, FASTEST]), (ADDED, FASTEST)],
)
def test_duration_is_inverse_to_speed_within_five_percent(spec, speed, speak):
    voice, natural = open_voice(spec, speed), open_voice(spec, 1.0)
    duration = sum(seconds(speak(voice, text)) for text in PASSAGE)
    assert duration * voice.speed == pytest.approx(
        sum(seconds(speak(natural, text)) for text in PASSAGE), rel=0.05
    )


@every_voice
def test_the_gain_brings_the_voice_to_the_level_of_speech_within_3_db(spec, speak):
    voice = open_voice(spec)
    passage = np.concatenate([shape(speak(voice, text)) for text in PASSAGE])
    clip = limiter.limit(passage, voice.gain - level.HEADROOM_DB, -0.1)
    excess = level.loudness(clip) - (level.SPEECH_LUFS - level.HEADROOM_DB)
    assert abs(excess) < 3, f"use gain = {voice.gain - excess:.1f}"


@every_voice
def test_a_very_long_text_is_spoken_piece_by_piece(spec, speak):
    text = " ".join(f"word and breath {n % 10}" for n in range(1250))
    parts = pieces(text)
    assert " ".join(parts) == text
    assert max(map(len, parts)) <= LONGEST_PIECE
    voice, longest = open_voice(spec, FASTEST), max(parts, key=len)
    assert problem_with(speak(voice, longest), longest, voice.speed) == ""


@every_voice
@pytest.mark.parametrize("text", ["", "Now 你好 rest.", "Сейчас отдохни."])
def test_any_text_is_spoken_or_refused(spec, text, speak):
    voice = open_voice(spec)
    try:
        speech = speak(voice, text)
    except VoiceFailed:
        return
    assert (problem_with(speech, text, voice.speed) == "") == bool(text)
