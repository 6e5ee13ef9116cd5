"""The mix: any interval equals the same interval of the whole, and every sound has its time and its level."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common import examples
from hypothesis import given
from hypothesis import strategies as st
from loops import steepest_rise
from sounds import (
    BREATH,
    PLACE,
    WORDS,
    as_signal,
    make_clip,
    session,
    shortened,
    voice,
    write_clip,
    write_wav,
)

from audio_builder.audio import level, meter, recordings
from audio_builder.audio.beds import BED_LUFS, BEDS, ROOM_LUFS
from audio_builder.audio.chimes import BELLS
from audio_builder.audio.clip import Clip, open_clip
from audio_builder.audio.mix import curves
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.cache import Cache
from audio_builder.errors import ClipGone
from audio_builder.planning.preroll import with_preroll
from audio_builder.planning.timeline import (
    BellStroke,
    BreathTone,
    Cue,
    ElasticGap,
    PlayedRecording,
    Timeline,
    Utterance,
)
from audio_builder.script.model import Line, Pattern, Recording, Sound
from audio_builder.units import Ms, samples

Clips = dict[Sound, Clip]

LENGTH = 62_337
QUICK_BREATH = Pattern(Ms(2000), Ms(500), Ms(2500), Ms(0))
SILENT = Style("none", "none", breath_tones=False)
AMBIENCES = [("room", True), ("pink", False), ("ocean", True), ("ocean", False)]
"""(ambience, stereo) for every path through the code: `room` is faint and not ducked, `ocean` has two layers that
swell, and `pink` stands for all that only make way for speech. Each bed's own loop is measured in test_synthesis.py."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def custom(folder: Path) -> dict[str, Clip]:
    """An author's ambience and bell."""
    cache = Cache(folder / "cache")
    noise = np.random.default_rng(3).standard_normal(2 * samples(11_000)) * 0.05
    stroke = voice(9000, 5) * np.exp(-np.arange(samples(9000)) / samples(2000))
    return {
        "ambience": recordings.bed_clip(write_wav(folder / "bed.wav", noise, channels=2), cache, 2),
        "mono ambience": recordings.bed_clip(folder / "bed.wav", cache, 1),
        "bell": recordings.bell_clip(write_wav(folder / "bell.wav", stroke), cache),
    }


# Any interval


@dataclass
class Whole:
    """A session that was mixed at once, up to 100 ms after its end."""

    timeline: Timeline
    clips: Clips
    style: Style
    sound: np.ndarray


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory, custom: dict[str, Clip]) -> list[Whole]:
    """Sessions of loud speech through every path of the code: see AMBIENCES."""
    folder, wholes = tmp_path_factory.mktemp("wholes"), []
    for style in (
        Style("room", "bell", gain_db=-2.5),
        Style("ocean", "bowl", gain_db=4.75),
        Style("pink", custom["bell"], stereo=False, gain_db=6.0),
        Style("none", "wood", breath_tones=False, gain_db=3.0),
        Style(custom["ambience"], custom["bell"], gain_db=5.0),
    ):
        ending = "wake" if style.stereo else "sleep"
        timeline, clips = session(folder, 180_000, ending, 9000, level=0.5, pattern=QUICK_BREATH)
        timeline = shortened(timeline, LENGTH)
        sound = as_array(mix(timeline, clips, style, 0, LENGTH + 100))
        wholes.append(Whole(timeline, clips, style, sound))
    return wholes


@examples(50)
@given(data=st.data())
def test_any_interval_equals_that_interval_of_the_whole(wholes: list[Whole], data):
    whole = data.draw(st.sampled_from(wholes))
    borders = sorted({b + d for cue in whole.timeline.cues for b in (cue.start, cue.end) for d in (-1, 0, 1)})
    moment = st.one_of(st.integers(0, LENGTH + 100), st.sampled_from(borders))
    start = data.draw(moment)
    end = data.draw(st.integers(start, min(start + 12_000, LENGTH + 100)))
    part = as_array(mix(whole.timeline, whole.clips, whole.style, start, end))
    assert np.array_equal(part, whole.sound[samples(start) : samples(end)])


def test_an_interval_has_the_length_asked_for_and_the_session_is_silent_after_its_end(wholes: list[Whole]):
    for whole in wholes:
        assert whole.sound.shape == (samples(LENGTH + 100), 2 if whole.style.stereo else 1)
        assert not whole.sound[samples(whole.timeline.length) :].any()


