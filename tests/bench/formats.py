"""The other formats: what they add to a build, against ffmpeg alone on the same sound."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Iterator
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
Row = tuple[str, str, str, bool]


def formats(folder: Path, cache: Path, runs: int) -> Iterator[Row]:
    """Yield a row for each format in stereo and in mono. The MP3 was built before."""
    for quality, channels in (("stereo", 2), ("mono", 1)):
        pcm = folder / "session.raw"
        raw(made(MINUTES, quality=quality), pcm)
        build = [sys.executable, "-m", "audio_builder", "build", SCRIPT, "--length", f"{MINUTES}m", "-q"]
        build += ["--quality", quality, "--workers", str(WORKERS)]
        measure(build, cache, folder)
        for name, (codec, rates) in _CODECS.items():
            rate = ["-b:a", rates[quality]] if rates else []
            sound = ["-f", "s16le", "-ar", str(RATE), "-ac", str(channels), "-i", str(pcm)]
            out = folder / f"alone.{'m4a' if name == 'm4b' else name}"
            alone = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *sound, "-c:a", codec, *rate]
            alone += ["-threads", "1", "-y", str(out)]

            def added(name: str = name, build: list[str] = build) -> Run:
                _delete(folder, f".{name}")
                return measure([*build, "--format", name], cache, folder)

            mine, theirs, rest = interleaved(
                runs,
                added,
                lambda alone=alone: measure(alone),
                lambda build=build: measure(build, cache, folder),
            )
            size = next((folder / "output").glob(f"*.{name}")).stat().st_size
            yield _row(name.upper(), quality, mine, theirs, rest, size)
            _delete(folder, f".{name}")
        pcm.unlink()
    shutil.rmtree(folder / "output")


def _row(name: str, quality: str, mine: list[Run], theirs: list[Run], unchanged: list[Run], size: int) -> Row:
    """Return a row: processor against that of ffmpeg, and what a minute takes without the start of the program."""
    _, told = ratio(mine, theirs, "cpu")
    minute = statistics.median(run.cpu for run in mine) - median(unchanged, "cpu")
    facts = f"{size / 1e6:.1f} MB, {minute / MINUTES:.2f} s a minute, {median(theirs, 'cpu'):.1f} s alone"
    return f"{MINUTES} min as {name} too, {quality}: CPU", f"{told} of ffmpeg ({facts})", "shown", True


def _delete(folder: Path, suffix: str) -> None:
    for path in (folder / "output").glob(f"*{suffix}"):
        path.unlink()
