"""What each built-in engine promises beyond the contract of test_voice_contract.py, and how workers behave."""

from __future__ import annotations

import subprocess
import sys
import wave
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from common import ROOT

from audio_builder.audio import level, limiter
from audio_builder.cache import Cache
from audio_builder.errors import (
    AudioBuilderError,
    Location,
    ScriptErrors,
    VoiceFailed,
    VoiceMissing,
    how_to_add,
)
from audio_builder.script.model import Line
from audio_builder.speech.engines import hibari, piper, system
from audio_builder.speech.narrate import narrate
from audio_builder.speech.pronunciation import pronounce, read_pronunciation
from audio_builder.speech.shape import problem_with
from audio_builder.speech.voice import Speech, Voice
from audio_builder.speech.voices import knows, list_voices, open_voice
from audio_builder.speech.worker import Worker

SENTENCE = "Let the chair take the whole weight of your legs, as if someone were carrying them."
HALVES = (
    ("Your back lies flat by its own weight", "there is no need to press it down"),
    ("Give the chair the full weight of your legs", "it does not tire"),
    ("Breathe along the right side for a while", "I will be quiet and then go on"),
    ("Some people find it warm", "others feel nothing at all"),
    ("You may leave at any moment", "roll to one side and rest"),
)
TIMEOUT = 60.0