def test_a_session_is_silent_before_its_beginning(wholes: list[Whole]):
    whole = wholes[0]
    part = as_array(mix(whole.timeline, whole.clips, whole.style, -500, 500))
    assert not part[: samples(500)].any()
    assert np.array_equal(part[samples(500) :], whole.sound[: samples(500)])


def test_loud_speech_with_sound_beneath_it_does_not_exceed_the_ceiling_of_the_mix(wholes: list[Whole]):
    limited = 0
    for whole in wholes:
        ceiling = 32768 * 10 ** (level.PEAK_DBFS["stereo" if whole.style.stereo else "mono"] / 20)
        peak = np.abs(whole.sound.astype(int)).max()
        assert peak <= ceiling + 1
        limited += bool(peak >= ceiling - 1)
    assert limited >= 2  # else the limiter of the mix had nothing to do


def test_a_part_that_begins_just_after_a_peak_equals_that_part_of_the_whole(tmp_path: Path):
    t = np.arange(samples(2000))
    hum = 0.25 * np.sin(2 * np.pi * 441 * t / 48_000) * np.where(t % samples(250) < samples(2), 3, 1)
    line = Line("Hum.")
    clips: Clips = {line: Clip("hum", write_clip(tmp_path / "hum.wav", hum), Ms(2000))}
    cues = (Cue(Ms(3800), Ms(200), BellStroke()), Cue(Ms(4000), Ms(2000), Utterance(line, PLACE)))
    timeline = Timeline("T", Ms(60_000), "wake", cues, ())
    whole = as_array(mix(timeline, clips, Style("pink"), 0, 7000))
    for start in range(4250, 4350):
        part = as_array(mix(timeline, clips, Style("pink"), start, start + 40))
        assert np.array_equal(part, whole[samples(start) : samples(start + 40)])


# Speech


def timeline_of(
    cues: list[Cue], folder: Path, length: int = 400_000, gaps: tuple[ElasticGap, ...] = (), ending="wake"
) -> tuple[Timeline, Clips]:
    """Return a timeline of these cues, and clips that no limiter changes."""
    clips: Clips = {Line(words): make_clip(folder, 2000, n, 0.1) for n, words in enumerate(WORDS)}
    return Timeline("T", Ms(length), ending, tuple(cues), (), elastic_gaps=gaps), clips


def speech(start: int, n: int = 0) -> Cue:
    return Cue(Ms(start), Ms(2000), Utterance(Line(WORDS[n]), PLACE))


def without_sound(clips: Clips, folder: Path) -> Clips:
    """Return silent clips of the same lengths, so that only what is beneath speech is heard."""
    silent = write_clip(folder / "silent.wav", np.zeros(samples(2000)))
    return {sound: replace(clip, path=silent) for sound, clip in clips.items()}


def power(timeline: Timeline, clips: Clips, style: Style, start: int, end: int) -> float:
    return float((as_array(mix(timeline, clips, style, start, end)).astype(float) ** 2).mean())


def loudness(timeline: Timeline, clips: Clips, style: Style, start: int, end: int) -> float:
    return meter.integrated(meter.hop_powers([as_signal(as_array(mix(timeline, clips, style, start, end)))]))


def decibels(ratio: float) -> float:
    return 10 * np.log10(ratio)


def test_speech_is_complete_and_where_the_timeline_says(folder: Path):
    timeline, clips = session(folder, 170_000, level=0.05)
    gain = 10 ** ((level.HEADROOM_DB - 1.5) / 20)
    sound = as_array(mix(timeline, clips, replace(SILENT, gain_db=-1.5), 0, timeline.length)).astype(float)
    for index, cue in enumerate(timeline.cues):
        if isinstance(cue.content, Utterance):
            heard = sound[samples(cue.start) : samples(cue.end)]
            softness = 10 ** (-3 / 20) if curves.is_soft(timeline, index) else 1
            expected = open_clip(clips[cue.content.line], 1) * gain * softness
            assert np.abs(heard - expected).max() <= 1
            heard[:] = 0
    assert not sound.any()


