"""`audio-builder plan`."""

from __future__ import annotations

from pathlib import Path

import click

from ..build import arrange, guess, known_lengths
from ..diagnostics.report import document
from ..options import Wish
from ..pictures.timeline import timeline_svg
from ..planning.statistics import quiet_share, said, words_a_minute
from ..planning.timeline import Chapter, Cue, Plan, Span, Stroke, Tone
from ..request import Desk, prepare
from ..script.load import FRAME
from ..script.search import shelf
from ..units import clock, show
from . import shared


@click.command()
@click.argument("script", default=FRAME, shell_complete=shared.script_names)
@shared.wishes
@shared.SCRIPTS
@shared.PICTURE
@shared.JSON
def command(script: str, wish: Wish, folder: Path | None, picture: Path | None, as_json: bool) -> None:
    """Show the timeline of a session, without making sound.

    Sentences that were spoken before have their true lengths; until all have, lengths are estimated from words.
    """
    desk = Desk(shelf(folder))
    order = prepare(script, wish, desk.shelf)
    lengths = known_lengths(order, desk)
    plan = arrange(order, lengths or guess(order, desk), estimated=lengths is None)
    if picture:
        shared.draw(picture, timeline_svg(plan))
    if as_json:
        shared.print_json(document(plan))
        return
    for line in summary(plan):
        click.echo(line)
    moments: list[Chapter | Span | Cue] = [*plan.chapters, *plan.spans, *_shown(plan)]
    for moment in sorted(moments, key=lambda x: (x.start, _rank(x))):
        click.echo(_line(moment))
    if picture:
        click.echo(f"the picture is {picture}")


def summary(plan: Plan) -> list[str]:
    """What a plan is, in a few lines."""
    breaths = sum(span.cycles for span in plan.spans)
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


def _shown(plan: Plan) -> list[Cue]:
    """The cues worth a line: breath tones are told by their block."""
    return [cue for cue in plan.cues if not isinstance(cue.what, Tone)]


def _rank(moment: Chapter | Span | Cue) -> int:
    return 0 if isinstance(moment, Chapter) else 1 if isinstance(moment, Span) else 2


def _line(moment: Chapter | Span | Cue) -> str:
    at = f"{clock(moment.start):>8}"
    match moment:
        case Chapter(title=title):
            return f"{at}  # {title}"
        case Span(kind="breathe", cycles=cycles, length=length):
            return f"{at}    ~ {shared.count(cycles, 'breath')}, {clock(length)}"
        case Span(kind=kind, length=length):
            return f"{at}    ~ {kind}, {clock(length)}"
        case Cue(what=Stroke(audible=audible)):
            return f"{at}    o bell" if audible else f"{at}      (silent bell)"
        case Cue():
            return f"{at}      {said(moment)}"
