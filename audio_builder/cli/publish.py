"""`audio-builder publish`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import AudioBuilderError
from ..library.session_files import session_name
from ..podcast.podcast import Podcast, open_podcast
from ..podcast.publish.announce import SECRET_VARIABLE, announce
from ..podcast.publish.apply import apply_plan
from ..podcast.publish.changes import feed_changes
from ..podcast.publish.destination import Destination, PublishConflict
from ..podcast.publish.plan import PublishPlan, plan_publication
from ..podcast.publish.public_access import access_problems
from ..podcast.registry_changes import withdraw
from ..podcast.selection import next_due
from ..script.search import ScriptFinder, script_finder
from ..text import count
from . import shared
from .completion import complete_sessions
from .feed import BASE_URL, DateType, now_in_seconds

if TYPE_CHECKING:
    from ..request import ProgressCallback

_ATTEMPTS = 3


class DaysType(click.ParamType[timedelta]):
    """A number of days, e.g. 90d."""

    name = "days"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,5})d", str(value), re.ASCII)
        if not match:
            self.fail(f'Invalid number of days "{value}": use e.g. 90d', param, ctx)
        return timedelta(days=int(match[1]))


@click.command("publish")
@click.argument("dest", metavar="DEST")
@click.option("--dry-run", is_flag=True, help="Show what would be done, without doing it.")
@click.option(
    "--withdraw",
    "withdrawn",
    metavar="NAME",
    shell_complete=complete_sessions,
    help="Take this session out of the feed for good and delete its files.",
)
@click.option(
    "--prune", type=DaysType(), metavar="90d", help="Delete files that no feed has used for that long."
)
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@click.option(
    "--schedule", is_flag=True, help="For cron: publish what is due, and say nothing if nothing changed."
)
@click.option(
    "--ping/--no-ping",
    default=None,
    help="Notify the hub and the webhook in show.toml even if nothing changed; --no-ping: never.",
)
@BASE_URL
@click.option(
    "--as-of", type=DateType(), metavar="DATE", help="With --dry-run: show what would be done on that day."
)
@shared.OUT
@shared.SCRIPTS
@shared.JSON
@shared.QUIET_FLAG
def publish_command(
    dest: str,
    dry_run: bool,
    withdrawn: str | None,
    prune: timedelta | None,
    yes: bool,
    schedule: bool,
    ping: bool | None,
    base_url: str | None,
    as_of: datetime | None,
    out: Path,
    folder: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Publish the podcast to a folder or to object storage.

    DEST is a folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix. Keys come from the environment
    or from the files of your cloud provider's tools, and are never printed. Only what changed is written, the feed
    last. If a run is interrupted, the next one finishes it.

    \b
    audio-builder publish /srv/www/psoas
    audio-builder publish s3://my-bucket/psoas --dry-run
    audio-builder publish /srv/www/psoas --schedule
    """
    _check_options(dry_run, schedule, ping, bool(as_of), bool(withdrawn) or (prune is not None and not yes))
    if schedule:
        _publish_due(dest, folder, out, base_url, prune, as_json, ping is None)
        return
    finder = script_finder(folder)
    podcast = open_podcast(finder, out, base_url)
    if withdrawn:
        podcast = withdraw(podcast, session_name(withdrawn))
    destination = _destination(dest, out, finder)
    plan = plan_publication(podcast, destination, as_of or now_in_seconds(), prune)
    warnings = () if dry_run else _publish(plan, destination, yes, quiet, ping)
    _show(plan, dry_run, as_json, warnings)


def _publish(
    plan: PublishPlan, destination: Destination, yes: bool, quiet: bool, ping: bool | None
) -> tuple[str, ...]:
    _confirm_deletions(plan, yes)
    notify = ping or (ping is None and plan.feed is not None)
    with shared.progress(quiet) as report_progress:
        return _apply(plan, destination, report_progress, notify)


def _check_options(dry_run: bool, schedule: bool, ping: bool | None, as_of: bool, would_ask: bool) -> None:
    if as_of and not dry_run:
        raise click.UsageError("--as-of needs --dry-run: a real run always uses the current time")
    if schedule and (dry_run or would_ask):
        raise click.UsageError("--schedule never asks: use it alone, or with --prune and --yes")
    if ping and (dry_run or schedule):
        raise click.UsageError("--ping needs a run of its own, without --dry-run and --schedule")


