"""What a session needs besides its words: ambience, bell and pictures."""

from __future__ import annotations

from pathlib import Path

from .audio import beds, chimes, recordings
from .audio.mix.style import Style
from .pictures.chapter import FILE_SIZE, TAG_SIZES, chapter_picture, tag_pictures
from .pictures.cover import EMBEDDED_SIZE, LARGE_SIZE, cached_cover
from .pictures.custom import custom_cover, resize_to_embed
from .planning.timeline import Timeline
from .request import BuildRequest, Workspace
from .script.show_names import show_names
from .script.walk import figures_of, script_figure
from .session.tag import Labels


def prepare_assets(request: BuildRequest, workspace: Workspace) -> None:
    """Put everything that a session needs besides its words into the cache: ambience, bell and pictures."""
    load_loops(request, workspace)
    for figure in {*figures_of(request.script)}:
        for size in (TAG_SIZES[0], FILE_SIZE):
            chapter_picture(figure, workspace.cache, size)
    if not request.script.front.image:
        for size in (EMBEDDED_SIZE, LARGE_SIZE):
            cached_cover(request.script.front.title, workspace.cache, size, script_figure(request.script))


def load_loops(request: BuildRequest, workspace: Workspace) -> None:
    """Bring the request's built-in ambience and bell into memory."""
    if request.custom_ambience is None:
        beds.bed_loops(request.options.ambience, workspace.cache)
    if request.custom_bell is None:
        chimes.bell_stroke(request.options.bell, workspace.cache)


def plain_style(request: BuildRequest, workspace: Workspace) -> Style:
    """Return how a session sounds: ambience, bell and channels, but not yet the gain of its speech."""
    options, cache = request.options, workspace.cache
    stereo = options.quality == "stereo"
    ambience, bell = request.custom_ambience, request.custom_bell
    return Style(
        recordings.bed_clip(ambience, cache, 2 if stereo else 1) if ambience else options.ambience,
        recordings.bell_clip(bell, cache) if bell else options.bell,
        options.breath != "none",
        stereo,
        ambience_db=options.ambience_level,
        bell_db=options.bell_level,
    )


def session_labels(request: BuildRequest, timeline: Timeline, workspace: Workspace) -> Labels:
    """Return what players show of a session: its summary, show, pictures and numbers. Raises AudioBuilderError."""
    front = request.script.front
    names = show_names(request.script, workspace.finder)
    return Labels(
        front.summary,
        names.title,
        names.author,
        resize_to_embed(custom_cover(Path(front.image)))
        if front.image
        else cached_cover(front.title, workspace.cache, figure=script_figure(request.script)),
        tag_pictures([chapter.figure for chapter in timeline.chapters], workspace.cache),
        front.season,
        front.episode,
    )
