"""Other formats: what ffmpeg is told of a session, and in which pieces it gets the sound."""

import io
import struct
import threading

import pytest
from common import examples
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sounds import PLACE, session

from audio_builder.errors import InvalidValue
from audio_builder.formats.encode import STEM_NAMES
from audio_builder.formats.images import chapter_images
from audio_builder.formats.labels import audacity_labels
from audio_builder.formats.metadata import chapter_comments, ffmetadata, picture_block
from audio_builder.formats.mp4 import ChapterImage, finish_mp4
from audio_builder.formats.pcm import PIECE_MS, pcm_pieces, piece_count
from audio_builder.library.session_files import ADDED_FILES, FORMAT_FILES, LABELS, SESSION_FILES, STEM_FILES
from audio_builder.options import BY_NAME
from audio_builder.planning.timeline import Chapter, Cue, Timeline, Utterance
from audio_builder.script.model import Line
from audio_builder.session.tag import Labels
from audio_builder.units import Ms


def picture(kind, size, colour=(0, 0, 0)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def box(kind, *content):
    return struct.pack(">I4s", 8 + sum(map(len, content)), kind) + b"".join(content)


def boxes(content):
    """Yield the kind and the content of each box."""
    while content:
        size, kind = struct.unpack(">I4s", content[:8])
        yield kind, content[8:size]
        content = content[size:]


def inside(content, *path):
    """Return the content of the last box on a path of kinds."""
    for kind in path:
        content = [found for other, found in boxes(content) if other == kind][-1]
    return content


def unescaped(line):
    """Return a name and its text as ffmpeg reads them."""
    name, text, is_escaped, seen_equals = "", "", False, False
    for char in line:
        if is_escaped or char not in "\\=":
            text += char
            is_escaped = False
        elif char == "\\":
            is_escaped = True
        elif not seen_equals:
            name, text, seen_equals = text, "", True
        else:
            raise AssertionError("an equals sign that is not escaped")
    return name, text


@given(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1))
@examples(50)
def test_any_text_comes_back_from_a_metadata_file(text):
    written = ffmetadata({"title": text})
    head, rest = written.split("\n", 1)
    assert head == ";FFMETADATA1"
    assert unescaped(rest[:-1]) == ("title", text + " " * text.endswith("\\"))


def test_tags_without_text_are_left_out_and_chapters_have_their_own_section():
    chapters = (Chapter(Ms(0), Ms(1500), "A = b"), Chapter(Ms(1500), Ms(500), "c"))
    assert ffmetadata({"title": "T", "artist": ""}, chapters).splitlines() == [
        *(";FFMETADATA1", "title=T"),
        *("[CHAPTER]", "TIMEBASE=1/1000", "START=0", "END=1500", r"title=A \= b"),
        *("[CHAPTER]", "TIMEBASE=1/1000", "START=1500", "END=2000", "title=c"),
    ]


def test_chapter_comments_count_from_1_in_milliseconds():
    chapters = (Chapter(Ms(0), Ms(3_723_004), "One"), Chapter(Ms(3_723_004), Ms(1), "Two"))
    assert dict(chapter_comments(chapters)) == {
        "CHAPTER001": "00:00:00.000",
        "CHAPTER001NAME": "One",
        "CHAPTER002": "01:02:03.004",
        "CHAPTER002NAME": "Two",
    }


def test_a_picture_block_states_the_size_of_the_cover():
    cover = picture("JPEG", (30, 20))
    block = picture_block(cover)
    assert struct.unpack(">2I", block[:8]) == (3, 10)
    assert block[8:18] == b"image/jpeg"
    assert struct.unpack(">6I", block[18:42]) == (0, 30, 20, 24, 0, len(cover))
    assert block[42:] == cover


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("length", [1, PIECE_MS, 3 * PIECE_MS, 7 * PIECE_MS + 1])
def test_pieces_are_in_order_and_only_a_few_wait(length, workers):
    mixed, lock = [], threading.Lock()

    def mixer(start, end):
        with lock:
            mixed.append(start)
        return f"{start}-{end} ".encode()

    taken = []
    for piece in pcm_pieces(Ms(length), mixer, workers):
        taken.append(piece)
        assert len(mixed) <= len(taken) + workers
    ends = [*range(PIECE_MS, length, PIECE_MS), length]
    assert b"".join(taken).decode().split() == [f"{n * PIECE_MS}-{end}" for n, end in enumerate(ends)]
    assert len(taken) == piece_count(Ms(length))


def test_labels_have_chapters_before_the_sentences_in_them_and_no_tabs():
    line = Line("Let\tgo.")
    timeline = Timeline(
        "A",
        Ms(10_000),
        "wake",
        (Cue(Ms(0), Ms(1500), Utterance(line, PLACE)),),
        (Chapter(Ms(0), Ms(10_000), "Rest"),),
    )
    assert audacity_labels(timeline) == "0.000\t10.000\t# Rest\n0.000\t1.500\tLet go.\n"


def test_labels_leave_out_what_has_no_words(tmp_path):
    timeline, _ = session(tmp_path, 200_000)
    assert len(audacity_labels(timeline).splitlines()) == len(timeline.chapters) + sum(
        bool(cue.text) for cue in timeline.cues
    )


def test_the_option_names_the_formats_that_there_are():
    assert tuple(f".{name}" for name in BY_NAME["format"].kind.names) == tuple(
        file.suffix for file in FORMAT_FILES
    )
    assert (*STEM_NAMES, LABELS.suffix) == tuple(file.suffix for file in STEM_FILES)
    assert {file.suffix for file in ADDED_FILES}.isdisjoint(file.suffix for file in SESSION_FILES)


