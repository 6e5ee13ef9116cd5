"""Frames and the header before them."""

import stat
import subprocess
from pathlib import Path

import numpy as np
import pytest

from audio_builder import ffmpeg
from audio_builder.errors import EncodeFailed
from audio_builder.mp3 import encode, frame, joint_stereo, lame


def silence(frames: int, stereo: bool) -> bytes:
    return bytes(frames * 1152 * 2 * (2 if stereo else 1))


def encoded(pcm: bytes, warm_up: int, frames: int, stereo: bool) -> bytes:
    (made,) = encode.encode([encode.EncoderInput(pcm, warm_up, frames)], stereo)
    return made


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("stereo", [True, False])
def test_a_span_is_exactly_its_frames(stereo: bool):
    span = encoded(silence(3 + 10 + encode.LOOK_AHEAD_FRAMES, stereo), 3, 10, stereo)
    assert len(span) == 10 * encode.frame_size(stereo)


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("stereo", [True, False])
@pytest.mark.parametrize("hertz", [97, 440, 997, 3000])
@pytest.mark.parametrize("amplitude", [0.01, 0.2, 0.7])
def test_a_sine_decodes_to_its_own_level(tmp_path: Path, stereo: bool, hertz: int, amplitude: float):
    frames, channels = 60, 2 if stereo else 1
    count = (frames + encode.LOOK_AHEAD_FRAMES) * 1152
    sine = np.rint(32767 * amplitude * np.sin(2 * np.pi * hertz * np.arange(count) / 48_000)).astype("<i2")
    (tmp_path / "s.mp3").write_bytes(encoded(np.repeat(sine, channels).tobytes(), 0, frames, stereo))
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "s.mp3"), "-f", "f32le", "-"]
    heard = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")
    for channel in heard.reshape(-1, channels).T:  # a second of it, whole periods, away from the ends
        level = np.sqrt(2 * (channel[10_000:58_000].astype(float) ** 2).mean())
        assert 20 * np.log10(level / amplitude) == pytest.approx(0, abs=0.02)


def sounds() -> dict[str, np.ndarray]:
    """Two seconds of each: what codes smoothly, what switches windows, what fills a frame, and nothing."""
    draw = np.random.default_rng(7)
    count = 84 * 1152
    chord = sum(np.sin(2 * np.pi * f * np.arange(count) / 48_000) for f in (220, 331, 555))
    clicks = np.where(draw.random(count) < 0.0005, 20_000, 0)
    made = {"chord": chord * 3000, "clicks": clicks, "noise": draw.standard_normal(count) * 5000}
    return {name: sound.astype("<i2") for name, sound in {**made, "nothing": np.zeros(count)}.items()}


def heard_by(decoder: str, frames: bytes, path: Path) -> np.ndarray:
    path.write_bytes(frames)
    commands = {
        "ffmpeg": ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-"],
        "mpg123": ["mpg123", "-q", "--no-gapless", "-e", "f32", "-s", str(path)],
    }
    done = subprocess.run(commands[decoder], capture_output=True, check=True)
    assert not done.stderr
    return np.frombuffer(done.stdout, "<f4").astype(float)


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("decoder", ["ffmpeg", "mpg123"])
@pytest.mark.parametrize("name", ["chord", "clicks", "noise", "nothing"])
def test_what_is_alike_on_both_sides_is_encoded_once_for_both(tmp_path: Path, name: str, decoder: str):
    """Its frames sound, sample for sample, as those of the one channel do, and left as right."""
    sound = sounds()[name]
    make = lame.encode if lame.library() else encode._by_ffmpeg
    one = make(sound.tobytes(), lame.ALIKE)
    both = encoded(np.repeat(sound, 2).tobytes(), 0, 82, True)
    assert both == joint_stereo.joint(one)[: 82 * 384]
    mono = heard_by(decoder, one, tmp_path / "mono.mp3")
    left, right = heard_by(decoder, joint_stereo.joint(one), tmp_path / "both.mp3").reshape(-1, 2).T
    assert np.array_equal(left, right)
    assert np.abs(left - mono).max() < 1e-6


