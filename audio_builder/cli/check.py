"""`audio-builder check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from ..diagnostics.documents import problem_document
from ..diagnostics.fixes import fix_script
from ..diagnostics.questions import Question
from ..diagnostics.report import Report, SpokenSentence, check, spoken_sentences
from ..errors import AudioBuilderError, Problem
from ..files import is_folder
from ..request import Workspace
from ..script.search import display_path, is_shipped, script_finder
from ..text import count
from ..units import possible_lengths
from . import shared


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--spoken", is_flag=True, help="Show each sentence as it is sent to the voice.")
@click.option("--fix", is_flag=True, help="Fix what has one right answer in your scripts, then check them.")
@shared.SCRIPTS
@shared.JSON
@click.pass_context
def check_command(
    ctx: click.Context, paths: tuple[Path, ...], spoken: bool, fix: bool, folder: Path | None, as_json: bool
) -> None:
    """Show every error in scripts, advice, and the lengths they can have.

    PATH is a script, its name, or a folder. Without PATH, all your scripts are checked. Missing files and advice are
    shown once the text of a script has no errors. Advice is for the default length. The exit status is 1 if there are
    errors, and 0 if there is only advice.
    """
    workspace = Workspace(script_finder(folder))
    own = workspace.finder.folders[0]
    if not paths and folder is None and is_shipped(own):
        click.echo("There is no folder named scripts here, so these are the program's own scripts", err=True)
    names = _names(paths, workspace)
    fixed = {name: fix_script(name, workspace) for name in names} if fix else {}
    reports = {name: check(name, workspace) for name in names}
    sentences = {name: _spoken(name, workspace, reports[name]) for name in names} if spoken else {}
    if as_json:
        shared.print_json([_document(name, report, fixed, sentences) for name, report in reports.items()])
    else:
        for name in names:
            for question in fixed.get(name, ()):
                click.echo(_fixed(question))
            for sentence in sentences.get(name, ()):
                click.echo(f"{sentence.location}: {sentence.spoken}")
        for line in _lines(reports):
            click.echo(line)
    if any(report.errors for report in reports.values()):
        ctx.exit(1)


def _names(paths: Iterable[Path], workspace: Workspace) -> list[str]:
    names: list[str] = []
    for path in paths or [workspace.finder.folders[0]]:
        in_folder = [display_path(file) for file in sorted(path.glob("*.md"))]
        if is_folder(path) and not in_folder:
            raise AudioBuilderError(f"No scripts in {path}. Their names end in .md.")
        names += in_folder if is_folder(path) else [str(path)]
    return names


def _fixed(question: Question) -> str:
    """Return what a line was and what it is now."""
    before, after = question.problem.source.strip(), (question.fixed or "").strip()
    return f"{question.problem.location}: fixed\n      - {before}\n      + {after}"


def _spoken(name: str, workspace: Workspace, report: Report) -> list[SpokenSentence]:
    return [] if report.errors else spoken_sentences(name, workspace)


def _document(
    name: str,
    report: Report,
    fixed: Mapping[str, Sequence[Question]],
    sentences: Mapping[str, Sequence[SpokenSentence]],
) -> dict[str, object]:
    more: dict[str, object] = {}
    if fixed:
        more["fixed"] = [problem_document(one.problem) | {"fixed": one.fixed} for one in fixed[name]]
    if sentences:
        more["sentences"] = [
            {
                "file": one.location.file,
                "line": one.location.line,
                "written": one.written,
                "spoken": one.spoken,
            }
            for one in sentences[name]
        ]
    return {
        "script": name,
        "errors": [*map(problem_document, report.errors)],
        "advice": [*map(problem_document, report.advice)],
        "lengths_ms": report.lengths,
        **more,
    }


def _lines(reports: dict[str, Report]) -> Iterator[str]:
    """Yield what was found. An error is shown once, although every script that includes its line has it."""
    errors: set[Problem] = set()
    for name, report in reports.items():
        yield from (str(problem) for problem in report.errors if problem not in errors)
        errors |= {*report.errors}
        yield from (f"advice: {problem}" for problem in report.advice)
        if report.lengths:
            yield f"{name}: {possible_lengths(report.lengths)}"
    advice = sum(len(report.advice) for report in reports.values())
    found = f"{count(len(errors), 'error')}" if errors else "no errors"
    found += f", {count(advice, 'piece')} of advice" if advice else ""
    yield f"{count(len(reports), 'script')}: {found}"
