"""What every installed voice promises, and what each engine promises besides."""

from __future__ import annotations

import pickle
import subprocess
import sys
import wave
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio_builder.audio import level, limiter
from audio_builder.cache import Cache
from audio_builder.errors import AudioBuilderError, Location, ScriptErrors, VoiceFailed, VoiceMissing
from audio_builder.script.model import Line
from audio_builder.speech import voices
from audio_builder.speech.engines import hibari, piper, system
from audio_builder.speech.narrate import narrate
from audio_builder.speech.pieces import LONGEST_PIECE, pieces
from audio_builder.speech.pronunciation import pronounce, read_pronunciation
from audio_builder.speech.shape import BEFORE, shape, trouble
from audio_builder.speech.voice import Speech, Voice
from audio_builder.speech.voices import knows, list_voices, open_voice
from audio_builder.speech.worker import Worker

SENTENCE = "Let the chair take the whole weight of your legs, as if someone were carrying them."
PASSAGE = (
    SENTENCE,
    "Notice how the back of the pelvis rests, broad and heavy, against the floor.",
    "Each time you breathe out, give a little more of your weight to the ground.",
    "A long muscle begins there on each side, and runs down to the thigh.",
    "If something begins to hurt, bend your knees, roll over, and take a rest.",
    "Now the breath may find its own pace, slow and easy, without your help.",
    "Feel the towel beneath your head, and let the jaw hang a little loose.",
    "The next few minutes are quiet, and you have nowhere else to be today.",
)
HALVES = (
    ("Your back lies flat by its own weight", "there is no need to press it down"),
    ("Give the chair the full weight of your legs", "it does not tire"),
    ("Breathe along the right side for a while", "I will be quiet and then go on"),
    ("Some people find it warm", "others feel nothing at all"),
    ("You may leave at any moment", "roll to one side and rest"),
)
SECONDS = 60.0


def installed() -> list[str]:
    found = []
    for engine in voices.ENGINES:
        try:
            open_voice(engine)
        except VoiceMissing:
            continue
        found.append(engine)
    return found


every_voice = pytest.mark.parametrize("engine", installed())
every_speaker = pytest.mark.parametrize("engine", [engine for engine in installed() if engine != "tone"])


Workers = defaultdict[str, Worker]


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """A worker for each engine."""
    found: Workers = defaultdict(Worker)
    yield found
    for worker in found.values():
        worker.close()


def said(workers: Workers, voice: Voice, text: str) -> Speech:
    return workers[voice.engine].call(SECONDS, voice.speak, text)


@pytest.fixture(scope="module")
def seconds(workers: Workers) -> Callable[[Voice], float]:
    """How long a voice takes for the passage, spoken once at each speed."""

    @cache
    def spoken(voice: Voice) -> float:
        return sum(shape(said(workers, voice, text)).size for text in PASSAGE) / 48_000

    return spoken


@every_voice
def test_a_sentence_has_sound_of_a_plausible_length(engine: str, workers: Workers) -> None:
    voice = open_voice(engine)
    spoken = said(workers, voice, SENTENCE)
    assert spoken.samples.dtype == np.float32
    assert spoken.samples.ndim == 1
    assert trouble(spoken, SENTENCE, voice.speed) == ""
    sound = shape(spoken)
    assert sound.size % 48 == 0
    assert 4 < sound.size / 48_000 < 12
    assert np.sqrt(np.mean((sound / 32768.0) ** 2)) > 0.01


@every_voice
def test_speech_begins_and_ends_with_its_clip(engine: str, workers: Workers) -> None:
    sound = np.abs(shape(said(workers, open_voice(engine), SENTENCE)).astype(float))
    heard = np.flatnonzero(sound > 0.01 * sound.max())
    assert heard[0] < 48 * (BEFORE + 30)
    assert sound.size - heard[-1] < 48 * 150


@pytest.mark.parametrize("engine", [engine for engine in installed() if engine != "pyttsx3"])
def test_two_processes_give_the_same_samples(engine: str, workers: Workers) -> None:
    other: Workers = defaultdict(Worker)
    try:
        voice = open_voice(engine)
        said(workers, voice, "Something else before it.")
        assert np.array_equal(said(workers, voice, SENTENCE).samples, said(other, voice, SENTENCE).samples)
    finally:
        other[engine].close()


@every_voice
@pytest.mark.parametrize("speed", [0.5, None, 0.75, 1.25, 1.5])
def test_time_is_inverse_to_speed_within_five_percent(
    engine: str, speed: float | None, seconds: Callable[[Voice], float]
) -> None:
    voice = open_voice(engine, speed)
    assert seconds(voice) * voice.speed == pytest.approx(seconds(open_voice(engine, 1.0)), rel=0.05)


