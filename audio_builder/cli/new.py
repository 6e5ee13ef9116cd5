"""`audio-builder new`."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import AudioBuilderError, InvalidValue
from ..files import create_atomically, is_blank
from ..option_kinds import FileName
from ..script.search import namesakes, script_slug, script_template


def _script_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        return str(FileName().parse(value.removesuffix(".md")))
    except InvalidValue as error:
        raise click.BadParameter(str(error), ctx, param) from None


@click.command("new")
@click.argument("name", metavar="SLUG", callback=_script_name)
@click.option("--position", is_flag=True, help="Start a position instead of a whole session.")
@click.option(
    "--scripts",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("scripts"),
    show_default=True,
    metavar="DIR",
    help="Folder to write it into.",
)
def new_command(name: str, position: bool, folder: Path) -> None:
    """Write a script to start from into your scripts folder.

    SLUG is its name in lower case with hyphens, such as evening-rest.
    """
    slug = script_slug(Path(f"{name}.md"))
    path = folder / f"{slug}.md"
    if same := [other for other in namesakes(path) if not is_blank(other)]:
        raise AudioBuilderError(f"{same[0]} exists already. Choose another name, or edit it.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        create_atomically(path, script_template(slug, position).encode())
    except OSError as error:
        raise AudioBuilderError(f"Cannot write {path}: {error.strerror}") from None
    click.echo(f"{path}  Edit it, then run: audio-builder check {path}")
