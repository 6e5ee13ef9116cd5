"""`audio-builder inspect`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from ..inspection.inspect import Inspection, inspect_in_detail
from ..inspection.levels import Levels
from ..pictures.waveform import waveform_svg
from ..session.cue_sheet import CueSheet
from ..units import clock, show
from . import shared

_MAX_TEXT = 90  # characters of a tag that are shown


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.mp3")
@shared.PICTURE
@shared.JSON
@shared.QUIET_FLAG
@click.pass_context
def inspect_command(ctx: click.Context, file: Path, picture: Path | None, as_json: bool, quiet: bool) -> None:
    """Measure a finished MP3: its length, its loudness and its parts. The exit status is 1 if it breaks a promise.

    \b
    audio-builder inspect output/psoas-release-28m.mp3
    audio-builder inspect output/psoas-release-28m.mp3 --picture session.svg
    """
    with shared.progress(quiet) as show_progress:
        inspection, measured, cue_sheet = inspect_in_detail(file, partial(show_progress, "Measuring"))
    if picture:
        title = inspection.tags.get("TIT2", file.name)
        shared.write_picture(picture, waveform_svg(measured, cue_sheet, title))
    if as_json:
        shared.print_json(inspection)
    else:
        for line in _report(inspection, cue_sheet):
            click.echo(line)
        if picture:
            click.echo(f"Picture: {picture}")
    if inspection.broken:
        ctx.exit(1)


def _report(inspection: Inspection, cue_sheet: CueSheet | None) -> Iterator[str]:
    length_ms = inspection.length_ms
    length = show(int(length_ms)) if length_ms.is_integer() else f"{length_ms / 1000:.6f} s"
    yield f"{inspection.file}: {length}, {inspection.samples} samples decoded"
    channels = "stereo" if inspection.channels == 2 else "mono"
    yield f"  {inspection.bytes} bytes, {inspection.kbps} kbit/s, {inspection.rate / 1000:g} kHz, {channels}"
    yield from _report_levels(inspection.levels, cue_sheet)
    for name, text in sorted(inspection.tags.items()):
        line = " ".join(text.split())
        yield f"  {name}  {line if len(line) <= _MAX_TEXT else line[: _MAX_TEXT - 1] + '…'}"
    for chapter in inspection.chapters:
        yield f"  {clock(chapter.start_ms):>8}  {chapter.title}"
    for promise in inspection.broken:
        yield f"  BROKEN: {promise}"
    if not inspection.broken:
        yield "  keeps every promise"


def _report_levels(levels: Levels, cue_sheet: CueSheet | None) -> Iterator[str]:
    """Yield a line for each kind of sound that was measured."""
    speech = "" if levels.speech is None else f"speech {levels.speech:.1f} LUFS, "
    soft = "" if levels.soft is None else f"soft speech {levels.soft:.1f}, "
    peak = "none" if levels.true_peak is None else f"{levels.true_peak:.1f} dBTP"
    yield (
        f"  loudness  {speech}{soft}whole file {_lufs(levels.integrated)}, "
        f"range {levels.loudness_range:.1f} LU, true peak {peak}"
    )
    if levels.loudest_bell is not None:
        yield f"  bells     {levels.loudest_bell:.1f} LU below speech, the first {levels.first_bell:.1f}"
    if levels.first_breath is not None:
        last = "" if levels.last_breath is None else f", softening to {max(levels.last_breath):.1f}"
        yield f"  breath    {min(levels.first_breath):.1f} LU below speech{last}"
    if cue_sheet is not None:
        rise = "" if levels.bed_rise is None else f", rises by {levels.bed_rise:.1f} LU a second at most"
        yield f"  ambience  {cue_sheet.ambience}, {_lufs(levels.bed)}{rise}"
    share = "" if levels.quiet_share is None else f"{levels.quiet_share:.0%} of the time silence or tones, "
    pace = "" if levels.words_a_minute is None else f"{levels.words_a_minute:.0f} words a minute, "
    dead = f"{levels.dead_ms / 1000:.1f} s at {clock(levels.dead_at_ms)}" if levels.dead_ms else "none"
    yield f"  quiet     {share}{pace}digital silence {dead}"


def _lufs(loudness: float | None) -> str:
    return "silent" if loudness is None else f"{loudness:.1f} LUFS"
