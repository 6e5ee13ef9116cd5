"""Sessions decoded by two players: exact length, level and peaks."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from sounds import as_signal, decoded, session, shortened, voice, write_wav

from audio_builder.audio import meter, recordings
from audio_builder.audio.mix.mix import mix
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.cache import Cache
from audio_builder.session.session import Session
from audio_builder.units import samples

# A case for each way in which frames come about. Which of the other ambiences sounds makes no difference to the frames.
STYLES = {
    "silence, repeating breath": (171_001, Style("none", stereo=False), "sleep"),
    "stereo with a reused side": (170_337, Style("room"), "wake"),
    "waves that follow the breath": (170_999, Style("ocean", "bell", stereo=False, gain_db=2.5), "wake"),
    "ducked stereo without tones": (60_047, Style("pink", "wood", False, gain_db=-1.0), "sleep"),
}


def assert_exact_length(path: Path, length: int) -> None:
    assert decoded(path, "ffmpeg") == decoded(path, "mpg123") == samples(length)


@pytest.mark.parametrize("case", STYLES)
def test_two_players_decode_exactly_the_length_of_the_timeline(tmp_path: Path, case: str):
    length, style, ending = STYLES[case]
    virtual = Session(*session(tmp_path, length, ending), style)
    path = tmp_path / "s.mp3"
    virtual.write(path, 2)
    assert path.stat().st_size == virtual.size
    assert_exact_length(path, length)


@pytest.mark.usefixtures("without_lame")
def test_ffmpeg_encodes_files_of_the_exact_length_too(tmp_path: Path):
    Session(*session(tmp_path, 60_001), Style(stereo=False)).write(tmp_path / "s.mp3", 2)
    assert_exact_length(tmp_path / "s.mp3", 60_001)


def test_the_length_is_exact_with_the_authors_own_ambience_and_bell(tmp_path: Path):
    cache = Cache(tmp_path / "cache")
    recorded = write_wav(tmp_path / "own.wav", voice(7000))
    style = Style(
        recordings.bed_clip(recorded, cache, 1), recordings.bell_clip(recorded, cache), stereo=False
    )
    Session(*session(tmp_path, 60_001), style).write(tmp_path / "s.mp3", 2)
    assert_exact_length(tmp_path / "s.mp3", 60_001)


@pytest.mark.parametrize("stereo", [True, False])
def test_a_session_decodes_as_loud_as_its_mix_and_peaks_below_minus_1_db(tmp_path: Path, stereo: bool):
    timeline, clips = session(tmp_path, 170_000, level=0.4)
    timeline, style = shortened(timeline, 25_000), Style("pink", stereo=stereo)
    Session(timeline, clips, style).write(tmp_path / "s.mp3", 2)
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "s.mp3"), "-f", "f32le", "-"]
    signal = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")
    measured = meter.measure_signal([signal.reshape(-1, 2 if stereo else 1)])
    mixed = meter.hop_powers([as_signal(as_array(mix(timeline, clips, style, 0, timeline.length)))])
    # these voices hiss, and an MP3 of this bit rate keeps nothing above 16 kHz
    assert meter.integrated(measured.powers) == pytest.approx(meter.integrated(mixed), abs=0.25)
    assert meter.decibels(measured.true_peak) <= -1.0
