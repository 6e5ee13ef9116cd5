"""The mix: any interval is that of the whole, and every sound stands where the plan says, as loud as promised."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import BREATH, PLACE, WORDS, as_signal, make_clip, session, shortened, voice, write_wav

from audio_builder.audio import level, meter, recordings
from audio_builder.audio.beds import BED_LUFS, BEDS, ROOM_LUFS, bed_loops
from audio_builder.audio.chimes import BELLS
from audio_builder.audio.clip import Clip, open_clip
from audio_builder.audio.mix import curves
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.cache import Cache
from audio_builder.errors import BadSound
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

LENGTH = 90_337
NAMES = [name for name, bed in BEDS.items() if bed]
DUCKED = [name for name, bed in BEDS.items() if bed and bed.ducked]
SILENT = Style("none", "none", breath_tones=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def own(folder: Path) -> dict[str, Clip]:
    """An author's bed and bell."""
    cache = Cache(folder / "cache")
    noise = np.random.default_rng(3).standard_normal(2 * samples(11_000)) * 0.05
    strike = voice(9000, 5) * np.exp(-np.arange(samples(9000)) / samples(2000))
    return {
        "bed": recordings.bed_clip(write_wav(folder / "bed.wav", noise, channels=2), cache, 2),
        "bed in mono": recordings.bed_clip(folder / "bed.wav", cache, 1),
        "bell": recordings.bell_clip(write_wav(folder / "bell.wav", strike), cache),
    }


# Any interval


@dataclass
class Whole:
    """A session mixed in one go, to beyond its end."""

    plan: Timeline
    clips: dict[Sound, Clip]
    style: Style
    sound: np.ndarray


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory, own: dict[str, Clip]) -> list[Whole]:
    """Sessions of every bed, of loud clips turned up and down."""
    folder, made = tmp_path_factory.mktemp("wholes"), []
    for style in (
        Style("room", "bell", gain_db=-2.5),
        Style("brown", "bowl", stereo=False, gain_db=4.0),
        Style("pink", "bowl", gain_db=2.25),
        Style("rain", own["bell"], stereo=False, gain_db=6.0),
        Style("ocean", "bowl", gain_db=4.75),
        Style("drone", "bell", stereo=False, gain_db=1.0),
        Style("none", "wood", breath_tones=False, gain_db=3.0),
        Style(own["bed"], own["bell"], gain_db=5.0),
    ):
        ending = "wake" if style.stereo else "sleep"
        plan, clips = session(folder, 2 * LENGTH, ending, played=9000, level=0.5)
        plan = shortened(plan, LENGTH)
        sound = as_array(mix(plan, clips, style, 0, LENGTH + 100))
        made.append(Whole(plan, clips, style, sound))
    return made


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_interval_is_that_interval_of_the_whole(wholes: list[Whole], data):
    whole = data.draw(st.sampled_from(wholes))
    borders = sorted({b + d for cue in whole.plan.cues for b in (cue.start, cue.end) for d in (-1, 0, 1)})
    moment = st.one_of(st.integers(0, LENGTH + 100), st.sampled_from(borders))
    start = data.draw(moment)
    end = data.draw(st.integers(start, min(start + 12_000, LENGTH + 100)))
    part = as_array(mix(whole.plan, whole.clips, whole.style, start, end))
    assert np.array_equal(part, whole.sound[samples(start) : samples(end)])


def test_it_is_as_long_as_asked_to_the_sample_and_nothing_after_the_end(wholes: list[Whole]):
    for whole in wholes:
        assert whole.sound.shape == (samples(LENGTH + 100), 2 if whole.style.stereo else 1)
        assert not whole.sound[samples(whole.plan.length) :].any()


def test_nothing_is_before_the_beginning(wholes: list[Whole]):
    part = as_array(mix(wholes[0].plan, wholes[0].clips, wholes[0].style, -500, 500))
    assert not part[: samples(500)].any()
    assert np.array_equal(part[samples(500) :], wholes[0].sound[: samples(500)])


