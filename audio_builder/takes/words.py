"""Recognise which of several sentences was said, to check the places of sentences. English only, and optional."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import soxr

from ..audio.pcm import Floats
from ..errors import AudioBuilderError, how_to_add
from ..text import base_language
from ..units import RATE

_HEARD_AT = 16_000
_GRAMMAR = "sentences"


class Recogniser:
    """Tells which of some sentences was said. Among a dozen it is right in about nine cases of ten."""

    def __init__(self, language: str) -> None:
        if find_spec("pocketsphinx") is None:
            raise AudioBuilderError(f"Checking the words needs a recogniser: {how_to_add('recogniser')}")
        if base_language(language) != "en":
            raise AudioBuilderError("Words can be checked in English only. Leave out --check-words.")
        from pocketsphinx import Decoder

        self._decoder: Any = Decoder(loglevel="FATAL")

    def which(self, samples: Floats, texts: Sequence[str]) -> int | None:
        """Return the index of the text that is said in samples at 48 kHz, or None if none of them is."""
        phrases = [" ".join(self._known_words(text)) for text in texts]
        choices = " | ".join(f"({phrase})" for phrase in dict.fromkeys(filter(None, phrases)))
        if not choices:
            return None
        # only these sentences are possible, which is faster and surer than any words (JSpeech Grammar Format 1.0)
        self._decoder.add_jsgf_string(
            _GRAMMAR, f"#JSGF V1.0;\ngrammar {_GRAMMAR};\npublic <one> = {choices};\n"
        )
        self._decoder.activate_search(_GRAMMAR)
        low = soxr.resample(np.pad(samples, RATE // 4), RATE, _HEARD_AT, quality="HQ")
        loud = low * (0.5 / max(float(np.abs(low).max()), 1e-6))
        self._decoder.start_utt()
        self._decoder.process_raw((loud * 32767).astype("<i2").tobytes(), full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return phrases.index(hypothesis.hypstr) if hypothesis and hypothesis.hypstr in phrases else None

    def _known_words(self, text: str) -> list[str]:
        """Return the words of a text that the recogniser has in its dictionary."""
        words = re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'"))
        return [word for word in words if self._decoder.lookup_word(word)]
