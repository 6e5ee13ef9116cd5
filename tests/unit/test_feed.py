"""The feed: what directories require, what two parsers read back, any text, and paging."""

import base64
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO

import feedparser
import podcastparser
import pytest
from episodes import OPTIONS, make_episode
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from audio_builder.library.chapters import chapters_json
from audio_builder.library.manifest import ChapterRecord
from audio_builder.library.show_notes import chapter_lines
from audio_builder.podcast.addresses import ascii_url
from audio_builder.podcast.alternates import alternates
from audio_builder.podcast.channel import Channel, Entry, episode_files
from audio_builder.podcast.feed import PAGE_BYTES, UNPAGED, WITH_CHAPTERS, feed_pages, first_page
from audio_builder.podcast.guids import episode_guid, show_guid
from audio_builder.podcast.page import show_page
from audio_builder.podcast.show_file import read_show

NAMESPACES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "psc": "http://podlove.org/simple-chapters",
}
OLDER_PODCAST_NAMESPACE = b"https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
SHOW = """
title = "Lie down"
author = "The floor"
description = "Sessions for a tired back."
language = "en-GB"
categories = ["Health & Fitness > Mental Health", "Education"]
link = "https://example.org/about"
base_url = "https://example.org/übung"
copyright = "2026 The floor"
license = "CC-BY-4.0"
locked = true
update_frequency = "weekly"
moved_to = "https://example.net/feed.xml"
serial = true
owner = { email = "floor@example.org", name = "Floor" }
funding = { url = "https://example.org/give", text = "Give" }
seasons = [{ number = 1, name = "Winter" }]
"""
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def make_channel() -> Channel:
    show = read_show(SHOW, "show.toml")
    guid = show_guid("https://example.org/feed.xml")
    return Channel(show=show, guid=guid, base=show.base_url, changed=START)


def make_entry(episode=None, n=1, **changes) -> Entry:
    episode = episode or make_episode()
    fields = {
        "title": episode.title,
        "guid": episode_guid(show_guid("x"), episode.id, f"{n}", ""),
        "date": START + timedelta(days=n),
        "files": episode_files(episode, episode.name, lambda suffix: f"{episode.name}{suffix}"),
        "number": n,
        "season": 1,
    }
    return Entry(episode=episode, **(fields | changes))


def make_entries(count):
    return [make_entry(make_episode(f"night-{n}m"), n) for n in range(count, 0, -1)]


def first_item(feed: bytes):
    return etree.fromstring(feed).find("channel/item")


def test_the_feed_has_everything_that_directories_require():
    root = etree.fromstring(first_page(make_channel(), [make_entry()]))
    base = "https://example.org/%C3%BCbung/"
    expected = {
        "string(channel/title)": "Lie down",
        "string(channel/link)": "https://example.org/about",
        "string(channel/language)": "en-GB",
        "string(channel/atom:link[@rel='self']/@href)": f"{base}feed.xml",
        "string(channel/itunes:image/@href)": f"{base}cover.jpg",
        "string(channel/itunes:category[1]/@text)": "Health & Fitness",
        "string(channel/itunes:category[1]/itunes:category/@text)": "Mental Health",
        "string(channel/itunes:category[2]/@text)": "Education",
        "string(channel/itunes:explicit)": "false",
        "string(channel/itunes:type)": "serial",
        "string(channel/itunes:owner/itunes:email)": "floor@example.org",
        "string(channel/itunes:new-feed-url)": "https://example.net/feed.xml",
        "string(channel/podcast:guid)": show_guid("https://example.org/feed.xml"),
        "string(channel/podcast:locked)": "yes",
        "string(channel/podcast:locked/@owner)": "floor@example.org",
        "string(channel/podcast:medium)": "podcast",
        "string(channel/podcast:funding/@url)": "https://example.org/give",
        "string(channel/podcast:updateFrequency/@rrule)": "FREQ=WEEKLY",
        "string(channel/podcast:license)": "CC-BY-4.0",
        "string(channel/podcast:person)": "The floor",
        "string(channel/podcast:txt[@purpose='ai-content'])": "true",
        "string(channel/lastBuildDate)": "Sun, 01 Mar 2026 08:00:00 +0000",
        "string(//item/enclosure/@url)": f"{base}evening-20m.mp3",
        "string(//item/enclosure/@length)": "7",
        "string(//item/enclosure/@type)": "audio/mpeg",
        "string(//item/guid/@isPermaLink)": "false",
        "string(//item/itunes:duration)": "1200",
        "string(//item/itunes:episode)": "1",
        "string(//item/itunes:season)": "1",
        "string(//item/podcast:season/@name)": "Winter",
        "string(//item/podcast:chapters/@type)": "application/json+chapters",
        "string(//item/podcast:soundbite/@startTime)": "60.5",
        "string(//item/podcast:txt[@purpose='ai-content'])": "true",
        "count(//item/podcast:transcript)": 3.0,
    }
    assert {path: root.xpath(path, namespaces=NAMESPACES) for path in expected} == expected
    # each of these is an element that the namespace allows in an item
    elements = root.xpath("//item/podcast:*", namespaces=NAMESPACES)
    assert {etree.QName(element).localname for element in elements} == {
        "season", "episode", "transcript", "chapters", "image", "person", "soundbite", "license", "txt",
    }  # fmt: skip


