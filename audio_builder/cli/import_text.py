"""`audio-builder import`."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..diagnostics.documents import problem_document
from ..diagnostics.report import Report, check
from ..errors import AudioBuilderError, InvalidValue
from ..files import cannot_read, create_atomically, is_blank, read_file
from ..importing.convert import ConvertOptions
from ..importing.draft import Decision
from ..importing.reading import MAX_FILE_BYTES
from ..importing.script import Imported, ImportOptions, import_script
from ..notation.pauses import DEFAULT_LENGTHS, PauseLengths
from ..option_kinds import Duration
from ..request import Workspace
from ..script.search import display_path, namesakes, script_finder
from ..text import count
from ..units import LONGEST, SHORTEST, Ms, clock, possible_lengths, show
from . import shared


class _Length(shared.OptionValue):
    """A length within bounds, which is checked at once."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        length = super().convert(value, param, ctx)
        try:
            return self.kind.check(length)
        except InvalidValue as error:
            raise click.BadParameter(str(error), ctx, param) from None


_PAUSE = _Length(Duration(shortest=Ms(100), longest=Ms(3_600_000)))


def _pause_option(flag: str, default: Ms, what: str) -> Callable[[shared.Command], shared.Command]:
    return click.option(
        flag, type=_PAUSE, default=show(default), show_default=True, metavar="LENGTH", help=what
    )


@click.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="NAME.md",
    help="Write the script into this file.",
)
@click.option("--title", help="Title of the script  [default: from the text]")
@click.option("--language", metavar="TAG", default="", help="Language of the text, e.g. de  [default: en]")
@_pause_option("--pause", DEFAULT_LENGTHS.plain, "Length of a pause that is written without one.")
@_pause_option("--short-pause", DEFAULT_LENGTHS.short, "Length of a short pause.")
@_pause_option("--long-pause", DEFAULT_LENGTHS.long, "Length of a long pause.")
@_pause_option(
    "--breath-length", DEFAULT_LENGTHS.breath, "Length of one breath, for pauses that count breaths."
)
@click.option(
    "--blank-line", type=_PAUSE, metavar="LENGTH", help="Make each blank line a pause of this length."
)
@click.option(
    "--stretch", is_flag=True, help="Make pauses elastic, so that the script can have many lengths."
)
@click.option(
    "--length",
    type=_Length(Duration(shortest=SHORTEST, longest=LONGEST)),
    metavar="LENGTH",
    help="Say whether a session can have this length.",
)
@shared.JSON
@click.pass_context
def import_command(  # one parameter for each option
    ctx: click.Context,
    source: Path,
    output: Path | None,
    title: str | None,
    language: str,
    pause: Ms,
    short_pause: Ms,
    long_pause: Ms,
    breath_length: Ms,
    blank_line: Ms | None,
    stretch: bool,
    length: Ms | None,
    as_json: bool,
) -> None:
    """Turn a text that you already have into a script.

    FILE is Markdown, plain text, Word (.docx), HTML, SSML or subtitles; - reads standard input. Pause marks become
    pauses, stage directions and labels become notes, and every decision is listed with its line. Without --output the
    script is printed.
    """
    lengths = PauseLengths(pause, short_pause, long_pause, breath_length)
    options = ImportOptions(ConvertOptions(lengths, blank_line), stretch, title or "", language)
    imported = import_script(_read(source), source.name if str(source) != "-" else "text.txt", options)
    if output is not None:
        output = _write(output, imported.text)
    report = _check(imported.text, output)
    if as_json:
        shared.print_json(_document(imported, report, output, length))
    else:
        _print(imported, report, output, source, length)
    if report.errors or (length is not None and not _is_possible(report, length)):
        ctx.exit(1)


def _read(source: Path) -> bytes:
    if str(source) == "-":
        return sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    try:
        return read_file(source)
    except OSError as error:
        raise AudioBuilderError(cannot_read(source, error)) from None


def _write(output: Path, text: str) -> Path:
    """Write a new script, and return its path. A script that exists is never overwritten, unless it is empty."""
    path = output if output.suffix == ".md" else output.with_name(f"{output.name}.md")
    if same := [other for other in namesakes(path) if not is_blank(other)]:
        raise AudioBuilderError(
            f"{display_path(same[0])} exists already. Choose another --output, or remove it first."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        create_atomically(path, text.encode())
    except OSError as error:
        raise AudioBuilderError(f"Cannot write {path}: {error.strerror}") from None
    return path


def _check(text: str, output: Path | None) -> Report:
    if output is not None:
        return check(str(output), Workspace(script_finder()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "imported.md"
        path.write_text(text, "utf-8")
        return check(str(path), Workspace(script_finder()))


def _is_possible(report: Report, length: Ms) -> bool:
    return any(low <= length <= high for low, high in report.lengths)


def _document(
    imported: Imported, report: Report, output: Path | None, length: Ms | None
) -> dict[str, object]:
    document: dict[str, object] = {
        "script": imported.text,
        "file": display_path(output) if output else None,
        "decisions": [
            {"line": one.line, "message": one.message, "certain": one.is_certain}
            for one in imported.decisions
        ],
        "errors": [*map(problem_document, report.errors)],
        "advice": [*map(problem_document, report.advice)],
        "lengths_ms": report.lengths,
    }
    return document | ({"length_possible": _is_possible(report, length)} if length is not None else {})


def _print(imported: Imported, report: Report, output: Path | None, source: Path, length: Ms | None) -> None:
    if output is None:
        shared.print_document(imported.text)
    for decision in imported.decisions:
        click.echo(_line(decision, source), err=True)
    for problem in report.errors:
        click.echo(str(problem), err=True)
    questions = len(imported.questions)
    summary = f"{source.name}: {count(len(imported.decisions), 'decision')}"
    summary += f", {count(questions, 'question')} for you, marked with ?" if questions else ""
    click.echo(summary, err=True)
    if report.lengths:
        click.echo(possible_lengths(report.lengths), err=True)
    if length is not None:
        is_possible = _is_possible(report, length)
        hint = "" if is_possible or report.lengths else " Try --stretch, which makes its pauses elastic."
        verb = "can" if is_possible else "cannot"
        click.echo(f"This script {verb} last {clock(length)}.{hint}", err=True)
    if output is None and sys.stdout.isatty():
        click.echo("Nothing was saved: to save the script, add e.g. --output scripts/evening.md", err=True)
    if output is not None:
        shown = display_path(output)
        click.echo(f"{shown}  Read it, then run: audio-builder check {shlex.quote(shown)}")


def _line(decision: Decision, source: Path) -> str:
    return f"{' ' if decision.is_certain else '?'} {source.name}:{decision.line}: {decision.message}"
