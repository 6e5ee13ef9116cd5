"""`audio-builder plan`."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

import click

from ..build import preview
from ..diagnostics.report import timeline_document
from ..options import BuildOptions
from ..pictures.sheet import cue_sheet_html
from ..pictures.timeline import timeline_svg
from ..planning.statistics import quiet_share, spoken_text, words_a_minute
from ..planning.timeline import (
    BellStroke,
    BreathTone,
    Chapter,
    Cue,
    ElasticGap,
    PlayedRecording,
    Timeline,
    Utterance,
)
from ..request import Workspace, resolve
from ..script.search import DEFAULT_SCRIPT, script_finder
from ..text import count
from ..units import clock, show
from . import shared


@click.command("plan")
@click.argument("script", default=DEFAULT_SCRIPT, shell_complete=shared.complete_scripts)
@shared.build_options
@shared.SCRIPTS
@shared.PICTURE
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Also write the words with their times into this page, to print and teach from.",
)
@shared.JSON
def plan_command(
    script: str,
    options: BuildOptions,
    folder: Path | None,
    picture: Path | None,
    sheet: Path | None,
    as_json: bool,
) -> None:
    """Show the timeline of a session, without making sound.

    Sentences that were spoken before have their true lengths. Until all of them have, lengths are estimated.
    """
    workspace = Workspace(script_finder(folder))
    timeline = preview(resolve(script, options, workspace.finder), workspace)
    if picture:
        shared.write_picture(picture, timeline_svg(timeline))
    if sheet:
        shared.write_page(sheet, cue_sheet_html(timeline))
    if as_json:
        shared.print_json(timeline_document(timeline))
        return
    for line in timeline_summary(timeline):
        click.echo(line)
    moments: list[Chapter | ElasticGap | Cue] = [
        *timeline.chapters,
        *timeline.elastic_gaps,
        *_shown(timeline),
    ]
    for moment in sorted(moments, key=lambda x: (x.start, _rank(x))):
        click.echo(_line(moment))
    if picture:
        click.echo(f"Picture: {picture}")
    if sheet:
        click.echo(f"Cue sheet: {sheet}")


def timeline_summary(timeline: Timeline) -> list[str]:
    """Return a few lines that say what a timeline is."""
    breaths = sum(gap.cycles for gap in timeline.elastic_gaps)
    pace = words_a_minute(timeline)
    facts = [
        f"{show(timeline.length)}{' (estimated until its sentences are spoken)' if timeline.estimated else ''}",
        f"{quiet_share(timeline):.0%} silence or tones",
        count(breaths, "breath"),
        f"{pace:.0f} words a minute" if pace else "few words",
        count(len(timeline.chapters), "chapter"),
    ]
    held = [
        f"  held in {hold.position}{f' ({hold.side})' if hold.side else ''}: {show(hold.length)}"
        for hold in timeline.holds
    ]
    return [f"{timeline.title}: {', '.join(facts)}", *held]


def _shown(timeline: Timeline) -> list[Cue]:
    # breath tones are in the line of their block
    return [cue for cue in timeline.cues if not isinstance(cue.content, BreathTone)]


def _rank(moment: Chapter | ElasticGap | Cue) -> int:
    return 0 if isinstance(moment, Chapter) else 1 if isinstance(moment, ElasticGap) else 2


def _line(moment: Chapter | ElasticGap | Cue) -> str:
    at = f"{clock(moment.start):>8}"
    match moment:
        case Chapter(title=title):
            return f"{at}  # {title}"
        case ElasticGap(kind="breathe", cycles=cycles, length=length):
            return f"{at}    ~ {count(cycles, 'breath')}, {clock(length)}"
        case ElasticGap(kind=kind, length=length):
            return f"{at}    ~ {kind}, {clock(length)}"
        case Cue():
            return f"{at}    {_cue(moment)}"
        case _:
            assert_never(moment)


def _cue(cue: Cue) -> str:
    match cue.content:
        case BellStroke(audible=audible):
            return "o bell" if audible else "  (silent bell)"
        case Utterance() | PlayedRecording() | BreathTone():
            return f"  {spoken_text(cue)}"
        case _:
            assert_never(cue.content)