def test_two_parsers_read_every_field_back():
    entries = [make_entry(make_episode(f"morning-{n}m"), n, title=f"Morning {n}") for n in (3, 2, 1)]
    feed = first_page(make_channel(), entries)
    # podcastparser knows only the older of the two names that the namespace's authors declare equal
    older = feed.replace(NAMESPACES["podcast"].encode(), OLDER_PODCAST_NAMESPACE)
    one, two = feedparser.parse(feed), podcastparser.parse("https://example.org/feed.xml", BytesIO(older))
    assert not one.bozo
    assert (one.feed.title, one.feed.language) == ("Lie down", "en-GB")
    assert (two["title"], two["type"]) == ("Lie down", "serial")
    assert two["description"] == "Sessions for a tired back."
    assert two["cover_url"] == "https://example.org/%C3%BCbung/cover.jpg"
    assert len(one.entries) == len(two["episodes"]) == 3
    by_guid = {second["guid"]: second for second in two["episodes"]}  # podcastparser reverses a serial show
    for entry, first in zip(entries, one.entries, strict=True):
        second = by_guid[entry.guid]
        assert first.title == second["title"] == entry.title
        assert first.author == "The floor"
        assert first.id == second["guid"] == entry.guid
        assert parsedate_to_datetime(first.published) == entry.date
        assert second["published"] == entry.date.timestamp()
        address = ascii_url(f"{make_channel().base}{entry.files.mp3}")
        assert first.enclosures[0].href == second["enclosures"][0]["url"] == address
        assert int(first.enclosures[0].length) == second["enclosures"][0]["file_size"] == entry.episode.bytes
        assert int(first.itunes_duration) == second["total_time"] == 1200
        assert second["number"] == entry.number
        assert second["transcript_url"].rpartition(".")[2] in ("vtt", "srt", "txt")
        assert second["chapters_json_url"].endswith(".chapters.json")
        assert "Blood clots: ask first." in first.content[0].value
        assert "00:01:00 Rest & breathe" in first.summary


TITLES = [
    "Rest & breathe",
    "<b>bold</b>",
    "a ]]> b",
    "She said \"rest\" and 'wait'",
    "Moon 🌙👩🏽‍🦽",
    "שחרור השרירים",
    "x" * 255,
    "&amp; &lt;",
]


@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
def test_parsers_and_the_page_show_a_title_exactly_as_written(title):
    entry = make_entry(make_episode(title=title, summary=title, show_notes=title), title=title)
    feed = first_page(make_channel(), [entry])
    assert first_item(feed).findtext("title") == title
    assert title in first_item(feed).findtext("description")
    # feedparser removes the tags of what looks like HTML
    assert feedparser.parse(feed).entries[0].title_detail.value in (title, re.sub("</?b>", "", title))
    assert podcastparser.parse("x", BytesIO(feed))["episodes"][0]["title"] == title
    page = etree.fromstring(show_page(make_channel(), [entry]), etree.HTMLParser(encoding="utf-8"))
    heading = page.find(".//article//h2")
    assert heading.text == title
    assert not list(heading)


@given(st.text(), st.text())
def test_any_text_leaves_the_feed_valid(title, words):
    episode = make_episode(title=title, summary=words, show_notes=words, props=(words,))
    item = first_item(first_page(make_channel(), [make_entry(episode, title=title)]))
    allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", title)
    # a parser reads a carriage return as the end of a line (XML 1.0, section 2.11)
    assert (item.findtext("title") or "") in (allowed, allowed.replace("\r\n", "\n").replace("\r", "\n"))


def test_a_feed_of_up_to_a_thousand_episodes_has_one_page():
    assert len([*feed_pages(make_channel(), make_entries(UNPAGED))]) == 1


