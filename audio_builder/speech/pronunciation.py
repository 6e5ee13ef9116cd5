"""How words are pronounced: `pronunciation.toml` and the `say` of a script, applied to a line for one engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..errors import AudioBuilderError, ScriptErrors
from ..files import read_text, reason
from ..script.model import Line, Script
from ..script.search import ScriptFinder, display_path
from ..script.toml_problems import problem_in, read_tables
from ..text import did_you_mean
from .registry import EngineRegistry, installed_engines

Pronunciation = Mapping[str, Mapping[str, str]]
"""Word (casefolded) -> forms. A form's key is `say` (a respelling in plain letters for every engine) or the name of an
engine, and its value is what the engine is given."""

NO_PRONUNCIATION: Pronunciation = MappingProxyType({})
_SAY = "say"


def read_pronunciation(text: str, file: str, engines: EngineRegistry | None = None) -> Pronunciation:
    """Return the table in the text of a `pronunciation.toml`. Raise ScriptErrors with every problem and its line."""
    engines = engines or installed_engines()
    entries = read_tables(text, file)
    problems = []
    for word, forms in entries.items():
        if message := _problem_with_entry(word, forms, engines):
            hint = 'write it like  [psoas]  and below it  say = "so-az"'
            problems.append(problem_in(text, file, word, f"{word}: {message}", hint))
    if problems:
        raise ScriptErrors(problems)
    return {
        word.casefold(): {key: form for key, form in forms.items() if form} for word, forms in entries.items()
    }


def pronounce(line: Line, table: Pronunciation, engine: str) -> str:
    """Return the text of a line as the engine is given it, with whole words replaced in any case.

    The script's own `say` overrides the table, and an engine's form overrides the plain respelling.
    """
    text = re.sub(r"[\[\]]+", " ", line.text)  # some engines take brackets for the start of phonemes
    forms = {word: _form(word, entry, engine) for word, entry in table.items()}
    forms |= {word.casefold(): _Letters(respelling) for word, respelling in line.say}
    if not forms:
        return text
    words = "|".join(re.escape(word) for word in sorted(forms, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)({words})(['’]s)?(?!\w)", re.IGNORECASE)
    return pattern.sub(lambda match: forms[match[1].casefold()].write(match[1], match[2] or ""), text)


def pronunciation(script: Script, finder: ScriptFinder) -> Pronunciation:
    """Return the pronunciation for a script. If files disagree on a word, the one nearest to the script wins."""
    return pronunciation_of(finder.near(Path(script.file)) if script.file else finder)


def pronunciation_of(finder: ScriptFinder) -> Pronunciation:
    """Return the pronunciation in every `pronunciation.toml` on the search path. The first file wins for a word."""
    merged: dict[str, Mapping[str, str]] = {}
    for path in finder.find_all("pronunciation.toml"):
        try:
            text = read_text(path)
        except (OSError, UnicodeDecodeError) as error:
            raise AudioBuilderError(f"Cannot read {display_path(path)}: {reason(error)}") from None
        for word, forms in read_pronunciation(text, display_path(path)).items():
            merged.setdefault(word, forms)
    return merged


@dataclass(frozen=True, slots=True)
class _Letters:
    form: str

    def write(self, word: str, ending: str) -> str:
        # keep the capital at the start of a sentence: engines use it to tell sentences apart
        return (self.form[:1].upper() + self.form[1:] if word[:1].isupper() else self.form) + ending


@dataclass(frozen=True, slots=True)
class _Phonemes:
    form: str

    def write(self, word: str, ending: str) -> str:
        return f"[{word}{ending}](/{self.form}{self._sound_of_s() if ending else ''}/)"

    def _sound_of_s(self) -> str:
        if self.form[-1] in "szʃʒʧʤ":
            return "ᵻz"
        return "s" if self.form[-1] in "ptkfθ" else "z"


def _form(word: str, entry: Mapping[str, str], engine: str) -> _Letters | _Phonemes:
    form = entry.get(engine)
    if form and installed_engines().has(engine, "takes_phonemes"):
        return _Phonemes(form)
    return _Letters(form or entry.get(_SAY, word))


def _problem_with_entry(word: str, forms: object, engines: EngineRegistry) -> str:
    if not re.fullmatch(r"\w(?:[\w'’ -]*\w)?", word):
        return "is not a word"
    if not isinstance(forms, dict):
        return "has no table of forms"
    known = (_SAY, *engines.names)
    for key, form in forms.items():
        if key not in known:
            return f'"{key}" is not "say" or an installed voice engine. {did_you_mean(key, known)}'
        if not isinstance(form, str):
            return f"the form for {key} must be text in quotes"
        if set(form) & set("[]()/") and engines.has(key, "takes_phonemes"):
            return f"write only phonemes for {key}, without brackets or slashes"
    return "" if any(forms.values()) else "has no form"
