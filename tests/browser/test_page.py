"""The show's page in a real browser, from a disk and from a web server."""

import json
import subprocess
from contextlib import closing

import pytest
from episodes import add_to_library, make_episode
from lxml import etree
from servers import needed, web_space

from audio_builder.units import stamp

SCRIPT = """---
title: Rest & <img src=x onerror=document.title='broken'>
summary: "<b>A</b> short rest & nothing more."
props: [a blanket]
---

# Lie down & rest

Let your legs be heavy.

[rest 2m..]

# Get up

Come back.
"""
SHOW = """title = "Rest & let go"
author = "The <floor>"
description = "Sessions & more."
categories = ["Health & Fitness"]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory, audio_builder):
    folder = tmp_path_factory.mktemp("teacher")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    (folder / "scripts" / "rest.md").write_text(SCRIPT, "utf-8")
    options = ("--length", "5m", "--quality", "mono", "--ambience", "none")
    result = audio_builder("build", "rest", *options, folder=folder)
    assert result.status == 0, result.err
    add_to_library(folder / "output", make_episode("evening-20m"))
    result = audio_builder("feed", "--base-url", "https://example.org/x", folder=folder)
    assert result.status == 0, result.err
    return folder / "output"


@pytest.fixture(params=["disk", "server"])
def page(request, library, browser):
    """The page, with every address that it requested and every error of its script."""
    with web_space(library) as address, closing(browser.new_context()) as context:
        opened = context.new_page()
        opened.requests = []
        opened.errors = []
        opened.on("request", lambda request: opened.requests.append(request.url))
        opened.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.goto((library / "index.html").as_uri() if request.param == "disk" else f"{address}index.html")
        yield opened


def test_pressing_a_chapter_plays_it_from_its_start_and_highlights_it(page, library):
    chapters = json.loads((library / "rest-5m-no-ambience-mono.chapters.json").read_text("utf-8"))["chapters"]
    article = page.locator("article", has_text="Get up").first
    button = article.get_by_role("button", name="Get up")
    assert float(button.get_attribute("data-start")) == chapters[-1]["startTime"]
    button.focus()
    page.keyboard.press("Enter")
    start = chapters[-1]["startTime"]
    page.wait_for_function(
        "start => { const audio = [...document.querySelectorAll('audio')].find((one) => !one.paused);"
        " return audio && audio.currentTime > start + 0.2; }",
        arg=start,
    )
    assert button.get_attribute("aria-current") == "true"
    playing = "[...document.querySelectorAll('audio')].find((one) => !one.paused)"
    assert page.evaluate(f"{playing}.playbackRate") == 1
    assert page.evaluate(f"{playing}.webkitAudioDecodedByteCount") > 0
    assert page.evaluate("navigator.mediaSession.metadata.title").startswith("Rest & <img")
    assert not page.errors


def test_it_contacts_no_other_host_and_shows_markup_as_text(page):
    home = page.url.rpartition("/")[0]
    assert all(address.startswith((home, "data:")) for address in page.requests), page.requests
    assert page.title() == "Rest & let go"
    assert page.locator("article h2").first.inner_text().startswith("Rest & <img src=x")
    assert page.locator("article p b").count() == 0
    assert page.get_by_role("link", name="Overcast").count() == 1
    assert page.get_by_label("Address of the feed").input_value() == "https://example.org/x/feed.xml"
    assert not page.errors


def test_the_mp3_the_json_the_feed_and_the_page_have_the_same_chapters(library):
    name = "rest-5m-no-ambience-mono"
    listed = json.loads((library / f"{name}.chapters.json").read_text("utf-8"))["chapters"]
    expected = [(round(chapter["startTime"] * 1000), chapter["title"]) for chapter in listed]
    # ffprobe lists the frames of the tag in the order of the file
    command = [needed("ffprobe"), "-v", "error", "-show_chapters", "-of", "json", library / f"{name}.mp3"]
    probed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["chapters"]
    assert [
        (round(float(probe["start_time"]) * 1000), probe["tags"]["title"]) for probe in probed
    ] == expected
    lines = [f"{stamp(start)} {title}" for start, title in expected]
    assert lines[0].startswith("00:00:00 ")
    root = etree.fromstring((library / "feed.xml").read_bytes())
    (item,) = (
        item for item in root.iter("item") if item.find("enclosure").get("url").endswith(f"{name}.mp3")
    )
    assert "\n".join(lines) in item.findtext("description")
    page = etree.fromstring((library / "index.html").read_bytes(), etree.HTMLParser(encoding="utf-8"))
    buttons = page.xpath(f"//article[@id='{name}']//button[@data-start]")
    assert [
        (round(float(button.get("data-start")) * 1000), button.findtext("span")) for button in buttons
    ] == expected
