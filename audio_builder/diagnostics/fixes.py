"""Fix in scripts what has one right answer."""

from __future__ import annotations

from pathlib import Path

from ..errors import AudioBuilderError, Problem, ScriptErrors
from ..files import write_atomically
from ..request import Workspace
from ..script.parse.characters import decode_script
from ..script.search import display_path, find_script, shipped_folder
from .questions import fix


def fix_script(name: str, workspace: Workspace) -> list[Problem]:
    """Fix a script in place and return what was fixed. Raise AudioBuilderError if the file cannot be changed.

    Files that are not text stay as they are.
    """
    try:
        path = find_script(name, workspace.finder)
        text = decode_script(path.read_bytes(), display_path(path))
    except (AudioBuilderError, ScriptErrors):
        return []  # `check` reports it
    except OSError as error:
        raise AudioBuilderError(f"Cannot read {name}: {error.strerror}") from None
    ending = "\r\n" if "\r\n" in text else "\n"
    fixed, found = fix(text, display_path(path))
    if found and path.resolve().parent == shipped_folder().resolve() and not Path("scripts").is_dir():
        raise AudioBuilderError(
            f"{display_path(path)} comes with the program. Copy it into ./scripts, and fix the copy."
        )
    if found:
        try:
            write_atomically(path, fixed.replace("\n", ending).encode("utf-8"))
        except OSError as error:
            raise AudioBuilderError(f"Cannot write {display_path(path)}: {error.strerror}") from None
    return [question.problem for question in found]
