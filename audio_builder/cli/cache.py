"""`audio-builder cache`."""

from __future__ import annotations

import re

import click

from ..cache import Cache
from . import shared

_UNITS = {"MB": 10**6, "GB": 10**9}
_LEAST = 50 * 10**6  # less than one session needs


def _bytes(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([MG]B)", value.strip().upper(), re.ASCII)
    if not match:
        raise click.BadParameter(f"{value!r} is no size; write 500MB or 2GB")
    limit = int(float(match[1]) * _UNITS[match[2]])
    if limit < _LEAST:
        raise click.BadParameter(
            f"{value} is too little for one session; 50MB is the least, --clear empties it"
        )
    return limit


@click.command()
@click.option("--clear", is_flag=True, help="Remove everything; it is made again when needed.")
@click.option(
    "--limit", callback=_bytes, metavar="SIZE", help="Keep at most so much from now on, as 500MB or 2GB."
)
@shared.JSON
def command(clear: bool, limit: int | None, as_json: bool) -> None:
    """Show, limit or clear what is kept to be fast: spoken sentences, so that none is spoken twice.

    It is safe to delete at any time.
    """
    cache = Cache()
    if clear:
        cache.clear()
    if limit is not None:
        cache.keep_below(limit)
    if as_json:
        shared.print_json({"folder": str(cache.folder), "bytes": cache.size(), "limit": cache.limit})
    else:
        click.echo(f"{cache.folder}: {cache.size() / 1e6:.1f} MB of at most {cache.limit / 1e6:.0f} MB")