def test_loud_words_are_held_and_what_lies_under_them_does_not_make_the_sum_too_loud(wholes: list[Whole]):
    touched = 0
    for whole in wholes:
        top = 32768 * 10 ** (level.PEAK_DBFS["stereo" if whole.style.stereo else "mono"] / 20)
        assert np.abs(whole.sound.astype(int)).max() <= top + 1
        touched += int(np.abs(whole.sound.astype(int)).max() >= top - 1)
    assert touched >= 4  # the second limiter was at work


# Words


def lone(
    cues: list[Cue], folder: Path, length: int = 400_000, spans: tuple[ElasticGap, ...] = (), ending="wake"
):
    """A plan of these cues alone, and clips that no limiter touches."""
    clips: dict[Sound, Clip] = {Line(words): make_clip(folder, 2000, n, 0.1) for n, words in enumerate(WORDS)}
    return Timeline("T", Ms(length), ending, tuple(cues), (), elastic_gaps=spans), clips


def speech(start: int, n: int = 0) -> Cue:
    return Cue(Ms(start), Ms(2000), Utterance(Line(WORDS[n]), PLACE))


def hushed(clips: dict[Sound, Clip], folder: Path) -> dict[Sound, Clip]:
    """Clips of silence in the place of words: what is heard then is the rest."""
    hush = write_wav(folder / "hush.wav", np.zeros(samples(2000)))
    return {sound: replace(clip, path=hush) for sound, clip in clips.items()}


def power(plan, clips, style, start: int, end: int) -> float:
    return float((as_array(mix(plan, clips, style, start, end)).astype(float) ** 2).mean())


def loudness(plan, clips, style, start: int, end: int) -> float:
    return meter.integrated(meter.hop_powers([as_signal(as_array(mix(plan, clips, style, start, end)))]))


def decibels(ratio: float) -> float:
    return 10 * np.log10(ratio)


def test_a_part_that_begins_just_after_a_peak_of_words_over_a_bell_is_as_in_the_whole(tmp_path: Path):
    location = np.arange(samples(2000))
    hum = (
        0.25
        * np.sin(2 * np.pi * 441 * location / 48_000)
        * np.where(location % samples(250) < samples(2), 3, 1)
    )
    line = Line("Hum.")
    clips: dict[Sound, Clip] = {line: Clip("hum", write_wav(tmp_path / "hum.wav", hum), Ms(2000))}
    cues = (Cue(Ms(3800), Ms(200), BellStroke()), Cue(Ms(4000), Ms(2000), Utterance(line, PLACE)))
    plan = Timeline("T", Ms(60_000), "wake", cues, ())
    whole = as_array(mix(plan, clips, Style("pink"), 0, 7000))
    for start in range(4250, 4350):
        part = as_array(mix(plan, clips, Style("pink"), start, start + 40))
        assert np.array_equal(part, whole[samples(start) : samples(start + 40)])


def test_speech_stands_where_the_plan_says_and_nothing_of_it_is_lost(folder: Path):
    plan, clips = session(folder, 170_000, level=0.05)
    plain = 10 ** ((level.HEADROOM_DB - 1.5) / 20)
    sound = as_array(mix(plan, clips, replace(SILENT, gain_db=-1.5), 0, plan.length)).astype(float)
    for at, cue in enumerate(plan.cues):
        if isinstance(cue.content, Utterance):
            here = sound[samples(cue.start) : samples(cue.end)]
            gain = plain * (10 ** (-3 / 20) if curves.is_soft(plan, at) else 1)
            assert np.abs(here - open_clip(clips[cue.content.line], 1) * gain).max() <= 1
            here[:] = 0
    assert not sound.any()


