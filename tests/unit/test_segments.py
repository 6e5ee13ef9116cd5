"""Frames that are encoded once for many places: which they are, and that they are as good as any."""

import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import BREATH, session, voice, write_wav

from audio_builder import ffmpeg
from audio_builder.audio import chimes, recordings
from audio_builder.audio.beds import BEDS
from audio_builder.audio.chimes import BELLS
from audio_builder.audio.mix import steady
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.cache import Cache
from audio_builder.errors import EncodeFailed
from audio_builder.mp3 import encode, lame
from audio_builder.planning.preroll import with_preroll
from audio_builder.planning.timeline import BreathTone, Utterance
from audio_builder.script.model import Pattern
from audio_builder.session import repeating, segments
from audio_builder.session.session import Session
from audio_builder.units import Ms

LENGTH = 332_109
PATTERNS = {
    "4-6": BREATH,
    "4-2-6-2": Pattern(Ms(4000), Ms(2000), Ms(6000), Ms(2000)),
    "4.1-5.9": Pattern(Ms(4100), Ms(0), Ms(5900), Ms(0)),
    "5.5-1-6.6": Pattern(Ms(5500), Ms(1000), Ms(6600), Ms(0)),
}


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory):
    """A plan of five minutes with its clips, the author's own bed and a cache."""
    folder = tmp_path_factory.mktemp("hand")
    cache = Cache(folder / "cache")
    noise = np.random.default_rng(3).standard_normal(2 * 48 * 7_000) * 0.05
    recorded = write_wav(folder / "bed.wav", noise, channels=2)
    plans = {name: session(folder, LENGTH, pattern=pattern)[0] for name, pattern in PATTERNS.items()}
    return (
        session(folder, LENGTH),
        {
            "own": Style(
                recordings.bed_clip(recorded, cache, 2),
                recordings.bell_clip(write_wav(folder / "bell.wav", voice(3000)), cache),
            ),
            "own mono": Style(recordings.bed_clip(recorded, cache, 1), stereo=False),
        },
        plans,
    )


def style(hand, bed: str, bell: str = "bowl", tones: bool = True, stereo: bool = True) -> Style:
    return hand[1].get(bed) or Style(bed, bell, tones, stereo, 2.5)


@settings(max_examples=60, deadline=None)
@given(
    bed=st.sampled_from([*BEDS, "own", "own mono"]),
    bell=st.sampled_from([*BELLS]),
    tones=st.booleans(),
    stereo=st.booleans(),
    warm_up=st.sampled_from([0, 30_000]),
    at=st.floats(0, 1),
)
def test_where_a_session_is_still_its_mix_is_that_of_its_bed(hand, bed, bell, tones, stereo, warm_up, at):
    (plan, clips), how = hand[0], style(hand, bed, bell, tones, stereo)
    plan = with_preroll(plan, Ms(warm_up))
    found = [*steady.steady_bed(plan, how)]
    assert found
    assert all(start < end for start, end in found)
    assert all(end < start for (_, end), (start, _) in pairwise(found))
    start, end = found[int(at * (len(found) - 1))]
    for begin in (start, max(start, min(end, plan.length) - 3000)):  # just after something, and just before
        upto = min(begin + 3000, end)
        turned = begin % steady.bed_period(how)
        heard = as_array(mix(plan, clips, how, begin, upto))
        assert np.array_equal(heard, as_array(steady.mix_bed(how, turned, turned + upto - begin)))


@pytest.mark.parametrize("bed", [*BEDS, "own"])
def test_a_session_is_still_where_it_rests(hand, bed):
    """Two rests of a minute and more, less what a bell and the bed's way back from under words take."""
    quiet = sum(end - start for start, end in steady.steady_bed(hand[0][0], style(hand, bed)) if end < LENGTH)
    assert quiet > 70_000


@settings(max_examples=30, deadline=None)
@given(tones=st.booleans(), warm_up=st.sampled_from([0, 30_000]), at=st.floats(0, 1))
def test_beneath_words_and_tones_the_side_is_that_of_a_faint_bed(hand, tones, warm_up, at):
    plan, clips, how = with_preroll(hand[0][0], Ms(warm_up)), hand[0][1], style(hand, "room", tones=tones)
    ((start, end),) = steady.steady_side(plan, how)
    begin = start + round(at * (end - start - 3000))
    turned = begin % steady.bed_period(how)
    heard, alone = (
        as_array(sound).astype(int) @ (1, -1)
        for sound in (mix(plan, clips, how, begin, begin + 3000), steady.mix_bed(how, turned, turned + 3000))
    )
    assert np.array_equal(heard, alone)


