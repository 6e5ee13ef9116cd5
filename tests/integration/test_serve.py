"""Serving: any length at once, the same bytes as a build, and every part of them that may be asked for."""

import io
import json
import re
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from mutagen.id3 import ID3
from PIL import Image
from servers import running, serving

from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.service.sessions import NotYet, SessionService
from audio_builder.web import ranges
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

SCRIPT = """---
title: Rest
voice: tone
props: [a blanket]
{more}---

# Lie down

Let your legs be heavy.

# Rest

[rest 2m..]
"""
SHOW = 'title = "Rest"\nauthor = "The floor"\ndescription = "D"\ncategories = ["Education"]\n'


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes


def ask(address, method="GET", **headers):
    request = urllib.request.Request(
        address, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


@pytest.fixture(scope="module")
def teacher(tmp_path_factory, audio_builder):
    folder = tmp_path_factory.mktemp("teacher")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "rest.md").write_text(SCRIPT.format(more=""), "utf-8")
    (folder / "scripts" / "short.md").write_text(SCRIPT.format(more="").replace("2m..", "2m..6m"), "utf-8")
    (folder / "scripts" / "broken.md").write_text("# [pauze]", "utf-8")
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    ran = audio_builder("build", "rest", "--length", "6m", "--quality", "mono", folder=folder)
    assert ran.status == 0, ran.err
    ran = audio_builder("build", "rest", "--length", "5m30s", "--name", "by-name", folder=folder)
    assert ran.status == 0, ran.err
    return folder


@pytest.fixture(scope="module")
def served(teacher, home):
    with serving(teacher, home, "--scripts", "scripts") as address:
        yield address


QUERY = "length=6m&quality=mono"


@pytest.mark.parametrize("ending", [".mp3", ".vtt", ".srt", ".txt", ".chapters.json", ".jpg"])
def test_what_is_streamed_is_what_is_built(ending, served, teacher):
    answer = ask(f"{served}/media/rest{ending}?{QUERY}")
    built = (teacher / "output" / f"rest-6m-mono{ending}").read_bytes()
    assert answer.status == 200
    assert answer.body == built
    assert int(answer.headers["content-length"]) == len(built)
    by_name = ask(f"{served}/media/rest-6m-mono{ending}")
    assert (by_name.body, by_name.headers["etag"]) == (built, answer.headers["etag"])


def test_an_authors_picture_is_in_the_file_beside_it_and_streamed(audio_builder, home, tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "rest.md").write_text(SCRIPT.format(more="image: floor.png\n"), "utf-8")
    Image.new("RGB", (1500, 1500), "#204060").save(tmp_path / "scripts" / "floor.png")
    ran = audio_builder("build", "rest", "--length", "6m", folder=tmp_path)
    assert ran.status == 0, ran.err
    beside, mp3 = ((tmp_path / "output" / f"rest-6m{ending}").read_bytes() for ending in (".jpg", ".mp3"))
    (inside,) = ID3(tmp_path / "output" / "rest-6m.mp3").getall("APIC")
    for content, side in ((beside, 1500), (inside.data, 1400)):
        picture = Image.open(io.BytesIO(content))
        assert (picture.format, picture.size) == ("JPEG", (side, side))
        assert picture.getpixel((700, 700)) == pytest.approx((0x20, 0x40, 0x60), abs=4)
    with serving(tmp_path, home, "--scripts", "scripts") as address:
        assert ask(f"{address}/media/rest.jpg?length=6m").body == beside
        assert ask(f"{address}/media/rest.mp3?length=6m").body == mp3
    (tmp_path / "scripts" / "floor.png").unlink()
    ran = audio_builder("build", "rest", "--length", "6m", folder=tmp_path)
    assert ran.status == 1
    assert 'no picture named "floor.png"' in ran.err


