"""A voice for audio-builder that hums each word on one note."""

from dataclasses import dataclass

import numpy as np

from audio_builder.speech.engine import VoiceInfo, find_name
from audio_builder.speech.voice import Speech

RATE = 24_000
PITCHES = {"low": 110, "high": 165}  # Hz


@dataclass(frozen=True)
class HumVoice:
    name: str
    speed: float
    engine = "hum"
    # In dB: brings this voice to -16 LUFS, so that sessions are equally loud whatever the voice. It is a constant, as
    # a gain measured for each line would change the balance between lines. The contract test reports the right value.
    gain = -0.8

    @property
    def identity(self):
        return ("1", self.name, repr(self.speed), np.__version__)

    def speak(self, text):
        seconds = 0.3 / self.speed
        time = np.arange(round(seconds * RATE)) / RATE
        hum = 0.3 * np.sin(2 * np.pi * PITCHES[self.name] * time) * np.sin(np.pi * time / seconds)
        return Speech(np.tile(hum, len(text.split())).astype(np.float32), RATE)


class HumEngine:
    label = "hum, without words"
    default_speed = 0.9

    def open(self, name, speed, _language):  # unused, because humming is the same in every language
        return HumVoice(find_name("hum", name, list(PITCHES)), speed)

    def list_voices(self):
        return [VoiceInfo(name, is_default=name == "low") for name in PITCHES]


HUM = HumEngine()