@settings(max_examples=40, deadline=None)
@given(
    pattern=st.sampled_from([*PATTERNS]),
    stereo=st.booleans(),
    warm_up=st.sampled_from([0, 30_000, 30_007]),
    at=st.floats(0, 1),
)
def test_paced_breath_over_silence_is_the_same_but_softer(hand, pattern, stereo, warm_up, at):
    plan, clips = with_preroll(hand[2][pattern], Ms(warm_up)), hand[0][1]
    how = style(hand, "none", stereo=stereo)
    found = [*steady.steady_breath(plan, how)]
    assert sum(end - start for start, end, _ in found) > 30_000
    start, end, block = found[round(at * (len(found) - 1))]
    cycle = block.pattern.cycle
    for nth in range((start - block.start) // cycle, block.cycles):
        begin = max(block.start + nth * cycle, start)
        upto = min(block.start + (nth + 1) * cycle, end)
        loop, frame = repeating.breath(how, block.pattern, block.start)
        place = begin - frame * 24 + 24 * loop.period  # any time later it is the same
        heard, alone = (
            as_array(sound).astype(float)
            for sound in (
                mix(plan, clips, how, begin, upto),
                steady.mix_breath(block.pattern, loop.phase, stereo, place, place + upto - begin),
            )
        )
        turned = 2 ** (-chimes.steps_down(nth, block.cycles) / 4)
        assert np.abs(heard - turned * alone).max() <= 3  # they are rounded twice


def test_breath_with_words_does_not_come_round(hand):
    plan, how = hand[0][0], style(hand, "none")
    blocks = [span for span in plan.chunks if span.pattern]
    first = blocks[0].start
    spoken = next(cue for cue in plan.cues if isinstance(cue.content, Utterance))
    cues = tuple(
        replace(spoken, start=cue.start) if cue.start == first and isinstance(cue.content, BreathTone) else cue
        for cue in plan.cues
    )
    begin = min(start for start, _, _ in steady.steady_breath(replace(plan, cues=cues), how))
    assert begin >= first + blocks[0].pattern.cycle
    assert not [*steady.steady_breath(plan, style(hand, "none", tones=False))]
    assert not [*steady.steady_breath(plan, style(hand, "room"))]


@pytest.mark.parametrize("bed", [*BEDS, "own", "own mono"])
@pytest.mark.parametrize("stereo", [True, False])
def test_only_the_room_in_stereo_is_faint(hand, bed, stereo):
    how = style(hand, bed, stereo=stereo)
    assert steady.has_faint_bed(how) == (bed == "room" and stereo)
    sides = {part.loop is not None for span in Session(*hand[0], how).chunks for part in span.encoded}
    assert sides == ({True, False} if steady.has_faint_bed(how) else {False})


@pytest.mark.parametrize("bed", ["room", "ocean", "none", "own mono"])
@pytest.mark.parametrize("tones", [True, False])
@pytest.mark.parametrize("pattern", [*PATTERNS])
@pytest.mark.parametrize("warm_up", [0, 30_007])
def test_spans_are_all_frames_once_and_none_is_large(hand, bed, tones, pattern, warm_up):
    frames = encode.frame_count((LENGTH + warm_up) * 48)
    plan = with_preroll(hand[2][pattern], Ms(warm_up))
    made = segments.chunks(plan, style(hand, bed, tones=tones), frames)
    assert [span.first for span in made] == [0, *(span.last for span in made[:-1])]
    assert made[-1].last == frames
    for span in made:
        assert span.first == span.parts[0].first
        assert all(before.last == part.first for before, part in pairwise(span.parts))
        assert span.last == span.parts[-1].last
        own = [frame for part in span.encoded for frame in range(part.first, part.last)]
        assert len(own) <= segments.ENCODED
        assert 0 < span.last - span.first < segments.LONG + segments.ENCODED
        assert own == sorted({*own} & {*range(span.first, span.last)})


def decoded(frames: bytes, channels: int) -> np.ndarray:
    """Samples in the places of the PCM that they were made from."""
    raw = ffmpeg.run(["-f", "mp3", "-i", "pipe:0", "-f", "f32le", "pipe:1"], frames)
    return np.frombuffer(raw, "<f4").reshape(-1, channels)[1105:].astype(float)


@pytest.mark.parametrize("stereo", [True, False])
@pytest.mark.parametrize("bed", [*BEDS, "own", "none 4-2-6-2"])
def test_reuse_and_parts_add_less_than_the_noise_that_encoding_makes(hand, bed, stereo):
    """Against the same sound encoded in one go: what differs is below what either loses, and the noise is no more. The
    one bed whose side alone is reused under words is another encoding: of that, the noise is no more."""
    bed, _, pattern = bed.partition(" ")
    plan, clips = hand[2][pattern or "4-6"], hand[0][1]
    how = style(hand, bed if stereo or bed != "own" else "own mono", stereo=stereo)
    made = Session(plan, clips, how)
    channels = 2 if stereo else 1
    pcm = b"".join(
        mix(plan, clips, how, at, min(at + 12_000, (made.frames + encode.LOOK_AHEAD_FRAMES) * 24)).raw_data
        for at in range(0, (made.frames + encode.LOOK_AHEAD_FRAMES) * 24, 12_000)
    )
    (straight,) = encode.encode([encode.EncoderInput(pcm, 0, made.frames)], stereo)
    parts = b"".join(made.chunk(n) for n in range(len(made.chunks)))
    size = encode.frame_size(stereo)
    differ = [
        n
        for n in range(made.frames)
        if parts[n * size : n * size + size] != straight[n * size : n * size + size]
    ]
    reused = made.frames - sum(part.last - part.first for span in made.chunks for part in span.encoded)
    print(f"{bed}: {len(differ)} of {made.frames} frames differ, {reused} come round")
    if not differ:
        return
    whole, other = decoded(straight, channels), decoded(parts, channels)
    sound = np.frombuffer(pcm, "<i2").reshape(-1, channels)[: len(whole)] / 32768
    spoken = np.zeros(len(whole), bool)
    for n in differ:
        spoken[max(0, n - 1) * 1152 : (n + 1) * 1152] = True
    noise, added, mine = ((x[spoken] ** 2).mean() for x in (whole - sound, whole - other, other - sound))
    if steady.has_faint_bed(how):
        assert mine <= noise, "another way of encoding, which may lose no more"
    else:
        assert added <= noise
        assert mine <= 2 * noise, (
            "LAME decides anew what it codes how finely: of a few frames it is more, or less"
        )


def test_what_was_encoded_is_not_encoded_again(hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    plan, clips = hand[0]
    cache = Cache(tmp_path / "cache")
    how = Style("pink", stereo=False)
    whole = Session(plan, clips, how, store=cache).write(tmp_path / "a.mp3", 2)
    name = encode.encoder()
    monkeypatch.setattr(encode, "encoder", lambda: name)  # its keys, but nothing that encodes
    monkeypatch.setattr(lame, "library", lambda: None)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/bin/false")
    assert Session(plan, clips, how, store=cache).write(tmp_path / "b.mp3", 1) == whole
    with pytest.raises(EncodeFailed):
        Session(plan, clips, how).write(tmp_path / "c.mp3", 1)
    monkeypatch.undo()
    kept = sorted((tmp_path / "cache").glob("??/*.frames"))
    kept[0].write_bytes(b"")
    kept[1].write_bytes(kept[1].read_bytes()[:-1])
    kept[2].write_bytes(bytes(kept[2].stat().st_size))
    assert Session(plan, clips, how, store=cache).write(tmp_path / "d.mp3", 2) == whole
    cache.clear()
    assert Session(plan, clips, how, store=cache).write(tmp_path / "e.mp3", 2) == whole


def test_frames_of_many_stretches_are_those_of_each():
    """The encoder is the same one, but each stretch has its own lead, so that what came before is forgotten."""
    loud = (np.sin(np.arange(48_000) * 0.05) * 12_000).astype("<i2")
    pcm = np.concatenate([loud, loud])[: 30 * 1152].tobytes()
    quiet = bytes(30 * 1152 * 2)
    stretches = [
        encode.EncoderInput(x, encode.WARM_UP_FRAMES, 30 - encode.WARM_UP_FRAMES - encode.LOOK_AHEAD_FRAMES)
        for x in (pcm, quiet, pcm)
    ]
    made = encode.encode(stretches, stereo=False)
    assert [len(frames) for frames in made] == [20 * 192] * 3
    assert made[1] == encode.encode([stretches[1]], stereo=False)[0]


def test_ffmpeg_reads_what_is_put_together(hand, tmp_path: Path):
    Session(*hand[0], Style("none")).write(tmp_path / "s.mp3", 2)
    done = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", str(tmp_path / "s.mp3"), "-f", "null", "-"],
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
