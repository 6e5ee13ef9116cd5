"""Pages hold their layout at every size, in large text, in high contrast, from right to left and with long words."""

import json
from io import BytesIO

import numpy as np
import pytest
from page_states import BEYOND, CONTROLS, DESKTOP, PHONE, STATES, choose, opened, plays, press
from pages import axe, speak_all, teacher
from PIL import Image
from playwright.sync_api import expect
from servers import ready

from audio_builder.web.access import access_policy
from audio_builder.web.app import app

GERMAN = """---
title: Psoasmuskelentspannungsübung für Schreibtischarbeitsplatzinhaber
summary: Rückenlagenentspannungsvorbereitung, Unterschenkelhochlagerung und Zwerchfellatmung.
language: de
voice: tone
length: 12m
props: [ein Wohnzimmerlehnstuhl ohne Armlehnen, eine Kaschmirreisewolldecke]
---

# Rückenlagenentspannungsvorbereitungsabschnitt {figure lying-down}

Legen Sie sich hin.

# Unterschenkelhochlagerungsphase und Zwerchfellatmungsbeobachtung {figure legs-on-chair}

Ruhen Sie.

[rest 2m..]
"""
ARABIC = """---
title: استراحة قصيرة على الأرض
summary: استلق على ظهرك واسترح.
language: ar
voice: tone
length: 12m
---

# استلق {figure lying-down}

استلق على ظهرك.

# استرح {figure asleep}

[rest 2m..]
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("teacher")
    workspace = teacher(folder, cache, without=("six-habits", "rest-frame"))
    (folder / "scripts" / "lang.md").write_text(GERMAN, "utf-8")
    (folder / "scripts" / "arabic.md").write_text(ARABIC, "utf-8")
    speak_all(workspace)
    return workspace


@pytest.fixture(scope="module")
def served(workspace):
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


@pytest.fixture(scope="module")
def guarded(workspace):
    """A server that other computers can reach: everything needs the token."""
    with ready(app(workspace, access_policy("token", "0.0.0.0"))) as address:
        yield address


@pytest.fixture
def page(browser, served):
    with opened(browser, f"{served}/") as one:
        yield one


def test_clocks_never_break_over_lines(page):
    choose(page)
    press(page)
    plays(page)
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 700})
        for clock in page.locator("#player time").all():
            assert clock.evaluate("one => one.getClientRects().length") == 1
            line = clock.evaluate("one => parseFloat(getComputedStyle(one).lineHeight)")
            assert clock.bounding_box()["height"] < 1.5 * line


SIZES = [(320, 640), (390, 844), (844, 390), (768, 1024), (1280, 900), (1920, 1080)]
ZOOMED = (320, 225)
"""A window of 1280 by 900 pixels at a zoom of 400 %."""
WAYS = [*((size, text, "ltr") for size in SIZES for text in ("100%", "200%")), (ZOOMED, "100%", "ltr")]
WAYS += [(size, "100%", "rtl") for size in (SIZES[0], SIZES[4], ZOOMED)]


def holds(page, ways=WAYS):
    """Assert that nothing is cut off, too wide or too small, in each way to look at a page."""
    for (width, height), text, direction in ways:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(
            "([text, dir]) => { Object.assign(document.documentElement, { dir }).style.fontSize = text; }",
            [text, direction],
        )
        where = f"{width}x{height} at {text}, {direction}"
        too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not too_wide, f"{where}: {page.evaluate(BEYOND)}"
        faults = page.evaluate(CONTROLS)
        assert not faults, f"{where}: {faults}"


@pytest.fixture(scope="module", params=STATES)
def in_state(request, browser, served):
    """A page in each of its states, which is reached once for all tests of it."""
    path, reach, page_shows = STATES[request.param]
    with opened(browser, f"{served}{path}", reduced_motion="reduce") as page:
        reach(page)
        page.shows = page.locator(page_shows).first
        yield page


def test_every_control_can_be_hit_and_nothing_is_cut_off_at_any_size(in_state):
    expect(in_state.shows).to_be_visible()
    holds(in_state)
    expect(in_state.shows).to_be_visible()


LOOKS = [(PHONE, "dark", "none"), (DESKTOP, "light", "none"), (PHONE, "dark", "active")]
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def test_axe_finds_no_accessibility_barrier(in_state):
    expect(in_state.shows).to_be_visible()
    in_state.evaluate(
        "() => { document.documentElement.removeAttribute('dir'); document.documentElement.style.fontSize = ''; }"
    )
    in_state.evaluate(axe())
    for viewport, scheme, forced in LOOKS:
        in_state.set_viewport_size(viewport)
        in_state.emulate_media(color_scheme=scheme, forced_colors=forced)
        # to the end, where the button that stays in view covers nothing
        in_state.evaluate("scrollTo(0, document.body.scrollHeight)")
        found = in_state.evaluate("standards => axe.run({ runOnly: standards })", STANDARDS)
        barriers = {one["id"]: [node["html"][:120] for node in one["nodes"]] for one in found["violations"]}
        assert not barriers, f"{scheme}: {json.dumps(barriers, indent=1)}"
        assert len(found["passes"]) > 15
        assert in_state.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{scheme}: too wide"
    expect(in_state.shows).to_be_visible()


@pytest.mark.parametrize("script", ["lang", "arabic"])
def test_long_words_and_other_writing_fit(browser, served, script):
    with opened(browser, f"{served}/") as page:
        choose(page, script)
        holds(page)
        press(page)
        plays(page)
        holds(page)
        assert page.locator("#chapter").evaluate("one => getComputedStyle(one).direction") == (
            "rtl" if script == "arabic" else "ltr"
        )


@pytest.mark.parametrize("state", ["compose", "playing", "writing"])
def test_what_stays_in_view_leaves_room_for_the_rest_at_a_zoom_of_400_percent(browser, served, state):
    path, reach, _ = STATES[state]
    with opened(browser, f"{served}{path}") as page:
        reach(page)
        page.set_viewport_size(dict(zip(("width", "height"), ZOOMED, strict=True)))
        stuck = page.evaluate(STUCK)
        assert stuck <= ZOOMED[1] / 2, f"{stuck} px of {ZOOMED[1]} are covered wherever one scrolls"


# Returns the height of everything that stays in view while one scrolls.
STUCK = """() => [...document.querySelectorAll('body *')]
  .filter((one) => one.checkVisibility() && ['sticky', 'fixed'].includes(getComputedStyle(one).position))
  .reduce((sum, one) => sum + one.getBoundingClientRect().height, 0)"""


# What is chosen, and its like that is not, in a state.
CHOSEN = [
    ("playing", "#chapters button[aria-current=true]", "#chapters button:not([aria-current])"),
    ("playing", "#strip .part.now", "#strip .part:not(.now)"),
    ("compose", ".chips [aria-pressed=true]", ".chips [aria-pressed=false]"),
    ("suggestions", "#offers [aria-selected=true]", "#offers li:not([aria-selected=true])"),
    ("subscribe", "nav [aria-current]", "nav a:not([aria-current])"),
]


@pytest.mark.parametrize(("state", "chosen", "other"), CHOSEN)
def test_what_is_chosen_can_be_told_apart_in_forced_colours(browser, served, state, chosen, other):
    path, reach, _ = STATES[state]
    with opened(browser, f"{served}{path}", forced_colors="active", reduced_motion="reduce") as page:
        reach(page)
        if state == "suggestions":
            page.keyboard.press("ArrowDown")
        if state != "playing":  # which goes on loading
            page.wait_for_load_state("networkidle")
        looks = []
        for selector in (chosen, other):
            one = page.locator(selector).first
            image = Image.open(BytesIO(one.screenshot())).convert("RGB")
            looks.append(image.getpixel((image.width // 8 + 3, image.height // 4)))
        assert sum(abs(a - b) for a, b in zip(*looks, strict=True)) > 90, looks


def test_a_dim_screen_is_black_in_forced_colours_too(browser, served):
    path, reach, _ = STATES["dim"]
    with opened(browser, f"{served}{path}", scheme="light", forced_colors="active") as page:
        reach(page)
        assert np.median(np.asarray(Image.open(BytesIO(page.screenshot())).convert("L"))) == 0


@pytest.mark.parametrize(("width", "text"), [(320, "100%"), (390, "200%"), (1280, "200%")])
def test_words_stay_whole_on_small_pages_and_in_large_text(page, width, text):
    page.set_viewport_size({"width": width, "height": 700})
    page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
    for word in page.locator("nav a, .card:not(:has([value=lang])) .name").all():
        line = word.evaluate("one => parseFloat(getComputedStyle(one).lineHeight)")
        words = len(word.inner_text().split())
        assert word.evaluate("one => one.getBoundingClientRect().height") < (words + 1.6) * line
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["/make", "/subscribe"])
def test_no_page_is_too_wide_on_a_phone_in_large_text(browser, served, path):
    with opened(browser, f"{served}{path}") as page:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_that_asks_for_the_token_has_no_accessibility_barrier(browser, guarded):
    with opened(browser, f"{guarded}/make") as page:
        page.evaluate(axe())
        assert page.evaluate("axe.run().then((found) => found.violations.map((one) => one.id))") == []
