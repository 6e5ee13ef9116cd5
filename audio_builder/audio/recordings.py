"""Decode an author's recordings with ffmpeg, normalise them, and cache them as clips."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from .. import ffmpeg
from ..cache import Store
from ..errors import BadSound
from ..script.model import Recording
from ..units import FRAME_SAMPLES, LONGEST, MS_SAMPLES, RATE, Ms, samples, show
from . import beds, chimes, level, meter
from .clip import Clip, clip_length
from .pcm import PIECE_SAMPLES, Samples, apply_envelope, wav_pieces

RECORDING_VERSION = "2"
"""Increase this whenever the same recording gives other samples. Part of cache keys."""

SHORTEST_BED = Ms(5_000)
"""Shortest recording that can be an ambience: listeners notice the repetition of a shorter loop."""
LONGEST_RECORDING = Ms(3_600_000)
"""Longest recording that a script plays."""
LONGEST_BED = Ms(600_000)
"""Longest ambience. Of a longer recording, only this much of the beginning is used."""

_DECODE_SECONDS = 300.0  # hours of sound take about ten seconds
_FORMATS = "aac,aiff,asf,caf,flac,matroska,mov,mp3,ogg,wav,w64"
_CROSSFADE = Ms(3_000)
_AUDIBLE = 8  # a recording without a 16-bit sample above this counts as silent


def recording_clip(recording: Recording, store: Store) -> Clip:
    """Return a recording that a script plays as a clip, at the level of speech unless it is `as_is`.

    Equal files give equal keys. Raises BadSound if the file cannot be used."""
    path = Path(recording.path)
    kind = "as it is" if recording.as_is else "words"

    def render() -> _Rendered:
        """Decode the file twice, to measure it and to write it: an hour of sound would take much memory."""

        def decode() -> Iterator[Samples]:
            return _decoded_pieces(path, 1, Ms(LONGEST_RECORDING + 1000))

        powers, peaks = level.powers_and_peaks(decode())
        if len(peaks) > LONGEST_RECORDING:
            raise BadSound(f"{path}: longer than {show(LONGEST_RECORDING)}; split it into several recordings")
        pieces = decode()
        if not recording.as_is:
            _require_audible(path, peaks.max(), meter.integrated(powers / 2))
            pieces = level.normalise_speech(pieces, meter.integrated(powers), peaks)
        return len(peaks) * MS_SAMPLES, _counted(path, pieces, len(peaks) * MS_SAMPLES)

    return _cached(path, f"{kind} {level.SPEECH_LUFS} {level.HEADROOM_DB}", 1, render, store)


def bell_clip(path: Path, store: Store) -> Clip:
    """Return an author's bell as a clip: one stroke, as loud as the synthesised bells. Raises BadSound."""

    def render() -> _Rendered:
        return _whole(chimes.shape_stroke(_audible(decode_recording(path), path)))

    return _cached(path, f"bell {chimes.STROKE_LUFS} {chimes.LONGEST_RING}", 1, render, store)


def bed_clip(path: Path, store: Store, channels: int) -> Clip:
    """Return an author's ambience as a clip of two channels, or of one for a mono session.

    It is a seamless loop of whole MP3 frames, as loud as the synthesised beds. Raises BadSound."""

    def render() -> _Rendered:
        sound = _audible(decode_recording(path, channels, LONGEST_BED).reshape(-1, channels), path)
        if len(sound) < samples(SHORTEST_BED):
            raise BadSound(
                f"{path}: {len(sound) / RATE:.1f} s is too short for an ambience; "
                f"use a recording of at least {SHORTEST_BED // 1000} s"
            )
        return _whole(_at_bed_level(_seamless(sound)))

    return _cached(
        path, f"bed {beds.BED_LUFS} {LONGEST_BED} {_CROSSFADE} {channels}", channels, render, store
    )


def decode_recording(path: Path, channels: int = 1, longest: Ms = LONGEST) -> Samples:
    """Decode a recording of any common format to 48 kHz, shaped (n,) for one channel or (n, 2) for two.

    Silence fills the last millisecond, and what comes after `longest` is dropped. Raises BadSound if the file is
    missing, empty, or not a sound that ffmpeg can read."""
    return np.concatenate(list(_decoded_pieces(path, channels, longest)))


