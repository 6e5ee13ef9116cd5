"""`audio-builder doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from .. import ffmpeg
from ..cache import Cache
from ..errors import AudioBuilderError
from ..mp3.encoder import encoder_version
from ..options import DEFAULT_VOICE
from ..script.search import shipped_folder
from ..speech.adding.storage import added_voices, folder_size, voices_folder
from ..speech.registry import installed_engines
from ..speech.voices import is_test_voice, list_voices
from ..text import count
from ..units import file_size
from . import shared
from .licences import core_packages

_SHOWN_VOICES = 4


@dataclass(frozen=True, slots=True)
class _Finding:
    """Something this machine has or lacks. `says` describes it, or how to get it."""

    what: str
    ok: bool
    needed: bool
    says: str


@click.command("doctor")
@shared.OUT
@click.option("--licences", is_flag=True, help="List the licence of every package that the program requires.")
@shared.JSON
@click.pass_context
def doctor_command(ctx: click.Context, out: Path, licences: bool, as_json: bool) -> None:
    """Say what this machine has and what it lacks. Exit status 1 if something needed is missing."""
    if licences:
        _print_licences(as_json)
        return
    findings = list(_findings(out))
    if as_json:
        shared.print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            status = "ok     " if finding.ok else "MISSING" if finding.needed else "without"
            click.echo(f"{status}  {finding.what}: {finding.says}")
    if any(finding.needed and not finding.ok for finding in findings):
        ctx.exit(1)


def _print_licences(as_json: bool) -> None:
    packages = core_packages()
    if as_json:
        shared.print_json(
            [
                {
                    "name": package.name,
                    "version": package.version,
                    "licence": package.licence,
                    "copyleft": package.is_copyleft,
                    "use": package.use,
                }
                for package in packages
            ]
        )
        return
    for package in packages:
        mark = "copyleft" if package.is_copyleft else ""
        click.echo(f"{package.name:<18} {package.version:<12} {mark:<8}  {package.licence or 'not stated'}")
        if package.is_copyleft:
            click.echo(f"{'':<41}  {package.use or 'not reviewed'}")


def _findings(out: Path) -> Iterator[_Finding]:
    python = f"{platform.python_version()} on {platform.platform()}"
    yield _Finding("Python", sys.version_info >= (3, 11), True, python)
    yield _Finding("cores", True, False, str(os.cpu_count()))
    yield _ffmpeg()
    yield _Finding("encoder", True, True, encoder_version())
    yield from _voices()
    scripts = shipped_folder()
    yield _Finding("shipped scripts", any(scripts.glob("*.md")), True, str(scripts))
    cache = Cache()
    size = f"{cache.size() / 1e6:.1f} MB"
    yield _Finding("cache", _is_writable(cache.folder), True, f"{cache.folder}, {size}")
    yield _added_voices()
    yield _Finding("library", _is_writable(out), True, f"{out.resolve()}, {_free_space(out)} free")


def _ffmpeg() -> _Finding:
    try:
        encoders = ffmpeg.output(["-hide_banner", "-encoders"]).decode(errors="replace")
    except (ffmpeg.FfmpegFailed, OSError, AudioBuilderError) as error:
        return _Finding("ffmpeg", False, True, f"{error}; pip install --force-reinstall imageio-ffmpeg")
    encodes = "libmp3lame" in encoders
    says = "with the MP3 encoder" if encodes else "without libmp3lame; pip install imageio-ffmpeg"
    return _Finding("ffmpeg", encodes, True, says)


def _voices() -> Iterator[_Finding]:
    voices = list_voices()
    for engine in dict.fromkeys(voice.engine for voice in voices):
        if is_test_voice(engine):
            continue
        ready = [voice.name for voice in voices if voice.engine == engine and not voice.needs]
        hint = next((voice.needs for voice in voices if voice.engine == engine and voice.needs), "")
        more = f" and {len(ready) - _SHOWN_VOICES} more" if len(ready) > _SHOWN_VOICES else ""
        says = f"{', '.join(ready[:_SHOWN_VOICES])}{more}" if ready else hint
        yield _Finding(f"voice {engine}", bool(ready), engine == DEFAULT_VOICE, says)


def _added_voices() -> _Finding:
    folder = voices_folder()
    added = [voice for engine in installed_engines().names for voice in added_voices(engine)]
    size = file_size(sum(folder_size(voice.folder) for voice in added))
    return _Finding(
        "added voices", _is_writable(folder), False, f"{folder}, {count(len(added), 'voice')}, {size}"
    )


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.resolve().parents) if path.exists())


def _is_writable(folder: Path) -> bool:
    return os.access(_nearest_existing(folder), os.W_OK)


def _free_space(folder: Path) -> str:
    return f"{shutil.disk_usage(_nearest_existing(folder)).free / 1e9:.0f} GB"
