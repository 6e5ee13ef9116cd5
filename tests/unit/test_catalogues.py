"""The catalogues have every message of the program and no other, and each translation fits its message."""

import re
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po
from common import ROOT
from messages import as_po, found_messages, languages, template, updated

from audio_builder.languages.catalogue import PAGE_LANGUAGES, SOURCE_LANGUAGE, catalogue, catalogue_path
from audio_builder.languages.coverage import TEMPLATE
from audio_builder.web.page_texts import STATIC, page_texts, used_messages

COMPLETE = sorted(set(PAGE_LANGUAGES) - {SOURCE_LANGUAGE})
TEMPLATES = sorted((ROOT / "audio_builder" / "templates").rglob("*.html"))
SCRIPTS = sorted(STATIC.glob("*.js"))


def _read(language):
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def _ids(message):
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _strings(message):
    strings = message.string or ""
    return (strings,) if isinstance(strings, str) else tuple(strings)


def _messages(language):
    return [message for message in _read(language) if message.id]


def _placeholders(texts):
    return {name for text in texts for name in re.findall(r"{(\w*)}", text)}


def test_the_languages_of_the_pages_have_catalogues():
    assert {"en", "de", "es", "fr"} <= set(PAGE_LANGUAGES)
    assert set(COMPLETE) <= set(languages())


@pytest.mark.parametrize("language", COMPLETE)
def test_a_language_of_the_pages_has_every_message(language):
    missing = [_ids(message)[0] for message in _messages(language) if not all(_strings(message))]
    assert not missing, f"translate these in {catalogue_path(language)}: {missing}"


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_has_what_the_program_says_and_nothing_else(language):
    """Nothing is new, nothing is left over, and every place is right, so that `make messages` changes nothing."""
    assert catalogue_path(language).read_bytes() == as_po(updated(language)), "run `make messages`"


def test_the_template_has_what_the_program_says():
    assert TEMPLATE.read_bytes() == as_po(template()), "run `make messages`"


@pytest.mark.parametrize("language", languages())
def test_no_translation_is_fuzzy_or_has_other_placeholders_spaces_or_markup(language):
    catalog = _read(language)
    for message in _messages(language):
        assert not message.fuzzy, message.id
        strings = [text for text in _strings(message) if text]
        assert len(strings) in (0, len(_ids(message)) if isinstance(message.id, str) else catalog.num_plurals)
        for text in strings:
            assert _placeholders([text]) == _placeholders(_ids(message)), (message.id, text)
            assert text.strip() == text, (message.id, text)
            assert not re.search(r"[<>]|&\w+;", text), (message.id, text)
            assert text.count("`") == _ids(message)[0].count("`"), (message.id, text)


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_says_that_a_native_reader_should_review_it(language):
    assert "AWAITING A NATIVE READER" in catalogue_path(language).read_text("utf-8").partition("msgid")[0]


@pytest.mark.parametrize("language", COMPLETE)
def test_no_message_with_several_words_stays_english(language):
    same = {"MP3, {size}", "MP3, {size}: {name}", "stereo, 128 kbit/s", "mono, 64 kbit/s"}
    left = [
        text
        for message in _messages(language)
        for text in _strings(message)
        if text in _ids(message) and len(re.findall(r"[^\W\d]{2,}", re.sub("{.*?}", "", text))) > 1
    ]
    assert set(left) <= same


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_a_translation_ends_like_its_message(language):
    """A sentence stays a sentence, a label a label, and a question a question."""
    ends = ".?!:…"
    for message in _messages(language):
        for text in _strings(message):
            expected = _ids(message)[0][-1] if _ids(message)[0][-1] in ends else ""
            assert (text[-1] if text[-1] in ends else "") == expected, text


