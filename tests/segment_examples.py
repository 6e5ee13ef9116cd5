"""Sessions of five minutes in which frames are reused in every way."""

from pathlib import Path

import numpy as np
from sounds import BREATH, session, voice, write_wav

from audio_builder.audio import recordings
from audio_builder.audio.mix.style import Style
from audio_builder.cache import Cache
from audio_builder.script.model import Pattern
from audio_builder.units import Ms

LENGTH = 332_109


PATTERNS = {
    "4-6": BREATH,
    "4-2-6-2": Pattern(Ms(4000), Ms(2000), Ms(6000), Ms(2000)),
    "4.1-5.9": Pattern(Ms(4100), Ms(0), Ms(5900), Ms(0)),
    "5.5-1-6.6": Pattern(Ms(5500), Ms(1000), Ms(6600), Ms(0)),
}


class Examples:
    """Timelines of five minutes by the pattern of their breath, their clips, and styles by ambience."""

    def __init__(self, folder: Path) -> None:
        cache = Cache(folder / "cache")
        noise = np.random.default_rng(3).standard_normal(2 * 48 * 7_000) * 0.05
        ambience = write_wav(folder / "ambience.wav", noise, channels=2)
        bell = write_wav(folder / "bell.wav", voice(3000))
        self.folder = folder
        self.timelines = {name: session(folder, LENGTH, pattern=p)[0] for name, p in PATTERNS.items()}
        self.timeline, self.clips = session(folder, LENGTH)
        self.own_styles = {
            "own": Style(recordings.bed_clip(ambience, cache, 2), recordings.bell_clip(bell, cache)),
            "own mono": Style(recordings.bed_clip(ambience, cache, 1), stereo=False),
        }

    def style(self, ambience: str, bell: str = "bowl", tones: bool = True, stereo: bool = True) -> Style:
        return self.own_styles.get(ambience) or Style(ambience, bell, tones, stereo, 2.5)
