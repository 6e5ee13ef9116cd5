"""What an editor can suggest to an author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from ..figures.library import names
from ..files import SOUND_SUFFIXES
from ..languages.catalogue import Catalogue, catalogue
from ..options import OPTIONS
from ..request import Workspace
from ..script.parse.front_rules import KEYS
from ..script.vocabulary import DIRECTIVES, MARKS, SLOTS

_OPTIONS = {option.key: option for option in OPTIONS if option.front_matter}


def words_to_offer(workspace: Workspace, files: Iterable[str], language: str = "en") -> list[dict[str, str]]:
    """Return what can be written, each with the place for it (`where`) and an explanation (`about`) in a language.

    The places are `directive`, `mark` (in a heading), `slot` (in a sentence) and `key` (in front matter).
    """
    offered = _offered(workspace, files, catalogue(language))
    return [{"where": where, "text": text, "about": about} for where, text, about in offered]


def _offered(workspace: Workspace, files: Iterable[str], words: Catalogue) -> Iterator[tuple[str, str, str]]:
    for where, samples in (("directive", DIRECTIVES), ("mark", MARKS), ("slot", SLOTS)):
        for text, meaning in samples:
            yield where, text, words.gettext(meaning)
    for script in workspace.finder.scripts():
        yield "directive", f"[include {script}]", words.gettext("another script, here")
    spoken = words.gettext("the words you say")
    for file in files:
        if PurePath(file).suffix.lower() in SOUND_SUFFIXES:
            yield "directive", f"[play {file}: {spoken}]", words.gettext("your own recording")
        else:
            yield "key", f"figure: {file}", words.gettext("your own drawing or photo")
    for name in names():
        yield "mark", f"{{figure {name}}}", words.gettext("a drawing with this chapter")
        yield "key", f"figure: {name}", words.gettext("a drawing with every chapter")
    for name, key in KEYS.items():
        option = _OPTIONS.get(name)
        sounds = ", ".join(option.offered) if option else ""
        yield "key", f"{name}: ", words.gettext(option.help if option else key.description, names=sounds)
    for option in _OPTIONS.values():
        for value, label in option.offered.items():
            if value:
                yield "key", f"{option.key}: {value}", words.gettext(label)
