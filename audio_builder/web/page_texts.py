"""The texts that the scripts of a page need, which the page brings with it in its language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ..languages.catalogue import Catalogue
from ..languages.formats import plural_category

STATIC = Path(__file__).parent / "static"
"""The files that the pages load."""
_STRING = r'"(?:[^"\\]|\\.)*"'
_CALL = re.compile(
    rf"(?<![\w$.])(?P<name>_|ngettext|pgettext)\(\s*(?P<first>{_STRING})(?:,\s*(?P<second>{_STRING}))?"
)
_IMPORT = re.compile(r'^import .*?"\./([\w.]+)";', re.MULTILINE)
_SAMPLE = range(1000, -1, -1)
"""Numbers of which one is in each plural category that a number of things can have here."""


def page_texts(script: str, words: Catalogue) -> dict[str, str | dict[str, str]]:
    """Return the texts of a script and of those that it imports, by their English text.

    The context of a message precedes it, as in `breath|in`. Texts with a number have a form for each plural category
    of CLDR, as browsers know them. What is not translated is left out.
    """
    found: dict[str, str | dict[str, str]] = {}
    for name, first, second in used_messages(script):
        if name == "pgettext" and words.has(second, first):
            found[f"{first}|{second}"] = words.pgettext(first, second)
        elif name == "ngettext" and (forms := words.forms_of(first)):
            found[first] = {
                plural_category(number, words.language): forms[words.form_for(number)] for number in _SAMPLE
            }
        elif name == "_" and words.has(first):
            found[first] = words.gettext(first)
    return {} if words.language == "en" else found


@cache
def used_messages(script: str) -> tuple[tuple[str, str, str], ...]:
    """Return each call for a text in a script and in those that it imports: function, first and second argument."""
    return tuple(dict.fromkeys(_calls(script, set())))


def _calls(script: str, seen: set[str]) -> Iterator[tuple[str, str, str]]:
    seen.add(script)
    source = (STATIC / script).read_text("utf-8")
    for call in _CALL.finditer(source):
        yield call["name"], json.loads(call["first"]), json.loads(call["second"] or '""')
    for imported in _IMPORT.findall(source):
        if imported not in seen:
            yield from _calls(imported, seen)
