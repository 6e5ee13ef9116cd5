"""The other formats and the stems: what they add to a build, against ffmpeg alone on the same sound."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import imageio_ffmpeg
from measuring import Run, interleaved, measure, median, ratio
from sessions import SCRIPT, WORKERS, made, raw

from audio_builder.units import RATE

MINUTES = 20
_CODECS = {
    "m4b": ("aac", {"stereo": "96k", "mono": "64k"}),
    "opus": ("libopus", {"stereo": "48k", "mono": "32k"}),
    "flac": ("flac", {}),
}
_CHANNELS = {"stereo": 2, "mono": 1}
Row = tuple[str, str, str, bool]


def formats(folder: Path, cache: Path, runs: int) -> Iterator[Row]:
    """Yield a row for each format in stereo and in mono, and for what else is built from the same mix.

    The MP3 was built before. Each thing is deleted and built again, in turn with ffmpeg and a build that does nothing.
    """
    pcm = folder / "session.raw"
    for quality in _CHANNELS:
        raw(made(MINUTES, quality=quality), pcm)
        build = _build(quality)
        unchanged = partial(measure, build, cache, folder)
        unchanged()
        for name in _CODECS:
            added = partial(_added, [*build, "--format", name], cache, folder)
            alone = partial(measure, _ffmpeg(name, quality, pcm))
            mine, theirs, rest = interleaved(runs, added, alone, unchanged)
            facts = f"{_size(folder)}, {_minute(mine, rest)}, ffmpeg {median(theirs, 'cpu'):.1f} s"
            _, told = ratio(mine, theirs, "cpu")
            yield f"{MINUTES} min as {name} too, {quality}: CPU", f"{told} of ffmpeg ({facts})", "shown", True
    for what, more in (("all three", ("--format", ",".join(_CODECS))), ("four stems", ("--stems",))):
        added = partial(_added, [*_build("stereo"), *more], cache, folder)
        mine, rest = interleaved(runs, added, partial(measure, _build("stereo"), cache, folder))
        yield f"{MINUTES} min, {what} too: CPU", f"{_size(folder)}, {_minute(mine, rest)}", "shown", True
    pcm.unlink()
    shutil.rmtree(folder / "output")


def _build(quality: str) -> list[str]:
    command = [sys.executable, "-m", "audio_builder", "build", SCRIPT, "--length", f"{MINUTES}m", "-q"]
    return [*command, "--quality", quality, "--workers", str(WORKERS)]


def _added(build: list[str], cache: Path, folder: Path) -> Run:
    """Build again what is not there, which is everything but the MP3."""
    for path in _added_files(folder):
        path.unlink()
    return measure(build, cache, folder)


def _added_files(folder: Path) -> list[Path]:
    endings = (*(f".{name}" for name in _CODECS), ".labels.txt")
    return [path for path in (folder / "output").iterdir() if path.name.endswith(endings)]


def _ffmpeg(name: str, quality: str, pcm: Path) -> list[str]:
    """Return the command that encodes the same sound with ffmpeg alone, at the same bit rate."""
    codec, rates = _CODECS[name]
    sound = ["-f", "s16le", "-ar", str(RATE), "-ac", str(_CHANNELS[quality]), "-i", str(pcm)]
    out = pcm.with_name(f"alone.{'m4a' if name == 'm4b' else name}")
    rate = ["-b:a", rates[quality]] if rates else []
    executable = imageio_ffmpeg.get_ffmpeg_exe()
    return [executable, "-v", "error", *sound, "-c:a", codec, *rate, "-threads", "1", "-y", str(out)]


def _size(folder: Path) -> str:
    return f"{sum(path.stat().st_size for path in _added_files(folder)) / 1e6:.1f} MB"


def _minute(mine: list[Run], unchanged: list[Run]) -> str:
    """Return the seconds of processor for a minute, without the start of the program."""
    return f"{(median(mine, 'cpu') - median(unchanged, 'cpu')) / MINUTES:.2f} s a minute"