def test_words_after_a_minute_without_any_and_in_a_long_rest_come_3_db_softer(folder: Path):
    spans = (
        ElasticGap(Ms(200_000), Ms(90_000), "rest", PLACE),
        ElasticGap(Ms(300_000), Ms(30_000), "rest", PLACE),
        ElasticGap(Ms(340_000), Ms(61_000), "silence", PLACE),
    )
    starts = (2000, 5000, 70_000, 75_000, 160_000, 195_000, 230_000, 292_000, 310_000, 350_000)
    plan, clips = lone([speech(s) for s in starts], folder, 420_000, spans)
    loud = power(plan, clips, SILENT, 2000, 4000)
    softer = [round(decibels(power(plan, clips, SILENT, s, s + 2000) / loud)) for s in starts]
    assert softer == [0, 0, -3, 0, -3, 0, -3, -3, 0, 0]


@pytest.mark.parametrize("before", [(), (Cue(Ms(65_000), Ms(4000), BellStroke()),)])
def test_the_first_words_come_softer_where_they_come_late(folder: Path, before: tuple[Cue, ...]):
    for start in (59_000, 61_000):
        plan, _ = lone([*(cue for cue in before if cue.end < start), speech(start)], folder)
        assert curves.is_soft(plan, len(plan.cues) - 1) == (start >= 60_000)


def test_the_gain_turns_words_and_matched_recordings_and_leaves_what_is_as_it_is(folder: Path):
    mine, kept = Recording("mine.wav"), Recording("kept.wav", as_is=True)
    cues = [
        Cue(Ms(start), Ms(2000), PlayedRecording(recording, "", PLACE))
        for start, recording in ((2000, mine), (5000, kept), (100_000, mine), (200_000, kept))
    ]
    plan, clips = lone([*cues[:2], speech(8000), *cues[2:]], folder)
    clips |= {mine: make_clip(folder, 2000, 7, 0.1), kept: make_clip(folder, 2000, 8, 0.1)}
    heard = [power(plan, clips, replace(SILENT, gain_db=-2.0), c.start, c.end) for c in plan.cues]
    clip = {s: float((open_clip(c, 1).astype(float) ** 2).mean()) for s, c in clips.items()}
    said = (mine, kept, Line(WORDS[0]), mine, kept)
    turned = [decibels(h / clip[sound]) for h, sound in zip(heard, said, strict=True)]
    matched = level.HEADROOM_DB - 2.0
    assert turned == pytest.approx([matched, 0, matched, matched - 3, 0], abs=0.05)


