"""`audio-builder watch`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
from watchfiles import Change, watch

from ..build import preview, speak
from ..cast.speak import SPEAKING
from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..request import Workspace, resolve
from ..script.search import find_script, script_finder
from ..text import count
from ..units import clock
from . import shared
from .plan import timeline_summary


@click.command("watch")
@click.argument("script", shell_complete=shared.complete_scripts)
@shared.build_options
@shared.SCRIPTS
@shared.WORKERS
@shared.QUIET_FLAG
def watch_command(script: str, options: BuildOptions, folder: Path | None, workers: int, quiet: bool) -> None:
    """Check a script whenever it is saved, and speak what changed.

    Shows the errors or the new timeline at once, then speaks the changed sentences, so that the next build is quick.
    Stop with Ctrl-C.
    """
    workspace = Workspace(script_finder(folder), workers=workers)
    folders = {find_script(script, workspace.finder).parent, *workspace.finder.folders}
    changes = watch(
        *folders,
        watch_filter=_is_source,
        debounce=200,
        step=50,
        recursive=False,
        rust_timeout=200,
        yield_on_timeout=True,
    )
    next(changes)  # start watching before the first check, so that no change is missed during it
    _check_and_speak(script, options, workspace, quiet)
    click.echo("Waiting for changes. Press Ctrl-C to stop.")
    for changed in changes:
        if changed:
            _check_and_speak(script, options, workspace, quiet)


def _is_source(_change: Change, path: str) -> bool:
    return path.endswith((".md", ".toml"))


def _check_and_speak(script: str, options: BuildOptions, workspace: Workspace, quiet: bool) -> None:
    spoken = 0
    try:
        request = resolve(script, options, workspace.finder)
        timeline = preview(request, workspace)
        chapters = [f"{clock(chapter.start):>8}  # {chapter.title}" for chapter in timeline.chapters]
        for line in [*timeline_summary(timeline), *chapters]:
            click.echo(line)
        with shared.progress(quiet) as show_progress:

            def progress(stage: str, done: int, total: int) -> None:
                nonlocal spoken
                spoken = total if stage == SPEAKING else spoken
                show_progress(stage, done, total)

            speak(request, replace(workspace, progress=progress))
        timeline = preview(request, workspace)
        click.echo(f"{count(spoken, 'sentence')} spoken; {timeline_summary(timeline)[0]}")
    except AudioBuilderError as error:
        click.echo(str(error), err=True)
