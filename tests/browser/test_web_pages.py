"""The web pages in a real browser: listening, making sessions, subscribing, and playing stored sessions offline."""

import re
import threading
import time
from contextlib import ExitStack, closing
from io import BytesIO

import pytest
from page_states import DESKTOP, PHONE, agree, building, choose, opened, plays, press, seconds_until_told
from pages import STRANGE, teacher
from PIL import Image
from playwright.sync_api import expect
from servers import ready, serving, serving_again, until_ready, write_only_script
from word_files import word_file

from audio_builder.library import storage
from audio_builder.session.session import Session
from audio_builder.units import duration
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

# Returns the loudest sample that the audio element plays within thirty seconds, or the first above 0.01: longer than
# the pauses between sentences, which only the background fills.
LOUDEST = """async () => {
  const audio = document.querySelector('#audio');
  const context = new AudioContext();
  const heard = context.createAnalyser();
  heard.fftSize = 32768;
  context.createMediaStreamSource(audio.captureStream()).connect(heard);
  const samples = new Float32Array(heard.fftSize);
  let loudest = 0;
  for (let n = 0; n < 300 && loudest < 0.01; n += 1) {
    await new Promise((done) => setTimeout(done, 100));
    heard.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples.map(Math.abs));
  }
  await context.close();
  return loudest;
}"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    return teacher(tmp_path_factory.mktemp("teacher"), cache, without=("six-habits", "rest-frame"))


@pytest.fixture(scope="module")
def served(workspace):
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


@pytest.fixture(scope="module")
def guarded(workspace):
    """A server that other computers can reach, also by the name floor.example: everything needs the token."""
    with ready(app(workspace, access_policy("token", "0.0.0.0", names=["floor.example"]))) as address:
        yield address


@pytest.fixture
def rendered(monkeypatch):
    """The (session, chunk) pairs that are rendered during a test."""
    found = set()
    render = Session.chunk

    def counted(session, number):
        found.add((session.timeline.length, number))
        return render(session, number)

    monkeypatch.setattr(Session, "chunk", counted)
    return found


@pytest.fixture
def page(browser, served):
    with opened(browser, f"{served}/") as one:
        yield one


def test_a_session_plays_after_the_cautions_are_confirmed(page):
    choose(page)
    expect(page.locator("#props")).to_contain_text("a steady chair")
    page.locator("#play").click()
    dialog = page.locator("#cautions")
    expect(dialog).to_be_visible()
    expect(dialog.locator("#cautions-list li").first).to_contain_text("get medical help now")
    expect(dialog.locator("#cautions-full")).to_be_hidden()
    dialog.locator("summary").click()
    expect(dialog.locator("#cautions-full")).to_contain_text("call your emergency service")
    assert page.evaluate("document.querySelector('#audio').currentTime") == 0
    page.locator("#agreed").click()
    plays(page)
    assert page.evaluate(LOUDEST) > 0.01
    assert page.evaluate("document.querySelector('#audio').duration") == pytest.approx(720, abs=0.1)
    assert page.evaluate("navigator.mediaSession.metadata.title") == "Psoas release"
    assert page.evaluate("navigator.mediaSession.playbackState") == "playing"
    expect(page.locator("#toggle")).to_have_text("Pause")


def test_what_was_read_is_not_asked_again_by_a_session_that_asks_for_less(page):
    choose(page, length="28")
    press(page)
    plays(page)
    for script, length in (("psoas-release", "12"), ("knees-together", "10"), ("psoas-release", "28")):
        page.locator("#another").click()
        choose(page, script, length)
        page.locator("#play").click()
        plays(page)
    expect(page.locator("#cautions")).to_be_hidden()


def test_a_stray_tap_on_play_loses_no_place(page):
    choose(page)
    press(page)
    plays(page)
    page.evaluate("document.querySelector('#audio').currentTime = 300")
    plays(page, after=300.5)
    page.locator("#another").click()
    first = page.locator("#choose button, #choose input").filter(visible=True).first
    expect(first).to_have_id("resume")  # before everything else
    page.locator("#play").click()
    plays(page, after=11)
    page.reload()
    expect(page.locator("#resume")).to_contain_text(re.compile("5:[0-5][0-9]"))
    page.locator("#play").click()
    plays(page)
    page.locator("#former").click()
    plays(page, after=300)
    expect(page.locator("#former")).to_be_hidden()


def test_each_card_and_each_chapter_shows_how_to_lie(page):
    choose(page)
    for card in page.locator(".card img").all():
        card.scroll_into_view_if_needed()
        expect(card).to_have_js_property("complete", True)
        assert card.evaluate("image => image.naturalWidth") > 0
    press(page)
    plays(page)
    figure = page.locator("#figure")
    seen = set()
    for chapter in page.locator("#chapters button").all():
        chapter.click()
        expect(chapter).to_have_attribute("aria-current", "true")
        expect(figure).to_be_visible()
        expect(figure).to_have_js_property("complete", True)
        assert figure.evaluate("image => image.naturalWidth") > 0
        seen.add(figure.get_attribute("alt"))
    assert len(seen) >= 4
    assert any("chair" in words for words in seen)


def test_a_session_that_was_not_built_plays_from_any_chapter_without_rendering_the_rest(
    page, served, rendered
):
    """`make soak` measures the seconds until it plays."""
    choose(page, length="2h 5m")  # no other test listens to this length: its chunks are in no memory
    press(page)
    plays(page)
    planned = page.request.get(f"{served}/api/session?script=psoas-release&length=2h5m").json()
    start = planned["chapters"][-1]["start_ms"] / 1000
    assert start > 6_000
    last = page.locator("#chapters button").last
    last.click()
    plays(page, after=start + 0.05)
    assert page.evaluate(LOUDEST) > 0.01
    chunks = {number for length, number in rendered if length == 125 * 60_000}
    state = page.evaluate("(a => [a.currentTime, a.seeking, a.readyState])(document.querySelector('#audio'))")
    assert 1 < len(chunks) < 0.2 * max(chunks), (sorted(chunks), start, state)
    expect(last).to_have_attribute("aria-current", "true")
    share = page.evaluate("parseFloat(document.querySelector('#here').style.insetInlineStart)")
    assert share == pytest.approx(100 * start / 7500, abs=0.5)


def test_a_length_may_be_typed_as_people_write_it(page):
    for typed, shown in (
        ("12", "12m"),
        ("12:30", "12m30s"),
        ("1h 10m", "1h10m"),
        ("90 minutes", "1h30m"),
        ("8h", "8h"),
        ("7.9", "7m54s"),
    ):
        choose(page, length=typed)
        expect(page.locator("#length")).to_have_value(shown)


def test_an_impossible_length_is_explained(page):
    choose(page)
    for typed, said in (("6", "not possible here"), ("9h", "use 5m to 8h"), ("long", "Write a length like")):
        page.locator("#length").fill(typed)
        page.locator("#length").press("Enter")
        expect(page.locator("#problem")).to_contain_text(said)
        page.locator("#play").click(force=True)
        expect(page.locator("#player")).to_be_hidden()
        choose(page)
        expect(page.locator("#problem")).to_be_empty()


def test_everything_can_be_done_with_the_keyboard_alone(browser, served):
    with opened(browser, f"{served}/", DESKTOP) as page:
        expect(page.locator("#play")).to_have_attribute("aria-disabled", "false")

        def tab_to(selector):
            for _ in range(40):
                page.keyboard.press("Tab")
                if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                    return
            raise AssertionError(f"the keyboard does not reach {selector}")

        tab_to("[name=script]")
        page.keyboard.press("ArrowDown")  # a script without cautions
        page.keyboard.press("ArrowDown")
        tab_to("#chips button")
        page.keyboard.press("Enter")
        expect(page.locator("#chips [aria-pressed=true]")).to_have_count(1)
        tab_to("#length")
        page.keyboard.press("Control+a")
        page.keyboard.type("20")
        page.keyboard.press("Enter")
        expect(page.locator("#length")).to_have_value("20m")
        tab_to("#play")
        page.keyboard.press("Enter")
        tab_to("#agreed")
        page.keyboard.press("Enter")
        plays(page)
        assert page.evaluate("document.activeElement.id") == "playing"
        tab_to("#seek")
        for _ in range(3):
            page.keyboard.press("PageUp")
        plays(page, after=200)
        tab_to("#toggle")
        page.keyboard.press("Space")
        expect(page.locator("#toggle")).to_have_text("Play")
        tab_to("#chapters button")
        page.keyboard.press("Enter")
        expect(page.locator("#toggle")).to_have_text("Pause")
        tab_to("#another")
        page.keyboard.press("Enter")
        expect(page.locator("#choose")).to_be_visible()


def test_a_session_can_be_resumed_where_it_was_left(page):
    choose(page, length="12")
    press(page)
    plays(page)
    page.locator("#seek").evaluate(
        "(seek) => { seek.value = '300'; seek.dispatchEvent(new Event('input')); }"
    )
    plays(page, after=300)
    page.reload()
    expect(page.locator("#length")).to_have_value("12m")
    # it played on until it was left
    expect(page.locator("#resume")).to_have_text(re.compile("Resume at 5:[0-5][0-9]"))
    page.locator("#resume").click()
    plays(page, after=299)
    assert page.evaluate("document.querySelector('#audio').currentTime") < 420


def test_a_length_is_one_tap(page):
    choose(page)
    page.locator("#chips button", has_text="20 min").click()
    expect(page.locator("#length")).to_have_value("20m")
    press(page)
    plays(page)
    assert page.evaluate("document.querySelector('#audio').duration") == pytest.approx(1200, abs=0.1)


def test_each_sound_can_be_tried_and_what_is_silent_says_so(page):
    page.locator("#options").click()
    page.locator("[name=voice]").select_option("tone")
    for sound in ("voice", "ambience", "bell"):
        before = page.locator("#sample").evaluate("one => one.currentSrc")
        page.locator(f"[data-sample={sound}]").click()
        page.wait_for_function(
            """(before) => {
              const one = document.querySelector('#sample');
              return one.currentSrc !== before && one.currentTime > 0.2 && one.duration > 0.5;
            }""",
            arg=before,
        )
        expect(page.locator("#sample-problem")).to_be_empty()
    page.locator("[name=bell]").select_option("none")
    page.locator("[data-sample=bell]").click()
    expect(page.locator("#sample-problem")).to_have_text("Nothing to hear here.")


def test_the_space_bar_plays_and_pauses_and_the_chapter_buttons_move(page):
    choose(page)
    press(page)
    plays(page)
    page.keyboard.press("Space")
    expect(page.locator("#toggle")).to_have_text("Play")
    page.keyboard.press("Space")
    expect(page.locator("#toggle")).to_have_text("Pause")
    current = page.locator("#chapters [aria-current=true]")
    for button, number in (("#after", 1), ("#after", 2), ("#before", 1), ("#before", 0)):
        page.locator(button).click()
        expect(page.locator("#chapters button").nth(number)).to_have_attribute("aria-current", "true")
        expect(current).to_have_count(1)


def test_the_time_that_is_left_counts_down(page):
    choose(page)
    press(page)
    plays(page, after=1.5)
    page.keyboard.press("Space")
    expect(page.locator("#left")).to_have_text(re.compile("11:[0-5][0-9]"))
    expect(page.locator("#whole")).to_have_text("12:00")


def test_a_dim_screen_shows_next_to_nothing_until_it_is_touched(page):
    choose(page)
    press(page)
    plays(page)
    page.locator("#dim").click()
    shot = Image.open(BytesIO(page.screenshot())).convert("L")
    assert sum(shot.histogram()[40:]) < 0.01 * shot.width * shot.height
    page.keyboard.press("Space")  # pauses without light
    expect(page.locator("#dimmed")).to_be_visible()
    assert page.evaluate("document.querySelector('#audio').paused")
    page.locator("#dimmed").click()
    expect(page.locator("#dimmed")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "dim"


def _breath_sizes(page, served):
    planned = page.request.get(f"{served}/api/session?script=psoas-release&length=12m").json()
    start = planned["breaths"][0]["start_ms"] / 1000
    sizes = []
    for at in (0.1, 2, 3.9, 7, 9.9):
        page.evaluate("(at) => { document.querySelector('#audio').currentTime = at; }", start + at)
        page.wait_for_function(
            """(at) => {
              const audio = document.querySelector('#audio');
              return !audio.seeking && Math.abs(audio.currentTime - at) < 0.3;
            }""",
            arg=start + at,
        )
        expect(page.locator("#breath")).to_be_visible()
        sizes.append(
            page.evaluate("Number(document.querySelector('#breath').style.getPropertyValue('--size'))")
        )
    page.evaluate("document.querySelector('#audio').currentTime = 1")
    expect(page.locator("#breath")).to_be_hidden()
    return sizes


def test_a_circle_breathes_with_the_paced_breath(page, served):
    choose(page)
    press(page)
    plays(page)
    page.keyboard.press("Space")
    sizes = _breath_sizes(page, served)
    assert sizes[0] < 0.5 < sizes[1] < 0.95 < sizes[2]
    assert sizes[2] > sizes[3] > sizes[4]


def test_the_circle_stays_still_for_those_who_ask_for_less_motion(browser, served):
    with opened(browser, f"{served}/", reduced_motion="reduce") as page:
        choose(page)
        press(page)
        plays(page)
        assert set(_breath_sizes(page, served)) == {1}


def test_another_length_goes_on_at_the_same_sentence(page, served):
    choose(page, length="28")
    press(page)
    plays(page)
    planned = page.request.get(f"{served}/api/plan?script=psoas-release&length=28m").json()
    spoken = [cue for cue in planned["cues"] if cue["text"]]
    cue = spoken[len(spoken) // 2]
    page.keyboard.press("Space")
    expect(page.locator("#toggle")).to_have_text("Play")
    page.evaluate("(at) => { document.querySelector('#audio').currentTime = at; }", cue["start"] / 1000 + 0.2)
    page.locator("#longer").click()
    page.route("**/api/session?*", lambda route: route.abort())
    page.get_by_role("button", name="1 hour", exact=True).click()
    expect(page.locator("#lengths-problem")).to_contain_text("Cannot reach the server")
    page.unroute("**/api/session?*")
    page.get_by_role("button", name="1 hour", exact=True).click()
    reached = page.wait_for_function(
        """() => {
          const audio = document.querySelector('#audio');
          return Math.abs(audio.duration - 3600) < 0.2 && audio.currentTime;
        }"""
    ).json_value()
    longer = page.request.get(f"{served}/api/plan?script=psoas-release&length=1h").json()
    before = sum(one["text"] == cue["text"] for one in spoken[: spoken.index(cue)])
    same = [one for one in longer["cues"] if one["text"] == cue["text"]][before]
    assert same["start"] / 1000 <= reached < same["start"] / 1000 + 8
    plays(page, after=same["start"] / 1000)
    expect(page.locator("#whole")).to_have_text("1:00:00")


def test_favourites_and_what_was_played_last_are_one_tap_away(page):
    choose(page, "pillow-under-knees", "6")
    press(page)
    plays(page)
    page.locator("#favourite").click()
    page.locator("#another").click()
    choose(page, "legs-on-chair", "9")
    press(page)
    plays(page)
    page.reload()
    rows = page.locator("#mine-list li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("★ A pillow under your knees, 6:00")
    expect(rows.last).to_contain_text("Lower legs on a chair, 9:00")
    page.get_by_role("button", name="Play A pillow under your knees, 6 minutes, a favourite").click()
    agree(page)
    plays(page)
    assert page.evaluate("document.querySelector('#audio').duration") == pytest.approx(360, abs=0.1)


def test_a_favourite_that_cannot_be_played_says_why_and_can_be_removed(page):
    gone = {"address": "/media/gone.mp3", "asked": {"script": "gone"}, "title": "Gone", "length": 300}
    page.evaluate("(all) => localStorage.setItem('favourites', JSON.stringify(all))", [gone])
    page.reload()
    choose(page)
    page.get_by_role("button", name="Play Gone").click()
    expect(page.locator("#mine .problem")).to_contain_text("gone")
    expect(page.locator("#play")).to_have_attribute("aria-disabled", "false")
    page.get_by_role("button", name="Remove Gone").click()
    expect(page.locator("#mine")).to_be_hidden()
    assert page.evaluate("localStorage.getItem('favourites')") == "[]"


def test_todays_words_are_played_and_have_the_same_length(page):
    page.locator("#options").click()
    page.locator("[name=variation]").select_option("today")
    page.locator("#sheet-done").click()
    choose(page)
    press(page)
    plays(page)
    today = page.evaluate("new Date().toLocaleDateString('sv')")
    assert f"variation={today}" in page.evaluate("document.querySelector('#audio').src")
    assert page.evaluate("document.querySelector('#audio').duration") == pytest.approx(720, abs=0.1)


FLOOR = """---
title: On the floor
voice: tone
---