def silence_between(halves: tuple[str, str], path: Path) -> int:
    """The milliseconds 45 dB and more below the peak, as a session has it, at about where the second half begins."""
    with wave.open(str(path)) as file:
        clip = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    sound = np.abs(limiter.limit(clip, level.HEADROOM_DB, level.speech_ceiling(stereo=True)).astype(float))
    blocks = sound[: sound.size // 240 * 240].reshape(-1, 240).max(axis=1)
    heard = np.flatnonzero(blocks > blocks.max() * 10 ** (-45 / 20))
    length = heard[-1] - heard[0]
    middle = heard[0] + length * len(halves[0]) / sum(map(len, halves))
    return max(5 * int(b - a - 1) for a, b in pairwise(heard) if abs((a + b) / 2 - middle) < 0.18 * length)


@every_speaker
@pytest.mark.parametrize(("mark", "least", "most"), [(":", 550, 720), (";", 420, 680), (" -", 380, 680)])
def test_a_colon_a_semicolon_and_a_dash_breathe_as_a_person_would(
    engine: str, mark: str, least: int, most: int, tmp_path: Path
) -> None:
    lines = {Line(f"{a}{mark} {b}."): Location("a.md", n) for n, (a, b) in enumerate(HALVES)}
    clips = narrate(lines, open_voice(engine), Cache(tmp_path)).values()
    found = [silence_between(half, clip.path) for half, clip in zip(HALVES, clips, strict=True)]
    assert least <= np.median(found) <= most
    if mark == ":":
        assert max(found) - min(found) <= 60


@every_voice
def test_a_very_long_text_is_spoken_piece_by_piece(engine: str, workers: Workers) -> None:
    text = " ".join(f"word and breath {n % 10}" for n in range(1250))
    parts = pieces(text)
    assert " ".join(parts) == text
    voice = open_voice(engine, 1.5)
    for part in (parts[0], parts[-1]):
        assert len(part) <= LONGEST_PIECE
        assert trouble(said(workers, voice, part), part, voice.speed) == ""


@every_voice
@pytest.mark.parametrize("text", ["", " ", "…", "🙂"])
def test_a_text_without_words_is_refused(engine: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(VoiceFailed, match=r"a\.md:3:1: the voice .* was given no words"):
        narrate({Line(text): Location("a.md", 3)}, open_voice(engine), Cache(tmp_path))


@every_voice
def test_nothing_is_never_taken_for_speech(engine: str, workers: Workers) -> None:
    voice = open_voice(engine)
    try:
        spoken = said(workers, voice, "")
    except VoiceFailed:
        return
    assert trouble(spoken, "", voice.speed)


@every_voice
@pytest.mark.parametrize("text", ["Now 你好 rest.", "Сейчас отдохни.", "הנח לגוף לנוח"])
def test_words_of_another_script_are_spoken_or_refused(engine: str, text: str, workers: Workers) -> None:
    voice = open_voice(engine)
    if engine == "hibari":
        with pytest.raises(VoiceFailed, match="Latin"):
            said(workers, voice, text)
    else:
        assert trouble(said(workers, voice, text), text, voice.speed) == ""


@every_voice
def test_opening_is_cheap_and_a_voice_travels_to_workers(engine: str) -> None:
    voice = open_voice(engine, 0.7)
    assert pickle.loads(pickle.dumps(voice)) == voice
    assert voice.engine == engine
    assert voice.speed == 0.7
    assert open_voice(engine, 0.8).identity != voice.identity
    program = (
        "import sys; from audio_builder.speech.voices import open_voice\n"
        f"open_voice({engine!r}).identity\n"
        "sys.exit(any(heavy in sys.modules for heavy in ('onnxruntime', 'pyttsx3', 'hibari.g2p', 'piper')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@every_voice
@pytest.mark.parametrize("speed", [0.0, 0.49, 1.51, -1.0, float("nan"), float("inf")])
def test_a_speed_out_of_range_is_refused(engine: str, speed: float) -> None:
    with pytest.raises(AudioBuilderError, match=r"from 0\.5 .* to 1\.5"):
        open_voice(engine, speed)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("hibary", "did you mean hibari"),
        ("nobody", "there are hibari, pyttsx3, piper, tone"),
        ("", "there are"),
        ("hibari:nobody", "it has heart, fenrir"),
        ("pyttsx3:nobody-at-all", "audio-builder voices"),
        ("tone:nobody", "it has sine"),
    ],
)
def test_a_voice_that_there_is_not_is_named_with_the_cure(spec: str, message: str) -> None:
    with pytest.raises(VoiceMissing, match=message):
        open_voice(spec)


def test_a_voice_that_would_be_downloaded_is_missing_instead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(VoiceMissing, match=r"bf_emma\.int8\.onnx") as missing:
        open_voice("hibari:emma")
    assert str(tmp_path) in str(missing.value)


@pytest.mark.parametrize("engine", ["hibari", "piper"])
def test_a_language_that_a_voice_lacks_is_refused_with_one_that_has_it(engine: str) -> None:
    with pytest.raises(VoiceMissing, match="--voice pyttsx3"):
        open_voice(engine, language="he")
    assert open_voice(engine, language="en-GB").engine == engine


def test_an_extra_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piper, "find_spec", lambda _name: None)
    with pytest.raises(VoiceMissing, match=r"pip install 'audio-builder\[piper\]'"):
        open_voice("piper")


