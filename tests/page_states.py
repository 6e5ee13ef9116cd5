"""The pages in each of their states, reached as a person would reach them."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import Page, expect

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


# Returns the elements that reach beyond the right edge.
BEYOND = """() => [...document.querySelectorAll('body *')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => `${one.tagName} ${one.id || one.className} ${one.textContent.trim().slice(0, 40)}`)"""

# Returns the controls that are smaller than 44 px, reach out of the page, or cut off their own words.
CONTROLS = """() => [...document.querySelectorAll('button, select, input[type=text], input[type=range], a.button')]
  .filter((one) => one.checkVisibility())
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.width < 44 || box.height < 44 || box.left < -0.5 || box.right > innerWidth + 0.5
    || (one.matches('button') && one.scrollWidth > one.clientWidth + 1))
  .map(([one, box]) => `${one.id || one.textContent.trim()}: ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`)"""


@contextmanager
def opened(browser, address, viewport=PHONE, scheme="dark", **more):
    """Open a page in its own context. An error in its code fails the test; `page.asked` has what it requests."""
    context = browser.new_context(viewport=viewport, color_scheme=scheme, **more)
    page = context.new_page()
    page.asked, page.faults = [], []
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    try:
        page.goto(address)
        yield page
        assert page.faults == []
    finally:
        context.close()


def choose(page, script="psoas-release", length="12"):
    page.locator(f"[name=script][value={script}]").check()
    page.locator("#length").fill(length)
    page.locator("#length").press("Enter")
    expect(page.locator("#play")).to_have_attribute("aria-disabled", "false")


def press(page):
    """Press play, and confirm that the cautions were read if they are shown."""
    page.locator("#play").click()
    agree(page)


def agree(page):
    shown = page.locator("#cautions, #player").filter(visible=True).first
    expect(shown).to_be_visible()
    if shown.get_attribute("id") == "cautions":
        page.locator("#agreed").click()


def plays(page, after=0.0):
    """Wait until sound that was decoded plays beyond a position, in seconds."""
    page.wait_for_function(
        """(after) => {
          const a = document.querySelector('#audio');
          const isHeard = !a.paused && !a.seeking && a.readyState > 2 && a.webkitAudioDecodedByteCount > 0;
          return isHeard && a.currentTime > after;
        }""",
        arg=after,
        timeout=60_000,
    )


def seconds_until_told(page, at):
    """Move to a place that is not loaded, after the server has gone. Return how long the page takes to say so."""
    page.evaluate(
        "(at) => { window.lost = performance.now(); document.querySelector('#audio').currentTime = at; }", at
    )
    page.wait_for_function(
        "() => document.querySelector('#about').textContent.startsWith('The connection is lost')"
    )
    told = page.evaluate("performance.now() - window.lost") / 1000
    print(f"told {told:.1f} s after the connection was lost")
    return told


def building(page, length, script="psoas-release"):
    page.locator("#compose [name=script]").select_option(script)
    page.locator("#length").fill(length)
    page.locator("#length").press("Enter")
    expect(page.locator("#build")).to_have_attribute("aria-disabled", "false")
    page.locator("#build").click()


def _listening(page):
    choose(page)


def _problem(page):
    page.locator("#length").fill("3")
    page.locator("#length").press("Enter")


def _options(page):
    page.locator("#options").click()


def _dim(page):
    _playing(page)
    page.locator("#dim").click()


def _lengths(page):
    _playing(page)
    page.locator("#longer").click()


def _favourites(page):
    _playing(page)
    page.locator("#favourite").click()
    page.locator("#another").click()
    expect(page.locator("#mine")).to_be_visible()


def _offline(page):
    _left(page)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()


def _cautions(page):
    choose(page)
    page.locator("#play").click()
    expect(page.locator("#cautions")).to_be_visible()


def _playing(page):
    choose(page)
    press(page)
    plays(page)
    page.locator("#chapters button").nth(2).click()


def _left(page):
    _playing(page)
    one = {"address": "/media/a.mp3", "title": "A", "about": "", "image": "", "length": 300, "chapters": []}
    page.evaluate("(kept) => localStorage.setItem('kept', kept)", json.dumps([one]))
    page.reload()
    expect(page.locator("#kept")).to_be_visible()
    expect(page.locator("#resume")).to_be_visible()


def _composing(page):
    page.locator("#chosen").check()
    expect(page.locator("#order-list li")).to_have_count(3)
    page.locator("#compose summary").click()
    page.locator("#pasting summary").click()


def _built(page):
    building(page, "6m30s", "pillow-under-knees")  # as before, so it is there at once
    expect(page.locator("#built")).to_be_visible(timeout=60_000)


def _editing(page):
    page.locator("#open").click()
    page.locator("#text").fill("---\ntitle: x\n---\n\n# x\n\nLet go. [pauze]\n")
    expect(page.locator("#behind mark")).to_be_attached()


def _writing(page):
    page.locator("#which").select_option("pillow-under-knees")
    page.locator("#open").click()
    expect(page.locator("#preview-timeline")).to_be_visible()
    for summary in page.locator(".beside summary").all():
        summary.click()


def _suggestions(page):
    _writing(page)
    page.locator("#text").press("Control+End")
    page.keyboard.type("\n\n[")
    expect(page.locator("#offers")).to_be_visible()


def _naming(page):
    _writing(page)
    page.locator("#copy").click()
    expect(page.locator("#naming")).to_be_visible()


def _recording(page):
    page.locator("#voice").fill("ana")
    page.locator("#script").select_option("legs-on-chair")
    page.locator("#begin button[type=submit]").click()
    expect(page.locator("#recorder")).to_be_visible()


def _nothing(_page):
    pass


class State(NamedTuple):
    """A state of a page: its path, what reaches it there, and what is visible in it and not without it."""

    path: str
    reach: Callable[[Page], None]
    shown: str


STATES = {
    "listen": State("/", _listening, "#play[aria-disabled=false]"),
    "a length that cannot be": State("/", _problem, "#problem:not(:empty)"),
    "options": State("/", _options, "#sheet-done"),
    "cautions": State("/", _cautions, "#agreed"),
    "playing": State("/", _playing, "#chapters [aria-current=true]"),
    "dim": State("/", _dim, "#dimmed"),
    "another length": State("/", _lengths, "#lengths-list button"),
    "favourites": State("/", _favourites, "#mine-list li"),
    "offline": State("/", _offline, "#offline"),
    "kept and left": State("/", _left, "#kept-list li"),
    "compose": State("/make", _composing, "#order-list li"),
    "built": State("/make", _built, "#built-mp3"),
    "editing with a fault": State("/make", _editing, "#faults li"),
    "writing": State("/make", _writing, "#preview-timeline"),
    "suggestions": State("/make", _suggestions, "#offers [role=option]"),
    "naming": State("/make", _naming, "#naming-field"),
    "before recording": State("/record", _nothing, "#begin"),
    "recording": State("/record", _recording, "#recorder"),
    "subscribe": State("/subscribe?length=25m", _nothing, "#address"),
    "subscribe with a fault": State("/subscribe?length=x", _nothing, "#problem"),
}
