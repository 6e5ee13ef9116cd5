"""The author's own recordings: decoded by ffmpeg, brought to the narrator's level, kept as clips."""

from __future__ import annotations

import hashlib
import io
import wave
from pathlib import Path
from typing import Protocol

import numpy as np

from ..clip import Clip
from ..errors import BadSound
from ..script import Recording
from ..units import LONGEST, MS_SAMPLES, RATE, Ms
from . import ffmpeg, level
from .pcm import Samples

RECIPE = "1"
"""Changes whenever the same recording makes other samples: part of the key of a clip."""

_LIMIT = 300.0  # seconds of decoding; hours of sound take some ten
_FORMATS = "aac,aiff,asf,caf,flac,matroska,mov,mp3,ogg,wav,w64"


class Store(Protocol):
    """Where made things are kept by what they are made of: what this module needs of `cache.Cache`."""

    def get(self, key: str, suffix: str) -> Path | None:
        """The entry's file, or None."""

    def put(self, key: str, suffix: str, content: bytes) -> Path:
        """Keeps the content and gives its file."""


def clip(recording: Recording, cache: Store) -> Clip:
    """The recording as a clip in the cache, whole milliseconds long and at the narrator's level unless it is `as_is`.

    Its key follows the bytes of the file. Raises BadSound with the cure where it cannot be used."""
    path = Path(recording.path)
    try:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadSound(
            f"{path}: the recording cannot be read ({error.strerror}); put it there, or mend its [play]"
        ) from error
    key = hashlib.sha256(
        f"recording {RECIPE} {recording.as_is} {level.SPEECH} {content}".encode()
    ).hexdigest()
    kept = cache.get(key, ".wav")
    length = None if kept is None else _length(kept)
    if kept is None or length is None:
        sound = decode(path)
        kept = cache.put(key, ".wav", _wav(sound if recording.as_is else _matched(sound, path)))
        length = Ms(len(sound) // MS_SAMPLES)
    return Clip(key, kept, length)


def _length(path: Path) -> Ms | None:
    """How long a kept clip lasts; None where it is damaged or gone, and has to be made again."""
    try:
        with wave.open(str(path), "rb") as wav:
            frames = wav.getnframes()
            whole = len(wav.readframes(frames)) == frames * 2
    except (OSError, EOFError, wave.Error):
        return None
    return Ms(frames // MS_SAMPLES) if frames and whole else None


def decode(path: Path) -> Samples:
    """The samples of a recording of any usual format: 48 kHz, its channels mixed to one, filled up to a whole ms.

    Raises BadSound where it is missing, empty, or nothing that ffmpeg reads as sound."""
    # Only files, and no playlists: a recording must not make ffmpeg open addresses or other files.
    safe = ["-protocol_whitelist", "file", "-format_whitelist", _FORMATS]
    form = [
        "-map",
        "0:a:0",
        "-t",
        f"{LONGEST // 1000}",
        "-f",
        "s16le",
        "-ac",
        "1",
        "-ar",
        str(RATE),
        "pipe:1",
    ]
    if not path.is_file():
        raise BadSound(f"{path}: there is no such recording; put it there, or mend the name in its [play]")
    try:
        raw = ffmpeg.run([*safe, "-i", f"file:{path}", *form], limit=_LIMIT)
    except ffmpeg.Failed as error:
        raise BadSound(
            f"{path}: this is not sound that ffmpeg can read ({error}); save it as WAV, MP3 or M4A"
        ) from error
    sound = np.frombuffer(raw, "<i2")
    if not len(sound):
        raise BadSound(f"{path}: the recording is empty; record it again")
    return np.pad(sound, (0, -len(sound) % MS_SAMPLES)).astype(np.int16)


def _matched(sound: Samples, path: Path) -> Samples:
    """At the narrator's level; a recording without anything to hear is a mistake, not a pause."""
    levelled = level.levelled(sound)
    if not levelled.any():
        raise BadSound(f"{path}: the recording holds only silence; for a pause write its length, as in [10s]")
    return levelled


def _wav(sound: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        wav.writeframes(sound.astype("<i2").tobytes())
    return file.getvalue()
