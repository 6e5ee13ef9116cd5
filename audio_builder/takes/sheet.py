"""Write the sentences to record as a page to read from, on paper or on a screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ..script.model import Script
from ..text import count
from .sentences import ReadSentence


def reading_sheet(script: Script, sentences: Sequence[ReadSentence], recorded: int = 0) -> str:
    """Return a page with numbered sentences in large type. `recorded` is how many more a voice has already."""
    parts = [(part, list(own)) for part, own in groupby(sentences, key=lambda sentence: sentence.part)]
    return _template().render(
        title=script.front.title,
        language=script.front.language,
        count=count(len(sentences), "sentence"),
        recorded=recorded,
        parts=parts,
    )


@cache
def _template() -> Template:
    folder = Path(__file__).parents[1] / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("reading.html")
