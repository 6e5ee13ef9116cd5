"""`audio-builder feed`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from ..library.session_files import session_name
from ..podcast.dates import parse_date
from ..podcast.edition import Edition
from ..podcast.opml import opml
from ..podcast.page import PAGE_FILE
from ..podcast.podcast import open_podcast
from ..podcast.registry_changes import reissue
from ..podcast.write import has_custom_page, preview_podcast, write_podcast
from ..script.search import script_finder
from ..text import count
from . import shared
from .completion import complete_sessions


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
@click.option(
    "--as-of", type=DateType(), metavar="DATE", help="Print the feed of that day. Nothing is written."
)
@click.option(
    "--reissue",
    "reissued",
    metavar="NAME",
    shell_complete=complete_sessions,
    help="Publish this session again, as a new episode.",
)
@click.option(
    "--opml",
    "opml_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write a list with the feed, which podcast apps import.",
)
@shared.OUT
@shared.SCRIPTS
@shared.JSON
def feed_command(
    base_url: str | None,
    as_of: datetime | None,
    reissued: str | None,
    opml_file: Path | None,
    out: Path,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Write the podcast's feed, page and cover into the library.

    scripts/show.toml describes the podcast. scripts/episodes.toml remembers its episodes: keep it with your scripts.

    With --as-of, the feed of that day is printed instead, and no file changes.

    \b
    audio-builder feed
    audio-builder feed --as-of 2026-03-01 > preview.xml
    audio-builder feed --opml podcast.opml
    """
    if as_of and opml_file:
        raise click.UsageError("--opml writes a file, and --as-of is a preview: use one of them")
    now = as_of or now_in_seconds()
    podcast = open_podcast(script_finder(folder), out, base_url)
    if reissued:
        podcast = reissue(podcast, reissued, now)
    edition, preview = preview_podcast(podcast, now) if as_of else (write_podcast(podcast, now), None)
    if opml_file:
        shared.write_document(opml_file, opml(edition.channel))
    for notice in (*edition.notices, *_reissue_notices(edition, reissued)):
        click.echo(notice, err=True)
    if preview is not None:
        episodes = count(len(edition.entries), "episode")
        click.echo(f"Preview of {now:%Y-%m-%d %H:%M} UTC: {episodes}. Nothing was written.", err=True)
    if as_json:
        shared.print_json(_document(edition))
    elif preview is not None:
        shared.print_document(f"{preview.decode()}\n")
    else:
        _print_written(edition, out, opml_file)


def _print_written(edition: Edition, out: Path, opml_file: Path | None) -> None:
    feed_url = edition.channel.url(edition.channel.feed)
    click.echo(f"{out / 'feed.xml'}  {count(len(edition.entries), 'episode')}, {feed_url}")
    page = None if has_custom_page(out) else out / PAGE_FILE
    for path in filter(None, (page, opml_file)):
        click.echo(f"{path}")


def _reissue_notices(edition: Edition, name: str | None) -> Iterator[str]:
    wanted = name and session_name(name)
    for entry in edition.entries:
        if entry.episode.name == wanted and entry.replaces:
            yield (
                f"{wanted} is a new episode. It replaces the one of {entry.replaces:%Y-%m-%d}, which leaves the feed; "
                "its description says so"
            )


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
