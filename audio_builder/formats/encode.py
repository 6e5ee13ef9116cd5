"""Encode a session in other formats with ffmpeg, all at once from one mix."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import PIL

from .. import ffmpeg
from ..audio.mix.mix import Stem, mix, mix_stem
from ..errors import EncodeFailed
from ..session.session import Session
from ..session.tag import Labels, iso639_2
from ..units import RATE, samples
from .images import chapter_images
from .metadata import comment_metadata, m4b_metadata
from .mp4 import finish_mp4
from .pcm import pcm_pieces, piece_count

FORMATS_VERSION = "1"
"""Increase this whenever the same session gives another file in one of these formats. Part of their fingerprints."""
STEM_NAMES: Mapping[str, Stem] = {
    ".voice.flac": "voice",
    ".ambience.flac": "ambience",
    ".breath.flac": "breath",
    ".bells.flac": "bells",
}
"""The part of the sound that is in each file, by suffix."""

Progress = Callable[[int, int], None]
"""Receives the number of steps done and of all steps."""

_BIT_RATES = {".m4b": (96, 64), ".opus": (48, 32)}
"""kbit/s in stereo and in mono."""
_AAC_FRAME = 1024  # samples
# A movie timescale of 48000 keeps the edit list, which trims what the encoder adds, exact to the sample. iPod is
# ffmpeg's name for the MP4 files of Apple's players.
_M4B = ["-f", "ipod", "-brand", "M4B ", "-movie_timescale", str(RATE)]
# Without +bitexact ffmpeg writes its version into files, and numbers Ogg streams at random.
_SAME_BYTES = ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]
_AS_COVER = ["-map", "2:v", "-c:v", "copy", "-disposition:v", "attached_pic"]


def encoding_fingerprint(session_fingerprint: str, suffix: str) -> str:
    """Return a hash of everything that the bytes of a file follow from: the session, and what encodes it.

    Raises EncodeFailed if there is no ffmpeg.
    """
    with _readable_errors(suffix):
        facts = f"{FORMATS_VERSION} {ffmpeg.version()} {PIL.__version__} {suffix} {session_fingerprint}"
    return hashlib.sha256(facts.encode()).hexdigest()


def encode_formats(
    session: Session, labels: Labels, paths: Mapping[str, Path], workers: int, progress: Progress
) -> None:
    """Write a session into files, by suffix: `.m4b`, `.opus` or `.flac`. Each decodes to exactly its length.

    Only a few pieces of it are in memory. The bytes are the same whatever the number of workers. Raises EncodeFailed,
    and ClipGone if a clip is missing.
    """

    def mixed(start: int, end: int) -> bytes:
        return bytes(mix(session.timeline, session.clips, session.style, start, end).raw_data)

    with tempfile.TemporaryDirectory(prefix="audio-builder-") as folder:
        commands = [_command(suffix, path, session, labels, Path(folder)) for suffix, path in paths.items()]
        leads = [_m4b_lead(session) if suffix == ".m4b" else 0 for suffix in paths]
        _run([*zip(commands, leads, strict=True)], ", ".join(paths), session, mixed, workers, progress)
    if ".m4b" in paths:
        _finish_m4b(paths[".m4b"], session, labels)


def _command(suffix: str, path: Path, session: Session, labels: Labels, folder: Path) -> list[str]:
    """Return the arguments of ffmpeg that encode a session, with the texts and the cover in files of a folder."""
    metadata, cover = folder / f"metadata{suffix}", folder / "cover.jpg"
    metadata.write_text(_metadata(suffix, session, labels), "utf-8", newline="\n")
    cover.write_bytes(labels.cover)
    return [
        *(*_pcm_input(session), "-f", "ffmetadata", "-i", f"file:{metadata}"),
        *([] if suffix == ".opus" else ["-i", f"file:{cover}"]),
        *("-map", "0:a", *_encoder(suffix, session), *_SAME_BYTES, "-y", f"file:{path}"),
    ]


def _finish_m4b(path: Path, session: Session, labels: Labels) -> None:
    """Add the pictures of the chapters, and put the index in front, so that the file plays as it arrives."""
    side, images = chapter_images(session.timeline, labels)
    sound = path.replace(path.with_name(f"{path.name}.sound"))
    finish_mp4(sound, path, _m4b_lead(session), images, side)
    sound.unlink()


def _m4b_lead(session: Session) -> int:
    """Return how many samples of silence the encoder gets first, so that the sound ends with a whole AAC frame.

    Every decoder leaves out what an edit list skips at the beginning, but not all cut what is too much at the end.
    """
    return -samples(session.timeline.length) % _AAC_FRAME


def encode_stem(session: Session, suffix: str, path: Path, workers: int, progress: Progress) -> None:
    """Write one part of a session's sound, as long as the session, as FLAC. Raises EncodeFailed and ClipGone."""

    def mixed(start: int, end: int) -> bytes:
        stem = STEM_NAMES[suffix]
        return bytes(mix_stem(session.timeline, session.clips, session.style, stem, start, end).raw_data)

    title = f"title={session.timeline.title}: {STEM_NAMES[suffix]}"
    output = ["-metadata", title, "-c:a", "flac", *_SAME_BYTES, "-f", "flac", "-y", f"file:{path}"]
    _run([([*_pcm_input(session), *output], 0)], suffix, session, mixed, workers, progress)


