"""`audio-builder build`."""

from __future__ import annotations

from pathlib import Path

import click

from ..build import build
from ..options import BuildOptions
from ..request import Workspace
from ..script.load import FRAME
from ..script.search import script_finder
from ..units import show
from . import shared


@click.command()
@click.argument("script", default=FRAME, shell_complete=shared.script_names)
@shared.wishes
@shared.OUT
@shared.SCRIPTS
@shared.WORKERS
@shared.JSON
@shared.QUIET
def command(
    script: str, wish: BuildOptions, out: Path, folder: Path | None, workers: int, as_json: bool, quiet: bool
) -> None:
    """Build a session: an MP3 of exactly the length asked for.

    SCRIPT is the name of a script or a path to one; without it, psoas-release is built.

    \b
    audio-builder build legs-on-chair --length 12m
    audio-builder build my-evening.md --ambience brown --ending sleep
    """
    with shared.progress(quiet) as watch:
        built = build(script, wish, Workspace(script_finder(folder), out, workers=workers, progress=watch))
    if as_json:
        shared.print_json(built.episode)
        return
    episode = built.episode
    size = f"{episode.bytes / 1e6:.1f} MB"
    spoken = f"{shared.count(built.spoken, 'sentence')} spoken" if built.spoken else "nothing new spoken"
    state = "unchanged" if built.kept else spoken
    click.echo(f"{built.path}  {show(episode.length_ms)}, {size}, {state}")
