"""What shells complete, where that needs the library."""

from __future__ import annotations

from pathlib import Path

import click

from ..library.storage import episodes


def complete_sessions(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Return the sessions of the library that begin with what was typed."""
    built = episodes(Path(ctx.params.get("out") or "output"))
    return [episode.name for episode in built if episode.name.startswith(incomplete)]
