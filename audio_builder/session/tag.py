"""The ID3v2.3 tag of a session: titles, chapters, cover and words.

It follows from the timeline alone, so its size is known before any sound exists.
"""

from __future__ import annotations

from io import BytesIO

from mutagen import id3

from ..audio.mix.style import Style
from ..planning.timeline import Timeline
from .cue_sheet import CUE_SHEET_FRAME, format_cue_sheet

PADDING = 1024
"""Bytes left free at the end, for players that write into tags."""

_UTF16 = id3.Encoding.UTF16  # ID3v2.3 has no UTF-8, and mutagen does not convert frames inside chapters
_HEADER_SIZE = 10  # of a tag, in bytes
_MAX_CONTENTS = 255  # the count of a table of contents is one byte
_NO_OFFSET = 0xFFFFFFFF  # the times of a chapter count, not its bytes
# The ISO 639-2 codes that ID3 requires, for the two-letter codes that scripts are likely to use.
_CODES = """
af:afr ar:ara bg:bul bn:ben bs:bos ca:cat cs:ces cy:cym da:dan de:deu el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas
fi:fin fr:fra ga:gle gl:glg gu:guj he:heb hi:hin hr:hrv hu:hun hy:hye id:ind is:isl it:ita ja:jpn ka:kat kk:kaz kn:kan
ko:kor la:lat lt:lit lv:lav mk:mkd ml:mal mr:mar ms:msa nb:nob ne:nep nl:nld nn:nno no:nor pa:pan pl:pol pt:por ro:ron
ru:rus sk:slk sl:slv sq:sqi sr:srp sv:swe sw:swa ta:tam te:tel th:tha tr:tur uk:ukr ur:urd vi:vie zh:zho
"""
_LANGUAGES = dict(pair.split(":") for pair in _CODES.split())


def id3_tag(
    timeline: Timeline,
    summary: str = "",
    cover: bytes = b"",
    album: str = "",
    artist: str = "",
    style: Style | None = None,
) -> bytes:
    """Return the ID3v2.3 tag of a session. It names no date and no machine, so it is the same every time.

    `summary` becomes the comment and `cover`, a JPEG, the picture. Chapters are in order of time.
    """
    language = iso639_2(timeline.language)
    frames = _text_frames(timeline, language, album, artist)
    if summary:
        frames.append(id3.COMM(encoding=_UTF16, lang=language, desc="", text=summary))
    if words := _words(timeline):
        frames.append(id3.USLT(encoding=_UTF16, lang=language, desc="", text=words))
    frames += _chapters(timeline)
    cue_sheet = format_cue_sheet(timeline, style or Style())
    frames.append(id3.TXXX(encoding=id3.Encoding.LATIN1, desc=CUE_SHEET_FRAME, text=cue_sheet))
    if cover:
        frames.append(id3.APIC(mime="image/jpeg", type=id3.PictureType.COVER_FRONT, desc="", data=cover))
    body = b"".join(map(_bytes, frames)) + bytes(PADDING)
    return b"ID3\x03\x00\x00" + bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


def iso639_2(language: str) -> str:
    """Return the three-letter code for the language of a BCP 47 tag, or `und` if it is unknown."""
    primary = language.replace("_", "-").split("-")[0].lower()
    is_code = len(primary) == 3 and primary.isascii() and primary.isalpha()
    return _LANGUAGES.get(primary, primary if is_code else "und")


def _text_frames(timeline: Timeline, language: str, album: str, artist: str) -> list[id3.Frame]:
    frames: list[id3.Frame] = [
        id3.TIT2(encoding=_UTF16, text=timeline.title),
        id3.TLAN(encoding=_UTF16, text=language),
        id3.TLEN(encoding=id3.Encoding.LATIN1, text=str(timeline.length)),
        id3.TCON(encoding=_UTF16, text="Podcast"),
    ]
    if album:
        frames.append(id3.TALB(encoding=_UTF16, text=album))
    if artist:
        frames.append(id3.TPE1(encoding=_UTF16, text=artist))
    return frames


def _words(timeline: Timeline) -> str:
    """Return what is said, a line for each cue with words."""
    return "\n".join(cue.text for cue in timeline.cues if cue.text)


def _chapters(timeline: Timeline) -> list[id3.Frame]:
    """Return the table of contents and the chapters (id3v2-chapters-1.0), in milliseconds."""
    if not timeline.chapters:
        return []
    names = [f"chp{n}" for n in range(len(timeline.chapters))]
    flags = id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED
    # players that read the chapters themselves see all of them
    listed = names[:_MAX_CONTENTS]
    contents = id3.CTOC(element_id="toc", flags=flags, child_element_ids=listed, sub_frames=[])
    return [contents] + [
        id3.CHAP(
            element_id=name,
            start_time=chapter.start,
            end_time=chapter.start + chapter.length,
            start_offset=_NO_OFFSET,
            end_offset=_NO_OFFSET,
            sub_frames=[id3.TIT2(encoding=_UTF16, text=chapter.title)],
        )
        for name, chapter in zip(names, timeline.chapters, strict=True)
    ]


def _bytes(frame: id3.Frame) -> bytes:
    """Return one frame as bytes, saved in a tag of its own, since mutagen sorts chapters by size (its issue 506)."""
    tag, file = id3.ID3(), BytesIO()
    tag.add(frame)
    tag.save(file, v1=0, v2_version=3, padding=lambda _: 0)
    return file.getvalue()[_HEADER_SIZE:]
