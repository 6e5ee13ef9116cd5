"""`audio-builder feed`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ..podcast.dates import parse_date
from ..podcast.edition import Edition
from ..podcast.podcast import open_podcast
from ..podcast.registry_changes import reissue
from ..podcast.write import write_podcast
from ..script.search import script_finder
from ..text import count
from . import shared


class DateType(click.ParamType[datetime]):
    """A date or a time, as a moment in UTC."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return parse_date(str(value))
        except ValueError:
            self.fail(f'Invalid date "{value}": use e.g. 2025-03-31 or 2025-03-31T08:00+01:00', param, ctx)


def now_in_seconds() -> datetime:
    """Return the current time in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


BASE_URL = click.option(
    "--base-url", metavar="URL", help="The address of the published folder, if not the one in show.toml."
)


@click.command("feed")
@BASE_URL
@click.option("--as-of", type=DateType(), metavar="DATE", help="Write the feed of that day.")
@click.option("--reissue", "reissued", metavar="NAME", help="Publish this session again, as a new episode.")
@shared.OUT
@shared.SCRIPTS
@shared.JSON
def feed_command(
    base_url: str | None,
    as_of: datetime | None,
    reissued: str | None,
    out: Path,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Write the podcast's feed, page and cover into the library.

    scripts/show.toml describes the podcast. scripts/episodes.toml remembers its episodes: keep it with your scripts.
    """
    now = as_of or now_in_seconds()
    podcast = open_podcast(script_finder(folder), out, base_url)
    if reissued:
        podcast = reissue(podcast, reissued, now)
    edition = write_podcast(podcast, now)
    for notice in edition.notices:
        click.echo(notice, err=True)
    if as_json:
        shared.print_json(_document(edition))
    else:
        feed_url = edition.channel.url(edition.channel.feed)
        click.echo(f"{out / 'feed.xml'}  {count(len(edition.entries), 'episode')}, {feed_url}")
        click.echo(f"{out / 'index.html'}")


def _document(edition: Edition) -> dict[str, object]:
    episodes = [
        {
            "name": entry.episode.name,
            "title": entry.title,
            "guid": entry.guid,
            "date": entry.date,
            "number": entry.number,
        }
        for entry in edition.entries
    ]
    channel = edition.channel
    return {"feed": channel.url(channel.feed), "guid": channel.guid, "episodes": episodes}
