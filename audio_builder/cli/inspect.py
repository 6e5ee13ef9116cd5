"""`audio-builder inspect`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from ..inspection.inspect import Inspection, look
from ..inspection.levels import Levels
from ..pictures.waveform import waveform_svg
from ..session.cue_sheet import Sheet
from ..units import clock, show
from . import shared


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.mp3")
@shared.PICTURE
@shared.JSON
@shared.QUIET_FLAG
@click.pass_context
def inspect_command(ctx: click.Context, file: Path, picture: Path | None, as_json: bool, quiet: bool) -> None:
    """Measure a finished MP3: length, loudness, what it is made of. Exit status 1 where it breaks a promise.

    \b
    audio-builder inspect output/psoas-release-28m.mp3
    audio-builder inspect output/psoas-release-28m.mp3 --picture session.svg
    """
    with shared.progress(quiet) as watch:
        found, measured, sheet = look(file, partial(watch, "Listening"))
    if picture:
        shared.write_picture(picture, waveform_svg(measured, sheet, found.tags.get("TIT2", file.name)))
    if as_json:
        shared.print_json(found)
    else:
        for line in _lines(found, sheet):
            click.echo(line)
        if picture:
            click.echo(f"the picture is {picture}")
    if found.broken:
        ctx.exit(1)


def _lines(found: Inspection, sheet: Sheet | None) -> Iterator[str]:
    length = show(int(found.length_ms)) if found.length_ms.is_integer() else f"{found.length_ms / 1000:.6f} s"
    yield f"{found.file}: {length}, {found.samples} samples decoded"
    channels = "stereo" if found.channels == 2 else "mono"
    yield f"  {found.bytes} bytes, {found.kbps} kbit/s, {found.rate / 1000:g} kHz, {channels}"
    yield from _levels(found.levels, sheet)
    for key, text in sorted(found.tags.items()):
        shown = " ".join(text.split())
        yield f"  {key}  {shown if len(shown) <= 90 else shown[:89] + '…'}"
    for chapter in found.chapters:
        yield f"  {clock(chapter.start_ms):>8}  {chapter.title}"
    for broken in found.broken:
        yield f"  BROKEN: it {broken}"
    if not found.broken:
        yield "  it keeps its promises"


def _levels(levels: Levels, sheet: Sheet | None) -> Iterator[str]:
    """Everything that was measured, a line for each kind of thing."""
    speech = "" if levels.speech is None else f"speech {levels.speech:.1f} LUFS, "
    soft = "" if levels.soft is None else f"softer words {levels.soft:.1f}, "
    yield (
        f"  loudness  {speech}{soft}the whole {_lufs(levels.integrated)}, range {levels.loudness_range:.1f} LU, "
        f"true peak {'none' if levels.true_peak is None else f'{levels.true_peak:.1f} dBTP'}"
    )
    if levels.loudest_bell is not None:
        yield f"  bells     {levels.loudest_bell:.1f} LU under speech, the first {levels.first_bell:.1f}"
    if levels.first_breath is not None:
        faded = "" if levels.last_breath is None else f", softening to {max(levels.last_breath):.1f}"
        yield f"  breath    {min(levels.first_breath):.1f} LU under speech{faded}"
    if sheet is not None:
        rise = (
            "" if levels.bed_rise is None else f", rising by {levels.bed_rise:.1f} LU in a second at the most"
        )
        yield f"  bed       {sheet.ambience}, {_lufs(levels.bed)}{rise}"
    dead = f"{levels.dead_ms / 1000:.1f} s at {clock(levels.dead_at_ms)}" if levels.dead_ms else "none"
    share = "" if levels.quiet_share is None else f"{levels.quiet_share:.0%} of the time silence or tones, "
    pace = "" if levels.words_a_minute is None else f"{levels.words_a_minute:.0f} words a minute, "
    yield f"  quiet     {share}{pace}dead silence {dead}"


def _lufs(loudness: float | None) -> str:
    return "silent" if loudness is None else f"{loudness:.1f} LUFS"
