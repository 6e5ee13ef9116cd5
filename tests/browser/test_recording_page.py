"""The page that records a voice, in Chromium with its fake microphone: it hears the same sentence again and again."""

import json
import urllib.error
import urllib.request
from contextlib import closing

import numpy as np
import pytest
from page_states import opened
from pages import chromium, launch
from playwright.sync_api import expect
from servers import ready
from sounds import voice, write_wav

from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.units import RATE
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

SENTENCES = [
    "Lie down on your back.",
    "Let your arms rest beside you.",
    "Close your eyes if you like.",
    "Feel the floor below you.",
    "Let the breath come by itself.",
    "Let it go out again slowly.",
]
SCRIPT = "---\ntitle: Evening rest\n---\n\n# Rest\n\n" + " [rest 30s..]\n".join(SENTENCES) + " [rest 1m..]\n"
QUIET, HEARD = -46, -38  # dBFS of the level on the page
# Returns once the level was below or above a limit for some time.
LEVEL = """async ([limit, above, ms]) => {
  const level = document.querySelector('#level');
  const fits = () => (level.value > limit) === above;
  for (let since = performance.now(), end = since + 15000; performance.now() < end;) {
    await new Promise((done) => setTimeout(done, 20));
    if (!fits()) since = performance.now();
    if (performance.now() - since >= ms) return true;
  }
  throw new Error(`level ${level.value} is not ${above ? 'above' : 'below'} ${limit}`);
}"""


BLOCKED = """() => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };
}"""


# A device that is full ends the transaction, without any other event.
FULL = """() => {
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (...given) {
    const asked = add.apply(this, given);
    this.transaction.abort();
    return asked;
  };
}"""
CLIPPED = "() => { AnalyserNode.prototype.getFloatTimeDomainData = (samples) => samples.fill(1); }"
# Keeps the stream of the microphone at hand.
WATCHED = """() => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (what) => (window.stream = await asked(what));
}"""
# Returns how many takes wait on this device.
WAITING = """() => new Promise((done) => {
  indexedDB.open('takes', 1).onsuccess = ({ target: { result: base } }) => {
    base.transaction('pending').objectStore('pending').count().onsuccess = ({ target }) => {
      base.close();
      done(target.result);
    };
  };
})"""


def microphone(folder, voice_ms, loop_ms):
    """Return the arguments for a microphone that hears, over and over, a quiet room, a voice, and the quiet room."""
    room = np.random.default_rng(1).standard_normal(RATE * loop_ms // 1000) * 2e-4
    room[RATE : RATE + RATE * voice_ms // 1000] += voice(voice_ms, 1)
    heard = write_wav(folder / "heard.wav", room)
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={heard}",
    ]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(*microphone(tmp_path_factory.mktemp("microphone"), 1500, 4000)) as launched:
        yield launched


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "evening.md").write_text(SCRIPT)
    return tmp_path


@pytest.fixture
def served(folder, cache):
    workspace = Workspace(ScriptFinder((folder / "scripts",)), folder / "output", cache)
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


def begin(page):
    page.locator("#voice").fill("ana")
    page.locator("#script").select_option("evening")
    page.locator("#begin button[type=submit]").click()
    expect(page.locator("#sentence")).not_to_be_empty()


def open_microphone(page):
    """Let the page open the microphone, with a take that is too short to be anything."""
    page.locator("#record").click()
    expect(page.locator("#record")).to_have_text("Stop")
    page.evaluate(LEVEL, [QUIET, False, 300])
    page.locator("#record").click()
    expect(page.locator("#problem")).not_to_be_empty()
    expect(page.locator("#record")).to_have_attribute("aria-disabled", "false")


def record(page):
    """Record the sentence that is shown, and again if the voice had begun before a busy machine recorded it."""
    for _ in range(5):
        record_once(page)
        if "cut off" not in page.locator("#problem").text_content():
            return