def test_every_engine_is_here_to_be_tested() -> None:
    """A voice that is not installed where the tests run would be a missing test, not a skipped one."""
    assert set(installed()) == {"hibari", "pyttsx3", "piper", "tone"}


def test_all_voices_are_listed_with_what_they_need() -> None:
    found = {(voice.engine, voice.name): voice for voice in list_voices()}
    assert next(iter(found)) == ("hibari", "heart")
    assert found["hibari", "heart"].needs == ""
    assert {"hibari", "pyttsx3", "piper", "tone"} == {engine for engine, _ in found}


# -- pyttsx3 ----------------------------------------------------------------------------------------------


linux = pytest.mark.skipif(sys.platform != "linux", reason="espeak-ng is the system's voice on Linux")


@linux
@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("he", "he"),
        ("ar", "ar"),
        ("en", "en"),
        ("en-US", "en-us"),
        ("de-AT", "de"),
        ("pt-BR", "pt-br"),
        ("zh", "cmn"),
    ],
)
def test_pyttsx3_picks_a_voice_by_language(language: str, voice: str) -> None:
    opened = open_voice("pyttsx3", language=language)
    assert isinstance(opened, system.SystemVoice)
    assert opened.id.rpartition("/")[2] == voice


@linux
def test_pyttsx3_says_which_language_it_lacks() -> None:
    with pytest.raises(VoiceMissing, match="no voice for the language tlh"):
        open_voice("pyttsx3", language="tlh")


@linux
@pytest.mark.parametrize("name", ["gmw/en-us", "en-US", "English (America)"])
def test_pyttsx3_takes_ids_tags_and_names(name: str) -> None:
    opened = open_voice(f"pyttsx3:{name}")
    assert isinstance(opened, system.SystemVoice)
    assert opened.id == "gmw/en-us"


@linux
@pytest.mark.parametrize(
    ("language", "text"), [("he", "הנח לכתפיים לשקוע אל הרצפה."), ("ar", "دع كتفيك ترتاحان على الأرض.")]
)
def test_pyttsx3_reads_right_to_left_scripts(language: str, text: str, workers: Workers) -> None:
    voice = open_voice("pyttsx3", language=language)
    spoken = said(workers, voice, text)
    assert trouble(spoken, text, voice.speed) == ""
    assert spoken.samples.size / spoken.rate < 12


@linux
def test_espeak_comes_from_its_wheel_and_not_from_the_system(workers: Workers) -> None:
    said(workers, open_voice("pyttsx3"), SENTENCE)
    loaded = workers["pyttsx3"].call(SECONDS, Path("/proc/self/maps").read_text)
    paths = {line.split()[-1] for line in loaded.splitlines() if "libespeak" in line}
    assert paths
    assert all("espeakng_loader" in path for path in paths)


@linux
def test_pyttsx3_never_loses_its_rate(workers: Workers) -> None:
    lengths = {speed: set[int]() for speed in (0.5, 1.0)}
    for _ in range(6):
        for speed, found in lengths.items():
            found.add(said(workers, open_voice("pyttsx3", speed), SENTENCE).samples.size)
    assert min(lengths[0.5]) > 1.7 * max(lengths[1.0])


# -- hibari -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["psoas", "Breathe", "letting", "don’t", "well-being", "softened", "I"])
def test_hibari_knows_words_of_its_dictionary_and_their_forms(word: str) -> None:
    assert knows("hibari", word)


@pytest.mark.parametrize("word", ["zlorft", "Feldenkrais", "shavasana"])
def test_hibari_does_not_know_what_it_would_guess(word: str) -> None:
    assert not knows("hibari", word)
    assert knows("pyttsx3", word)


def test_a_number_of_hundreds_of_digits_fails_in_words(workers: Workers) -> None:
    with pytest.raises(VoiceFailed, match="number"):
        said(workers, open_voice("hibari"), "9" * 400)


