"""`audio-builder scripts`."""

from __future__ import annotations

from pathlib import Path

import click

from ..diagnostics.report import script_facts
from ..request import Workspace
from ..script.search import same_name_message, script_finder
from ..units import show
from . import shared


@click.command("scripts")
@shared.SCRIPTS
@shared.JSON
def scripts_command(folder: Path | None, as_json: bool) -> None:
    """List the scripts with their shortest, default and longest length."""
    workspace = Workspace(script_finder(folder))
    rows = [script_facts(name, path, workspace) for name, path in workspace.finder.scripts().items()]
    if as_json:
        shared.print_json(rows)
        return
    width = max(len(row["name"]) for row in rows) if rows else 0
    for row in rows:
        if message := same_name_message(Path(row["file"])):
            click.echo(f"{row['name']:{width}}  {message}")
        elif "error" in row:
            click.echo(f"{row['name']:{width}}  has errors: audio-builder check {row['file']}")
        else:
            lengths = " ".join(f"{show(row[key]):>8}" for key in ("shortest_ms", "default_ms", "longest_ms"))
            click.echo(f"{row['name']:{width}} {lengths}  {row['title']}")
