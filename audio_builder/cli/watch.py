"""`audio-builder watch`."""

from __future__ import annotations

from pathlib import Path

import click
from watchfiles import Change, watch

from ..build import arrange, guess, speak
from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..request import Workspace, resolve
from ..script.search import find_script, script_finder
from ..units import clock
from . import shared
from .plan import summary


@click.command()
@click.argument("script", shell_complete=shared.script_names)
@shared.wishes
@shared.SCRIPTS
@shared.WORKERS
@shared.QUIET
def command(script: str, wish: BuildOptions, folder: Path | None, workers: int, quiet: bool) -> None:
    """Check a script on every saving, and speak what changed.

    It shows the errors or the new timeline at once, then speaks the changed sentences, so that the next build is
    quick. Stop it with Ctrl-C.
    """
    workspace = Workspace(script_finder(folder))
    folders = {find_script(script, workspace.finder).parent, *workspace.finder.folders}
    savings = watch(
        *folders,
        watch_filter=_written,
        debounce=200,
        step=50,
        recursive=False,
        rust_timeout=200,
        yield_on_timeout=True,
    )
    next(savings)  # from here on no saving is missed, the first look's own time included
    look(script, wish, workspace, workers, quiet)
    click.echo("waiting for the next saving; Ctrl-C ends")
    for changes in savings:
        if changes:
            look(script, wish, workspace, workers, quiet)


def _written(_change: Change, path: str) -> bool:
    return path.endswith((".md", ".toml"))


def look(script: str, wish: BuildOptions, workspace: Workspace, workers: int, quiet: bool) -> None:
    """The errors of a script, or its timeline; then what it lacks is spoken."""
    try:
        order = resolve(script, wish, workspace.finder)
        plan = arrange(order, guess(order, workspace), estimated=True)
        for line in [*summary(plan), *(f"{clock(c.start):>8}  # {c.title}" for c in plan.chapters)]:
            click.echo(line)
        with shared.progress(quiet) as progress:
            here = Workspace(workspace.finder, workspace.out, workspace.cache, workers, progress)
            clips, spoken = speak(order, here)
        plan = arrange(order, {sound: clip.length for sound, clip in clips.items()})
        click.echo(f"{shared.count(spoken, 'sentence')} spoken; {summary(plan)[0]}")
    except AudioBuilderError as error:
        click.echo(str(error), err=True)
