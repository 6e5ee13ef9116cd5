"""The feed: what two parsers read back of it, whatever the texts hold, and how it is paged."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO

import feedparser
import podcastparser
import pytest
from episodes import episode
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from audio_builder.errors import AudioBuilderError
from audio_builder.library import show_notes
from audio_builder.podcast.categories import CATEGORIES
from audio_builder.podcast.feed import PAGE, UNPAGED, feed, pages
from audio_builder.podcast.page import show_page
from audio_builder.podcast.show import Channel, Entry, Files, ascii_url, episode_guid, read_show, show_guid

NAMES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
}
OLDER = b"https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
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


def channel(text=SHOW) -> Channel:
    show = read_show(text, "show.toml")
    return Channel(
        show=show, guid=show_guid("https://example.org/feed.xml"), base=show.base_url, changed=START
    )


def entry(made=None, n=1, **changes) -> Entry:
    made = made or episode()
    guid = episode_guid(show_guid("x"), made.id, f"{n}", "")
    files = Files(
        mp3=f"{made.name}.mp3",
        vtt=f"{made.name}.vtt",
        srt=f"{made.name}.srt",
        txt=f"{made.name}.txt",
        chapters=f"{made.name}.chapters.json",
        image=f"{made.name}.jpg",
        page=f"#{made.name}",
    )
    plain = {"title": made.title, "guid": guid, "date": START + timedelta(days=n), "number": n, "season": 1}
    return Entry(episode=made, files=files, **(plain | changes))


def found(root, path):
    return root.xpath(path, namespaces=NAMES)


def test_everything_that_directories_require_is_there():
    root = etree.fromstring(feed(channel(), [entry()]))
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
    assert {path: root.xpath(path, namespaces=NAMES) for path in expected} == expected
    # every podcast: element of the item is one that its parent may have
    assert {etree.QName(e).localname for e in found(root, "//item/podcast:*")} == {
        "season", "episode", "transcript", "chapters", "image", "person", "soundbite", "license", "txt",
    }  # fmt: skip


def test_two_parsers_read_every_field_back():
    made = [entry(episode(f"morning-{n}m"), n, title=f"Morning {n}") for n in (3, 2, 1)]
    raw = feed(channel(), made)
    # of the two names that its authors declare equal podcastparser knows the older one only
    older = raw.replace(NAMES["podcast"].encode(), OLDER)
    one, two = feedparser.parse(raw), podcastparser.parse("https://example.org/feed.xml", BytesIO(older))
    assert not one.bozo
    assert (one.feed.title, one.feed.language) == ("Lie down", "en-GB")
    assert (two["title"], two["description"], two["type"]) == (
        "Lie down",
        "Sessions for a tired back.",
        "serial",
    )
    assert two["cover_url"] == "https://example.org/%C3%BCbung/cover.jpg"
    assert len(one.entries) == len(two["episodes"]) == 3
    by_guid = {second["guid"]: second for second in two["episodes"]}  # it lists a serial show the other way
    for mine, first in zip(made, one.entries, strict=True):
        second = by_guid[mine.guid]
        assert first.title == second["title"] == mine.title
        assert first.author == "The floor"
        assert first.id == second["guid"] == mine.guid
        assert parsedate_to_datetime(first.published) == mine.date
        assert second["published"] == mine.date.timestamp()
        assert (
            first.enclosures[0].href
            == second["enclosures"][0]["url"]
            == ascii_url(f"{channel().base}{mine.files.mp3}")
        )
        assert int(first.enclosures[0].length) == second["enclosures"][0]["file_size"] == mine.episode.bytes
        assert int(first.itunes_duration) == second["total_time"] == 1200
        assert second["number"] == mine.number
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
def test_a_title_is_said_as_it_is(title):
    raw = feed(channel(), [entry(episode(title=title, summary=title, notes=title), title=title)])
    item = etree.fromstring(raw).find("channel/item")
    assert item.findtext("title") == title
    assert title in item.findtext("description")
    assert feedparser.parse(raw).entries[0].title_detail.value in (
        title,
        title.replace("<b>bold</b>", "bold"),
    )
    assert podcastparser.parse("x", BytesIO(raw))["episodes"][0]["title"] == title
    page = show_page(channel(), [entry(episode(title=title), title=title)])
    heading = etree.fromstring(page, etree.HTMLParser(encoding="utf-8")).find(".//article//h2")
    assert heading.text == title
    assert not list(heading)


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_text_leaves_the_feed_valid(title, words):
    made = episode(title=title, summary=words, notes=words, props=(words,))
    item = etree.fromstring(feed(channel(), [entry(made, title=title)])).find("channel/item")
    allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", title)
    # a parser reads a carriage return as a line's end (XML 1.0, section 2.11)
    assert (item.findtext("title") or "") in (allowed, allowed.replace("\r\n", "\n").replace("\r", "\n"))


def test_the_same_episodes_are_the_same_bytes_in_any_process_and_order_of_keys():
    assert feed(channel(), [entry()]) == feed(channel(), [entry()])


def many(count):
    return [entry(episode(f"night-{n}m"), n) for n in range(count, 0, -1)]


def test_a_feed_is_paged_above_a_thousand_episodes_and_loses_none():
    assert len([*pages(channel(), many(UNPAGED))]) == 1
    listed = many(UNPAGED + 1)
    made = [*pages(channel(), listed)][::-1]
    assert len(made) > 1
    guids = []
    for n, (name, content) in enumerate(made):
        assert len(content) < PAGE
        root = etree.fromstring(content)
        guids += [guid.text for guid in root.iter("guid")]
        following = root.xpath("channel/atom:link[@rel='next']/@href", namespaces=NAMES)
        assert following == ([ascii_url(f"{channel().base}{made[n + 1][0]}")] if n + 1 < len(made) else [])
        assert root.xpath("count(channel/atom:link[@rel='first'])", namespaces=NAMES) == 1
        assert name == ("feed.xml" if n == 0 else f"feed-{n + 1}.xml")
    assert guids == [item.guid for item in listed]
    assert feedparser.parse(made[0][1]).bozo == 0
    assert feed(channel(), listed) == made[0][1]


def test_long_notes_never_make_a_page_too_heavy():
    heavy = [entry(episode(f"night-{n}m", notes="- <&> é word\n" * 3000), n) for n in range(300)]
    made = [*pages(channel(), heavy)]
    assert len(made) > 1
    assert all(len(content) < 1_000_000 for _, content in made)


def test_chapters_agree_in_the_notes_the_description_and_the_page():
    made = entry()
    marks = show_notes.marks(made.episode)
    assert marks[0] == "00:00:00 Arrive"
    item = etree.fromstring(feed(channel(), [made])).find("channel/item")
    assert "\n".join(marks) in item.findtext("description")
    page = etree.fromstring(show_page(channel(), [made]), etree.HTMLParser(encoding="utf-8"))
    buttons = page.xpath("//button[@data-start]")
    assert [float(b.get("data-start")) * 1000 for b in buttons] == [m.start_ms for m in made.episode.chapters]
    assert [" ".join(b.itertext()).split() for b in buttons] == [mark.split() for mark in marks]


def test_a_guid_is_what_the_namespace_says():
    # the example of podcastindex.org/namespace/1.0, guid
    assert show_guid("https://podnews.net/rss") == show_guid("http://podnews.net/rss/")
    assert show_guid("https://podnews.net/rss") == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert uuid.UUID(show_guid("https://example.org/feed.xml")).version == 5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('categories = ["Helth"]', "categories\\[0\\]: 'Helth' is not one of Apple's; there are: Arts"),
        ('categories = ["health & fitness"]', "not one of Apple's; did you mean Health & Fitness\\?"),
        ('categories = ["Mental Health"]', "did you mean Health & Fitness > Mental Health\\?"),
        ('categories = ["Arts", "Arts"]', "categories\\[1\\]: Arts is listed twice"),
        ('categories = "Arts"', 'categories: write a list, as \\["this", "that"\\]'),
        (
            'categories = ["Education > Mental Health"]',
            "Education has no 'Mental Health'; there are: Courses",
        ),
        ("categories = []", "categories: it is empty"),
        ('language = "english!"', "language: write a language, as en or en-GB"),
        ('explicit = "no"', "explicit: write true or false"),
        ('owner = { email = "nobody" }', "owner.email: write an address, as ana@"),
        ('owner = "Ana"', "owner: write a table, as"),
        ('title = " "', "title: it is empty"),
        ('title = ""', "title: it is empty"),
        ('image = ""', "image: it is empty"),
        (
            'seasons = [{ number = 1, name = "a" }, { number = 1, name = "b" }]',
            "seasons\\[1\\].number: 1 has",
        ),
        (
            'moved_to = "https://example.net/new/"',
            "moved_to: .* is a folder; .* https://example.net/new/feed.xml",
        ),
        ('base_url = "https://ana:secret@example.org/"', "base_url: it has a name or password"),
        ('base_url = "https://example.org/feed.xml"', "is no folder"),
        ("title = “T”", "straight quotes"),
        ('[[episode]]\nname = "a"\nserial = true', "no key `serial`; write it above the first"),
        ('base_url = "example.org"', "base_url: 'example.org' is no address"),
        ('base_url = "https://example.org/?a=b"', "is no folder; give the folder"),
        ('funding = { url = "give me" }', "funding.url: 'give me' is no address"),
        ('guid = "mine"', "guid: 'mine' is no UUID"),
        ('titel = "x"', "there is no key `titel`; did you mean title\\?"),
        ('update_frequency = "often"', "update_frequency: there is no often; there are: daily, weekly"),
        ('episode = [{ name = "a" }, { name = "a" }]', "episode\\[1\\].name: a is listed twice"),
        ('episode = [{ name = "a", date = "soon" }]', "episode\\[0\\].date: write 2025-03-31"),
        ("title = 3", "show.toml: Cannot overwrite a value|title: write text in quotes"),
        ("=", "show.toml: "),
    ],
)
def test_what_is_wrong_in_a_show_is_told_with_its_path(line, said):
    name = line.partition(" ")[0]
    kept = "\n".join(
        other
        for other in ('title = "T"', 'author = "A"', 'description = "D"', 'categories = ["Education"]')
        if not other.startswith(f"{name} ")
    )
    with pytest.raises(AudioBuilderError, match=said) as told:
        read_show(f"{kept}\n{line}\n", "show.toml")
    assert str(told.value).startswith("show.toml: ")


def test_what_is_missing_in_a_show_is_told():
    with pytest.raises(AudioBuilderError, match="`author` is missing"):
        read_show('title = "T"', "show.toml")


def test_every_category_can_be_chosen():
    for main, subs in CATEGORIES.items():
        for name in (main, *(f"{main} > {sub}" for sub in subs)):
            text = f"title = 'T'\nauthor = 'A'\ndescription = 'D'\ncategories = [{json.dumps(name)}]"
            root = etree.fromstring(feed(replace(channel(), show=read_show(text, "s")), []))
            assert root.xpath("string(channel/itunes:category/@text)", namespaces=NAMES) == main
