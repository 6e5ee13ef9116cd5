"""A session in a person's own voice, from the sheet to the MP3, as a teacher makes it on the command line."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from reading import read_aloud, take
from sounds import write_wav

from audio_builder import ffmpeg
from audio_builder.audio import meter
from audio_builder.script.search import script_finder
from audio_builder.takes.plan import recording_plan
from audio_builder.units import MS_SAMPLES

SCRIPT = """---
title: Evening rest
sides: [right, left]
---

# Lie down

Lie down on your back, and let your legs be long. [10s..1m]
Take a slow breath, and let it go. [5s]

# The {side} leg

Let your {side} leg be heavy. [20s..2m]
Nothing is asked of it now.

[vary]
- You have time.
- There is no hurry at all.
- Let it take its time.

[breathe 4-6 1m..5m]

[rest 1m.. in any order]
- Soften the muscles around your eyes.
- Let your shoulders sink into the floor.

# Get up {wake}

Roll slowly to one side, and rest there for a moment. [10s]
Push yourself up with your hands.
"""
TAKES = ["takes", "evening", "--voice", "ana"]


def with_script(folder):
    """Return a folder, with a script in it."""
    (folder / "scripts").mkdir()
    (folder / "scripts" / "evening.md").write_text(SCRIPT)
    return folder


@pytest.fixture
def folder(tmp_path):
    return with_script(tmp_path)


def sentences_of(folder):
    return recording_plan("evening", "ana", script_finder(folder / "scripts")).sentences


@pytest.fixture(scope="module")
def recorded_once(tmp_path_factory, audio_builder):
    """A folder with a script that is recorded in full, which tests copy."""
    folder = with_script(tmp_path_factory.mktemp("recorded"))
    read_aloud(sentences_of(folder)).write(folder / "long.wav")
    done = audio_builder(*TAKES, "--import", "long.wav", folder=folder)
    assert done.status == 0, done
    for n in re.findall(r"^ *(\d+)  unsure", done.out, re.MULTILINE):
        audio_builder(*TAKES, "--use", n, folder=folder)
    return folder


@pytest.fixture
def recorded(recorded_once, tmp_path):
    """A folder of the test with a script that is recorded in full."""
    return shutil.copytree(recorded_once, tmp_path, dirs_exist_ok=True)


def build(audio_builder, folder, *options, voice="recorded:ana", quality="mono"):
    options = ("--voice", voice, "--ambience", "none", "--quality", quality, "--json", *options)
    done = audio_builder("build", "evening", *options, folder=folder)
    assert done.status == 0, done
    return json.loads(done.out)


def decoded(path):
    raw = ffmpeg.output(["-i", str(path), "-map", "0:a:0", "-ac", "1", "-f", "s16le", "pipe:1"])
    return np.frombuffer(raw, "<i2")


def test_the_sheet_numbers_every_sentence_in_large_type(folder, audio_builder):
    done = audio_builder(*TAKES, "--sheet", "sheet.html", folder=folder)
    assert done.status == 0
    page = (folder / "sheet.html").read_text()
    for sentence in sentences_of(folder):
        assert f"<b>{sentence.number}</b>" in page
        assert sentence.text in page
    assert "<script" not in page
    assert "0 of 12 sentences recorded, 12 missing" in done.out
    assert "Reading the rest aloud takes about 1 minute\n" in done.out


def test_one_recording_gives_three_exact_lengths_with_true_captions(recorded, audio_builder):
    for length, ms in (("6m", 360_000), ("9m17s", 557_000), ("12m30s", 750_000)):
        episode = build(audio_builder, recorded, "--length", length, quality="stereo")
        path = recorded / "output" / f"{episode['name']}.mp3"
        sound = decoded(path)
        assert len(sound) == ms * MS_SAMPLES
        assert episode["synthetic"] is False
        if length == "6m":  # inspecting takes longer than building
            assert audio_builder("inspect", path, folder=recorded).status == 0
        cues = [cue for cue in episode["cues"] if cue["kind"] == "speech"]
        assert len(cues) >= 10
        for cue in cues:
            assert abs(begins(sound, cue["start_ms"]) - cue["start_ms"]) <= 50
        assert speech_loudness(sound, cues) == pytest.approx(-16, abs=0.5)


def begins(sound, start):
    """Return when sound begins near to `start` ms, after the silence before it."""
    first = max(0, start - 300)
    near = (
        np.abs(sound[first * MS_SAMPLES : (start + 300) * MS_SAMPLES].astype(float))
        .reshape(-1, MS_SAMPLES)
        .max(axis=1)
    )
    return first + int(np.argmax(near > 330))


def speech_loudness(sound, cues):
    parts = [
        sound[cue["start_ms"] * MS_SAMPLES : (cue["start_ms"] + cue["length_ms"]) * MS_SAMPLES]
        for cue in cues
    ]
    both = np.repeat(np.concatenate(parts)[:, None], 2, axis=1)
    return meter.integrated(meter.hop_powers(meter.signal_pieces(both)))


def test_the_bytes_do_not_depend_on_the_number_of_workers(recorded, audio_builder):
    for workers in (1, 2):
        build(audio_builder, recorded, "--length", "9m", "--workers", workers, "--out", f"by-{workers}")
    one, two = (next((recorded / f"by-{n}").glob("*.mp3")).read_bytes() for n in (1, 2))
    assert one == two


def test_a_take_that_is_replaced_changes_its_sentence_and_nothing_else(recorded, audio_builder):
    before = build(audio_builder, recorded, "--length", "9m")
    old = decoded(recorded / "output" / f"{before['name']}.mp3").astype(float)
    sentence = sentences_of(recorded)[0]
    (recorded / "new").mkdir()
    write_wav(recorded / "new" / "001.wav", -take(sentence))  # it lasts as long
    assert audio_builder(*TAKES, "--import", "new", folder=recorded).status == 0
    arguments = ("build", "evening", "--voice", "recorded:ana", "--ambience", "none", "--quality", "mono")
    again = audio_builder(*arguments, "--length", "9m", folder=recorded)
    assert ", 1 new take\n" in again.out
    after = build(audio_builder, recorded, "--length", "9m")
    new = decoded(recorded / "output" / f"{after['name']}.mp3").astype(float)
    (cue,) = [cue for cue in after["cues"] if cue["text"] == sentence.text]
    others = [[(one["start_ms"], one["text"]) for one in built["cues"]] for built in (before, after)]
    assert others[0] == others[1]
    first, last = (
        (cue["start_ms"] - 100) * MS_SAMPLES,
        (cue["start_ms"] + cue["length_ms"] + 100) * MS_SAMPLES,
    )
    assert np.abs(new - old)[first:last].max() > 1000
    assert np.abs(np.delete(new - old, np.s_[first:last])).max() < 60


def test_a_build_stops_with_the_list_of_what_is_missing_and_another_voice_can_fill_in(
    recorded, audio_builder
):
    script = recorded / "scripts" / "evening.md"
    script.write_text(SCRIPT.replace("Push yourself up with your hands.", "Sit up when you are ready."))
    done = audio_builder("build", "evening", "--voice", "recorded:ana", folder=recorded)
    assert done.status == 1
    assert "ana has not recorded 1 of the" in done.err
    assert "evening.md:30" in done.err
    assert "Sit up when you are ready." in done.err
    assert not (recorded / "output").exists()
    told = audio_builder(*TAKES, folder=recorded).out
    assert "11 of 12 sentences recorded, 1 missing" in told
    sheet = audio_builder(*TAKES, "--missing", "--sheet", "rest.html", folder=recorded)
    assert sheet.status == 0
    numbers = re.findall(r"<b>(\d+)</b>", (recorded / "rest.html").read_text())
    assert numbers == [str(s.number) for s in sentences_of(recorded) if s.text.startswith("Sit up")]
    episode = build(audio_builder, recorded, "--fill", "tone", "--length", "8m")
    assert episode["synthetic"] is True
    arguments = ("build", "evening", "--voice", "recorded:ana", "--ambience", "none", "--quality", "mono")
    spoken = audio_builder(*arguments, "--fill", "tone", "--length", "7m", folder=recorded)
    assert "1 sentence by tone" in spoken.out


def test_a_session_needs_only_the_takes_that_it_plays(recorded, audio_builder):
    script = recorded / "scripts" / "evening.md"
    script.write_text(SCRIPT.replace("Let it take its time.", "Nobody is waiting for you."))
    assert build(audio_builder, recorded, "--variation", "1", "--length", "9m")
    failed = [
        n
        for n in range(1, 5)
        if audio_builder(
            "build", "evening", "--voice", "recorded:ana", "--variation", n, folder=recorded
        ).status
    ]
    assert failed
    assert "1" not in map(str, failed)


def test_a_changed_sentence_is_shown_with_what_it_was(recorded, audio_builder):
    script = recorded / "scripts" / "evening.md"
    script.write_text(
        SCRIPT.replace("Take a slow breath, and let it go.", "Take a slow breath, and let it all go.")
    )
    told = audio_builder(*TAKES, folder=recorded).out
    assert "1 changed" in told
    assert "was: Take a slow breath, and let it go." in told


def test_takes_that_are_exported_can_be_imported_again(recorded, audio_builder):
    assert audio_builder(*TAKES, "--export", "mine", folder=recorded).status == 0
    assert len(list((recorded / "mine").glob("*.flac"))) == 12
    done = audio_builder("takes", "evening", "--voice", "ben", "--import", "mine", folder=recorded)
    assert "ben: 12 of 12 sentences recorded" in done.out


def test_two_people_share_a_session(recorded, audio_builder):
    script = recorded / "scripts" / "evening.md"
    script.write_text(SCRIPT.replace("# Get up {wake}", "# Get up {wake, voice: recorded:ben}"))
    missing = audio_builder("takes", "evening", "--voice", "ben", "--json", folder=recorded)
    texts = [one["text"] for one in json.loads(missing.out)["sentences"]]
    assert "Push yourself up with your hands." in texts
    done = audio_builder("build", "evening", "--voice", "recorded:ana", folder=recorded)
    assert done.status == 1
    assert 'No recorded voice named "ben"' in done.err
    script.write_text(SCRIPT.replace("# Get up {wake}", "# Get up {wake, voice: tone}"))
    episode = build(audio_builder, recorded, "--length", "9m")
    assert episode["synthetic"] is True
    assert episode["recorded"] is True
    notes = (recorded / "output" / f"{episode['name']}.notes.md").read_text()
    assert "Part of the narration is spoken by a synthetic voice." in notes


def test_an_unsure_take_is_stored_and_used_only_if_it_is_chosen(folder, audio_builder):
    read_aloud(sentences_of(folder), repeated=(6,)).write(folder / "long.wav")
    done = audio_builder(*TAKES, "--import", "long.wav", folder=folder)
    assert re.search(r"^ +6  unsure .*Nothing|^ +6  unsure", done.out, re.MULTILINE)
    before = json.loads(audio_builder(*TAKES, "--json", folder=folder).out)["sentences"][5]
    assert (before["state"], before["use"], len(before["takes"])) == ("unsure", "", 2)
    assert audio_builder(*TAKES, "--use", "6:1", folder=folder).status == 0
    after = json.loads(audio_builder(*TAKES, "--json", folder=folder).out)["sentences"][5]
    assert (after["state"], after["use"]) == ("recorded", before["takes"][0]["file"])


def test_an_import_says_what_to_do_and_which_sentences_keep_their_takes(recorded, audio_builder):
    read_aloud(sentences_of(recorded), repeated=(6,), seed=7).write(recorded / "again.wav")
    done = audio_builder(*TAKES, "--import", "again.wav", folder=recorded)
    assert re.search(r"^ +6  unsure .*keeps its earlier take$", done.out, re.MULTILINE), done.out
    assert re.search(r"\d+ unsure \(.*keeps? (its|their) earlier takes?\)", done.out)
    assert "ana: 12 of 12 sentences recorded" in done.out
    assert "choose: --use N" in done.out
    assert re.search(r"Or record sentences again, .* e\.g\. 0\d\d\.wav, and import the folder", done.out)


def test_the_last_take_of_a_sentence_read_twice_is_the_later_reading(folder, audio_builder):
    read_aloud(sentences_of(folder), repeated=(6,)).write(folder / "long.wav")
    audio_builder(*TAKES, "--import", "long.wav", folder=folder)
    assert audio_builder(*TAKES, "--use", "6", folder=folder).status == 0
    sentence = json.loads(audio_builder(*TAKES, "--json", folder=folder).out)["sentences"][5]
    assert sentence["use"] == sentence["takes"][-1]["file"]


def test_a_sentence_that_resembles_one_of_another_script_was_not_changed(recorded, audio_builder):
    (recorded / "scripts" / "short.md").write_text(
        "---\ntitle: Short\n---\n\n# Rest\n\nTake a slow breath, and let it all go. [rest 5m..]\n"
    )
    assert "1 missing" in audio_builder("takes", "short", "--voice", "ana", folder=recorded).out


def test_a_preview_of_an_import_writes_nothing(folder, audio_builder):
    read_aloud(sentences_of(folder)).write(folder / "long.wav")
    done = audio_builder(*TAKES, "--import", "long.wav", "--dry-run", folder=folder)
    assert "Nothing was stored." in done.out
    assert not (folder / "scripts" / "takes").exists()


def test_an_import_of_which_nothing_can_be_used_writes_nothing(folder, audio_builder):
    (folder / "mine").mkdir()
    (folder / "mine" / "1.wav").write_bytes(b"no sound")
    done = audio_builder(*TAKES, "--import", "mine", folder=folder)
    assert done.status == 1
    assert "1 sentence: 1 refused" in done.out
    assert not (folder / "scripts" / "takes").exists()


MISTAKES = {
    "takes evening": "Say whose voice it is",
    "takes evening --voice ../ana": "cannot be the name of a voice",
    "takes evening --voice ana --import nothing.wav": 'No file or folder named "nothing.wav"',
    "takes evening --voice ana --import notes.txt": "not a sound",
    "takes evening --voice ana --use 1": "has no take yet",
    "takes evening --voice ana --use 99": "There is no sentence 99",
    "takes evening --voice ana --use one": 'Invalid --use "one"',
    "takes evening --voice ana --sheet sheet.pdf": "the reading sheet is HTML",
    "takes nowhere --voice ana": 'No script named "nowhere"',
    "build evening --voice recorded:ana": 'No recorded voice named "ana"',
    "build evening --voice recorded": "Say which recorded voice",
    "build evening --voice tone --fill recorded:ana": "Invalid --fill",
    "voices --sample recorded:ana": 'No recorded voice named "ana"',
}


@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_has_a_clear_message_and_writes_nothing(folder, audio_builder, command):
    (folder / "notes.txt").write_text("mine")
    before = sorted(path.name for path in folder.rglob("*"))
    done = audio_builder(*command.split(), folder=folder)
    assert done.status in (1, 2)
    assert MISTAKES[command] in done.err
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_a_broken_index_spoils_no_other_voice(recorded, audio_builder):
    broken = recorded / "scripts" / "takes" / "ben"
    broken.mkdir()
    (broken / "index.toml").write_text("oops")
    told = audio_builder("voices", folder=recorded)
    assert told.status == 0
    assert re.search(r"recorded:ana +any +ready", told.out)
    assert re.search(r"recorded:ben +any +.*index\.toml", told.out)


def test_a_missing_import_leaves_alone_what_is_recorded(recorded, audio_builder):
    assert audio_builder(*TAKES, "--export", "mine", folder=recorded).status == 0
    everything = audio_builder(*TAKES, "--missing", "--import", "mine", folder=recorded)
    assert (everything.status, "Nothing is missing" in everything.err) == (1, True)
    script = recorded / "scripts" / "evening.md"
    script.write_text(SCRIPT.replace("Push yourself up with your hands.", "Sit up, and take your time."))
    before = audio_builder(*TAKES, "--json", folder=recorded).out
    write_wav(recorded / "mine" / "012.wav", take(sentences_of(recorded)[11]))
    (recorded / "mine" / "012 push-yourself-up-with-your-hands.flac").unlink()
    done = audio_builder(*TAKES, "--missing", "--import", "mine", folder=recorded)
    assert "1 sentence: 1 added" in done.out
    assert "sentence 1 has a take already" in done.err
    uses = [
        [one["use"] for one in json.loads(text)["sentences"]][:11]
        for text in (before, audio_builder(*TAKES, "--json", folder=recorded).out)
    ]
    assert uses[0] == uses[1]


def test_a_recording_in_another_order_is_not_sure_of_anything(folder, audio_builder):
    sentences = list(sentences_of(folder))
    read_aloud([sentences[n] for n in (6, 10, 2, 8, 0, 11, 4, 1, 9, 3, 7, 5)]).write(folder / "long.wav")
    audio_builder(*TAKES, "--import", "long.wav", folder=folder)
    found = json.loads(audio_builder(*TAKES, "--json", folder=folder).out)["sentences"]
    assert not any(one["use"] for one in found)


def test_a_take_whose_file_is_gone_cannot_be_used_and_is_not_hidden(recorded, audio_builder):
    folder = recorded / "scripts" / "takes" / "ana"
    (recorded / "new").mkdir()
    write_wav(recorded / "new" / "001.wav", -take(sentences_of(recorded)[0]))
    audio_builder(*TAKES, "--import", "new", folder=recorded)
    first, second = sorted(folder.glob("lie-down*.flac"))
    second.unlink()
    told = audio_builder(*TAKES, folder=recorded).out
    assert first.name in told
    done = audio_builder(*TAKES, "--use", "1:1", folder=recorded)
    assert done.status == 0
    first.unlink()
    assert "1  missing" in audio_builder(*TAKES, folder=recorded).out


def test_anybody_can_record_a_script_that_names_another_voice(folder, audio_builder):
    script = folder / "scripts" / "evening.md"
    script.write_text(SCRIPT.replace("---\n\n# Lie", "voice: recorded:ana\n---\n\n# Lie", 1))
    assert "0 of 12 sentences" in audio_builder("takes", "evening", "--voice", "ben", folder=folder).out


def test_a_recorded_session_is_verified_and_named_after_the_voice_as_it_is_written(recorded, audio_builder):
    one = build(audio_builder, recorded, "--length", "7m")
    two = build(audio_builder, recorded, "--length", "7m", voice="recorded:ANA")
    assert one["name"] == two["name"]
    verified = audio_builder("library", "verify", folder=recorded)
    assert (verified.status, "cannot be rendered" in verified.out) == (0, False)


def test_a_voice_for_tests_that_fills_in_keeps_a_session_out_of_the_feed(recorded, audio_builder):
    script = recorded / "scripts" / "evening.md"
    script.write_text(SCRIPT.replace("Push yourself up with your hands.", "Sit up when you are ready."))
    assert build(audio_builder, recorded, "--fill", "tone", "--length", "8m")["test_voice"] is True
    assert audio_builder("build", "evening", "--fill", "tone", "--voice", "tone", folder=recorded).status == 1


def test_a_recorded_voice_has_its_own_pace(recorded, audio_builder):
    done = audio_builder("build", "evening", "--voice", "recorded:ana", "--speed", "0.8", folder=recorded)
    assert (done.status, "its own pace" in done.err) == (1, True)


def test_a_take_that_was_damaged_is_named(recorded, audio_builder):
    take_file = next((recorded / "scripts" / "takes" / "ana").glob("lie-down*.flac"))
    take_file.write_bytes(b"damaged")
    done = audio_builder("build", "evening", "--voice", "recorded:ana", folder=recorded)
    assert (done.status, take_file.name in done.err, "record it again" in done.err) == (1, True, True)


def test_recorded_voices_are_listed_and_heard(recorded, audio_builder):
    assert re.search(r"recorded:ana +any +ready", audio_builder("voices", folder=recorded).out)
    assert audio_builder("voices", "--sample", "recorded:ana", folder=recorded).status == 0
    assert Path(recorded / "sample-recorded-ana.wav").stat().st_size > 10_000


def test_scripts_share_the_takes_of_equal_sentences(recorded, audio_builder):
    (recorded / "scripts" / "short.md").write_text(
        "---\ntitle: Short\n---\n\n# Rest\n\nTake a slow breath, and let it go. [rest 5m..]\n"
    )
    assert (
        "1 of 1 sentence recorded" in audio_builder("takes", "short", "--voice", "ana", folder=recorded).out
    )
