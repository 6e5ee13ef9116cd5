"""Fix in scripts what has one right answer."""

from __future__ import annotations

from ..errors import AudioBuilderError, ScriptErrors
from ..files import read_file, write_atomically
from ..request import Workspace
from ..script.parse.characters import decode_script
from ..script.search import display_path, find_script, is_shipped
from .questions import Question, fix


def fix_script(name: str, workspace: Workspace) -> list[Question]:
    """Fix a script in place and return what was fixed, by lines. Raise AudioBuilderError if the file cannot be changed.

    Files that are not text stay as they are.
    """
    try:
        path = find_script(name, workspace.finder)
        text = decode_script(read_file(path), display_path(path))
    except (AudioBuilderError, ScriptErrors):
        return []  # `check` reports it
    except OSError as error:
        raise AudioBuilderError(f"Cannot read {name}: {error.strerror}") from None
    ending = "\r\n" if "\r\n" in text else "\n"
    fixed, found = fix(text, display_path(path))
    if found and is_shipped(path.parent):
        raise AudioBuilderError(
            f"{display_path(path)} comes with the program. Copy it into ./scripts, and fix the copy."
        )
    if found:
        try:
            write_atomically(path, fixed.replace("\n", ending).encode("utf-8"))
        except OSError as error:
            raise AudioBuilderError(f"Cannot write {display_path(path)}: {error.strerror}") from None
    return found
