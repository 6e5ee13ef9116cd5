"""Find out everything about a finished MP3 from the file alone, and which promises it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from .. import ffmpeg
from ..audio import meter
from ..errors import AudioBuilderError
from ..mp3.frame import FrameHeader
from ..session.cue_sheet import CueSheet
from ..units import RATE
from .levels import Levels, measure_levels
from .mp3_file import TaggedChapter, read_mp3
from .promises import broken_promises

_GUESSED_KBIT = 128  # for the progress of a file whose bit rate is not stated


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is and how it sounds. `samples` of each channel are counted by decoding, at `rate` Hz; `broken` has a
    sentence for each promise of docs/sound.md that the file breaks."""

    file: str
    bytes: int
    rate: int
    channels: int
    kbps: int
    samples: int
    length_ms: float
    levels: Levels
    chapters: tuple[TaggedChapter, ...]
    tags: dict[str, str]
    broken: tuple[str, ...]


class InspectionDetails(NamedTuple):
    """An inspection, the meter's readings, and the cue sheet if audio-builder made the file."""

    inspection: Inspection
    measured: meter.Measurement
    cue_sheet: CueSheet | None


def inspect(path: Path) -> Inspection:
    """Return everything about an MP3. Raises AudioBuilderError if it cannot be read or decoded, or is not one."""
    return inspect_in_detail(path).inspection


def inspect_in_detail(path: Path, progress: Callable[[int, int], None] | None = None) -> InspectionDetails:
    """Return everything about an MP3, with the readings. Raises AudioBuilderError as `inspect` does.

    Calls `progress` with the seconds decoded so far and about how many there are.
    """
    file = read_mp3(path)
    seconds = len(file.frames) * 8 // ((file.header.kbit or _GUESSED_KBIT) * 1000)
    measured, samples = _measure(path, file.header, seconds, progress)
    levels = measure_levels(measured, file.cue_sheet)
    inspection = Inspection(
        file=str(path),
        bytes=file.size,
        rate=file.header.sample_rate,
        channels=file.header.channels,
        kbps=file.header.kbit,
        samples=samples,
        length_ms=samples * 1000 / file.header.sample_rate,
        levels=levels,
        chapters=file.chapters,
        tags=file.tags,
        broken=tuple(broken_promises(file, samples, levels)),
    )
    return InspectionDetails(inspection, measured, file.cue_sheet)


def _measure(
    path: Path, header: FrameHeader, seconds: int, progress: Callable[[int, int], None] | None
) -> tuple[meter.Measurement, int]:
    """Return the meter's readings of the decoded file at 48 kHz, and its number of samples at its own rate."""
    decode = ["-i", str(path.resolve()), "-map", "0:a:0", "-f", "f32le"]
    samples = 0

    def decoded() -> Iterator[meter.Signal]:
        nonlocal samples
        for raw in ffmpeg.stream([*decode, "-ar", str(RATE), "pipe:1"]):
            piece = np.frombuffer(raw, "<f4").reshape(-1, header.channels)
            samples += len(piece)
            if progress is not None:
                progress(min(samples // RATE, seconds), seconds)
            yield piece

    try:
        measured = meter.measure_signal(decoded())
        if header.sample_rate != RATE:
            size = ffmpeg.output_size([*decode, "-ar", str(header.sample_rate), "pipe:1"])
            samples = size // (4 * header.channels)
    except ffmpeg.FfmpegFailed as error:
        raise AudioBuilderError(f"Cannot decode {path}: {error}") from None
    return measured, samples
