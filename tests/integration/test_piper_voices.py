"""An added voice of piper is opened in its language, reads sessions, and is heard as a sample in its language."""

import io
import json
import pickle
import re
import wave

import numpy as np
import pytest
from added_voices import GERMAN, JOE

from audio_builder.audio import level
from audio_builder.cache import Cache
from audio_builder.errors import Location, VoiceMissing
from audio_builder.request import Workspace
from audio_builder.script.model import Line
from audio_builder.script.search import ScriptFinder
from audio_builder.speech.adding.storage import Facts, added_voice, install, staging_folder
from audio_builder.speech.engines import piper
from audio_builder.speech.narrate import narrate
from audio_builder.speech.sentences import sample_in, sentences_in
from audio_builder.speech.voices import all_offers, language_of, list_voices, open_voice
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

SCRIPT = """---
title: Abendruhe
language: de
voice: piper:joe-medium
ambience: none
quality: mono
length: 5m
---

# Ankommen

Lass dich vom Boden tragen und atme langsam aus.
Spüre, wie schwer die Füße sind.

# Ruhen

[rest 2m..]
- Lass die Schultern weich werden.
"""


@pytest.fixture
def voices(home, added_joe, added_german, monkeypatch):
    """Let this process find the added voices."""
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    return added_joe, added_german


def test_a_voice_opens_in_its_language_by_its_name_or_the_part_that_only_it_has(voices):
    _, german = voices
    voice = open_voice(GERMAN, 0.8, "de-AT")
    assert voice == open_voice("piper:de_de-JOE-medium", 0.8, "de")
    assert voice == open_voice("piper:de_DE-joe", 0.8, "de")
    assert voice == open_voice("piper", 0.8, "de")  # the only one for German
    assert pickle.loads(pickle.dumps(voice)) == voice
    assert voice.gain == german.facts.measured["gain"]
    assert open_voice("piper", 0.8).name == "joe"
    assert open_voice("piper:joe", 0.8).name == "joe"
    assert open_voice(JOE, 0.8).name == "en_US-joe-medium"


@pytest.mark.parametrize(
    ("spec", "language", "message"),
    [
        (GERMAN, "en", 'does not speak the language "en"'),
        ("piper", "fr", "audio-builder voices search fr"),
        ("piper:de_DE-thorsten-medium", "de", "audio-builder voices add de_DE-thorsten-medium"),
        ("piper:thorsten", "de", "audio-builder voices search thorsten"),
        (
            "piper:joe-medium",
            "de",
            'Several piper voices are named "joe-medium". Choose one: piper:de_DE-joe-medium',
        ),
        ("piper:de_DE-jo-medium", "de", 'Did you mean "de_DE-joe-medium"?'),
        (f"{GERMAN}#2", "de", 'has one speaker only: leave out "#2"'),
    ],
)
@pytest.mark.usefixtures("voices")
def test_a_voice_that_cannot_be_opened_is_reported_with_what_to_do(spec, language, message):
    with pytest.raises(VoiceMissing) as error:
        open_voice(spec, language=language)
    assert message in str(error.value)


def test_what_was_measured_is_part_of_the_identity_and_near_what_is_known_of_joe(voices):
    joe, _ = voices
    measured = joe.facts.measured
    known = open_voice("piper", 1.0)
    assert measured["gain"] == pytest.approx(known.gain, abs=2.5)  # that was measured at another speed
    scales = np.interp(measured["durations"], piper._DURATIONS, piper._SCALES)
    assert scales[1:-1] == pytest.approx(measured["scales"][1:-1], rel=0.05)
    added = open_voice(JOE, 1.0)
    assert added.identity != open_voice(JOE, 0.9).identity
    assert repr(tuple(measured["durations"])) in added.identity
    assert {digest for _, digest in joe.facts.files.values()} <= set(added.identity)
    assert known.identity != added.identity


def test_a_speaker_is_chosen_by_number_or_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    name = "de_DE-eight-medium"
    staging = staging_folder("piper", name)
    staging.mkdir(parents=True)
    config = json.dumps({"speaker_id_map": {"amused": 3, "0": 5}}).encode()
    files = {f"{name}.onnx": b"model", f"{name}.onnx.json": config}
    for file, data in files.items():
        (staging / file).write_bytes(data)
    sizes = {file: (len(data), "md5:0") for file, data in files.items()}
    measured = {"gain": 7.0, "durations": [0.5, 1.0, 2.0], "scales": [0.5, 1.0, 2.5]}
    install(staging, Facts("piper", name, "de-DE", "German", "", sizes, measured, 8))
    speakers = {
        spec: open_voice(f"piper:{name}{spec}", 1.0, "de").speaker for spec in ("", "#amused", "#0", "#7")
    }
    assert speakers == {"": 0, "#amused": 3, "#0": 5, "#7": 7}
    assert len({open_voice(f"piper:{name}#{n}", 1.0, "de").identity for n in range(1, 8)}) == 7
    with pytest.raises(VoiceMissing, match='no speaker "8": use #0 to #7, or a name such as #amused'):
        open_voice(f"piper:{name}#8", 1.0, "de")
    assert language_of(f"piper:{name}#3") == "de-DE"


@pytest.mark.usefixtures("voices")
def test_a_german_script_is_built_with_a_german_voice(audio_builder, tmp_path):
    (tmp_path / "abend.md").write_text(SCRIPT.replace("piper:joe-medium", GERMAN), "utf-8")
    result = audio_builder("build", "abend.md", "--quiet", folder=tmp_path)
    assert result.status == 0, result.err
    mp3 = next((tmp_path / "output").glob("abend*.mp3"))
    found = json.loads(audio_builder("inspect", mp3, "--json", folder=tmp_path).out)
    assert (found["samples"], found["broken"]) == (48_000 * 300, [])
    manifest = json.loads(mp3.with_suffix(".json").read_text("utf-8"))
    assert manifest["choice"]["voice"] == GERMAN
    assert manifest["synthetic"]
    assert "Spüre, wie schwer die Füße sind." in mp3.with_suffix(".txt").read_text("utf-8")


