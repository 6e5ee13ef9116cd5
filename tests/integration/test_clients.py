"""Independent podcast clients fetch every episode, byte for byte, from a folder, from S3 and from the server."""

import base64
import hashlib
import os
import pty
import re
import select
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from lxml import etree
from servers import ended, hide_shipped_scripts, needed, s3, serving, web_space

SCRIPT = """---
title: Rest & “let go”, <quietly> {n}
summary: A short rest & nothing more.
---

# Lie down & rest

Let your legs be heavy. Let the floor have you.

[rest 2m..]
"""
SHOW = """title = "Rest & let go"
author = "The floor"
description = "Sessions & more."
categories = ["Health & Fitness"]
people = [{ name = "Ana & Ben", role = "host", link = "https://example.org/ana" }]
txt = [{ text = "code" }]
block = true
"""
EPISODES = ("rest-1-5m-no-ambience.mp3", "rest-2-5m-no-ambience-mono.mp3")
"""The first is in mono too, which is another file of it in the feed."""


@pytest.fixture(scope="module")
def teacher(tmp_path_factory, audio_builder):
    """A library of two sessions, one of them in both qualities."""
    folder = tmp_path_factory.mktemp("teacher")
    hide_shipped_scripts(folder)
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    for n, quality in ((1, "stereo"), (1, "mono"), (2, "mono")):
        (folder / "scripts" / f"rest-{n}.md").write_text(SCRIPT.format(n=n), "utf-8")
        options = ("--length", "5m", "--quality", quality, "--ambience", "none")
        result = audio_builder("build", f"rest-{n}", *options, folder=folder)
        assert result.status == 0, result.err
    return folder


@pytest.fixture(scope="module", params=["folder", "s3", "serve"])
def feed(request, teacher, tmp_path_factory, home, audio_builder):
    """The address of the published feed."""
    folder = tmp_path_factory.mktemp("destination")
    if request.param == "folder":
        (folder / "public").mkdir()
        with web_space(folder / "public") as address:
            _publish(audio_builder, teacher, str(folder / "public"), address)
            yield f"{address}feed.xml"
    elif request.param == "s3":
        with s3(folder) as (address, environment):
            _publish(audio_builder, teacher, "s3://psoas/show", f"{address}/psoas/show/", **environment)
            yield f"{address}/psoas/show/feed.xml"
    else:
        with serving(teacher, home) as address:
            yield f"{address}/feed.xml"


def _publish(audio_builder, teacher, destination, address, **environment):
    (teacher / "scripts" / "episodes.toml").unlink(missing_ok=True)  # each destination is a new show
    result = audio_builder("publish", destination, "--base-url", address, folder=teacher, **environment)
    assert result.status == 0, result.err


def run(*command, home: Path, limit=120):
    environment = {
        **os.environ,
        "HOME": str(home),
        "GPODDER_HOME": str(home / "gpodder"),
        "PYTHONWARNINGS": "",
    }
    environment.pop("XDG_CONFIG_HOME", None)
    finished = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, timeout=limit, check=False
    )
    assert finished.returncode == 0, (command, finished.stdout[-2000:], finished.stderr[-2000:])
    return finished.stdout


def gpo(feed: str, home: Path):
    tool = needed("gpo")
    run(tool, "subscribe", feed, home=home)
    assert "Rest & “let go”, <quietly> 2" in run(tool, "pending", home=home)
    run(tool, "download", home=home)


def podget(feed: str, home: Path):
    config = home / ".config" / "podget"
    subprocess.run(
        [needed("podget"), "-f"], env={**os.environ, "HOME": str(home)}, capture_output=True, timeout=60
    )
    (config / "serverlist").write_text(f"{feed} psoas Psoas\n")
    run(needed("podget"), home=home)


