"""Options, progress and printing that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
import msgspec

from ..errors import AudioBuilderError
from ..options import BuildOptions
from ..units import Ms, duration

F = TypeVar("F", bound=Callable[..., Any])


class Duration(click.ParamType[Ms]):
    """A length as people write it, in milliseconds."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Ms:
        if isinstance(value, int):
            return Ms(value)
        try:
            return duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Names(click.ParamType[tuple[str, ...]]):
    """Slugs with commas between."""

    name = "a,b,c"

    def convert(
        self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(name.strip() for name in value.split(","))


RESERVED = {"cover", "feed", "index"}
"""Names in the library that are the podcast's own."""


def slug(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """A name for files: refused where it could not be one."""
    if value is not None and (
        not value or value in RESERVED or value[0] in "-_+" or len(value) > 100 or not _plain(value)
    ):
        raise click.BadParameter(f"{value!r} cannot name files; use letters, digits and hyphens")
    return value


def _plain(value: str) -> bool:
    return all(c.isalnum() or c in "-_+" for c in value)


def count(number: int, what: str) -> str:
    """`1 sentence`, `2 sentences`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def script_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Completion: the slugs there are."""
    from ..script.search import script_finder

    return [name for name in script_finder().scripts() if name.startswith(incomplete)]


def beds(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Completion: the beds there are."""
    from ..audio.beds import BEDS

    return [name for name in BEDS if name.startswith(incomplete)]


def bells(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Completion: the bells there are."""
    from ..audio.chimes import BELLS

    return [name for name in BELLS if name.startswith(incomplete)]


SCRIPTS = click.option(
    "--scripts",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder with your scripts  [default: ./scripts, then the shipped ones]",
)
OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("output"),
    show_default=True,
    metavar="DIR",
    help="The library.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
PICTURE = click.option(
    "--picture", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.svg", help="Draw it as well."
)
QUIET = click.option("--quiet", "-q", is_flag=True, help="No progress.")
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=os.cpu_count() or 1,
    metavar="N",
    help="Cores to use  [default: all]",
)

_WISHES = (
    click.option("--length", type=Duration(), metavar="LENGTH", help="20m, 37m30s, 1h or 20:00; 5m to 8h"),
    click.option("--positions", type=Names(), metavar="A,B", help="Exactly these positions, in this order."),
    click.option("--voice", metavar="ENGINE[:NAME]", help="See: audio-builder voices"),
    click.option("--speed", type=float, metavar="X", help="1.0 is the voice's own pace, 0.5 half as fast."),
    click.option(
        "--ambience",
        metavar="NAME",
        shell_complete=beds,
        help="The bed: room, brown, pink, rain, ocean, drone, none, or a sound file.",
    ),
    click.option(
        "--bell",
        metavar="NAME",
        shell_complete=bells,
        help="The bell: bowl, bell, wood, none (its time stays), or a sound file.",
    ),
    click.option(
        "--breath", metavar="IN-OUT", help="4-6 for every paced breath; none keeps the time without tones."
    ),
    click.option(
        "--ending", type=click.Choice(["wake", "sleep"]), help="Get up at the end, or stay and sleep."
    ),
    click.option(
        "--quality",
        type=click.Choice(["stereo", "mono"]),
        default="stereo",
        show_default=True,
        help="128 kbit/s, or 64 kbit/s mono.",
    ),
    click.option("--draft", is_flag=True, help="Keep it out of the feed."),
    click.option("--name", callback=slug, metavar="SLUG", help="Name of the files."),
)


def wishes(command: F) -> F:
    """The options that shape a session, given to the command as one `wish`."""
    keys = (
        "length",
        "positions",
        "voice",
        "speed",
        "ambience",
        "bell",
        "breath",
        "ending",
        "quality",
        "draft",
        "name",
    )

    @wraps(command)
    def gathered(**values: Any) -> Any:
        wish = BuildOptions(**{key: values.pop(key) for key in keys})
        return command(wish=wish, **values)

    for option in reversed(_WISHES):
        gathered = option(gathered)
    return cast(F, gathered)


def draw(picture: Path, svg: str) -> None:
    """Writes a picture, which is an SVG. Raises BuilderError where it cannot be written or would be something else."""
    if picture.suffix.lower() != ".svg":
        raise AudioBuilderError(f"{picture}: the picture is an SVG; give it a name that ends in .svg")
    try:
        picture.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise AudioBuilderError(f"cannot write {picture}: {error.strerror}") from None


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error where that is a terminal, nothing otherwise."""
    if quiet or not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def watch(what: str, done: int, of: int) -> None:
            if of and what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            if what in tasks:
                bars.update(tasks[what], completed=done, total=of)

        yield watch
