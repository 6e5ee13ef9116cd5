"""`audio-builder plan`."""

from __future__ import annotations

from pathlib import Path

import click

from ..build import arrange, guess, known_lengths
from ..diagnostics.report import document
from ..options import BuildOptions
from ..pictures.timeline import timeline_svg
from ..planning.statistics import quiet_share, said, words_a_minute
from ..planning.timeline import BellStroke, BreathTone, Chapter, Cue, ElasticGap, Timeline
from ..request import Workspace, resolve
from ..script.load import FRAME
from ..script.search import script_finder
from ..units import clock, show
from . import shared


@click.command()
@click.argument("script", default=FRAME, shell_complete=shared.script_names)
@shared.wishes
@shared.SCRIPTS
@shared.PICTURE
@shared.JSON
def command(
    script: str, wish: BuildOptions, folder: Path | None, picture: Path | None, as_json: bool
) -> None:
    """Show the timeline of a session, without making sound.

    Sentences that were spoken before have their true lengths; until all have, lengths are estimated from words.
    """
    workspace = Workspace(script_finder(folder))
    order = resolve(script, wish, workspace.finder)
    lengths = known_lengths(order, workspace)
    plan = arrange(order, lengths or guess(order, workspace), estimated=lengths is None)
    if picture:
        shared.draw(picture, timeline_svg(plan))
    if as_json:
        shared.print_json(document(plan))
        return
    for line in summary(plan):
        click.echo(line)
    moments: list[Chapter | ElasticGap | Cue] = [*plan.chapters, *plan.elastic_gaps, *_shown(plan)]
    for moment in sorted(moments, key=lambda x: (x.start, _rank(x))):
        click.echo(_line(moment))
    if picture:
        click.echo(f"the picture is {picture}")


def summary(plan: Timeline) -> list[str]:
    """What a plan is, in a few lines."""
    breaths = sum(span.cycles for span in plan.elastic_gaps)
    pace = words_a_minute(plan)
    facts = [
        f"{show(plan.length)}{' (estimated, until its sentences are spoken)' if plan.estimated else ''}",
        f"{quiet_share(plan):.0%} silence or tones",
        shared.count(breaths, "breath"),
        f"{pace:.0f} words a minute" if pace else "few words",
        shared.count(len(plan.chapters), "chapter"),
    ]
    lines = [f"{plan.title}: {', '.join(facts)}"]
    for hold in plan.holds:
        lines.append(
            f"  held in {hold.position}{f' ({hold.side})' if hold.side else ''}: {show(hold.length)}"
        )
    return lines


def _shown(plan: Timeline) -> list[Cue]:
    """The cues worth a line: breath tones are told by their block."""
    return [cue for cue in plan.cues if not isinstance(cue.what, BreathTone)]


def _rank(moment: Chapter | ElasticGap | Cue) -> int:
    return 0 if isinstance(moment, Chapter) else 1 if isinstance(moment, ElasticGap) else 2


def _line(moment: Chapter | ElasticGap | Cue) -> str:
    at = f"{clock(moment.start):>8}"
    match moment:
        case Chapter(title=title):
            return f"{at}  # {title}"
        case ElasticGap(kind="breathe", cycles=cycles, length=length):
            return f"{at}    ~ {shared.count(cycles, 'breath')}, {clock(length)}"
        case ElasticGap(kind=kind, length=length):
            return f"{at}    ~ {kind}, {clock(length)}"
        case Cue(what=BellStroke(audible=audible)):
            return f"{at}    o bell" if audible else f"{at}      (silent bell)"
        case Cue():
            return f"{at}      {said(moment)}"
