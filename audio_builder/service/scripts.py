"""The scripts as the page edits them: read, begun, written, and what is wrong with them at its place."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

from ..diagnostics.report import check
from ..errors import AudioBuilderError, Problem, ScriptErrors
from ..files import write_atomically
from ..request import Workspace
from ..script.parse.parse import parse
from ..script.search import ScriptFinder, is_file, script_slug, script_template, shipped_folder


class Conflict(AudioBuilderError):
    """A script that somebody else wrote meanwhile."""


class Scripts:
    """The scripts of a desk. Safe among threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._writing = threading.Lock()

    def text(self, name: str) -> dict[str, Any]:
        """A script's text, and what tells it from any other (`was`); `own` is false for one of the program's."""
        path = self.workspace.finder.scripts()[name]
        try:
            data = path.read_bytes()
            text = data.decode("utf-8-sig")
        except OSError as error:
            raise AudioBuilderError(f"cannot read {path.name}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise AudioBuilderError(
                f"{path.name} is no UTF-8 text; save it as UTF-8 in your editor first"
            ) from None
        folder = _own(self.workspace.finder)
        own = folder is not None and path.parent.resolve() == folder.resolve()
        return {"name": name, "text": text, "was": _digest(data), "own": own}

    def begun(self, name: str) -> dict[str, Any]:
        """A script to start from, which is written nowhere yet."""
        _checked(name)
        if name in self.workspace.finder.scripts():
            raise AudioBuilderError(f"there is a script {name} already: open it, or take another name")
        return {"name": name, "text": script_template(name), "was": "", "own": True}

    def write(self, name: str, text: str, was: str) -> dict[str, Any]:
        """Writes a script into the author's folder; `was` is what it was when they began."""
        _checked(name)
        folder = _own(self.workspace.finder)
        if folder is None:
            raise AudioBuilderError(
                "there is no folder for your own scripts: make one named scripts where you start the server, "
                "and start it again"
            )
        there = self.workspace.finder.scripts().get(name)
        path = there if there and there.parent.resolve() == folder.resolve() else folder / f"{name}.md"
        try:
            with self._writing:
                if _digest(there.read_bytes() if there else b"") != was:
                    raise Conflict(
                        f"{name} was changed by somebody else meanwhile; copy your text, and open it again"
                    )
                folder.mkdir(parents=True, exist_ok=True)
                write_atomically(path, text.replace("\r\n", "\n").encode())
        except OSError as error:
            raise AudioBuilderError(f"cannot write {path}: {error.strerror}") from None
        found = check(str(path), self.workspace)
        return self.text(name) | report(found.errors, found.advice)


def problems(name: str, text: str) -> dict[str, Any]:
    """What is wrong with a text that is being written."""
    try:
        parse(text.encode(), name or "script", name or "script")
    except ScriptErrors as error:
        return report(error.problems)
    return report(())


def report(errors: tuple[Problem, ...], advice: tuple[Problem, ...] = ()) -> dict[str, Any]:
    """Problems at their places, as the page underlines them."""

    def told(problem: Problem) -> dict[str, Any]:
        location = problem.location
        return {
            "line": location.line,
            "column": location.column,
            "width": max(1, problem.width),
            "message": problem.message,
            "cure": problem.hint,
            "file": location.file,
        }

    return {"errors": [*map(told, errors)], "advice": [*map(told, advice)]}


def _checked(name: str) -> None:
    if script_slug(Path(f"{name}.md")) != name or len(name) > 80:
        raise AudioBuilderError("a script's name is lower-case letters, digits and hyphens, as in my-evening")


def _own(finder: ScriptFinder) -> Path | None:
    """The folder that the author's scripts are written to; None where there are only those of an installed program."""
    folder = finder.folders[0]
    installed = folder.resolve() == shipped_folder().resolve() and not is_file(
        folder.parent / "pyproject.toml"
    )
    return None if installed else folder


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() if data else ""
