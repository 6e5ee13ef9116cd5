"""A recogniser hears the words of a finished session as well as those of the bare clips."""

from __future__ import annotations

import wave

import jiwer
import numpy as np
import pytest
from recognition import heard, plain, recogniser

from audio_builder import ffmpeg
from audio_builder.build import open_session
from audio_builder.options import BuildOptions
from audio_builder.planning.timeline import Utterance
from audio_builder.request import Workspace
from audio_builder.units import MS_SAMPLES

MORE = 0.05
"""Word error that a session may add to that of its clips."""
SENTENCES = 60
"""Of each session: the recogniser takes about as long as the speech."""


@pytest.fixture(scope="module", name="recogniser")
def one_recogniser():
    return recogniser()


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
