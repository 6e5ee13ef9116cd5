"""The ID3 tag: readable by others, chapters in order of time, the same bytes every time."""

import json
import re
import subprocess
from dataclasses import replace
from io import BytesIO

import pytest
from mutagen.id3 import ID3
from sounds import session

from audio_builder.audio.mix.style import Style
from audio_builder.planning.timeline import Chapter
from audio_builder.session.session import Session
from audio_builder.session.tag import Labels, id3_tag, iso639_2
from audio_builder.units import Ms

COVER = b"\xff\xd8\xff\xe0 not really a picture \xff\xfb\x94\x64\xff\xd9"


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """A timeline and its clips."""
    return session(tmp_path_factory.mktemp("example"), 300_001, title="Étude — שלום")


@pytest.fixture(scope="module")
def timeline(example):
    return example[0]


def parse(tag: bytes) -> ID3:
    return ID3(BytesIO(tag), translate=False)


def test_mutagen_reads_back_every_field_and_no_date_or_program(timeline):
    tag = id3_tag(timeline, Labels("One line.", "The show", "Somebody", COVER, season=2, number=7))
    fields = parse(tag)
    assert fields.version == (2, 3, 0)
    assert fields.size == len(tag)
    texts = {
        name: str(fields[name]) for name in ("TIT2", "TALB", "TPE1", "TPE2", "TPOS", "TRCK", "TLAN", "TLEN")
    }
    assert texts == {
        "TIT2": timeline.title,
        "TALB": "The show",
        "TPE1": "Somebody",
        "TPE2": "Somebody",
        "TPOS": "2",
        "TRCK": "7",
        "TLAN": "eng",
        "TLEN": "300001",
    }
    assert fields.getall("COMM")[0].text == ["One line."]
    assert fields.getall("USLT")[0].text.splitlines()[:2] == [
        "Let the chair carry your legs.",
        "Breathe in, and let it go.",
    ]
    assert fields.getall("APIC")[0].data == COVER
    assert not any(name.startswith(("TDRC", "TYER", "TDAT", "TSSE", "TENC")) for name in fields)


def test_chapters_are_in_order_of_time_whatever_their_size(timeline):
    titles = ("A very long title of a chapter that mutagen would put last", "b", "Middling", "אב")
    chapters = tuple(Chapter(Ms(n * 75_000), Ms(75_000), title) for n, title in enumerate(titles))
    tag = id3_tag(replace(timeline, chapters=chapters))
    assert re.findall(rb"CHAP.{6}(chp\d)\0", tag, re.DOTALL) == [b"chp0", b"chp1", b"chp2", b"chp3"]
    fields = parse(tag)
    contents = fields.getall("CTOC")[0]
    assert (contents.flags, contents.child_element_ids) == (3, ["chp0", "chp1", "chp2", "chp3"])
    assert [str(fields[f"CHAP:chp{n}"].sub_frames["TIT2"]) for n in range(4)] == list(titles)


def test_ffprobe_reads_chapters_to_the_millisecond_and_mp3val_finds_no_error(tmp_path, example):
    timeline, clips = example
    path = tmp_path / "s.mp3"
    virtual = Session(
        timeline, clips, Style("none", stereo=False), id3_tag(timeline, Labels("x", cover=COVER))
    )
    virtual.write(path, 2)
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(path)]
    chapters = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["chapters"]
    assert [(c["start"], c["end"] - c["start"], c["tags"]["title"]) for c in chapters] == [
        (c.start, c.length, c.title) for c in timeline.chapters
    ]
    report = subprocess.run(["mp3val", str(path)], capture_output=True, text=True, check=True).stdout
    assert "WARNING" not in report
    assert f"{virtual.frame_count + 1} MPEG frames" in report


def test_the_same_content_gives_the_same_bytes_and_another_gives_others(timeline):
    assert id3_tag(timeline, Labels("x", cover=COVER)) == id3_tag(timeline, Labels("x", cover=COVER))
    assert id3_tag(timeline, Labels("x", cover=COVER)) != id3_tag(timeline, Labels("y", cover=COVER))


def test_an_empty_timeline_has_only_the_fields_that_always_exist(timeline):
    empty = replace(timeline, cues=(), chapters=())
    assert sorted(parse(id3_tag(empty))) == ["TCON", "TIT2", "TLAN", "TLEN", "TXXX:cue sheet"]


def test_more_chapters_than_a_table_of_contents_can_hold_are_all_kept(timeline):
    many = replace(timeline, chapters=tuple(Chapter(Ms(n * 1000), Ms(1000), f"{n}") for n in range(300)))
    fields = parse(id3_tag(many))
    assert len(fields.getall("CHAP")) == 300
    assert len(fields.getall("CTOC")[0].child_element_ids) == 255


@pytest.mark.parametrize(
    ("language", "code"),
    [("en", "eng"), ("de-AT", "deu"), ("HE", "heb"), ("haw", "haw"), ("xx", "und"), ("", "und")],
)
def test_languages_get_three_letter_codes(language: str, code: str):
    assert iso639_2(language) == code
