"""What players show of a session, in the words of ffmpeg and of Vorbis comments.

Sources: ffmpeg.org/ffmpeg-formats.html (section Metadata), RFC 7845 (Opus in Ogg), RFC 9639 (FLAC; section 8.8
is the structure of pictures), and the chapter extension of Vorbis comments (wiki.xiph.org/Chapter_Extension).
"""

from __future__ import annotations

import io
import re
import struct
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

from PIL import Image

from ..planning.timeline import Chapter, Timeline
from ..session.tag import Labels, iso639_2, numeric, spoken_words

_FRONT_COVER = 3  # the type of a picture, in FLAC as in ID3
_MOST_COMMENT_CHAPTERS = 999  # their numbers have three digits
_AUDIOBOOK = "2"  # the media type that iTunes and its successors give an audiobook


def m4b_metadata(timeline: Timeline, labels: Labels) -> str:
    """Return an ffmetadata file with the tags and the chapters of an audiobook.

    Players of audiobooks show the album as the title of a book, so that is the session's. The show is its series.
    """
    tags = {
        "title": timeline.title,
        "album": timeline.title,
        "artist": labels.artist,
        "album_artist": labels.artist,
        "show": labels.album,
        "grouping": labels.album,
        "genre": "Audiobook",
        "media_type": _AUDIOBOOK,
        "comment": labels.summary,
        "description": labels.summary,
        "synopsis": labels.summary,
        "lyrics": spoken_words(timeline),
    }
    return ffmetadata(tags, timeline.chapters)


def comment_metadata(timeline: Timeline, labels: Labels, embeds_cover: bool) -> str:
    """Return an ffmetadata file with the Vorbis comments of a session, its chapters and, if wanted, its cover."""
    tags = {
        "title": timeline.title,
        "album": labels.album,
        "artist": labels.artist,
        "album_artist": labels.artist,
        "disc": numeric(labels.season),
        "track": numeric(labels.number),
        "genre": "Podcast",
        "language": iso639_2(timeline.language),
        "comment": labels.summary,
        "lyrics": spoken_words(timeline),
        **dict(chapter_comments(timeline.chapters)),
    }
    if embeds_cover and labels.cover:
        tags["METADATA_BLOCK_PICTURE"] = b64encode(picture_block(labels.cover)).decode("ascii")
    return ffmetadata(tags)


def chapter_comments(chapters: Sequence[Chapter]) -> Iterator[tuple[str, str]]:
    """Yield the Vorbis comments of chapters: the start of each and its title. They cannot say where one ends."""
    for number, chapter in enumerate(chapters[:_MOST_COMMENT_CHAPTERS], 1):
        seconds, ms = divmod(chapter.start, 1000)
        time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
        yield f"CHAPTER{number:03}", time
        yield f"CHAPTER{number:03}NAME", chapter.title


def picture_block(cover: bytes) -> bytes:
    """Return a JPEG as the content of a PICTURE block, the front cover."""
    with Image.open(io.BytesIO(cover)) as image:
        width, height = image.size
    mime = b"image/jpeg"
    return b"".join(
        [
            struct.pack(">2I", _FRONT_COVER, len(mime)),
            mime,
            struct.pack(">6I", 0, width, height, 24, 0, len(cover)),  # no description, 24 bits, no palette
            cover,
        ]
    )


def ffmetadata(tags: Mapping[str, str], chapters: Sequence[Chapter] = ()) -> str:
    """Return the content of an ffmetadata file. Tags without text are left out."""
    lines = [";FFMETADATA1"]
    lines += [f"{name}={_escaped(text)}" for name, text in tags.items() if text]
    for chapter in chapters:
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={chapter.start}", f"END={chapter.end}"]
        lines.append(f"title={_escaped(chapter.title)}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    clean = text.replace("\0", "/").replace("\r\n", "\n").replace("\r", "\n")
    escaped = re.sub(r"([=;#\\\n])", r"\\\1", clean)
    return (
        f"{escaped} " if clean.endswith("\\") else escaped
    )  # or ffmpeg takes the next line for the same text
