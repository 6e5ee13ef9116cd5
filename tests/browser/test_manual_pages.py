"""The manual in a browser, as files: it is accessible, fits any screen, and can be searched."""

import pytest
from page_states import BEYOND, opened
from pages import axe
from sphinx_manual import TEN, manual_of_this_run

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return manual_of_this_run(tmp_path_factory)


def _address(site, page):
    return (site / "docs" / f"{page}.html").as_uri()


LOOKS = ([(360, "light"), (1280, "dark")], [(1280, "light"), (360, "dark")])
"""Each page is seen once on a phone and once on a desktop, once in light and once in dark colours; the pairs alternate
from page to page."""


@pytest.mark.parametrize(
    ("page_name", "looks"), [(page, LOOKS[n % 2]) for n, page in enumerate(TEN)], ids=TEN
)
def test_axe_finds_no_barrier_on_a_phone_or_a_desktop_in_light_or_dark(browser, site, page_name, looks):
    for width, scheme in looks:
        viewport = {"width": width, "height": 800}
        with opened(browser, _address(site, page_name), viewport, scheme) as page:
            page.evaluate(axe())
            found = page.evaluate(
                "rules => axe.run({ runOnly: rules }).then(found => found.violations.map("
                "one => [one.id, one.nodes.map(node => node.html.slice(0, 160)).slice(0, 3)]))",
                RULES,
            )
            assert found == [], f"{scheme}, {width}"


@pytest.mark.parametrize("page_name", [*TEN, "sound", "api", "podcast"])
def test_no_page_scrolls_sideways(browser, site, page_name):
    with opened(browser, _address(site, page_name)) as page:
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 640})
            too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not too_wide, f"{width}: {page.evaluate(BEYOND)}"


def test_the_manual_is_searched_without_a_server_and_asks_nobody(browser, site):
    with opened(browser, (site / "search.html").as_uri() + "?q=breathe") as page:
        page.wait_for_selector("#search-results li a")
        found = page.locator("#search-results li a").all_inner_texts()
        assert any("script language" in title.lower() for title in found)
        assert [address for address in page.asked if not address.startswith("file:")] == []


def test_the_first_page_leads_to_the_manual(browser, site):
    with opened(browser, (site / "index.html").as_uri()) as page:
        page.wait_for_url("**/docs/index.html")
        assert page.locator("h1").inner_text().startswith("The manual")
