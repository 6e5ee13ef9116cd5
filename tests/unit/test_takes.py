"""Takes of a person's voice: what is accepted, how it is cleaned, and how sentences are found in a long recording."""

import re

import numpy as np
import pytest
from common import examples
from hypothesis import given
from hypothesis import strategies as st
from reading import NOISE, PACE, read_aloud, silence, take
from sounds import voice, write_wav

from audio_builder import ffmpeg
from audio_builder.audio import level
from audio_builder.errors import AudioBuilderError, BadSound, Location
from audio_builder.script.search import ScriptFinder
from audio_builder.takes.alignment import Repeat, Repeats, align
from audio_builder.takes.bring import import_folder, judge_take, natural_seconds
from audio_builder.takes.choose import export_takes
from audio_builder.takes.clean import clean_take
from audio_builder.takes.index import Sentence, Take, TakeIndex, read_index, write_index
from audio_builder.takes.long_recording import import_recording
from audio_builder.takes.passages import Passage, passages
from audio_builder.takes.plan import recording_plan
from audio_builder.takes.sentences import ReadSentence, sentence_key
from audio_builder.takes.sound import TakeSound, flac, take_of_bytes
from audio_builder.takes.store import NewTake, add_takes, choose_take
from audio_builder.takes.voice import RecordedVoice, is_voice_name
from audio_builder.takes.warping import warped_distances
from audio_builder.units import RATE

TEXTS = (
    "Lie down on your back, with your lower legs on the chair.",
    "Let the chair carry them.",
    "Breathe in gently, and let the breath go out slowly.",
    "There is nothing to do.",
    "With each breath out, your lower back can settle a little more into the floor.",
    "Rest.",
    "If a thought comes, let it pass, and come back to your breath.",
    "Soften your jaw, your tongue and the muscles around your eyes.",
    "Your hips are held.",
    "Stay like this for a while; I will speak again.",
    "Now bring one knee, and then the other, toward your chest.",
    "Roll slowly onto your side.",
)
SENTENCES = [ReadSentence(n, text, "Rest", Location("rest.md", n)) for n, text in enumerate(TEXTS, 1)]
LONG = SENTENCES[4]


def written(sound, path):
    """Write a recording as WAV and return its path."""
    return write_wav(path, sound)


