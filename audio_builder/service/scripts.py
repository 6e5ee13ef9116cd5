"""Edit scripts for the page: read one, start one, write one, and report its problems."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ..diagnostics.documents import problem_document
from ..diagnostics.questions import questions
from ..diagnostics.report import check
from ..errors import AudioBuilderError, Problem, ScriptErrors
from ..files import locked, read_file, write_atomically
from ..importing.script import ImportOptions, import_script
from ..request import Workspace
from ..script.parse.parse import parse
from ..script.search import ScriptFinder, is_shipped, script_slug, script_template
from ..text import not_portable

_LONGEST_NAME = 80


class EditConflict(AudioBuilderError):
    """A script that was changed by someone else meanwhile."""


class ScriptEditor:
    """The scripts of a workspace. Several threads and processes may write them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def read(self, name: str) -> dict[str, Any]:
        """Return a script's text, a digest of it (`was`), and whether it is the author's (`own`) or a shipped one."""
        path = self.workspace.finder.scripts()[name]
        data, text = read_script(path)
        folder = self.workspace.finder.folders[0]
        own = not is_shipped(folder) and path.parent.resolve() == folder.resolve()
        return {"name": name, "text": text, "was": digest(data), "own": own}

    def start(self, name: str) -> dict[str, Any]:
        """Return a script to start from. Nothing is written yet."""
        check_name(name)
        if name in self.workspace.finder.scripts():
            raise AudioBuilderError(f"A script named {name} exists already. Open it, or choose another name.")
        return {"name": name, "text": script_template(name), "was": "", "own": True}

    def convert(self, name: str, data: bytes, file: str, stretch: bool) -> dict[str, Any]:
        """Return the script that a text becomes, with every decision. Nothing is written yet.

        `file` is the name of the file that the text was in, or "" if it was pasted.
        """
        started = self.start(name)
        title = name.replace("-", " ").capitalize()
        imported = import_script(data, file or f"{title}.txt", ImportOptions(stretch=stretch))
        decisions = [
            {"line": one.line, "message": one.message, "certain": one.is_certain}
            for one in imported.decisions
        ]
        return started | {"text": imported.text, "decisions": decisions}

    def write(self, name: str, text: str, was: str) -> dict[str, Any]:
        """Write a script into the author's folder and return it with its problems.

        `was` is the digest from when it was read. Raises EditConflict if it changed since.
        """
        check_name(name)
        folder = own_folder(self.workspace.finder)
        path = folder / f"{name}.md"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder):
                found = self.workspace.finder.scripts().get(name)
                path = found if found and found.parent.resolve() == folder.resolve() else path
                if digest(read_file(found) if found else b"") != was:
                    raise EditConflict(
                        f"{name} was changed by someone else meanwhile. Copy your text, and open it again."
                    )
                write_atomically(path, text.replace("\r\n", "\n").encode())
        except OSError as error:
            raise AudioBuilderError(f"Cannot write {path}: {error.strerror}") from None
        report = check(str(path), self.workspace)
        return self.read_listed(name) | problem_report(report.errors, report.advice)

    def read_listed(self, name: str) -> dict[str, Any]:
        """Return what `read` does and, unless the script has errors, what lists show of it."""
        told = self.read(name)
        try:
            front = parse(told["text"].encode(), name, name).front
        except ScriptErrors:
            return told
        return told | {"title": front.title, "kind": front.kind, "takes_positions": bool(front.positions)}


def read_script(path: Path) -> tuple[bytes, str]:
    """Return the content of a script and its text. Raises AudioBuilderError."""
    try:
        data = read_file(path)
        return data, data.decode("utf-8-sig")
    except OSError as error:
        raise AudioBuilderError(f"Cannot read {path.name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise AudioBuilderError(
            f"{path.name} is not UTF-8 text. Save it as UTF-8 in your editor first."
        ) from None


def text_problems(name: str, text: str) -> dict[str, Any]:
    """Return what is wrong with a text that is being written, and what would be read aloud by mistake."""
    file = name or "script"
    asked = tuple(question.problem for question in questions(text, file))
    try:
        parse(text.encode(), file, file)
    except ScriptErrors as error:
        return problem_report(error.problems, asked)
    return problem_report((), asked)


def problem_report(errors: tuple[Problem, ...], advice: tuple[Problem, ...] = ()) -> dict[str, Any]:
    """Return problems with their places, as JSON has them."""
    return {"errors": [*map(problem_document, errors)], "advice": [*map(problem_document, advice)]}


def check_name(name: str) -> None:
    """Raise AudioBuilderError unless a script can have this name."""
    hint = f"use up to {_LONGEST_NAME} lower-case letters, digits and hyphens, e.g. my-evening"
    if script_slug(Path(f"{name}.md")) == name and len(name) <= _LONGEST_NAME:
        hint = not_portable(name)
    if hint:
        raise AudioBuilderError(f'Invalid script name "{name[:_LONGEST_NAME]}": {hint}')


def draft_path(finder: ScriptFinder, name: str) -> Path:
    """Return the file that a text under this name is for, whether it exists or not. Raises AudioBuilderError."""
    check_name(name)
    return finder.scripts().get(name) or finder.folders[0] / f"{name}.md"


def own_folder(finder: ScriptFinder) -> Path:
    """Return the folder that the author's scripts are written to. Raises AudioBuilderError if there is none."""
    folder = finder.folders[0]
    if is_shipped(folder):
        raise AudioBuilderError(
            "You have no folder for scripts here. Create one named scripts where you start the server, "
            "and start it again."
        )
    return folder


def digest(data: bytes) -> str:
    """Return what identifies the content of a script, or "" for a script that is not there."""
    return hashlib.sha256(data).hexdigest() if data else ""
