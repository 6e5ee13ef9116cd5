"""ID3 frames: the writer renders the same bytes as mutagen, and each of the two reads what the other writes."""

import struct
import tracemalloc
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mutagen import id3 as mutagen

from audio_builder.mp3 import id3
from audio_builder.mp3.id3 import TextEncoding
from audio_builder.mp3.id3_reader import ChapterFrame, ContentsFrame, PictureFrame, TextFrame, read_id3

UTF_16, LATIN_1 = mutagen.Encoding.UTF16, mutagen.Encoding.LATIN1
TOP_LEVEL_ORDERED = mutagen.CTOCFlags.TOP_LEVEL | mutagen.CTOCFlags.ORDERED
NO_OFFSET = 0xFFFFFFFF

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200)
latin_texts = st.text(st.characters(min_codepoint=1, max_codepoint=255), min_size=1, max_size=200)
encodings = st.sampled_from([*TextEncoding])
times = st.integers(0, 2**32 - 1)
pictures = st.binary().map(
    b"\xff\xd8".__add__
)  # mutagen reads a picture of a single zero byte as an empty one
samples = example("Étude — שלום 🧘🏽\r\na/b")
long_text = example("A very long title " * 20)


def rendered(*frames: mutagen.Frame, version: int = 3) -> bytes:
    """Return frames as mutagen writes them, in a tag without padding."""
    tag, file = mutagen.ID3(), BytesIO()
    for frame in frames:
        tag.add(frame)
    tag.save(file, v1=0, v2_version=version, padding=lambda _: 0)
    return file.getvalue()


def tag(*frames: bytes, padding: int = 0) -> bytes:
    return id3.id3_bytes(frames, padding)


def header(size: int, version: int = 3, flags: int = 0) -> bytes:
    return b"ID3" + bytes([version, 0, flags]) + syncsafe(size)


def syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame_v4(name: bytes, content: bytes, flags: int = 0) -> bytes:
    return name + syncsafe(len(content)) + bytes([0, flags]) + content


def unsynchronised(content: bytes) -> bytes:
    """Return bytes with a zero after each 0xFF that is followed by a zero or by the rest of a sync."""
    out = bytearray()
    for byte, following in zip(content, [*content[1:], 0], strict=True):
        out.append(byte)
        if byte == 0xFF and (following == 0 or following >= 0xE0):
            out.append(0)
    return bytes(out)


# The writer


@given(text=texts)
@samples
@long_text
def test_texts_are_the_bytes_that_mutagen_writes(text: str):
    assert tag(id3.text_frame("TIT2", text)) == rendered(mutagen.TIT2(encoding=UTF_16, text=text))
    assert tag(id3.user_text_frame(text, text)) == rendered(
        mutagen.TXXX(encoding=UTF_16, desc=text, text=text)
    )
    assert tag(id3.comment_frame("heb", text)) == rendered(
        mutagen.COMM(encoding=UTF_16, lang="heb", desc="", text=text)
    )
    assert tag(id3.lyrics_frame("und", text)) == rendered(
        mutagen.USLT(encoding=UTF_16, lang="und", desc="", text=text)
    )


@given(text=latin_texts)
def test_latin_texts_are_the_bytes_that_mutagen_writes(text: str):
    assert tag(id3.text_frame("TLEN", text, TextEncoding.LATIN_1)) == rendered(
        mutagen.TLEN(encoding=LATIN_1, text=text)
    )
    assert tag(id3.user_text_frame(text, text, TextEncoding.LATIN_1)) == rendered(
        mutagen.TXXX(encoding=LATIN_1, desc=text, text=text)
    )


@given(picture=pictures)
def test_pictures_are_the_bytes_that_mutagen_writes(picture: bytes):
    assert tag(id3.picture_frame("image/jpeg", picture)) == rendered(
        mutagen.APIC(mime="image/jpeg", type=mutagen.PictureType.COVER_FRONT, desc="", data=picture)
    )


@given(title=st.just("") | texts, start=times, end=times, picture=pictures)
def test_chapters_are_the_bytes_that_mutagen_writes(title: str, start: int, end: int, picture: bytes):
    chapter = mutagen.CHAP(
        element_id="chp0",
        start_time=start,
        end_time=end,
        start_offset=NO_OFFSET,
        end_offset=NO_OFFSET,
        sub_frames=[
            mutagen.TIT2(encoding=UTF_16, text=title),
            mutagen.APIC(mime="image/png", type=mutagen.PictureType.OTHER, desc="", data=picture),
        ],
    )
    frames = id3.text_frame("TIT2", title) + id3.picture_frame("image/png", picture, id3.PictureType.OTHER)
    assert tag(id3.chapter_frame("chp0", start, end, frames)) == rendered(chapter)