@pytest.mark.parametrize("name", ["chord", "clicks", "noise"])
def test_what_is_alike_loses_no_more_than_by_joint_stereo(tmp_path: Path, name: str):
    sound = sounds()[name]
    twice = np.repeat(sound, 2).tobytes()
    noise = []
    for frames in (encoded(twice, 0, 82, True), lame.encode(twice, lame.STEREO)):
        heard = heard_by("ffmpeg", frames, tmp_path / "x.mp3")[::2][1105:][: 80 * 1152]
        noise.append(((heard - sound[: len(heard)] / 32768) ** 2).mean())
    assert noise[0] <= noise[1]


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("decoder", ["ffmpeg", "mpg123"])
@pytest.mark.parametrize("name", ["chord", "clicks", "noise", "nothing"])
def test_a_middle_and_a_side_sound_as_the_single_channels_do(tmp_path: Path, name: str, decoder: str):
    """Left is their sum and right their difference, sample for sample; where an attack switches the middle's window
    the side is left out, and fades in and out around it."""
    make = lame.encode if lame.library() else encode._by_ffmpeg
    faint = np.random.default_rng(8).standard_normal(84 * 1152) * 20
    middle = make(sounds()[name].tobytes(), lame.MIDDLE)
    side = make(faint.astype("<i2").tobytes(), lame.SIDE)[: len(middle) // 3]
    m, s = (heard_by(decoder, one, tmp_path / "one.mp3") for one in (middle, side))
    left, right = heard_by(decoder, joint_stereo.joint(middle, side), tmp_path / "both.mp3").reshape(-1, 2).T
    assert np.abs((left + right) / 2 - m).max() < 1e-6
    beside = (
        np.abs((left - right) / 2 - s).reshape(-1, 1152).max(axis=1)[4:-3] < 1e-6
    )  # it begins suddenly, too
    if name == "clicks":
        assert 0 < beside.mean() < 0.9
        assert np.abs(left - right).max() / 2 < 1.5 * np.abs(s).max()
    else:
        assert beside.all()


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("stereo", [True, False])
@pytest.mark.parametrize("name", ["chord", "clicks", "noise", "nothing"])
@pytest.mark.parametrize("steps", [1, 8])
def test_frames_are_turned_down_by_steps_of_a_quarter_of_an_octave(
    tmp_path: Path, stereo: bool, name: str, steps: int
):
    sound = np.repeat(sounds()[name], 2).tobytes() if stereo else sounds()[name].tobytes()
    frames = encoded(sound, 0, 82, stereo)
    softer = frame.attenuate(frames, *encode.form(stereo), steps)
    before, after = (heard_by("ffmpeg", some, tmp_path / "x.mp3") for some in (frames, softer))
    assert np.abs(after - before * 2 ** (-steps / 4)).max() < 1e-6


def test_a_gain_goes_no_lower_than_nothing():
    quiet = encoded(silence(6, False), 0, 4, False)
    lowest = frame.attenuate(quiet, *encode.form(False), 255)
    assert frame.attenuate(lowest, *encode.form(False), 1) == lowest


def test_a_middle_and_a_side_have_as_many_frames():
    middle, side = (lame.encode(silence(4, False), how) for how in (lame.MIDDLE, lame.SIDE))
    with pytest.raises(ValueError, match="frames of the side"):
        joint_stereo.joint(middle, side[:-96])
    with pytest.raises(ValueError, match="frames of the side"):
        encode.encode([encode.EncoderInput(silence(6, True), 0, 4, side[: 3 * 96])], True)


@pytest.mark.parametrize("frames", [bytes(336), bytes(100), bytes.fromhex("fffb84c410") + bytes(331)])
def test_only_single_frames_of_one_channel_are_laid_out_anew(frames: bytes):
    with pytest.raises(ValueError, match="frames"):
        joint_stereo.joint(frames)


def test_sound_of_another_length_is_a_fault_of_ours():
    with pytest.raises(ValueError, match="frames"):
        encoded(silence(11, True), 0, 10, True)


@pytest.mark.parametrize(
    ("samples", "frames"), [(47, 1), (48, 2), (1152 * 100 - 1105, 100), (1152 * 100 - 1104, 101)]
)
def test_there_are_frames_enough_for_what_decoders_cut(samples: int, frames: int):
    assert encode.frame_count(samples) == frames


@pytest.mark.parametrize(("stereo", "crc_at"), [(True, 190), (False, 175)])
def test_the_info_frame_says_what_players_need(stereo: bool, crc_at: int):
    samples = 26_544_000
    frame = encode.info_frame(samples, stereo)
    frames, size = encode.frame_count(samples), encode.frame_size(stereo)
    assert len(frame) == size
    at = frame.index(b"Info")
    assert int.from_bytes(frame[at + 8 : at + 12], "big") == frames
    assert int.from_bytes(frame[at + 12 : at + 16], "big") == (frames + 1) * size
    lame = frame.index(b"LAME")
    gaps = int.from_bytes(frame[lame + 21 : lame + 24], "big")
    assert (gaps >> 12) + (gaps & 0xFFF) + samples == frames * 1152
    assert gaps & 0xFFF >= 529
    assert int.from_bytes(frame[crc_at : crc_at + 2], "big") == encode._crc16(frame[:crc_at])
    assert not any(frame[crc_at + 2 :])


def test_the_checksum_is_the_one_known_as_crc_16_arc():
    assert encode._crc16(b"123456789") == 0xBB3D


def test_lame_is_here_and_says_which_it_is():
    """Wherever the tests run it is: Windows is the exception."""
    assert encode.encoder().startswith("LAME ")


def test_a_lame_that_fails_is_told(monkeypatch: pytest.MonkeyPatch):
    real = lame.library()

    class Full:
        def __getattr__(self, name: str):
            return (lambda *_: -2) if name == "lame_encode_flush" else getattr(real, name)

    monkeypatch.setattr(lame, "library", Full)
    with pytest.raises(EncodeFailed, match=r"LAME .* could not encode a span of 10 frames: it answered -2"):
        encoded(silence(12, True), 0, 10, True)


def test_both_encoders_make_the_same_sound(monkeypatch: pytest.MonkeyPatch):
    """Other releases of LAME decide otherwise here and there, so their bytes differ; what is heard does not."""
    draw = np.random.default_rng(2)
    smooth = np.convolve(draw.standard_normal(102 * 1152), np.hanning(40) / 20, "same")
    pcm = (smooth * 6000).astype("<i2").tobytes()
    heard = []
    for _ in range(2):
        frames = encoded(pcm, 0, 100, False)
        raw = ffmpeg.run(["-f", "mp3", "-i", "pipe:0", "-f", "f32le", "pipe:1"], frames)
        heard.append(np.frombuffer(raw, "<f4").astype(float)[1105:])
        monkeypatch.setattr(lame, "library", lambda: None)
    signal, difference = (10 * np.log10((x**2).mean()) for x in (heard[0], heard[0] - heard[1]))
    assert signal - difference > 15


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_lame):  # noqa: ARG001 - a fixture takes others only so
    """Puts a shell script in the place of ffmpeg, by the variable that imageio-ffmpeg reads for it."""

    def put(script: str) -> None:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(path))

    return put


