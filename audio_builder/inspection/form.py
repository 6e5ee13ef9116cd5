"""What a finished MP3 is, found by looking at the file alone, and which promise it breaks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
from mutagen.id3 import ID3, ID3NoHeaderError

from .encode import frame_size
from .errors import BuilderError
from .sound import ffmpeg
from .units import MS_SAMPLES, RATE, show


class Found(msgspec.Struct, frozen=True):
    """A chapter as the tag has it, in milliseconds."""

    start_ms: int
    end_ms: int
    title: str


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """`samples` are counted by decoding, at `rate`; `broken` are the promises that the file does not keep."""

    file: str
    bytes: int
    rate: int
    channels: int
    kbps: int
    samples: int
    length_ms: float
    chapters: tuple[Found, ...]
    tags: dict[str, str]
    broken: tuple[str, ...]


def inspect(path: Path) -> Inspection:
    """The facts of an MP3. Raises BuilderError where it is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BuilderError(f"cannot read {path}: {error.strerror}") from None
    tagged = _tag_size(data)
    header = data[tagged : tagged + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        raise BuilderError(f"{path} is no MP3 file (no layer III frame where one should begin)")
    kbps, rate, channels = _form(header, path)
    samples = _decoded(path, rate, channels)
    tags, chapters = _tags(path)
    broken = [*_frames_broken(data[tagged:]), *_chapters_broken(chapters, samples, rate)]
    if rate == RATE and samples % MS_SAMPLES:
        broken.append(f"decodes to {samples} samples, which is no whole number of milliseconds")
    return Inspection(
        file=str(path),
        bytes=len(data),
        rate=rate,
        channels=channels,
        kbps=kbps,
        samples=samples,
        length_ms=samples * 1000 / rate,
        chapters=tuple(chapters),
        tags=tags,
        broken=tuple(broken),
    )


_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_RATES = {0xF8: (44_100, 48_000, 32_000), 0xF0: (22_050, 24_000, 16_000), 0xE0: (11_025, 12_000, 8_000)}
_KBPS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)


def _form(header: bytes, path: Path) -> tuple[int, int, int]:
    """Bit rate, sample rate and channels of a frame (ISO 11172-3 and 13818-3)."""
    version = header[1] & 0xF8
    rates, index = _RATES.get(version), header[2] >> 2 & 3
    if rates is None or index == 3:
        raise BuilderError(f"{path} is no MP3 file (a frame of no known kind)")
    kbps = (_KBPS if version == 0xF8 else _KBPS_LOW)[header[2] >> 4]
    return kbps, rates[index], 1 if header[3] >> 6 == 3 else 2


def _tag_size(data: bytes) -> int:
    """The bytes of the ID3v2 tag at the front, 0 where there is none."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    a, b, c, d = (byte & 0x7F for byte in data[6:10])
    return 10 + (a << 21 | b << 14 | c << 7 | d)


def _decoded(path: Path, rate: int, channels: int) -> int:
    """The samples that a decoder gives back, counted."""
    arguments = ["-i", str(path.resolve()), "-map", "0:a:0", "-ar", str(rate), "-f", "s16le", "pipe:1"]
    try:
        return ffmpeg.count(arguments) // (2 * channels)
    except ffmpeg.Failed as error:
        raise BuilderError(f"{path} cannot be decoded: {error}") from None


def _tags(path: Path) -> tuple[dict[str, str], list[Found]]:
    try:
        id3 = ID3(path)
    except ID3NoHeaderError:
        return {}, []
    chapters = [
        Found(frame.start_time, frame.end_time, str(frame.sub_frames.get("TIT2", "")))
        for frame in id3.getall("CHAP")
    ]
    texts = {
        key[:4]: str(frame)
        if key[0] == "T"
        else frame.text
        if isinstance(frame.text, str)
        else str(frame.text[0])
        for key, frame in id3.items()
        if key[0] == "T" or key[:4] in ("COMM", "USLT")
    }
    pictures = id3.getall("APIC")
    if pictures:
        texts["APIC"] = f"{pictures[0].mime}, {len(pictures[0].data)} bytes"
    return texts, chapters


def _frames_broken(frames: bytes) -> list[str]:
    """Whether every frame is of one size, alone, and counted right in the Info frame."""
    stereo = frames[3] >> 6 != 3
    size = frame_size(stereo)
    if frames[:2] != b"\xff\xfb" or frames[2] not in (0x94, 0x54):
        return ["is not of constant frames at 48 kHz, 128 kbit/s stereo or 64 kbit/s mono"]
    if left := len(frames) % size:
        return [f"does not end with a whole frame ({left} bytes over): it was cut, or something was added"]
    if any(frames[at : at + 3] != frames[:3] for at in range(0, len(frames), size)):
        return ["has a frame of another form than the first"]
    at = 36 if stereo else 21
    broken = []
    if frames[at : at + 4] != b"Info":
        broken.append("has no Info frame, so that players guess its length")
    elif int.from_bytes(frames[at + 8 : at + 12], "big") != len(frames) // size - 1:
        broken.append("has more or fewer frames than its Info frame says")
    if any(frames[n + 4] or frames[n + 5] & 0x80 for n in range(size, len(frames), size)):
        broken.append("uses the bit reservoir, so that its parts do not stand alone")
    return broken


def _chapters_broken(chapters: list[Found], samples: int, rate: int) -> list[str]:
    if not chapters:
        return ["has no chapters"]
    broken = []
    if [c.start_ms for c in chapters] != sorted(c.start_ms for c in chapters):
        broken.append("has chapters that are not in the order of time")
    if any(a.end_ms != b.start_ms for a, b in pairwise(chapters)):
        broken.append("has chapters that do not touch")
    if chapters[0].start_ms != 0 or abs(chapters[-1].end_ms - samples * 1000 / rate) >= 1:
        broken.append(
            f"has chapters from {show(chapters[0].start_ms)} to {show(chapters[-1].end_ms)}, not its whole length"
        )
    return broken
