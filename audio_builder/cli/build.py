"""`audio-builder build`."""

from __future__ import annotations

from pathlib import Path

import click

from ..build import build
from ..options import BuildOptions
from ..request import Workspace
from ..script.search import DEFAULT_SCRIPT, script_finder
from ..text import count
from ..units import show
from . import shared


@click.command("build")
@click.argument("script", default=DEFAULT_SCRIPT, shell_complete=shared.complete_scripts)
@shared.build_options
@shared.OUT
@shared.SCRIPTS
@shared.WORKERS
@shared.JSON
@shared.QUIET_FLAG
def build_command(
    script: str,
    options: BuildOptions,
    out: Path,
    folder: Path | None,
    workers: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Build a session: an MP3 of exactly the length asked for.

    SCRIPT is the name of a script or the path to one. Without it, psoas-release is built.

    \b
    audio-builder build legs-on-chair --length 12m
    audio-builder build my-evening.md --ambience brown --ending sleep
    """
    with shared.progress(quiet) as progress:
        workspace = Workspace(script_finder(folder), out, workers=workers, progress=progress)
        built = build(script, options, workspace)
    if as_json:
        shared.print_json(built.episode)
        return
    episode = built.episode
    size = f"{episode.bytes / 1e6:.1f} MB"
    # a script is spoken as a whole, so that its other lengths and variations need no voice any more
    spoken = f"{count(built.spoken, 'sentence')} spoken, for every length" if built.spoken else ""
    takes = count(built.cleaned, "new take") if built.cleaned else ""
    news = ", ".join(filter(None, (takes, spoken))) or "nothing new spoken"
    state = "unchanged" if built.unchanged else news
    if built.filled:
        size += f", {count(built.filled, 'sentence')} by {episode.options['fill']}"
    click.echo(f"{built.path}  {show(episode.length_ms)}, {size}, {state}")
