"""A whole script read aloud by another engine in place of a person: what is found, asked and refused, and the sessions
that are built from it."""

import json
from collections import Counter

import numpy as np
from sounds import write_wav

from audio_builder import ffmpeg
from audio_builder.audio import meter
from audio_builder.audio.clip import open_clip
from audio_builder.errors import Location
from audio_builder.script.model import Line
from audio_builder.script.search import script_finder
from audio_builder.speech.narrate import narrate
from audio_builder.speech.voices import open_voice
from audio_builder.takes.long_recording import import_recording
from audio_builder.takes.plan import recording_plan
from audio_builder.takes.words import Recogniser
from audio_builder.units import MS_SAMPLES, RATE

SCRIPT = "knees-together"
LENGTHS = {"9m": 540_000, "17m30s": 1_050_000, "40m": 2_400_000}


def reading(sentences, cache):
    """Return a long recording, the places of each sentence in seconds, and the numbers left out and read twice."""
    voice = open_voice("hibari", 0.62)
    lines = {Line(one.text): Location("sheet", one.number) for one in sentences}
    clips = narrate(lines, voice, cache, workers=2)
    random = np.random.default_rng(1)
    left_out, twice = len(sentences) // 3, len(sentences) // 2
    coughs = set(random.choice(len(sentences), 6, replace=False).tolist())
    parts, places, at = [np.zeros(3 * RATE)], {}, 3 * RATE
    for one in sentences:
        said = open_clip(clips[Line(one.text)], 1)[:, 0] / 32768 * 0.6 * 10 ** (random.normal(0, 1) / 20)
        for _ in range(0 if one.number == left_out else 2 if one.number == twice else 1):
            places.setdefault(one.number, []).append(at / RATE)
            parts += [said, np.zeros(int(RATE * random.uniform(1.2, 2.6)))]
            at += len(parts[-2]) + len(parts[-1])
        if one.number in coughs:
            cough = random.normal(0, 0.15, RATE // 3) * np.hanning(RATE // 3)
            parts += [cough, np.zeros(int(RATE * random.uniform(0.8, 2)))]
            at += len(parts[-2]) + len(parts[-1])
    sound = np.concatenate(parts)
    return sound + random.normal(0, 10 ** (-68 / 20), len(sound)), places, left_out, twice


def seconds(place):
    minutes, rest = place.split(" ")[0].split(":")
    return int(minutes) * 60 + float(rest)


def judge(found, places):
    """Return how many sentences were added at the right and at a wrong place."""
    added = [one for one in found if one.outcome == "added"]
    right = [
        one
        for one in added
        if any(abs(seconds(one.place) + 0.4 - at) < 0.75 for at in places.get(one.sentence.number, []))
    ]
    return len(right), len(added) - len(right)


def test_a_script_is_found_in_one_recording_and_built_at_three_lengths(tmp_path, cache, audio_builder):
    (tmp_path / "scripts").mkdir()
    sentences = recording_plan(SCRIPT, "ana", script_finder(tmp_path / "scripts")).sentences
    sound, places, left_out, twice = reading(sentences, cache)
    path = write_wav(tmp_path / "long.wav", sound)
    for recogniser in (None, Recogniser("en")):
        found = import_recording(path, sentences, recogniser)
        right, wrong = judge(found, places)
        outcomes = Counter(one.outcome for one in found)
        print(
            f"\n{len(sentences)} sentences in {len(sound) / RATE / 60:.1f} minutes, "
            f"{'words checked' if recogniser else 'by lengths'}: {dict(outcomes)}, {right} right, {wrong} wrong"
        )
        by_number = {one.sentence.number: one for one in found}
        print(f"left out: {by_number[left_out].outcome}; read twice: {by_number[twice].outcome}")
        assert wrong == 0
        assert right > 0.8 * len(sentences)
        assert by_number[left_out].outcome != "added"
        assert by_number[twice].outcome != "added"
    takes = ("takes", SCRIPT, "--voice", "ana")
    done = audio_builder(*takes, "--import", "long.wav", "--check-words", folder=tmp_path)
    assert done.status == 0, done
    for length, ms in LENGTHS.items():
        # nothing sounds but the voice, so that its beginnings can be measured
        alone = ("--ambience", "none", "--bell", "none", "--breath", "none")
        voices = ("--voice", "recorded:ana", "--fill", "hibari")
        built = audio_builder("build", SCRIPT, *voices, *alone, "--length", length, "--json", folder=tmp_path)
        assert built.status == 0, built
        check(json.loads(built.out), tmp_path / "output", ms)


def check(episode, folder, ms):
    """The session is exact, its captions are true, and its speech is as loud as any voice."""
    path = folder / f"{episode['name']}.mp3"
    raw = ffmpeg.output(["-i", str(path), "-map", "0:a:0", "-f", "s16le", "pipe:1"])
    both = np.frombuffer(raw, "<i2").reshape(-1, 2)
    assert len(both) == ms * MS_SAMPLES
    cues = [cue for cue in episode["cues"] if cue["kind"] == "speech"]
    late = []
    for cue in cues:
        first = max(0, cue["start_ms"] - 300)
        near = np.abs(both[first * MS_SAMPLES : (cue["start_ms"] + 300) * MS_SAMPLES, 0].astype(float))
        loud = near.reshape(-1, MS_SAMPLES).max(axis=1)
        late.append(first + int(np.argmax(loud > loud.max() * 0.01)) - cue["start_ms"])
    said = [both[c["start_ms"] * MS_SAMPLES : (c["start_ms"] + c["length_ms"]) * MS_SAMPLES] for c in cues]
    loudness = meter.integrated(meter.hop_powers(meter.signal_pieces(np.concatenate(said))))
    print(
        f"{ms / 60000:g} min: {len(cues)} captions late by {min(late)} to {max(late)} ms, speech {loudness:.1f} LUFS"
    )
    assert max(map(abs, late)) <= 50
    assert abs(loudness + 16) <= 0.5
