"""On a page in another language nothing is English but what the server says, and all of it fits."""

import re

import pytest
from page_states import CONTROLS, STATES, opened
from pages import speak_all, teacher
from playwright.sync_api import expect
from servers import ready

from audio_builder.languages.catalogue import PAGE_LANGUAGES, catalogue
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

OTHERS = [language for language in PAGE_LANGUAGES if language != "en"]
SIZES = [(320, 640), (390, 844), (1280, 900)]

# Returns each text of the page that is shown as in the page's language, and what is said of its controls.
TEXTS = """() => {
  const texts = [];
  const inPageLanguage = (one) => one.closest('[lang]') === document.documentElement;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const isText = !parent.closest('script, style, textarea, code, .behind, #preview-about') && inPageLanguage(parent);
    if (isText) texts.push(walker.currentNode.data.trim());
  }
  const said = '[aria-label], [alt]:not(#preview-timeline, #picture), [placeholder], [aria-valuetext]:not(#seek)';
  for (const one of document.querySelectorAll(said)) // the others name chapters, in the language of their script
    if (inPageLanguage(one))
      for (const name of ['aria-label', 'alt', 'placeholder', 'aria-valuetext'])
        texts.push((one.getAttribute(name) ?? '').trim());
  return texts.filter(Boolean);
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory, cache):
    workspace = teacher(tmp_path_factory.mktemp("teacher"), cache, without=("six-habits", "rest-frame"))
    speak_all(workspace)
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


def _english(language):
    """Return the parts of English messages with at least two words that are different in the language."""
    words = catalogue(language)
    parts = set()
    for context, message in words.messages():
        text = words.pgettext(context, message) if context else words.gettext(message)
        for part in re.split(r"{\w*}", message):
            if len(re.findall(r"[^\W\d_]{2,}", part)) > 1 and part.strip(" .,:;") not in text:
                parts.add(part.strip(" .,:;"))
    return parts


# German words are the longest, so every state is looked at in German
LOOKED_AT = [("de", state) for state in STATES]
LOOKED_AT += [
    (language, state)
    for language in OTHERS
    if language != "de"
    for state in ("options", "playing", "compose", "writing", "subscribe")
]


@pytest.mark.parametrize(("language", "state"), LOOKED_AT)
def test_a_page_in_another_language_has_no_english_of_its_own_and_fits(browser, served, language, state):
    path, reach, _ = STATES[state]
    with opened(browser, f"{served}{path}", locale=language) as page:
        assert page.locator("html").get_attribute("lang") == language
        reach(page)
        english, texts = _english(language), page.evaluate(TEXTS)
        assert len(texts) > 10
        assert [text for text in texts if any(part in text for part in english)] == []
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, height)
            assert page.evaluate(CONTROLS) == [], (width, height)


def test_a_choice_below_the_page_is_kept_on_this_device(browser, served):
    with opened(browser, f"{served}/subscribe?length=25m", locale="de") as page:
        expect(page.get_by_role("heading", name="Abonnieren")).to_be_visible()
        page.get_by_role("link", name="Français").click()
        expect(page.get_by_role("heading", name="S'abonner")).to_be_visible()
        assert page.url == f"{served}/subscribe?length=25m"
        expect(page.get_by_role("link", name="Français")).to_have_attribute("aria-current", "true")
        page.goto(f"{served}/")
        assert page.locator("html").get_attribute("lang") == "fr"
        page.reload()
        expect(page.locator("#play")).to_have_text("Écouter")


def test_a_stored_page_is_wholly_in_one_language(browser, served):
    with opened(browser, f"{served}/", locale="de") as page:
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.get_by_role("link", name="Español").click()
        expect(page.locator("#play")).to_have_text("Reproducir")
        page.wait_for_timeout(500)
        page.context.set_offline(True)
        page.reload()
        assert page.locator("html").get_attribute("lang") == "es"
        lost = catalogue("es").gettext(
            "Cannot reach the server. Is it running, and are you on the same network?"
        )
        expect(page.locator("#problem")).to_have_text(lost)


@pytest.mark.parametrize(
    ("language", "lengths"),
    [
        ("de", {"12 Min.": "12m", "1 Std 5 Min": "1h5m"}),
        ("es", {"1 hora 5 minutos": "1h5m"}),
        ("fr", {"1 heure": "1h"}),
    ],
)
def test_a_length_can_be_typed_with_the_units_of_the_language(browser, served, language, lengths):
    with opened(browser, f"{served}/", locale=language) as page:
        for typed, shown in lengths.items():
            page.locator("#length").fill(typed)
            page.locator("#length").press("Enter")
            expect(page.locator("#length")).to_have_value(shown)
            expect(page.locator("#length")).to_have_attribute("aria-invalid", "false")


def test_what_the_server_says_is_marked_as_english(browser, served):
    with opened(browser, f"{served}/make", locale="de") as page:
        STATES["editing with a fault"].reach(page)
        expect(page.locator("#faults-name")).to_have_text("1 Problem")
        expect(page.locator("#faults li").first.locator("[lang=en]").first).to_contain_text("pauze")
        page.goto(f"{served}/subscribe?length=x")
        expect(page.locator("#problem")).to_have_attribute("lang", "en")


def test_numbers_decide_the_form_of_a_text(browser, served):
    with opened(browser, f"{served}/make", locale="de") as page:
        page.locator("#open").click()
        page.locator("#text").fill("---\ntitle: x\n---\n\n# x\n\nLet go. [pauze]\n\nLet go. [pouse]\n")
        expect(page.locator("#faults-name")).to_have_text("2 Probleme")
