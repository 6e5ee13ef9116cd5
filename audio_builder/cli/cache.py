"""`audio-builder cache`."""

from __future__ import annotations

import re

import click

from ..cache import Cache
from . import shared

_UNITS = {"MB": 10**6, "GB": 10**9}
_SMALLEST_LIMIT = 50 * 10**6  # less than one session needs


def _bytes(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([MG]B)", value.strip().upper(), re.ASCII)
    if not match:
        raise click.BadParameter(f'invalid size "{value}": use e.g. 500MB or 2GB')
    limit = int(float(match[1]) * _UNITS[match[2]])
    if limit < _SMALLEST_LIMIT:
        raise click.BadParameter(f"{value} is too small for one session: use at least 50MB, or --clear")
    return limit


@click.command("cache")
@click.option("--clear", is_flag=True, help="Delete everything; it is created again when needed.")
@click.option("--limit", callback=_bytes, metavar="SIZE", help="Largest size from now on, e.g. 500MB or 2GB.")
@shared.JSON
def cache_command(clear: bool, limit: int | None, as_json: bool) -> None:
    """Show, limit or clear the cache of spoken sentences and encoded sound.

    Deleting it is always safe: it only makes the next builds slower.
    """
    cache = Cache()
    before = cache.size() if clear else 0
    if clear:
        cache.clear()
    if limit is not None:
        cache.set_limit(limit)
    if as_json:
        shared.print_json({"folder": str(cache.folder), "bytes": cache.size(), "limit": cache.limit})
    else:
        if clear:
            click.echo(f"Deleted {before / 1e6:.1f} MB. Sentences are spoken again when they are needed.")
        click.echo(f"{cache.folder}: {cache.size() / 1e6:.1f} MB of at most {cache.limit / 1e6:.0f} MB")