@pytest.mark.parametrize(
    ("text", "formats"),
    [("m4b", ("m4b",)), ("flac, opus", ("opus", "flac")), ("none", ()), ("m4b,m4b", ("m4b",))],
)
def test_formats_are_read_in_any_order(text, formats):
    assert BY_NAME["format"].kind.parse(text) == formats


@pytest.mark.parametrize("text", ["mp3", "", "m4b,none", "M4B"])
def test_what_is_not_a_format_is_refused(text):
    with pytest.raises(InvalidValue, match="use m4b, opus, flac or none"):
        BY_NAME["format"].kind.parse(text)


SOUND = b"sound of two chunks"


@pytest.fixture
def without_pictures(tmp_path):
    """A file with the boxes that ffmpeg writes, as far as they matter."""
    start = 24 + 8
    offsets = struct.pack(">4I", 0, 2, start, start + 9)
    media = box(b"mdia", box(b"minf", box(b"stbl", box(b"stco", offsets))))
    edit = box(b"edts", box(b"elst", struct.pack(">4I", 0, 1, 48_024, 1024)))
    head = box(b"tkhd", bytes(20), struct.pack(">I", 48_024))
    track = box(b"trak", head, edit, box(b"tref", box(b"chap", struct.pack(">I", 2))), media)
    header = box(b"mvhd", bytes(16), struct.pack(">I", 48_024), bytes(76), struct.pack(">I", 3))
    index = box(b"moov", header, track, box(b"udta", b"tags"))
    path = tmp_path / "old.m4b"
    path.write_bytes(box(b"ftyp", b"M4B " + bytes(12)) + box(b"mdat", SOUND) + index)
    return path


@pytest.mark.parametrize("count", [0, 3])
def test_the_index_comes_first_and_finds_the_sound_and_the_pictures(count, without_pictures, tmp_path):
    images = [ChapterImage(Ms(1000 + n), b"\xff\xd8 %d" % (n % 2)) for n in range(count)]
    finish_mp4(without_pictures, tmp_path / "new.m4b", 24, images, 600)
    content = (tmp_path / "new.m4b").read_bytes()
    assert [kind for kind, _ in boxes(content)] == [b"ftyp", b"moov", b"mdat", *([b"mdat"] if count else [])]
    moov = inside(content, b"moov")
    kinds = [kind for kind, _ in boxes(moov)]
    assert kinds == [b"mvhd", b"udta", b"trak", *([b"trak"] if count else [])]
    sound = next(found for kind, found in boxes(moov) if kind == b"trak")
    *_, first, second = struct.unpack(">4I", inside(sound, b"mdia", b"minf", b"stbl", b"stco"))
    assert (content[first : first + 9], content[second : second + 10]) == (SOUND[:9], SOUND[9:])
    chapters = inside(sound, b"tref", b"chap")
    assert struct.unpack(f">{len(chapters) // 4}I", chapters) == ((2, 3) if count else (2,))
    assert int.from_bytes(inside(moov, b"mvhd")[-4:], "big") == (4 if count else 3)
    lengths = inside(sound, b"edts", b"elst")[8:12], inside(sound, b"tkhd")[20:], inside(moov, b"mvhd")[16:20]
    assert [int.from_bytes(length, "big") for length in lengths] == [48_000] * 3
    assert int.from_bytes(inside(sound, b"edts", b"elst")[12:], "big") == 1048
    if count:
        table = inside(moov, b"trak", b"mdia", b"minf", b"stbl")
        places = struct.unpack(">3I", inside(table, b"stco")[8:])
        assert [content[place : place + 4] for place in places] == [image.jpeg for image in images]
        assert struct.unpack(">6I", inside(table, b"stts")[8:])[1::2] == (1000, 1001, 1002)
        assert content.count(b"\xff\xd8 0") == 1, "a picture that is shown twice is there once"


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", box(b"moov", b""), box(b"ftyp", b"") + box(b"moov", b"junk" * 3)]
)
def test_another_kind_of_file_is_refused(content, tmp_path):
    (tmp_path / "old").write_bytes(content)
    with pytest.raises(ValueError, match=r"box|order|file"):
        finish_mp4(tmp_path / "old", tmp_path / "new", 0, [], 600)


def test_chapters_without_a_picture_show_the_cover_in_the_same_size():
    chapters = (Chapter(Ms(500), Ms(1500), "A"), Chapter(Ms(2000), Ms(8000), "B"))
    timeline = Timeline("A", Ms(10_000), "wake", (), chapters)
    drawn = ("image/png", picture("PNG", (40, 40), (250, 0, 0)))
    cover = picture("JPEG", (90, 90), (0, 0, 250))
    side, images = chapter_images(timeline, Labels(cover=cover, pictures=(None, drawn)))
    assert (side, [image.length for image in images]) == (40, [500, 1500, 8000])
    assert images[0].jpeg == images[1].jpeg
    colours = []
    for image in images[1:]:
        with Image.open(io.BytesIO(image.jpeg)) as opened:
            assert opened.size == (40, 40)
            colours.append(opened.getpixel((20, 20)).index(max(opened.getpixel((20, 20)))))
    assert colours == [2, 0]
    assert chapter_images(timeline, Labels(cover=cover, pictures=(None, None))) == (0, [])