@pytest.mark.parametrize("count", [0, 1, 255])
def test_contents_are_the_bytes_that_mutagen_writes(count: int):
    names = [f"chp{n}" for n in range(count)]
    contents = mutagen.CTOC(element_id="toc", flags=TOP_LEVEL_ORDERED, child_element_ids=names, sub_frames=[])
    assert tag(id3.contents_frame("toc", names)) == rendered(contents)


def test_a_frame_without_content_is_left_out():
    assert id3.text_frame("TIT2", "") == id3.user_text_frame("cue sheet", "") == b""
    assert id3.comment_frame("eng", "") == id3.lyrics_frame("eng", "") == b""
    assert id3.picture_frame("image/jpeg", b"") == b""


def test_nul_in_a_text_becomes_a_slash():
    assert id3.text_frame("TIT2", "a\0b") == id3.text_frame("TIT2", "a/b")
    assert tag(id3.text_frame("TIT2", "a\0b")) == rendered(mutagen.TIT2(encoding=UTF_16, text="a\0b"))


def test_a_tag_of_256_mib_is_refused():
    with pytest.raises(ValueError, match="cannot hold 268435456 bytes"):
        tag(padding=1 << 28)


@given(texts, texts, latin_texts, pictures, times, times)
def test_mutagen_and_the_reader_read_what_the_writer_writes(
    title: str, words: str, sheet: str, picture: bytes, start: int, end: int
):
    content = tag(
        id3.text_frame("TIT2", title),
        id3.user_text_frame("cue sheet", sheet, TextEncoding.LATIN_1),
        id3.comment_frame("eng", words),
        id3.lyrics_frame("eng", words),
        id3.picture_frame("image/jpeg", picture),
        id3.contents_frame("toc", ["chp0"]),
        id3.chapter_frame(
            "chp0", start, end, id3.text_frame("TIT2", title) + id3.picture_frame("image/png", picture)
        ),
        padding=100,
    )
    read = mutagen.ID3(BytesIO(content), translate=False)
    assert (read.version, read.size) == ((2, 3, 0), len(content))
    assert (read["TIT2"].text, read["TXXX:cue sheet"].text) == ([title], [sheet])
    assert (read["COMM::eng"].text, read["USLT::eng"].text) == ([words], words)
    assert (read["APIC:"].mime, read["APIC:"].data) == ("image/jpeg", picture)
    assert read["CTOC:toc"].child_element_ids == ["chp0"]
    chapter = read["CHAP:chp0"]
    assert (chapter.start_time, chapter.end_time) == (start, end)
    assert chapter.sub_frames["TIT2"].text == [title]
    assert (chapter.sub_frames["APIC:"].mime, chapter.sub_frames["APIC:"].data) == ("image/png", picture)
    assert read_id3(content + b"audio") == (
        len(content),
        (
            TextFrame("TIT2", title),
            TextFrame("TXXX", sheet, "cue sheet"),
            TextFrame("COMM", words),
            TextFrame("USLT", words),
            PictureFrame("image/jpeg", len(picture)),
            ContentsFrame("toc", ("chp0",), ""),
            ChapterFrame("chp0", start, end, title, PictureFrame("image/png", len(picture))),
        ),
        "",
    )


# The reader


@pytest.mark.parametrize("version", [3, 4])
@given(data=st.data(), encoding=encodings, picture=pictures)
def test_what_mutagen_writes_is_read(version: int, data, encoding: TextEncoding, picture: bytes):
    draw = data.draw
    text = latin_texts if encoding == LATIN_1 else texts
    names, description, words, title = draw(st.lists(text, min_size=1, max_size=3)), *map(draw, [text] * 3)
    start, end = draw(times), draw(times)
    title_frame = mutagen.TIT2(encoding=encoding, text=title)
    content = rendered(
        title_frame,
        mutagen.TPE1(encoding=encoding, text=names),
        mutagen.TXXX(encoding=encoding, desc=description, text=words),
        mutagen.COMM(encoding=encoding, lang="eng", desc=description, text=words),
        mutagen.USLT(encoding=encoding, lang="eng", desc=description, text=words),
        mutagen.APIC(encoding=encoding, mime="image/png", type=3, desc=description, data=picture),
        mutagen.CTOC(element_id="toc", flags=3, child_element_ids=["a", "b"], sub_frames=[title_frame]),
        mutagen.CHAP(
            element_id="a",
            start_time=start,
            end_time=end,
            start_offset=0,
            end_offset=0,
            sub_frames=[mutagen.WXXX(encoding=encoding, desc="x", url="https://example.org"), title_frame],
        ),
        mutagen.PRIV(owner="somebody", data=b"\xff\x00"),
        version=version,
    )
    read = read_id3(content)
    assert (read.size, read.problem) == (len(content), "")
    assert set(read.frames) == {
        TextFrame("TIT2", title),
        TextFrame("TPE1", "/".join(names)),
        TextFrame("TXXX", words, description),
        TextFrame("COMM", words, description),
        TextFrame("USLT", words, description),
        PictureFrame("image/png", len(picture)),
        ContentsFrame("toc", ("a", "b"), title),
        ChapterFrame("a", start, end, title),
    }


