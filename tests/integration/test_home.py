"""What people have at home plays sessions: a music player by address, and a media server that other devices browse."""

import hashlib
import os
import re
import shlex
import socket
import subprocess
import time
import urllib.request
from contextlib import suppress

import pytest
from common import ROOT
from lxml import etree
from servers import ask, ended, free_ports, needed, serving, until_answering, write_only_script

SHOW = 'title = "Rest & let go"\nauthor = "Ana"\ndescription = "S"\ncategories = ["Education"]\n'
SCRIPT = """---
title: {title}
summary: A short rest.
episode: {number}
voice: tone
---

# Lie down

Let your legs be heavy.

[rest 2m..]
"""
COURSE = {"sit": "Sit & breathe", "lie": "Lie “down”", "breathe": "Überall Ruhe"}
"""The titles of a course by script, in the order of its lessons, which is not that of the alphabet."""
BUILD = ("--length", "5m", "--quality", "mono", "--ambience", "none")
ENDING = "-5m-no-ambience-mono.mp3"
CONTENT = "urn:schemas-upnp-org:service:ContentDirectory:1"
DIDL = {
    "d": "urn:schemas-upnp-org:metadata-1-0/DIDL-Lite/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "upnp": "urn:schemas-upnp-org:metadata-1-0/upnp/",
}


@pytest.fixture(scope="module")
def teacher(tmp_path_factory, audio_builder):
    """A folder with a show of three lessons, built."""
    folder = tmp_path_factory.mktemp("teacher")
    write_only_script(folder, "sit", "")
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    for number, (name, title) in enumerate(COURSE.items(), 1):
        (folder / "scripts" / f"{name}.md").write_text(SCRIPT.format(title=title, number=number), "utf-8")
        result = audio_builder("build", name, *BUILD, folder=folder)
        assert result.status == 0, result.err
    return folder


@pytest.fixture(scope="module")
def server(teacher, home):
    """The address of a server that others can reach, and its token."""
    with serving(teacher, home, "--hostname", "home.example") as address:
        yield address, re.search(r"token=(\S+)", (teacher / "serve.log").read_text())[1]


def _until(found, what):
    """Wait until a function returns something, and return that."""
    for _ in range(300):
        if result := found():
            return result
        time.sleep(0.1)
    raise AssertionError(f"not within half a minute: {what}")


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def mpc(teacher, tmp_path_factory):
    """Run MPD on the library, without a sound card. Returns a function that gives it a command of mpc."""
    folder, (port,) = tmp_path_factory.mktemp("mpd"), free_ports(1)
    (folder / "mpd.conf").write_text(
        f'music_directory "{teacher / "output"}"\ndb_file "{folder}/db"\nlog_file "{folder}/log"\n'
        f'bind_to_address "127.0.0.1"\nport "{port}"\nzeroconf_enabled "no"\n'
        'audio_output {\ntype "null"\nname "nothing"\n}\n'
    )

    def run(*arguments):
        command = [needed("mpc"), "--host", "127.0.0.1", "--port", str(port), *arguments]
        done = subprocess.run(command, capture_output=True, check=True, timeout=30)
        return done.stdout if arguments[0] == "readpicture" else done.stdout.decode()

    with ended(subprocess.Popen([needed("mpd"), "--no-daemon", str(folder / "mpd.conf")])):
        _until(lambda: _listens(port), "MPD")
        run("--wait", "update")
        yield run


def _at(mpc, expected):
    """Return whether MPD plays, and its status says this."""
    status = mpc("status")
    return "[playing]" in status and re.search(expected, status) is not None


@pytest.mark.parametrize(
    "address", [f"media/sit{ENDING}?", "media/sit.mp3?length=7m&"], ids=["from the library", "at any length"]
)
def test_a_player_that_only_knows_addresses_plays_seeks_and_shows_title_and_length(address, server, mpc):
    base, token = server
    mpc("clear")
    mpc("add", f"{base}/{address}token={token}")
    mpc("play")
    minutes = 7 if "length" in address else 5
    _until(lambda: _at(mpc, rf"0:[0-5]\d/{minutes}:00"), "playing, with its length")
    assert _until(lambda: mpc("--format", "%title%; %artist%; %album%", "current").strip(), "its title") == (
        "Sit & breathe; Ana; Rest & let go"
    )
    mpc("seek", "4:30")
    _until(lambda: _at(mpc, rf"4:[3-5]\d/{minutes}:00"), "playing from 4:30")