def _run(
    commands: Sequence[tuple[list[str], int]],
    names: str,
    session: Session,
    mixed: Callable[[int, int], bytes],
    workers: int,
    progress: Progress,
) -> None:
    """Give the sound to each command of ffmpeg at the same time, after a number of silent samples."""
    length = session.timeline.length
    with _readable_errors(names), ExitStack() as stack:
        pieces = stack.enter_context(closing(pcm_pieces(length, mixed, workers)))
        writers = [stack.enter_context(ffmpeg.writer(command)) for command, _ in commands]
        for write, (_, lead) in zip(writers, commands, strict=True):
            write(bytes(lead * (4 if session.style.stereo else 2)))
        for done, piece in enumerate(pieces, 1):
            for write in writers:
                write(piece)
            progress(done, piece_count(length))


def _pcm_input(session: Session) -> list[str]:
    channels = "2" if session.style.stereo else "1"
    return ["-f", "s16le", "-ar", str(RATE), "-ac", channels, "-i", "pipe:0"]


def _metadata(suffix: str, session: Session, labels: Labels) -> str:
    if suffix == ".m4b":
        return m4b_metadata(session.timeline, labels)
    return comment_metadata(session.timeline, labels, embeds_cover=suffix == ".opus")


def _encoder(suffix: str, session: Session) -> list[str]:
    """Return the options of ffmpeg for the codec, the container and what it says of the session."""
    tags = ["-map_metadata", "1"]
    rates = _BIT_RATES.get(suffix, (0, 0))
    rate = f"{rates[0] if session.style.stereo else rates[1]}k"
    match suffix:
        case ".m4b":
            language = ["-metadata:s:a:0", f"language={iso639_2(session.timeline.language)}"]
            return [*_AS_COVER, *tags, "-map_chapters", "1", *language, "-c:a", "aac", "-b:a", rate, *_M4B]
        case ".opus":
            return [*tags, "-map_chapters", "-1", "-c:a", "libopus", "-b:a", rate, "-f", "opus"]
        case ".flac":
            kind = ["-metadata:s:v", "comment=Cover (front)"]  # one of the types that a PICTURE block names
            return [*_AS_COVER, *kind, *tags, "-map_chapters", "-1", "-c:a", "flac", "-f", "flac"]
    raise ValueError(f"no format ends in {suffix}")


@contextmanager
def _readable_errors(names: str) -> Iterator[None]:
    try:
        yield
    except ffmpeg.FfmpegFailed as error:
        hint = ". Free some disk space." if "No space left" in str(error) else ""
        raise EncodeFailed(f"Cannot encode {names}: {error}{hint}") from None