def record_once(page):
    """Wait for silence, press, let the voice speak, and press again."""
    page.evaluate(LEVEL, [QUIET, False, 300])
    page.locator("#record").click()
    expect(page.locator("#record")).to_have_text("Stop")
    page.evaluate(LEVEL, [HEARD, True, 60])
    page.evaluate(LEVEL, [QUIET, False, 300])
    page.locator("#record").click()
    expect(page.locator("#record")).not_to_have_text("Stop")
    expect(page.locator("#record")).to_have_attribute("aria-disabled", "false")


def takes_of(served):
    with urllib.request.urlopen(f"{served}/api/takes?script=evening&voice=ana") as answer:
        return json.load(answer)["sentences"]


def test_sentences_are_recorded_kept_redone_and_built(browser, served):
    with opened(browser, f"{served}/record") as page:
        begin(page)
        open_microphone(page)
        shown = []
        for _ in range(4):
            shown.append(page.locator("#sentence").text_content())
            record(page)
            expect(page.locator("#problem")).to_be_empty()
            expect(page.locator("#sentence")).not_to_have_text(shown[-1])  # it goes on by itself
        assert shown == SENTENCES[:4]
    assert [bool(one["use"]) for one in takes_of(served)] == [True] * 4 + [False] * 2
    with opened(browser, f"{served}/record?script=evening&voice=ana") as page:  # another day
        expect(page.locator("#sentence")).to_have_text(SENTENCES[4])
        expect(page.locator("#done")).to_have_attribute("aria-valuetext", "4 sentences recorded")
        open_microphone(page)
        record(page)
        expect(page.locator("#sentence")).to_have_text(SENTENCES[5])
        record(page)
        expect(page.locator("#finished")).to_be_visible()
        while page.locator("#back").get_attribute("aria-disabled") == "false":
            page.locator("#back").click()
        expect(page.locator("#record")).to_have_text("Record again")
        record(page)  # the first one once more
        page.locator("#takes-row summary").click()
        expect(page.locator("#takes li")).to_have_count(2)
        first = takes_of(served)[0]
        page.locator("#takes li").first.get_by_role("button", name="Use it").click()
        expect(page.locator("#takes li").first).to_contain_text("in use")
    again = takes_of(served)[0]
    assert first["use"] != again["use"] == again["takes"][0]["file"]
    with opened(browser, f"{served}/make") as page:
        page.locator("#compose summary").click()
        page.locator("#compose [name=voice]").select_option("recorded:ana")
        page.locator("#length").fill("7")
        page.locator("#length").press("Enter")
        expect(page.locator("#build")).to_have_attribute("aria-disabled", "false")
        page.locator("#build").click()
        expect(page.locator("#built")).to_be_visible(timeout=60_000)
        with page.expect_download() as download:
            page.locator("#built-mp3").click()
        assert download.value.path().stat().st_size > 1_000_000


def test_what_is_recorded_while_the_server_is_away_is_sent_later(browser, served):
    with opened(browser, f"{served}/record") as page:
        begin(page)
        open_microphone(page)
        page.context.set_offline(True)
        record(page)
        expect(page.locator("#problem")).to_contain_text("kept on this device")
        assert not takes_of(served)[0]["use"]
        page.context.set_offline(False)
        page.goto(f"{served}/record?script=evening&voice=ana")
        expect(page.locator("#status")).to_contain_text("from before")
        assert takes_of(served)[0]["use"]


def test_a_take_is_kept_while_the_server_does_not_take_it_until_a_newer_one_is_there(browser, served, folder):
    script = folder / "scripts" / "evening.md"
    with opened(browser, f"{served}/record") as page:
        begin(page)
        open_microphone(page)
        assert page.evaluate(WAITING) == 0  # a take that can never be used is not kept
        script.write_text(SCRIPT + "[pauze 3s]\n")
        record(page)
        expect(page.locator("#problem")).to_contain_text("unknown directive [pauze 3s]")
        expect(page.locator("#state")).to_have_text("Your take is kept on this device, and sent later.")
        assert page.evaluate(WAITING) == 1
        script.write_text(SCRIPT)
        record(page)
        expect(page.locator("#sentence")).to_have_text(SENTENCES[1])
        page.evaluate("dispatchEvent(new Event('online'))")
        assert page.evaluate(WAITING) == 0
    assert len(takes_of(served)[0]["takes"]) == 1


