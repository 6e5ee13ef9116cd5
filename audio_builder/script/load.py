"""Finds scripts and what they name, and puts them together: includes, positions, frames, recordings, cautions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from ..errors import AudioBuilderError, Location, Problem, ScriptErrors
from ..files import PICTURE_SUFFIXES, SOUND_SUFFIXES, is_file, is_sound_path
from ..options import merged
from ..text import closest, did_you_mean
from .model import Caution, Front, Include, Item, Marks, Play, Positions, Say, Script, Slot
from .parse.parse import parse
from .search import ScriptFinder, display_path, find_script, script_slug
from .walk import position_prefixes, script_items, scripts_in, session_props

_ASKED = Location("--positions", 1)

FRAME = "psoas-release"
"""The session that a position is placed in when built alone, unless its `frame` names another."""


def load(name: str, finder: ScriptFinder, positions: Sequence[str] | None = None) -> Script:
    """A session ready to be planned, with everything it names resolved.

    `name` is a slug or a path. A position comes in its frame, under its own title. `positions` asks for exactly
    those, in that order. Raises ScriptErrors with every problem of all the scripts that it is made of.
    """
    path = find_script(name, finder)
    loader = _Loader(finder.near(path))
    script = loader.read(path)
    if script is not None and script.front.kind == "position":
        if positions is not None:
            raise AudioBuilderError(f"{script.name} is a position; --positions goes with a session")
        script = loader.framed(script)
    elif script is not None:
        script = loader.with_positions(script, positions)
    if script is not None:
        script = loader.with_cautions(script)
        loader.props_to_list(script)
    if loader.problems or script is None:
        raise ScriptErrors(
            sorted(set(loader.problems), key=lambda x: (x.location.file, x.location.line, x.location.column))
        )
    return script


class _CautionEntry(msgspec.Struct, forbid_unknown_fields=True):
    short: str
    full: str


def _cautions(finder: ScriptFinder) -> dict[str, _CautionEntry]:
    """Every entry of `cautions.toml`, merged over all folders, the nearest first; BuilderError where one cannot be
    read."""
    merged: dict[str, _CautionEntry] = {}
    for path in finder.find_all("cautions.toml"):
        try:
            entries = msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), dict[str, _CautionEntry])
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise AudioBuilderError(f"{display_path(path)}: {error}") from None
        merged = entries | merged
    return merged


@dataclass
class _Loader:
    finder: ScriptFinder
    problems: list[Problem] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    done: dict[Path, Script | None] = field(default_factory=dict)

    def read(self, path: Path, within: tuple[Path, ...] = ()) -> Script | None:
        """A script with its includes and recordings resolved, or None where it has problems (kept)."""
        key = path.resolve()
        if key not in self.done:
            self.done[key] = self._read(path, (*within, key))
        return self.done[key]

    def _read(self, path: Path, within: tuple[Path, ...]) -> Script | None:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise AudioBuilderError(f"cannot read {display_path(path)}: {error.strerror}") from None
        self.texts[display_path(path)] = data.decode("utf-8-sig", "replace").splitlines()
        try:
            script = parse(data, script_slug(path), display_path(path))
        except ScriptErrors as error:
            self.problems += error.problems
            return None
        sections = tuple(
            replace(
                section,
                paragraphs=tuple(
                    tuple(self._resolve(item, script, path, within) for item in paragraph)
                    for paragraph in section.paragraphs
                ),
            )
            for section in script.sections
        )
        return replace(script, sections=sections, front=self._own_files(script, path))

    def _own_files(self, script: Script, path: Path) -> Front:
        """The front matter with absolute paths where a bed, a bell or the picture is the author's own file."""

        def placed(name: str) -> str:
            if name and is_sound_path(name):
                return self._beside(name, self.mention(script, name), path, "recording", SOUND_SUFFIXES)
            return name

        front = script.front
        image = front.image and self._beside(
            front.image, self.mention(script, front.image), path, "picture", PICTURE_SUFFIXES
        )
        own = front.options
        options = replace(own, ambience=placed(own.ambience), bell=placed(own.bell))
        return replace(front, options=options, image=image)

    def _resolve(self, item: Item, script: Script, path: Path, within: tuple[Path, ...]) -> Item:
        if isinstance(item, Play):
            return replace(
                item, path=self._beside(item.file, item.location, path, "recording", SOUND_SUFFIXES)
            )
        if isinstance(item, Include):
            return replace(item, script=self._included(item, script, within))
        return item

    def _beside(self, file: str, location: Location, script: Path, what: str, kinds: set[str]) -> str:
        """The absolute path of a recording or a picture that a script names, which lies beside it or below."""
        folder = script.parent.resolve()
        path = (folder / file).resolve()
        if not path.is_relative_to(folder):
            self.problem(
                location, f"{file} lies outside the folder of its script", "copy it beside the script"
            )
        elif not is_file(path):
            there = [p.name for p in folder.iterdir() if p.suffix.lower() in kinds]
            close = closest(file, there, 0.8)
            hint = f"did you mean {close}?" if close else f"put the {what} beside the script"
            self.problem(location, f"there is no {what} {file}", hint)
        return str(path)

    def _included(self, item: Include, into: Script, within: tuple[Path, ...]) -> Script | None:
        path = self._named(item.name, item.location, "script")
        if path is None:
            return None
        if path.resolve() in within:
            loop = " -> ".join(p.stem for p in (*within[within.index(path.resolve()) :], path))
            self.problem(
                item.location, f"a script cannot include itself: {loop}", "take one of these includes out"
            )
            return None
        script = self.read(path, within)
        if script is None:
            return None
        inside = [i for member in scripts_in(script, ()) for i in script_items(member)]
        if script.front.kind == "position" or any(isinstance(i, Positions) for i in inside):
            what = "is a position" if script.front.kind == "position" else "has positions"
            hint = "name positions under positions: in the front matter, and write [positions] here"
            self.problem(item.location, f"{item.name} {what}, which an include cannot hold", hint)
            return None
        if script.front.sides and (into.front.sides or into.front.kind == "position"):
            hint = "write its chapters here instead"
            self.problem(item.location, f"{item.name} has sides of its own, which cannot stand here", hint)
            return None
        return script

    def _named(self, name: str, location: Location, kind: str) -> Path | None:
        path = self.finder.find_file(f"{name}.md") or self.finder.scripts().get(name)
        if path is None:
            self.problem(location, f"there is no {kind} {name}", did_you_mean(name, self.finder.scripts()))
        return path

    def _position(self, name: str, location: Location) -> Script | None:
        path = self._named(name, location, "position")
        script = self.read(path) if path else None
        if script is not None and script.front.kind != "position":
            self.problem(location, f"{name} is not a position", "its front matter has no kind: position")
        return script

    def framed(self, position: Script) -> Script | None:
        """The frame session with this position alone, under the position's title and settings."""
        name = position.front.frame or FRAME
        path = self._named(name, self.mention(position, name), "frame")
        frame = self.read(path) if path else None
        if frame is None:
            return None
        if not any(isinstance(item, Positions) for s in frame.sections for p in s.paragraphs for item in p):
            hint = "a frame is a session with [positions] in it"
            self.problem(self.mention(position, name), f"{name} has no place for a position", hint)
        self._unconditional(frame)
        own = position.front
        front = replace(
            frame.front,
            title=own.title,
            summary=own.summary,
            options=merged(own.options, replace(frame.front.options, length=None)),
            language=own.language,
            id=own.id,
            date=own.date,
            season=own.season,
            episode=own.episode,
            image=own.image,
            notes=own.notes,
        )
        return replace(
            frame, name=position.name, file=position.file, front=front, parts=(position,), exact=True
        )

    def with_positions(self, script: Script, asked: Sequence[str] | None) -> Script:
        """A session with its candidate positions, or exactly the asked ones."""
        if asked is None:
            named = [(name, self.mention(script, name)) for name in script.front.positions]
        elif not script.front.positions:
            raise AudioBuilderError(
                f"{script.name} has no positions; --positions goes with a session that has [positions]"
            )
        elif not any(asked):
            raise AudioBuilderError(f"--positions is empty; {did_you_mean('', script.front.positions)}")
        elif len(set(asked)) < len(asked) or not all(asked):
            raise AudioBuilderError("--positions names each position once, with commas between: a,b,c")
        else:
            named = [(name, _ASKED) for name in asked]
        self._unconditional(script)
        found = [self._position(name, location) for name, location in named]
        return replace(script, parts=tuple(x for x in found if x), exact=asked is not None)

    def _unconditional(self, script: Script) -> None:
        """Positions that stand under a condition would be left out with it."""
        chapter = Marks()
        for section in script.sections:
            chapter = section.marks if section.level < 2 else chapter
            conditions = {replace(marks, fixed=False) for marks in (chapter, section.marks)} - {Marks()}
            for item in (item for paragraph in section.paragraphs for item in paragraph):
                if isinstance(item, Positions) and conditions:
                    hint = "give them a heading of their own, without a condition"
                    self.problem(
                        item.location, "under this heading the positions are left out at some lengths", hint
                    )

    def with_cautions(self, script: Script) -> Script:
        """The script with every entry of `cautions.toml`; the ones that it names must be among them."""
        entries = _cautions(self.finder)
        for member in scripts_in(script, script.parts):
            for name in member.front.cautions:
                if name not in entries:
                    self.problem(
                        self.mention(member, name), f"there is no caution {name}", did_you_mean(name, entries)
                    )
        return replace(script, cautions=tuple(Caution(name, e.short, e.full) for name, e in entries.items()))

    def props_to_list(self, script: Script) -> None:
        """`[props]` needs something to list, with the fewest positions too."""
        fewest = position_prefixes(script)[-1]
        if not session_props(script, fewest):
            for member in scripts_in(script, fewest):
                for item in script_items(member):
                    if isinstance(item, Say) and Slot.PROPS in item.words:
                        hint = "write props: [a blanket] in the front matter, or take [props] away"
                        self.problem(item.location, "there is nothing to list for [props]", hint)

    def mention(self, script: Script, word: str) -> Location:
        """Where a script's front matter names something."""
        for number, line in enumerate(self.texts.get(script.file, ()), 1):
            if match := re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", line):
                return Location(script.file, number, match.start() + 1)
            if number > 1 and line.rstrip() == "---":
                break
        return Location(script.file, 1)

    def problem(self, location: Location, message: str, hint: str) -> None:
        lines = self.texts.get(location.file, [])
        source = lines[location.line - 1] if location.line <= len(lines) else ""
        rest = source[location.column - 1 :]
        directive = re.match(r"\[[^\]]*\]|[\w-]+", rest)
        self.problems.append(
            Problem(location, message, source, len(directive.group()) if directive else 1, hint)
        )