def test_what_ffmpeg_says_last_is_told(pretend):
    pretend("cat >/dev/null; echo first >&2; echo the disk is on fire >&2; exit 3")
    with pytest.raises(EncodeFailed, match=r"10 frames: the disk is on fire"):
        encoded(silence(12, True), 0, 10, True)


def test_an_ffmpeg_that_dies_without_a_word_has_its_status_told(pretend):
    pretend("exit 7")
    with pytest.raises(EncodeFailed, match="exit status 7"):
        encoded(silence(12, True), 0, 10, True)


@pytest.mark.parametrize("bytes_made", [0, 3840, 3839, 5000])
def test_other_bytes_than_good_frames_are_refused(pretend, bytes_made: int):
    pretend(f"cat >/dev/null; head -c {bytes_made} /dev/zero")
    with pytest.raises(EncodeFailed, match="other frames than the 10"):
        encoded(silence(12, True), 0, 10, True)


def test_frames_that_lean_on_earlier_ones_are_refused(pretend, tmp_path: Path):
    frame = bytes.fromhex("fffb9444") + b"\x10" + bytes(379)
    (tmp_path / "frames").write_bytes(frame * 12)
    pretend(f"cat >/dev/null; cat {tmp_path}/frames")
    with pytest.raises(EncodeFailed, match="other frames"):
        encoded(silence(12, True), 0, 10, True)


def test_an_ffmpeg_that_hangs_is_ended(pretend):
    pretend("exec sleep 60")
    with pytest.raises(ffmpeg.FfmpegFailed, match=r"more than 0\.3 s"):
        ffmpeg.run([], limit=0.3)


@pytest.mark.usefixtures("without_lame")
def test_an_ffmpeg_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    with pytest.raises(EncodeFailed, match="no ffmpeg"):
        encoded(silence(12, True), 0, 10, True)