def _decoded_pieces(path: Path, channels: int, longest: Ms) -> Iterator[Samples]:
    """Yield what `decode_recording` returns, ten seconds at a time."""
    if not path.is_file():
        raise BadSound(f"{path}: no such recording; check the name in [play]")
    # Only files, and no playlists: a recording must not make ffmpeg open URLs or other files.
    source = ["-protocol_whitelist", "file", "-format_whitelist", _FORMATS, "-i", f"file:{path}"]
    pcm = ["-f", "s16le", "-ac", str(channels), "-ar", str(RATE), "pipe:1"]
    arguments = [*source, "-map", "0:a:0", "-t", f"{longest // 1000}", *pcm]
    is_empty = True
    try:
        for raw in ffmpeg.stream(arguments, 2 * channels * PIECE_SAMPLES, _DECODE_SECONDS):
            piece = np.frombuffer(raw, "<i2").reshape((-1, channels) if channels > 1 else -1)
            padding = ((0, -len(piece) % MS_SAMPLES), (0, 0))
            is_empty = False
            yield np.pad(piece, padding[: piece.ndim]) if padding[0][1] else piece
    except ffmpeg.FfmpegFailed as error:
        raise BadSound(
            f"{path}: ffmpeg cannot read this file ({error}); save it as WAV, MP3 or M4A"
        ) from error
    if is_empty:
        raise BadSound(f"{path}: the recording is empty; record it again")


_Rendered = tuple[int, Iterable[Samples]]
"""A sound: its samples a channel, and its pieces."""


def _whole(sound: Samples) -> _Rendered:
    return len(sound), [sound]


def _counted(path: Path, pieces: Iterable[Samples], count: int) -> Iterator[Samples]:
    """Yield the pieces. Raise BadSound unless they have `count` samples in all."""
    for piece in pieces:
        count -= len(piece)
        yield piece
    if count:
        raise BadSound(f"{path}: the recording changed while it was read; build again")


def _cached(path: Path, kind: str, channels: int, render: Callable[[], _Rendered], store: Store) -> Clip:
    """Return the clip of this kind for the content of a file, rendered unless it is cached."""
    try:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadSound(f"{path}: cannot read this file ({error.strerror}); check its name") from error
    key = hashlib.sha256(f"sound {RECORDING_VERSION} {kind} {content}".encode()).hexdigest()
    found = store.find(key, ".wav")
    if found is not None and (length := clip_length(found.path, channels)) is not None:
        return Clip(found.seal, found.path, length)
    count, pieces = render()
    stored = store.put_pieces(key, ".wav", wav_pieces(count, channels, pieces))
    return Clip(stored.seal, stored.path, Ms(count // MS_SAMPLES))


def _audible(sound: Samples, path: Path) -> Samples:
    """Return the sound, shaped (n,) or (n, channels). Raise BadSound if it is silent."""
    loudness = meter.integrated(meter.hop_powers(meter.signal_pieces(sound)))  # each channel heard as itself
    _require_audible(path, max(int(sound.max()), -int(sound.min())), loudness)
    return sound


def _require_audible(path: Path, peak: float, loudness: float) -> None:
    """Raise BadSound if a recording is silent, which is a mistake rather than a pause."""
    if peak <= _AUDIBLE or loudness == meter.SILENCE:
        raise BadSound(f"{path}: the recording is silent; record it again, or use another file")


def _seamless(sound: Samples) -> Samples:
    """Return the sound as a loop of whole MP3 frames, whose beginning is crossfaded with what follows its end."""
    overlap = min(samples(_CROSSFADE), len(sound) // 4 // MS_SAMPLES * MS_SAMPLES)
    size = (len(sound) - overlap) // FRAME_SAMPLES * FRAME_SAMPLES
    angle = (np.arange(overlap)[:, None] + 0.5) / overlap * (np.pi / 2)
    begin = sound[:overlap] * np.sin(angle) + sound[size : size + overlap] * np.cos(angle)
    loop = sound[:size].copy()
    loop[:overlap] = np.rint(begin).clip(-32768, 32767)
    return loop


def _at_bed_level(loop: Samples) -> Samples:
    """Return a loop, shaped (n, channels), at BED_LUFS. One channel is measured as heard on two."""
    powers = meter.hop_powers(meter.signal_pieces(loop)) * (2 / loop.shape[1])
    gain = 10 ** ((beds.BED_LUFS - meter.integrated(powers)) / 20)
    minute = samples(60_000)  # long loops would need much memory as floats
    for at in range(0, len(loop), minute):
        part = loop[at : at + minute]
        loop[at : at + minute] = apply_envelope(part, np.full(len(part) // MS_SAMPLES + 1, gain))
    return loop
