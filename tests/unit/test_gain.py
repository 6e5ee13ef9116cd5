"""The one gain of a session: what is said comes to the anchor of all levels, known before anything is rendered."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sounds import PLACE, as_signal, voice, write_wav

from audio_builder.audio import level, meter
from audio_builder.audio.clip import Clip, open_clip
from audio_builder.audio.mix.curves import is_soft
from audio_builder.audio.mix.gain import GAIN_STEP_DB, MAX_GAIN_DB, session_gain
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.planning.timeline import BellStroke, Cue, ElasticGap, PlayedRecording, Timeline, Utterance
from audio_builder.script.model import Line, Recording, Sound
from audio_builder.units import Ms, samples

ALOUD = level.SPEECH_LUFS - level.HEADROOM_DB
"""LUFS of a clip as a voice makes it."""


def spoken(folder: Path, length: int, seed: int, loud: float = ALOUD, sharp: float = 1.0) -> Clip:
    """A clip at a level; the sharper, the higher its peaks are over it."""
    sound = voice(length, seed, 0.5)
    sound = np.sign(sound) * np.abs(sound) ** sharp
    for _ in range(2):  # what is written has whole samples
        heard = level.loudness(np.rint(sound * 32767).astype(np.int16))
        sound = sound * 10 ** ((loud - heard) / 20)
    return Clip(f"{seed} {loud} {sharp}", write_wav(folder / f"{seed}-{loud}.wav", sound), Ms(length))


def talk(
    *clips: Clip, spans: tuple[ElasticGap, ...] = (), gap: int = 1500
) -> tuple[Timeline, dict[Sound, Clip]]:
    """A plan in which the clips are heard one after another."""
    cues, at, lines = [], 2000, {}
    for n, clip in enumerate(clips):
        line = Line(f"This is line {n}.")
        lines[line] = clip
        cues.append(Cue(Ms(at), clip.length, Utterance(line, PLACE)))
        at += clip.length + gap
    return Timeline("T", Ms(at + 20_000), "wake", tuple(cues), (), elastic_gaps=spans), lines


def words(clips: dict[Sound, Clip]) -> dict[Sound, level.SpeechLevel]:
    return {sound: level.measure_speech(open_clip(clip, 1)[:, 0]) for sound, clip in clips.items()}


def found(plan: Timeline, clips: dict[Sound, Clip], stereo: bool = True) -> float:
    return session_gain(plan, words(clips), level.speech_ceiling(stereo))


def heard(plan: Timeline, clips: dict[Sound, Clip], style: Style) -> float:
    """The loudness of the speech cues taken together, as they come out of the mix."""
    parts = [
        as_signal(as_array(mix(plan, clips, style, cue.start, cue.end)))
        for cue in plan.cues
        if isinstance(cue.content, Utterance | PlayedRecording)
    ]
    return meter.integrated(meter.hop_powers(parts))


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Timeline, dict[Sound, Clip]]]:
    """Hand-made sessions by what is hard about them."""
    folder = tmp_path_factory.mktemp("talk")
    even = [spoken(folder, 1700 + 331 * n, n) for n in range(6)]
    ragged = [spoken(folder, 1500 + 411 * n, 10 + n, ALOUD + 2 * (n - 2)) for n in range(6)]
    sharp = [spoken(folder, 1900 + 257 * n, 20 + n, sharp=1.3 + n / 40) for n in range(5)]
    sharper = [spoken(folder, 1900 + 257 * n, 50 + n, sharp=2.4 + n / 20) for n in range(5)]
    plan, clips = talk(*even, *even[:3])
    start = plan.cues[6].start - 500
    soft = replace(plan, elastic_gaps=(ElasticGap(start, Ms(90_000), "rest", PLACE),))
    assert [is_soft(soft, at) for at in range(9)] == [False] * 6 + [True] * 3
    plan, lines = talk(*even)
    strokes = tuple(Cue(Ms(cue.start - 1000), Ms(900), BellStroke()) for cue in plan.cues)
    ringing = replace(plan, cues=tuple(sorted((*plan.cues, *strokes), key=lambda cue: cue.start)))
    return {
        "even": (plan, lines),
        "ragged": talk(*ragged),
        "sharp": talk(*sharp),
        "sharper": talk(*sharper),
        "soft": (soft, clips),
        "ringing": (ringing, lines),
        "quiet": talk(*(spoken(folder, 2000, 30 + n, ALOUD - 6) for n in range(3))),
        "loud": talk(*(spoken(folder, 2000, 40 + n, ALOUD + 5) for n in range(3))),
    }


KINDS = ["even", "ragged", "sharp", "soft", "ringing", "quiet", "loud"]


@pytest.mark.parametrize(
    ("kind", "style"),
    [
        *((kind, Style("pink")) for kind in [*KINDS, "sharper"]),  # in mono that would be nothing but limited
        *((kind, Style("rain", stereo=False)) for kind in KINDS),
    ],
    ids=lambda part: part if isinstance(part, str) else "stereo" if part.stereo else "mono",
)
def test_speech_comes_to_its_level_whatever_it_is_like_and_lies_on(sessions, kind: str, style: Style):
    plan, clips = sessions[kind]
    turned = found(plan, clips, style.stereo)
    assert turned % GAIN_STEP_DB == 0
    assert abs(turned) < MAX_GAIN_DB
    assert heard(plan, clips, replace(style, gain_db=turned)) == pytest.approx(level.SPEECH_LUFS, abs=0.2)


def test_sharp_words_need_more_gain_than_their_level_tells_and_in_mono_still_more(sessions):
    even, sharp, sharper = (sessions[kind] for kind in ("even", "sharp", "sharper"))
    assert abs(found(*even)) <= GAIN_STEP_DB
    assert found(*sharper) > 1
    assert found(*sharp, stereo=False) > found(*sharp) + 1


def test_where_nothing_is_said_there_is_nothing_to_turn(tmp_path: Path):
    bells = Timeline("T", Ms(60_000), "wake", (Cue(Ms(9000), Ms(4000), BellStroke()),), ())
    assert session_gain(bells, {}, -3.0) == 0
    kept = Recording("kept.wav", as_is=True)
    plan = replace(bells, cues=(Cue(Ms(9000), Ms(2000), PlayedRecording(kept, "", PLACE)),))
    assert found(plan, {kept: spoken(tmp_path, 2000, 1, ALOUD - 6)}) == 0


def test_recordings_are_brought_to_the_level_where_nobody_speaks_and_else_do_not_count(tmp_path: Path):
    mine, kept = Recording("mine.wav"), Recording("kept.wav", as_is=True)
    own = {mine: spoken(tmp_path, 3000, 1, ALOUD - 4), kept: spoken(tmp_path, 3000, 2, ALOUD + 9)}
    cues = (
        Cue(Ms(5000), Ms(3000), PlayedRecording(mine, "", PLACE)),
        Cue(Ms(9000), Ms(3000), PlayedRecording(kept, "", PLACE)),
    )
    plan = Timeline("T", Ms(60_000), "wake", cues, ())
    turned = found(plan, own)
    assert turned == pytest.approx(4, abs=0.5)
    alone = replace(plan, cues=cues[:1])
    assert heard(alone, own, Style(gain_db=turned)) == pytest.approx(level.SPEECH_LUFS, abs=0.2)
    talked, lines = talk(spoken(tmp_path, 3000, 3), spoken(tmp_path, 2500, 4))
    both = replace(talked, cues=(*talked.cues, *(replace(c, start=Ms(c.start + 30_000)) for c in cues)))
    assert found(both, {**lines, **own}) == found(talked, lines)


def test_one_changed_line_of_many_seldom_moves_all_the_others(tmp_path: Path):
    voices = [level.measure_speech(open_clip(spoken(tmp_path, 1500, n), 1)[:, 0]) for n in range(8)]

    def said(n: int, decibels: float) -> level.SpeechLevel:
        return level.SpeechLevel(voices[n].powers * 10 ** (decibels / 10), voices[n].peaks * 10 ** (decibels / 20))

    loud = np.random.default_rng(5).normal(0, 1.5, 80)
    plan, lines = talk(*[Clip("", tmp_path, Ms(1500))] * 80)
    before = {line: said(n % 8, loud[n]) for n, line in enumerate(lines)}
    turned = session_gain(plan, before, -2.8)
    changed = []
    for n, line in enumerate(lines):
        other = said((n + 3) % 8, loud[n] + (1.5, -1.5)[n % 2])
        changed.append(session_gain(plan, {**before, line: other}, -2.8))
    assert changed.count(turned) >= 0.8 * len(changed)
    assert {abs(other - turned) for other in changed} <= {0, GAIN_STEP_DB}


@pytest.mark.parametrize(("below", "expected"), [(20, MAX_GAIN_DB), (-13, -MAX_GAIN_DB)])
def test_no_words_are_turned_further_than_12_db(tmp_path: Path, below: int, expected: float):
    plan, clips = talk(spoken(tmp_path, 2000, 1, ALOUD - below))
    assert found(plan, clips) == expected


def test_words_that_no_gain_brings_there_are_turned_up_no_further_than_12_db(tmp_path: Path):
    plan, clips = talk(spoken(tmp_path, 2000, 1, sharp=2.0))
    assert 0 < session_gain(plan, words(clips), -20.0) <= MAX_GAIN_DB
    silent = {sound: level.SpeechLevel(np.zeros(2000), np.zeros(2000)) for sound in clips}
    assert abs(session_gain(plan, silent, -3.0)) <= MAX_GAIN_DB


def test_the_same_words_twice_count_twice(tmp_path: Path):
    loud, quiet = spoken(tmp_path, 2000, 1, ALOUD + 3), spoken(tmp_path, 2000, 2, ALOUD - 3)
    plan, clips = talk(loud, quiet)
    lines = list(clips)
    again = [Cue(Ms(20_000 + 3000 * n), Ms(2000), Utterance(lines[1], PLACE)) for n in range(3)]
    assert found(replace(plan, cues=(*plan.cues, *again)), clips) > found(plan, clips)
    assert samples(2000) == len(open_clip(loud, 1))
