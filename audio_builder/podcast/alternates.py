"""The files in which apps can play an episode: its own, that of the same session in mono or stereo, other formats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..languages.catalogue import translatable
from ..library.manifest import Episode
from ..library.session_files import FORMAT_FILES, MP3
from .channel import AlternateFile
from .registry import SessionKey

_TITLES = {"stereo": translatable("Stereo"), "mono": translatable("Mono, a smaller file")}
_BIT_RATES = {"stereo": 128_000, "mono": 64_000}  # bits per second, of every MP3 that the program encodes
_QUALITY = re.compile(rf"(^|-)(?:{'|'.join(_TITLES)})(?=-|$)")


def without_quality(key: SessionKey) -> SessionKey:
    """Return what a session in mono and the same session in stereo have in common."""
    return key._replace(options=_QUALITY.sub("", key.options).lstrip("-"))


def quality_of(episode: Episode) -> str:
    """Return `stereo` or `mono`."""
    return str(episode.options.get("quality", "stereo"))


def is_same_but_quality(one: Episode, other: Episode) -> bool:
    """Return whether two sessions with one key but their quality were built from the same words and options."""
    options = (one.options.keys() & other.options.keys()) - {"quality"}
    return (
        quality_of(one) != quality_of(other)
        and (one.language, one.length_ms, one.chapters) == (other.language, other.length_ms, other.chapters)
        and all(one.options[name] == other.options[name] for name in options)
    )


def alternates(episode: Episode, library: Iterable[Episode]) -> tuple[AlternateFile, ...]:
    """Return the files in which apps can play an episode instead of its own MP3, with their paths in the library.

    `library` are the sessions that may stand in for it.
    """
    qualities = (
        own_file(other, f"{other.name}{MP3.suffix}")
        for other in library
        if is_same_but_quality(episode, other)
    )
    return (*qualities, *_other_formats(episode))


def _other_formats(episode: Episode) -> Iterator[AlternateFile]:
    """Yield the files of a session in other formats than MP3."""
    recorded = episode.formats or {}
    for file in FORMAT_FILES:
        if (found := recorded.get(file.suffix)) is not None:
            yield AlternateFile(
                session=episode,
                suffix=file.suffix,
                mime_type=file.mime_type,
                bytes=found.bytes,
                bit_rate=8000 * found.bytes // max(1, episode.length_ms),
                sha256=found.sha256,
                title=file.suffix.removeprefix(".").upper(),
                path=f"{episode.name}{file.suffix}",
            )


def own_file(episode: Episode, path: str) -> AlternateFile:
    """Return the MP3 of a session, which is at this path."""
    quality = quality_of(episode)
    return AlternateFile(
        session=episode,
        suffix=MP3.suffix,
        mime_type=MP3.mime_type,
        bytes=episode.bytes,
        bit_rate=_BIT_RATES.get(quality, 8000 * episode.bytes // max(1, episode.length_ms)),
        sha256=episode.sha256,
        title=_TITLES.get(quality, ""),
        path=path,
    )
