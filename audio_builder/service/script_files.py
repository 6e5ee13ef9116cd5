"""Copy, rename, remove and restore scripts for the page, and take recordings and pictures that belong to them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from lxml import etree
from PIL import Image

from ..audio.recordings import recording_clip
from ..cache import Cache
from ..errors import AudioBuilderError, BadPicture, BadSound, ScriptErrors
from ..figures.draw import LARGEST_FIGURE
from ..files import (
    FIGURE_SUFFIXES,
    PICTURE_SUFFIXES,
    SOUND_SUFFIXES,
    create_atomically,
    locked,
    read_file,
    write_atomically,
)
from ..library.storage import iter_episodes
from ..request import Workspace
from ..script.model import Include, Recording
from ..script.parse.parse import parse
from ..script.walk import script_items
from ..text import portable_stem, short_slug
from ..units import file_size
from .front_edit import as_copy, with_id
from .scripts import EditConflict, check_name, digest, own_folder, read_script

_REMOVED = ".removed"  # the folder, next to the scripts, of those that were removed
LARGEST_SOUND = 100_000_000
"""Bytes of a recording that is brought."""
_XML = etree.XMLParser(resolve_entities=False, no_network=True)


class ScriptFiles:
    """The files in an author's folder of scripts. Several threads and processes may change them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def copy(self, name: str, to: str) -> None:
        """Copy a script under another name. The copy has another title, and no id: to a podcast it is another one.

        Raises AudioBuilderError if the name is taken.
        """
        self._create(to, as_copy(read_script(self._path(name))[1]).encode())

    def rename(self, name: str, to: str, was: str) -> None:
        """Give a script of the author's another name. `was` is its digest when it was read.

        If the library has a session of it, its name becomes its `id`, so that it stays the same episode in a podcast.
        Raises AudioBuilderError if the name is taken, or if other scripts use the script.
        """
        path = self._own(name, "rename it")
        self._check_unused(name, "rename")
        self._check_free(to)
        folder = path.parent
        with self._writing(to), locked(folder):
            self._check_unchanged(path, was)
            if (folder / f"{to}.md").exists():
                raise FileExistsError
            if any(episode.id == name for episode in iter_episodes(self.workspace.out)):
                write_atomically(path, with_id(read_script(path)[1], name).encode())
            path.rename(folder / f"{to}.md")

    def remove(self, name: str, was: str) -> bool:
        """Move a script of the author's to the folder of removed ones, in place of one of that name.

        Return whether a script that comes with the program has the name now. Raises AudioBuilderError if other scripts
        use it.
        """
        path = self._own(name, "remove it")
        if self._shipped(name) is None:
            self._check_unused(name, "remove")
        with self._writing(name), locked(path.parent):
            self._check_unchanged(path, was)
            removed = path.parent / _REMOVED
            removed.mkdir(exist_ok=True)
            path.replace(removed / f"{name}.md")
        return self._shipped(name) is not None

    def restore(self, name: str) -> None:
        """Bring back the script of that name that was removed last. Raises AudioBuilderError."""
        check_name(name)
        folder = own_folder(self.workspace.finder)
        kept = folder / _REMOVED / f"{name}.md"
        if not kept.is_file():
            raise AudioBuilderError(f"No removed script is named {name}")
        with self._writing(name), locked(folder):
            if (folder / f"{name}.md").exists():
                raise FileExistsError
            kept.rename(folder / f"{name}.md")

    def files(self) -> list[str]:
        """Return the names of the recordings and pictures in the author's folder."""
        folder = self.workspace.finder.folders[0]
        suffixes = SOUND_SUFFIXES | FIGURE_SUFFIXES
        return sorted(
            path.name for path in folder.glob("*") if path.suffix.lower() in suffixes and path.is_file()
        )

    def take(self, file: str, content: bytes, replace: bool) -> dict[str, str]:
        """Put a recording or a picture into the author's folder, and return its name and kind.

        Raises AudioBuilderError if it cannot be used, and EditConflict if another file has its name.
        """
        name, folder = _file_name(file), own_folder(self.workspace.finder)
        kind = "recording" if PurePath(name).suffix in SOUND_SUFFIXES else "picture"
        path = folder / name
        with self._writing(name):
            if path.exists() and read_file(path, LARGEST_SOUND) == content:
                return {"file": name, "kind": kind}
            _check_sound(content, name, self.workspace.cache) if kind == "recording" else _check_picture(
                content, name
            )
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder):
                if path.exists() and not replace:
                    raise EditConflict(
                        f"Your folder has another file named {name}. Replace it, or rename yours."
                    )
                write_atomically(path, content)
        return {"file": name, "kind": kind}

    def _path(self, name: str) -> Path:
        path = self.workspace.finder.scripts().get(name)
        if path is None:
            raise AudioBuilderError(f"No script is named {name} any more")
        return path

    def _own(self, name: str, what: str) -> Path:
        path, folder = self._path(name), own_folder(self.workspace.finder)
        if path.parent.resolve() != folder.resolve():
            raise AudioBuilderError(f"{name} comes with the program, so you cannot {what}. Copy it instead.")
        return path

    def _shipped(self, name: str) -> Path | None:
        return next(
            (
                path
                for folder in self.workspace.finder.folders[1:]
                if (path := folder / f"{name}.md").is_file()
            ),
            None,
        )

    def _check_free(self, to: str) -> None:
        check_name(to)
        if to in self.workspace.finder.scripts():
            raise AudioBuilderError(f"A script named {to} exists already. Choose another name.")

    def _check_unused(self, name: str, what: str) -> None:
        users = [
            user
            for user, path in self.workspace.finder.scripts().items()
            if user != name and self._uses(path, name)
        ]
        if users:
            raise AudioBuilderError(
                f"{', '.join(users)} {'use' if len(users) > 1 else 'uses'} {name}. Change that first, or copy {name} "
                f"instead: to {what} it would break {'them' if len(users) > 1 else 'it'}."
            )

    def _uses(self, path: Path, name: str) -> bool:
        try:
            script = parse(read_file(path), path.stem, path.name)
        except (OSError, ScriptErrors):
            return False
        included = {item.name for item in script_items(script) if isinstance(item, Include)}
        return name in included or name in script.front.positions or name == script.front.frame

    def _check_unchanged(self, path: Path, was: str) -> None:
        if digest(read_file(path)) != was:
            raise EditConflict(f"{path.stem} was changed by someone else meanwhile. Open it again first.")

    def _create(self, to: str, content: bytes) -> None:
        self._check_free(to)
        folder = own_folder(self.workspace.finder)
        with self._writing(to):
            folder.mkdir(parents=True, exist_ok=True)
            create_atomically(folder / f"{to}.md", content)

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        """Turn what the system refuses into messages."""
        try:
            yield
        except FileExistsError:
            raise AudioBuilderError(f"Your folder has {name} again. Rename one of the two first.") from None
        except OSError as error:
            raise AudioBuilderError(f"Cannot write {name}: {error.strerror}") from None


