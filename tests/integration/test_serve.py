"""The server: any length starts at once, has the bytes of a build, and can be read in parts."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from common import command_environment
from episodes import add_to_library, make_episode
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from mutagen.id3 import ID3
from PIL import Image
from servers import ask, ended, hide_shipped_scripts, running, without_speech, write_only_script
from sounds import voice, write_wav

from audio_builder.cache import Cache
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace, resolve
from audio_builder.script.search import ScriptFinder
from audio_builder.service.sessions import SessionService
from audio_builder.service.speech_queue import NotYet, SpeechJob, SpeechQueue
from audio_builder.web.access import access_policy
from audio_builder.web.app import app
from audio_builder.web.ranges import byte_ranges

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


@pytest.fixture(scope="module")
def teacher(tmp_path_factory, audio_builder):
    """A folder with scripts and a library of two sessions."""
    folder = tmp_path_factory.mktemp("teacher")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "rest.md").write_text(SCRIPT.format(more=""), "utf-8")
    (folder / "scripts" / "short.md").write_text(SCRIPT.format(more="").replace("2m..", "2m..6m"), "utf-8")
    (folder / "scripts" / "broken.md").write_text("# [pauze]", "utf-8")
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    for options in (("--length", "6m", "--quality", "mono"), ("--length", "5m30s", "--name", "by-name")):
        result = audio_builder("build", "rest", *options, folder=folder)
        assert result.status == 0, result.err
    return folder


@pytest.fixture(scope="module")
def served(teacher, cache):
    """The address of a server in this process."""
    workspace = Workspace(ScriptFinder((teacher / "scripts",)), teacher / "output", cache)
    with running(app(workspace, access_policy("token"))) as address:
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


def test_an_authors_picture_is_embedded_published_and_streamed(audio_builder, cache, tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "rest.md").write_text(SCRIPT.format(more="image: floor.png\n"), "utf-8")
    Image.new("RGB", (1500, 1500), "#204060").save(tmp_path / "scripts" / "floor.png")
    ran = audio_builder("build", "rest", "--length", "6m", folder=tmp_path)
    assert ran.status == 0, ran.err
    sidecar, mp3 = ((tmp_path / "output" / f"rest-6m{ending}").read_bytes() for ending in (".jpg", ".mp3"))
    (embedded,) = ID3(tmp_path / "output" / "rest-6m.mp3").getall("APIC")
    for content, side in ((sidecar, 1500), (embedded.data, 1400)):
        picture = Image.open(io.BytesIO(content))
        assert (picture.format, picture.size) == ("JPEG", (side, side))
        assert picture.getpixel((700, 700)) == pytest.approx((0x20, 0x40, 0x60), abs=4)
    workspace = Workspace(ScriptFinder((tmp_path / "scripts",)), tmp_path / "output", cache)
    with running(app(workspace, access_policy("token"))) as address:
        assert ask(f"{address}/media/rest.jpg?length=6m").body == sidecar
        assert ask(f"{address}/media/rest.mp3?length=6m").body == mp3
    (tmp_path / "scripts" / "floor.png").unlink()
    ran = audio_builder("build", "rest", "--length", "6m", folder=tmp_path)
    assert ran.status == 1
    assert 'no picture named "floor.png"' in ran.err


@pytest.mark.parametrize("name", ["a" * 300, "a" * 5000, "%00", "a%2Fb"])
def test_a_name_that_no_file_can_have_is_not_found(name, served):
    for ending in (".mp3", ".vtt"):
        assert ask(f"{served}/media/{name}{ending}").status in (400, 404)


def test_a_length_that_was_not_built_can_be_read_from_anywhere(served):
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


def test_several_ranges_are_answered_in_several_parts(served, teacher):
    whole = (teacher / "output" / "rest-6m-mono.mp3").read_bytes()
    answer = ask(f"{served}/media/rest.mp3?{QUERY}", Range="bytes=0-9, 300000-300004, -3")
    assert answer.status == 206
    boundary = re.fullmatch(r"multipart/byteranges; boundary=(\S+)", answer.headers["content-type"])[1]
    assert len(answer.body) == int(answer.headers["content-length"])
    bodies = [
        part.split(b"\r\n\r\n", 1)[1][:-2] for part in answer.body.split(f"--{boundary}".encode())[1:-1]
    ]
    assert bodies == [whole[:10], whole[300_000:300_005], whole[-3:]]


def test_conditional_requests_are_answered_as_the_standard_says(served):
    address = f"{served}/media/rest.mp3?{QUERY}"
    tag = ask(address, "HEAD").headers["etag"]
    assert ask(address, If_None_Match=tag).status == 304
    assert ask(address, If_None_Match=f'"x", W/{tag}').status == 304
    assert ask(address, If_None_Match='"x"', Range="bytes=0-1").status == 206
    assert ask(address, If_Match='"x"').status == 412
    assert ask(address, If_Range=tag, Range="bytes=0-1").status == 206
    assert ask(address, If_Range='"x"', Range="bytes=0-1").status == 200
    assert ask(f"{served}/media/rest.mp3?length=7m&quality=mono", "HEAD").headers["etag"] != tag


def test_many_readers_at_once_get_the_right_bytes(served, teacher):
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


@given(st.integers(0, 300), HEADERS)
def test_no_range_header_leads_out_of_the_file(size, header):
    for begin, end in byte_ranges(header, size) or ():
        assert 0 <= begin < end <= size


BAD_REQUESTS = [
    ("media/nothing.mp3", 404, "no session or script named nothing"),
    ("media/rets.mp3", 404, "did you mean rest?"),
    ("media/rest-9m.mp3", 404, "ask for /media/rest.mp3?length=9m"),
    ("media/rest-9m.vtt", 404, "ask for /media/rest.vtt?length=9m"),
    ("media/rest-now.mp3", 404, "no session or script named rest-now"),
    ("media/rest.wav", 404, "rest.wav"),
    ("media/rest.mp3?length=20", 400, "invalid length 20: use a unit"),
    ("media/rest.mp3?length=1m", 400, "invalid length 1m: use 5m to 8h"),
    ("media/rest.mp3?lenght=20m", 400, "did you mean length?"),
    ("media/rest.mp3?ambience=/etc/passwd", 400, "invalid ambience /etc/passwd: use room, brown"),
    ("media/rest.mp3?bell=x.wav", 400, "invalid bell x.wav: use bowl, bell"),
    ("media/rest.mp3?ambience=wind", 400, "no ambience named wind"),
    ("media/rest.mp3?voice=nobody", 400, "no voice engine named nobody"),
    ("media/rest.mp3?speed=fast", 400, "invalid speed fast"),
    ("media/rest.mp3?breath=9", 400, "invalid breath 9"),
    ("media/rest.mp3?ending=never", 400, "invalid ending never"),
    ("media/broken.mp3", 400, "broken.md:1:1: "),
    ("api/plan?script=rest&length=1m", 400, "invalid length 1m: use 5m to 8h"),
    ("api/plan?script=../x", 404, "no session or script named ../x"),
    ("media/..%2Fscripts%2Frest.mp3", 404, ""),
    ("nowhere", 404, ""),
]


@pytest.mark.parametrize(("path", "status", "message"), BAD_REQUESTS)
def test_a_bad_request_is_answered_with_its_reason(path, status, message, served):
    answer = ask(f"{served}/{path}")
    assert answer.status == status, answer.text
    assert message in answer.text.replace("\\", "").replace('"', "").lower()
    assert "Traceback" not in answer.text


def test_sessions_of_the_test_voice_stay_out_of_the_feed(served):
    root = etree.fromstring(ask(f"{served}/feed.xml").body)
    assert [item.findtext("title") for item in root.iter("item")] == []
    assert ask(f"{served}/feed.xml", "HEAD").headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert ask(f"{served}/cover.jpg").body[:2] == b"\xff\xd8"
    assert b"Lie down and listen" in ask(f"{served}/").body


def test_a_feed_of_any_length_has_every_script_that_can_have_it_with_its_true_size(served):
    for length, names in (("6m", {"rest", "short"}), ("25m", {"rest"})):
        raw = ask(f"{served}/feed.xml?length={length}&quality=mono&voice=tone").body
        items = [*etree.fromstring(raw).iter("item")]
        enclosures = [item.find("enclosure") for item in items]
        assert {re.search(r"/media/([\w-]+)\.mp3\?", e.get("url"))[1] for e in enclosures} == names
        assert raw == ask(f"{served}/feed.xml?length={length}&quality=mono&voice=tone").body
        for enclosure in enclosures:
            head = ask(enclosure.get("url"), "HEAD")
            assert head.headers["content-length"] == enclosure.get("length")
        guids = [item.findtext("guid") for item in items]
        assert len(set(guids)) == len(guids)


def test_a_feed_of_any_length_keeps_its_dates_when_scripts_are_touched(served, teacher):
    address = f"{served}/feed.xml?length=6m&quality=mono&voice=tone"
    before = ask(address).body
    assert before.count(b"<pubDate>") == 2
    for path in teacher.glob("scripts/*.md"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert ask(address).body == before


def test_a_daily_feed_has_new_episodes_every_day_whose_addresses_stay_what_they_are(served):
    address = f"{served}/feed.xml?length=6m&voice=tone&variation=daily"
    root = etree.fromstring(ask(address).body)
    assert root.find("channel/{http://www.w3.org/2005/Atom}link").get("href") == address
    today = datetime.now(UTC).date()
    items = [*root.iter("item")]
    assert items
    for item in items:
        enclosure = item.find("enclosure")
        assert f"variation={today.isoformat()}" in enclosure.get("url")
        assert parsedate_to_datetime(item.findtext("pubDate")).date() == today
        head = ask(enclosure.get("url"), "HEAD")
        assert head.headers["content-length"] == enclosure.get("length")
    plain = etree.fromstring(ask(f"{served}/feed.xml?length=6m&voice=tone").body)
    guids = {item.findtext("guid") for item in items}
    assert not guids & {item.findtext("guid") for item in plain.iter("item")}
    assert ask(f"{served}/media/rest.mp3?length=6m&variation=daily").status == 400


def test_the_feed_of_a_library_that_was_never_published_keeps_its_dates(tmp_path, cache):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    names = ("evening-20m", "morning-20m")
    for n, name in enumerate(names, 1):
        add_to_library(tmp_path / "output", make_episode(name))
        os.utime(tmp_path / "output" / f"{name}.mp3", (1_000_000_000 - n, 1_000_000_000 - n))
    workspace = Workspace(ScriptFinder((tmp_path / "scripts",)), tmp_path / "output", cache)
    with running(app(workspace, access_policy("token"))) as address:
        before = ask(f"{address}/feed.xml").body
        titles = [item.findtext("title") for item in etree.fromstring(before).iter("item")]
        assert titles == ["Evening", "Morning"], "the newest first"
        for name in names:
            (tmp_path / "output" / f"{name}.mp3").touch()
        assert ask(f"{address}/feed.xml").body == before


def test_scripts_and_plans_are_served_as_json(served):
    rows = {row["name"]: row for row in ask(f"{served}/api/scripts").json()}
    assert rows["rest"]["title"] == "Rest"
    assert "error" in rows["broken"]
    plan = ask(f"{served}/api/plan?script=rest&length=9m13s").json()
    assert plan["length"] == 553_000
    assert [chapter["title"] for chapter in plan["chapters"]] == ["Lie down", "Rest"]
    assert set(ask(f"{served}/healthz").json()) == {"ready", "scripts_to_speak"}


def test_a_request_for_a_script_that_is_not_spoken_yet_is_told_when_to_retry(teacher, tmp_path):
    """Nobody speaks here, because neither the service nor the application was started."""
    workspace = Workspace(ScriptFinder((teacher / "scripts",)), teacher / "output", Cache(tmp_path))
    with pytest.raises(NotYet, match="still being spoken"):
        SessionService(workspace, 0.2).session("rest", BuildOptions())
    with running(app(workspace, access_policy("token"), 0.2), lifespan="off") as address:
        answer = ask(f"{address}/media/rest.mp3?length=8m")
        assert (answer.status, answer.headers["retry-after"]) == (503, "15")
        assert "still being spoken" in answer.text


def test_who_waits_for_a_script_that_is_edited_meanwhile_hears_so_at_once(tmp_path, monkeypatch):
    path = tmp_path / "rest.md"
    path.write_text(SCRIPT.format(more=""), "utf-8")
    queue = SpeechQueue(
        Workspace(ScriptFinder((tmp_path,)), cache=Cache(tmp_path / "cache")), lambda _request: None
    )
    request = resolve("rest", BuildOptions(), ScriptFinder((tmp_path,)))
    monkeypatch.setattr(
        queue, "_wait", lambda *_: path.write_text(path.read_text("utf-8").replace("heavy", "light"), "utf-8")
    )
    with pytest.raises(NotYet, match="was edited meanwhile"):
        queue.wait_for(request, SpeechJob("rest"), 60)


def test_a_requested_script_is_spoken_first_and_an_edited_one_again(tmp_path):
    for n in range(6):
        words = " ".join(f"Line {n} {m}." for m in range(40))
        text = SCRIPT.format(more="").replace("Let your legs be heavy.", words)
        (tmp_path / f"night-{n}.md").write_text(text, "utf-8")
    workspace = Workspace(ScriptFinder((tmp_path,)), tmp_path / "output", Cache(tmp_path / "cache"))
    sessions = SessionService(workspace)
    sessions.start([f"night-{n}" for n in range(6)])
    try:
        opened = sessions.session("night-5", BuildOptions())
        assert sessions.waiting > 0, "it waited for all the others"
        assert sessions.session("night-5", BuildOptions()) is opened
        path = tmp_path / "night-5.md"
        path.write_text(path.read_text("utf-8").replace("Line 5 0.", "Another line."), "utf-8")
        edited = sessions.session("night-5", BuildOptions())
        assert edited.episode.fingerprint != opened.episode.fingerprint
    finally:
        sessions.stop()


def test_a_port_in_use_is_reported(served, audio_builder, tmp_path):
    port = served.rpartition(":")[2]
    result = audio_builder("serve", "--port", port, folder=tmp_path)
    assert result.status == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in result.err.lower()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_command_serves_until_it_is_told_to_stop(name, teacher, home, tmp_path):
    shutil.copytree(teacher, tmp_path, dirs_exist_ok=True)
    hide_shipped_scripts(tmp_path)
    command = [sys.executable, "-m", "audio_builder", "serve", "--port", "0", "--scripts", "scripts"]
    environment = {**os.environ, **command_environment(home)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    with ended(process):
        address = process.stderr.readline().split()[0]
        assert ask(f"{address}media/rest-6m-mono.mp3", Range="bytes=0-9").status == 206
        process.send_signal(getattr(signal, name))
        _, err = process.communicate(timeout=60)
    assert (process.returncode, without_speech(err)) == (0, [])


def test_the_terminal_says_what_is_being_spoken_and_when_that_is_done(home, tmp_path):
    words = "Nobody else in these tests says this."
    write_only_script(tmp_path, "rest", SCRIPT.format(more="").replace("Let your legs be heavy.", words))
    command = [sys.executable, "-m", "audio_builder", "serve", "--port", "0", "--scripts", "scripts"]
    environment = {**os.environ, **command_environment(home)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    killer, lines = threading.Timer(180, process.kill), []
    killer.start()
    with ended(process):
        for line in process.stderr:
            lines.append(line.strip())
            if lines[-1] == "Everything is spoken.":
                break
        killer.cancel()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    # other scripts too, if no test before this one had them spoken
    assert [line for line in lines if line.startswith("Speaking rest,")] == [
        "Speaking rest, for every length: 1 sentence."
    ]
    assert lines[-1] == "Everything is spoken.", "the server ended before that"


def test_a_recording_in_a_folder_of_the_scripts_may_be_replaced_while_the_server_runs(tmp_path, cache):
    scripts = tmp_path / "scripts"
    (scripts / "sounds").mkdir(parents=True)
    write_wav(scripts / "sounds" / "own.wav", voice(2000))
    text = SCRIPT.format(more="").replace("# Rest\n", "# Rest\n\n[play sounds/own.wav: hello]\n")
    (scripts / "rest.md").write_text(text, "utf-8")
    service = SessionService(Workspace(ScriptFinder((scripts,)), tmp_path / "output", cache))
    service.start(())
    options = BuildOptions(length=360_000, quality="mono")
    before = service.session("rest", options)
    assert service.session("rest", options) is before
    write_wav(scripts / "sounds" / "own.wav", voice(3000, 1))
    after = service.session("rest", options)
    service.stop()
    assert after.episode.fingerprint != before.episode.fingerprint
