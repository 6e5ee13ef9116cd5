"""`audio-builder library`."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from ..library.manifest import Episode
from ..library.outdated import CurrentScripts
from ..library.removed import find_episode, remove_episode, restore_episode
from ..library.session_files import session_name
from ..library.storage import episodes, has_sound
from ..script.search import script_finder
from ..units import show
from . import shared

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
@shared.JSON
@click.pass_context
def library_command(ctx: click.Context, out: Path, as_json: bool) -> None:
    """List the sessions in the library, verify them, remove one, or bring it back."""
    ctx.obj = out
    if ctx.invoked_subcommand:
        return
    built = episodes(out)
    if as_json:
        shared.print_json(built)
        return
    if not built:
        click.echo(f"No sessions in {out} yet. To build one, run audio-builder build.")
    scripts = CurrentScripts(script_finder())
    states = {episode.name: _state(out, episode, scripts) for episode in built}
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
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.pass_obj
def remove_command(out: Path, name: str, yes: bool) -> None:
    """Take a session out of the library. NAME is its file name without .mp3.

    Its files move to the folder .removed in the library, and library restore NAME brings them back.
    """
    episode = find_episode(out, session_name(name))
    what = f"{episode.name}, {show(episode.length_ms)}"
    if not yes:
        shared.confirm(f"Remove {what}?", "Nothing was removed")
    remove_episode(out, episode.name)
    click.echo(f"removed {what}. To bring it back, run audio-builder library restore {episode.name}")


@library_command.command("restore")
@click.argument("name")
@click.pass_obj
def restore_command(out: Path, name: str) -> None:
    """Bring back the session of that name that was removed last. NAME is its file name without .mp3."""
    episode = restore_episode(out, session_name(name))
    click.echo(f"restored {episode.name}, {show(episode.length_ms)}")