def newsboat_and_podboat(feed: str, home: Path):
    folder = home / ".newsboat"
    folder.mkdir()
    (folder / "urls").write_text(f"{feed}\n")
    (folder / "config").write_text(
        f'download-path "{home}/downloads/"\npodcast-auto-enqueue yes\nmax-downloads 2\n'
    )
    run(needed("newsboat"), "-q", "-x", "reload", home=home)
    queue = (folder / "queue").read_text().split("\n")
    assert len([line for line in queue if line]) == 2, queue
    (home / "downloads").mkdir(exist_ok=True)
    environment = {**os.environ, "HOME": str(home), "TERM": "xterm"}
    ours, theirs = pty.openpty()  # without a terminal it starts the same download several times
    ends = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    try:
        with ended(subprocess.Popen([needed("podboat"), "-a"], env=environment, **ends)):
            before, until = None, time.monotonic() + 60
            while time.monotonic() < until:  # it keeps running after the downloads
                pause = time.monotonic() + 1
                while time.monotonic() < pause:
                    if select.select([ours], [], [], 0.1)[0]:
                        os.read(ours, 65536)
                now = sorted((path.name, path.stat().st_size) for path in (home / "downloads").iterdir())
                if now == before and len(now) == 2:
                    break
                before = now
    finally:
        os.close(ours)
        os.close(theirs)


def podcast_downloader(feed: str, home: Path):
    (home / "downloads").mkdir()
    (home / "config.json").write_text(
        f'{{"podcasts": [{{"name": "psoas", "path": "{home}/downloads", "rss_link": "{feed}"}}]}}'
    )
    options = ("--config", "config.json", "--if_directory_empty", "download_all_from_feed")
    run(sys.executable, "-m", "podcast_downloader", *options, home=home)


def mp3_hashes(folder: Path):
    """Return the SHA-256 of every MP3 below a folder."""
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.mp3")}


@pytest.mark.parametrize(
    "client", [gpo, newsboat_and_podboat, podget, podcast_downloader], ids=lambda client: client.__name__
)
def test_a_client_fetches_every_episode_byte_for_byte(client, feed, teacher, tmp_path):
    client(feed, tmp_path)
    built = (teacher / "output" / name for name in EPISODES)
    expected = {hashlib.sha256(path.read_bytes()).hexdigest() for path in built}
    for _ in range(100):
        if mp3_hashes(tmp_path) == expected:
            break
        time.sleep(0.1)
    assert mp3_hashes(tmp_path) == expected


def test_the_other_quality_can_be_fetched_where_the_feed_says(feed, teacher):
    root = etree.fromstring(fetched(feed))
    files = root.findall(".//{https://podcastindex.org/namespace/1.0}alternateEnclosure")
    assert [file.get("default") for file in files] == ["true", None]
    names = (EPISODES[0], "rest-1-5m-no-ambience-mono.mp3")
    for file, name in zip(files, names, strict=True):
        source, integrity = file
        content = fetched(source.get("uri"))
        assert content == (teacher / "output" / name).read_bytes()
        assert len(content) == int(file.get("length"))
        rate = 8 * len(content) / 300  # with the tag and its pictures
        assert int(file.get("bitrate")) <= rate < 1.3 * int(file.get("bitrate"))
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        assert integrity.get("value") == f"sha256-{digest}"


def fetched(address):
    with urllib.request.urlopen(address, timeout=60) as response:
        return response.read()


def test_vlc_reads_the_feed_and_plays_from_it(feed, tmp_path):
    tmp_path.chmod(0o777)
    command = [needed("cvlc"), "-I", "dummy", "--no-audio", "--no-video", "-vv", feed]
    environment = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    if os.geteuid() == 0:  # VLC refuses to run as root
        command = [needed("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    with ended(process):
        for _ in range(300):
            if re.search(r"\.mp3\S*' successfully opened", log.read_text(errors="replace")):
                break
            time.sleep(0.1)
    output = log.read_text(errors="replace")
    assert "using podcast reader" in output
    assert re.search(r"\.mp3\S*' successfully opened", output), output[-2000:]
    for n in (1, 2):  # the episodes are in its playlist under their titles
        assert (
            f"`Rest & “let go”, <quietly> {n}'" in output or f"item: Rest & “let go”, <quietly> {n}" in output
        )