def test_a_take_reaches_the_server_from_a_full_device_whose_microphone_goes_away(browser, served):
    with opened(browser, f"{served}/record") as page:
        page.evaluate(FULL)
        page.evaluate(WATCHED)
        begin(page)
        open_microphone(page)
        page.evaluate(LEVEL, [QUIET, False, 300])
        page.locator("#record").click()
        page.locator("#voice").fill("ben")
        page.locator("#voice").press("Enter")  # another voice begins only after the take
        expect(page.locator("#begin [type=submit]")).to_have_attribute("aria-disabled", "true")
        page.evaluate(LEVEL, [HEARD, True, 60])
        page.evaluate(LEVEL, [QUIET, False, 300])
        page.evaluate("stream.getTracks().forEach((track) => track.stop())")
        page.locator("#record").click()
        expect(page.locator("#record")).to_have_attribute("aria-disabled", "false")
        expect(page.locator("#sentence")).to_have_text(SENTENCES[1])
    assert takes_of(served)[0]["use"]


def test_a_take_that_cannot_be_used_says_why_and_is_not_stored(browser, served, folder, tmp_path):
    long = launch(browser.browser_type, *microphone(tmp_path, 3000, 6000))  # time to press while it speaks
    with closing(long), opened(long, f"{served}/record") as page:
        begin(page)
        page.locator("#record").click()
        page.evaluate(LEVEL, [QUIET, False, 300])
        page.evaluate(LEVEL, [HEARD, True, 60])  # in the middle of the voice
        page.locator("#record").click()
        expect(page.locator("#problem")).to_contain_text("This take cannot be used")
        expect(page.locator("#sentence")).to_have_text(SENTENCES[0])
    assert not list(folder.rglob("*.flac"))


def test_a_browser_that_blocks_the_microphone_says_so(browser, served):
    with opened(browser, f"{served}/record") as page:
        page.evaluate(BLOCKED)
        begin(page)
        page.locator("#record").click()
        expect(page.locator("#problem")).to_contain_text("The microphone is blocked")


def test_a_page_without_https_says_how_to_record_otherwise(browser, folder, cache):
    workspace = Workspace(ScriptFinder((folder / "scripts",)), folder / "output", cache)
    with ready(app(workspace, access_policy("token", "0.0.0.0", names=["floor.example"]))) as address:
        port = address.rpartition(":")[2]
        with opened(browser, f"http://floor.example:{port}/record?token=token") as page:
            expect(page.locator("#problem")).to_contain_text("only over https")


def test_the_keyboard_records_and_screen_readers_hear_that_it_was_too_loud(browser, served):
    with opened(browser, f"{served}/record") as page:
        begin(page)
        page.keyboard.press("ArrowRight")
        expect(page.locator("#sentence")).to_have_text(SENTENCES[1])
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#sentence")).to_have_text(SENTENCES[0])
        page.keyboard.press("Space")
        expect(page.locator("#record")).to_have_text("Stop")
        page.evaluate(CLIPPED)
        expect(page.locator("#hint")).to_contain_text("Too loud")
        page.keyboard.press("Space")
        expect(page.locator("#record")).not_to_have_text("Stop")
        expect(page.locator("#status")).to_contain_text("Too loud")


def test_takes_need_the_token_of_an_open_server(folder, cache):
    workspace = Workspace(ScriptFinder((folder / "scripts",)), folder / "output", cache)
    with ready(app(workspace, access_policy("token", "0.0.0.0"))) as address:
        for path in (
            "/record",
            "/api/takes?script=evening&voice=ana",
            "/api/takes/sound.wav?voice=ana&file=x",
        ):
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(f"{address}{path}")
