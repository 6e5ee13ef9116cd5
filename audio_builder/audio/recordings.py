"""The author's own sounds: decoded by ffmpeg, brought to their level as words, bell or bed, and kept as clips."""

from __future__ import annotations

import hashlib
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from .. import ffmpeg
from ..cache import Store
from ..errors import BadSound, ClipGone
from ..script.model import Recording
from ..units import FRAME_SAMPLES, LONGEST, MS_SAMPLES, RATE, Ms, samples
from . import beds, chimes, level, meter
from .clip import Clip
from .pcm import Samples, shaped, wav

RECIPE = "2"
"""Changes whenever the same recording makes other samples: part of the key of a clip."""

BED_LEAST, BED_MOST = Ms(5_000), Ms(600_000)
"""A bed that is shorter is heard as repeating; of a longer one so much is taken."""

_LIMIT = 300.0  # seconds of decoding; hours of sound take some ten
_FORMATS = "aac,aiff,asf,caf,flac,matroska,mov,mp3,ogg,wav,w64"
_JOINED = Ms(3_000)  # in which the end of a bed becomes its beginning


def clip(recording: Recording, cache: Store) -> Clip:
    """The recording as a clip in the cache, whole milliseconds long and at the narrator's level unless it is `as_is`.

    Its key follows the bytes of the file. Raises BadSound with the cure where it cannot be used."""
    path = Path(recording.path)
    kind = "as it is" if recording.as_is else "words"

    def make() -> Samples:
        sound = decode(path)
        return sound if recording.as_is else level.levelled(_heard(sound, path))

    return _kept(path, f"{kind} {level.SPEECH} {level.HEADROOM}", 1, make, cache)


def bell(path: Path, cache: Store) -> Clip:
    """The author's bell as a clip: one stroke, at the level of the program's own. Raises BadSound."""
    return _kept(
        path,
        f"bell {chimes.STROKE} {chimes.REACH}",
        1,
        lambda: chimes.as_bell(_heard(decode(path), path)),
        cache,
    )


def bed(path: Path, cache: Store, channels: int) -> Clip:
    """The author's bed as a clip of two channels, or of one for a session in mono: a loop of whole MP3 frames without a
    seam, as loud as the program's own. Raises BadSound."""

    def make() -> Samples:
        sound = _heard(decode(path, channels, BED_MOST).reshape(-1, channels), path)
        if len(sound) < samples(BED_LEAST):
            raise BadSound(
                f"{path}: a bed of {len(sound) / RATE:.1f} s is heard as repeating; "
                f"take one of {BED_LEAST // 1000} s or more"
            )
        return _looped(sound)

    return _kept(path, f"bed {beds.BED} {BED_MOST} {_JOINED} {channels}", channels, make, cache)


def words(clip: Clip, cache: Store) -> level.Words:
    """The level of a clip of words, measured once and kept. Raises ClipGone."""
    key = hashlib.sha256(f"level {clip.key} {level.HEADROOM}".encode()).hexdigest()
    kept = cache.get(key, ".level")
    found = np.fromfile(kept, "<f4") if kept else np.zeros(0, "<f4")
    if len(found) != 2 * clip.length:
        found = np.concatenate(level.words(opened(clip, 1)[:, 0])).astype("<f4")
        cache.put(key, ".level", found.tobytes())
    powers, peaks = found.astype(np.float64).reshape(2, -1)
    return level.Words(powers, peaks)


def opened(clip: Clip, channels: int) -> Samples:
    """The samples of a clip, shaped (n, channels), read from the disk as they are needed. Raises ClipGone where the
    file is not, or no longer, what the clip says."""
    if _length(clip.path, channels) != clip.length:
        raise ClipGone(f"a clip has vanished from the cache ({clip.path.name}); build again")
    return np.memmap(clip.path, "<i2", "r", offset=_HEADER, shape=(samples(clip.length), channels))


_HEADER = 44  # bytes before the samples of a WAV as `wave` writes it


