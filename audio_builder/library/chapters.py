"""The chapters of a session as Podcasting 2.0 JSON, and their pictures."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.structs import replace as with_fields

from ..cache import Cache
from ..figures.library import figure_alt
from ..files import read_file
from ..pictures.chapter import ChapterPicture, chapter_picture
from ..planning.timeline import Timeline
from .manifest import ChapterRecord, Episode

PICTURE_NAME = re.compile(r"figure\.[0-9a-f]{12}\.(?:png|jpg)")
"""The names of chapter pictures in the library. Equal names mean equal pictures, so that sessions share them."""
PICTURE_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}


def chapter_pictures(timeline: Timeline, cache: Cache) -> list[ChapterPicture | None]:
    """Return the picture of each chapter, at the size of a file, or None if it has none. Raises BadPicture."""
    figures = [chapter.figure for chapter in timeline.chapters]
    drawn = {figure: chapter_picture(figure, cache) for figure in {*figures} if figure}
    return [drawn[figure] if figure else None for figure in figures]


def chapter_records(timeline: Timeline, cache: Cache) -> Iterator[ChapterRecord]:
    """Yield the chapters as the manifest has them. Raises BadPicture."""
    for chapter, picture in zip(timeline.chapters, chapter_pictures(timeline, cache), strict=True):
        record = ChapterRecord(chapter.start, chapter.length, chapter.title)
        if picture and chapter.figure:
            alt = figure_alt(chapter.figure, timeline.language)
            record = with_fields(record, picture=picture.file_name, alt=alt or chapter.title)
        yield record


def picture_files(timeline: Timeline, cache: Cache) -> dict[str, bytes]:
    """Return the pictures of all chapters by their file names. Raises BadPicture."""
    pictures = chapter_pictures(timeline, cache)
    return {picture.file_name: picture.content for picture in pictures if picture}


def picture_alts(episode: Episode) -> dict[str, str]:
    """Return the file name of each picture, in the order of the chapters, with its description."""
    return {chapter.picture: chapter.alt for chapter in episode.chapters if chapter.picture}


def is_intact_picture(path: Path) -> bool:
    """Return whether a picture is there and has the content that its name says."""
    try:
        return hashlib.sha256(read_file(path)).hexdigest()[:12] == path.name.split(".")[1]
    except OSError:
        return False


def chapters_json(episode: Episode, address_of: Callable[[str], str] = str) -> bytes:
    """Return the chapters as Podcasting 2.0 JSON (version 1.2.0), with times in seconds.

    `address_of` gives the address of a picture by its file name. Without it the addresses are relative, which only some
    apps follow.
    """
    chapters = [
        {
            "startTime": _seconds(chapter.start_ms),
            "title": chapter.title,
            "endTime": _seconds(chapter.start_ms + chapter.length_ms),
        }
        | ({"img": address_of(chapter.picture)} if chapter.picture else {})
        for chapter in episode.chapters
    ]
    document = {"version": "1.2.0", "title": episode.title, "chapters": chapters}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _seconds(ms: int) -> float | int:
    return ms // 1000 if ms % 1000 == 0 else ms / 1000