class _Visible(HTMLParser):
    """Collects what people see or hear of a page, without what the template fills in."""

    SEEN = ("alt", "title", "aria-label", "placeholder", "aria-description", "label")

    def __init__(self):
        super().__init__()
        self.texts, self._inside = [], ""

    def handle_starttag(self, tag, attrs):
        self._inside = tag
        self.texts += [value for name, value in attrs if name in self.SEEN and value]

    def handle_endtag(self, _tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside not in ("style", "script"):
            self.texts.append(data)


def _visible(source):
    parser = _Visible()
    parser.feed(re.sub(r"{{.*?}}|{%.*?%}|{#.*?#}", "", source, flags=re.DOTALL))
    return [text.strip() for text in parser.texts if re.search(r"[^\W\d_]{2,}", text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_text_outside_the_catalogue(path):
    assert _visible(path.read_text("utf-8")) == []


def test_the_rule_for_templates_finds_texts_and_labels():
    assert _visible('<p>Now {{ _("x") }}</p><img alt="A figure">') == ["Now", "A figure"]


_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`')
_OF_THE_CATALOGUE = re.compile(r'(?<![\w$.])(?:_|ngettext|pgettext)\((?:\s*"(?:[^"\\]|\\.)*",?)+')
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
_CODE = re.compile(r"[#\[\]=<>/]|^\(|^\.|: |^[a-z-]+, [a-z]+(, [a-z]+)*$|:not|, (?:a|input|summary)\b")
_NOT_FOR_PEOPLE = {
    *("Accept", "Range", "Enter", "Escape", "Tab", "AbortError", "QuotaExceededError", "Content"),
    *("Speaking", "Encoding"),  # names of stages, which the server tells
}


def _prose(source):
    """Return the literals of a script that look like words for people and are not taken from the catalogue."""
    source = _OF_THE_CATALOGUE.sub("_(", _COMMENT.sub("", source))
    source = re.sub(r'className = "[^"]*"', "", source)
    found = []
    for literal in _LITERAL.findall(source):
        text = re.sub(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", "", literal[1:-1]).strip()
        several = re.search(r"[^\W\d_]{2,},? [^\W\d_]{2,}", text) and not _CODE.search(text)
        one = re.fullmatch(r"[A-Z][a-z]+[.:…]?", text) and text not in _NOT_FOR_PEOPLE
        if several or one:
            found.append(text)
    return found


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_text_outside_the_catalogue(path):
    assert _prose(path.read_text("utf-8")) == []


def test_the_rule_for_scripts_finds_words_for_people():
    source = 'a = "Cannot reach it."; b = _("Fine here."); c = `Now ${words(n)} is left`; d = "#a, .b"; e = "Play";'
    assert _prose(source) == ["Cannot reach it.", "Now  is left", "Play"]


@pytest.mark.parametrize("page", ["listen", "make", "subscribe"])
def test_a_page_brings_exactly_the_texts_that_its_scripts_use(page):
    """What the server finds in the scripts is what the catalogue has of them."""
    used = {first if name != "pgettext" else second for name, first, second in used_messages(f"{page}.js")}
    known = {
        found.message if isinstance(found.message, str) else found.message[0]
        for found in found_messages()
        if found.file.endswith(".js")
    }
    assert used <= known
    assert len(page_texts(f"{page}.js", catalogue("de"))) == len(used)
    assert page_texts(f"{page}.js", catalogue("en")) == {}


def test_every_text_of_a_script_reaches_a_page():
    used = {
        second if name == "pgettext" else first
        for page in ("listen", "make", "record", "subscribe")
        for name, first, second in used_messages(f"{page}.js")
    }
    scripts = {found.message for found in found_messages() if found.file.endswith(".js")}
    assert {text if isinstance(text, str) else text[0] for text in scripts} == used


def test_a_text_with_a_number_has_the_plural_forms_that_browsers_ask_for():
    assert set(page_texts("make.js", catalogue("de"))["{n} problem"]) == {"one", "other"}
    assert page_texts("make.js", catalogue("fr"))["{n} problem"]["one"] == "{n} problème"
