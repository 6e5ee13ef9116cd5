"""The default engine: hibari, a neural voice in a wheel of 14 MB. It speaks English only.

Four other voices can be added with `audio-builder voices add`: hibari's package states their files and SHA-256 sums.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import VoiceFailed, VoiceMissing
from ..adding.catalogue import Offer, OfferedFile
from ..adding.measure import measure
from ..adding.storage import AddedVoice, added_voice
from ..engine import VoiceInfo, find_name, require_language
from ..voice import Speech

_NAMES = ("heart", "fenrir", "emma", "fable", "kore")
_SEED = 0

# The trimmed duration of speech, 1.0 at engine speed 1.0, and the engine speed that gives it. hibari rounds every
# phoneme to whole frames, so the duration jumps where many phonemes gain a frame at once (near 1.33, 0.8, 0.67 and
# 0.57). Measured with hibari 0.2.1, voice heart, seed 0: the mean of two sets of calm sentences, 20 of 14 words and 16
# of 10 to 20 words, which differ by 2.5 % at most. Thinned to the points that linear interpolation needs for 0.7 %.
_DURATIONS: tuple[float, ...] = (
    0.665,
    0.676,
    0.688,
    0.731,
    0.794,
    0.823,
    0.858,
    0.898,
    0.932,
    1.0,
    1.042,
    1.063,
)
_DURATIONS += (1.103, 1.145, 1.169, 1.286, 1.327, 1.427, 1.46, 1.579, 1.624, 1.683, 1.706, 1.83, 1.869, 2.008)
_SPEEDS: tuple[float, ...] = (1.4, 1.35, 1.34, 1.335, 1.332, 1.33, 1.32, 1.21, 1.19, 1.0, 0.9, 0.87, 0.85)
_SPEEDS += (0.805, 0.802, 0.798, 0.79, 0.68, 0.672, 0.66, 0.63, 0.576, 0.573, 0.57, 0.565, 0.49)

_GUESSED_RIGHT = frozenset(["savasana", "shavasana", "piriformis", "nidra"])
"""Words that hibari's dictionary lacks, but that a listener heard said right."""
_PHONEME_MARKUP = re.compile(r"\[[^\]]*\]\(/([^)]*)/\)")
"""A word with its phonemes: `[word](/phonemes/)`."""


@dataclass(frozen=True, slots=True)
class HibariVoice:
    """One of hibari's voices. `model` is the path of its model if it was added, and `digest` its checksum."""

    name: str
    speed: float
    gain: float = 7.3  # of heart, measured on 75 sentences with the meter and the limiter of `audio.level`
    model: str = ""
    digest: str = ""
    engine = "hibari"

    @property
    def identity(self) -> tuple[str, ...]:
        # the transforms of numpy and scipy differ in the last bits, and hibari uses scipy's if it is installed
        packages = [f"{name} {version(name)}" for name in ("hibari-tts", "onnxruntime", "numpy")]
        transform = f"scipy {version('scipy')}" if find_spec("scipy") else "no scipy"
        added = (self.digest,) if self.digest else ()
        return (*packages, transform, self.name, repr(engine_speed(self.speed)), str(_SEED), *added)

    def speak(self, text: str) -> Speech:
        model = _model(self.name, self.model)
        _refuse_unsayable(text, model.vocab)
        try:
            # hibari ends a sentence at every line break
            samples = model(" ".join(text.split()), speed=engine_speed(self.speed), seed=_SEED)
        except IndexError:  # hibari 0.2.1 cannot spell out a number of hundreds of digits
            raise VoiceFailed("cannot read a number that long; write it in words") from None
        return Speech(samples, model.sample_rate)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A voice that is about to be added. The control of its speed is hibari's own speed."""

    name: str
    model: str

    def say(self, text: str, control: float) -> Speech:
        model = _model(self.name, self.model)
        return Speech(model(text, speed=control, seed=_SEED), model.sample_rate)


