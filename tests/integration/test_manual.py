"""The manual as a site: it builds without a warning, its links lead somewhere, and it needs nothing from elsewhere."""

import re
from urllib.parse import unquote, urlsplit

import click
import pytest
from bs4 import BeautifulSoup
from common import ROOT
from rooms import imports, in_order
from sphinx_manual import manual_of_this_run

from audio_builder.cli.main import group
from audio_builder.options import OPTIONS


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return manual_of_this_run(tmp_path_factory)


@pytest.fixture(scope="module")
def pages(site):
    """Every page of the site, parsed, by its path."""
    return {path: BeautifulSoup(path.read_text("utf-8"), "lxml") for path in sorted(site.rglob("*.html"))}


def test_every_page_is_in_the_manual_and_in_its_navigation(site, pages):
    index = pages[site / "docs" / "index.html"]
    linked = {link["href"].partition("#")[0] for link in index.select(".sidebar-tree a[href]")}
    for page in ROOT.glob("docs/*.md"):
        assert (site / "docs" / f"{page.stem}.html").exists(), page.name
        assert page.stem == "index" or f"{page.stem}.html" in linked, page.name
    for page in ROOT.glob("docs/decisions/*.md"):
        assert (site / "docs" / "decisions" / f"{page.stem}.html").exists(), page.name
    assert {"../CONTRIBUTING.html", "../SECURITY.html", "../CHANGELOG.html"} <= linked


def test_every_link_inside_the_manual_leads_to_a_page_and_a_place_on_it(pages):
    places = {path: {tag["id"] for tag in page.select("[id]")} for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        for link in page.select("a[href]"):
            parts = urlsplit(link["href"])
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or parts.netloc:
                continue
            if not target.exists() or (target in places and parts.fragment not in {"", *places[target]}):
                broken.append(f"{path.name}: {link['href']}")
    assert broken == []


def test_no_page_loads_anything_from_elsewhere(site, pages):
    for path, page in pages.items():
        for tag in page.select("[src], link[href]"):
            address = tag.get("src") or tag["href"]
            parts = urlsplit(address)
            assert not parts.netloc, f"{path.name}: {address}"
            if not parts.scheme:
                assert (path.parent / unquote(parts.path)).exists(), f"{path.name}: {address}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", sheet.read_text("utf-8")), sheet.name


def test_nothing_that_should_be_generated_is_left_as_a_comment(pages):
    assert [path.name for path, page in pages.items() if "<!-- manual:" in str(page)] == []


def test_the_page_of_commands_has_every_command_and_every_option(site):
    text = BeautifulSoup((site / "docs" / "commands.html").read_text("utf-8"), "lxml").get_text(" ")
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        inner = (
            [command.get_command(None, each) for each in command.list_commands(None)]
            if isinstance(command, click.Group)
            else []
        )
        for each in (command, *inner):
            for parameter in each.params:
                if isinstance(parameter, click.Option):
                    assert parameter.opts[0] in text, f"{name} {parameter.opts[0]}"


def test_the_page_of_the_python_api_has_every_option_of_a_build(site):
    text = (site / "docs" / "api.html").read_text("utf-8")
    assert [option.name for option in OPTIONS if f">{option.name}<" not in text] == []


def test_the_picture_of_the_rooms_has_every_room_and_nothing_above_the_stairs():
    found = imports()
    order = in_order(found)
    package = ROOT / "audio_builder"
    rooms = {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert set(order) == rooms - {"__init__", "__main__"}
    assert all(order.index(other) < order.index(room) for room, other in found)


def test_every_timeline_of_the_language_reference_is_drawn(site):
    page = BeautifulSoup((site / "docs" / "language.html").read_text("utf-8"), "lxml")
    asked = (ROOT / "docs" / "language.md").read_text("utf-8").count("<!-- manual: timeline")
    pictures = page.select("svg.timeline")
    assert len(pictures) == asked > 30
    assert len({picture.title["id"] for picture in pictures}) == asked
    assert all(picture.select("path.speech, path.recording") for picture in pictures)


def test_the_sample_is_small_and_lasts_twenty_seconds():
    size = (ROOT / "docs" / "sample.mp3").stat().st_size
    assert 100_000 < size <= 300_000