def test_a_length_that_nobody_built_starts_at_once_and_seeks(served):
    address = f"{served}/media/rest.mp3?length=2h13m"
    head = ask(address, "HEAD")
    assert head.status == 200
    assert head.body == b""
    size = int(head.headers["content-length"])
    part = ask(address, Range=f"bytes={size - 1000}-{size - 1}")
    assert part.status == 206
    assert part.headers["content-range"] == f"bytes {size - 1000}-{size - 1}/{size}"
    assert part.body == ask(address, Range="bytes=-1000").body
    assert head.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("header", "status", "parts"),
    [
        ("bytes=0-0", 206, [(0, 1)]),
        ("bytes=5-", 206, [(5, None)]),
        ("bytes=-7", 206, [(-7, None)]),
        ("bytes=10-9", 200, [(0, None)]),
        ("bytes=999999999-", 416, []),
        ("bytes=-0", 416, []),
        ("lines=1-2", 200, [(0, None)]),
        ("bytes=a-b", 200, [(0, None)]),
        ("bytes=0-1," * 80, 200, [(0, None)]),
    ],
)
def test_ranges_are_answered_as_the_standard_says(header, status, parts, served, teacher):
    whole = (teacher / "output" / "rest-6m-mono.mp3").read_bytes()
    for name in (f"rest.mp3?{QUERY}", "rest-6m-mono.mp3"):
        answer = ask(f"{served}/media/{name}", Range=header)
        assert answer.status == status
        if status == 416:
            assert answer.headers["content-range"] == f"bytes */{len(whole)}"
        else:
            assert [answer.body] == [whole[a:b] for a, b in parts]


def test_several_ranges_come_as_parts(served, teacher):
    whole = (teacher / "output" / "rest-6m-mono.mp3").read_bytes()
    answer = ask(f"{served}/media/rest.mp3?{QUERY}", Range="bytes=0-9, 300000-300004, -3")
    assert answer.status == 206
    boundary = re.fullmatch(r"multipart/byteranges; boundary=(\S+)", answer.headers["content-type"])[1]
    assert len(answer.body) == int(answer.headers["content-length"])
    bodies = [
        part.split(b"\r\n\r\n", 1)[1][:-2] for part in answer.body.split(f"--{boundary}".encode())[1:-1]
    ]
    assert bodies == [whole[:10], whole[300_000:300_005], whole[-3:]]


def test_conditions_are_kept(served):
    address = f"{served}/media/rest.mp3?{QUERY}"
    tag = ask(address, "HEAD").headers["etag"]
    assert ask(address, If_None_Match=tag).status == 304
    assert ask(address, If_None_Match=f'"x", W/{tag}').status == 304
    assert ask(address, If_None_Match='"x"', Range="bytes=0-1").status == 206
    assert ask(address, If_Match='"x"').status == 412
    assert ask(address, If_Range=tag, Range="bytes=0-1").status == 206
    assert ask(address, If_Range='"x"', Range="bytes=0-1").status == 200
    assert ask(f"{served}/media/rest.mp3?length=7m&quality=mono", "HEAD").headers["etag"] != tag


def test_many_readers_of_small_parts_get_the_right_bytes(served, teacher):
    whole = (teacher / "output" / "rest-6m-mono.mp3").read_bytes()
    wrong = []

    def read(first):
        for at in range(first * 977, len(whole), 160_001):
            if (
                ask(f"{served}/media/rest.mp3?{QUERY}", Range=f"bytes={at}-{at + 499}").body
                != whole[at : at + 500]
            ):
                wrong.append(at)

    readers = [threading.Thread(target=read, args=(n,)) for n in range(12)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert not wrong


HEADERS = st.text("bytes=0123456789-, ", max_size=25) | st.from_regex(
    r"bytes=[0-9]{0,3}-[0-9]{0,3}", fullmatch=True
)


@settings(deadline=None)
@given(st.integers(0, 300), HEADERS)
def test_any_range_header_is_within_the_file(size, header):
    for begin, end in ranges.ranges(header, size) or ():
        assert 0 <= begin < end <= size


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("media/nothing.mp3", 404, "there is no session and no script nothing; there are: "),
        ("media/rets.mp3", 404, "did you mean rest?"),
        ("media/rest.wav", 404, "there is no rest.wav"),
        ("media/rest.mp3?length=20", 400, "20 of what?"),
        ("media/rest.mp3?length=1m", 400, "1:00 is too short"),
        ("media/rest.mp3?lenght=20m", 400, "there is no option lenght; did you mean length?"),
        ("media/rest.mp3?ambience=/etc/passwd", 400, "not a file"),
        ("media/rest.mp3?bell=x.wav", 400, "not a file"),
        ("media/rest.mp3?ambience=wind", 400, "there is no ambience wind"),
        ("media/rest.mp3?voice=nobody", 400, "nobody"),
        ("media/rest.mp3?speed=fast", 400, "fast"),
        ("media/rest.mp3?breath=9", 400, "is no pattern"),
        ("media/rest.mp3?ending=never", 400, "ending is wake or sleep"),
        ("media/broken.mp3", 400, "broken.md"),
        ("api/plan?script=rest&length=1m", 400, "too short"),
        ("api/plan?script=../x", 404, "there is no session"),
        ("media/..%2Fscripts%2Frest.mp3", 404, ""),
        ("nowhere", 404, ""),
    ],
)
def test_what_cannot_be_is_told(path, status, said, served):
    answer = ask(f"{served}/{path}")
    assert answer.status == status, answer.body
    assert said in answer.body.decode()
    assert "Traceback" not in answer.body.decode()


