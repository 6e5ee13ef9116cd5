"""The form of a finished MP3: its frames, its tag and its chapters."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
from mutagen.id3 import ID3, ID3NoHeaderError

from ..errors import AudioBuilderError
from ..mp3.encode import frame_size
from ..planning.timeline import Chapter
from ..session import cue_sheet
from ..session.cue_sheet import Sheet
from ..units import Ms, show


class Found(msgspec.Struct, frozen=True):
    """A chapter as the tag has it, in milliseconds."""

    start_ms: int
    end_ms: int
    title: str


_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_RATES = {0xF8: (44_100, 48_000, 32_000), 0xF0: (22_050, 24_000, 16_000), 0xE0: (11_025, 12_000, 8_000)}
_KBPS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)


def form(header: bytes, path: Path) -> tuple[int, int, int]:
    """Bit rate, sample rate and channels of a frame (ISO 11172-3 and 13818-3)."""
    version = header[1] & 0xF8
    rates, index = _RATES.get(version), header[2] >> 2 & 3
    if rates is None or index == 3:
        raise AudioBuilderError(f"{path} is no MP3 file (a frame of no known kind)")
    kbps = (_KBPS if version == 0xF8 else _KBPS_LOW)[header[2] >> 4]
    return kbps, rates[index], 1 if header[3] >> 6 == 3 else 2


def tag_size(data: bytes) -> int:
    """The bytes of the ID3v2 tag at the front, 0 where there is none."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    a, b, c, d = (byte & 0x7F for byte in data[6:10])
    return 10 + (a << 21 | b << 14 | c << 7 | d)


def tags(path: Path) -> tuple[dict[str, str], list[Found], Sheet | None]:
    """What the tag says by the names of its frames, its chapters, and its cue sheet."""
    try:
        id3 = ID3(path)
    except ID3NoHeaderError:
        return {}, [], None
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
        if (key[0] == "T" and not key.startswith("TXXX")) or key[:4] in ("COMM", "USLT")
    }
    pictures = id3.getall("APIC")
    if pictures:
        texts["APIC"] = f"{pictures[0].mime}, {len(pictures[0].data)} bytes"
    title, words = texts.get("TIT2", ""), texts.get("USLT", "")
    marks = tuple(Chapter(Ms(c.start_ms), Ms(c.end_ms - c.start_ms), c.title) for c in chapters)
    sheet = id3.get(f"TXXX:{cue_sheet.NAME}", "")
    return texts, chapters, cue_sheet.read(str(sheet), words, title, marks)


def frames_broken(frames: bytes) -> list[str]:
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


def chapters_broken(chapters: list[Found], samples: int, rate: int) -> list[str]:
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
