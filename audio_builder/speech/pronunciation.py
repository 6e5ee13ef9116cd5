"""How words are said: `pronunciation.toml` and the `say` of a script, applied to a line for one engine."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec

from ..errors import AudioBuilderError, Location, Problem, ScriptErrors
from ..script.model import Line, Script
from ..script.search import ScriptFinder, display_path

Pronunciation = Mapping[str, Mapping[str, str]]
"""Word (casefolded) -> `say` (a plain respelling for every engine) or an engine's name -> what that engine is given."""

NONE: Pronunciation = MappingProxyType({})


class Forms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The forms of one word: `say` is a respelling in plain letters, `hibari` its phonemes, the others text."""

    say: str = ""
    hibari: str = ""
    pyttsx3: str = ""
    piper: str = ""


def read_pronunciation(text: str, file: str) -> Pronunciation:
    """The table that `pronunciation.toml` holds. Raises ScriptErrors with every problem at its line."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (len(text.splitlines()) or 1, 1)
        raise ScriptErrors([_problem(text, file, line, f"not TOML: {error}", column=column)]) from None
    table: dict[str, Mapping[str, str]] = {}
    problems = []
    for word, entry in tables.items():
        try:
            forms = msgspec.convert(entry, Forms)
            wrong = _wrong(word, forms)
        except msgspec.ValidationError as error:
            wrong = str(error)
        if wrong:
            line = _line_of(text, word)
            hint = 'write it like  [psoas]  and below it  say = "so-az"'
            problems.append(_problem(text, file, line, f"{word}: {wrong}", hint))
        else:
            table[word.casefold()] = {key: form for key, form in msgspec.to_builtins(forms).items() if form}
    if problems:
        raise ScriptErrors(problems)
    return table


def pronounce(line: Line, table: Pronunciation, engine: str) -> str:
    """The line's text as an engine is given it: whole words replaced, whatever their case; the script's own `say`
    wins over the table, an engine's form over the plain respelling."""
    text = re.sub(r"[\[\]]+", " ", line.text)  # brackets mark phonemes to hibari and piper
    given = {word: _given(word, forms, engine) for word, forms in table.items()}
    given |= {word.casefold(): _Letters(respelling) for word, respelling in line.say}
    if not given:
        return text
    words = "|".join(re.escape(word) for word in sorted(given, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)({words})(['’]s)?(?!\w)", re.IGNORECASE)
    return pattern.sub(lambda found: given[found[1].casefold()](found[1], found[2] or ""), text)


def _given(word: str, forms: Mapping[str, str], engine: str) -> _Reply:
    own = forms.get(engine, "")
    if own and engine == "hibari":
        return _Phonemes(own)
    return _Letters(own or forms.get("say", word))


@dataclass(frozen=True, slots=True)
class _Letters:
    form: str

    def __call__(self, word: str, ending: str) -> str:
        # a sentence still begins with a capital, by which engines tell sentences apart
        return (self.form[:1].upper() + self.form[1:] if word[:1].isupper() else self.form) + ending


@dataclass(frozen=True, slots=True)
class _Phonemes:
    form: str

    def __call__(self, word: str, ending: str) -> str:
        sound = (
            ("ᵻz" if self.form[-1] in "szʃʒʧʤ" else "s" if self.form[-1] in "ptkfθ" else "z")
            if ending
            else ""
        )
        return f"[{word}{ending}](/{self.form}{sound}/)"


_Reply = _Letters | _Phonemes


def _wrong(word: str, forms: Forms) -> str:
    if not re.fullmatch(r"\w(?:[\w'’ -]*\w)?", word):
        return "is not a word"
    if not any(msgspec.to_builtins(forms).values()):
        return "has no form"
    if set(forms.hibari) & set("[]()/"):
        return "hibari's form is phonemes alone, without brackets or slashes"
    return ""


def _line_of(text: str, word: str) -> int:
    pattern = re.compile(rf"""\s*\[?\s*["']?{re.escape(word)}["']?\s*[\]=.]""")
    return next((n for n, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _problem(text: str, file: str, line: int, message: str, hint: str = "", column: int = 1) -> Problem:
    lines = text.splitlines()
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    return Problem(Location(file, line, column), message, source, 1 if column > 1 else len(source) or 1, hint)


def pronunciation(script: Script, finder: ScriptFinder) -> Pronunciation:
    """How words are said in a script: every `pronunciation.toml` there is, the nearest winning for a word."""
    return pronunciation_of(finder.near(Path(script.file)) if script.file else finder)


def pronunciation_of(finder: ScriptFinder) -> Pronunciation:
    """How words are said, by the files on a shelf."""
    merged: dict[str, Mapping[str, str]] = {}
    for path in finder.find_all("pronunciation.toml"):
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise AudioBuilderError(f"cannot read {display_path(path)}: {error}") from None
        for word, forms in read_pronunciation(text, display_path(path)).items():
            merged.setdefault(word, forms)
    return merged
