"""The page in a real browser, below a path of a host with https, behind nginx as the example configures it."""

import re
from urllib.parse import urlsplit

import pytest
from page_states import PHONE, building, choose, plays, press
from pages import chromium, teacher
from playwright.sync_api import expect
from proxies import make_certificate, nginx_site
from servers import ready

from audio_builder.script.search import shipped_folder
from audio_builder.web.access import access_policy
from audio_builder.web.app import app
from audio_builder.web.hosting import Hosting

NAME, SCRIPT = "home.example.org", "pillow-under-knees"


@pytest.fixture(scope="module")
def browser():
    # service workers refuse a certificate that is only accepted by the context of a page
    with chromium(f"--host-resolver-rules=MAP {NAME} 127.0.0.1", "--ignore-certificate-errors") as launched:
        yield launched


@pytest.fixture(scope="module")
def site(tmp_path_factory, cache):
    others = {path.stem for path in shipped_folder().glob("*.md")} - {SCRIPT}
    workspace = teacher(tmp_path_factory.mktemp("teacher"), cache, without=others)
    policy = access_policy("token", names=[NAME], behind_proxy=True)
    hosting = Hosting("/relax", ("127.0.0.1/32",))
    folder = tmp_path_factory.mktemp("nginx")
    with (
        ready(app(workspace, policy, hosting=hosting)) as address,
        nginx_site(
            folder, "nginx-prefix.conf", urlsplit(address).netloc, make_certificate(folder, NAME)
        ) as site,
    ):
        yield site


@pytest.fixture
def page(browser, site):
    """The page, opened with the token. Whatever its console reports, and whatever it cannot load, fails the test."""
    context = browser.new_context(viewport=PHONE, ignore_https_errors=True)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: said.type in ("error", "warning") and page.faults.append(said.text))
    page.on(
        "response",
        lambda answer: answer.status >= 400 and page.faults.append(f"{answer.status} {answer.url}"),
    )
    page.on("request", lambda asked: _is_below(site, asked.url) or page.faults.append(asked.url))
    try:
        page.goto(f"{site.address}/?token=token")
        yield page
        assert page.faults == []
    finally:
        context.close()


def _is_below(site, address):
    return address.startswith((f"{site.address}/", "data:", "blob:"))


def test_a_session_plays_and_is_sought_below_the_path(page, site):
    assert page.url == f"{site.address}/"
    choose(page, SCRIPT, "12")
    press(page)
    plays(page)
    page.locator("#chapters button").last.click()
    plays(page, after=60)
    source = page.evaluate("document.querySelector('#audio').currentSrc")
    assert source.startswith(f"{site.address}/media/{SCRIPT}.mp3")
    assert page.evaluate("Object.keys(localStorage).every((key) => key.startsWith('/relax'))")


def test_a_session_that_is_kept_plays_without_a_network_below_the_path(page, site):
    scope = page.evaluate("navigator.serviceWorker.ready.then((ready) => ready.scope)")
    assert scope == f"{site.address}/"
    choose(page, SCRIPT, "5")
    press(page)
    plays(page)
    page.locator("#keep").click()
    expect(page.locator("#keep")).to_have_text("Remove from this device")
    page.reload()
    assert page.faults == []
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.get_by_role("button", name="Play A pillow under your knees, 5 minutes", exact=True).click()
    plays(page)
    page.context.set_offline(False)
    page.faults.clear()  # what the console said of the missing network


def test_the_other_pages_and_the_choice_of_a_language_stay_below_the_path(page, site):
    for name, path in (
        ("Make", "/make"),
        ("Record", "/record"),
        ("Subscribe", "/subscribe"),
        ("Listen", "/"),
    ):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        page.wait_for_url(f"{site.address}{path}")
        expect(page.locator("header a[aria-current=page]")).to_have_text(name)
    page.get_by_role("link", name="Deutsch").click()
    page.wait_for_url(f"{site.address}/")
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_a_session_is_built_and_heard_below_the_path(page, site):
    page.goto(f"{site.address}/make")
    building(page, "5", SCRIPT)
    drawn = page.locator("#picture")
    expect(drawn).to_have_attribute("src", re.compile("length=300s"))
    assert drawn.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 0
    expect(page.locator("#built")).to_be_visible(timeout=60_000)
    address = page.evaluate("document.querySelector('#built-mp3').href")
    assert address.startswith(f"{site.address}/media/{SCRIPT}-5m")
    assert site.ask(address, Cookie="audio-builder=token").status == 200
