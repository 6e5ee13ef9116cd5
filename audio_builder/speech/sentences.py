"""Calm sentences in many languages, from `sentences.toml`: for samples of voices, and to measure added ones."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from .voice import primary


def sentences_in(language: str) -> tuple[str, ...]:
    """Return three calm sentences in a language, a BCP 47 tag: English ones if there are none in it."""
    known = _sentences()
    return known.get(primary(language)) or known["en"]


def sample_in(language: str) -> str:
    """Return the sentence that people hear as a sample of a voice that speaks this language, a BCP 47 tag."""
    return sentences_in(language)[0]


@cache
def _sentences() -> dict[str, tuple[str, ...]]:
    text = Path(__file__).with_name("sentences.toml").read_text("utf-8")
    return {language: tuple(lines) for language, lines in tomllib.loads(text).items()}