Workers = defaultdict[str, Worker]


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """A worker process for each engine, started on demand."""
    started: Workers = defaultdict(Worker)
    yield started
    for worker in started.values():
        worker.close()


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A worker of this test."""
    started = Worker()
    yield started
    started.close()


def speak(workers: Workers, voice: Voice, text: str) -> Speech:
    return workers[voice.engine].call(TIMEOUT, voice.speak, text)


def longest_silence(halves: tuple[str, str], path: Path) -> int:
    """Return the milliseconds at -45 dB or less, as heard in a session, near the start of the second half."""
    with wave.open(str(path)) as file:
        clip = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    sound = np.abs(limiter.limit(clip, level.HEADROOM_DB, level.speech_ceiling(stereo=True)).astype(float))
    blocks = sound[: sound.size // 240 * 240].reshape(-1, 240).max(axis=1)
    audible = np.flatnonzero(blocks > blocks.max() * 10 ** (-45 / 20))
    length = audible[-1] - audible[0]
    middle = audible[0] + length * len(halves[0]) / sum(map(len, halves))
    near = [(a, b) for a, b in pairwise(audible) if abs((a + b) / 2 - middle) < 0.18 * length]
    return max(5 * int(b - a - 1) for a, b in near)


@pytest.mark.parametrize("engine", ["hibari", "pyttsx3", "piper"])
def test_colons_semicolons_and_dashes_pause_as_long_as_a_person_would(engine: str, tmp_path: Path) -> None:
    ranges = {":": (550, 720), ";": (420, 680), " -": (380, 680)}
    texts = {(mark, half): Line(f"{half[0]}{mark} {half[1]}.") for mark in ranges for half in HALVES}
    lines = {line: Location("a.md", number) for number, line in enumerate(texts.values(), 1)}
    clips = narrate(lines, open_voice(engine), Cache(tmp_path))
    for mark, (least, most) in ranges.items():
        found = [longest_silence(half, clips[texts[mark, half]].path) for half in HALVES]
        assert least <= np.median(found) <= most, (mark, found)
        if mark == ":":
            assert max(found) - min(found) <= 60


# -- opening and listing ----------------------------------------------------------------------------------


# the registry checks the speed of every engine in one place
@pytest.mark.parametrize("speed", [0.0, 0.49, 1.51, -1.0, float("nan"), float("inf")])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    with pytest.raises(AudioBuilderError, match=r"from 0\.5 \(slow\) to 1\.5"):
        open_voice("tone", speed)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("hibary", 'No voice engine named "hibary". Did you mean "hibari"?'),
        ("nobody", "Available: hibari, piper, pyttsx3, tone"),
        ("", 'No voice engine named "". Available: hibari'),
        ("hibari:heartt", 'No voice named "heartt" in hibari. Did you mean "heart"?'),
        ("hibari:nobody", "Available: heart, fenrir"),
        ("pyttsx3:nobody-at-all", "audio-builder voices --all"),
        ("tone:nobody", 'No voice named "nobody" in tone. Available: sine'),
    ],
)
def test_an_unknown_voice_is_reported_with_a_hint(spec: str, message: str) -> None:
    with pytest.raises(VoiceMissing) as error:
        open_voice(spec)
    assert message in str(error.value)


def test_engines_and_voices_are_found_in_any_case() -> None:
    assert open_voice(" Tone : SINE ") == open_voice("tone:sine")


def test_a_voice_that_would_be_downloaded_is_missing_instead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(VoiceMissing, match="audio-builder voices add hibari:emma"):
        open_voice("hibari:emma")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", ["hibari", "piper"])
def test_a_language_that_an_engine_lacks_is_refused_with_one_that_has_it(engine: str) -> None:
    with pytest.raises(VoiceMissing, match="--voice pyttsx3"):
        open_voice(engine, language="he")
    assert open_voice(engine, language="en-GB").engine == engine


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piper, "find_spec", lambda _name: None)
    with pytest.raises(VoiceMissing, match=r"pip install '\.\[piper\]'"):
        open_voice("piper")
    needs = {voice.engine: voice.needs for voice in list_voices()}
    assert needs["piper"] == how_to_add("piper")


def test_every_voice_is_listed_with_what_it_needs_the_default_first() -> None:
    voices = list_voices()
    assert (voices[0].engine, voices[0].name, voices[0].needs) == ("hibari", "heart", "")
    options = {voice.option: voice.label for voice in voices if not voice.needs}
    assert options["hibari"] == "hibari, natural"
    assert options["piper"] == "piper, natural"
    assert options["tone"] == "only tones, no words"
    emma = next(voice for voice in voices if voice.name == "emma")
    assert emma.needs == "audio-builder voices add hibari:emma"


# -- pyttsx3 ----------------------------------------------------------------------------------------------


linux = pytest.mark.skipif(sys.platform != "linux", reason="espeak-ng is the system's voice on Linux")


def system_id(voice: Voice) -> str:
    assert isinstance(voice, system.SystemVoice)
    return voice.id


@linux
@pytest.mark.parametrize(
    ("language", "name"),
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
def test_pyttsx3_picks_a_voice_by_language(language: str, name: str) -> None:
    assert system_id(open_voice("pyttsx3", language=language)).rpartition("/")[2] == name


@linux
def test_pyttsx3_reports_a_language_that_it_lacks() -> None:
    with pytest.raises(VoiceMissing, match='No voice of this system speaks the language "tlh"'):
        open_voice("pyttsx3", language="tlh")


@linux
@pytest.mark.parametrize("name", ["gmw/en-us", "en-US", "English (America)"])
def test_pyttsx3_accepts_ids_tags_and_names(name: str) -> None:
    assert system_id(open_voice(f"pyttsx3:{name}")) == "gmw/en-us"


@linux
def test_pyttsx3_is_labelled_by_the_end_of_its_id() -> None:
    labels = {voice.option: voice.label for voice in list_voices()}
    assert labels["pyttsx3:gmw/en-us"] == "en-us, of the system"


@linux
@pytest.mark.parametrize(
    ("language", "text"), [("he", "הנח לכתפיים לשקוע אל הרצפה."), ("ar", "دع كتفيك ترتاحان على الأرض.")]
)
def test_pyttsx3_reads_right_to_left_scripts(language: str, text: str, workers: Workers) -> None:
    voice = open_voice("pyttsx3", language=language)
    speech = speak(workers, voice, text)
    assert problem_with(speech, text, voice.speed) == ""
    assert speech.samples.size / speech.rate < 12


def espeak_libraries(maps: str) -> set[str]:
    """Return the paths of the espeak libraries in the text of /proc/PID/maps."""
    return {line.split()[-1] for line in maps.splitlines() if "espeak" in line and ".so" in line}


@linux
def test_espeak_is_loaded_from_its_wheel_in_the_worker(workers: Workers) -> None:
    speak(workers, open_voice("pyttsx3"), SENTENCE)
    paths = espeak_libraries(workers["pyttsx3"].call(TIMEOUT, Path("/proc/self/maps").read_text))
    assert paths
    assert all("espeakng_loader" in path for path in paths)


@linux
def test_espeak_is_never_loaded_by_the_process_that_lists_and_builds(tmp_path: Path) -> None:
    """espeak-ng is under the GPL: it must stay in a process of its own."""
    (tmp_path / "rest.md").write_text("---\ntitle: Rest\n---\n\n# Rest\n\nLet go.\n\n[rest 2m..]\n", "utf-8")
    program = """
