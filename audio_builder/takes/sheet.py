"""Write the sentences to record as a page to read from, on paper or on a screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ..languages.catalogue import catalogue, translatable
from ..languages.formats import text_direction
from ..script.model import Script
from .sentences import ReadSentence

_HOW = translatable("Sentences: {count}. Read them in their order, in one recording.")


def reading_sheet(script: Script, sentences: Sequence[ReadSentence]) -> str:
    """Return a page with numbered sentences in large type, in the language of the script."""
    words = catalogue(script.front.language)
    parts = [(part, list(own)) for part, own in groupby(sentences, key=lambda sentence: sentence.part)]
    language, how = script.front.language, words.language_of(_HOW)
    return _template().render(
        title=script.front.title,
        language=language,
        direction=text_direction(language),
        how_language=how,
        how_direction=text_direction(how),
        count=words.gettext(_HOW, count=len(sentences)),
        parts=parts,
        _=words.gettext,
    )


@cache
def _template() -> Template:
    folder = Path(__file__).parents[1] / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("reading.html")
