"""What an editor can suggest to an author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from ..figures.library import names
from ..files import SOUND_SUFFIXES
from ..options import OPTIONS
from ..request import Workspace
from ..script.parse.front_rules import KEYS
from ..script.vocabulary import DIRECTIVES, MARKS, SLOTS


def words_to_offer(workspace: Workspace, files: Iterable[str]) -> list[dict[str, str]]:
    """Return what can be written, each with the place for it (`where`) and an explanation (`about`).

    The places are `directive`, `mark` (in a heading), `slot` (in a sentence) and `key` (in front matter).
    """
    return [
        {"where": where, "text": text, "about": about} for where, text, about in _offered(workspace, files)
    ]


def _offered(workspace: Workspace, files: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for where, samples in (("directive", DIRECTIVES), ("mark", MARKS), ("slot", SLOTS)):
        for text, meaning in samples:
            yield where, text, meaning
    for script in workspace.finder.scripts():
        yield "directive", f"[include {script}]", "another script, here"
    for file in files:
        if PurePath(file).suffix in SOUND_SUFFIXES:
            yield "directive", f"[play {file}: the words you say]", "your own recording"
        else:
            yield "key", f"figure: {file}", "your own drawing or photo"
    for name in names():
        yield "mark", f"{{figure {name}}}", "a drawing with this chapter"
        yield "key", f"figure: {name}", "a drawing with every chapter"
    for name, key in KEYS.items():
        yield "key", f"{name}: ", key.description
    for option in OPTIONS:
        if option.front_matter:
            for value, label in option.offered.items():
                if value:
                    yield "key", f"{option.key}: {value}", label