def _here(text, server):
    """Return a text of the page with the address and the token of a server, and a session that it has."""
    base, token = server
    text = text.replace("http://192.168.1.5:8765", base).replace("=abc", f"={token}")
    return text.replace("legs-on-chair-12m.mp3", f"sit{ENDING}").replace("legs-on-chair", "sit")


def test_every_address_on_the_page_is_answered_with_its_token_and_refused_without(server):
    page = (ROOT / "docs" / "home.md").read_text("utf-8")
    addresses = re.findall(r"http://192\.168\.1\.5:8765/[^\s\"`]+", page)
    assert len(addresses) >= 6
    for address in addresses:
        here = _here(address, server)
        assert ask(here, "HEAD").status == 200, address
        assert ask(here.partition("token=")[0], "HEAD").status == 401, address


def test_a_player_without_the_token_gets_nothing(server, mpc):
    mpc("clear")
    mpc("add", f"{server[0]}/media/sit{ENDING}")
    mpc("play")
    _until(lambda: "ERROR" in mpc("status"), "an error")


def test_a_player_takes_the_address_and_the_feed_of_the_page_as_a_list_to_play(server, mpc):
    mpc("clear")
    for line in re.findall("^mpc (.+)", (ROOT / "docs" / "home.md").read_text("utf-8"), re.MULTILINE):
        mpc(*shlex.split(_here(line, server)))
    _until(lambda: _at(mpc, "0:[0-5]./37:00"), "the session")
    assert len(mpc("playlist").splitlines()) == 1 + len(COURSE)
    mpc("next")
    _until(lambda: _at(mpc, "0:[0-5]./25:00"), "the first session of the feed")


def test_a_player_shows_a_course_in_its_order_with_titles_lengths_and_covers(mpc):
    mpc("clear")
    mpc("add", "/")
    shown = mpc("--format", "%track%; %title%; %albumartist%; %time%", "playlist").splitlines()
    assert shown == [f"{number}; {title}; Ana; 5:00" for number, title in enumerate(COURSE.values(), 1)]
    assert mpc("readpicture", f"sit{ENDING}")[:2] == b"\xff\xd8"


def test_a_player_does_not_list_what_was_removed(teacher, mpc, audio_builder):
    assert audio_builder("build", "sit", "--length", "6m", *BUILD[2:], folder=teacher).status == 0
    removed = ENDING.replace("5m", "6m").removesuffix(".mp3")
    try:
        mpc("--wait", "update")
        assert f"sit{removed}.mp3" in mpc("listall")
    finally:
        assert audio_builder("library", "remove", f"sit{removed}", "--yes", folder=teacher).status == 0
    mpc("--wait", "update")
    assert sorted(mpc("listall").split()) == sorted(f"{name}{ENDING}" for name in COURSE)


