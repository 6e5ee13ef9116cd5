"""The names of the show that a script belongs to, from the `show.toml` next to the scripts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

from ..errors import AudioBuilderError
from ..files import exists, read_text, reason
from ..text import parse_toml
from .model import Script
from .search import ScriptFinder, display_path, is_shipped, shipped_folder


class ShowNames(NamedTuple):
    """The title of a show and its author; both are empty if there is none."""

    title: str = ""
    author: str = ""


def show_names(script: Script, finder: ScriptFinder) -> ShowNames:
    """Return the names of the author's show, which is next to the script or in the folder of the author's scripts.

    The example show that comes with the program does not count.

    Names that are missing, or are not text, are empty: `feed` reports them. Raises AudioBuilderError if the file cannot
    be read.
    """
    beside = [Path(script.file).parent] if script.file else []
    own = [folder for folder in beside if folder.resolve() != shipped_folder().resolve()]
    for folder in (*own, finder.folders[0]):
        path = folder / "show.toml"
        if not exists(path) or is_shipped(folder):
            continue
        try:
            show = parse_toml(read_text(path))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise AudioBuilderError(
                f"{display_path(path)}: {reason(error)}: fix it, or move it away"
            ) from None
        names = (show.get("title"), show.get("author"))
        return ShowNames(*(name.strip() if isinstance(name, str) else "" for name in names))
    return ShowNames()
