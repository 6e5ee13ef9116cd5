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
from audio_builder.formats.labels import audacity_labels
from audio_builder.formats.metadata import chapter_comments, ffmetadata, picture_block
from audio_builder.formats.pcm import PIECE_MS, pcm_pieces, piece_count
from audio_builder.library.session_files import ADDED_FILES, FORMAT_FILES, LABELS, SESSION_FILES, STEM_FILES
from audio_builder.options import BY_NAME
from audio_builder.planning.timeline import Chapter, Cue, Timeline, Utterance
from audio_builder.script.model import Line
from audio_builder.units import Ms


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
    assert unescaped(rest[:-1]) == ("title", text)


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
    file = io.BytesIO()
    Image.new("RGB", (30, 20)).save(file, "JPEG")
    block = picture_block(file.getvalue())
    assert struct.unpack(">2I", block[:8]) == (3, 10)
    assert block[8:18] == b"image/jpeg"
    assert struct.unpack(">6I", block[18:42]) == (0, 30, 20, 24, 0, len(file.getvalue()))
    assert block[42:] == file.getvalue()


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