from pathlib import Path
from audio_builder import BuildOptions, Workspace, build
from audio_builder.cache import Cache
from audio_builder.script.search import script_finder
from audio_builder.speech.voices import list_voices

print(sum(voice.engine == "pyttsx3" and not voice.needs for voice in list_voices()))
workspace = Workspace(script_finder(Path.cwd()), Path("output"), Cache(Path("cache")))
options = BuildOptions(length=300_000, voice="pyttsx3", ambience="none", quality="mono")
print(build("rest", options, workspace).spoken)
print(Path("/proc/self/maps").read_text())
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    voices, spoken, maps = done.stdout.split("\n", 2)
    assert int(voices) > 50
    assert int(spoken) == 1
    assert "numpy" in maps
    assert "espeak" not in maps


def test_the_system_voice_refuses_to_speak_outside_a_worker() -> None:
    with pytest.raises(VoiceFailed, match="worker processes only"):
        open_voice("pyttsx3").speak("Let go.")


@linux
def test_pyttsx3_never_loses_its_rate(workers: Workers) -> None:
    sizes: dict[float, set[int]] = {0.5: set(), 1.0: set()}
    for _ in range(6):
        for speed, found in sizes.items():
            found.add(speak(workers, open_voice("pyttsx3", speed), SENTENCE).samples.size)
    assert min(sizes[0.5]) > 1.7 * max(sizes[1.0])


# -- hibari -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["psoas", "Breathe", "letting", "don’t", "well-being", "softened", "I"])
def test_hibari_knows_words_of_its_dictionary_and_their_forms(word: str) -> None:
    assert knows("hibari", word)


@pytest.mark.parametrize("word", ["zlorft", "Feldenkrais", "paschimottanasana"])
def test_hibari_does_not_know_a_word_that_it_would_guess(word: str) -> None:
    assert not knows("hibari", word)
    assert knows("pyttsx3", word)  # engines that cannot tell know every word


@pytest.mark.parametrize("word", ["Savasana", "shavasana", "piriformis", "nidra"])
def test_hibari_knows_the_words_that_it_guesses_right(word: str) -> None:
    assert knows("hibari", word)


@pytest.mark.parametrize("text", ["Now 你好 rest.", "Сейчас отдохни.", "הנח לגוף לנוח"])
def test_hibari_refuses_words_of_another_script(text: str, workers: Workers) -> None:
    with pytest.raises(VoiceFailed, match="Latin"):
        speak(workers, open_voice("hibari"), text)


def test_hibari_refuses_a_number_of_hundreds_of_digits(workers: Workers) -> None:
    with pytest.raises(VoiceFailed, match="number"):
        speak(workers, open_voice("hibari"), "9" * 400)


def test_hibari_refuses_phonemes_that_it_lacks(workers: Workers) -> None:
    with pytest.raises(VoiceFailed, match="no phoneme “7”"):
        speak(workers, open_voice("hibari"), "The [psoas](/so7az/) rests.")


