"""The ID3v2.3 tag: titles, chapters, cover and the words, from the plan alone, so its bytes are known beforehand."""

from __future__ import annotations

from io import BytesIO

from mutagen import id3

from ..audio.mix.style import Style
from ..planning.timeline import PlayedRecording, Timeline, Utterance
from . import cue_sheet

PADDING = 1024
"""Bytes left free at the end, for players that keep notes in a tag."""

_UTF16 = (
    id3.Encoding.UTF16
)  # ID3v2.3 knows no UTF-8, and mutagen converts frames but not those within chapters
_HEADER = 10
# ISO 639-2, which ID3 asks for, of the two-letter codes that scripts are likely to be in
_CODES = """
af:afr ar:ara bg:bul bn:ben bs:bos ca:cat cs:ces cy:cym da:dan de:deu el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas
fi:fin fr:fra ga:gle gl:glg gu:guj he:heb hi:hin hr:hrv hu:hun hy:hye id:ind is:isl it:ita ja:jpn ka:kat kk:kaz kn:kan
ko:kor la:lat lt:lit lv:lav mk:mkd ml:mal mr:mar ms:msa nb:nob ne:nep nl:nld nn:nno no:nor pa:pan pl:pol pt:por ro:ron
ru:rus sk:slk sl:slv sq:sqi sr:srp sv:swe sw:swa ta:tam te:tel th:tha tr:tur uk:ukr ur:urd vi:vie zh:zho
"""
_LANGUAGES = dict(pair.split(":") for pair in _CODES.split())


def tag(
    timeline: Timeline,
    summary: str = "",
    cover: bytes = b"",
    album: str = "",
    artist: str = "",
    style: Style | None = None,
) -> bytes:
    """The whole ID3v2.3 tag of a session: nothing in it but the plan and these, no date and no machine.

    `summary` becomes the comment, `cover` (a JPEG) the picture; chapters stand in the order of time."""
    language = iso639_2(timeline.language)
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
    if summary:
        frames.append(id3.COMM(encoding=_UTF16, lang=language, desc="", text=summary))
    if words := _words(timeline):
        frames.append(id3.USLT(encoding=_UTF16, lang=language, desc="", text=words))
    frames += _chapters(timeline)
    sheet = cue_sheet.write(timeline, style or Style())
    frames.append(id3.TXXX(encoding=id3.Encoding.LATIN1, desc=cue_sheet.NAME, text=sheet))
    if cover:
        frames.append(id3.APIC(mime="image/jpeg", type=id3.PictureType.COVER_FRONT, desc="", data=cover))
    body = b"".join(map(_bytes, frames)) + bytes(PADDING)
    return b"ID3\x03\x00\x00" + bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


def iso639_2(language: str) -> str:
    """The three-letter code of a BCP 47 tag's language; `und` where it is not known."""
    primary = language.replace("_", "-").split("-")[0].lower()
    return _LANGUAGES.get(
        primary, primary if len(primary) == 3 and primary.isascii() and primary.isalpha() else "und"
    )


def _words(timeline: Timeline) -> str:
    said = (cue.what for cue in timeline.cues)
    lines = (
        w.line.text if isinstance(w, Utterance) else w.words
        for w in said
        if isinstance(w, Utterance | PlayedRecording)
    )
    return "\n".join(line for line in lines if line)


def _chapters(timeline: Timeline) -> list[id3.Frame]:
    """The table of contents and the chapters (id3v2-chapters-1.0), times in milliseconds."""
    if not timeline.chapters:
        return []
    names = [f"chp{n}" for n in range(len(timeline.chapters))]
    flags = id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED
    # its count is one byte; players that read the chapters themselves see them all
    contents = id3.CTOC(element_id="toc", flags=flags, child_element_ids=names[:255], sub_frames=[])
    nowhere = 0xFFFFFFFF  # no byte offsets: the times count
    return [contents] + [
        id3.CHAP(
            element_id=name,
            start_time=chapter.start,
            end_time=chapter.start + chapter.length,
            start_offset=nowhere,
            end_offset=nowhere,
            sub_frames=[id3.TIT2(encoding=_UTF16, text=chapter.title)],
        )
        for name, chapter in zip(names, timeline.chapters, strict=True)
    ]


def _bytes(frame: id3.Frame) -> bytes:
    """One frame as it stands in a tag. Saved alone, since mutagen sorts chapters by size (its issue 506)."""
    alone, file = id3.ID3(), BytesIO()
    alone.add(frame)
    alone.save(file, v1=0, v2_version=3, padding=lambda _: 0)
    return file.getvalue()[_HEADER:]
