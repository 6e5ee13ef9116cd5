"""The gain of a session: all speech together reaches its level, and this is known before anything is rendered."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sounds import PLACE, as_signal, voice, write_clip

from audio_builder.audio import level, meter
from audio_builder.audio.clip import Clip, open_clip
from audio_builder.audio.mix.curves import is_soft
from audio_builder.audio.mix.gain import GAIN_STEP_DB, MAX_GAIN_DB, session_gain
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array, to_samples
from audio_builder.planning.timeline import BellStroke, Cue, ElasticGap, PlayedRecording, Timeline, Utterance
from audio_builder.script.model import Line, Recording, Sound
from audio_builder.units import Ms

Talk = tuple[Timeline, dict[Sound, Clip]]

CLIP_LUFS = level.SPEECH_LUFS - level.HEADROOM_DB
"""The level at which clips of speech are stored."""


def spoken(folder: Path, length: int, seed: int, lufs: float = CLIP_LUFS, sharpness: float = 1.0) -> Clip:
    """Write a clip at a level. A higher sharpness means higher peaks at the same level."""
    sound = voice(length, seed, 0.5)
    sound = np.sign(sound) * np.abs(sound) ** sharpness
    for _ in range(2):  # rounding to 16 bit changes the level a little
        sound = sound * 10 ** ((lufs - level.loudness(to_samples(sound * 32767))) / 20)
    return Clip(f"{seed} {lufs} {sharpness}", write_clip(folder / f"{seed}-{lufs}.wav", sound), Ms(length))


def talk(*clips: Clip) -> Talk:
    """Return a timeline in which the clips are spoken one after the other."""
    cues, start, lines = [], 2000, {}
    for n, clip in enumerate(clips):
        line = Line(f"This is line {n}.")
        lines[line] = clip
        cues.append(Cue(Ms(start), clip.length, Utterance(line, PLACE)))
        start += clip.length + 1500
    return Timeline("T", Ms(start + 20_000), "wake", tuple(cues), ()), lines


def play(start: int, length: int, recording: Recording) -> Cue:
    return Cue(Ms(start), Ms(length), PlayedRecording(recording, "", PLACE))


def gain_of(timeline: Timeline, clips: dict[Sound, Clip], stereo: bool = True) -> float:
    levels = {sound: level.measure_speech(open_clip(clip, 1)[:, 0]) for sound, clip in clips.items()}
    return session_gain(timeline, levels.__getitem__, level.speech_ceiling(stereo))


def speech_loudness(timeline: Timeline, clips: dict[Sound, Clip], style: Style) -> float:
    """Return the loudness of all speech cues together, as the mix renders them."""
    cues = [cue for cue in timeline.cues if isinstance(cue.content, Utterance | PlayedRecording)]
    parts = (as_signal(as_array(mix(timeline, clips, style, cue.start, cue.end))) for cue in cues)
    return meter.integrated(meter.hop_powers(parts))


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Talk]:
    """Sessions by what makes them difficult."""
    folder = tmp_path_factory.mktemp("talk")
    even = [spoken(folder, 1700 + 331 * n, n) for n in range(6)]
    uneven = [spoken(folder, 1500 + 411 * n, 10 + n, CLIP_LUFS + 2 * (n - 2)) for n in range(6)]
    sharp = [spoken(folder, 1900 + 257 * n, 20 + n, sharpness=1.3 + n / 40) for n in range(5)]
    sharper = [spoken(folder, 1900 + 257 * n, 50 + n, sharpness=2.4 + n / 20) for n in range(5)]
    timeline, lines = talk(*even)
    strokes = tuple(Cue(Ms(cue.start - 1000), Ms(900), BellStroke()) for cue in timeline.cues)
    with_bells = tuple(sorted((*timeline.cues, *strokes), key=lambda cue: cue.start))
    return {
        "even": (timeline, lines),
        "uneven": talk(*uneven),
        "sharp": talk(*sharp),
        "sharper": talk(*sharper),
        "half of it soft": half_soft(*even, *even[:3]),
        "over bells": (replace(timeline, cues=with_bells), lines),
        "quiet": talk(*(spoken(folder, 2000, 30 + n, CLIP_LUFS - 6) for n in range(3))),
        "loud": talk(*(spoken(folder, 2000, 40 + n, CLIP_LUFS + 5) for n in range(3))),
    }


def half_soft(*clips: Clip) -> Talk:
    """Return a timeline in which everything from the seventh clip on is spoken in a long rest."""
    timeline, lines = talk(*clips)
    rest = ElasticGap(Ms(timeline.cues[6].start - 500), Ms(90_000), "rest", PLACE)
    timeline = replace(timeline, elastic_gaps=(rest,))
    assert [is_soft(timeline, index) for index in range(9)] == [False] * 6 + [True] * 3
    return timeline, lines


KINDS = ["even", "uneven", "sharp", "half of it soft", "over bells", "quiet", "loud"]


@pytest.mark.parametrize(
    ("kind", "style"),
    [
        *(
            (kind, Style("pink")) for kind in [*KINDS, "sharper"]
        ),  # too sharp for mono: it would only be limited
        *((kind, Style("pink", stereo=False)) for kind in KINDS),
    ],
    ids=lambda part: part if isinstance(part, str) else "stereo" if part.stereo else "mono",
)
def test_speech_reaches_its_level_whatever_it_is_like(talks: dict[str, Talk], kind: str, style: Style):
    timeline, clips = talks[kind]
    gain = gain_of(timeline, clips, style.stereo)
    assert gain % GAIN_STEP_DB == 0
    assert abs(gain) < MAX_GAIN_DB
    loudness = speech_loudness(timeline, clips, replace(style, gain_db=gain))
    assert loudness == pytest.approx(level.SPEECH_LUFS, abs=0.2)


def test_sharp_speech_needs_more_gain_and_in_mono_still_more(talks: dict[str, Talk]):
    even, sharp, sharper = (talks[kind] for kind in ("even", "sharp", "sharper"))
    assert abs(gain_of(*even)) <= GAIN_STEP_DB
    assert gain_of(*sharper) > 1
    assert gain_of(*sharp, stereo=False) > gain_of(*sharp) + 1


def test_a_session_without_speech_has_no_gain(tmp_path: Path):
    bells = Timeline("T", Ms(60_000), "wake", (Cue(Ms(9000), Ms(4000), BellStroke()),), ())
    assert session_gain(bells, {}.__getitem__, -3.0) == 0
    as_is = Recording("as-is.wav", as_is=True)
    timeline = replace(bells, cues=(play(9000, 2000, as_is),))
    assert gain_of(timeline, {as_is: spoken(tmp_path, 2000, 1, CLIP_LUFS - 6)}) == 0


def test_recordings_reach_the_level_of_speech_in_a_session_without_speech(tmp_path: Path):
    matched, as_is = Recording("matched.wav"), Recording("as-is.wav", as_is=True)
    clips: dict[Sound, Clip] = {
        matched: spoken(tmp_path, 3000, 1, CLIP_LUFS - 4),
        as_is: spoken(tmp_path, 3000, 2, CLIP_LUFS + 9),
    }
    cues = play(5000, 3000, matched), play(9000, 3000, as_is)
    timeline = Timeline("T", Ms(60_000), "wake", cues, ())
    gain = gain_of(timeline, clips)
    assert gain == pytest.approx(4, abs=0.5)
    only_matched = replace(timeline, cues=cues[:1])
    loudness = speech_loudness(only_matched, clips, Style(gain_db=gain))
    assert loudness == pytest.approx(level.SPEECH_LUFS, abs=0.2)


def test_recordings_do_not_count_in_a_session_with_speech(tmp_path: Path):
    matched = Recording("matched.wav")
    timeline, clips = talk(spoken(tmp_path, 3000, 3), spoken(tmp_path, 2500, 4))
    with_recording = replace(timeline, cues=(*timeline.cues, play(35_000, 3000, matched)))
    recorded: dict[Sound, Clip] = {matched: spoken(tmp_path, 3000, 1, CLIP_LUFS - 4)}
    assert gain_of(with_recording, {**clips, **recorded}) == gain_of(timeline, clips)


def test_one_changed_line_of_many_seldom_changes_the_gain(tmp_path: Path):
    voices = [level.measure_speech(open_clip(spoken(tmp_path, 1500, n), 1)[:, 0]) for n in range(8)]

    def at(n: int, decibels: float) -> level.SpeechLevel:
        powers, peaks = voices[n % 8]
        return level.SpeechLevel(powers * 10 ** (decibels / 10), peaks * 10 ** (decibels / 20))

    offsets = np.random.default_rng(5).normal(0, 1.5, 80)
    timeline, lines = talk(*[Clip("", tmp_path, Ms(1500))] * 80)
    levels = {line: at(n, offsets[n]) for n, line in enumerate(lines)}
    gain = session_gain(timeline, levels.__getitem__, -2.8)
    changed = [
        session_gain(timeline, {**levels, line: at(n + 3, offsets[n] + (1.5, -1.5)[n % 2])}.__getitem__, -2.8)
        for n, line in enumerate(lines)
    ]
    assert changed.count(gain) >= 0.8 * len(changed)
    assert {abs(other - gain) for other in changed} <= {0, GAIN_STEP_DB}


@pytest.mark.parametrize(("below", "expected"), [(20, MAX_GAIN_DB), (-13, -MAX_GAIN_DB)])
def test_the_gain_is_12_db_at_most(tmp_path: Path, below: int, expected: float):
    assert gain_of(*talk(spoken(tmp_path, 2000, 1, CLIP_LUFS - below))) == expected


def test_speech_that_no_gain_brings_to_its_level_gets_12_db_at_most(tmp_path: Path):
    timeline, clips = talk(spoken(tmp_path, 2000, 1, sharpness=2.0))
    levels = {sound: level.measure_speech(open_clip(clip, 1)[:, 0]) for sound, clip in clips.items()}
    assert 0 < session_gain(timeline, levels.__getitem__, -20.0) <= MAX_GAIN_DB
    silent = {sound: level.SpeechLevel(np.zeros(2000), np.zeros(2000)) for sound in clips}
    assert abs(session_gain(timeline, silent.__getitem__, -3.0)) <= MAX_GAIN_DB


def test_a_line_counts_as_often_as_it_is_spoken(tmp_path: Path):
    loud, quiet = spoken(tmp_path, 2000, 1, CLIP_LUFS + 3), spoken(tmp_path, 2000, 2, CLIP_LUFS - 3)
    timeline, clips = talk(loud, quiet)
    quiet_line = list(clips)[1]
    again = [Cue(Ms(20_000 + 3000 * n), Ms(2000), Utterance(quiet_line, PLACE)) for n in range(3)]
    assert gain_of(replace(timeline, cues=(*timeline.cues, *again)), clips) > gain_of(timeline, clips)