def test_phonemes_that_hibari_lacks_are_refused(workers: Workers) -> None:
    with pytest.raises(VoiceFailed, match="no phoneme “7”"):
        said(workers, open_voice("hibari"), "The [psoas](/so7az/) rests.")


def test_engine_speeds_rise_with_ours() -> None:
    speeds = [hibari.engine_speed(0.5 + n / 200) for n in range(201)]
    assert speeds == sorted(speeds)
    assert hibari.engine_speed(1.0) == 1.0


# -- workers and checks -----------------------------------------------------------------------------------


def test_a_worker_that_hangs_is_killed_and_started_again() -> None:
    child = Worker()
    try:
        with pytest.raises(VoiceFailed, match="hung for 2 s"):
            child.call(2, open_voice("tone:hang").speak, "word")
        assert child.call(SECONDS, open_voice("tone").speak, "word").samples.size
    finally:
        child.close()


def test_a_worker_that_dies_is_started_again() -> None:
    child = Worker()
    try:
        with pytest.raises(VoiceFailed, match="died"):
            child.call(SECONDS, open_voice("tone:die").speak, "word")
        assert child.call(SECONDS, open_voice("tone").speak, "word").samples.size
    finally:
        child.close()


def test_a_worker_says_what_it_died_of() -> None:
    child = Worker()
    try:
        with pytest.raises(VoiceFailed, match="ZeroDivisionError"):
            child.call(SECONDS, divmod, 1, 0)
    finally:
        child.close()


def test_what_an_engine_prints_does_not_reach_us(capfd: pytest.CaptureFixture[str]) -> None:
    child = Worker()
    try:
        child.call(SECONDS, print, "noise")
        assert child.call(SECONDS, divmod, 7, 2) == (3, 1)
    finally:
        child.close()
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(0), "said nothing"),
        (np.zeros(24_000), "only silence"),
        (np.full(24_000, np.nan), "not numbers"),
        (np.ones(2_000), "only"),
        (np.ones(24_000 * 120), "120 s"),
    ],
)
def test_what_is_not_speech_is_told_apart(samples: np.ndarray, message: str) -> None:
    assert message in trouble(Speech(samples.astype(np.float32), 24_000), "Let the floor have you.", 1.0)


# -- pronunciation ----------------------------------------------------------------------------------------


TABLE = read_pronunciation('[psoas]\nsay = "so-az"\nhibari = "sˈOæz"\n[Qi]\nsay = "chee"\n', "p.toml")


@pytest.mark.parametrize(
    ("text", "say", "engine", "given"),
    [
        ("The psoas rests.", (), "hibari", "The [psoas](/sˈOæz/) rests."),
        ("The psoas rests.", (), "pyttsx3", "The so-az rests."),
        ("Psoas and PSOAS.", (), "piper", "So-az and So-az."),
        ("The psoas’s length", (), "hibari", "The [psoas’s](/sˈOæzᵻz/) length"),
        ("psoas-release, iliopsoas", (), "pyttsx3", "so-az-release, iliopsoas"),
        ("The psoas and qi.", (("Psoas", "sow us"),), "hibari", "The sow us and chee."),
        ("A [bell] rings", (), "hibari", "A  bell  rings"),
        ("Nothing of it.", (), "tone", "Nothing of it."),
    ],
)
def test_words_are_given_to_an_engine_as_it_should_say_them(
    text: str, say: tuple[tuple[str, str], ...], engine: str, given: str
) -> None:
    assert pronounce(Line(text, say), TABLE, engine) == given


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[psoas]\nsay = "so', "p.toml:2"),
        ('[psoas]\nsay = "x"\n\n[femur]\nsai = "y"\n', "p.toml:4:1: femur: .*sai"),
        ("[femur]\nsay = 3\n", "p.toml:1:1: femur: .*str"),
        ("[femur]\n", "has no form"),
        ('[femur]\nhibari = "[x](/y/)"\n', "phonemes alone"),
        ('"(x"="y"\n', "p.toml:1"),
        ('psoas = "so-az"\n', r"p\.toml:1:1: psoas"),
    ],
)
def test_a_mistake_in_the_table_is_named_at_its_line(text: str, message: str) -> None:
    with pytest.raises(ScriptErrors, match=message):
        read_pronunciation(text, "p.toml")


def test_the_shipped_table_has_only_phonemes_that_hibari_has(workers: Workers) -> None:
    path = Path(__file__).parents[2] / "scripts" / "pronunciation.toml"
    table = read_pronunciation(path.read_text("utf-8"), str(path))
    for word in table:
        text = pronounce(Line(f"The {word} rests."), table, "hibari")
        assert trouble(said(workers, open_voice("hibari"), text), text, 1.0) == ""
