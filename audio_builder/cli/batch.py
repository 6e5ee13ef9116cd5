"""`audio-builder batch`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from ..batch.forecast import forecast
from ..batch.planned import FinishedSession, PlannedSession
from ..batch.prepare import PreparedBatch, prepare_batch
from ..batch.run import BatchEngine, run_batch
from ..batch.state import BatchState
from ..cast.speak import SPEAKING
from ..cluster.run import run_on_cluster
from ..errors import AudioBuilderError
from ..podcast.podcast import open_podcast
from ..podcast.show import Show
from ..podcast.write import write_podcast
from ..request import ProgressCallback, Workspace
from ..script.search import script_finder
from ..text import count
from . import shared
from .batch_events import SHOWN, emit, failure_lines, record_facts
from .batch_plan import plan_facts, require_room, show_plan
from .feed import now_in_seconds

_NOTICES = 5


class _Watcher:
    """Keeps what became of each session, and reports it: as progress, or as one JSON document per line."""

    def __init__(self, show_progress: ProgressCallback, as_json: bool) -> None:
        self._show, self._as_json = show_progress, as_json
        self._last: tuple[str, int, int] | None = None
        self.sessions: list[FinishedSession] = []
        self.spoken = 0

    def progress(self, stage: str, done: int, total: int) -> None:
        self.spoken = max(self.spoken, done) if stage == SPEAKING else self.spoken
        self._show(stage, done, total)
        if self._as_json and (stage, done, total) != self._last:
            self._last = stage, done, total
            emit("progress", stage=stage, done=done, total=total)

    def finished(self, session: FinishedSession) -> None:
        self.sessions.append(session)
        if self._as_json:
            facts = {key: value for key, value in record_facts(session).items() if value != ""}
            emit("session", **facts)

    def number(self, state: str) -> int:
        """Return how many sessions ended in this state."""
        return sum(session.state == state for session in self.sessions)

    @property
    def failures(self) -> list[tuple[PlannedSession, str]]:
        """The sessions that failed, each with its error."""
        return [(session.planned, session.error) for session in self.sessions if session.state == "failed"]


@click.command("batch", no_args_is_help=True)
@click.argument("file", metavar="FILE.toml", type=click.Path(path_type=Path))
@click.option(
    "--dry-run", is_flag=True, help="Show what would be built and how long it takes. Write nothing."
)
@click.option(
    "--cluster", "scheduler", metavar="ADDRESS", help="Build on a Dask cluster, e.g. tcp://10.0.0.5:8786."
)
@click.option(
    "--store",
    metavar="URL",
    help="With --cluster: a folder or a bucket, e.g. s3://bucket/prefix, that all its machines reach.",
)
@shared.OUT
@shared.SCRIPTS
@shared.WORKERS
@click.option("--json", "as_json", is_flag=True, help="Print events, one JSON document per line.")
@shared.QUIET_FLAG
@click.pass_context
def batch_command(
    ctx: click.Context,
    file: Path,
    dry_run: bool,
    scheduler: str | None,
    store: str | None,
    out: Path,
    folder: Path | None,
    workers: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Build many sessions from one file: scripts, lengths, voices and more, in every combination.

    FILE.toml says which. A small one is:

    \b
    scripts = ["legs-on-chair", "knees-together"]
    lengths = ["10m", "20m"]
    date = "every Tuesday from 2027-01-05"

    Sessions that are in the library already stay as they are. If a run is interrupted, the same command goes on. The
    feed is written last, if you have a show.toml. docs/batch.md explains everything that a file can say.

    \b
    audio-builder batch year.toml --dry-run
    audio-builder batch year.toml --cluster tcp://10.0.0.5:8786 --store s3://bucket/prefix
    """
    engine = _engine(scheduler, store)
    workspace = Workspace(script_finder(folder), out, workers=workers)
    batch = prepare_batch(file, workspace)
    state = BatchState(batch.sessions, workspace, batch.scripts)
    plan = forecast(batch, workspace, state.current)
    if as_json:
        emit("planned", **plan_facts(plan, batch))
    if dry_run:
        show_plan(file, plan, batch, workers, as_json)
        ctx.exit(1 if batch.problems else 0)
    require_room(plan)
    ctx.exit(_build(batch, workspace, state, engine, as_json, quiet))


