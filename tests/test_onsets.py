"""Breath tones begin when the plan says, hours into a session as at its beginning."""

from itertools import chain

import numpy as np
from onsets import breathing, misses

from audio_builder.session import SPAN, Session
from audio_builder.sound import ffmpeg
from audio_builder.timeline import Style, Tone


def test_breath_tones_begin_within_5_ms_of_the_plan_anywhere_in_two_hours(tmp_path):
    plan, clips = breathing(tmp_path)
    made = Session(plan, clips, Style("ocean", stereo=False))
    tones = [cue for cue in plan.cues if isinstance(cue.what, Tone)]
    late = []
    for number in chain(range(1, made.spans - 3, 60), [made.spans - 3]):
        # a decoder's own delay of 529 samples, and an encoder's of 576, as the Info frame tells them
        frames = b"".join(made.span(n) for n in range(number, number + 3))
        raw = ffmpeg.run(["-f", "mp3", "-i", "pipe:0", "-f", "f32le", "pipe:1"], frames)
        first = number * SPAN * 24
        sound = np.concatenate([np.frombuffer(raw, "<f4")[1105:], np.zeros(1105, np.float32)])
        inside = [c for c in tones if first + 200 < c.start and c.end < first + 3 * SPAN * 24 - 200]
        late += misses(sound, first, inside)
    assert len(late) > 30
    assert max(map(abs, late)) <= 5