# A picture with bytes that look like audio, so unsynchronisation changes it, and a text after it.
FRAMES = id3.picture_frame("image/jpeg", b"\xff\xd8\xff\xe0\xff\x00") + id3.text_frame("TIT2", "ÿà")
BOTH = (PictureFrame("image/jpeg", 6), TextFrame("TIT2", "ÿà"))
FRAMES_V4 = rendered(*mutagen.ID3(BytesIO(tag(FRAMES))).values(), version=4)[10:]


@pytest.mark.parametrize(
    ("version", "flags", "body"),
    [
        (3, 0, FRAMES + bytes(50)),
        (3, 0x80, unsynchronised(FRAMES)),
        (3, 0x40, struct.pack(">IHI", 6, 0, 0) + FRAMES),
        (3, 0x40, struct.pack(">IHII", 10, 0x8000, 0, 1) + FRAMES),
        (3, 0xC0, unsynchronised(struct.pack(">IHII", 10, 0x8000, 0, 1) + FRAMES)),
        (4, 0x40, syncsafe(6) + b"\1\0" + FRAMES_V4),
        (4, 0x40, syncsafe(12) + b"\1\x20\5" + bytes(5) + FRAMES_V4),
    ],
)
def test_padding_unsynchronisation_and_extended_headers_are_read(version: int, flags: int, body: bytes):
    content = header(len(body), version, flags) + body
    assert {*mutagen.ID3(BytesIO(content), translate=False)} == {"APIC:", "TIT2"}
    read = read_id3(content + b"\xff\xfb")
    assert (read.size, {*read.frames}, read.problem) == (len(content), {*BOTH}, "")


def test_unsynchronisation_applies_to_an_extended_header():
    """ID3v2.3.0, 3.2. Mutagen reads the extended header as it is, so it cannot be asked here."""
    checksum = 0xFF00FFE0
    body = unsynchronised(struct.pack(">IHII", 10, 0x8000, 0, checksum) + FRAMES)
    assert read_id3(header(len(body), 3, 0xC0) + body)[1:] == (BOTH, "")


@pytest.mark.parametrize("tag_flags", [0, 0x80])
@pytest.mark.parametrize("flags", [0x00, 0x40, 0x02, 0x01, 0x43])
def test_the_format_flags_of_a_frame_are_read(flags: int, tag_flags: int):
    picture = b"\0image/png\0\3\0\xff\xe0\xff\x00\xff"
    content = unsynchronised(picture) if flags & 0x02 or tag_flags else picture
    group = b"\7" if flags & 0x40 else b""
    length = syncsafe(len(picture)) if flags & 0x01 else b""
    frame = frame_v4(b"APIC", group + length + content, flags)
    assert read_id3(header(len(frame), 4, tag_flags) + frame).frames == (PictureFrame("image/png", 5),)


def test_a_footer_belongs_to_the_tag():
    body = frame_v4(b"TIT2", b"\3Title")
    content = header(len(body), 4, 0x10) + body + b"3DI" + header(len(body), 4, 0x10)[3:]
    assert read_id3(content + b"audio") == (len(content), (TextFrame("TIT2", "Title"),), "")


def test_compressed_and_encrypted_frames_are_left_out():
    title = frame_v4(b"TIT2", b"\3Title")
    for flags in (0x08, 0x04):
        body = frame_v4(b"TPE1", b"\3not readable", flags) + title
        assert read_id3(header(len(body), 4) + body).frames == (TextFrame("TIT2", "Title"),)
    for flags in (0x80, 0x40):
        body = b"TPE1" + struct.pack(">IH", 5, flags) + b"\0\0\0\0\1" + id3.text_frame("TIT2", "Title")
        assert read_id3(header(len(body)) + body).frames == (TextFrame("TIT2", "Title"),)


TITLE = id3.text_frame("TIT2", "Title")
CHAPTER = id3.chapter_frame("chp0", 0, 1, TITLE)