def test_speech_is_3_db_softer_after_a_minute_without_any_and_in_a_long_rest(folder: Path):
    gaps = (
        ElasticGap(Ms(200_000), Ms(90_000), "rest", PLACE),
        ElasticGap(Ms(300_000), Ms(30_000), "rest", PLACE),
        ElasticGap(Ms(340_000), Ms(61_000), "silence", PLACE),
    )
    starts = (2000, 5000, 70_000, 75_000, 160_000, 195_000, 230_000, 292_000, 310_000, 350_000)
    timeline, clips = timeline_of([speech(start) for start in starts], folder, 420_000, gaps)
    powers = [power(timeline, clips, SILENT, start, start + 2000) for start in starts]
    assert [round(decibels(p / powers[0])) for p in powers] == [0, 0, -3, 0, -3, 0, -3, -3, 0, 0]


@pytest.mark.parametrize("before", [(), (Cue(Ms(45_000), Ms(4000), BellStroke()),)], ids=["nothing", "bell"])
@pytest.mark.parametrize(("start", "soft"), [(59_000, False), (61_000, True)])
def test_the_first_speech_is_soft_after_a_minute_whatever_else_was_heard(
    folder: Path, before: tuple[Cue, ...], start: int, soft: bool
):
    timeline, _ = timeline_of([*before, speech(start)], folder)
    assert curves.is_soft(timeline, len(before)) == soft


def test_the_gain_applies_to_speech_and_recordings_but_not_to_recordings_as_is(folder: Path):
    matched, as_is = Recording("matched.wav"), Recording("as-is.wav", as_is=True)
    cues = [
        Cue(Ms(start), Ms(2000), PlayedRecording(recording, "", PLACE))
        for start, recording in ((2000, matched), (5000, as_is), (100_000, matched), (200_000, as_is))
    ]
    timeline, clips = timeline_of([*cues[:2], speech(8000), *cues[2:]], folder)
    clips |= {matched: make_clip(folder, 2000, 7, 0.1), as_is: make_clip(folder, 2000, 8, 0.1)}
    heard = [power(timeline, clips, replace(SILENT, gain_db=-2.0), c.start, c.end) for c in timeline.cues]
    stored = {s: float((open_clip(c, 1).astype(float) ** 2).mean()) for s, c in clips.items()}
    sounds = (matched, as_is, Line(WORDS[0]), matched, as_is)
    gains = [decibels(h / stored[sound]) for h, sound in zip(heard, sounds, strict=True)]
    usual = level.HEADROOM_DB - 2.0
    assert gains == pytest.approx([usual, 0, usual, usual - 3, 0], abs=0.05)


# Ambience


@pytest.mark.parametrize(("name", "stereo"), AMBIENCES)
def test_ambience_has_its_level_in_pauses_and_makes_way_for_speech(folder: Path, name: str, stereo: bool):
    starts = range(150_000, 200_000, 4500)  # speech with natural gaps for as long as the loop lasts
    timeline, clips = timeline_of([speech(start) for start in starts], folder)
    clips, style = without_sound(clips, folder), Style(name, stereo=stereo)
    bed = BEDS[name]
    in_pauses, under_speech = (BED_LUFS, BED_LUFS - 6) if bed.ducked else (ROOM_LUFS, ROOM_LUFS)
    assert loudness(timeline, clips, style, 60_000, 90_000) == pytest.approx(in_pauses, abs=0.3)
    assert loudness(timeline, clips, style, 150_000, 180_000) == pytest.approx(under_speech, abs=0.3)


@pytest.mark.parametrize(("name", "stereo"), AMBIENCES)
def test_ambience_never_rises_by_more_than_3_lu_in_a_second(folder: Path, name: str, stereo: bool):
    breath = ElasticGap(Ms(46_300), Ms(30_000), "breathe", PLACE, BREATH)
    cues = [speech(start) for start in (10_000, 20_700, 36_000, 77_000)]
    timeline, clips = timeline_of(cues, folder, 110_000, (breath,))
    style = Style(name, stereo=stereo, breath_tones=False)
    assert steepest_rise(as_array(mix(timeline, without_sound(clips, folder), style, 3000, 98_000))) < 3


def bed_decibels(timeline: Timeline, start: int, end: int) -> np.ndarray:
    """Return the gain of a ducked bed at each millisecond, in dB."""
    return 20 * np.log10(curves.bed_gain(timeline, np.arange(start, end + 1), True, 0.0))


