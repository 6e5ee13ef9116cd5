"""`audio-builder doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from .. import ffmpeg
from ..cache import Cache
from ..errors import AudioBuilderError
from ..mp3.encoder import encoder_version
from ..script.search import shipped_folder
from ..speech.voices import list_voices
from . import shared


@click.command("doctor")
@shared.OUT
@shared.JSON
@click.pass_context
def doctor_command(ctx: click.Context, out: Path, as_json: bool) -> None:
    """Say what this machine has and lacks, with the cure. Exit status 1 where something needed is missing."""
    found = list(_findings(out))
    if as_json:
        shared.print_json(
            [dict(zip(("what", "ok", "needed", "says"), finding, strict=True)) for finding in found]
        )
    else:
        for what, ok, needed, says in found:
            click.echo(f"{'ok     ' if ok else 'MISSING' if needed else 'without'}  {what}: {says}")
    if any(needed and not ok for _, ok, needed, _ in found):
        ctx.exit(1)


def _findings(out: Path) -> Iterator[tuple[str, bool, bool, str]]:
    """(what, whether it is there, whether it is needed, what there is or the cure)."""
    yield "Python", sys.version_info >= (3, 11), True, f"{platform.python_version()} on {platform.platform()}"
    yield "cores", True, False, str(os.cpu_count())
    try:
        encoders = ffmpeg.run(["-hide_banner", "-encoders"]).decode(errors="replace")
        able = "libmp3lame" in encoders
        yield (
            "ffmpeg",
            able,
            True,
            "with the MP3 encoder" if able else "without libmp3lame; pip install imageio-ffmpeg",
        )
    except (ffmpeg.FfmpegFailed, OSError, AudioBuilderError) as error:
        yield "ffmpeg", False, True, f"{error}; pip install --force-reinstall imageio-ffmpeg"
    yield "encoder", True, True, encoder_version()
    for engine in ("hibari", "pyttsx3", "piper"):
        voices = [voice for voice in list_voices() if voice.engine == engine]
        ready = [voice.name or engine for voice in voices if not voice.needs]
        says = f"{', '.join(ready[:4])}{f' and {len(ready) - 4} more' if len(ready) > 4 else ''}"
        hint = voices[0].needs if voices else "not installed"
        yield f"voice {engine}", bool(ready), engine == "hibari", says if ready else hint
    scripts = shipped_folder()
    yield "shipped scripts", any(scripts.glob("*.md")), True, str(scripts)
    cache = Cache()
    yield "cache", *_writable(cache.folder), f"{cache.folder}, {cache.size() / 1e6:.1f} MB"
    yield "library", *_writable(out), f"{out.resolve()}, {_free(out)} free"


def _writable(folder: Path) -> tuple[bool, bool]:
    nearest = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    return os.access(nearest, os.W_OK), True


def _free(folder: Path) -> str:
    nearest = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    return f"{shutil.disk_usage(nearest).free / 1e9:.0f} GB"
