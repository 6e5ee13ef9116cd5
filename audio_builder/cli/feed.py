"""`audio-builder feed`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ..podcast import podcast
from ..script.search import script_finder
from ..text import count
from . import shared


class Moment(click.ParamType[datetime]):
    """A date, or a date with a time, in UTC where it has no zone."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write 2025-03-31 or 2025-03-31T08:00+01:00", param, ctx)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def today() -> datetime:
    """The moment, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


AS_OF = click.option("--as-of", type=Moment(), metavar="DATE", help="As if it were that day.")
BASE_URL = click.option(
    "--base-url", metavar="URL", help="Where the library will stand, if not as in show.toml."
)


@click.command("feed")
@BASE_URL
@AS_OF
@click.option("--reissue", metavar="NAME", help="Make this session a new episode, as after an edit.")
@shared.OUT
@shared.SCRIPTS
@shared.JSON
def feed_command(
    base_url: str | None,
    as_of: datetime | None,
    reissue: str | None,
    out: Path,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Write the podcast's feed, its page and its cover from the library.

    What the podcast is called stands in scripts/show.toml; scripts/episodes.toml remembers each episode and is meant
    to be kept with your scripts.
    """
    now = as_of or today()
    opened = podcast.open_podcast(script_finder(folder), out, base_url)
    if reissue:
        opened = podcast.reissued(opened, reissue, now)
    made = podcast.write(opened, now)
    for notice in made.notices:
        click.echo(notice, err=True)
    if as_json:
        shared.print_json(
            {
                "feed": made.channel.url(made.channel.feed),
                "guid": made.channel.guid,
                "episodes": [
                    {
                        "name": e.episode.name,
                        "title": e.title,
                        "guid": e.guid,
                        "date": e.date,
                        "number": e.number,
                    }
                    for e in made.entries
                ],
            }
        )
        return
    click.echo(
        f"{out / 'feed.xml'}  {count(len(made.entries), 'episode')}, {made.channel.url(made.channel.feed)}"
    )
    click.echo(f"{out / 'index.html'}")
