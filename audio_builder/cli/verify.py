"""`audio-builder library verify`."""

from __future__ import annotations

from pathlib import Path

import click

from ..diagnostics.verify import verify_episode
from ..errors import AudioBuilderError
from ..library.removed import find_episode
from ..library.session_files import session_name
from ..library.storage import episodes, unreadable
from ..request import Workspace
from ..text import count


@click.command("verify")
@click.argument("names", nargs=-1)
@click.pass_obj
def verify_command(out: Path, names: tuple[str, ...]) -> None:
    """Compare sessions with their manifests and with a fresh rendering. NAMES are file names without .mp3.

    Without a name, every session of the library is verified. Nothing in it is changed.
    """
    chosen = [find_episode(out, session_name(name)) for name in names] or episodes(out)
    broken = [path.name for path in unreadable(out)] if not names else []
    for mp3 in broken:
        click.echo(f"{mp3}: no readable manifest")
    workspace = Workspace(out=out)
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
