"""Collect the messages of the program, and bring them into the catalogues: `make messages`.

Writes `audio_builder/locale/messages.pot`, and for each language what is new, without what is no longer used. New
messages are empty until someone translates them. `python tests/messages.py sv` begins a catalogue for Swedish.
"""

from __future__ import annotations

import ast
import io
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from common import ROOT
from jinja2.ext import babel_extract

from audio_builder.languages.catalogue import CATALOGUES, catalogue_path
from audio_builder.languages.coverage import TEMPLATE
from audio_builder.text import one_line

PACKAGE = ROOT / "audio_builder"
_PYTHON = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "translatable": None}
_PYTHON |= {"Sample": (2,), "FrontKey": (2,)}  # explanations for the editor of the page
_PAGES = {"_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_WIDTH = 110
_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # a file that changes with every run cannot be merged
_HEADER = """\
# Messages of audio-builder in {language}.
# AWAITING A NATIVE READER: nobody whose first language this is has reviewed these texts yet.
# docs/translating.md says how to help. A physiotherapist should review the cautions too.
#"""


class Found(NamedTuple):
    """A message: its English text, or its two forms; its context, and comments for translators."""

    file: str
    message: str | tuple[str, str]
    context: str | None = None
    comments: tuple[str, ...] = ()


@cache
def found_messages() -> tuple[Found, ...]:
    """Return every message of the program, with the file that has it, in the order of files."""
    return tuple(_found())


def _found() -> Iterator[Found]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield from _from_code(path, "python", _PYTHON)
    yield from _from_options()
    for path in sorted((PACKAGE / "templates").rglob("*.html")):
        yield from _from_code(path, babel_extract, _PAGES)
    for path in sorted((PACKAGE / "web" / "static").glob("*.js")):
        yield from _from_code(path, "javascript", _PAGES)
    yield from _from_poses()
    yield from _from_cautions()


def template() -> Catalog:
    """Return the catalogue of all messages, in English."""
    catalog = Catalog(project="audio-builder", msgid_bugs_address="", fuzzy=False, creation_date=_DATE)
    for found in found_messages():
        catalog.add(
            found.message,
            locations=[(found.file, 0)],
            auto_comments=found.comments,
            context=found.context,
        )
    return catalog


def updated(language: str) -> Catalog:
    """Return the catalogue of a language with every message of the program and no other."""
    path = catalogue_path(language)
    catalog = Catalog(locale=language, fuzzy=False)
    if path.is_file():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.project, catalog.version = "audio-builder", "VERSION"
    catalog.creation_date = catalog.revision_date = _DATE
    catalog.last_translator, catalog.language_team, catalog.msgid_bugs_address = "", language, ""
    catalog.header_comment = _HEADER.format(language=catalog.locale.english_name)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """Return the bytes of a catalogue's file. Places have no line numbers, which would change with every edit."""
    out = io.BytesIO()
    write_po(out, catalog, width=_WIDTH, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def _from_code(path, method, keywords) -> Iterator[Found]:
    name = path.relative_to(ROOT).as_posix()
    options = {"encoding": "utf-8", "trimmed": "true", "silent": "false"}
    with path.open("rb") as file:
        for _, message, comments, context in extract(method, file, keywords, ("Translators:",), options):
            texts = tuple(text for text in message if text) if isinstance(message, tuple) else message
            yield Found(name, texts, context, tuple(comments))


def _from_options() -> Iterator[Found]:
    """Yield the labels, the help and the choices of options, which are declared as arguments with names."""
    tree = ast.parse((PACKAGE / "options.py").read_text("utf-8"))
    tables = {
        target.id: each.value
        for each in tree.body
        if isinstance(each, ast.Assign) and isinstance(target := each.targets[0], ast.Name)
    }
    for call in ast.walk(tree):
        for keyword in call.keywords if isinstance(call, ast.Call) else ():
            texts = [keyword.value] if keyword.arg in ("label", "help") else []
            form = keyword.value
            if isinstance(form, ast.Name):
                form = tables.get(form.id, form)
            if keyword.arg in ("form", "choices") and isinstance(form, ast.Dict):
                texts = form.values
            if keyword.arg == "names" and isinstance(keyword.value, ast.Tuple):
                texts = keyword.value.elts
            for text in texts:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield Found("audio_builder/options.py", text.value)


def _from_poses() -> Iterator[Found]:
    path = PACKAGE / "figures" / "poses.toml"
    comment = ("Describes a drawing to people who do not see it.",)
    for pose in tomllib.loads(path.read_text("utf-8")).values():
        for name in ("alt", "mirrored_alt"):
            if name in pose:
                yield Found("audio_builder/figures/poses.toml", pose[name], None, comment)


def _from_cautions() -> Iterator[Found]:
    comments = {
        "short": ("A caution that is spoken. Address nobody, or do as the scripts do. No medical promises.",),
        "full": ("A caution in the show notes. A physiotherapist should review it.",),
    }
    for entry in tomllib.loads((ROOT / "scripts" / "cautions.toml").read_text("utf-8")).values():
        for name, comment in comments.items():
            yield Found("scripts/cautions.toml", one_line(entry[name]), None, comment)


def languages() -> list[str]:
    """Return the languages that have a catalogue."""
    return sorted(path.parents[1].name for path in CATALOGUES.glob("*/LC_MESSAGES/messages.po"))


def main(*new: str) -> None:
    """Write the template and the catalogues, and say what each language lacks."""
    CATALOGUES.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(as_po(template()))
    for language in sorted({*languages(), *new}):
        catalog = updated(language)
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(catalog))
        empty = sum(not all(_strings(message)) for message in catalog if message.id)
        print(f"{path.relative_to(ROOT)}: {empty} of {len(catalog)} messages to translate")


def _strings(message) -> tuple[str, ...]:
    """Return every form of a translation, or "" for one that is missing."""
    strings = message.string or ""
    return (strings,) if isinstance(strings, str) else tuple(strings)


if __name__ == "__main__":
    main(*sys.argv[1:])
