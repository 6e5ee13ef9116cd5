"""Puts positions into sessions: a session's candidates, or a single position in its frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import AudioBuilderError, Location
from ..options import merged
from ..text import did_you_mean
from .budget import HINT_TO_SPLIT, MAX_POSITIONS
from .model import Front, Marks, Positions, Script
from .reader import ScriptReader
from .search import DEFAULT_SCRIPT
from .walk import script_items

_OPTION = Location("--positions", 1)


def with_positions(script: Script, asked: Sequence[str] | None, reader: ScriptReader) -> Script:
    """Return a session with its candidate positions, or with exactly the ones asked for.

    Raises AudioBuilderError if `asked` does not suit the session.
    """
    if asked is None:
        named = [(name, reader.log.find_in_front(script, name)) for name in script.front.positions]
    else:
        _check_asked(script, asked)
        named = [(name, _OPTION) for name in asked]
    if len(named) > MAX_POSITIONS:
        message = f"{len(named)} positions; a session has at most {MAX_POSITIONS}"
        reader.log.add(named[MAX_POSITIONS][1], message, HINT_TO_SPLIT)
        named = named[:MAX_POSITIONS]
    _check_conditions(script, reader)
    found = [_read_position(name, location, reader) for name, location in named]
    return replace(script, parts=tuple(x for x in found if x), exact=asked is not None)


def in_frame(position: Script, reader: ScriptReader) -> Script | None:
    """Return the frame session with only this position, under its title and options; None without a frame."""
    name = position.front.frame or DEFAULT_SCRIPT
    location = reader.log.find_in_front(position, name)
    path = reader.find(name, location, "frame")
    frame = reader.read(path) if path else None
    if frame is None:
        return None
    if not any(isinstance(item, Positions) for item in script_items(frame)):
        reader.log.add(location, f"{name} has no place for a position", "a frame needs [positions] in it")
    _check_conditions(frame, reader)
    front = _framed_front(position.front, frame.front)
    return replace(
        frame,
        name=position.name,
        file=position.file,
        front=front,
        parts=(position,),
        exact=True,
        frame_language=frame.front.language,
    )


def _framed_front(position: Front, frame: Front) -> Front:
    return replace(
        frame,
        title=position.title,
        summary=position.summary,
        options=merged(position.options, replace(frame.options, length=None)),
        language=position.language,
        id=position.id,
        date=position.date,
        season=position.season,
        episode=position.episode,
        image=position.image,
        figure=position.figure,
        notes=position.notes,
    )


def _check_asked(script: Script, asked: Sequence[str]) -> None:
    if not script.front.positions:
        raise AudioBuilderError(
            f"{script.name} has no positions: use --positions with a session that has some"
        )
    if not any(asked):
        raise AudioBuilderError(f"Empty --positions. {did_you_mean('', script.front.positions)}")
    if len(set(asked)) < len(asked) or not all(asked):
        raise AudioBuilderError("Invalid --positions: give each position once, with commas in between: a,b,c")


def _read_position(name: str, location: Location, reader: ScriptReader) -> Script | None:
    path = reader.find(name, location, "position")
    script = reader.read(path) if path else None
    if script is not None and script.front.kind != "position":
        reader.log.add(location, f"{name} is not a position", "add kind: position to its front matter")
    return script


def _check_conditions(script: Script, reader: ScriptReader) -> None:
    """Report [positions] below a heading with a condition, because they would be left out with it."""
    chapter = Marks()
    for section in script.sections:
        chapter = section.marks if section.level < 2 else chapter
        is_conditional = chapter.has_condition or section.marks.has_condition
        for item in section.items if is_conditional else ():
            if isinstance(item, Positions):
                message = "positions under this heading are left out at some lengths"
                reader.log.add(item.location, message, "give [positions] a heading without a condition")
