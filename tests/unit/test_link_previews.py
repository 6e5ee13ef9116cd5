"""What other programs read in the head of the show's page: previews of links, icons, and structured data."""

import io
import json
from urllib.parse import unquote

import pytest
from episodes import make_episode
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from PIL import Image
from test_feed import make_channel, make_entry

from audio_builder.pictures.cover import cover
from audio_builder.pictures.icon import icon, picture_width
from audio_builder.podcast.link_previews import LISTED_EPISODES
from audio_builder.podcast.page import show_page

BASE = "https://example.org/%C3%BCbung/"


def head(page: bytes):
    return etree.fromstring(page, etree.HTMLParser(encoding="utf-8")).find("head")


def data(page: bytes):
    (text,) = head(page).xpath("script[@type='application/ld+json']/text()")
    return json.loads(text)


def test_a_preview_of_the_page_has_absolute_addresses_and_the_size_of_its_picture():
    entries = [make_entry(make_episode(f"night-{n}m"), n) for n in (2, 1)]
    found = head(show_page(make_channel(), entries, 1400))
    tags = {tag.get("property") or tag.get("name"): tag.get("content") for tag in found.iter("meta")}
    expected = {
        "og:type": "website",
        "og:title": "Lie down",
        "og:description": "Sessions for a tired back.",
        "og:url": BASE,
        "og:image": f"{BASE}cover.jpg",
        "og:image:width": "1400",
        "og:image:height": "1400",
        "og:image:alt": "Cover of Lie down",
        "og:audio": f"{BASE}night-2m.mp3",
        "og:audio:type": "audio/mpeg",
        "twitter:card": "summary",
    }
    assert {name: tags.get(name) for name in expected} == expected
    assert found.xpath("link[@rel='canonical']/@href") == [BASE]
    assert found.xpath("link[@rel='alternate'][@type='application/rss+xml']/@href") == [f"{BASE}feed.xml"]


def test_a_page_without_a_known_address_has_no_address_in_its_head():
    page = show_page(replace(make_channel(), base=""), [make_entry()])
    assert not head(page).xpath("//meta[@property]|//link[@rel='canonical']|//head/script")
    assert b"example.org/%C3" not in page


def test_the_page_names_a_drawn_icon_that_it_holds_itself_and_a_picture_for_phones():
    links = {link.get("rel"): link for link in head(show_page(make_channel(), [])).iter("link")}
    drawing = unquote(links["icon"].get("href").removeprefix("data:image/svg+xml,"))
    assert etree.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"
    assert links["alternate icon"].get("href") == links["apple-touch-icon"].get("href") == "icon.png"
    assert links["alternate icon"].get("sizes") == "180x180"


def test_an_icon_is_a_small_square_png_that_is_the_same_every_time():
    drawn = cover("Lie down", 3000)
    image = Image.open(io.BytesIO(icon(drawn)))
    assert (image.format, image.size) == ("PNG", (180, 180))
    assert len(icon(drawn)) < 20_000
    assert icon(drawn) == icon(drawn)
    assert Image.open(io.BytesIO(icon(drawn, 512))).size == (512, 512)
    assert picture_width(drawn) == 3000


def test_structured_data_describes_the_show_and_its_newest_episodes():
    entries = [make_entry(make_episode(f"night-{n}m"), n) for n in range(1, LISTED_EPISODES + 3)]
    series, *episodes = data(show_page(make_channel(), entries))["@graph"]
    assert (series["@type"], series["webFeed"], series["name"]) == (
        "PodcastSeries",
        f"{BASE}feed.xml",
        "Lie down",
    )
    assert [episode["episodeNumber"] for episode in episodes] == [*range(LISTED_EPISODES + 2, 2, -1)]
    first = episodes[0]
    assert first["partOfSeries"] == {"@id": series["@id"]}
    assert first["associatedMedia"]["contentUrl"] == f"{BASE}night-{LISTED_EPISODES + 2}m.mp3"
    assert (first["duration"], first["datePublished"]) == ("PT20M0S", "2026-03-13")


@given(st.text(max_size=400))
@pytest.mark.no_cover
def test_any_text_stays_text_in_the_head_of_the_page(text):
    show = replace(make_channel().show, title=text or "x", description=text or "x")
    entry = make_entry(make_episode(summary=text), title=text)
    page = show_page(replace(make_channel(), show=show), [entry])
    series, episode = data(page)["@graph"]
    assert (series["name"], episode["name"]) == (show.title, text)
    assert len(head(page).xpath("//script")) == 2
