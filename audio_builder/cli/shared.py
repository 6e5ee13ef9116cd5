"""Options, progress and printing that several commands share."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
import msgspec
from click.shell_completion import CompletionItem

from ..errors import AudioBuilderError, InvalidValue
from ..files import write_atomically
from ..option_kinds import Flag, Kind, Names
from ..options import OPTIONS, BuildOptions, Option
from ..script.search import script_finder
from ..text import sentence

_MANY = 10**6

Command = TypeVar("Command", bound=Callable[..., Any])


class OptionValue(click.ParamType[Any]):
    """A value of one of the kinds of `option_kinds`."""

    def __init__(self, kind: Kind) -> None:
        self.kind, self.name = kind, kind.metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self.kind.parse(value)
        except InvalidValue as error:
            key = str(param.name).replace("_", "-") if param else ""
            if key and key in (named := error.naming(key)).message:
                raise click.UsageError(sentence(str(named)), ctx) from None
            raise click.BadParameter(str(error), ctx, param) from None

    def shell_complete(
        self, _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        names = (*self.kind.choices, *getattr(self.kind, "names", ()))
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_scripts(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the slugs that begin with what was typed, or else let the shell complete a path."""
    found: list[CompletionItem] = []
    with suppress(AudioBuilderError):  # no folder of that name
        slugs = script_finder(ctx.params.get("folder")).scripts()
        found = [CompletionItem(name) for name in slugs if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def pass_on(ctx: click.Context, **values: object) -> None:
    """Pass the options of a group on to its subcommands, as their defaults."""
    assert isinstance(ctx.command, click.Group)
    ctx.default_map = dict.fromkeys(ctx.command.list_commands(ctx), values)


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
    help="Folder of the library.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
PICTURE = click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.svg",
    help="Also draw it into this file.",
)
QUIET_FLAG = click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
_MOST_WORKERS = 64
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, _MOST_WORKERS),
    default=min(os.cpu_count() or 1, _MOST_WORKERS),
    metavar="N",
    help="Number of cores to use  [default: all]",
)


def build_options(command: Command) -> Command:
    """Give a command every option of a build, gathered into one argument named `options`."""

    @wraps(command)
    def gathered(**values: Any) -> Any:
        chosen = BuildOptions(**{option.name: values.pop(option.name) for option in OPTIONS})
        return command(options=chosen, **values)

    decorated: Callable[..., Any] = gathered
    for option in reversed(OPTIONS):
        decorated = _click_option(option)(decorated)
    return cast(Command, decorated)


def _click_option(option: Option) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    declare = partial(click.option, option.flag, option.name, help=option.summary)
    if isinstance(option.kind, Flag):
        return declare(is_flag=True, default=None)
    if isinstance(option.kind, Names):
        return declare(
            type=OptionValue(option.kind), metavar=option.kind.metavar, multiple=True, callback=_joined
        )
    if option.kind.choices:
        return declare(type=click.Choice(list(option.kind.choices)))
    return declare(type=OptionValue(option.kind), metavar=option.kind.metavar)


def _joined(
    _ctx: click.Context, _param: click.Parameter, values: tuple[tuple[str, ...], ...]
) -> tuple[str, ...] | None:
    """Return the names of an option that may be given several times, or None if it was not given."""
    return tuple(name for names in values for name in names) if values else None


def write_picture(path: Path, svg: str) -> None:
    """Write a picture, which is an SVG. Raises AudioBuilderError if the name says something else."""
    if path.suffix.lower() != ".svg":
        raise AudioBuilderError(f"{path}: the picture is an SVG. Use a name that ends in .svg.")
    write_document(path, svg.encode())


def write_page(path: Path, html: str) -> None:
    """Write a page, which is HTML. Raises AudioBuilderError if the name says something else."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise AudioBuilderError(f"{path}: the cue sheet is HTML. Use a name that ends in .html.")
    write_document(path, html.encode())


def confirm(question: str, otherwise: str, can_be_undone: bool = False) -> None:
    """Ask on the terminal, or read the answer from a pipe. Raises AudioBuilderError that says `otherwise` if it is no.

    With nobody to ask, it returns if the change `can_be_undone`; otherwise the error has a hint.
    """
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort as abort:
        if sys.stdin.isatty() or not isinstance(abort.__context__, EOFError):
            raise  # Ctrl-C or Ctrl-D
        if can_be_undone:
            click.echo(err=True)  # the question has no answer, but a line of its own
            return
        raise AudioBuilderError(f"{otherwise}. There is no terminal to ask on: add --yes.") from None
    if not agreed:
        raise AudioBuilderError(otherwise)


def write_document(path: Path, content: bytes) -> None:
    """Write a file that the user named. Raises AudioBuilderError if that fails."""
    try:
        write_atomically(path, content)
    except OSError as error:
        raise AudioBuilderError(f"Cannot write {path}: {error.strerror}") from None


def print_json(value: Any) -> None:
    """Print one JSON document on standard output: as UTF-8, or in ASCII if the output has another encoding."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if not encoding.lower().startswith("utf"):
        text = re.sub(r"[^\x00-\x7f]", lambda match: json.dumps(match[0])[1:-1], text)
    click.echo(text)


def print_document(text: str) -> None:
    """Print the content of a file on standard output: in UTF-8 if it goes into a file or a pipe, whatever they are."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")
    click.echo(text, nl=False)


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback that shows progress on standard error if that is a terminal, and nothing otherwise."""
    if quiet or not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:11}"),
        BarColumn(),
        TextColumn("{task.fields[amount]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show_progress(stage: str, done: int, total: int) -> None:
            amount = _amount(done, total)
            if total and stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, amount=amount)
            if stage in tasks:
                bars.update(tasks[stage], completed=done, total=total, amount=amount)

        yield show_progress


def _amount(done: int, total: int) -> str:
    """Return how much is done: of bytes, which are always many, in MB."""
    if total < _MANY:
        return f"{done}/{total}"
    return f"{done / 1e6:.1f}/{total / 1e6:.1f} MB"
