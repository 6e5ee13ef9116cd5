"""`audio-builder library`."""

from __future__ import annotations

import importlib
from pathlib import Path

import click
import msgspec

from ..library.manifest import Episode
from ..library.outdated import CurrentScripts
from ..library.removed import find_episode, remove_episode, restore_episode
from ..library.session_files import session_name
from ..library.storage import episodes, has_sound
from ..script.search import script_finder
from ..units import show
from . import shared
from .completion import complete_sessions

_DAMAGED = "damaged or missing"
_OUTDATED = "older than its script"


class _Library(click.Group):
    """The commands of the library. `verify` is imported when it is used: it needs everything that a build needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "verify"])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name != "verify":
            return super().get_command(ctx, name)
        command = importlib.import_module(".verify", __package__).verify_command
        assert isinstance(command, click.Command)
        return command


@click.group("library", cls=_Library, invoke_without_command=True)
@shared.OUT
@shared.SCRIPTS
@shared.JSON
@click.pass_context
def library_command(ctx: click.Context, out: Path, folder: Path | None, as_json: bool) -> None:
    """List the sessions in the library, verify them, remove one, or bring it back."""
    if ctx.invoked_subcommand:
        shared.pass_on(ctx, out=out, folder=folder, as_json=as_json)
        return
    built = episodes(out)
    scripts = CurrentScripts(script_finder(folder))
    states = {episode.name: _state(out, episode, scripts) for episode in built}
    if as_json:
        shared.print_json([msgspec.to_builtins(one) | {"state": states[one.name]} for one in built])
        return
    if not built:
        click.echo(f"No sessions in {out} yet. To build one, run audio-builder build.")
    width = max((len(episode.name) for episode in built), default=0) + 4
    for episode in built:
        formats = f" (also {', '.join(suffix[1:] for suffix in episode.formats)})" if episode.formats else ""
        draft = " (draft)" if episode.draft else ""
        state = f" ({states[episode.name]})" if states[episode.name] else ""
        size = f"{episode.bytes / 1e6:6.1f} MB"
        facts = f"{show(episode.length_ms):>8} {size}  {episode.title}{formats}{draft}{state}"
        click.echo(f"{episode.name + '.mp3':{width}}  {facts}")
    if _DAMAGED in states.values():
        click.echo("To repair a session, build it again")
    if _OUTDATED in states.values():
        click.echo("To bring a session up to date with its script, build it again")
    for script in dict.fromkeys(episode.script for episode in built if scripts.renamed(episode)):
        click.echo(
            f'So that sessions stay the same episodes, write "id: {script}" in the script\'s front matter'
        )


def _state(folder: Path, episode: Episode, scripts: CurrentScripts) -> str:
    """Return what its author should know of a session, or ""."""
    if not has_sound(folder, episode):
        return _DAMAGED
    if name := scripts.renamed(episode):
        return f"its script is called {name} now"
    return _OUTDATED if scripts.changed(episode) else ""


@library_command.command("remove")
@click.argument("name", shell_complete=complete_sessions)
@click.option("--yes", is_flag=True, help="Do not ask first.")
@shared.OUT
@shared.JSON
def remove_command(name: str, yes: bool, out: Path, as_json: bool) -> None:
    """Take a session out of the library. NAME is its file name without .mp3.

    Its files move to the folder .removed in the library, and library restore NAME brings them back. On a terminal you
    are asked first.
    """
    episode = find_episode(out, session_name(name))
    what = f"{episode.name}, {show(episode.length_ms)}"
    if not yes:
        shared.confirm(f"Remove {what}?", "Nothing was removed", can_be_undone=True)
    remove_episode(out, episode.name)
    if as_json:
        shared.print_json({"removed": episode.name})
        return
    click.echo(f"removed {what}. To bring it back, run audio-builder library restore {episode.name}")


@library_command.command("restore")
@click.argument("name")
@shared.OUT
@shared.JSON
def restore_command(name: str, out: Path, as_json: bool) -> None:
    """Bring back the session of that name that was removed last. NAME is its file name without .mp3."""
    episode = restore_episode(out, session_name(name))
    if as_json:
        shared.print_json({"restored": episode.name})
        return
    click.echo(f"restored {episode.name}, {show(episode.length_ms)}")