# The bed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stereo", [True, False])
def test_a_bed_has_its_level_in_pauses_and_makes_way_for_speech(folder: Path, name: str, stereo: bool):
    starts = range(
        150_000, 200_000, 4500
    )  # words for as long as the loop lasts, with pauses as between sentences
    plan, clips = lone([speech(start) for start in starts], folder)
    clips, style = hushed(clips, folder), Style(name, stereo=stereo)
    aim = BED_LUFS if BEDS[name].ducked else ROOM_LUFS
    assert loudness(plan, clips, style, 60_000, 90_000) == pytest.approx(aim, abs=0.3)
    under = aim - 6 if BEDS[name].ducked else aim
    assert loudness(plan, clips, style, 150_000, 180_000) == pytest.approx(under, abs=0.3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stereo", [True, False])
def test_a_bed_never_rises_by_more_than_3_lu_in_a_second_and_comes_back(
    folder: Path, name: str, stereo: bool
):
    breath = ElasticGap(Ms(46_300), Ms(30_000), "breathe", PLACE, BREATH)
    plan, clips = lone(
        [speech(s) for s in (10_000, 20_700, 36_000, 77_000)],
        folder,
        110_000,
        (breath,),
    )
    sound = as_array(mix(plan, hushed(clips, folder), Style(name, stereo=stereo, breath_tones=False), 3000, 98_000))
    levels = meter.momentary(meter.hop_powers([as_signal(sound)]))
    rises = [(levels[gap:] - levels[:-gap]).max() for gap in range(5, meter.SECOND_HOPS + 1, 5)]
    assert max(rises) < 3


@pytest.mark.parametrize("name", NAMES)
def test_wherever_in_its_loop_a_bed_comes_back_it_rises_by_less_than_3_lu_in_a_second(name: str):
    for made in bed_loops(name):
        for sides in (2, 1):
            turns = as_signal(np.concatenate([made, made])[:, :sides])
            levels = meter.momentary(meter.hop_powers([turns]))
            for gap in range(1, meter.SECOND_HOPS + 1):
                by_itself = (levels[gap:] - levels[:-gap]).max()
                assert by_itself + curves.RISE_DB_PER_SECOND * gap / meter.SECOND_HOPS < 3


def curve(plan: Timeline, start: int, end: int, swell: float = 0.0) -> np.ndarray:
    """The dB of a ducked bed at each millisecond."""
    return 20 * np.log10(curves.bed_gain(plan, np.arange(start, end + 1), True, swell))


def test_a_bed_goes_down_and_up_along_one_smooth_curve(folder: Path):
    plan, _ = lone([speech(100_000), speech(103_500), speech(110_000)], folder)
    down = curve(plan, 95_000, 125_000)
    steps = np.diff(down)
    assert steps.max() <= curves.RISE_DB_PER_SECOND / 1000 + 2e-5
    assert steps.min() >= -6 * 1.5 / 700 - 1e-5  # within 0.7 s, the steepest part half as steep again
    assert down[:4300] == pytest.approx(0, abs=1e-4)
    for first, last in (
        (5000, 12_500),
        (15_000, 19_000),
    ):  # speech, the pause within it, and two seconds more
        assert down[first:last] == pytest.approx(-6, abs=1e-4)
    assert -6 < down[13_500:14_500].max() < -2
    assert down[-2000:] == pytest.approx(0, abs=1e-4)
    plan, _ = lone([speech(100_000)], folder)
    bends = np.abs(np.diff(curve(plan, 95_000, 115_000), 2))
    assert bends.max() <= curves.RISE_DB_PER_SECOND / 1000 + 4e-5  # its sharpest corner is where it has come back


@pytest.mark.parametrize(("ending", "fade"), [("wake", 8000), ("sleep", 30_000)])
def test_the_bed_comes_and_goes_and_the_end_is_quiet(folder: Path, ending, fade: int):
    plan, clips = lone([speech(150_000)], folder, ending=ending)
    style, end = Style("pink"), plan.length - 3000
    middle = power(plan, clips, style, 100_000, 110_000)
    assert decibels(power(plan, clips, style, 0, 200) / middle) < -25
    assert decibels(power(plan, clips, style, 2500, 9000) / middle) == pytest.approx(0, abs=1)
    before = power(plan, clips, style, end - fade - 5000, end - fade)
    assert decibels(before / middle) == pytest.approx(0, abs=1)
    halfway = power(plan, clips, style, end - fade // 2 - 500, end - fade // 2 + 500)
    assert decibels(halfway / middle) < -4
    assert power(plan, clips, style, end, plan.length) == 0


def test_an_authors_bed_makes_way_fades_and_goes_round(folder: Path, own: dict[str, Clip]):
    starts = range(150_000, 170_000, 4500)
    plan, clips = lone([speech(start) for start in starts], folder)
    style, clips = Style(own["bed"]), hushed(clips, folder)
    assert loudness(plan, clips, style, 60_000, 90_000) == pytest.approx(BED_LUFS, abs=0.3)
    assert loudness(plan, clips, style, 150_000, 165_000) == pytest.approx(BED_LUFS - 6, abs=0.3)
    size = own["bed"].length
    assert size % 24 == 0
    turns = [mix(plan, clips, style, at, at + 5000).raw_data for at in (30_000, 30_000 + size)]
    assert turns[0] == turns[1]
    assert power(plan, clips, style, plan.length - 3000, plan.length) == 0


# Waves


def breathing(pattern: Pattern, start: int = 103_700, length: int = 300_000) -> Timeline:
    """A plan of one block of paced breath, of a minute or more, and its tones."""
    cycles = -(-60_000 // pattern.cycle)
    cues = []
    for n in range(cycles):
        begin = start + n * pattern.cycle
        cues.append(Cue(Ms(begin), pattern.inhale, BreathTone("in", n, cycles)))
        out = begin + pattern.inhale + pattern.full
        cues.append(Cue(Ms(out), pattern.exhale, BreathTone("out", n, cycles)))
    span = ElasticGap(Ms(start), Ms(cycles * pattern.cycle), "breathe", PLACE, pattern)
    return Timeline("T", Ms(length), "wake", tuple(cues), (), elastic_gaps=(span,))


def lungs(pattern: Pattern, location: np.ndarray) -> np.ndarray:
    """How full they are, straight up and straight down, in milliseconds from the beginning of a block."""
    location = location % pattern.cycle
    gone = location - pattern.inhale - pattern.full
    return np.clip(location / pattern.inhale, 0, 1) - np.clip(gone / pattern.exhale, 0, 1)


def momentary(plan: Timeline, style: Style, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """The momentary loudness, and the middle of its windows in milliseconds."""
    levels = meter.momentary(meter.hop_powers([as_signal(as_array(mix(plan, {}, style, start, end)))]))
    return levels, start + 10 * np.arange(len(levels)) + 200


@pytest.mark.parametrize(
    "pattern",
    [
        BREATH,
        Pattern(Ms(4000), Ms(0), Ms(4000), Ms(0)),
        Pattern(Ms(4000), Ms(2000), Ms(7000), Ms(1500)),
        Pattern(Ms(10_000), Ms(0), Ms(12_000), Ms(0)),
    ],
)
def test_the_ocean_rises_on_the_in_breath_and_falls_on_the_out_breath(pattern: Pattern):
    plan = breathing(pattern)
    span = plan.elastic_gaps[0]
    levels, where = momentary(plan, Style("ocean", breath_tones=False, stereo=False), span.start, span.end)
    follows = np.corrcoef(levels, lungs(pattern, where - span.start))[0, 1]
    assert follows > 0.95
    assert levels.max() - levels.min() > 4  # a wave, not a ripple


def test_the_ocean_is_the_same_with_breath_tones_and_without():
    plan = breathing(BREATH)
    at = plan.elastic_gaps[0].start + 4000, plan.elastic_gaps[0].start + 14_000
    waves, tones, both = (
        as_array(mix(plan, {}, style, *at)).astype(int)
        for style in (Style("ocean", breath_tones=False), Style("none"), Style("ocean"))
    )
    assert np.abs(both - waves - tones).max() <= 1


def test_the_ocean_rolls_by_itself_elsewhere_and_comes_back_into_step_with_its_loop():
    plan = breathing(BREATH)
    alone, span = replace(plan, cues=(), elastic_gaps=()), plan.elastic_gaps[0]
    style = Style("ocean", breath_tones=False, stereo=False)
    for start, end in ((60_000, span.start - 3000), (span.end + 8000, 290_000)):
        assert mix(plan, {}, style, start, end).raw_data == mix(alone, {}, style, start, end).raw_data
    assert mix(plan, {}, style, 40_000, 70_000).raw_data == mix(plan, {}, style, 70_000, 100_000).raw_data
    levels, _ = momentary(plan, style, 40_000, 100_000)
    assert 4 < levels.max() - levels.min() < 9
    # on either side of the block the waves are neither in step with its breath nor cut off
    height = curves.wave_height(plan, np.arange(span.start - 10_000, span.end + 10_000))
    assert np.abs(np.diff(height)).max() < 0.001


# Bells and tones


def test_speech_next_to_the_ends_is_whole_and_the_last_bell_dies_before_the_quiet_end(folder: Path):
    last = 400_000 - 3000
    plan, clips = lone(
        [speech(2000), speech(last - 6000), Cue(Ms(last - 4000), Ms(4000), BellStroke())], folder
    )
    style = Style("none")
    first, again = (power(plan, clips, style, s, s + 2000) for s in (2000, last - 6000))
    # softer for the silence before it, not for the fade
    assert decibels(again / first) == pytest.approx(-3, abs=0.1)
    assert power(plan, clips, style, last - 4000, last - 3000) > 0
    assert power(plan, clips, style, last, plan.length) == 0


def test_a_bell_rings_on_beneath_what_follows_and_a_silent_one_does_not(folder: Path):
    for audible in (True, False):
        plan, clips = lone([speech(2000), Cue(Ms(50_000), Ms(4000), BellStroke(audible))], folder)
        assert (power(plan, clips, Style("none"), 56_000, 58_000) > 0) == audible
        assert power(plan, clips, Style("none"), 50_000 + 15_000, 90_000) == 0


@pytest.mark.parametrize("stereo", [True, False])
def test_the_first_bell_that_is_heard_is_the_softest_and_all_are_4_to_8_lu_under_speech(
    folder: Path, own: dict[str, Clip], stereo: bool
):
    strokes = [Cue(Ms(s), Ms(4000), BellStroke(s > 50_000)) for s in (50_000, 100_000, 150_000, 200_000)]
    plan, clips = lone(strokes, folder)
    for bell in (*(name for name, make in BELLS.items() if make), own["bell"]):
        style = Style("none", bell, stereo=stereo)
        assert power(plan, clips, style, 50_000, 54_000) == 0
        first, second, third = (momentary(plan, style, c.start, c.end)[0].max() for c in strokes[1:])
        assert second - first == pytest.approx(2, abs=0.05)
        assert third == second
        assert 4 <= level.SPEECH_LUFS - second < level.SPEECH_LUFS - first <= 8


def test_no_choice_of_bell_moves_anything_and_none_is_silent(folder: Path):
    plan, clips = lone([Cue(Ms(50_000), Ms(4000), BellStroke())], folder)
    for name, make in BELLS.items():
        assert (power(plan, clips, Style("none", name), 50_000, 54_000) > 0) == (make is not None)


def test_breath_tones_soften_over_a_block_and_can_be_left_out(folder: Path):
    cues = [Cue(Ms(50_000 + 10_000 * n), Ms(4000), BreathTone("in", n, 5)) for n in range(5)]
    plan, clips = lone(cues, folder)
    powers = [power(plan, clips, Style("none"), c.start, c.end) for c in cues]
    assert [round(decibels(p / powers[0])) for p in powers] == [0, -3, -6, -9, -12]
    assert power(plan, clips, Style("none", breath_tones=False), 50_000, 54_000) == 0


def test_a_count_in_is_heard_as_softly_as_breath_whatever_the_style(folder: Path):
    plan, clips = lone([speech(60_000)], folder)
    later = with_preroll(plan, Ms(20_000))
    for tones in (True, False):
        for cue in later.cues[:3]:
            loud = loudness(later, clips, Style("none", breath_tones=tones), cue.start, cue.end)
            assert -34 < loud < -26, "some 12 LU under speech"


# Mono


def test_one_channel_is_as_loud_as_two(folder: Path, own: dict[str, Clip]):
    cues = [
        speech(2000),
        Cue(Ms(20_000), Ms(4000), BellStroke()),
        Cue(Ms(40_000), Ms(4000), BreathTone("in", 0, 1)),
    ]
    plan, clips = lone(cues, folder)
    for style, parts in (
        (Style("none"), ((2000, 4000), (20_000, 24_000), (40_000, 44_000))),
        (Style("none", own["bell"]), ((20_000, 24_000),)),
        (Style(own["bed"]), ((60_000, 80_000),)),
    ):
        alone = replace(style, stereo=False)
        if isinstance(style.ambience, Clip):
            alone = replace(alone, ambience=own["bed in mono"])
        for part in parts:
            two, one = (loudness(plan, clips, how, *part) for how in (style, alone))
            assert one == pytest.approx(two, abs=0.1)


# What is gone


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


@pytest.mark.parametrize("part", ["ambience", "bell"])
def test_an_authors_sound_that_is_gone_is_told(tmp_path: Path, part: str):
    plan, clips = lone([Cue(Ms(2000), Ms(4000), BellStroke())], tmp_path)
    gone = Clip("key", tmp_path / "no.wav", Ms(24_000))
    with pytest.raises(BadSound, match="build again"):
        mix(plan, clips, replace(Style(), **{part: gone}), 0, 5000)
