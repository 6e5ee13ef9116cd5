"""`audio-builder library`."""

from __future__ import annotations

from pathlib import Path

import click

from ..library.storage import episodes, remove_episode, stray_files
from ..units import show
from . import shared


@click.group("library", invoke_without_command=True)
@shared.OUT
@shared.JSON
@click.pass_context
def library_command(ctx: click.Context, out: Path, as_json: bool) -> None:
    """List the sessions in the library, or remove one."""
    ctx.obj = out
    if ctx.invoked_subcommand:
        return
    built = episodes(out)
    if as_json:
        shared.print_json(built)
        return
    if not built:
        click.echo(f"No sessions in {out} yet. To build one, run audio-builder build.")
    width = max((len(episode.name) for episode in built), default=0) + 4
    for episode in built:
        draft = " (draft)" if episode.draft else ""
        size = f"{episode.bytes / 1e6:6.1f} MB"
        click.echo(
            f"{episode.name + '.mp3':{width}}  {show(episode.length_ms):>8} {size}  {episode.title}{draft}"
        )
    for name in stray_files(out):
        click.echo(
            f"{name} has no readable manifest. Build it again, or move it out of the library.", err=True
        )


@library_command.command("remove")
@click.argument("name")
@click.pass_obj
def remove_command(out: Path, name: str) -> None:
    """Delete a session and all its files. NAME is its file name without .mp3."""
    episode = remove_episode(out, name.removesuffix(".mp3"))
    click.echo(f"removed {episode.name}, {show(episode.length_ms)}")
