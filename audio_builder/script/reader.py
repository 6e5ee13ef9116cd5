"""Reads scripts from files, along with the scripts, recordings and pictures that they name."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from ..errors import AudioBuilderError, Location, ScriptErrors
from ..figures.library import Figure
from ..files import FIGURE_SUFFIXES, PICTURE_SUFFIXES, SOUND_SUFFIXES, is_file, is_sound_path
from ..text import as_hint, closest, did_you_mean
from .budget import HINT_TO_SPLIT, MAX_INCLUDE_DEPTH, excess, item_count
from .model import (
    Bell,
    Breathe,
    Cautions,
    ElasticPause,
    Front,
    Include,
    Item,
    Pause,
    Play,
    Positions,
    Rest,
    Say,
    Script,
    Vary,
)
from .parse.parse import parse
from .problem_log import ProblemLog
from .search import ScriptFinder, display_path, same_name_message, script_slug
from .walk import script_items, scripts_in


class ScriptReader:
    """Reads each script once. Problems go to `log`."""

    def __init__(self, finder: ScriptFinder, log: ProblemLog) -> None:
        self.finder, self.log = finder, log
        self._read_before: dict[Path, Script | None] = {}

    def read(self, path: Path, including: tuple[Path, ...] = ()) -> Script | None:
        """Return a script with its includes and files resolved, or None if it cannot be parsed.

        `including` are the scripts that this one is included from, outermost first. Raises AudioBuilderError if the
        file cannot be read.
        """
        key = path.resolve()
        if key not in self._read_before:
            self._read_before[key] = self._read(path, (*including, key))
        return self._read_before[key]

    def find(self, name: str, location: Location, kind: str) -> Path | None:
        """Return the file of the script named at this location, or report that there is none."""
        path = self.finder.find_file(f"{name}.md") or self.finder.scripts().get(name)
        if path is None:
            hint = as_hint(did_you_mean(name, self.finder.scripts()))
            self.log.add(location, f'no {kind} named "{name}"', hint)
        elif message := same_name_message(path):
            self.log.add(location, message, "rename all but one of them")
        return path

    def _read(self, path: Path, including: tuple[Path, ...]) -> Script | None:
        file = display_path(path)
        try:
            data = self.finder.read(path)
        except OSError as error:
            raise AudioBuilderError(f"Cannot read {file}: {error.strerror}") from None
        self.log.add_source(file, data.decode("utf-8-sig", "replace"))
        try:
            script = parse(data, script_slug(path), file)
        except ScriptErrors as error:
            self.log.add_all(error.problems)
            return None
        sections = tuple(
            replace(
                section,
                paragraphs=tuple(
                    tuple(self._resolve(item, script, path, including) for item in paragraph)
                    for paragraph in section.paragraphs
                ),
            )
            for section in script.sections
        )
        read_from = script.name, hashlib.sha256(data).hexdigest()
        return replace(script, sections=sections, front=self._front(script, path), read_from=read_from)

    def _resolve(self, item: Item, script: Script, path: Path, including: tuple[Path, ...]) -> Item:
        match item:
            case Play():
                return replace(item, path=self._recording(item.file, item.location, path))
            case Include():
                return replace(item, script=self._include(item, script, including))
            case (
                Say()
                | Pause()
                | ElasticPause()
                | Breathe()
                | Rest()
                | Vary()
                | Bell()
                | Positions()
                | Cautions()
            ):
                return item
            case _:
                assert_never(item)

    # -- files next to a script -----------------------------------------------------------------------------

    def _front(self, script: Script, path: Path) -> Front:
        """Return the front matter with absolute paths for custom sounds and the picture."""
        front = script.front

        def locate(name: str) -> str:
            if name and is_sound_path(name):
                return self._recording(name, self.log.find_in_front(script, name), path)
            return name

        options = front.options
        options = replace(options, ambience=locate(options.ambience), bell=locate(options.bell))
        image = front.image and self._picture(front.image, self.log.find_in_front(script, front.image), path)
        return replace(front, options=options, image=image, figure=self._figure(script, path))

    def _figure(self, script: Script, path: Path) -> Figure | None:
        figure = script.front.figure
        if figure is None or not figure.file:
            return figure
        location = self.log.find_in_front(script, figure.file)
        return replace(figure, file=self._file_near(path, figure.file, location, "picture", FIGURE_SUFFIXES))

    def _recording(self, file: str, location: Location, script: Path) -> str:
        return self._file_near(script, file, location, "recording", SOUND_SUFFIXES)

    def _picture(self, file: str, location: Location, script: Path) -> str:
        return self._file_near(script, file, location, "picture", PICTURE_SUFFIXES)

    def _file_near(self, script: Path, file: str, location: Location, kind: str, suffixes: set[str]) -> str:
        """Return the absolute path of a file in the folder of a script or below it."""
        folder = script.parent.resolve()
        path = (folder / file).resolve()
        if not path.is_relative_to(folder):
            self.log.add(location, f'"{file}" is outside the folder of the script', "copy it into the folder")
        elif not is_file(path):
            similar = closest(file, [p.name for p in folder.iterdir() if p.suffix.lower() in suffixes], 0.8)
            hint = f'did you mean "{similar}"?' if similar else f"put the {kind} in the folder of the script"
            self.log.add(location, f'no {kind} named "{file}"', hint)
        return str(path)

    # -- includes --------------------------------------------------------------------------------------------

    def _include(self, item: Include, into: Script, including: tuple[Path, ...]) -> Script | None:
        path = self.find(item.name, item.location, "script")
        if path is None:
            return None
        if path.resolve() in including:
            loop = (*including[including.index(path.resolve()) :], path)
            message = f"a script cannot include itself: {' -> '.join(p.stem for p in loop)}"
            self.log.add(item.location, message, "remove one of these includes")
            return None
        if len(including) > MAX_INCLUDE_DEPTH:
            message = f"more than {MAX_INCLUDE_DEPTH} scripts include one another in a chain"
            self.log.add(item.location, message, "copy some of them into the script")
            return None
        script = self.read(path, including)
        if script is not None and (reason := excess(item_count(script))):
            self.log.add(item.location, f"{item.name} {reason}", HINT_TO_SPLIT)
            return None
        if script is None or not self._can_include(script, item, into):
            return None
        return script

    def _can_include(self, script: Script, item: Include, into: Script) -> bool:
        is_position = script.front.kind == "position"
        items = (i for member in scripts_in(script, ()) for i in script_items(member))
        if is_position or any(isinstance(i, Positions) for i in items):
            reason = "is a position" if is_position else "has positions"
            hint = "list positions under positions: in the front matter, and write [positions] here"
            self.log.add(item.location, f"{item.name} {reason}, so it cannot be included", hint)
            return False
        if script.front.sides and (into.front.sides or into.front.kind == "position"):
            message = f"{item.name} has sides, so it cannot be included in a script with sides"
            self.log.add(item.location, message, "copy its chapters here instead")
            return False
        return True