@pytest.fixture
def vlc(server, tmp_path):
    """Play the address of the page in VLC. Returns a function that gives it a command, and returns all it said."""
    tmp_path.chmod(0o777)
    (line,) = re.findall("^vlc (.+)", (ROOT / "docs" / "home.md").read_text("utf-8"), re.MULTILINE)
    (address,) = shlex.split(_here(line, server))
    command = [needed("cvlc"), "-I", "oldrc", "--rc-fake-tty", "--aout", "adummy", address]
    if os.geteuid() == 0:  # VLC refuses to run as root
        command = [needed("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    environment = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True
        )

    def run(line):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        return (tmp_path / "log").read_text("utf-8", "replace")

    with ended(process), process.stdin:
        yield run


def test_vlc_plays_an_address_seeks_and_shows_its_title_and_length(vlc):
    _until(lambda: re.search(r"^2220$", vlc("get_length"), re.MULTILINE), "its length")
    _until(lambda: "Sit & breathe" in vlc("get_title"), "its title")
    vlc("seek 270")
    _until(lambda: re.search(r"^(2[7-9]|3[0-2])\d$", vlc("get_time"), re.MULTILINE), "playing from 4:30")


@pytest.fixture(scope="module")
def removed(teacher, audio_builder):
    """The name of a session that was removed."""
    assert audio_builder("build", "sit", "--length", "7m", *BUILD[2:], folder=teacher).status == 0
    name = f"sit{ENDING.replace('5m', '7m').removesuffix('.mp3')}"
    assert audio_builder("library", "remove", name, "--yes", folder=teacher).status == 0
    return name


@pytest.fixture(scope="module")
def media_server(teacher, removed, tmp_path_factory):
    """Run MiniDLNA with the settings in docs/home.md. Returns its address once it has found every session."""
    folder, (port,) = tmp_path_factory.mktemp("minidlna"), free_ports(1)
    page = (ROOT / "docs" / "home.md").read_text("utf-8")
    (settings,) = re.findall(r"^```text\n(media_dir=.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert "/srv/sessions/output" in settings
    assert (teacher / "output" / ".removed" / removed / f"{removed}.mp3").is_file()
    settings = settings.replace("/srv/sessions/output", str(teacher / "output"))
    own = f"port={port}\nnetwork_interface=lo\ndb_dir={folder}\nlog_dir={folder}\ninotify=no\n"
    (folder / "conf").write_text(settings + own)
    command = [needed("minidlnad"), "-S", "-f", str(folder / "conf"), "-P", str(folder / "pid")]
    with ended(subprocess.Popen(command, env={"LC_ALL": "C.UTF-8"})) as process:
        address = f"http://127.0.0.1:{port}"
        until_answering(address, process)
        _until(lambda: _has_every_session(address), "every session")
        yield address


def _has_every_session(address):
    with suppress(OSError, AssertionError):  # it is still reading the files
        return len(browse(address, "1$4")) >= len(COURSE)
    return False


def browse(address, container):
    """Return the entries of a container, as a television asks for them (ContentDirectory:1, Browse)."""
    fields = {
        "ObjectID": container,
        "BrowseFlag": "BrowseDirectChildren",
        "Filter": "*",
        "StartingIndex": "0",
        "RequestedCount": "0",
        "SortCriteria": "",
    }
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    envelope = (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
        f'<u:Browse xmlns:u="{CONTENT}">{inside}</u:Browse></s:Body></s:Envelope>'
    )
    headers = {"SOAPAction": f'"{CONTENT}#Browse"', "Content-Type": 'text/xml; charset="utf-8"'}
    answer = ask(f"{address}/ctl/ContentDir", "POST", envelope.encode(), **headers)
    assert answer.status == 200, answer.text
    return list(etree.fromstring(etree.fromstring(answer.body).findtext(".//Result").encode()))


def test_a_media_server_shows_a_course_as_an_album_in_its_order(media_server):
    (album,) = browse(media_server, "1$7")
    assert album.findtext("dc:title", namespaces=DIDL) == "Rest & let go"
    lessons = browse(media_server, album.get("id"))
    shown = [
        tuple(one.findtext(name, namespaces=DIDL) for name in ("dc:title", "upnp:artist", "upnp:album"))
        for one in lessons
    ]
    assert shown == [(title, "Ana", "Rest & let go") for title in COURSE.values()]
    numbers = [one.findtext("upnp:originalTrackNumber", namespaces=DIDL) for one in lessons]
    assert numbers == ["1", "2", "3"]


def test_a_media_server_does_not_list_what_was_removed(media_server):
    assert len(browse(media_server, "1$4")) == len(COURSE)


def test_a_media_server_gives_out_the_same_bytes_with_length_and_cover(media_server, teacher):
    expected = {_sha256((teacher / "output" / f"{name}{ENDING}").read_bytes()) for name in COURSE}
    found = set()
    for one in browse(media_server, "1$4"):
        resource = one.find("d:res", DIDL)
        assert resource.get("duration") == "0:05:00.000"
        assert resource.get("protocolInfo").startswith("http-get:*:audio/mpeg:")
        found.add(_sha256(_fetched(resource.text)))
        assert _fetched(one.findtext("upnp:albumArtURI", namespaces=DIDL))[:2] == b"\xff\xd8"
    assert found == expected


def _fetched(address):
    with urllib.request.urlopen(address, timeout=30) as response:
        return response.read()


def _sha256(content):
    return hashlib.sha256(content).hexdigest()
