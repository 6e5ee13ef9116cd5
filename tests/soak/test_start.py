"""How soon a session that was not built plays in a browser, and how soon a lost connection is told. Run this on an idle
machine."""

import time
from contextlib import closing

import pytest
from page_states import choose, plays, press, seconds_until_told
from pages import chromium, teacher
from playwright.sync_api import expect
from servers import ready, serving, until_ready, write_only_script

from audio_builder.web.access import access_policy
from audio_builder.web.app import app

FLOOR = "---\ntitle: Floor\nvoice: tone\n---\n\n# Rest\n\nLet your legs be heavy.\n\n[rest 2m..]\n"
LIMIT = 2.0
"""Seconds from the click until it plays. The fastest of three tries counts."""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    workspace = teacher(tmp_path_factory.mktemp("teacher"))
    with chromium() as browser, ready(app(workspace, access_policy("token"))) as address:
        page = browser.new_page()
        page.goto(address)
        page.locator("#play").click()
        page.locator("#agreed").click()  # from now on the cautions are confirmed
        page.locator("#another").click()
        yield page


def seconds_until_playing(page, button, after=0):
    """Click a button, and return how long it takes until the session plays beyond a position."""
    start = time.monotonic()
    button.click()
    page.wait_for_function(
        "(after) => { const a = document.querySelector('#audio'); return !a.paused && a.currentTime > after; }",
        arg=after,
        timeout=15_000,
    )
    return time.monotonic() - start


def play(page, length):
    """Play psoas-release at a length, and return how many seconds that takes."""
    page.locator("[name=script][value=psoas-release]").check()
    page.locator("#length").fill(length)
    page.locator("#length").press("Enter")
    expect(page.locator("#play")).to_have_attribute("aria-disabled", "false")
    return seconds_until_playing(page, page.locator("#play"))


def test_twelve_minutes_play_within_two_seconds(page):
    took = []
    for length in ("12m", "12m1s", "12m2s"):
        took.append(play(page, length))
        page.locator("#another").click()
    print(f"\n12 minutes: {', '.join(f'{seconds:.2f}' for seconds in took)} s")
    assert min(took) < LIMIT


def test_the_last_chapter_of_two_hours_plays_within_two_seconds(page):
    took = []
    for length in ("2h", "2h1s", "2h2s"):
        play(page, length)
        took.append(seconds_until_playing(page, page.locator("#chapters button").last, 6_000))
        page.locator("#another").click()
    print(f"\nlast chapter of 2 hours: {', '.join(f'{seconds:.2f}' for seconds in took)} s")
    assert min(took) < LIMIT


def test_a_lost_connection_is_told_within_two_seconds(page, home, tmp_path):
    took = []
    write_only_script(tmp_path, "floor", FLOOR)
    for _ in range(3):
        with closing(page.context.browser.new_context(service_workers="block")) as context:
            other = context.new_page()
            with serving(tmp_path, home, "--scripts", "scripts") as address:
                until_ready(address)
                other.goto(address)
                choose(other, "floor", "2h")
                press(other)
                plays(other)
            took.append(seconds_until_told(other, 6_000))
    assert min(took) < LIMIT
