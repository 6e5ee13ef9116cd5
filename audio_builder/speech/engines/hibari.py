"""The default engine: hibari, a neural voice inside a 14 MB wheel. English only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import VoiceFailed, VoiceMissing
from ..voice import Speech, primary

NAMES = ("heart", "fenrir", "emma", "fable", "kore")
DEFAULT_SPEED = 0.6
"""With the program's gaps some 103 words a minute: `docs/decisions/0004-pace-of-questions-and-colons.md`."""
SEED = 0

# Trimmed time of speech, 1.0 at engine speed 1.0, and the engine speed that gives it. hibari rounds every phoneme to
# whole frames, so its time leaps where many phonemes gain a frame at once (near 1.33, 0.8, 0.67 and 0.57). Measured
# with hibari 0.2.1, voice heart, seed 0, as the mean of two sets of calm sentences, 20 of 14 words and 16 of 10 to 20;
# they differ by 2.5 % at most. Thinned to what linear interpolation gives back within 0.7 %.
_TIMES: tuple[float, ...] = (0.665, 0.676, 0.688, 0.731, 0.794, 0.823, 0.858, 0.898, 0.932, 1.0, 1.042, 1.063)
_TIMES += (1.103, 1.145, 1.169, 1.286, 1.327, 1.427, 1.46, 1.579, 1.624, 1.683, 1.706, 1.83, 1.869, 2.008)
_SPEEDS: tuple[float, ...] = (1.4, 1.35, 1.34, 1.335, 1.332, 1.33, 1.32, 1.21, 1.19, 1.0, 0.9, 0.87, 0.85)
_SPEEDS += (0.805, 0.802, 0.798, 0.79, 0.68, 0.672, 0.66, 0.63, 0.576, 0.573, 0.57, 0.565, 0.49)

_FORM = re.compile(r"\[[^\]]*\]\(/([^)]*)/\)")  # a word with its phonemes


@dataclass(frozen=True, slots=True)
class HibariVoice:
    """One of hibari's voices."""

    name: str
    speed: float
    engine = "hibari"
    gain = 7.3  # measured as sound.level does, held below its ceiling, on 75 sentences

    @property
    def identity(self) -> tuple[str, ...]:
        # numpy's and scipy's transforms differ in the last bits, and hibari takes scipy's where it is installed
        packages = [f"{name} {version(name)}" for name in ("hibari-tts", "onnxruntime", "numpy")]
        transform = f"scipy {version('scipy')}" if find_spec("scipy") else "no scipy"
        return (*packages, transform, self.name, repr(engine_speed(self.speed)), str(SEED))

    def speak(self, text: str) -> Speech:
        model = _model(self.name)
        _refuse_unsayable(text, model.vocab)
        try:
            samples = model(_readable(text), speed=engine_speed(self.speed), seed=SEED)
        except IndexError:  # hibari 0.2.1 has no words for a number of hundreds of digits
            raise VoiceFailed("has no words for a number that long; write it in words") from None
        return Speech(samples, model.sample_rate)


def engine_speed(speed: float) -> float:
    """hibari's own speed for one of ours, from 0.5 to 1.5, by which a passage takes inversely as long."""
    return round(float(np.interp(1 / speed, _TIMES, _SPEEDS)), 5)


def open_hibari(name: str, speed: float | None, language: str) -> HibariVoice:
    """The hibari voice of that name, if its model is on this machine and the language is English."""
    if primary(language) != "en":
        raise VoiceMissing(
            f"the voice hibari speaks English only, and the script's language is {language}; "
            f"use --voice pyttsx3, which picks a voice for it"
        )
    name = name or NAMES[0]
    missing = lacking(name)
    if missing:
        raise VoiceMissing(f"hibari's voice {name} is not on this machine: {missing}")
    return HibariVoice(name, DEFAULT_SPEED if speed is None else speed)


def lacking(name: str) -> str:
    """What a voice needs before it can speak; empty when it is ready. Nothing is ever downloaded."""
    if find_spec("hibari") is None:
        return "pip install hibari-tts"
    from hibari.voices import VOICES, voice_path

    try:
        voice_path(name, download_missing=False)
    except FileNotFoundError as location:
        return f"put the file {VOICES[name]['file']} of the hibari project at {Path(str(location))}"
    return ""


def knows(word: str) -> bool:
    """True where hibari's dictionary has the word, as it stands or by its stem, and so will not guess."""
    lexicon = _lexicon()
    from hibari.g2p import Context

    word = unicodedata.normalize("NFKC", word).replace("’", "'")
    parts = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", word)
    return all(
        any(lexicon.get_word(form, "NN", None, Context())[0] for form in (part, part.lower()))
        for part in parts
    )


def _readable(text: str) -> str:
    # hibari ends a sentence at every line break
    return " ".join(text.split())


def _refuse_unsayable(text: str, phonemes: Collection[str]) -> None:
    # hibari leaves out what its alphabets lack without a word about it
    for form in _FORM.findall(text):
        unknown = [sign for sign in form if sign not in phonemes]
        if unknown:
            raise VoiceFailed(f"has no phoneme “{unknown[0]}”, which the pronunciation /{form}/ asks for")
    for word in re.findall(r"[^\W\d_]+", _FORM.sub(" ", text)):
        if not all("LATIN" in unicodedata.name(letter, "") for letter in word):
            raise VoiceFailed(f"reads Latin letters only and cannot say “{word}”")


@lru_cache(maxsize=2)
def _model(name: str) -> Any:
    from hibari import Hibari

    return Hibari(voice=name)


@lru_cache(maxsize=1)
def _lexicon() -> Any:
    from hibari.g2p import _load_json
    from hibari.g2p.lexicon import Lexicon

    return Lexicon(_load_json("lexicon_us_gold.json.gz"), _load_json("lexicon_us_silver.json.gz"), False)