def _kept(path: Path, kind: str, channels: int, make: Callable[[], Samples], cache: Store) -> Clip:
    """What was made of a file before, or is now, by what is in it."""
    try:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadSound(
            f"{path}: the sound cannot be read ({error.strerror}); put it there, or mend its name"
        ) from error
    key = hashlib.sha256(f"sound {RECIPE} {kind} {content}".encode()).hexdigest()
    kept = cache.get(key, ".wav")
    length = None if kept is None else _length(kept, channels)
    if kept is None or length is None:
        sound = make()
        kept = cache.put(key, ".wav", wav(sound))
        length = Ms(len(sound) // MS_SAMPLES)
    return Clip(key, kept, length)


def _heard(sound: Samples, path: Path) -> Samples:
    """The sound, if there is anything to hear: else it is a mistake, not a pause."""
    if not np.abs(sound).max() > 8 or meter.integrated(meter.powers(_pieces(sound))) == meter.SILENCE:
        raise BadSound(f"{path}: the recording holds only silence; for a pause write its length, as in [10s]")
    return sound


def _pieces(sound: Samples) -> Iterator[meter.Sound]:
    """Sound for the meter, ten seconds at a time."""
    for at in range(0, len(sound), 10 * RATE):
        piece = sound[at : at + 10 * RATE] / np.float32(32768)
        yield piece.reshape(len(piece), -1).astype(np.float32)


def _looped(sound: Samples) -> Samples:
    """The sound without its last seconds, which come in under its beginning, and at a bed's loudness."""
    over = min(samples(_JOINED), len(sound) // 4 // MS_SAMPLES * MS_SAMPLES)
    size = (len(sound) - over) // FRAME_SAMPLES * FRAME_SAMPLES
    turn = (np.arange(over)[:, None] + 0.5) / over * (np.pi / 2)
    begin = sound[:over] * np.sin(turn) + sound[size : size + over] * np.cos(turn)
    loop = sound[:size].copy()
    loop[:over] = np.rint(begin).clip(-32768, 32767)
    gain = 10 ** ((beds.BED - meter.integrated(meter.powers(_pieces(loop)) * (2 / loop.shape[1]))) / 20)
    minute = samples(60_000)
    for at in range(0, size, minute):
        part = loop[at : at + minute]
        loop[at : at + minute] = shaped(part, np.full(len(part) // MS_SAMPLES + 1, gain))
    return loop


def _length(path: Path, channels: int) -> Ms | None:
    """How long a kept clip lasts; None where it is damaged or gone, and has to be made again."""
    try:
        with wave.open(str(path), "rb") as wav:
            frames = wav.getnframes()
            whole = wav.getparams()[:3] == (channels, 2, RATE) and (
                path.stat().st_size == _HEADER + 2 * channels * frames
            )
    except (OSError, EOFError, wave.Error):
        return None
    return Ms(frames // MS_SAMPLES) if frames and whole else None


def decode(path: Path, channels: int = 1, most: Ms = LONGEST) -> Samples:
    """The samples of a recording of any usual format: 48 kHz, as one channel shaped (n,) or two shaped (n, 2), filled
    up to a whole ms, and no more than `most` of it.

    Raises BadSound where it is missing, empty, or nothing that ffmpeg reads as sound."""
    # Only files, and no playlists: a recording must not make ffmpeg open addresses or other files.
    safe = ["-protocol_whitelist", "file", "-format_whitelist", _FORMATS]
    form = [
        "-map",
        "0:a:0",
        "-t",
        f"{most // 1000}",
        "-f",
        "s16le",
        "-ac",
        str(channels),
        "-ar",
        str(RATE),
        "pipe:1",
    ]
    if not path.is_file():
        raise BadSound(f"{path}: there is no such recording; put it there, or mend the name in its [play]")
    try:
        raw = ffmpeg.run([*safe, "-i", f"file:{path}", *form], limit=_LIMIT)
    except ffmpeg.FfmpegFailed as error:
        raise BadSound(
            f"{path}: this is not sound that ffmpeg can read ({error}); save it as WAV, MP3 or M4A"
        ) from error
    sound = np.frombuffer(raw, "<i2").reshape((-1, channels) if channels > 1 else -1)
    if not len(sound):
        raise BadSound(f"{path}: the recording is empty; record it again")
    over = ((0, -len(sound) % MS_SAMPLES), (0, 0))
    return np.pad(sound, over[: sound.ndim]).astype(np.int16)
