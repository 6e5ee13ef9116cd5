"""`audio-builder library verify`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ..diagnostics.verify import Verdict, verify_episode
from ..errors import AudioBuilderError
from ..library.removed import find_episode
from ..library.session_files import session_name
from ..library.storage import episodes, unreadable
from ..request import Workspace
from ..script.search import script_finder
from ..text import count
from . import shared
from .completion import complete_sessions

_NO_MANIFEST = "no readable manifest"


@click.command("verify")
@click.argument("names", nargs=-1, shell_complete=complete_sessions)
@shared.OUT
@shared.SCRIPTS
@shared.JSON
@click.pass_context
def verify_command(
    ctx: click.Context, names: tuple[str, ...], out: Path, folder: Path | None, as_json: bool
) -> None:
    """Compare sessions with their manifests and with a fresh rendering. NAMES are file names without .mp3.

    Without a name, every session of the library is verified. Nothing in it is changed.
    """
    chosen = [find_episode(out, session_name(name)) for name in names] or episodes(out)
    broken = [path.name for path in unreadable(out)] if not names else []
    workspace = Workspace(script_finder(folder), out=out)
    if as_json:
        verdicts = [Verdict(name, (_NO_MANIFEST,)) for name in broken]
        verdicts += [verify_episode(episode, workspace) for episode in chosen]
        shared.print_json([{**asdict(one), "intact": not one.damage} for one in verdicts])
        ctx.exit(1 if any(one.damage for one in verdicts) else 0)
    for mp3 in broken:
        click.echo(f"{mp3}: {_NO_MANIFEST}")
    for episode in chosen:
        verdict = verify_episode(episode, workspace)
        state = "damaged" if verdict.damage else "intact"
        click.echo(f"{episode.name}: {state}" + (f" ({verdict.note})" if verdict.note else ""))
        for line in verdict.damage:
            click.echo(f"  {line}")
        broken += [episode.name] if verdict.damage else []
    if broken:
        is_one = len(broken) == 1
        raise AudioBuilderError(
            f"{count(len(broken), 'session')} of {out} {'is' if is_one else 'are'} damaged. To repair "
            f"{'it' if is_one else 'them'}, build again."
        )