def _check_sound(content: bytes, name: str, cache: Cache) -> None:
    """Raise BadSound for what a script cannot play. What was decoded stays in the cache for the first build."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            recording_clip(Recording(str(path)), cache)
        except BadSound as error:
            raise BadSound(str(error).replace(str(path), name)) from None


def _check_picture(content: bytes, name: str) -> None:
    """Raise BadPicture for what neither pages nor Pillow can show."""
    if len(content) > LARGEST_FIGURE:
        most, size = file_size(LARGEST_FIGURE), file_size(len(content))
        raise BadPicture(f"{name}: a picture can have at most {most}, but this file has {size}")
    try:
        if PurePath(name).suffix in PICTURE_SUFFIXES:
            Image.open(io.BytesIO(content)).verify()
        elif etree.QName(etree.fromstring(content, _XML).tag).localname != "svg":
            raise BadPicture(f"{name}: this is not an SVG drawing")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise BadPicture(f"{name}: not a picture that can be read; save it as JPEG, PNG or SVG") from None


def _file_name(file: str) -> str:
    """Return a name that every system can have for a file that was brought. Raises AudioBuilderError."""
    brought = PurePath(file.replace("\\", "/")).name
    stem, suffix = short_slug(PurePath(brought).stem), PurePath(brought).suffix.lower()
    if suffix not in SOUND_SUFFIXES | FIGURE_SUFFIXES:
        known = ", ".join(sorted(SOUND_SUFFIXES | FIGURE_SUFFIXES))
        raise AudioBuilderError(
            f"{brought[:80]} is neither a recording nor a picture: its name must end in {known}"
        )
    if not stem:
        raise AudioBuilderError(f"{brought[:80]} needs a name with letters or digits")
    return f"{portable_stem(stem)}{suffix}"
