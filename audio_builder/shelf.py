"""Where scripts are found, and what files are called in messages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import BuilderError


@dataclass(frozen=True)
class Shelf:
    """Where scripts are looked for after the folder of the script that names them: the author's folder, then
    the shipped ones."""

    folders: tuple[Path, ...]

    def beside(self, script: Path) -> Shelf:
        """The same with a script's own folder first."""
        return Shelf(tuple(dict.fromkeys((script.parent, *self.folders))))

    def find(self, file: str) -> Path | None:
        """The first file of that name."""
        return next((folder / file for folder in self.folders if (folder / file).is_file()), None)

    def every(self, file: str) -> Iterator[Path]:
        """All files of that name, the nearest first."""
        yield from (folder / file for folder in self.folders if (folder / file).is_file())

    def slugs(self) -> dict[str, Path]:
        """Every script there is, by its slug; the nearest of a name wins."""
        found: dict[str, Path] = {}
        for folder in self.folders:
            for path in sorted(folder.glob("*.md")):
                found.setdefault(slug(path), path)
        return found


def shipped() -> Path:
    """The folder of the scripts that come with the program: in the wheel, or in a checkout."""
    here = Path(__file__).parent
    return here / "shipped" if (here / "shipped").is_dir() else here.parent / "scripts"


def shelf(folder: Path | None = None) -> Shelf:
    """The folders to look in: the one given (which must exist) or `./scripts`, then the shipped one."""
    if folder is not None and not folder.is_dir():
        raise BuilderError(f"there is no folder {folder}; --scripts takes the folder that holds your scripts")
    own = folder or Path("scripts")
    folders = [own, shipped()] if own.is_dir() else [shipped()]
    return Shelf(tuple({path.resolve(): path for path in reversed(folders)}.values())[::-1])


def slug(path: Path) -> str:
    """The name of a script: its file's stem in lower case, with hyphens for whatever is no letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "script"


def find(name: str, shelf: Shelf) -> Path:
    """The file that a slug or a path means; BuilderError with near names where there is none."""
    if name.endswith(".md") or "/" in name or "\\" in name:
        path = Path(name)
        if path.is_file():
            return path
        raise BuilderError(f"there is no file {name}" + (", it is a folder" if path.is_dir() else ""))
    path_found = shelf.slugs().get(name)
    if path_found is None:
        near = difflib.get_close_matches(name, shelf.slugs(), 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(shelf.slugs())}"
        raise BuilderError(f"there is no script {name}; {hint}")
    return path_found


def shown(path: Path) -> str:
    """A path as it is written in messages: short where it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)
