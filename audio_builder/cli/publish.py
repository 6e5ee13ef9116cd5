"""`audio-builder publish`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import click

from ..errors import AudioBuilderError
from ..podcast import podcast
from ..podcast.publish.public import trouble
from ..podcast.publish.publish import publish
from ..podcast.publish.store import Destination
from ..script.search import script_finder
from ..text import count
from . import shared
from .feed import BASE_URL, Moment, today


class Days(click.ParamType[timedelta]):
    """So many days, as 90d."""

    name = "days"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,5})d", str(value), re.ASCII)
        if not found:
            self.fail(f"{value!r} is not a number of days; write 90d", param, ctx)
        return timedelta(days=int(found[1]))


@click.command("publish")
@click.argument("dest", metavar="DEST")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--withdraw", metavar="NAME", help="Take this session out of the feed for good, and delete its files."
)
@click.option("--prune", type=Days(), metavar="90d", help="Delete what no feed has named for that long.")
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@BASE_URL
@click.option(
    "--as-of", type=Moment(), metavar="DATE", help="With --dry-run: what would be published that day."
)
@shared.OUT
@shared.SCRIPTS
@shared.JSON
@shared.QUIET_FLAG
def publish_command(
    dest: str,
    dry_run: bool,
    withdraw: str | None,
    prune: timedelta | None,
    yes: bool,
    base_url: str | None,
    as_of: datetime | None,
    out: Path,
    folder: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Put the podcast on a folder or an object storage: only what changed, the feed last.

    DEST is a folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix. Keys are taken from the
    environment or the cloud's usual places and are never printed. A run that was stopped is finished by the next.

    \b
    audio-builder publish /srv/www/psoas
    audio-builder publish s3://my-bucket/psoas --dry-run
    """
    if as_of and not dry_run:
        raise click.UsageError("--as-of goes with --dry-run: what is published is published today")
    now = as_of or today()
    opened = podcast.open_podcast(script_finder(folder), out, base_url)
    name = withdraw.removesuffix(".mp3") if withdraw else None
    if name:
        opened = podcast.withdrawn(opened, name)
    to = Destination(dest)
    if to.is_folder and Path(dest).resolve() in (
        out.resolve(),
        *(f.resolve() for f in script_finder(folder).folders),
    ):
        raise AudioBuilderError(
            f"{dest} is where you keep your scripts or sessions; publish to a folder of its own"
        )
    if (name or prune is not None) and not (yes or dry_run):
        would = publish(opened, to, now, _unwatched, True, name, prune).deleted
        what = f"withdraw {name} for good" if name else "delete"
        asked = f"{what}: {count(len(would), 'file')} at {dest}?"
        if (name or would) and not click.confirm(asked, err=True):
            raise AudioBuilderError("nothing was changed")
    with shared.progress(quiet) as watch:
        done = publish(opened, to, now, watch, dry_run, name, prune)
    seen = [] if dry_run or to.is_folder else [*trouble(done.feed)]  # a folder may not be up yet
    for notice in [*done.notices, *seen]:
        click.echo(notice, err=True)
    if as_json:
        shared.print_json(done)
        return
    if dry_run:
        for written in done.written:
            click.echo(f"would write {written}")
        for deleted in done.deleted:
            click.echo(f"would delete {deleted}")
    verb = "would write" if dry_run else "wrote"
    changes = f"{verb} {count(len(done.written), 'file')}" if done.written else "nothing to write"
    removed = f", {'would delete' if dry_run else 'deleted'} {len(done.deleted)}" if done.deleted else ""
    click.echo(
        f"{done.feed}  {count(done.episodes, 'episode')}, {changes}{removed}, {done.kept} there already"
    )


def _unwatched(_what: str, _done: int, _of: int) -> None:
    pass
