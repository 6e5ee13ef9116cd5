"""`audio-builder inspect`."""

from __future__ import annotations

from pathlib import Path

import click

from ..inspection import inspect
from ..units import clock, show
from . import shared


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.mp3")
@shared.JSON
@click.pass_context
def command(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Measure a finished MP3. Exit status 1 where it breaks a promise."""
    found = inspect(file)
    if as_json:
        shared.print_json(found)
    else:
        length = (
            show(int(found.length_ms)) if found.length_ms.is_integer() else f"{found.length_ms / 1000:.6f} s"
        )
        click.echo(f"{found.file}: {length}, {found.samples} samples decoded")
        channels = "stereo" if found.channels == 2 else "mono"
        click.echo(f"  {found.bytes} bytes, {found.kbps} kbit/s, {found.rate / 1000:g} kHz, {channels}")
        for key, text in sorted(found.tags.items()):
            shown = " ".join(text.split())
            click.echo(f"  {key}  {shown if len(shown) <= 90 else shown[:89] + '…'}")
        for chapter in found.chapters:
            click.echo(f"  {clock(chapter.start_ms):>8}  {chapter.title}")
        for broken in found.broken:
            click.echo(f"  BROKEN: it {broken}")
        if not found.broken:
            click.echo("  it keeps its promises")
    if found.broken:
        ctx.exit(1)