@pytest.mark.parametrize(
    ("content", "names", "problem"),
    [
        (tag(TITLE, padding=9)[:-9], ["TIT2"], "it states 44 bytes, but the file has only 35"),
        (tag(TITLE)[:-1], [], "it states 35 bytes, but the file has only 34"),
        (header(0, 2), [], "ID3v2.2 is not supported"),
        (tag(TITLE, b"tail"), ["TIT2"], "byte 25 after its header is neither padding nor a frame"),
        (
            tag(TITLE, b"tit2" + TITLE[4:]),
            ["TIT2"],
            "byte 25 after its header is neither padding nor a frame",
        ),
        (
            tag(TITLE, b"TALB\xff\xff\xff\xff\0\0abc"),
            ["TIT2"],
            "frame TALB states 4294967295 bytes, but only 3 follow",
        ),
        (
            tag(b"TALB\0\0\0\1\0\0\x09", TITLE),
            ["TIT2"],
            "frame TALB is damaged: its text encoding is unknown",
        ),
        (tag(b"APIC\0\0\0\0\0\0", TITLE), ["TIT2"], "frame APIC is damaged: its text encoding is unknown"),
        (tag(b"CHAP\0\0\0\5\0\0chp0\0", TITLE), ["TIT2"], "frame CHAP is damaged: it is cut off"),
        (tag(b"CTOC\0\0\0\4\0\0toc\0", TITLE), ["TIT2"], "frame CTOC is damaged: it is cut off"),
        (tag(b"CTOC\0\0\0\x08\0\0toc\0\3\2a\0", TITLE), ["TIT2"], "frame CTOC is damaged: it is cut off"),
        (
            tag(b"CHAP" + (len(CHAPTER) - 11).to_bytes(4, "big") + CHAPTER[8:-1], TITLE),
            ["TIT2"],
            "frame CHAP is damaged: frame TIT2 states 15 bytes, but only 14 follow",
        ),
        (header(3, 3, 0x40) + b"\0\0\0", [], "its extended header is cut off"),
        (header(5, 4, 0x40) + syncsafe(6) + b"\0", [], "its extended header states 6 bytes"),
        (header(4, 4, 0x40) + syncsafe(0), [], "its extended header states 0 bytes"),
    ],
)
def test_damage_is_named_and_the_other_frames_are_read(content: bytes, names: list[str], problem: str):
    read = read_id3(content)
    assert ([frame.name for frame in read.frames], read.problem) == (names, problem)


@pytest.mark.parametrize(
    "file", [b"", b"ID3", b"ID3\3\0\0\0\0\0", b"\xff\xfb\x94\x64" * 9, b"TAG" + bytes(125)]
)
def test_a_file_without_a_tag_has_an_empty_one(file: bytes):
    assert read_id3(file) == (0, (), "")


def test_texts_that_cannot_be_decoded_are_read_with_replacement_signs():
    odd = b"TIT2\0\0\0\6\0\0\1\xff\xfea\0b"
    assert read_id3(tag(odd)).frames == (TextFrame("TIT2", "a�"),)
    no_utf_8 = frame_v4(b"TIT2", b"\3a\xff")
    assert read_id3(header(len(no_utf_8), 4) + no_utf_8).frames == (TextFrame("TIT2", "a�"),)


def test_a_utf_16_description_ends_at_a_whole_character():
    # U+0100 ends and U+0001 begins with a zero byte in little-endian order
    content = b"\1\xff\xfe" + "\u6100\u0062\u0100".encode("utf-16-le") + b"\0\0" + b"\xff\xfey\0"
    frame = b"TXXX" + struct.pack(">IH", len(content), 0) + content
    assert read_id3(tag(frame)).frames == (TextFrame("TXXX", "y", "\u6100\u0062\u0100"),)


@given(version=st.integers(2, 5), flags=st.integers(0, 255), size=st.integers(0, 2**28 - 1), body=st.binary())
def test_arbitrary_bytes_are_read_without_an_error(version: int, flags: int, size: int, body: bytes):
    for stated in (size, len(body)):
        assert isinstance(read_id3(header(stated, version, flags) + body).problem, str)


@given(data=st.data())
def test_a_tag_with_damaged_bytes_is_read_without_an_error(data):
    version = data.draw(st.sampled_from([3, 4]))
    content = bytearray(tag(FRAMES, CHAPTER, id3.contents_frame("toc", ["chp0"])))
    content[3] = version
    for place in data.draw(st.lists(st.integers(10, len(content) - 1), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(10, len(content)))
    read = read_id3(bytes(content[:cut]))
    assert read.size == len(content)
    assert (read.problem != "") or cut == len(content)


@pytest.mark.parametrize("version", [3, 4])
def test_a_small_file_that_states_a_huge_size_needs_little_memory(version: int):
    content = header(2**28 - 1, version) + b"CTOC\x7f\x7f\x7f\x7f\0\0toc\0\3\xff"
    tracemalloc.start()
    try:
        read = read_id3(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read.problem
    assert peak < 100_000