def test_a_larger_feed_is_split_into_linked_pages_without_losing_an_episode():
    entries = make_entries(UNPAGED + 1)
    pages = [*feed_pages(make_channel(), entries)][::-1]
    assert len(pages) > 1
    guids = []
    for n, (name, content) in enumerate(pages):
        assert len(content) < PAGE_BYTES
        root = etree.fromstring(content)
        guids += [guid.text for guid in root.iter("guid")]
        next_links = root.xpath("channel/atom:link[@rel='next']/@href", namespaces=NAMESPACES)
        next_pages = [ascii_url(f"{make_channel().base}{next_name}") for next_name, _ in pages[n + 1 : n + 2]]
        assert next_links == next_pages
        assert root.xpath("count(channel/atom:link[@rel='first'])", namespaces=NAMESPACES) == 1
        assert name == ("feed.xml" if n == 0 else f"feed-{n + 1}.xml")
    assert guids == [entry.guid for entry in entries]
    assert feedparser.parse(pages[0][1]).bozo == 0
    assert first_page(make_channel(), entries) == pages[0][1]


def test_long_show_notes_never_make_a_page_too_large():
    notes = "- <&> é word\n" * 3000
    entries = [make_entry(make_episode(f"night-{n}m", show_notes=notes), n) for n in range(150)]
    pages = [*feed_pages(make_channel(), entries)]
    assert len(pages) > 1
    assert all(len(content) < 1_000_000 for _, content in pages)


def test_the_show_notes_the_description_and_the_page_have_the_same_chapters():
    entry = make_entry()
    lines = chapter_lines(entry.episode)
    assert lines[0] == "00:00:00 Arrive"
    assert "\n".join(lines) in first_item(first_page(make_channel(), [entry])).findtext("description")
    page = etree.fromstring(show_page(make_channel(), [entry]), etree.HTMLParser(encoding="utf-8"))
    buttons = page.xpath("//button[@data-start]")
    starts = [float(button.get("data-start")) * 1000 for button in buttons]
    assert starts == [chapter.start_ms for chapter in entry.episode.chapters]
    assert [" ".join(button.itertext()).split() for button in buttons] == [line.split() for line in lines]


PICTURE = "figure.0123456789ab.png"


def with_pictures(**changes):
    chapters = (
        ChapterRecord(0, 60_500, 'Arrive & "rest"', PICTURE, "On the back."),
        ChapterRecord(60_500, 1_000_123, "חצי <b>", PICTURE, "On the back."),
        ChapterRecord(1_060_623, 139_377, "Get up"),
    )
    return make_episode(chapters=chapters, **changes)


def test_the_chapters_in_the_feed_are_those_of_the_manifest_and_of_the_json_with_their_pictures():
    entry = make_entry(with_pictures())
    feed = first_page(make_channel(), [entry])
    base = "https://example.org/%C3%BCbung/"
    written = json.loads(chapters_json(entry.episode, f"{base}{{}}".format))["chapters"]
    chapters = feedparser.parse(feed).entries[0].psc_chapters.chapters
    assert [chapter.start_parsed / timedelta(milliseconds=1) for chapter in chapters] == [
        chapter.start_ms for chapter in entry.episode.chapters
    ]
    read = podcastparser.parse("x", BytesIO(feed))["episodes"][0]["chapters"]  # which knows whole seconds
    assert [(chapter["start"], chapter["title"], chapter.get("image")) for chapter in read] == [
        (int(chapter["startTime"]), chapter["title"], chapter.get("img")) for chapter in written
    ]
    images = first_item(feed).xpath("psc:chapters/psc:chapter", namespaces=NAMESPACES)
    assert [chapter.get("image") for chapter in images] == [chapter.get("img") for chapter in written]
    assert images[0].get("image") == f"{base}{PICTURE}"
    assert first_item(feed).xpath("string(psc:chapters/@version)", namespaces=NAMESPACES) == "1.2"


def test_a_session_without_chapters_or_with_very_many_has_no_list_of_them_in_the_feed():
    many = tuple(ChapterRecord(n * 1000, 1000, f"Part {n}") for n in range(200))
    for chapters in ((), many):
        item = first_item(first_page(make_channel(), [make_entry(make_episode(chapters=chapters))]))
        assert item.find("psc:chapters", NAMESPACES) is None
        assert item.find("podcast:chapters", NAMESPACES) is not None


def test_the_newest_episodes_have_their_chapters_in_the_feed_and_all_name_their_file():
    entries = make_entries(WITH_CHAPTERS + 5)
    for order in (entries, entries[::-1]):  # of a course, the newest lessons are the last
        root = etree.fromstring(first_page(make_channel(), order))
        numbers = root.xpath("//item[psc:chapters]/itunes:episode/text()", namespaces=NAMESPACES)
        assert {int(number) for number in numbers} == {*range(6, WITH_CHAPTERS + 6)}
        assert root.xpath("count(//podcast:chapters)", namespaces=NAMESPACES) == WITH_CHAPTERS + 5


