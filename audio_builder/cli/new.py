"""`audio-builder new`."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import AudioBuilderError
from ..script.search import script_slug, script_template
from . import shared


def _name(ctx: click.Context, param: click.Parameter, value: str) -> str | None:
    return shared.slug(ctx, param, value.removesuffix(".md"))


@click.command()
@click.argument("name", metavar="SLUG", callback=_name)
@click.option("--position", is_flag=True, help="A release position instead of a whole session.")
@click.option(
    "--scripts",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("scripts"),
    show_default=True,
    metavar="DIR",
)
def command(name: str, position: bool, folder: Path) -> None:
    """Write a script to start from into your scripts folder.

    SLUG names it: lower case, with hyphens, as in evening-rest.
    """
    plain = script_slug(Path(f"{name}.md"))
    path = folder / f"{plain}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(script_template(plain, position))
    except FileExistsError:
        raise AudioBuilderError(f"{path} is there already; choose another name, or edit it") from None
    except OSError as error:
        raise AudioBuilderError(f"cannot write {path}: {error.strerror}") from None
    click.echo(f"{path}  now edit it; then: audio-builder check {path}")
