"""Finds scripts, and says what files are called in messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import AudioBuilderError
from ..files import exists, is_file, is_folder, read_file
from ..text import closest, did_you_mean, slugify

DEFAULT_SCRIPT = "psoas-release"
"""The session that is built by default, and the frame of positions that do not name another."""
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class ScriptDraft:
    """The text of a script that is being written, in place of what its file holds, if there is one."""

    path: Path
    content: bytes


@dataclass(frozen=True)
class ScriptFinder:
    """The folders that hold scripts, such as the user's and the shipped one. Files of the first folder win."""

    folders: tuple[Path, ...]
    draft: ScriptDraft | None = None

    def near(self, script: Path) -> ScriptFinder:
        """Return a finder that looks in the folder of this script first."""
        return ScriptFinder(tuple(dict.fromkeys((script.parent, *self.folders))), self.draft)

    def read(self, script: Path) -> bytes:
        """Return the content of a script. Raises OSError."""
        if self.draft and script.resolve() == self.draft.path.resolve():
            return self.draft.content
        return read_file(script)

    def find_file(self, name: str) -> Path | None:
        """Return the first file of this name, or None."""
        return next(self.find_all(name), None)

    def find_all(self, name: str) -> Iterator[Path]:
        """Yield the file of this name in each folder that has one."""
        yield from (folder / name for folder in self.folders if exists(folder / name))

    def scripts(self) -> dict[str, Path]:
        """Return the path of every script by its slug."""
        found = {script_slug(self.draft.path): self.draft.path} if self.draft else {}
        for folder in self.folders:
            for path in sorted(folder.glob("*.md")):
                found.setdefault(script_slug(path), path)
        return found


def script_finder(folder: Path | None = None) -> ScriptFinder:
    """Return a finder for a folder, by default `./scripts` if it exists, and for the shipped scripts after it.

    Raises AudioBuilderError if the given folder does not exist.
    """
    if folder is not None and not is_folder(folder):
        raise AudioBuilderError(f'No folder named "{folder}": --scripts takes the folder with your scripts')
    user_folder = folder or Path("scripts")
    folders = [user_folder, shipped_folder()] if is_folder(user_folder) else [shipped_folder()]
    return ScriptFinder(tuple({path.resolve(): path for path in reversed(folders)}.values())[::-1])


def shipped_folder() -> Path:
    """Return the folder of the scripts that come with the program, in the wheel or in a checkout."""
    installed = _PACKAGE / "shipped"
    return installed if installed.is_dir() else _PACKAGE.parent / "scripts"


def is_shipped(folder: Path) -> bool:
    """Return whether the folder holds the program's own scripts, unless it is the `scripts` of a working copy."""
    return folder.resolve() == shipped_folder().resolve() != (Path.cwd() / "scripts").resolve()


def script_slug(path: Path) -> str:
    """Return the name of a script: the stem of its file in lower case, with hyphens between words."""
    return slugify(path.stem)


def script_template(slug: str, position: bool = False) -> str:
    """Return the text of a new session, or of a new position."""
    template = _PACKAGE / "templates" / ("position.md" if position else "session.md")
    return template.read_text("utf-8").replace("TITLE", slug.replace("-", " ").capitalize())


def find_script(name: str, finder: ScriptFinder) -> Path:
    """Return the file of a script given by its slug or its path.

    Raises AudioBuilderError, with similar names, if there is none, and if several files of its folder have its name.
    """
    if name.endswith(".md") or "/" in name or "\\" in name:
        path = Path(name)
        if is_file(path):
            return _unique(path)
        raise AudioBuilderError(f'No file named "{name}". {_suggestion(path, finder)}')
    scripts = finder.scripts()
    file = Path(f"{name}.md")
    found = scripts.get(name) or scripts.get(script_slug(file))
    if found is None:
        raise AudioBuilderError(f'No script named "{name}". {_suggestion(file, finder)}')
    return _unique(found)


def namesakes(path: Path) -> list[Path]:
    """Return the scripts in the folder of this one that have the same slug, with itself if it is a script."""
    slug = script_slug(path)
    return [other for other in sorted(path.parent.glob("*.md")) if script_slug(other) == slug]


def same_name_message(path: Path) -> str:
    """Return what is wrong if other scripts in the folder of this one have its slug, or "" if none has."""
    same = namesakes(path)
    if len(same) < 2:
        return ""
    return f'{len(same)} scripts are named "{script_slug(path)}": {" and ".join(map(display_path, same))}'


def _unique(path: Path) -> Path:
    if message := same_name_message(path):
        raise AudioBuilderError(f"{message}. Rename all but one of them.")
    return path


def _suggestion(path: Path, finder: ScriptFinder) -> str:
    if path.parent == Path() and is_file(path):
        return f"For the file in this folder, write {path}."
    folder = path if is_folder(path) else path.with_suffix("")
    if is_folder(folder):
        return f"{folder} is a folder: name a script in it, or use audio-builder check {folder}."
    if (elsewhere := finder.find_file(path.name)) is not None:
        return f'Did you mean "{display_path(elsewhere)}"?'
    slug = script_slug(path)
    if closest(slug, finder.scripts()) or not slug:
        return did_you_mean(slug, finder.scripts())
    return f"{did_you_mean(slug, finder.scripts())} To write one, begin with audio-builder new {slug}."


def display_path(path: Path) -> str:
    """Return a path as messages show it: relative if it is below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)
