"""PCM becomes exactly the frames that were asked for, at its own level, or the reason why not is reported."""

import stat
from pathlib import Path

import numpy as np
import pytest
from mp3_sounds import SOUNDS, decode_frames, silence

from audio_builder import ffmpeg
from audio_builder.errors import EncodeFailed
from audio_builder.mp3 import lame
from audio_builder.mp3.encode import LOOK_AHEAD_FRAMES, EncoderInput, encode
from audio_builder.mp3.encoder import encode_pcm, encoder_version
from audio_builder.mp3.frame import MONO, attenuate, frame_format, parse_header


def encode_one(pcm: bytes, warm_up: int, frames: int, stereo: bool) -> bytes:
    return encode(EncoderInput(pcm, warm_up, frames), stereo)


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("stereo", [True, False])
def test_encoding_returns_exactly_the_frames_asked_for(stereo: bool):
    frames = encode_one(silence(3 + 10 + LOOK_AHEAD_FRAMES, stereo), 3, 10, stereo)
    assert len(frames) == 10 * frame_format(stereo).size
    assert parse_header(frames) == (*frame_format(stereo)[:1], 48_000, 2 if stereo else 1)


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("stereo", [True, False])
# one amplitude for each frequency: the level of a sine depends on neither of them in connection with the other
@pytest.mark.parametrize(("hertz", "amplitude"), [(97, 0.01), (997, 0.7), (3000, 0.2)])
def test_a_sine_decodes_to_its_own_level(stereo: bool, hertz: int, amplitude: float):
    frames, channels = 60, 2 if stereo else 1
    moments = np.arange((frames + LOOK_AHEAD_FRAMES) * 1152) / 48_000
    sine = np.rint(32767 * amplitude * np.sin(2 * np.pi * hertz * moments)).astype("<i2")
    decoded = decode_frames(encode_one(np.repeat(sine, channels).tobytes(), 0, frames, stereo), channels)
    for channel in decoded.T:  # a second of whole periods, away from both ends
        level = np.sqrt(2 * (channel[10_000:58_000] ** 2).mean())
        assert 20 * np.log10(level / amplitude) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(
    ("stereo", "name", "steps"),
    [(True, "chord", 1), (True, "clicks", 8), (False, "noise", 8), (False, "nothing", 1)],
)
def test_attenuated_frames_decode_softer_by_a_fourth_root_of_two_for_each_step(
    stereo: bool, name: str, steps: int
):
    channels = 2 if stereo else 1
    frames = encode_one(np.repeat(SOUNDS[name], channels).tobytes(), 0, 82, stereo)
    before, after = (
        decode_frames(each, channels) for each in (frames, attenuate(frames, frame_format(stereo), steps))
    )
    assert np.abs(after - before * 2 ** (-steps / 4)).max() < 1e-6


def test_attenuation_stops_at_the_lowest_gain():
    quiet = encode_one(silence(6, stereo=False), 0, 4, stereo=False)
    lowest = attenuate(quiet, MONO, 255)
    assert lowest != quiet
    assert attenuate(lowest, MONO, 1) == lowest


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("fffb9444", (128, 48_000, 2)),
        ("fffb54c4", (64, 48_000, 1)),
        ("fffb9064", (128, 44_100, 2)),
        ("fff384c4", (64, 24_000, 1)),  # MPEG-2
        ("ffe314c4", (8, 12_000, 1)),  # MPEG-2.5
        ("fffb0444", (0, 48_000, 2)),  # free format: the bit rate is not stated
    ],
)
def test_headers_of_every_version_of_mpeg_are_read(header: str, expected: tuple[int, int, int]):
    assert parse_header(bytes.fromhex(header)) == expected


@pytest.mark.parametrize("header", ["", "fffb94", "494433", "fffd9444", "ffeb9444", "fffb9c44"])
def test_other_bytes_are_not_a_header(header: str):
    """Too few bytes, no sync, layer II, an unknown version, an unknown sample rate."""
    with pytest.raises(ValueError, match="frame"):
        parse_header(bytes.fromhex(header))


def test_pcm_of_another_length_than_stated_is_refused():
    with pytest.raises(ValueError, match="12 frames of 2 channels"):
        encode_one(silence(11, stereo=True), 0, 10, stereo=True)


def test_lame_is_the_encoder_wherever_the_tests_run():
    assert encoder_version().startswith("LAME ")


