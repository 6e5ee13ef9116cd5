"""A recogniser hears the words of a finished session as well as those of the bare clips."""

from __future__ import annotations

import re
import wave

import jiwer
import numpy as np
import pytest
import soxr
from pocketsphinx import Decoder

from audio_builder import ffmpeg
from audio_builder.build import open_session
from audio_builder.options import BuildOptions
from audio_builder.planning.timeline import Utterance
from audio_builder.request import Workspace
from audio_builder.units import MS_SAMPLES, RATE

MORE = 0.05
"""Word error that a session may add to that of its clips."""
SENTENCES = 60
"""Of each session: the recogniser takes about as long as the speech."""
_HEARD_AT = 16_000


@pytest.fixture(scope="module")
def recogniser() -> Decoder:
    return Decoder(loglevel="FATAL")


def heard(recogniser: Decoder, sound: np.ndarray) -> str:
    """The words in mono sound at 48 kHz, full scale at 1."""
    low = soxr.resample(np.pad(sound, RATE // 4), RATE, _HEARD_AT, quality="HQ")
    loud = low * (0.5 / max(float(np.abs(low).max()), 1e-6))
    recogniser.start_utt()
    recogniser.process_raw((loud * 32767).astype("<i2").tobytes(), full_utt=True)
    recogniser.end_utt()
    found = recogniser.hyp()
    return found.hypstr if found else ""


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower().replace("’", "'")))


@pytest.mark.parametrize(
    ("script", "voice", "bed", "quality"),
    [
        ("legs-on-chair", "hibari", "rain", "stereo"),
        ("knees-together", "hibari", "ocean", "mono"),
        ("six-habits", "hibari", "pink", "stereo"),
        ("leg-across", "piper", "brown", "mono"),
    ],
)
def test_a_session_adds_at_most_5_per_cent_of_word_error(recogniser, tmp_path, script, voice, bed, quality):
    workspace = Workspace(out=tmp_path, workers=2)
    built = open_session(script, BuildOptions(voice=voice, ambience=bed, quality=quality), workspace)
    clips, timeline = built.clips, built.timeline
    path = tmp_path / "s.mp3"
    built.write(path, 2)
    raw = ffmpeg.output(["-i", str(path), "-ac", "1", "-f", "f32le", "pipe:1"])
    session = np.frombuffer(raw, "<f4")
    said, bare, finished = [], [], []
    cues = [
        c for c in timeline.cues if isinstance(c.content, Utterance) and len(c.content.line.text.split()) > 5
    ]
    for cue in cues[:: max(1, len(cues) // SENTENCES)]:
        if isinstance(cue.content, Utterance):
            with wave.open(str(clips[cue.content.line].path)) as file:
                clip = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
            said.append(plain(cue.content.line.text))
            bare.append(heard(recogniser, clip))
            finished.append(heard(recogniser, session[cue.start * MS_SAMPLES : cue.end * MS_SAMPLES]))
    errors = [jiwer.wer(said, words) for words in (bare, finished)]
    print(
        f"\n{script} {voice} {bed} {quality}: {len(said)} sentences, "
        f"word error of the clips {errors[0]:.1%}, of the session {errors[1]:.1%}"
    )
    assert errors[1] <= errors[0] + MORE
