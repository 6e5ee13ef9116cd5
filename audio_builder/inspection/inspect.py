"""What a finished MP3 is, found by looking at the file alone, and which promise it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from .. import ffmpeg
from ..audio import meter
from ..errors import AudioBuilderError
from ..session.cue_sheet import Sheet
from ..units import MS_SAMPLES, RATE
from . import form, levels
from .form import Found
from .levels import Levels

__all__ = ["Inspection", "Levels", "Looked", "inspect", "look"]


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """`samples` are counted by decoding, at `rate`; `broken` are the promises that the file does not keep."""

    file: str
    bytes: int
    rate: int
    channels: int
    kbps: int
    samples: int
    length_ms: float
    levels: Levels
    chapters: tuple[Found, ...]
    tags: dict[str, str]
    broken: tuple[str, ...]


class Looked(NamedTuple):
    """An inspection with what it was made from: the meter's readings, and the cue sheet of a file of ours."""

    found: Inspection
    measured: meter.Measured
    sheet: Sheet | None


Progress = Callable[[int, int], None]


def inspect(path: Path) -> Inspection:
    """The facts of an MP3. Raises BuilderError where it is none."""
    return look(path).found


def look(path: Path, progress: Progress | None = None) -> Looked:
    """The facts of an MP3 and the readings they stand on; `progress` is told the seconds heard, of about how many.

    Raises BuilderError where it is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AudioBuilderError(f"cannot read {path}: {error.strerror}") from None
    tagged = form.tag_size(data)
    header = data[tagged : tagged + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        raise AudioBuilderError(f"{path} is no MP3 file (no layer III frame where one should begin)")
    kbps, rate, channels = form.form(header, path)
    seconds = (len(data) - tagged) * 8 // (kbps * 1000 or 128_000)
    measured, samples = _heard(path, rate, channels, seconds, progress)
    tags, chapters, sheet = form.tags(path)
    length = samples * 1000 / rate
    broken = [*form.frames_broken(data[tagged:]), *form.chapters_broken(chapters, samples, rate)]
    if rate == RATE and samples % MS_SAMPLES:
        broken.append(f"decodes to {samples} samples, which is no whole number of milliseconds")
    if sheet is None:
        broken.append("has no cue sheet of audio-builder, so that speech, bells and bed cannot be told apart")
    elif sheet.timeline.length != length:
        broken.append(
            f"lasts {length / 1000:.3f} s, and its cue sheet says {sheet.timeline.length / 1000:.3f} s"
        )
    found = levels.levels(measured, sheet)
    return Looked(
        Inspection(
            file=str(path),
            bytes=len(data),
            rate=rate,
            channels=channels,
            kbps=kbps,
            samples=samples,
            length_ms=length,
            levels=found,
            chapters=tuple(chapters),
            tags=tags,
            broken=(*broken, *levels.broken(found, sheet)),
        ),
        measured,
        sheet,
    )


def _heard(
    path: Path, rate: int, channels: int, seconds: int, progress: Progress | None
) -> tuple[meter.Measured, int]:
    """What the meter reads off the decoded file at 48 kHz, and its samples at its own rate."""
    source = ["-i", str(path.resolve()), "-map", "0:a:0", "-f", "f32le"]
    done = 0

    def pieces() -> Iterator[meter.Sound]:
        nonlocal done
        for raw in ffmpeg.stream([*source, "-ar", str(RATE), "pipe:1"]):
            piece = np.frombuffer(raw, "<f4").reshape(-1, channels)
            done += len(piece)
            if progress is not None:
                progress(min(done // RATE, seconds), seconds)
            yield piece

    try:
        measured = meter.measure(pieces())
        own = ffmpeg.count([*source, "-ar", str(rate), "pipe:1"]) // (4 * channels) if rate != RATE else done
    except ffmpeg.FfmpegFailed as error:
        raise AudioBuilderError(f"{path} cannot be decoded: {error}") from None
    return measured, own