class _HibariEngine:
    label = "hibari, natural"
    # about 103 words per minute with the program's gaps: docs/decisions/0004-pace-of-questions-and-colons.md
    default_speed = 0.6
    takes_phonemes = True

    def open(self, name: str, speed: float, language: str) -> HibariVoice:
        require_language("hibari", "en", language)
        name = find_name("hibari", name, _NAMES)
        if needs := _needs(name):
            raise VoiceMissing(f"The hibari voice {name} is not on this machine: {needs}")
        if (added := added_voice("hibari", name)) and added.is_whole:
            return HibariVoice(name, speed, float(added.facts.measured["gain"]), *_model_of(added))
        return HibariVoice(name, speed)

    def list_voices(self) -> list[VoiceInfo]:
        return [
            VoiceInfo(
                name,
                language="en",
                needs=_needs(name),
                label="" if name == _NAMES[0] else f"hibari {name}, natural",
                is_default=name == _NAMES[0],
            )
            for name in _NAMES
        ]

    def offers(self) -> list[Offer]:
        """Return the voices that hibari would download by itself, as its package states them."""
        if find_spec("hibari") is None:
            return []
        from hibari.voices import BASE_URL, VOICES

        return [
            Offer(
                "hibari",
                name,
                facts["language"],
                "English",
                facts["accent"],
                "",
                (OfferedFile(facts["file"], facts["bytes"], f"sha256:{facts['sha256']}"),),
                BASE_URL,
                "Apache-2.0, as the package hibari-tts states for itself; see its LICENSE and NOTICE",
            )
            for name, facts in VOICES.items()
            if not facts.get("bundled")
        ]

    def measure(
        self, folder: Path, name: str, language: str, progress: Callable[[int, int], None]
    ) -> dict[str, object]:
        """Measure the gain of a voice whose model is in a folder. Its scale of speeds is that of heart."""
        model = next(folder.glob("*.onnx"))
        typical = engine_speed(self.default_speed)
        found = measure(_Candidate(name, str(model)), language, (1.0, typical), typical, progress)
        return {"gain": found.gain, "with": f"hibari-tts {version('hibari-tts')}"}

    def refuses(self, text: str) -> str:
        """Return why the text can never be said, or an empty string."""
        return _unsayable_letters(text)

    def knows(self, word: str) -> bool:
        """Return whether hibari's dictionary has the word or its stem, so that it will not guess, or guesses right."""
        if word.casefold() in _GUESSED_RIGHT:
            return True
        lexicon = _lexicon()
        from hibari.g2p import Context

        normalized = unicodedata.normalize("NFKC", word).replace("’", "'")
        parts = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", normalized)
        return all(
            any(lexicon.get_word(form, "NN", None, Context())[0] for form in (part, part.lower()))
            for part in parts
        )


HIBARI = _HibariEngine()
"""The engine `hibari`."""


def engine_speed(speed: float) -> float:
    """Return hibari's own speed for a speed on the common scale, at which duration is inverse to speed."""
    return round(float(np.interp(1 / speed, _DURATIONS, _SPEEDS)), 5)


def _needs(name: str) -> str:
    """Return what a voice needs before it can speak, or "" if it is ready. Nothing is ever downloaded here."""
    if find_spec("hibari") is None:
        return "pip install hibari-tts"
    if (added := added_voice("hibari", name)) and added.is_whole:
        return ""
    from hibari.voices import voice_path

    try:
        voice_path(name, download_missing=False)  # people may have put it into hibari's own folder
    except FileNotFoundError:
        return f"audio-builder voices add hibari:{name}"
    return ""


def _model_of(voice: AddedVoice) -> tuple[str, str]:
    """Return the path and the checksum of the model of an added voice."""
    ((name, (_, digest)),) = voice.facts.files.items()
    return str(voice.folder / name), digest


def _refuse_unsayable(text: str, phonemes: Collection[str]) -> None:
    # hibari silently leaves out letters and phonemes that it does not have
    for form in _PHONEME_MARKUP.findall(text):
        unknown = [phoneme for phoneme in form if phoneme not in phonemes]
        if unknown:
            raise VoiceFailed(f"has no phoneme “{unknown[0]}”, which the pronunciation /{form}/ contains")
    if problem := _unsayable_letters(text):
        raise VoiceFailed(problem)


def _unsayable_letters(text: str) -> str:
    """Return a message about the first word with letters that hibari would leave out, or an empty string."""
    for word in re.findall(r"[^\W\d_]+", _PHONEME_MARKUP.sub(" ", text)):
        if not all("LATIN" in unicodedata.name(letter, "") for letter in word):
            return f"reads Latin letters only and cannot say “{word}”"
    if digits := re.search(r"\d{200,}", text):
        return f"cannot read a number of {len(digits[0])} digits"
    return ""


@lru_cache(maxsize=2)
def _model(name: str, model: str) -> Any:
    from hibari import Hibari

    return Hibari(voice=name, model=model or None)


@lru_cache(maxsize=1)
def _lexicon() -> Any:
    from hibari.g2p import _load_json
    from hibari.g2p.lexicon import Lexicon

    return Lexicon(_load_json("lexicon_us_gold.json.gz"), _load_json("lexicon_us_silver.json.gz"), False)
