"""Pages come in the language that the browser asks for, or in the one that was chosen on the device."""

import http.client
import json
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from pages import teacher
from servers import ask, ready

from audio_builder.languages.catalogue import PAGE_LANGUAGES, catalogue
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

COOKIE = "audio-builder-language"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    return teacher(tmp_path_factory.mktemp("teacher"), cache, strange=False)


@pytest.fixture(scope="module")
def served(workspace):
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


@pytest.fixture(scope="module")
def guarded(workspace):
    """A server that other computers can reach: everything needs the token."""
    with ready(app(workspace, access_policy("token", "0.0.0.0"))) as address:
        yield address


def _unfollowed(address):
    """Return the status, the place and the cookie of an answer, without going where it leads."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.getheader("Set-Cookie", "")
    finally:
        connection.close()


def _language(answer):
    shown = re.search(rb'<html lang="([a-z]+)"', answer.body)[1].decode()
    assert answer.headers["content-language"] == shown
    assert answer.headers["vary"] == "Accept-Language, Cookie"
    return shown


@pytest.mark.parametrize("path", ["/", "/make", "/subscribe"])
@pytest.mark.parametrize("language", [*PAGE_LANGUAGES])
def test_a_page_follows_the_browser_at_one_address(served, path, language):
    answer = ask(f"{served}{path}", **{"Accept-Language": f"{language}-XX,{language};q=0.9,en;q=0.5"})
    assert answer.status == 200
    assert _language(answer) == language
    text = unescape(answer.body.decode())
    assert 'dir="ltr"' in text
    title = {"/": "Lie down and listen", "/make": "Make a session", "/subscribe": "Subscribe"}[path]
    assert f"<title>{catalogue(language).gettext(title)}</title>" in text


def test_a_choice_is_kept_on_the_device_and_comes_before_the_browser(served):
    status, place, cookie = _unfollowed(f"{served}/subscribe?length=25m&language=fr")
    assert (status, place) == (303, "/subscribe?length=25m")
    assert cookie.startswith(f"{COOKIE}=fr;")
    assert "Max-Age=31536000" in cookie
    chosen = ask(f"{served}/", Cookie=f"{COOKIE}=fr", **{"Accept-Language": "de"})
    assert _language(chosen) == "fr"
    assert _language(ask(f"{served}/", Cookie=f"{COOKIE}=xx", **{"Accept-Language": "de"})) == "de"


@pytest.mark.parametrize("language", ["xx", "", "en%0d%0aX:1", "../../etc"])
def test_an_unknown_choice_is_not_kept(served, language):
    assert _unfollowed(f"{served}/make?language={language}") == (303, "/make", "")


def test_titles_keep_the_language_of_their_script(served):
    page = ask(f"{served}/", **{"Accept-Language": "de"}).body.decode()
    assert '<span class="name" dir="auto" lang="en">Psoas release</span>' in page


def test_the_texts_of_a_pages_scripts_are_in_the_page_itself(served):
    """A stored page and stored scripts can therefore never be in different languages."""
    for language in PAGE_LANGUAGES:
        page = ask(f"{served}/", **{"Accept-Language": language}).body.decode()
        texts = json.loads(re.search(r'id="texts">(.*?)</script>', page, re.DOTALL)[1])
        assert (texts.get("Play") == catalogue(language).gettext("Play")) == (language != "en")
    scripts = {
        ask(f"{served}/static/listen.js", **{"Accept-Language": language}).body for language in PAGE_LANGUAGES
    }
    assert len(scripts) == 1


def test_suggestions_for_the_editor_are_explained_in_the_language_of_the_page(served):
    def about(language, text):
        answer = ask(f"{served}/api/words", **{"Accept-Language": language})
        assert answer.headers["vary"] == "Accept-Language, Cookie"
        return next(one["about"] for one in json.loads(answer.body) if one["text"] == text)

    assert about("en", "[bell]") == "a stroke of the bell"
    assert about("de", "[bell]") == "ein Schlag der Glocke"
    assert about("es", "ambience: rain") == "lluvia"
    assert about("fr", "bell: ").startswith("Cloche : bowl, bell, wood, none".replace(" :", "\xa0:"))


def test_the_page_that_asks_for_the_token_is_in_the_language_too(guarded):
    answer = ask(f"{guarded}/", Accept="text/html", **{"Accept-Language": "es"})
    assert answer.status == 401
    assert _language(answer) == "es"
    assert "Este servidor necesita su clave." in answer.body.decode()
    plain = ask(f"{guarded}/", **{"Accept-Language": "es"})
    assert plain.body.decode().startswith("This server needs its token. Open the address")


def test_a_session_on_a_page_in_another_language_stays_in_its_own(served):
    facts = json.loads(
        ask(f"{served}/api/session?script=psoas-release&length=20m", **{"Accept-Language": "de"}).body
    )
    assert facts["props_line"].startswith("You will need: ")
    assert facts["chapters"][0]["figure"]["alt"].startswith("A person")
