"""Reads the cautions that scripts name from `cautions.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from ..errors import AudioBuilderError, ScriptErrors
from ..files import read_text, reason
from ..languages.catalogue import catalogue
from ..text import as_hint, base_language, closest, did_you_mean, one_line
from .model import Caution, Script
from .problem_log import ProblemLog
from .search import ScriptFinder, display_path
from .toml_problems import problem_in, read_tables
from .walk import scripts_in

_ENGLISH = "en"
"""The language of texts that are directly in an entry."""
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class _Text(NamedTuple):
    short: str
    full: str


_KEYS = _Text._fields
_TEXTS = 'short = "…", which is spoken, and full = "…", for the show notes'
_KEYS_HINT = f"write {_TEXTS}; a translation is a table of its own, such as [knee.de]"

_Entry = dict[str, _Text]
"""The texts of a caution by their language tags, in lower case."""


def with_cautions(script: Script, finder: ScriptFinder, log: ProblemLog) -> Script:
    """Return the script with every known caution, in the script's language. Names that are not known are reported.

    Raises AudioBuilderError if a `cautions.toml` cannot be read, and ScriptErrors for what is wrong in one.
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


def read_cautions(text: str, file: str) -> dict[str, _Entry]:
    """Return the entries in the text of a `cautions.toml`. Raises ScriptErrors with every problem and its line."""
    tables = read_tables(text, file)
    problems = [
        problem_in(text, file, where, f"[{where}]: {message}", hint, key)
        for name, table in tables.items()
        for where, key, message, hint in _problems(name, table)
    ]
    if problems:
        raise ScriptErrors(problems)
    return {name: _entry(table) for name, table in tables.items()}


def _read_entries(finder: ScriptFinder) -> dict[str, _Entry]:
    """Return the entries of all files; those of the first folder win.

    An entry that has only translations adds them to the entry of another folder.
    """
    merged: dict[str, _Entry] = {}
    for path in reversed([*finder.find_all("cautions.toml")]):
        try:
            text = read_text(path)
        except (OSError, UnicodeDecodeError) as error:
            raise AudioBuilderError(f"Cannot read {display_path(path)}: {reason(error)}") from None
        for name, entry in read_cautions(text, display_path(path)).items():
            merged[name] = entry if _ENGLISH in entry else merged.get(name, {}) | entry
    return merged


def _problems(name: str, table: object) -> Iterator[tuple[str, str, str, str]]:
    """Yield every problem with an entry: the table that has it, its key there, what is wrong, and a hint."""
    if not isinstance(table, dict):
        yield name, "", "is not a table", f"write [{name}], and below it {_TEXTS}"
        return
    translations, texts = _divided(table)
    if texts or not translations:
        yield from ((name, *problem) for problem in _text_problems(texts))
    for tag, translation in translations.items():
        yield from ((f"{name}.{tag}", *problem) for problem in _text_problems(translation))


def _text_problems(texts: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key, value in texts.items():
        if key not in _KEYS:
            meant = closest(key, _KEYS)
            yield key, f'unknown key "{key}"', f'did you mean "{meant}"?' if meant else _KEYS_HINT
        elif not isinstance(value, str):
            yield key, f'"{key}" is not text', "put it in quotes"
        elif not value.strip():
            yield key, f'"{key}" is empty', ""
    for key in _KEYS:
        if key not in texts:
            yield "", f'"{key}" is missing', f"write {_TEXTS}"


def _entry(table: dict[str, Any]) -> _Entry:
    translations, texts = _divided(table)
    named = {**translations, _ENGLISH: texts} if texts else translations
    return {tag.lower(): _Text(**both) for tag, both in named.items()}


def _divided(table: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the translations of an entry by their language tags, and what is directly in it."""
    translations = {
        key: value for key, value in table.items() if isinstance(value, dict) and _LANGUAGE_TAG.fullmatch(key)
    }
    return translations, {key: value for key, value in table.items() if key not in translations}