def test_the_library_is_a_feed_whose_lengths_are_true(served):
    root = etree.fromstring(ask(f"{served}/feed.xml").body)
    # nothing of it counts for a feed: the voice is the one for tests
    assert [item.findtext("title") for item in root.iter("item")] == []
    assert ask(f"{served}/feed.xml", "HEAD").headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert ask(f"{served}/cover.jpg").body[:2] == b"\xff\xd8"
    assert b"Lie down and listen" in ask(f"{served}/").body


def test_a_feed_of_any_length_has_each_script_that_can_have_it(served):
    for length, names in (("6m", {"rest", "short"}), ("25m", {"rest"})):
        raw = ask(f"{served}/feed.xml?length={length}&quality=mono&voice=tone").body
        items = [*etree.fromstring(raw).iter("item")]
        enclosures = [item.find("enclosure") for item in items]
        shipped = {
            "knees-together",
            "leg-across",
            "legs-on-chair",
            "pillow-under-knees",
            "psoas-release",
            "six-habits",
        }
        found = {re.search(r"/media/([\w-]+)\.mp3\?", e.get("url"))[1] for e in enclosures}
        assert found - shipped == names
        assert raw == ask(f"{served}/feed.xml?length={length}&quality=mono&voice=tone").body
        for enclosure in enclosures:
            head = ask(enclosure.get("url"), "HEAD")
            assert head.headers["content-length"] == enclosure.get("length")
        guids = [item.findtext("guid") for item in items]
        assert len(set(guids)) == len(guids)


def test_scripts_and_plans_are_told_as_json(served):
    rows = {row["name"]: row for row in json.loads(ask(f"{served}/api/scripts").body)}
    assert rows["rest"]["title"] == "Rest"
    assert "error" in rows["broken"]
    plan = json.loads(ask(f"{served}/api/plan?script=rest&length=9m13s").body)
    assert plan["length"] == 553_000
    assert [chapter["title"] for chapter in plan["chapters"]] == ["Lie down", "Rest"]
    assert set(json.loads(ask(f"{served}/healthz").body)) == {"ready", "scripts_to_speak"}


def test_while_words_are_spoken_one_is_asked_to_come_again(teacher, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    workspace = Workspace(ScriptFinder((teacher / "scripts",)), teacher / "output")
    with pytest.raises(NotYet, match="still being spoken"):
        SessionService(workspace, 0.2).session("rest", BuildOptions())  # nobody speaks: it was not started
    with running(app(workspace, access_policy("token"), 0.2), lifespan="off") as address:
        answer = ask(f"{address}/media/rest.mp3?length=8m")
        assert (answer.status, answer.headers["retry-after"]) == (503, "15")
        assert b"still being spoken" in answer.body


def test_what_is_asked_for_is_spoken_first_and_edits_are_heard(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for n in range(6):
        more = f"say: {{blanket: blanket{n}}}\n"
        words = " ".join(f"Line {n} {m}." for m in range(40))
        text = SCRIPT.format(more=more).replace("Let your legs be heavy.", words)
        (tmp_path / f"night-{n}.md").write_text(text, "utf-8")
    sessions = SessionService(Workspace(ScriptFinder((tmp_path,)), tmp_path / "output", workers=1))
    sessions.start([f"night-{n}" for n in range(6)])
    try:
        made = sessions.session("night-5", BuildOptions())
        assert sessions.waiting > 0
        assert sessions.session("night-5", BuildOptions()) is made
        path = tmp_path / "night-5.md"
        path.write_text(path.read_text("utf-8").replace("Line 5 0.", "Another line."), "utf-8")
        assert sessions.session("night-5", BuildOptions()).episode.recipe != made.episode.recipe
    finally:
        sessions.stop()


def test_a_port_that_is_taken_is_told(served, audio_builder, tmp_path):
    port = served.rpartition(":")[2]
    ran = audio_builder("serve", "--port", port, folder=tmp_path)
    assert ran.status == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in ran.err