@pytest.mark.usefixtures("voices")
def test_the_german_voice_reads_by_the_rules_of_german(tmp_path):
    text = Line("Spüre, wie der Atem durch deine Füße geht.")
    place = {text: Location("a", 1)}
    german = narrate(place, open_voice(GERMAN, 0.6, "de"), Cache(tmp_path), language="de")[text]
    english = narrate(place, open_voice(JOE, 0.6), Cache(tmp_path))[text]
    assert german.key != english.key
    assert abs(german.length - english.length) > 50


@pytest.mark.usefixtures("voices")
def test_listed_voices_say_their_language_and_are_marked_as_added(audio_builder, tmp_path):
    listed = {voice.option: voice for voice in list_voices()}
    assert (listed[GERMAN].language, listed[GERMAN].is_added) == ("de-DE", True)
    assert listed[GERMAN].label == "piper joe medium, German"
    assert not listed["piper"].is_added
    out = audio_builder("voices", folder=tmp_path).out
    assert re.search(rf"^{GERMAN} +de-DE +ready$", out, re.M)


@pytest.mark.usefixtures("voices")
def test_samples_are_in_the_language_of_the_voice(audio_builder, home, tmp_path):
    result = audio_builder("voices", "--sample", GERMAN, folder=tmp_path)
    assert result.status == 0, result.err
    with wave.open(str(tmp_path / "sample-piper-de_DE-joe-medium.wav")) as file:
        heard = file.getnframes()
    line = Line(sample_in("de"))
    cache = Cache(home / "cache" / "audio-builder")
    clip = narrate({line: Location("a", 1)}, open_voice(GERMAN, None, "de"), cache, language="de")[line]
    assert heard == clip.length * 48


@pytest.mark.parametrize("command", ["sample.wav?sound=voice", "sentence.wav?text=Lass+los."])
@pytest.mark.usefixtures("voices")
def test_the_page_offers_added_voices_and_plays_each_in_its_language(home, tmp_path, command):
    from servers import ask, running

    workspace = Workspace(
        ScriptFinder((tmp_path,)), tmp_path / "output", Cache(home / "cache" / "audio-builder")
    )
    with running(app(workspace, access_policy("token"))) as address:
        page = ask(f"{address}/").text
        assert f'value="{GERMAN}"' in page
        assert "piper joe medium, German" in page
        answer = ask(f"{address}/api/{command}&voice={GERMAN}")
    assert answer.status == 200, answer.text
    with wave.open(io.BytesIO(answer.body)) as file:
        assert file.getnframes() > 48_000 / 2


@pytest.mark.usefixtures("voices")
def test_an_audition_has_every_voice_for_the_language_equally_loud(audio_builder, tmp_path):
    result = audio_builder("voices", "--audition", "Let go of the day.", "--json", folder=tmp_path)
    assert result.status == 0, result.err
    heard = json.loads(result.out)
    options = [voice["option"] for voice in heard["voices"]]
    assert options[0] == "hibari"
    assert {"piper", JOE, "pyttsx3:gmw/en-us"} <= set(options)
    assert "tone" not in options
    assert GERMAN not in options
    with wave.open(str(tmp_path / "audition.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert len(sound) == 48 * heard["length_ms"]
    starts = [voice["start_ms"] * 48 for voice in heard["voices"]] + [len(sound)]
    for option, begin, end in zip(options, starts, starts[1:], strict=False):
        assert level.loudness(sound[begin:end]) == pytest.approx(level.SPEECH_LUFS, abs=1.5), option


@pytest.mark.usefixtures("voices")
def test_an_audition_in_another_language_has_the_voices_that_speak_it(audio_builder, tmp_path):
    result = audio_builder("voices", "--audition", "Lass los.", "--language", "de", folder=tmp_path)
    assert result.status == 0, result.err
    assert re.search(rf"^ +0:\d\d  {GERMAN}$", result.out, re.M)
    assert "pyttsx3:gmw/de" in result.out
    assert "hibari" not in result.out
    assert re.search(r"^audition\.wav  \d+s", result.out, re.M)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--audition", "..."], "There are no words in the text"),
        (["--audition", "Hi", "--language", "tlh"], 'No voice that is ready speaks the language "tlh"'),
    ],
)
def test_an_audition_without_words_or_voices_is_refused(audio_builder, tmp_path, arguments, message):
    result = audio_builder("voices", *arguments, folder=tmp_path)
    assert (result.status, message in result.err) == (1, True)
    assert not (tmp_path / "audition.wav").exists()


def test_there_are_sentences_in_every_language_in_which_voices_are_offered():
    english = sentences_in("en")
    for offer in all_offers():
        sentences = sentences_in(offer.language)
        assert len(set(sentences)) == 3
        assert (sentences == english) == offer.language.startswith("en"), offer.language


def test_the_voice_that_can_be_added_to_hibari_are_those_of_its_package(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    offers = {offer.name: offer for offer in all_offers() if offer.engine == "hibari"}
    assert set(offers) == {"fenrir", "emma", "fable", "kore"}
    (file,) = offers["emma"].files
    assert file.digest.startswith("sha256:")
    assert offers["emma"].source.startswith("https://")
    assert added_voice("hibari", "emma") is None
    with pytest.raises(VoiceMissing, match="audio-builder voices add hibari:emma"):
        open_voice("hibari:emma")
