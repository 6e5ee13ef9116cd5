"""Breath tones begin when the plan says, hours into a session as at its beginning."""

import numpy as np
from onsets import breathing, misses

from audio_builder import ffmpeg
from audio_builder.audio.mix.style import Style
from audio_builder.planning.timeline import BreathTone
from audio_builder.session.session import Session


def test_breath_tones_begin_within_5_ms_of_the_plan_anywhere_in_two_hours(tmp_path):
    plan, clips = breathing(tmp_path)
    made = Session(plan, clips, Style("ocean", stereo=False))
    tones = [cue for cue in plan.cues if isinstance(cue.content, BreathTone)]
    late = []
    for number in [
        *range(1, len(made.chunks) - 2, 15),
        len(made.chunks) - 2,
    ]:  # two at a time: the last may be short
        frames = made.chunk(number) + made.chunk(number + 1)
        # a decoder's own delay of 529 samples, and an encoder's of 576, as the Info frame tells them
        raw = ffmpeg.output(["-f", "mp3", "-i", "pipe:0", "-f", "f32le", "pipe:1"], frames)
        first, last = made.chunks[number].first * 24, made.chunks[number + 1].last * 24
        sound = np.concatenate([np.frombuffer(raw, "<f4")[1105:], np.zeros(1105, np.float32)])
        inside = [cue for cue in tones if first + 200 < cue.start and cue.end < last - 200]
        late += misses(sound, first, inside)
    assert len(late) > 30
    assert max(map(abs, late)) <= 5
