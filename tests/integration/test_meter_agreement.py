"""The meter agrees with ffmpeg's meter."""

import re
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sounds import as_signal, pieces, session, shortened

from audio_builder.audio import beds, chimes, meter
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.session.session import Session
from audio_builder.units import RATE


def measured_by_ffmpeg(*source: str, data: bytes = b"") -> tuple[float, float, float]:
    """Return integrated loudness, loudness range, and true peak in dB, as ffmpeg measures them."""
    meters = "ebur128=peak=true:metadata=1,ametadata=print:file=-"
    command = ["ffmpeg", "-hide_banner", "-nostats", *source, "-af", meters, "-f", "null", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    frames, summary = done.stdout.decode(), done.stderr.decode()  # only the summary has the true peak
    integrated, spread = (re.findall(rf"r128\.{name}=(\S+)", frames)[-1] for name in ("I", "LRA"))
    peak = re.findall(r"Peak: +(\S+) dBFS", summary)[-1]
    return float(integrated), float(spread), float(peak)


def raw(channels: int) -> list[str]:
    return ["-f", "s16le", "-ar", str(RATE), "-ac", str(channels), "-i", "-"]


def assert_agreement(measurement: meter.Measurement, expected: tuple[float, float, float]) -> None:
    integrated, spread, peak = expected
    assert meter.integrated(measurement.powers) == pytest.approx(integrated, abs=0.1)
    assert meter.decibels(measurement.true_peak) == pytest.approx(peak, abs=0.2)
    if measurement.samples >= 20 * RATE:  # a shorter sound has too few windows for percentiles
        assert meter.loudness_range(measurement.powers) == pytest.approx(spread, abs=0.1)


# The meter cannot tell one bed or bell from another, so these stand for all: one near the gate at -70 LUFS, one with
# short peaks, one of pure tones; a long ring and a short one; both breath tones.
@pytest.mark.parametrize(
    "synthesise",
    [
        *(partial(beds.bed_loops, name) for name in ("room", "rain", "drone")),
        *(lambda name=name: [chimes.bell_stroke(name)] for name in ("bowl", "wood")),
        *(
            lambda phase=phase, length=length: [chimes.breath_tone(phase, length)]
            for phase, length in (("in", 4000), ("out", 6000))
        ),
    ],
    ids=["room", "rain", "drone", "bowl", "wood", "breathe in", "breathe out"],
)
def test_the_meter_agrees_with_ffmpeg_on_synthesised_sound(synthesise):
    for sound in synthesise():
        expected = measured_by_ffmpeg(*raw(1 if sound.ndim == 1 else 2), data=sound.tobytes())
        assert_agreement(meter.measure_signal([as_signal(sound)]), expected)


@pytest.mark.parametrize(
    "style",
    [Style("pink", gain_db=4.0), Style("room", "wood", stereo=False, gain_db=8.0)],
    ids=["stereo", "limited in mono"],
)
def test_the_meter_agrees_with_ffmpeg_on_a_session_and_its_mp3(tmp_path: Path, style: Style):
    timeline, clips = session(tmp_path, 170_000)
    timeline = shortened(timeline, 62_000)  # loudness range needs a minute
    channels = 2 if style.stereo else 1
    mixed = as_array(mix(timeline, clips, style, 0, timeline.length))
    expected = measured_by_ffmpeg(*raw(channels), data=mixed.tobytes())
    assert_agreement(meter.measure_signal(pieces(as_signal(mixed), 10 * RATE)), expected)
    path = tmp_path / "s.mp3"
    Session(timeline, clips, style).write(path)
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    decoded = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")
    measurement = meter.measure_signal(pieces(decoded.reshape(-1, channels), RATE))
    assert_agreement(measurement, measured_by_ffmpeg("-i", str(path)))
