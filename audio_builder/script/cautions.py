"""Reads the cautions that scripts name from `cautions.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import Any

import msgspec

from ..errors import AudioBuilderError
from ..files import read_text, reason
from ..languages.catalogue import catalogue
from ..text import as_hint, base_language, did_you_mean, one_line, parse_toml
from .model import Caution, Script
from .problem_log import ProblemLog
from .search import ScriptFinder, display_path
from .walk import scripts_in

_ENGLISH = "en"
"""The language of texts that are directly in an entry."""
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    short: str
    full: str


_Entry = dict[str, _Text]
"""The texts of a caution by their language tags, in lower case."""


def with_cautions(script: Script, finder: ScriptFinder, log: ProblemLog) -> Script:
    """Return the script with every known caution, in the script's language. Names that are not known are reported.

    Raises AudioBuilderError if a `cautions.toml` cannot be read.
    """
    entries = _read_entries(finder)
    for member in scripts_in(script, script.parts):
        for name in member.front.cautions:
            if name not in entries:
                hint = as_hint(did_you_mean(name, entries))
                log.add(log.find_in_front(member, name), f'no caution named "{name}"', hint)
    language = script.front.language
    return replace(script, cautions=tuple(_caution(name, entry, language) for name, entry in entries.items()))


def _caution(name: str, entry: _Entry, language: str) -> Caution:
    """Return a caution in a language, or else in English, or else in the first language that it has.

    The English texts that come with the program have translations in the catalogues.
    """
    for tag in (language.lower(), base_language(language)):
        if tag in entry:
            return Caution(name, entry[tag].short, entry[tag].full, tag)
    found = next(tag for tag in (_ENGLISH, *entry) if tag in entry)
    short, full = entry[found].short, entry[found].full
    words = catalogue(language)
    if found == _ENGLISH and words.has(one_line(short)) and words.has(one_line(full)):
        short, full = words.gettext(one_line(short)), words.gettext(one_line(full))
        found = words.language
    return Caution(name, short, full, found)


def _read_entries(finder: ScriptFinder) -> dict[str, _Entry]:
    """Return the entries of all files; those of the first folder win.

    An entry with nothing but translations adds them to the entry of another folder.
    """
    merged: dict[str, _Entry] = {}
    for path in reversed([*finder.find_all("cautions.toml")]):
        try:
            tables = msgspec.convert(parse_toml(read_text(path)), dict[str, dict[str, Any]])
            entries = {name: _entry(name, table) for name, table in tables.items()}
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise AudioBuilderError(f"Cannot read {display_path(path)}: {reason(error)}") from None
        for name, entry in entries.items():
            merged[name] = entry if _ENGLISH in entry else merged.get(name, {}) | entry
    return merged


def _entry(name: str, table: dict[str, Any]) -> _Entry:
    translations = {key: value for key, value in table.items() if _LANGUAGE_TAG.fullmatch(key)}
    texts = {key: value for key, value in table.items() if key not in translations}
    named = {key: (f"{name}.{key}", value) for key, value in translations.items()}
    if texts or not named:
        named[_ENGLISH] = (name, texts)
    return {key.lower(): _text(*value) for key, value in named.items()}


def _text(name: str, value: Any) -> _Text:
    try:
        return msgspec.convert(value, _Text)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{error}, in [{name}]") from None
