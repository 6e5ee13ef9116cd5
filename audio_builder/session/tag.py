"""The ID3v2.3 tag of a session: titles, chapters, cover and words.

It follows from the timeline alone, so its size is known before any sound exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..audio.mix.style import Style
from ..mp3 import id3
from ..planning.timeline import Timeline
from .cue_sheet import CUE_SHEET_FRAME, format_cue_sheet

PADDING = 1024
"""Bytes left free at the end, for players that write into tags."""

_MAX_CONTENTS = 255  # the count of a table of contents is one byte
# The ISO 639-2 codes that ID3 requires, for the two-letter codes that scripts are likely to use.
_CODES = """
af:afr ar:ara bg:bul bn:ben bs:bos ca:cat cs:ces cy:cym da:dan de:deu el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas
fi:fin fr:fra ga:gle gl:glg gu:guj he:heb hi:hin hr:hrv hu:hun hy:hye id:ind is:isl it:ita ja:jpn ka:kat kk:kaz kn:kan
ko:kor la:lat lt:lit lv:lav mk:mkd ml:mal mr:mar ms:msa nb:nob ne:nep nl:nld nn:nno no:nor pa:pan pl:pol pt:por ro:ron
ru:rus sk:slk sl:slv sq:sqi sr:srp sv:swe sw:swa ta:tam te:tel th:tha tr:tur uk:ukr ur:urd vi:vie zh:zho
"""
_LANGUAGES = dict(pair.split(":") for pair in _CODES.split())


@dataclass(frozen=True, slots=True)
class Labels:
    """What players show of a session besides the titles and words of its timeline.

    `album` and `artist` are the show and its author. `season` and `number` are those of the episode: players of music
    call them disc and track, and sort an album by them. `cover` is a JPEG. `pictures` has the MIME type and the content
    of one for each chapter, or is empty.
    """

    summary: str = ""
    album: str = ""
    artist: str = ""
    cover: bytes = b""
    pictures: Sequence[tuple[str, bytes] | None] = ()
    season: int | None = None
    number: int | None = None


def id3_tag(timeline: Timeline, labels: Labels | None = None, style: Style | None = None) -> bytes:
    """Return the ID3v2.3 tag of a session. It names no date and no machine, so it is the same every time.

    The summary becomes the comment. Chapters are in order of time.
    """
    labels = labels or Labels()
    language = iso639_2(timeline.language)
    cue_sheet = format_cue_sheet(timeline, style or Style())
    frames = [
        id3.text_frame("TIT2", timeline.title),
        id3.text_frame("TLAN", language),
        id3.text_frame("TLEN", str(timeline.length), id3.TextEncoding.LATIN_1),
        id3.text_frame("TCON", "Podcast"),
        id3.text_frame("TALB", labels.album),
        id3.text_frame("TPE1", labels.artist),
        id3.text_frame("TPE2", labels.artist),  # some players group albums by this artist only
        id3.text_frame("TPOS", numeric(labels.season), id3.TextEncoding.LATIN_1),
        id3.text_frame("TRCK", numeric(labels.number), id3.TextEncoding.LATIN_1),
        id3.comment_frame(language, labels.summary),
        id3.lyrics_frame(language, spoken_words(timeline)),
        *_chapters(timeline, labels.pictures),
        id3.user_text_frame(CUE_SHEET_FRAME, cue_sheet, id3.TextEncoding.LATIN_1),
        id3.picture_frame("image/jpeg", labels.cover),
    ]
    return id3.id3_bytes(frames, PADDING)


def iso639_2(language: str) -> str:
    """Return the three-letter code for the language of a BCP 47 tag, or `und` if it is unknown."""
    primary = language.replace("_", "-").split("-")[0].lower()
    is_code = len(primary) == 3 and primary.isascii() and primary.isalpha()
    return _LANGUAGES.get(primary, primary if is_code else "und")


def numeric(number: int | None) -> str:
    """Return a number as tags have it, or "" if there is none."""
    return "" if number is None else str(number)


def spoken_words(timeline: Timeline) -> str:
    """Return what is said, a line for each cue with words."""
    return "\n".join(cue.text for cue in timeline.cues if cue.text)


def _chapters(timeline: Timeline, pictures: Sequence[tuple[str, bytes] | None]) -> list[bytes]:
    """Return the frames of the table of contents and the chapters."""
    if not timeline.chapters:
        return []
    names = [f"chp{n}" for n in range(len(timeline.chapters))]
    # players that read the chapters themselves see all of them
    return [id3.contents_frame("toc", names[:_MAX_CONTENTS])] + [
        id3.chapter_frame(
            name, chapter.start, chapter.end, id3.text_frame("TIT2", chapter.title) + _picture(picture)
        )
        for name, chapter, picture in zip(
            names, timeline.chapters, pictures or [None] * len(names), strict=True
        )
    ]


def _picture(picture: tuple[str, bytes] | None) -> bytes:
    return id3.picture_frame(*picture, id3.PictureType.OTHER) if picture else b""
