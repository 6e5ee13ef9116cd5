"""`audio-builder scripts`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..build import Desk, guess, known_lengths, prepare
from ..errors import BuilderError
from ..options import Wish
from ..plan import default_length, ranges
from ..shelf import shelf, shown
from ..units import show, whole_seconds
from . import shared


@click.command()
@shared.SCRIPTS
@shared.JSON
def command(folder: Path | None, as_json: bool) -> None:
    """List the scripts with their lengths: shortest, built when none is asked for, longest."""
    desk = Desk(shelf(folder))
    rows = [_row(name, path, desk) for name, path in desk.shelf.slugs().items()]
    if as_json:
        shared.print_json(rows)
        return
    width = max(len(row["name"]) for row in rows) if rows else 0
    for row in rows:
        if "error" in row:
            click.echo(f"{row['name']:{width}}  has errors: audio-builder check {row['file']}")
        else:
            lengths = " ".join(f"{show(row[key]):>8}" for key in ("shortest_ms", "default_ms", "longest_ms"))
            click.echo(f"{row['name']:{width}} {lengths}  {row['title']}")


def _row(name: str, path: Path, desk: Desk) -> dict[str, Any]:
    try:
        order = prepare(str(path), Wish(), desk.shelf)
        lengths = known_lengths(order, desk) or guess(order, desk)
        possible = ranges(order.script, lengths)
        default = default_length(order.script, lengths)
        if not possible:
            raise BuilderError(f"{name} can have no length between five minutes and eight hours")
    except BuilderError as error:
        return {"name": name, "file": shown(path), "error": str(error)}
    front = order.script.front
    return {
        "name": name,
        "title": front.title,
        "summary": front.summary,
        "file": shown(path),
        "shortest_ms": whole_seconds(possible[0])[0],
        "default_ms": default,
        "longest_ms": whole_seconds(possible[-1])[1],
    }
