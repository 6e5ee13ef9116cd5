"""The mix: any interval is that interval of the whole, and every sound is where the plan says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import PLACE, WORDS, make_clip, session, write_wav

from audio_builder.errors import BadSound
from audio_builder.mix import mix
from audio_builder.script import Line
from audio_builder.sound import level
from audio_builder.sound.beds import BEDS
from audio_builder.sound.chimes import BELLS
from audio_builder.sound.pcm import array
from audio_builder.timeline import Cue, Plan, Span, Speech, Stroke, Style, Tone
from audio_builder.units import Ms, samples

LENGTH = 190_337


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory):
    """Plans with their whole mixes, by style and ending."""
    folder = tmp_path_factory.mktemp("wholes")
    made = {}
    for style in (
        Style("pink", "bowl"),
        Style("room", "bell", stereo=False),
        Style("none", "wood", tones=False),
    ):
        ending = "wake" if style.stereo else "sleep"
        plan, clips = session(folder, LENGTH, ending, played=21_500)
        made[style, ending] = (plan, clips, mix(plan, clips, style, 0, LENGTH + 100))
    return made


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_any_interval_is_that_interval_of_the_whole(wholes, data):
    style, ending = data.draw(st.sampled_from(sorted(wholes, key=str)))
    plan, clips, whole = wholes[style, ending]
    borders = sorted({b + d for cue in plan.cues for b in (cue.start, cue.end) for d in (-1, 0, 1)})
    moment = st.one_of(st.integers(0, LENGTH + 100), st.sampled_from(borders))
    start = data.draw(moment)
    end = data.draw(st.integers(start, min(start + 15_000, LENGTH + 100)))
    part = mix(plan, clips, style, start, end)
    wide = 2 * whole.channels
    assert part.raw_data == whole.raw_data[samples(start) * wide : samples(end) * wide]


def test_it_is_as_long_as_asked_to_the_sample_and_nothing_after_the_end(wholes):
    for (style, _), (plan, _, whole) in wholes.items():
        sound = array(whole)
        assert sound.shape == (samples(LENGTH + 100), 2 if style.stereo else 1)
        assert not sound[samples(plan.length) :].any()


def test_speech_stands_where_the_plan_says_and_nothing_of_it_is_lost(folder: Path):
    plan, clips = session(folder, LENGTH)
    sound = array(mix(plan, clips, Style("none", "none", tones=False), 0, LENGTH)).astype(float)
    for cue in plan.cues:
        if isinstance(cue.what, Speech):
            here = sound[samples(cue.start) : samples(cue.end)]
            data = clips[cue.what.line].path.read_bytes()[44:]
            clip = np.frombuffer(data, "<i2").astype(float)[:, None]
            gain = (here * clip).sum() / (clip * clip).sum() / 2
            assert np.abs(here - clip * gain).max() <= 1.5
            assert gain == pytest.approx(1.0, abs=0.001) or gain == pytest.approx(10 ** (-3 / 20), abs=0.001)
            sound[samples(cue.start) : samples(cue.end)] = 0
    assert not sound.any()


def lone(cues: list[Cue], folder: Path, length: int = 400_000, spans: tuple[Span, ...] = (), ending="wake"):
    clips = {Line(words): make_clip(folder, 2000, n) for n, words in enumerate(WORDS)}
    return Plan("T", Ms(length), ending, tuple(cues), (), spans=spans), clips


def speech(start: int, n: int = 0) -> Cue:
    return Cue(Ms(start), Ms(2000), Speech(Line(WORDS[n]), PLACE))


def power(plan, clips, style, start: int, end: int) -> float:
    return float((array(mix(plan, clips, style, start, end)).astype(float) ** 2).mean())


def decibels(ratio: float) -> float:
    return 10 * np.log10(ratio)


def test_words_after_a_minute_without_any_and_in_a_long_rest_come_3_db_softer(folder: Path):
    rest = Span(Ms(200_000), Ms(90_000), "rest", PLACE)
    starts = (2000, 5000, 70_000, 75_000, 160_000, 195_000, 230_000, 292_000)
    plan, clips = lone([speech(s) for s in starts], folder, spans=(rest,))
    style = Style("none")
    loud = power(plan, clips, style, 2000, 4000)
    softer = [round(decibels(power(plan, clips, style, s, s + 2000) / loud)) for s in starts]
    assert softer == [0, 0, -3, 0, -3, 0, -3, -3]


def test_a_bed_makes_way_for_speech_and_comes_back_slowly(folder: Path):
    plan, clips = lone([speech(100_000), speech(103_000)], folder)
    clips = {line: replace(clip, path=folder / "hush.wav") for line, clip in clips.items()}
    write_wav(folder / "hush.wav", np.zeros(samples(2000)))
    for name, bed in BEDS.items():
        if bed is None:
            continue
        free = power(plan, clips, Style(name), 60_000, 90_000)
        under = power(plan, clips, Style(name), 100_000, 105_000)
        assert decibels(under / free) == pytest.approx(-6 if bed.ducked else 0, abs=1.0)
        sound = array(mix(plan, clips, Style(name), 104_000, 120_000))
        levels = level.momentary(sound[:, 0].copy())
        assert max(levels[10:] - levels[:-10]) < 4.5  # noise wavers by itself; the gain rises by less than 3


@pytest.mark.parametrize(("ending", "fade"), [("wake", 8000), ("sleep", 30_000)])
def test_the_bed_comes_and_goes_and_the_end_is_quiet(folder: Path, ending, fade: int):
    plan, clips = lone([speech(150_000)], folder, ending=ending)
    style, end = Style("pink"), plan.length - 3000
    middle = power(plan, clips, style, 100_000, 110_000)
    assert decibels(power(plan, clips, style, 0, 200) / middle) < -25
    assert decibels(power(plan, clips, style, 2500, 9000) / middle) == pytest.approx(0, abs=1)
    assert decibels(power(plan, clips, style, end - fade - 5000, end - fade) / middle) == pytest.approx(
        0, abs=1
    )
    assert decibels(power(plan, clips, style, end - fade // 2 - 500, end - fade // 2 + 500) / middle) < -4
    assert power(plan, clips, style, end, plan.length) == 0


def test_speech_next_to_the_ends_is_whole_and_the_last_bell_dies_before_the_quiet_end(folder: Path):
    last = 400_000 - 3000
    plan, clips = lone([speech(2000), speech(last - 6000), Cue(Ms(last - 4000), Ms(4000), Stroke())], folder)
    style = Style("none")
    first, again = (power(plan, clips, style, s, s + 2000) for s in (2000, last - 6000))
    assert decibels(again / first) == pytest.approx(
        -3, abs=0.1
    )  # softer for the silence before it, not for the fade
    assert power(plan, clips, style, last - 4000, last - 3000) > 0
    assert power(plan, clips, style, last, plan.length) == 0


def test_a_bell_rings_on_beneath_what_follows_and_a_silent_one_does_not(folder: Path):
    for audible in (True, False):
        plan, clips = lone([speech(2000), Cue(Ms(50_000), Ms(4000), Stroke(audible))], folder)
        assert (power(plan, clips, Style("none"), 56_000, 58_000) > 0) == audible
        assert power(plan, clips, Style("none"), 50_000 + 15_000, 90_000) == 0


def test_the_first_bell_that_is_heard_is_the_softest(folder: Path):
    strokes = [Cue(Ms(s), Ms(4000), Stroke(s > 50_000)) for s in (50_000, 100_000, 150_000, 200_000)]
    plan, clips = lone(strokes, folder)
    silent, first, second, third = (power(plan, clips, Style("none"), c.start, c.end) for c in strokes)
    assert silent == 0
    assert decibels(second / first) == pytest.approx(2, abs=0.1)
    assert third == second


def test_no_choice_of_bell_moves_anything_and_none_is_silent(folder: Path):
    plan, clips = lone([Cue(Ms(50_000), Ms(4000), Stroke())], folder)
    for name, make in BELLS.items():
        assert (power(plan, clips, Style("none", name), 50_000, 54_000) > 0) == (make is not None)


def test_breath_tones_soften_over_a_block_and_can_be_left_out(folder: Path):
    cues = [Cue(Ms(50_000 + 10_000 * n), Ms(4000), Tone("in", n, 5)) for n in range(5)]
    plan, clips = lone(cues, folder)
    powers = [power(plan, clips, Style("none"), c.start, c.end) for c in cues]
    assert [round(decibels(p / powers[0])) for p in powers] == [0, -3, -6, -9, -12]
    assert power(plan, clips, Style("none", tones=False), 50_000, 54_000) == 0


def test_one_channel_is_as_loud_as_two(folder: Path):
    plan, clips = lone([speech(2000)], folder)
    stereo, mono = (power(plan, clips, Style("none", stereo=s), 2000, 4000) for s in (True, False))
    assert decibels(mono / stereo) == pytest.approx(3.01, abs=0.01)


@pytest.mark.parametrize("harm", ["gone", "cut", "longer", "stereo", "empty"])
def test_a_clip_that_is_not_what_was_planned_is_told(tmp_path: Path, harm: str):
    plan, clips = lone([speech(2000)], tmp_path)
    path = clips[Line(WORDS[0])].path
    match harm:
        case "gone":
            path.unlink()
        case "cut":
            write_wav(path, np.zeros(samples(1000)))
        case "longer":
            plan = replace(plan, cues=(replace(plan.cues[0], length=Ms(2500)),))
        case "stereo":
            write_wav(path, np.zeros(2 * samples(2000)), channels=2)
        case "empty":
            path.write_bytes(b"")
    with pytest.raises(BadSound, match="build again"):
        mix(plan, clips, Style(), 0, 5000)