# Lie down

Let your legs be heavy.

[rest 2m..]

# Rest

Let the floor hold you.

[rest 2m..]
"""


def test_a_lost_connection_is_told_at_once_and_playback_goes_on(browser, home, tmp_path):
    write_only_script(tmp_path, "floor", FLOOR)
    with ExitStack() as server:
        address = server.enter_context(serving(tmp_path, home, "--scripts", "scripts"))
        until_ready(address)
        with opened(browser, f"{address}/", service_workers="block") as page:
            choose(page, "floor", "2h")
            press(page)
            plays(page)
            planned = page.request.get(f"{address}/api/session?script=floor&length=2h").json()
            start = planned["chapters"][-1]["start_ms"] / 1000
            server.close()
            assert seconds_until_told(page, start) < 20  # `make soak` has a stricter limit
            with serving_again(address, tmp_path, home, "--scripts", "scripts"):
                plays(page, after=start - 1)
                expect(page.locator("#about")).not_to_contain_text("lost")


def test_time_to_lie_down_is_played_and_counted_down(page):
    page.locator("[name=preroll]").select_option("30s")
    choose(page, length="12")
    press(page)
    plays(page)
    assert page.evaluate("document.querySelector('#audio').duration") == pytest.approx(750, abs=0.1)
    expect(page.locator("#chapters button").first).to_have_text("0:00Time to lie down")
    page.locator("#seek").evaluate("(seek) => { seek.value = '22'; seek.dispatchEvent(new Event('input')); }")
    assert page.evaluate(LOUDEST) > 0.01


def test_after_a_session_for_sleep_nothing_more_happens(page):
    page.locator("#options").click()
    page.locator("[name=ending]").select_option("sleep")
    page.locator("#sheet-done").click()
    choose(page, "pillow-under-knees", "5")
    press(page)
    plays(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")  # it loads the page's files once more
    page.wait_for_timeout(500)
    page.locator("#seek").evaluate(
        "(seek) => { seek.value = '298'; seek.dispatchEvent(new Event('input')); }"
    )
    page.wait_for_function("() => document.querySelector('#audio').ended")
    before = len(page.asked)
    page.wait_for_timeout(1000)
    assert page.evaluate("document.querySelector('#audio').paused")
    assert [address for address in page.asked[before:] if "/media/" not in address] == []
    expect(page.locator("#toggle")).to_have_text("Play")


def test_a_session_that_is_still_being_spoken_starts_by_itself(browser, served):
    answers = []

    def answer(route):
        answers.append(route.request.url)
        if len(answers) < 4:  # the element, then the page that asks why, twice
            route.fulfill(status=503, body="it is still being spoken", headers={"Retry-After": "15"})
        else:
            route.continue_()

    with opened(browser, f"{served}/", service_workers="block") as page:
        page.route("**/media/*.mp3*", answer)
        choose(page)
        press(page)
        expect(page.locator("#about")).to_contain_text("still being spoken")
        plays(page)
        expect(page.locator("#about")).to_contain_text("You will need")


def test_a_session_survives_a_short_loss_of_the_network(browser, served):
    with opened(browser, f"{served}/", service_workers="block") as page:
        choose(page, length="2h")
        press(page)
        plays(page)
        page.context.set_offline(True)
        page.locator("#chapters button").last.click()
        page.wait_for_timeout(3000)
        page.context.set_offline(False)
        planned = page.request.get(f"{served}/api/session?script=psoas-release&length=2h").json()
        plays(page, after=planned["chapters"][-1]["start_ms"] / 1000 - 1)


def test_a_stored_session_plays_without_the_server(browser, workspace):
    with ExitStack() as server:
        address = server.enter_context(ready(app(workspace, access_policy("token"))))
        with opened(browser, f"{address}/") as page:
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            choose(page, "pillow-under-knees", "5")
            press(page)
            plays(page)
            page.locator("#keep").click()
            expect(page.locator("#keep")).to_have_text("Remove from this device")
            page.reload()
            server.close()
            page.goto(f"{address}/")
            page.context.set_offline(True)
            expect(page.locator("#offline")).to_be_visible()
            assert page.evaluate(
                "document.querySelector('#kept').compareDocumentPosition(document.querySelector('#choose')) & 4"
            )
            kept = page.get_by_role("button", name="Play A pillow under your knees, 5 minutes", exact=True)
            expect(kept).to_be_visible()
            kept.click()
            plays(page)
            page.locator("#chapters button").last.click()
            start = page.evaluate("JSON.parse(localStorage.kept)[0].chapters.at(-1).start")
            plays(page, after=start)
            assert page.evaluate(LOUDEST) > 0.01
            page.locator("#keep").click()
            expect(page.locator("#keep")).to_have_text("Save on this device")
            expect(page.locator("#kept")).to_be_hidden()
            expect(page.locator("#offline")).to_be_hidden()
            stored = "caches.open('sessions').then((all) => all.keys()).then((keys) => keys.length)"
            assert page.evaluate(stored) == 0


def test_a_session_that_is_stored_again_plays_as_it_is_now(page):
    heard = """async (words) => {
      await navigator.serviceWorker.ready;
      const headers = { ETag: `"${words}"` };
      await (await caches.open('sessions')).put('/kept/media/a.mp3', new Response(words, { headers }));
      return (await fetch('/kept/media/a.mp3')).text();
    }"""
    page.wait_for_function("() => navigator.serviceWorker.controller")
    assert [page.evaluate(heard, words) for words in ("before", "after")] == ["before", "after"]


def test_a_page_that_cannot_store_sessions_says_why_and_offers_the_mp3(browser, guarded):
    named = guarded.replace("127.0.0.1", "floor.example")
    with opened(browser, f"{named}/?token=token") as page:
        choose(page, "pillow-under-knees", "5")
        press(page)
        plays(page)
        expect(page.locator("#keep")).to_be_hidden()
        expect(page.locator("#keep-about")).to_contain_text("only over https")
        with page.expect_download() as download:
            page.locator("#download").click()
        assert download.value.path().stat().st_size > 4_700_000


def test_the_token_opens_the_pages(browser, guarded):
    with opened(browser, f"{guarded}/?token=token") as page:
        assert page.url == f"{guarded}/"
        choose(page)
        press(page)
        plays(page)
    with opened(browser, f"{guarded}/") as page:
        expect(page.get_by_role("heading", name="Not yet")).to_be_visible()


def test_a_session_is_composed_built_with_progress_and_downloaded(browser, served, workspace):
    with opened(browser, f"{served}/make", DESKTOP, accept_downloads=True) as page:
        page.locator("#chosen").check()
        items = page.locator("#order-list li")
        expect(items).to_have_count(3)
        page.get_by_role("button", name="Later: Lower legs on a chair").press("Enter")
        expect(items.first).to_contain_text("1. Knees together")
        assert (
            page.evaluate("document.activeElement.getAttribute('aria-label')")
            == "Later: Lower legs on a chair"
        )
        page.get_by_role("button", name="Remove: One leg across").click()
        expect(items).to_have_count(2)
        page.locator("#length").fill("15")
        page.locator("#length").press("Enter")
        expect(page.locator("#told")).to_contain_text("Knees lean together")
        drawn = page.locator("#picture")
        expect(drawn).to_have_attribute(
            "src", re.compile(r"length=900s&positions=knees-together%2Clegs-on-chair$")
        )
        picture = drawn.get_attribute("src")
        page.locator("#slider").press("ArrowRight")
        expect(page.locator("#length")).to_have_value("16m")
        page.wait_for_function(
            "(before) => document.querySelector('#picture').src.split('/api')[1] !== before.split('/api')[1]",
            arg=picture,
        )
        page.wait_for_function(
            "() => document.querySelector('#picture').complete && document.querySelector('#picture').naturalWidth > 0"
        )
        seen = []
        page.expose_function("seen", lambda text: seen.append(text))
        page.evaluate(
            """() => {
              const stage = document.querySelector('#stage');
              new MutationObserver(() => window.seen(stage.textContent)).observe(stage, { childList: true });
            }"""
        )
        page.locator("#build").click()
        expect(page.locator("#built")).to_be_visible(timeout=60_000)
        assert any(re.fullmatch(r"Encoding … \d+%", text) for text in seen), seen
        with page.expect_download() as download:
            page.locator("#built-mp3").click()
        name = "psoas-release-16m-knees-together+legs-on-chair"
        assert download.value.suggested_filename == f"{name}.mp3"
        streamed = page.evaluate(
            """async () => {
              const positions = 'knees-together,legs-on-chair';
              const asked = await fetch(`/media/psoas-release.mp3?length=16m&positions=${positions}`);
              const bytes = await asked.arrayBuffer();
              const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
              return [...digest].map((n) => n.toString(16).padStart(2, '0')).join('');
            }"""
        )
        assert storage.read_manifest(workspace.out / f"{name}.json").sha256 == streamed
        assert download.value.path().read_bytes() == (workspace.out / f"{name}.mp3").read_bytes()
    with opened(browser, f"{served}/") as page:
        page.get_by_role("button", name=f"Play {name}").click()
        agree(page)
        plays(page)


def test_a_reloaded_page_shows_its_build_again_and_cancels_it(browser, served, workspace):
    with opened(browser, f"{served}/make") as page:
        building(page, "7h50m")
        expect(page.locator("#stage")).to_contain_text("Encoding")
        with page.expect_response(lambda answer: answer.request.method == "DELETE"):
            page.locator("#build").dblclick()  # the same build, which the page wants once
        page.reload()
        expect(page.locator("#stage")).to_contain_text("Encoding")
        page.locator("#cancel").click()
        expect(page.locator("#stage")).to_have_text("Cancelled; nothing was left behind.")
    assert not [*workspace.out.glob("*7h50m*")]


def test_two_pages_build_at_the_same_time_and_a_closed_page_stops_nothing(browser, served, workspace):
    with opened(browser, f"{served}/make") as one, opened(browser, f"{served}/make") as other:
        building(one, "6m30s", "pillow-under-knees")
        expect(one.locator("#stage")).not_to_be_empty()
        one.reload()
        building(other, "6m40s", "pillow-under-knees")
        with opened(browser, f"{served}/make") as leaving:
            building(leaving, "6m50s", "pillow-under-knees")
            expect(leaving.locator("#stage")).to_be_visible()
        for page, length in ((one, "6m30s"), (other, "6m40s")):
            expect(page.locator("#built")).to_be_visible(timeout=90_000)
            assert (
                page.locator("#built-mp3").get_attribute("href") == f"media/pillow-under-knees-{length}.mp3"
            )
    for _ in range(300):
        if (workspace.out / "pillow-under-knees-6m50s.json").exists():
            break
        time.sleep(0.2)
    for length in ("6m30s", "6m40s", "6m50s"):
        episode = storage.read_manifest(workspace.out / f"pillow-under-knees-{length}.json")
        assert episode.length_ms == duration(length)
        assert storage.is_intact(workspace.out, episode)
    assert not [*workspace.out.glob(".*")]


def test_an_edited_script_shows_its_error_in_place_and_is_saved(browser, served, workspace):
    with opened(browser, f"{served}/make", DESKTOP) as page:
        page.locator("#new-name").fill("my-evening")
        page.locator("#new-name").press("Enter")
        text = page.locator("#text")
        expect(text).to_have_value(re.compile("My evening"))
        expect(page.locator("#faults-name")).to_contain_text("No problems")
        text.fill(
            "---\ntitle: My evening\nvoice: tone\n---\n\n# Lie down\n\nLet go. [pauze 3s]\n\n[rest 2m..]\n"
        )
        expect(page.locator("#faults-name")).to_have_text("1 problem")
        mark = page.locator("#behind mark")
        expect(mark).to_have_text("[pauze 3s]")
        assert text.get_attribute("aria-invalid") == "true"
        page.get_by_role("button", name="Line 8: go to column 9").click()
        chosen = "(t) => t.value.slice(t.selectionStart, t.selectionEnd)"
        assert text.evaluate(chosen) == "[pauze 3s]"
        # the underlined words lie where the same words are in the field: the field's own selection tells where
        location = mark.bounding_box()
        field = text.bounding_box()
        assert field["x"] < location["x"] < field["x"] + field["width"]
        assert field["y"] + 7 * 20 < location["y"] < field["y"] + 8 * 30
        page.keyboard.type("[pause 3s]")
        expect(page.locator("#faults-name")).to_have_text("No problems")
        text.evaluate("(t) => t.setSelectionRange(t.value.indexOf('Let go'), t.value.indexOf('Let go'))")
        page.locator("#hear").click()
        page.wait_for_function("() => document.querySelector('#said').duration > 0.3")
        text.press("Control+s")
        expect(page.locator("#write-status")).to_have_text("Saved.")
        assert "[pause 3s]" in (workspace.finder.folders[0] / "my-evening.md").read_text("utf-8")
        (workspace.finder.folders[0] / "my-evening.md").write_text("# Somebody else\n", "utf-8")
        text.press("Control+s")
        expect(page.locator("#write-status")).to_contain_text("changed by someone else")
    (workspace.finder.folders[0] / "my-evening.md").unlink()


def test_a_pasted_text_becomes_a_script_to_read_and_save(browser, served, workspace):
    script = workspace.finder.folders[0] / "pasted-evening.md"
    with opened(browser, f"{served}/make", PHONE) as page:
        page.get_by_text("Paste your text").click()
        page.get_by_label("Your text").fill(
            "(soft music)\n\nNarrator: Lie down. (pause 5 seconds)\n\nRest, [name].\n"
        )
        page.locator("#pasted-name").fill("pasted-evening")
        page.get_by_role("button", name="Turn it into a script").click()
        expect(page.locator("#text")).to_have_value(re.compile(r"Lie down\. \[5s\.\.20s\]"))
        expect(page.locator("#faults-name")).to_contain_text("No problems")
        expect(page.locator("#decisions li").first).to_contain_text("Please decide, line 5")
        assert not script.exists()
        page.locator("#save").click()
        expect(page.locator("#write-status")).to_contain_text("Saved")
        assert "Narrator" not in script.read_text("utf-8")
    script.unlink()


def open_importing(page):
    """Open the place for texts of other programs."""
    page.locator("#pasting").evaluate("(details) => { details.open = true; }")
    expect(page.locator("#paste")).to_be_visible()


def test_a_file_becomes_a_script_to_read_and_save(browser, served, tmp_path):
    paragraphs = ("Evening rest", "Lie down. (pause 5 seconds)", "Let your legs be heavy.")
    (tmp_path / "Evening Rest.docx").write_bytes(word_file(*paragraphs))
    with opened(browser, f"{served}/make", DESKTOP) as page:
        open_importing(page)
        page.get_by_label("Or a file").set_input_files(tmp_path / "Evening Rest.docx")
        expect(page.locator("#pasted-name")).to_have_value("evening-rest")
        page.get_by_role("button", name="Turn it into a script").click()
        expect(page.locator("#text")).to_have_value(
            re.compile(r"title: .?Evening rest[^$]*Lie down\. \[5s\.\.20s\]")
        )
        expect(page.locator("#faults-name")).to_contain_text("No problems")
        (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7 nothing")
        open_importing(page)
        page.get_by_label("Or a file").set_input_files(tmp_path / "scan.pdf")
        page.locator("#pasted-name").fill("scan")
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Turn it into a script").click()
        expect(page.locator("#write-status")).to_contain_text("scan.pdf is a PDF. Save it as .docx")


def test_texts_of_scripts_never_become_markup(browser, served):
    for path in ("/", "/make"):
        with opened(browser, f"{served}{path}") as page:
            expect(page.get_by_text(STRANGE).first).to_be_attached()
            if path == "/":
                choose(page, "strange", "6")
                press(page)
                expect(page.locator("#playing")).to_have_text(STRANGE)
                expect(page.locator("#chapters")).to_contain_text(STRANGE)
            else:
                page.locator("#compose [name=script]").select_option("strange")
                expect(page.locator("#told")).to_contain_text(STRANGE)
                page.locator("#which").select_option("strange")
                page.locator("#open").click()
                expect(page.locator("#behind")).to_contain_text("onerror")
            assert page.title() != "broken"
            assert page.locator("main img[onerror]").count() == 0
            assert page.locator("b").count() == 0


def test_the_first_load_is_small_and_contacts_no_other_host(browser, served):
    sizes, asked = [], []
    with closing(browser.new_context(viewport=PHONE)) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        context.on("request", lambda request: asked.append(request.url))
        page.goto(f"{served}/", wait_until="networkidle")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(500)
    print(f"first load: {sum(sizes)} bytes in {len(sizes)} answers; {len(asked)} requests with the worker's")
    assert 5_000 < sum(sizes) < 150_000
    assert all(address.startswith((served, "data:", "blob:")) for address in asked)


def test_the_page_can_be_installed(browser, served):
    with opened(browser, f"{served}/") as page:
        page.wait_for_load_state("networkidle")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        session = page.context.new_cdp_session(page)
        found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [one["errorId"] for one in found if one["errorId"] != "in-incognito"] == []
        manifest = page.request.get(f"{served}/manifest.webmanifest").json()
        for icon in manifest["icons"]:
            answer = page.request.get(served + icon["src"])
            assert Image.open(BytesIO(answer.body())).size == tuple(map(int, icon["sizes"].split("x")))
        assert page.request.get(f"{served}/icon-7.png").status == 404


def test_the_subscribe_page_shows_the_address_and_who_can_fetch_it(browser, served):
    with opened(browser, f"{served}/subscribe") as page:
        page.get_by_label("Length").fill("25m")
        page.locator("[name=voice]").select_option("tone")
        page.get_by_role("button", name="Show the address").click()
        expect(page.locator("#address")).to_have_value(f"{served}/feed.xml?length=25m&voice=tone")
        expect(page.get_by_text("on this computer only")).to_be_visible()
        page.locator("#copy").click()
        expect(page.locator("#copy")).to_have_text("Copied")
        assert page.locator(".code svg").bounding_box()["width"] > 150
        page.get_by_label("Length").fill("forever")
        page.get_by_role("button", name="Show the address").click()
        expect(page.locator("#problem")).to_contain_text('Invalid length "forever"')


def test_a_stopped_server_leaves_no_threads(workspace):
    before = {*threading.enumerate()}
    with ready(app(workspace, access_policy("token"))):
        assert [thread for thread in {*threading.enumerate()} - before if thread.name == "speaking"]
    left = [thread for thread in {*threading.enumerate()} - before if not thread.name.startswith("span")]
    for thread in left:  # told to end, and perhaps just ending
        thread.join(timeout=30)
    assert not [thread.name for thread in left if thread.is_alive()]
