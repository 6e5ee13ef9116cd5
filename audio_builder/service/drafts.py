"""A script while it is being written: what its session would be, and how it would sound. Nothing is written."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..build import arrange, clip_lengths
from ..errors import AudioBuilderError, DoesNotFit, Location
from ..figures.draw import figure_content
from ..figures.library import Figure, figure_alt
from ..options import BuildOptions
from ..pictures.timeline import timeline_svg
from ..planning.plan import ranges
from ..planning.timeline import Timeline
from ..request import BuildRequest, Workspace, resolve
from ..script.search import ScriptDraft, display_path
from ..units import whole_seconds
from .excerpt import excerpt, moment_of
from .scripts import draft_path


@dataclass(frozen=True)
class DraftText:
    """The text of a script under a name, and the line of it that the writer is in, counted from 1."""

    name: str
    text: str
    line: int = 1


def preview_draft(draft: DraftText, options: BuildOptions, workspace: Workspace) -> dict[str, Any]:
    """Return what the session of a text would be: its length, timeline, and the figure and moment of the line.

    Raises AudioBuilderError if it has errors. If it cannot have that length, `problem` says why.
    """
    request, workspace, place = _opened(draft, options, workspace)
    lengths, estimated = clip_lengths(request, workspace)
    possible = ranges(request.script, lengths, request.options.ending)
    facts = {
        "estimated": estimated,
        "language": request.script.front.language,
        "lengths_ms": [whole_seconds(bounds) for bounds in possible],
        "problem": "",
    }
    try:
        timeline = arrange(request, lengths, estimated)
    except DoesNotFit as error:
        return facts | {"problem": str(error)}
    return facts | {
        "title": request.script.front.title,
        "length_ms": timeline.length,
        "picture": timeline_svg(timeline),
        "chapters": [{"start_ms": one.start, "title": one.title} for one in timeline.chapters],
        "here": _here(timeline, place),
    }


def hear_draft(draft: DraftText, options: BuildOptions, workspace: Workspace) -> bytes:
    """Return a minute of the session of a text from its line on, as MP3. Raises AudioBuilderError."""
    request, workspace, place = _opened(draft, options, workspace)
    return excerpt(request, workspace, place)


def _opened(
    draft: DraftText, options: BuildOptions, workspace: Workspace
) -> tuple[BuildRequest, Workspace, Location]:
    path = draft_path(workspace.finder, draft.name)
    content = draft.text.replace("\r\n", "\n").encode()
    finder = replace(workspace.finder, draft=ScriptDraft(path, content))
    request = resolve(draft.name, options, finder)
    return request, replace(workspace, finder=finder), Location(display_path(path), draft.line)


def _here(timeline: Timeline, place: Location) -> dict[str, Any]:
    """Return the moment and the chapter of a line, and the figure that is shown then."""
    moment = moment_of(timeline, place)
    chapter = next((one for one in reversed(timeline.chapters) if one.start <= moment), None)
    figure = chapter.figure if chapter else None
    return {
        "start_ms": moment,
        "chapter": chapter.title if chapter else "",
        "figure": {
            "image": _data_address(figure, timeline.language),
            "alt": figure_alt(figure, timeline.language) or chapter.title,
        }
        if figure and chapter
        else None,
    }


def _data_address(figure: Figure, language: str) -> str:
    try:
        content, mime_type = figure_content(figure, language)
    except OSError as error:
        raise AudioBuilderError(f"Cannot read {Path(figure.file).name}: {error.strerror}") from None
    return f"data:{mime_type};base64,{base64.b64encode(content).decode()}"