def _apply(
    plan: PublishPlan, destination: Destination, report_progress: ProgressCallback, notify: bool
) -> tuple[str, ...]:
    """Publish, then `notify` the hub and the webhook of the show. Return what went wrong with that."""
    show = plan.podcast.show
    notify = notify and bool(show.hub or show.webhook)
    changes = feed_changes(plan, destination) if notify else None  # before files are pruned
    apply_plan(plan, destination, report_progress)
    return tuple(announce(plan, changes, os.environ.get(SECRET_VARIABLE, ""))) if changes else ()


def _publish_due(
    dest: str,
    folder: Path | None,
    out: Path,
    base_url: str | None,
    prune: timedelta | None,
    as_json: bool,
    may_notify: bool,
) -> None:
    """Publish what is due. If someone else publishes at the same time, look again at what is left to do."""
    warnings: tuple[str, ...] = ()
    for attempt in range(_ATTEMPTS):
        finder, now = script_finder(folder), now_in_seconds()
        podcast = open_podcast(finder, out, base_url)
        destination = _destination(dest, out, finder)
        plan = plan_publication(podcast, destination, now, prune)
        is_begun = bool(plan.edition.entries or plan.snapshot.feed)
        changes = is_begun and bool(plan.written or plan.deletions)
        try:
            if changes or (is_begun and plan.record):  # --prune needs to know how long files are in use
                warnings = _apply(plan, destination, _no_progress, may_notify and plan.feed is not None)
            break
        except PublishConflict:
            if attempt == _ATTEMPTS - 1:
                raise
    for warning in warnings:
        click.echo(warning, err=True)
    if as_json:
        done = {} if changes else {"written": (), "deleted": ()}
        shared.print_json(_plan_document(plan) | done | {"next": _next_document(podcast, now)})
    elif changes:
        click.echo(_result(plan))


def _no_progress(_stage: str, _done: int, _total: int) -> None:
    pass


def _next_document(podcast: Podcast, now: datetime) -> dict[str, object] | None:
    """Return the session that is due next, as JSON has it."""
    waiting = next_due(podcast, now)
    return {"name": waiting[0].name, "date": waiting[1]} if waiting else None


def _destination(dest: str, out: Path, finder: ScriptFinder) -> Destination:
    destination = Destination(dest)
    if destination.is_folder and Path(dest).resolve() in {path.resolve() for path in (out, *finder.folders)}:
        raise AudioBuilderError(f"{dest} holds your scripts or sessions. Publish to a different folder.")
    return destination


def _confirm_deletions(plan: PublishPlan, yes: bool) -> None:
    withdrawing = plan.podcast.withdrawing
    if yes or (not plan.deletions and withdrawing is None):
        return
    action = f"Withdraw {withdrawing} for good and delete" if withdrawing else "Delete"
    question = f"{action} {count(len(plan.deletions), 'file')} at {plan.snapshot.address}?"
    shared.confirm(question, "Nothing was changed")


def _show(plan: PublishPlan, dry_run: bool, as_json: bool, warnings: tuple[str, ...]) -> None:
    for notice in (*plan.notices, *_public_problems(plan, dry_run), *warnings):
        click.echo(notice, err=True)
    if as_json:
        shared.print_json(_plan_document(plan))
        return
    if dry_run:
        for name in plan.written:
            click.echo(f"would write {name}")
        for name in plan.deletions:
            click.echo(f"would delete {name}")
    click.echo(_result(plan, dry_run))


def _plan_document(plan: PublishPlan) -> dict[str, object]:
    """Return a publication as JSON has it."""
    document = {"feed": plan.feed_url, "episodes": len(plan.edition.entries), "written": plan.written}
    return document | {"kept": plan.unchanged, "deleted": plan.deletions, "notices": plan.notices}


def _result(plan: PublishPlan, dry_run: bool = False) -> str:
    """Return what was done, or would be, in one line."""
    would = "would " if dry_run else ""
    written = f"{'would write' if dry_run else 'wrote'} {count(len(plan.written), 'file')}"
    changes = written if plan.written else "nothing to write"
    deleted = f", {would}delete{'' if dry_run else 'd'} {len(plan.deletions)}" if plan.deletions else ""
    episodes = count(len(plan.edition.entries), "episode")
    return f"{plan.feed_url}  {episodes}, {changes}{deleted}, {plan.unchanged} unchanged"


def _public_problems(plan: PublishPlan, dry_run: bool) -> Iterator[str]:
    # a web server may not serve the folder yet, so only object storage is checked
    if not dry_run and not plan.snapshot.is_folder:
        yield from access_problems(plan.feed_url)
