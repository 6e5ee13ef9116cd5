"""The ID3 tag: readable by others, chapters in the order of time, the same bytes every time."""

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
from audio_builder.session.tag import iso639_2, tag
from audio_builder.units import Ms

COVER = b"\xff\xd8\xff\xe0 not really a picture \xff\xfb\x94\x64\xff\xd9"


def test_mutagen_reads_back_what_was_written(tmp_path):
    plan, _ = session(tmp_path, 300_001, title="Étude — שלום")
    made = tag(plan, "One line.", COVER, album="The show", artist="Somebody")
    read = ID3(BytesIO(made), translate=False)
    assert read.version == (2, 3, 0)
    assert read.size == len(made)
    assert str(read["TIT2"]) == plan.title
    assert [str(read[name]) for name in ("TALB", "TPE1", "TLAN", "TLEN")] == [
        "The show",
        "Somebody",
        "eng",
        "300001",
    ]
    assert read.getall("COMM")[0].text == ["One line."]
    assert read.getall("USLT")[0].text.splitlines()[:2] == [
        "Let the chair carry your legs.",
        "Breathe in, and let it go.",
    ]
    assert read.getall("APIC")[0].data == COVER
    assert not any(name.startswith(("TDRC", "TYER", "TDAT", "TSSE", "TENC")) for name in read)


def test_chapters_stand_in_the_order_of_time_whatever_their_size(tmp_path):
    plan, _ = session(tmp_path, 300_000)
    titles = ("A very long title of a chapter that mutagen would put last", "b", "Middling", "אב")
    plan = replace(plan, chapters=tuple(Chapter(Ms(n * 75_000), Ms(75_000), t) for n, t in enumerate(titles)))
    made = tag(plan)
    assert re.findall(rb"CHAP.{6}(chp\d)\0", made, re.DOTALL) == [b"chp0", b"chp1", b"chp2", b"chp3"]
    read = ID3(BytesIO(made), translate=False)
    contents = read.getall("CTOC")[0]
    assert (contents.flags, contents.child_element_ids) == (3, ["chp0", "chp1", "chp2", "chp3"])
    assert [str(read[f"CHAP:chp{n}"].sub_frames["TIT2"]) for n in range(4)] == list(titles)


def test_ffprobe_sees_the_chapters_to_the_millisecond_and_mp3val_no_fault(tmp_path):
    plan, clips = session(tmp_path, 305_123)
    path = tmp_path / "s.mp3"
    made = Session(plan, clips, Style(stereo=False), tag(plan, "x", COVER))
    made.write(path, 2)
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(path)]
    seen = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["chapters"]
    assert [(c["start"], c["end"] - c["start"], c["tags"]["title"]) for c in seen] == [
        (c.start, c.length, c.title) for c in plan.chapters
    ]
    said = subprocess.run(["mp3val", str(path)], capture_output=True, text=True, check=True).stdout
    assert "WARNING" not in said
    assert f"{made.frames + 1} MPEG frames" in said


def test_the_bytes_follow_from_the_plan_alone(tmp_path):
    plan, _ = session(tmp_path, 300_000)
    assert tag(plan, "x", COVER) == tag(plan, "x", COVER)
    assert tag(plan, "x", COVER) != tag(plan, "y", COVER)


def test_a_bare_plan_and_one_of_very_many_chapters_have_tags(tmp_path):
    plan, _ = session(tmp_path, 300_000)
    bare = replace(plan, cues=(), chapters=())
    assert sorted(ID3(BytesIO(tag(bare)), translate=False)) == [
        "TCON",
        "TIT2",
        "TLAN",
        "TLEN",
        "TXXX:cue sheet",
    ]
    many = replace(plan, chapters=tuple(Chapter(Ms(n * 1000), Ms(1000), f"{n}") for n in range(300)))
    assert len(ID3(BytesIO(tag(many)), translate=False).getall("CHAP")) == 300


@pytest.mark.parametrize(
    ("written", "code"),
    [("en", "eng"), ("de-AT", "deu"), ("HE", "heb"), ("haw", "haw"), ("xx", "und"), ("", "und")],
)
def test_languages_have_three_letters(written: str, code: str):
    assert iso639_2(written) == code