def test_the_error_of_lame_is_reported(monkeypatch: pytest.MonkeyPatch):
    library = lame.lame_library()

    class FailingLibrary:
        def __getattr__(self, name: str):
            return (lambda *_: -2) if name == "lame_encode_flush" else getattr(library, name)

    monkeypatch.setattr(lame, "lame_library", FailingLibrary)
    with pytest.raises(EncodeFailed, match=r"Encoding with LAME .* failed: error -2"):
        encode_one(silence(12, stereo=True), 0, 10, stereo=True)


def test_lame_and_ffmpeg_make_the_same_sound(monkeypatch: pytest.MonkeyPatch):
    """Releases of LAME decide differently here and there, so their bytes differ. Their sound must not."""
    noise = np.random.default_rng(2).standard_normal(102 * 1152)
    pcm = (np.convolve(noise, np.hanning(40) / 20, "same") * 6000).astype("<i2").tobytes()
    with_lame = decode_frames(encode_one(pcm, 0, 100, stereo=False), 1)
    monkeypatch.setattr(lame, "lame_library", lambda: None)
    with_ffmpeg = decode_frames(encode_one(pcm, 0, 100, stereo=False), 1)
    signal, difference = (10 * np.log10((x[1105:] ** 2).mean()) for x in (with_lame, with_lame - with_ffmpeg))
    assert difference != -np.inf
    assert signal - difference > 15


@pytest.fixture
def fake_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_lame):  # noqa: ARG001 - needed first
    """Put a shell script in the place of ffmpeg, with the variable that imageio-ffmpeg reads for it."""

    def write(script: str) -> None:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(path))

    return write


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("cat >/dev/null; echo first >&2; echo the disk is full >&2; exit 3", "failed: the disk is full"),
        ("exit 7", "exit status 7"),
    ],
)
def test_the_last_line_of_ffmpeg_or_else_its_status_is_reported(fake_ffmpeg, script: str, message: str):
    fake_ffmpeg(script)
    with pytest.raises(EncodeFailed, match=message):
        encode_one(silence(12, stereo=True), 0, 10, stereo=True)


@pytest.mark.parametrize("count", [0, 3840, 3839, 5000])
def test_bytes_that_are_not_the_frames_asked_for_are_refused(fake_ffmpeg, count: int):
    fake_ffmpeg(f"cat >/dev/null; head -c {count} /dev/zero")
    with pytest.raises(EncodeFailed, match=rf"did not return the 10 frames asked for \({count} bytes\)"):
        encode_one(silence(12, stereo=True), 0, 10, stereo=True)


def test_frames_that_use_the_bit_reservoir_are_refused(fake_ffmpeg, tmp_path: Path):
    frame = bytes.fromhex("fffb9444") + b"\x10" + bytes(379)
    (tmp_path / "frames").write_bytes(frame * 12)
    fake_ffmpeg(f"cat >/dev/null; cat {tmp_path}/frames")
    with pytest.raises(EncodeFailed, match="did not return the 10 frames"):
        encode_one(noisy_stereo(12), 0, 10, stereo=True)


def noisy_stereo(frames: int) -> bytes:
    """Return PCM whose left and right differ."""
    return np.random.default_rng(5).integers(-99, 99, frames * 1152 * 2).astype("<i2").tobytes()


def test_an_ffmpeg_that_hangs_is_stopped(fake_ffmpeg):
    fake_ffmpeg("exec sleep 60")
    with pytest.raises(ffmpeg.FfmpegFailed, match=r"0\.3"):
        ffmpeg.output([], timeout=0.3)
    with pytest.raises(ffmpeg.FfmpegFailed, match=r"0\.3"):
        list(ffmpeg.stream([], timeout=0.3))


def test_an_ffmpeg_with_much_to_say_does_not_wait_for_a_reader(fake_ffmpeg):
    """More than a pipe holds, as about a damaged file."""
    fake_ffmpeg("head -c 300000 /dev/zero >&2; printf sound")
    assert list(ffmpeg.stream([], timeout=20)) == [b"sound"]
    fake_ffmpeg("head -c 300000 /dev/zero >&2; echo >&2; echo reason >&2; exit 1")
    with pytest.raises(ffmpeg.FfmpegFailed, match="reason"):
        list(ffmpeg.stream([], timeout=20))


@pytest.mark.usefixtures("without_lame")
def test_a_missing_ffmpeg_is_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    with pytest.raises(EncodeFailed, match="ffmpeg"):
        encode_pcm(silence(12, stereo=True), MONO)
