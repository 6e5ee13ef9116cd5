"""Where scripts are found, and what files are called in messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import AudioBuilderError
from ..text import did_you_mean, slugify

SOUNDS = {".wav", ".mp3", ".m4a", ".flac", ".ogg", ".opus", ".aif", ".aiff", ".aac"}
"""What the files of an author's own sounds end in."""

PICTURES = {".jpg", ".jpeg", ".png"}
"""What the files of an author's own pictures end in."""


def names_sound(name: str) -> bool:
    """Whether a bed or a bell is meant as a file of the author's, not as one of the program's own."""
    return Path(name).suffix.lower() in SOUNDS or "/" in name or "\\" in name


@dataclass(frozen=True)
class ScriptFinder:
    """Where scripts are looked for after the folder of the script that names them: the author's folder, then
    the shipped ones."""

    folders: tuple[Path, ...]

    def near(self, script: Path) -> ScriptFinder:
        """The same with a script's own folder first."""
        return ScriptFinder(tuple(dict.fromkeys((script.parent, *self.folders))))

    def find_file(self, file: str) -> Path | None:
        """The first file of that name."""
        return next(self.find_all(file), None)

    def find_all(self, file: str) -> Iterator[Path]:
        """All files of that name, the nearest first."""
        yield from (folder / file for folder in self.folders if is_file(folder / file))

    def scripts(self) -> dict[str, Path]:
        """Every script there is, by its slug; the nearest of a name wins."""
        found: dict[str, Path] = {}
        for folder in self.folders:
            for path in sorted(folder.glob("*.md")):
                found.setdefault(script_slug(path), path)
        return found


def shipped_folder() -> Path:
    """The folder of the scripts that come with the program: in the wheel, or in a checkout."""
    here = Path(__file__).parents[1]
    return here / "shipped" if (here / "shipped").is_dir() else here.parent / "scripts"


def script_finder(folder: Path | None = None) -> ScriptFinder:
    """The folders to look in: the one given (which must exist) or `./scripts`, then the shipped one."""
    if folder is not None and not folder.is_dir():
        raise AudioBuilderError(
            f"there is no folder {folder}; --scripts takes the folder that holds your scripts"
        )
    own = folder or Path("scripts")
    folders = [own, shipped_folder()] if own.is_dir() else [shipped_folder()]
    return ScriptFinder(tuple({path.resolve(): path for path in reversed(folders)}.values())[::-1])


def script_slug(path: Path) -> str:
    """The name of a script: its file's stem in lower case, with hyphens for whatever is no letter or digit."""
    return slugify(path.stem)


def script_template(slug: str, position: bool = False) -> str:
    """The text of a script to start from: a session, or a position."""
    template = Path(__file__).parents[1] / "templates" / ("position.md" if position else "session.md")
    return template.read_text("utf-8").replace("TITLE", slug.replace("-", " ").capitalize())


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def find_script(name: str, finder: ScriptFinder) -> Path:
    """The file that a slug or a path means; BuilderError with near names where there is none."""
    if name.endswith(".md") or "/" in name or "\\" in name:
        path = Path(name)
        if is_file(path):
            return path
        raise AudioBuilderError(f"there is no file {name}; {_instead(path, finder)}")
    found = finder.scripts()
    path_found = found.get(name) or found.get(script_slug(Path(f"{name}.md")))
    if path_found is None:
        raise AudioBuilderError(f"there is no script {name}; {_instead(Path(f'{name}.md'), finder)}")
    return path_found


def _instead(path: Path, finder: ScriptFinder) -> str:
    """What to write for a script that is not where it was looked for."""
    if path.parent == Path() and is_file(path):
        return f"but a file {path} lies here: write {path}"
    if path.with_suffix("").is_dir() or path.is_dir():
        folder = path if path.is_dir() else path.with_suffix("")
        return f"{folder} is a folder: name a script in it, or use audio-builder check {folder}"
    if (elsewhere := finder.find_file(path.name)) is not None:
        return f"did you mean {display_path(elsewhere)}?"
    return did_you_mean(script_slug(path), finder.scripts())


def display_path(path: Path) -> str:
    """A path as it is written in messages: short where it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)