def test_ambience_goes_down_and_comes_back_along_one_smooth_curve(folder: Path):
    timeline, _ = timeline_of([speech(100_000), speech(103_500), speech(110_000)], folder)
    gain = bed_decibels(timeline, 95_000, 125_000)
    steps = np.diff(gain)
    assert steps.max() <= curves.RISE_DB_PER_SECOND / 1000 + 2e-5
    assert steps.min() >= -6 * 1.5 / 700 - 1e-5  # within 0.7 s; at its steepest half as steep again
    assert gain[:4300] == pytest.approx(0, abs=1e-4)
    for first, last in ((5000, 12_500), (15_000, 19_000)):  # speech, the gap within it, and two seconds more
        assert gain[first:last] == pytest.approx(-6, abs=1e-4)
    assert -6 < gain[13_500:14_500].max() < -2
    assert gain[-2000:] == pytest.approx(0, abs=1e-4)


def test_the_curve_of_ambience_has_no_sharper_corner_than_where_it_has_come_back(folder: Path):
    timeline, _ = timeline_of([speech(100_000)], folder)
    bends = np.abs(np.diff(bed_decibels(timeline, 95_000, 115_000), 2))
    assert bends.max() <= curves.RISE_DB_PER_SECOND / 1000 + 4e-5


@pytest.mark.parametrize(("ending", "fade"), [("wake", 8000), ("sleep", 30_000)])
def test_ambience_fades_in_and_out_and_the_end_is_silent(folder: Path, ending, fade: int):
    timeline, clips = timeline_of([speech(150_000)], folder, ending=ending)
    end = timeline.length - 3000

    def relative(first: int, last: int) -> float:
        middle = power(timeline, clips, Style("pink"), 100_000, 110_000)
        return decibels(power(timeline, clips, Style("pink"), first, last) / middle)

    assert relative(0, 200) < -25
    assert relative(2500, 9000) == pytest.approx(0, abs=1)
    assert relative(end - fade - 5000, end - fade) == pytest.approx(0, abs=1)
    assert relative(end - fade // 2 - 500, end - fade // 2 + 500) < -4
    assert power(timeline, clips, Style("pink"), end, timeline.length) == 0


def test_an_authors_ambience_makes_way_fades_and_repeats(folder: Path, custom: dict[str, Clip]):
    starts = range(150_000, 170_000, 4500)
    timeline, clips = timeline_of([speech(start) for start in starts], folder)
    style, clips = Style(custom["ambience"]), without_sound(clips, folder)
    assert loudness(timeline, clips, style, 60_000, 90_000) == pytest.approx(BED_LUFS, abs=0.3)
    assert loudness(timeline, clips, style, 150_000, 165_000) == pytest.approx(BED_LUFS - 6, abs=0.3)
    period = custom["ambience"].length
    assert period % 24 == 0
    first, second = (mix(timeline, clips, style, at, at + 5000).raw_data for at in (30_000, 30_000 + period))
    assert first == second
    assert power(timeline, clips, style, timeline.length - 3000, timeline.length) == 0


# Waves


def breathing(pattern: Pattern, start: int = 103_700, length: int = 300_000) -> Timeline:
    """Return one block of paced breath, a minute or more, with its tones."""
    cycles = -(-60_000 // pattern.cycle)
    cues = []
    for cycle in range(cycles):
        inhale = start + cycle * pattern.cycle
        exhale = inhale + pattern.inhale + pattern.full
        cues.append(Cue(Ms(inhale), pattern.inhale, BreathTone("in", cycle, cycles)))
        cues.append(Cue(Ms(exhale), pattern.exhale, BreathTone("out", cycle, cycles)))
    gap = ElasticGap(Ms(start), Ms(cycles * pattern.cycle), "breathe", PLACE, pattern)
    return Timeline("T", Ms(length), "wake", tuple(cues), (), elastic_gaps=(gap,))


def lung_volume(pattern: Pattern, moments: np.ndarray) -> np.ndarray:
    """Return a volume that rises and falls linearly, for milliseconds from the beginning of a block."""
    moments = moments % pattern.cycle
    exhaling = moments - pattern.inhale - pattern.full
    return np.clip(moments / pattern.inhale, 0, 1) - np.clip(exhaling / pattern.exhale, 0, 1)


def momentary(timeline: Timeline, style: Style, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the momentary loudness, and the middle of each window in milliseconds."""
    sound = as_array(mix(timeline, {}, style, start, end))
    levels = meter.momentary(meter.hop_powers([as_signal(sound)]))
    return levels, start + 10 * np.arange(len(levels)) + 200


@pytest.mark.parametrize(
    "pattern",
    [
        BREATH,
        Pattern(Ms(4000), Ms(0), Ms(4000), Ms(0)),
        Pattern(Ms(4000), Ms(2000), Ms(7000), Ms(1500)),
        Pattern(Ms(10_000), Ms(0), Ms(12_000), Ms(0)),
    ],
    ids=lambda pattern: f"{pattern.inhale}-{pattern.full}-{pattern.exhale}-{pattern.empty}",
)
def test_ocean_waves_rise_to_breathe_in_and_fall_to_breathe_out(pattern: Pattern):
    timeline = breathing(pattern)
    (gap,) = timeline.elastic_gaps
    levels, moments = momentary(
        timeline, Style("ocean", breath_tones=False, stereo=False), gap.start, gap.end
    )
    assert np.corrcoef(levels, lung_volume(pattern, moments - gap.start))[0, 1] > 0.95
    assert levels.max() - levels.min() > 4  # a wave, not a ripple


def test_ocean_sounds_the_same_with_breath_tones_and_without():
    timeline = breathing(BREATH)
    start = timeline.elastic_gaps[0].start
    waves, tones, both = (
        as_array(mix(timeline, {}, style, start + 4000, start + 14_000)).astype(int)
        for style in (Style("ocean", breath_tones=False), Style("none"), Style("ocean"))
    )
    assert np.abs(both - waves - tones).max() <= 1


def test_ocean_waves_roll_by_themselves_outside_of_paced_breath():
    timeline = breathing(BREATH)
    (gap,), style = timeline.elastic_gaps, Style("ocean", breath_tones=False, stereo=False)
    without_breath = replace(timeline, cues=(), elastic_gaps=())
    for start, end in ((gap.start - 20_000, gap.start - 3000), (gap.end + 8000, gap.end + 28_000)):
        expected = mix(without_breath, {}, style, start, end).raw_data
        assert mix(timeline, {}, style, start, end).raw_data == expected
    first, second = (mix(timeline, {}, style, at, at + 30_000).raw_data for at in (40_000, 70_000))
    assert first == second  # in step with the loop
    levels, _ = momentary(timeline, style, 40_000, 100_000)
    assert 4 < levels.max() - levels.min() < 9


def test_waves_go_into_step_with_the_breath_and_out_of_it_without_a_jump():
    timeline = breathing(BREATH)
    (gap,) = timeline.elastic_gaps
    height = curves.wave_height(timeline, np.arange(gap.start - 10_000, gap.end + 10_000))
    assert np.abs(np.diff(height)).max() < 0.001


# Bells and breath tones


def test_speech_next_to_the_ends_is_complete_and_the_last_bell_fades_before_the_quiet_end(folder: Path):
    quiet = 400_000 - 3000
    timeline, clips = timeline_of(
        [speech(2000), speech(quiet - 6000), Cue(Ms(quiet - 4000), Ms(4000), BellStroke())], folder
    )
    style = Style("none")
    first, last = (power(timeline, clips, style, at, at + 2000) for at in (2000, quiet - 6000))
    assert decibels(last / first) == pytest.approx(-3, abs=0.1)  # soft after the silence, but not faded
    assert power(timeline, clips, style, quiet - 4000, quiet - 3000) > 0
    assert power(timeline, clips, style, quiet, timeline.length) == 0


@pytest.mark.parametrize("audible", [True, False])
def test_a_bell_rings_on_beneath_what_follows_unless_it_is_silent(folder: Path, audible: bool):
    timeline, clips = timeline_of([speech(2000), Cue(Ms(50_000), Ms(4000), BellStroke(audible))], folder)
    assert (power(timeline, clips, Style("none"), 56_000, 58_000) > 0) == audible
    assert power(timeline, clips, Style("none"), 50_000 + 15_000, 90_000) == 0


@pytest.mark.parametrize("stereo", [True, False])
def test_the_first_audible_bell_is_the_softest_and_all_are_4_to_8_lu_below_speech(
    folder: Path, custom: dict[str, Clip], stereo: bool
):
    strokes = [Cue(Ms(s), Ms(4000), BellStroke(s > 50_000)) for s in (50_000, 100_000, 150_000, 200_000)]
    timeline, clips = timeline_of(strokes, folder)
    for bell in (*(name for name, synthesise in BELLS.items() if synthesise), custom["bell"]):
        style = Style("none", bell, stereo=stereo)
        assert power(timeline, clips, style, 50_000, 54_000) == 0
        first, second, third = (momentary(timeline, style, c.start, c.end)[0].max() for c in strokes[1:])
        assert second - first == pytest.approx(2, abs=0.05)
        assert third == second
        assert 4 <= level.SPEECH_LUFS - second < level.SPEECH_LUFS - first <= 8


def test_every_bell_but_none_is_heard(folder: Path):
    timeline, clips = timeline_of([Cue(Ms(50_000), Ms(4000), BellStroke())], folder)
    heard = {bell: power(timeline, clips, Style("none", bell), 50_000, 54_000) > 0 for bell in BELLS}
    assert heard == {bell: bell != "none" for bell in BELLS}


def test_breath_tones_soften_over_a_block_and_can_be_turned_off(folder: Path):
    cues = [Cue(Ms(50_000 + 10_000 * n), Ms(4000), BreathTone("in", n, 5)) for n in range(5)]
    timeline, clips = timeline_of(cues, folder)
    powers = [power(timeline, clips, Style("none"), c.start, c.end) for c in cues]
    assert [round(decibels(p / powers[0])) for p in powers] == [0, -3, -6, -9, -12]
    assert power(timeline, clips, Style("none", breath_tones=False), 50_000, 54_000) == 0


@pytest.mark.parametrize("breath_tones", [True, False])
def test_the_tones_of_a_count_in_are_as_soft_as_breath_in_every_style(folder: Path, breath_tones: bool):
    timeline, clips = timeline_of([speech(60_000)], folder)
    timeline = with_preroll(timeline, Ms(20_000))
    for cue in timeline.cues[:3]:
        lufs = loudness(timeline, clips, Style("none", breath_tones=breath_tones), cue.start, cue.end)
        assert -34 < lufs < -26, "about 12 LU below speech"


# Mono


def test_a_mono_session_is_as_loud_as_a_stereo_one(folder: Path, custom: dict[str, Clip]):
    cues = [
        speech(2000),
        Cue(Ms(20_000), Ms(4000), BellStroke()),
        Cue(Ms(40_000), Ms(4000), BreathTone("in", 0, 1)),
    ]
    timeline, clips = timeline_of(cues, folder)
    in_mono = {custom["ambience"]: custom["mono ambience"]}
    for style, parts in (
        (Style("none"), ((2000, 4000), (20_000, 24_000), (40_000, 44_000))),
        (Style("none", custom["bell"]), ((20_000, 24_000),)),
        (Style(custom["ambience"]), ((60_000, 80_000),)),
    ):
        mono = replace(style, stereo=False, ambience=in_mono.get(style.ambience, style.ambience))
        for part in parts:
            two, one = (loudness(timeline, clips, each, *part) for each in (style, mono))
            assert one == pytest.approx(two, abs=0.1)


# Missing clips


@pytest.mark.parametrize("problem", ["missing", "too short", "too long", "stereo", "empty"])
def test_a_clip_that_does_not_match_the_timeline_is_an_error(tmp_path: Path, problem: str):
    timeline, clips = timeline_of([speech(2000)], tmp_path)
    path = clips[Line(WORDS[0])].path
    match problem:
        case "missing":
            path.unlink()
        case "too short":
            write_wav(path, np.zeros(samples(1000)))
        case "too long":
            timeline = replace(timeline, cues=(replace(timeline.cues[0], length=Ms(2500)),))
        case "stereo":
            write_wav(path, np.zeros(2 * samples(2000)), channels=2)
        case "empty":
            path.write_bytes(b"")
    with pytest.raises(ClipGone, match="build again"):
        mix(timeline, clips, Style("none"), 0, 5000)


@pytest.mark.parametrize("part", ["ambience", "bell"])
def test_an_authors_sound_that_is_missing_is_an_error(tmp_path: Path, part: str):
    timeline, clips = timeline_of([Cue(Ms(2000), Ms(4000), BellStroke())], tmp_path)
    missing: dict[str, Any] = {part: Clip("key", tmp_path / "no.wav", Ms(24_000))}
    with pytest.raises(ClipGone, match="build again"):
        mix(timeline, clips, replace(Style("none"), **missing), 0, 5000)