def test_chapters_with_pictures_at_long_addresses_never_make_a_page_too_large():
    channel = replace(make_channel(), base=f"https://example.org/{'folder/' * 20}")
    chapters = tuple(
        ChapterRecord(n * 1000, 1000, 'Rest & "let go" – חצי', PICTURE, "On the back.") for n in range(100)
    )
    notes = "- <&> é word\n" * 700
    episodes = [make_episode(f"night-{n}m", chapters=chapters, show_notes=notes) for n in range(200)]
    pages = [*feed_pages(channel, [make_entry(episode, n) for n, episode in enumerate(episodes)])]
    assert len(pages) > 1
    assert all(len(content) < 1_000_000 for _, content in pages)


def test_an_episode_names_its_own_file_and_the_others_with_their_sizes_and_hashes():
    episode = make_episode(sha256="ab" * 32)
    mono = make_episode("evening-20m-mono", options=OPTIONS | {"quality": "mono"}, bytes=5, sha256="cd" * 32)
    entry = make_entry(episode, alternates=alternates(episode, [episode, mono]))
    item = first_item(first_page(make_channel(), [entry]))
    main, other = item.findall("podcast:alternateEnclosure", NAMESPACES)
    assert (main.get("default"), other.get("default")) == ("true", None)
    assert main.find("podcast:source", NAMESPACES).get("uri") == item.find("enclosure").get("url")
    assert (main.get("length"), other.get("length")) == ("7", "5")
    for file, digest in ((main, "ab"), (other, "cd")):
        kind, _, value = file.find("podcast:integrity", NAMESPACES).get("value").partition("-")
        assert (kind, base64.b64decode(value).hex()) == ("sha256", digest * 32)


def test_a_hub_is_named_on_the_first_page_only():
    channel = make_channel()
    channel = replace(channel, show=replace(channel.show, hub="https://hub.example/"))
    pages = [*feed_pages(channel, make_entries(UNPAGED + 1))][::-1]
    found = [
        etree.fromstring(page).xpath("//atom:link[@rel='hub']/@href", namespaces=NAMESPACES)
        for _, page in pages
    ]
    assert found == [["https://hub.example/"], *([[]] * (len(pages) - 1))]


PEOPLE = """
people = [{ name = "Ana", link = "https://example.org/ana", image = "https://example.org/ana.jpg" },
          { name = "Ben & Co.", role = "Music Producer" }]
txt = [{ text = "S6lpp", purpose = "applepodcastsverify" }, { text = "code" }]
"""


def test_people_and_texts_for_directories_are_in_the_feed_as_the_show_names_them():
    channel = replace(make_channel(), show=read_show(f"{PEOPLE}{SHOW}", "show.toml"))
    root = etree.fromstring(first_page(channel, [make_entry()]))
    for place in ("//channel", "//item"):
        people = root.xpath(f"{place}/podcast:person", namespaces=NAMESPACES)
        assert [(person.text, dict(person.attrib)) for person in people] == [
            (
                "Ana",
                {"role": "host", "href": "https://example.org/ana", "img": "https://example.org/ana.jpg"},
            ),
            ("Ben & Co.", {"role": "Music Producer"}),
        ]
    texts = root.xpath("//channel/podcast:txt", namespaces=NAMESPACES)
    assert [(text.get("purpose"), text.text) for text in texts] == [
        ("applepodcastsverify", "S6lpp"),
        ("verify", "code"),
        ("ai-content", "true"),
    ]


def test_a_synthetic_voice_is_declared_in_the_feed_and_on_the_page():
    for is_synthetic in (True, False):
        entry = make_entry(make_episode(synthetic=is_synthetic))
        root = etree.fromstring(first_page(make_channel(), [entry]))
        labels = root.xpath("//podcast:txt[@purpose='ai-content']/text()", namespaces=NAMESPACES)
        assert labels == (["true", "true"] if is_synthetic else ["false"])
        assert ("synthetic voice" in root.findtext("channel/item/{*}encoded")) == is_synthetic
        assert (b"synthetic voice" in show_page(make_channel(), [entry])) == is_synthetic


def test_the_guid_of_a_show_follows_the_namespace():
    # the example is from podcastindex.org/namespace/1.0, guid
    assert show_guid("https://podnews.net/rss") == show_guid("http://podnews.net/rss/")
    assert show_guid("https://podnews.net/rss") == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert uuid.UUID(show_guid("https://example.org/feed.xml")).version == 5
