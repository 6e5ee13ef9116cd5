"""Every breath tone of two hours is found in the decoded file."""

import numpy as np
from onsets import breathing_session, onset_errors

from audio_builder import ffmpeg
from audio_builder.audio.mix.style import Style
from audio_builder.planning.timeline import BreathTone
from audio_builder.session.session import Session


def test_every_breath_tone_of_two_hours_begins_within_5_ms_of_the_timeline(tmp_path):
    timeline, clips = breathing_session(tmp_path)
    path = tmp_path / "s.mp3"
    Session(timeline, clips, Style("room", stereo=False)).write(path, 2)
    sound = np.frombuffer(b"".join(ffmpeg.stream(["-i", str(path), "-f", "f32le", "pipe:1"])), "<f4")
    errors = onset_errors(sound, 0, [cue for cue in timeline.cues if isinstance(cue.content, BreathTone)])
    print(f"\n{len(errors)} tones: {min(errors):+.3f} to {max(errors):+.3f} ms")
    assert max(map(abs, errors)) <= 5
