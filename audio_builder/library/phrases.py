"""The fixed phrases of show notes and of the show's page, in the languages that have them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from ..text import base_language

_FILE = Path(__file__).parents[1] / "templates" / "phrases.toml"
_FALLBACK = "en"


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phrases in one language, as `phrases.toml` has them. `{length}`, `{date}` and `{title}` are filled in."""

    length: str
    props: str
    chapters: str
    before: str
    cautions: str
    listening: str
    silence: str
    synthetic: str
    spoken_by: str
    new_edition: str
    cover: str
    subscribe: str
    choose_app: str
    address: str
    copy: str
    copied: str
    qr_code: str
    qr_title: str
    speed: str
    as_recorded: str
    transcript: str
    no_sessions: str


@cache
def all_phrases() -> dict[str, Phrases]:
    """Return the phrases by the language, such as `de`."""
    return msgspec.convert(tomllib.loads(_FILE.read_text("utf-8")), dict[str, Phrases])


def phrases(language: str) -> Phrases:
    """Return the phrases in the language of a tag such as `de-AT`, or in English if it has none."""
    known = all_phrases()
    return known.get(base_language(language), known[_FALLBACK])


def has_phrases(language: str) -> bool:
    """Return whether the language of a tag has phrases."""
    return base_language(language) in all_phrases()