def test_the_speed_given_to_hibari_rises_with_the_speed_asked_for() -> None:
    speeds = [hibari.engine_speed(0.5 + n / 200) for n in range(201)]
    assert speeds == sorted(speeds)
    assert hibari.engine_speed(1.0) == 1.0


# -- workers and checks -----------------------------------------------------------------------------------


def test_a_worker_that_hangs_is_killed_and_started_again(worker: Worker) -> None:
    with pytest.raises(VoiceFailed, match="hung for 2 s"):
        worker.call(2, open_voice("tone:hang").speak, "word")
    assert worker.call(TIMEOUT, open_voice("tone").speak, "word").samples.size


def test_a_worker_that_dies_is_started_again(worker: Worker) -> None:
    with pytest.raises(VoiceFailed, match="died"):
        worker.call(TIMEOUT, open_voice("tone:die").speak, "word")
    assert worker.call(TIMEOUT, open_voice("tone").speak, "word").samples.size


def test_a_worker_reports_the_exception_it_died_of(worker: Worker) -> None:
    with pytest.raises(VoiceFailed, match="ZeroDivisionError"):
        worker.call(TIMEOUT, divmod, 1, 0)


def test_whatever_an_engine_prints_stays_in_its_process(
    worker: Worker, capfd: pytest.CaptureFixture[str]
) -> None:
    worker.call(TIMEOUT, print, "noise")
    assert worker.call(TIMEOUT, divmod, 7, 2) == (3, 1)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(0), "said nothing"),
        (np.zeros(24_000), "returned only silence"),
        (np.full(24_000, np.nan), "not numbers"),
        (np.ones(2_000), "spoke for only 0.08 s"),
        (np.ones(24_000 * 120), "spoke for 120 s"),
    ],
)
def test_samples_that_are_not_speech_are_recognised(samples: np.ndarray, message: str) -> None:
    assert message in problem_with(Speech(samples.astype(np.float32), 24_000), "Let the floor have you.", 1.0)


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
def test_an_engine_is_given_words_as_it_should_say_them(
    text: str, say: tuple[tuple[str, str], ...], engine: str, given: str
) -> None:
    assert pronounce(Line(text, say), TABLE, engine) == given


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[psoas]\nsay = "so', "p.toml:2"),
        ('[psoas]\nsay = "x"\n\n[femur]\nsai = "y"\n', 'p.toml:4:1: femur: "sai" .* Did you mean "say"?'),
        ('[femur]\npipper = "y"\n', 'installed voice engine. Did you mean "piper"?'),
        ("[femur]\nsay = 3\n", "p.toml:1:1: femur: the form for say must be text"),
        ("[femur]\n", "has no form"),
        ('[femur]\nsay = ""\n', "has no form"),
        ('[femur]\nhibari = "[x](/y/)"\n', "only phonemes for hibari"),
        ('"(x"="y"\n', "p.toml:1"),
        ('psoas = "so-az"\n', r"p\.toml:1:1: psoas: .*no table"),
    ],
)
def test_an_error_in_the_table_is_reported_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ScriptErrors, match=message):
        read_pronunciation(text, "p.toml")


def test_the_shipped_table_has_only_phonemes_that_hibari_has(workers: Workers) -> None:
    path = ROOT / "scripts" / "pronunciation.toml"
    table = read_pronunciation(path.read_text("utf-8"), str(path))
    for word in table:
        text = pronounce(Line(f"The {word} rests."), table, "hibari")
        assert problem_with(speak(workers, open_voice("hibari"), text), text, 1.0) == ""


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/opt/clone/.venv", "pip install '.[piper]'"),
        ("/opt/.local/share/pipx/venvs/audio-builder", "pipx install --force '.[piper]'"),
        ("/opt/.local/share/uv/tools/audio-builder", "uv tool install --force '.[piper]'"),
    ],
)
def test_what_to_type_for_an_extra_follows_from_how_the_program_was_installed(
    prefix: str, command: str
) -> None:
    assert how_to_add("piper", prefix) == f"{command} in a clone of the repository"