def _engine(scheduler: str | None, store: str | None) -> BatchEngine | None:
    """Return what builds on a cluster, or None for this machine."""
    if scheduler and store:
        return partial(run_on_cluster, scheduler=scheduler, store=store)
    if scheduler:
        raise click.UsageError("--cluster needs --store: a folder or bucket that every machine can reach")
    if store:
        raise click.UsageError("--store goes with --cluster")
    return None


def _build(
    batch: PreparedBatch,
    workspace: Workspace,
    state: BatchState,
    engine: BatchEngine | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Build the sessions and write the feed. Return the exit status."""
    with shared.progress(quiet or as_json) as show_progress:
        watcher = _Watcher(show_progress, as_json)
        try:
            run_batch(batch.sessions, workspace, watcher, engine, state)
        except KeyboardInterrupt as interrupt:
            done = f"{len(watcher.sessions)} of {count(len(batch.sessions), 'session')}"
            interrupt.add_note(
                f"Interrupted. {done} are finished; run the same command again to build the rest."
            )
            raise
    failed_feed = _write_feed(batch, workspace, watcher, as_json)
    _summarise(watcher, as_json)
    return 1 if watcher.failures or failed_feed else 0


def _write_feed(batch: PreparedBatch, workspace: Workspace, watcher: _Watcher, as_json: bool) -> bool:
    """Write the feed if there is a show, and say what became of it. Return whether that failed."""
    if not batch.file.feed:
        return False
    if batch.show is None:
        _say_no_feed("No feed: you have no show.toml of your own. See docs/podcast.md", as_json)
        return False
    if not batch.show.base_url:
        _say_no_feed("No feed: show.toml has no base_url", as_json)
        return False
    try:
        edition = write_podcast(open_podcast(workspace.finder, workspace.out), now_in_seconds())
    except AudioBuilderError as error:
        _say_no_feed(f"The feed was not written: {error}", as_json)
        return True
    path, episodes = workspace.out / "feed.xml", len(edition.entries)
    notices = (*edition.notices, *_unlisted(batch.show, watcher))
    if as_json:
        emit("feed", written=True, path=str(path), episodes=episodes, notices=notices)
        return False
    for notice in notices[:_NOTICES]:
        click.echo(notice, err=True)
    if len(notices) > _NOTICES:
        click.echo(f"and {len(notices) - _NOTICES} more: see audio-builder feed", err=True)
    click.echo(f"{path}  {count(episodes, 'episode')}")
    return False


def _say_no_feed(reason: str, as_json: bool) -> None:
    if as_json:
        emit("feed", written=False, reason=reason)
    else:
        click.echo(reason, err=True)


def _unlisted(show: Show, watcher: _Watcher) -> Iterator[str]:
    """Yield a notice if show.toml lists its episodes, and not all sessions of the batch."""
    listed = {listing.name for listing in show.episode}
    names = {s.name for s in watcher.sessions if s.state != "failed" and not s.planned.options.draft}
    if listed and (missing := sorted(names - listed)):
        yield (
            f"{count(len(missing), 'session')} of this batch cannot be in the feed, because show.toml lists its "
            f"episodes without them: {', '.join(missing[:SHOWN])}{', …' if len(missing) > SHOWN else ''}"
        )


def _summarise(watcher: _Watcher, as_json: bool) -> None:
    built, unchanged, failed = map(watcher.number, ("built", "unchanged", "failed"))
    if as_json:
        emit("summary", built=built, unchanged=unchanged, failed=failed)
        return
    if watcher.failures:
        click.echo(f"{count(failed, 'session')} failed:", err=True)
        for line in failure_lines(watcher.failures):
            click.echo(line, err=True)
    words = f", {count(watcher.spoken, 'sentence')} spoken" if watcher.spoken else ""
    click.echo(f"{built} built, {unchanged} unchanged, {failed} failed{words}")
