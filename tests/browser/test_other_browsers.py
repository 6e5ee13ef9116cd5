"""The web pages in Firefox and in WebKitGTK, which is the nearest to Safari that Debian has."""

import json

import pytest
from other_browsers import WebKit, firefox, webkit
from page_states import BEYOND, CONTROLS
from pages import teacher
from servers import ready, serving, serving_again, until_ready, write_only_script

from audio_builder.web.access import access_policy
from audio_builder.web.app import app

LEFT_OUT = ("six-habits", "rest-frame")
PLAYS = (
    "(after) => { const a = document.querySelector('#audio'); return !a.paused && a.currentTime > after; }"
)


LOOKS = [((390, 844), "100%"), ((390, 844), "200%"), ((844, 390), "100%"), ((768, 1024), "200%")]
LOOKS += [((1280, 900), "100%")]
"""A phone in usual and in large text, every other size in one of them: in Chromium, every size is looked at in both."""


@pytest.fixture(scope="module", params=[firefox, webkit], ids=["firefox", "webkit"])
def browser(request):
    with request.param() as running:
        running.resize(390, 844)
        yield running


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    return teacher(tmp_path_factory.mktemp("teacher"), cache, strange=False, without=LEFT_OUT)


@pytest.fixture(scope="module")
def served(workspace):
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


# WebKit sometimes forgets to move while it is still loading.
MOVED = """(at) => {
  const a = document.querySelector('#audio');
  if (!a.seeking && a.currentTime < at - 1) a.currentTime = at;
  return !a.paused && a.currentTime > at + 0.5;
}"""


def begin(browser, address, length="10", script="legs-on-chair"):
    """Open the page and play a session."""
    browser.open(f"{address}/")
    browser.run("() => localStorage.clear()")
    browser.open(f"{address}/")
    browser.press(f"[name=script][value={script}]")
    browser.fill("#length", length)
    browser.until("() => document.querySelector('#play').getAttribute('aria-disabled') === 'false'")
    browser.press("#play")
    browser.until(
        "() => document.querySelector('#cautions').open || !document.querySelector('#player').hidden"
    )
    if browser.run("() => document.querySelector('#cautions').open"):
        browser.press("#agreed")
    browser.until(PLAYS, 0.3)


def test_a_session_plays_and_can_be_moved_in(browser, served):
    begin(browser, served)
    browser.press("#chapters li:last-child button")
    start = browser.run("() => document.querySelector('#audio').currentTime")
    assert start > 300
    browser.until(PLAYS, start + 0.3)
    browser.press("#back")
    browser.until("(start) => document.querySelector('#audio').currentTime < start", start)
    browser.until(PLAYS, start - 15)
    browser.press("#toggle")
    browser.until("() => document.querySelector('#audio').paused")


def test_a_session_can_be_resumed(browser, served):
    begin(browser, served)
    browser.until(MOVED, 200)
    browser.until("() => Object.keys(localStorage).some((key) => key.startsWith('place:'))")
    browser.open(f"{served}/")
    browser.shown("#resume")
    assert browser.run("() => document.querySelector('#resume').textContent").startswith("Resume at 3:")
    browser.press("#resume")
    browser.until(PLAYS, 199)


def test_a_lost_connection_is_told_and_playback_goes_on(browser, home, tmp_path):
    script = "---\ntitle: Floor\nvoice: tone\n---\n\n# Rest\n\nLet your legs be heavy.\n\n[rest 2m..]\n"
    write_only_script(tmp_path, "floor", script)
    with serving(tmp_path, home, "--scripts", "scripts") as address:
        until_ready(address)
        begin(browser, address, "2h", "floor")
        length = browser.run("() => document.querySelector('#audio').duration")
    browser.run(
        "(at) => { window.lost = performance.now(); document.querySelector('#audio').currentTime = at; }",
        length - 600,
    )
    browser.until("() => document.querySelector('#about').textContent.startsWith('The connection is lost')")
    told = browser.run("() => performance.now() - window.lost") / 1000
    print(f"told {told:.1f} s after the connection was lost")  # two seconds, if nothing else runs here
    assert told < 20
    with serving_again(address, tmp_path, home, "--scripts", "scripts"):
        browser.until(PLAYS, length - 599.5)
        browser.until("() => !document.querySelector('#about').textContent.includes('lost')")


def test_a_kept_session_plays_without_the_server(browser, workspace):
    with ready(app(workspace, access_policy("token"))) as address:
        begin(browser, address, "5", "pillow-under-knees")
        browser.run("() => navigator.serviceWorker.ready.then(() => true)")
        browser.press("#keep")
        browser.until("() => document.querySelector('#keep').textContent === 'Remove from this device'")
        browser.open(f"{address}/")
    browser.open(f"{address}/")
    browser.shown("#kept button")
    browser.press("#kept button")
    browser.until(PLAYS, 0.3)
    browser.press("#chapters li:last-child button")
    start = browser.run("() => JSON.parse(localStorage.kept)[0].chapters.at(-1).start")
    browser.until(PLAYS, start)
    assert browser.run("() => document.querySelector('#figure').naturalWidth") > 0
    browser.press("#keep")
    browser.until("() => document.querySelector('#kept').hidden")
    assert (
        browser.run("() => caches.open('sessions').then((all) => all.keys()).then((keys) => keys.length)")
        == 0
    )


@pytest.mark.parametrize("state", ["home", "player"])
def test_the_layout_holds(browser, served, state):
    browser.open(f"{served}/") if state == "home" else begin(browser, served)
    try:
        for (width, height), text in LOOKS:
            browser.resize(width, height)
            browser.run("(size) => { document.documentElement.style.fontSize = size; }", text)
            where = f"{width}x{height} at {text}"
            wide = browser.run("() => document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{where}: {json.dumps(browser.run(BEYOND))}"
            assert browser.run(CONTROLS) == [], where
    finally:
        browser.resize(390, 844)


def test_the_recording_page_shows_each_sentence_and_sends_what_the_microphone_hears(browser, served):
    browser.open(f"{served}/record?script=legs-on-chair&voice=ana")
    browser.until("() => document.querySelector('#sentence').textContent.length > 10")
    first = browser.run("() => document.querySelector('#sentence').textContent")
    browser.press("#next")
    browser.until("(first) => document.querySelector('#sentence').textContent !== first", first)
    if browser.run("() => navigator.mediaDevices === undefined || !window.MediaRecorder"):
        assert isinstance(browser, WebKit)
        browser.until("() => document.querySelector('#problem').textContent.includes('https')")
        return
    browser.press("#record")
    if isinstance(browser, WebKit):  # its driver has no microphone
        browser.until("() => document.querySelector('#problem').textContent.includes('icrophone')")
        return
    browser.until("() => document.querySelector('#record').textContent === 'Stop'")
    browser.until("() => document.querySelector('#level').value > -60")
    browser.press("#record")
    # a tone is no sentence; but it was recorded, sent, decoded and judged
    browser.until("() => document.querySelector('#problem').textContent.includes('This take cannot be used')")
