"""`audio-builder check`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from ..diagnostics.report import check
from ..errors import Problem
from ..request import Workspace
from ..script.search import display_path, script_finder
from ..units import clock, whole_seconds
from . import shared


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@shared.SCRIPTS
@shared.JSON
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], folder: Path | None, as_json: bool) -> None:
    """Show every error and advice in scripts, and the lengths they can have.

    PATH is a script, its name, or a folder; without one all of your scripts are checked. Advice is judged at the
    default length. Exit status 1 where there are errors; advice alone is 0.
    """
    workspace = Workspace(script_finder(folder))
    found = [(name, check(name, workspace)) for name in _names(paths, workspace)]
    if as_json:
        shared.print_json(
            [
                {
                    "script": name,
                    "errors": [_document(problem) for problem in report.errors],
                    "advice": [_document(problem) for problem in report.advice],
                    "lengths_ms": report.lengths,
                }
                for name, report in found
            ]
        )
    else:
        for name, report in found:
            for problem in report.errors:
                click.echo(str(problem))
            for problem in report.advice:
                click.echo(f"advice: {problem}")
            if report.lengths:
                spans = " and ".join(
                    f"{clock(low)} to {clock(high)}" for low, high in map(whole_seconds, report.lengths)
                )
                click.echo(f"{name}: possible from {spans}")
        errors, advice = (sum(len(getattr(r, kind)) for _, r in found) for kind in ("errors", "advice"))
        counted = (
            shared.count(len(found), "script"),
            shared.count(errors, "error"),
            shared.count(advice, "piece"),
        )
        click.echo(f"{counted[0]}: {counted[1]}, {counted[2]} of advice")
    if any(report.errors for _, report in found):
        ctx.exit(1)


def _names(paths: Iterable[Path], workspace: Workspace) -> list[str]:
    names: list[str] = []
    for path in paths:
        names += [display_path(file) for file in sorted(path.glob("*.md"))] if path.is_dir() else [str(path)]
    if not names and not paths:
        first = workspace.finder.folders[0]
        names = [display_path(file) for file in sorted(first.glob("*.md"))]
    return names


def _document(problem: Problem) -> dict[str, object]:
    location = problem.location
    return {
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "message": problem.message,
        "cure": problem.hint,
    }