def sound_of(samples, rate=RATE, channels=1):
    """Return what `read_take` would return for one channel of these samples at 48 kHz, recorded at another rate."""
    own = samples if rate == RATE else samples[:: RATE // rate]
    return TakeSound(samples, own, rate, channels)


def echo(samples, seconds):
    """Return sound in a room where it takes so long to fall by 60 dB."""
    random = np.random.default_rng(1)
    response = random.standard_normal(int(RATE * seconds)) * np.exp(
        -6.9 * np.linspace(0, 1, int(RATE * seconds))
    )
    response[0] = 4.0
    size = len(samples) + len(response)
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    return wet * (0.4 / np.abs(wet).max()) + silence(size * 1000 // RATE + 1)[:size]


def telephone(samples):
    """Return sound without anything above 3.4 kHz."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) > 3400] = 0
    return np.fft.irfft(spectrum, len(samples))


# what somebody brings: the take, and what becomes of it
TAKES = {
    "as it should be": (lambda s: sound_of(take(s)), "added", ""),
    "stereo": (lambda s: sound_of(take(s), channels=2), "added", ""),
    "a little noise": (lambda s: sound_of(take(s, noise=0.004)), "added", "quieter room"),
    "much noise": (lambda s: sound_of(take(s, noise=0.06)), "refused", "dB below the voice"),
    "clipped": (lambda s: sound_of(np.clip(take(s) * 8, -0.99, 0.99)), "refused", "clipped in"),
    "clipped, then made softer": (
        lambda s: sound_of(np.clip(take(s) * 8, -1, 1) / 3),
        "refused",
        "clipped in",
    ),
    "quiet": (lambda s: sound_of(take(s, noise=NOISE / 100) / 30), "added", "go closer"),
    "much too quiet": (lambda s: sound_of(take(s, noise=NOISE / 1000) / 300), "refused", "too quiet"),
    "begins too late": (lambda s: sound_of(take(s)[RATE * 3 // 4 :]), "refused", "beginning is cut off"),
    "ends too early": (lambda s: sound_of(take(s)[: -RATE * 3 // 4]), "refused", "end is cut off"),
    "8 kHz": (lambda s: sound_of(telephone(take(s)), 8000), "refused", "telephone (8 kHz)"),
    "a telephone's sound at 48 kHz": (
        lambda s: sound_of(telephone(take(s))),
        "refused",
        "nothing above 4 kHz",
    ),
    "16 kHz": (lambda s: sound_of(take(s), 16_000), "added", "dull (16 kHz)"),
    "an echo": (lambda s: sound_of(echo(take(s), 1.5)), "added", "the room echoes"),
    "a small room": (lambda s: sound_of(echo(take(s), 0.25)), "added", ""),
    "nothing": (lambda _: sound_of(np.zeros(RATE)), "refused", "silent"),
    "one word": (lambda _: sound_of(take(SENTENCES[5])), "refused", "too short"),
    "much more": (lambda s: sound_of(np.tile(take(s), 12)), "refused", "too long"),
}


@pytest.mark.parametrize("name", TAKES)
def test_a_take_is_used_used_with_advice_or_refused_with_the_reason(name):
    make, outcome, note = TAKES[name]
    judged = judge_take(LONG, make(LONG))
    assert (judged.outcome, note in judged.note) == (outcome, True), judged
    assert bool(judged.note) == bool(note)


@pytest.mark.parametrize("factor", [0.1, 1.0, 3.0])
def test_a_cleaned_take_has_the_level_of_speech_and_begins_and_ends_with_it(factor):
    samples = take(LONG, around=800) * factor
    samples[: RATE // 2] += 0.02 * factor * np.sin(2 * np.pi * 30 * np.arange(RATE // 2) / RATE)  # rumble
    samples[3000:3100] += 0.2 * factor  # a click of the mouse
    cleaned = clean_take(sound_of(samples)).samples
    said = len(take(LONG, around=0)) / RATE
    assert len(cleaned) / RATE == pytest.approx(said + 0.08, abs=0.06)
    assert len(cleaned) % (RATE // 1000) == 0
    assert level.loudness(cleaned) == pytest.approx(level.SPEECH_LUFS - level.HEADROOM_DB, abs=0.3)
    assert abs(int(cleaned[0])) < 30
    assert abs(int(cleaned[-1])) < 30


@pytest.mark.parametrize("codec", ["flac", "libopus", "aac", "libmp3lame", "pcm_s24le"])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_take_may_come_in_any_common_format_rate_and_number_of_channels(codec, rate):
    content = flac(take(LONG), RATE)
    if (codec, rate) == ("libopus", 44_100):
        rate = 48_000  # Opus has no other
    form = {"libopus": "webm", "aac": "adts", "libmp3lame": "mp3", "flac": "flac"}.get(codec, "wav")
    convert = ["-i", "pipe:0", "-ac", "2", "-ar", str(rate), "-c:a", codec, "-f", form, "pipe:1"]
    sound = take_of_bytes(ffmpeg.output(convert, content), "take")
    assert (sound.rate, sound.channels) == (rate, 2)
    assert judge_take(LONG, sound).outcome == "added"


def test_a_take_on_one_side_of_a_stereo_file_is_as_good_as_on_both():
    both = np.stack([take(LONG), silence(1)[:1].repeat(len(take(LONG)))], axis=1)
    source = [
        "-f",
        "f64le",
        "-ar",
        str(RATE),
        "-ac",
        "2",
        "-i",
        "pipe:0",
        "-c:a",
        "pcm_s16le",
        "-f",
        "wav",
        "pipe:1",
    ]
    sound = take_of_bytes(ffmpeg.output(source, both.tobytes()), "take")
    assert np.abs(sound.own - both[:, 0]).max() < 1e-3


def test_flac_files_of_equal_takes_are_equal_and_lose_nothing():
    samples = take(LONG)
    assert flac(samples, RATE) == flac(samples, RATE)
    assert np.abs(take_of_bytes(flac(samples, RATE), "take").own - samples).max() < 2**-23


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a sound" * 100])
def test_what_is_not_a_sound_is_refused(content):
    with pytest.raises(BadSound, match="take"):
        take_of_bytes(content, "take")


# Sentences are keyed by their text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's here.", "It’s here."),
        ("So – rest.", "So — rest."),
        ('Say "yes".', "Say “yes”."),
        ("Rest  here.\n", "Rest here."),
        ("Wait…", "Wait..."),
        ("e\u0301", "é"),
    ],
)
def test_kinds_of_quotes_dashes_and_spaces_make_no_other_sentence(one, other):
    assert sentence_key(one) == sentence_key(other)


@pytest.mark.parametrize("other", ["Rest here?", "rest here.", "Rest there.", "Rest, here."])
def test_anything_that_is_read_in_another_way_makes_another_sentence(other):
    assert sentence_key("Rest here.") != sentence_key(other)


@examples(50)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1), max_size=5)
)
def test_an_index_reads_back_as_it_waswritten(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("voice")
    index = TakeIndex()
    for n, text in enumerate(texts):
        index = index.with_sentence(
            Sentence(text=text, use=f"{n}.flac", takes=(Take(file=f"{n}.flac", note=text),))
        )
    write_index(folder, index)
    assert read_index(folder) == index


def test_a_broken_index_is_named_and_nothing_is_overwritten(tmp_path):
    voice_of_ana = RecordedVoice("ana", tmp_path / "ana")
    add_takes(voice_of_ana, [NewTake("Rest.", b"one")])
    index = tmp_path / "ana" / "index.toml"
    index.write_text(f"{index.read_text()}[[[")
    with pytest.raises(AudioBuilderError, match=r"index\.toml.*recordings next to it are intact"):
        add_takes(voice_of_ana, [NewTake("Rest.", b"two")])
    assert index.read_text().endswith("[[[")


def test_takes_are_never_overwritten_and_the_newest_is_used_unless_it_is_unsure(tmp_path):
    ana = RecordedVoice("ana", tmp_path / "ana")
    first, second, unsure = (
        add_takes(ana, [NewTake("Rest.", content, unsure=content == b"three")])[0]
        for content in (b"one", b"two", b"three")
    )
    rest = ana.index().find("Rest.")
    assert [take.file for take in rest.takes] == [first, second, unsure]
    assert rest.use == second
    assert add_takes(ana, [NewTake("Rest.", b"one")]) == [first]  # nothing new
    choose_take(ana, "Rest.", unsure)
    assert ana.index().find("Rest.").use == unsure
    assert {path.read_bytes() for path in (tmp_path / "ana").glob("*.flac")} == {b"one", b"two", b"three"}
    with pytest.raises(AudioBuilderError, match="no take"):
        choose_take(ana, "Rest.", "other.flac")


@pytest.mark.parametrize("name", ["ana", "Ana-2", "jürgen", "an_a"])
def test_a_voice_may_have_this_name(name):
    assert is_voice_name(name)


@pytest.mark.parametrize("name", ["", "..", ".ana", "a/b", "a\\b", "-a", "a b", "a" * 50, "a:b", "a\0b"])
def test_a_voice_may_not_have_this_name(name):
    assert not is_voice_name(name)


# One long recording


def found_in(reading, path):
    """Return what becomes of each sentence, by its number."""
    return {one.sentence.number: one for one in import_recording(reading.write(path), SENTENCES)}


def seconds_of(one):
    minutes, seconds = one.place.split(" ")[0].split(":")
    return int(minutes) * 60 + float(seconds)


def test_every_sentence_of_a_reading_with_pauses_and_coughs_is_found(tmp_path):
    reading = read_aloud(SENTENCES, coughs=(3, 9))
    found = found_in(reading, tmp_path / "long.wav")
    by_a_cough = {3, 4, 9, 10}  # it may be a part of the sentence next to it
    assert {number for number, one in found.items() if one.outcome != "added"} <= by_a_cough
    for number in found.keys() - by_a_cough:
        one = found[number]
        assert seconds_of(one) == pytest.approx(reading.places[number][0][0] - 0.4, abs=0.15)


def test_a_sentence_that_was_read_twice_is_asked_about_with_both_takes(tmp_path):
    found = found_in(read_aloud(SENTENCES, repeated=(7,)), tmp_path / "long.wav")
    assert found[7].outcome == "unsure"
    assert len(found[7].takes) == 2
    assert all(take.unsure for take in found[7].takes)
    assert {n for n in found if found[n].outcome != "added"} <= {6, 7, 8}


def test_a_sentence_that_was_left_out_is_not_guessed(tmp_path):
    found = found_in(read_aloud(SENTENCES, skipped=(5,)), tmp_path / "long.wav")
    assert found[5].outcome in ("not found", "unsure", "refused")
    assert found[1].outcome == found[12].outcome == "added"


def test_an_empty_or_silent_recording_is_refused(tmp_path):
    for sound in (np.zeros(RATE), silence(5000, 0.0)):
        with pytest.raises(BadSound):
            import_recording(written(sound, tmp_path / "long.wav"), SENTENCES)


def test_hardly_ever_is_a_sentence_sure_and_wrong_however_somebody_reads():
    """Passages are simulated, since sound would take too long. Each reading lacks a sentence and has one twice."""
    sure = wrong = 0
    for seed in range(24):
        random = np.random.default_rng(seed)
        texts = [" ".join(["word"] * int(random.integers(2, 22))) for _ in range(60)]
        expected = [natural_seconds(ReadSentence(0, text, "", Location("", 1))) for text in texts]
        skipped, repeated, coughs = (set(random.choice(60, n, replace=False).tolist()) for n in (1, 1, 4))
        spread = (0.04, 0.08, 0.12)[seed % 3]
        found, places = simulated(random, expected, skipped - repeated, repeated, coughs, spread)
        for n, aligned in enumerate(align(found, expected)):
            if aligned.is_sure:
                sure += 1
                wrong += aligned.places[0][:2] not in places.get(n, [])
    assert sure > 0.85 * 24 * 60
    assert wrong * 500 <= sure


def test_a_sentence_left_out_before_one_read_twice_does_not_hide_behind_it():
    """Every sentence is about as long, so that lengths alone fit when all in between are shifted by one."""
    for left_out, twice in ((13, 16), (5, 2), (7, 9), (11, 10), (18, 10)):
        random = np.random.default_rng((left_out, twice))
        expected = list(random.uniform(3.5, 4.0, 24))
        found, places = simulated(random, expected, {left_out}, {twice}, set(), 0.03)
        (first, middle), (_, last) = places[twice]
        heard = Repeats((Repeat(first, middle, last, 6.0),))
        aligned = align(found, expected, repeats=heard)
        assert not aligned[left_out].is_sure
        assert not aligned[twice].is_sure
        assert all(not one.is_sure or one.places[0][:2] in places[n] for n, one in enumerate(aligned))


def test_of_sounds_only_those_with_the_same_words_are_alike_at_another_pace():
    random = np.random.default_rng(4)
    texts = random.standard_normal((8, 60, 13)).cumsum(axis=1)
    slower = [
        text[np.linspace(0, 59, 70).round().astype(int)] + random.normal(0, 0.3, (70, 13)) for text in texts
    ]
    same = warped_distances(list(zip(texts, slower, strict=True)))
    other = warped_distances(list(zip(texts, slower[1:], strict=False)))
    assert same.max() < other.min() / 2
    begun = warped_distances([(text[:35], text) for text in texts], has_open_end=True)
    assert begun.max() < other.min() / 2


def test_takes_of_a_sentence_read_twice_are_stored_in_the_order_of_the_recording(tmp_path):
    reading = read_aloud(SENTENCES, repeated=(7,))
    takes = found_in(reading, tmp_path / "long.wav")[7].takes
    starts = [re.search(r"\((\d+):([\d.]+)\)", take.note).groups() for take in takes]
    seconds = [60 * int(minutes) + float(rest) for minutes, rest in starts]
    assert seconds == sorted(seconds)
    assert seconds[-1] == pytest.approx(reading.places[7][-1][0] - 0.4, abs=0.15)


def simulated(random, expected, skipped, repeated, coughs, spread):
    """Return the passages of a reading, and where each sentence is among them."""
    found, places, at = [], {}, 1.0
    for n, seconds in enumerate(expected):
        for _ in range(0 if n in skipped else 2 if n in repeated else 1):
            first, said = len(found), seconds * PACE * float(np.exp(random.normal(0, spread)))
            for part in random.dirichlet([6.0] * int(random.integers(1, 2 + seconds // 2))) * said:
                found.append((at, at + part))
                at += part + float(random.uniform(0.25, 0.6))
            at += float(random.uniform(1.2, 2.4))
            places.setdefault(n, []).append((first, len(found) - 1))
        if n in coughs:
            found.append((at, at + 0.4))
            at += 1.6
    return [Passage(*one) for one in found], places


# A folder with a file for each sentence


def test_files_are_matched_by_number_or_text(tmp_path):
    for n, name in (
        (1, "001.wav"),
        (3, "take 3.wav"),
        (4, "there-is-nothing-to-do.wav"),
        (9, "9 your hips are held.wav"),
    ):
        written(take(SENTENCES[n - 1]), tmp_path / name)
    (tmp_path / "notes.txt").write_text("mine")
    written(take(SENTENCES[0]), tmp_path / "99.wav")
    found, strange = import_folder(tmp_path, SENTENCES)
    assert {one.sentence.number: one.outcome for one in found} == dict.fromkeys((1, 3, 4, 9), "added")
    assert strange == ["99.wav"]


def test_two_files_of_one_sentence_are_an_error(tmp_path):
    for name in ("1.wav", "001 again.wav"):
        written(take(SENTENCES[0]), tmp_path / name)
    with pytest.raises(AudioBuilderError, match="both of sentence 1"):
        import_folder(tmp_path, SENTENCES)


def test_a_file_that_is_much_longer_than_its_sentence_is_asked_about(tmp_path):
    for n in range(1, 9):
        written(take(SENTENCES[6 if n == 2 else n - 1]), tmp_path / f"{n}.wav")
    found, _ = import_folder(tmp_path, SENTENCES)
    assert [one.outcome for one in found if one.sentence.number == 2] == ["unsure"]


def test_passages_of_a_recording_are_found_in_noise(tmp_path):
    noise = np.random.default_rng(3).standard_normal(RATE * 9) * 0.01
    for start in (2, 5):
        noise[start * RATE : (start + 1) * RATE] += voice(1000, 1)
    found, _ = passages(written(noise, tmp_path / "noise.wav"))
    assert [(round(one.start, 1), round(one.stop, 1)) for one in found] == [(2.0, 2.9), (5.0, 5.9)]


SAME = ("Let go.", "Breathe.", "Let go…", "5 breaths remain.", "吸" * 90, "吸" * 90 + "。吐", "Script")
SAME_NAMES = [ReadSentence(n, text, "Rest", Location("rest.md", n)) for n, text in enumerate(SAME, 1)]


@pytest.mark.parametrize(
    ("names", "numbers", "unknown"),
    [
        (["001 let-go.flac", "003 let-go.flac"], [1, 3], []),
        (["let-go.flac", "2 let-go.flac", "take 3.flac"], [3], ["2 let-go.flac", "let-go.flac"]),
        (["7 breathe.flac"], [2], []),
        (["5 breaths remain.flac"], [4], []),
        (["005.flac"], [5], []),
    ],
)
def test_a_file_is_of_the_sentence_that_it_names_and_its_number_decides_between_equals(
    names, numbers, unknown, tmp_path
):
    for name in names:
        written(take(SAME_NAMES[0]), tmp_path / name)
    found, strange = import_folder(tmp_path, SAME_NAMES)
    assert ([one.sentence.number for one in found], strange) == (numbers, unknown)


def test_what_an_export_writes_is_read_back_whatever_the_sentences_are(tmp_path):
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "rest.md").write_text("---\ntitle: Rest\n---\n\n" + "\n\n".join(SAME) + "\n", "utf-8")
    plan = recording_plan("rest", "ana", ScriptFinder((scripts,)))
    sound = flac(take(SENTENCES[0]), RATE)
    add_takes(plan.voice, [NewTake(one.text, sound) for one in plan.sentences])
    assert export_takes(plan, tmp_path / "copies") == len(plan.sentences) >= len(SAME)
    found, strange = import_folder(tmp_path / "copies", plan.sentences)
    assert [one.sentence.number for one in found] == [*range(1, len(plan.sentences) + 1)]
    assert strange == []
