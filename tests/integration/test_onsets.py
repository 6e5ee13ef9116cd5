"""Breath tones begin when the timeline says, hours into a session as well as at its beginning."""

import numpy as np
from onsets import breathing_session, onset_errors

from audio_builder import ffmpeg
from audio_builder.audio.mix.style import Style
from audio_builder.planning.timeline import BreathTone
from audio_builder.session.session import Session
from audio_builder.units import FRAME_MS

DELAY = 576 + 529
"""Samples by which encoder and decoder delay sound."""


def test_breath_tones_begin_within_5_ms_of_the_timeline_anywhere_in_two_hours(tmp_path):
    timeline, clips = breathing_session(tmp_path)
    session = Session(timeline, clips, Style("ocean", stereo=False))
    chunks = session.chunks
    tones = [cue for cue in timeline.cues if isinstance(cue.content, BreathTone)]
    errors = []
    for number in (*range(1, len(chunks) - 2, 45), len(chunks) - 2):
        frames = session.chunk(number) + session.chunk(number + 1)  # the last chunk alone may be too short
        decoded = np.frombuffer(
            ffmpeg.output(["-f", "mp3", "-i", "pipe:0", "-f", "f32le", "pipe:1"], frames), "<f4"
        )
        sound = np.concatenate([decoded[DELAY:], np.zeros(DELAY, np.float32)])
        first, last = chunks[number].start * FRAME_MS, chunks[number + 1].stop * FRAME_MS
        inside = [cue for cue in tones if first + 200 < cue.start and cue.end < last - 200]
        errors += onset_errors(sound, first, inside)
    assert len(errors) > 30
    assert max(map(abs, errors)) <= 5
