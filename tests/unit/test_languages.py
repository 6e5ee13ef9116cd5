"""What listeners hear and read is in the language of the script, or `check` says what is not."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest
from common import ROOT
from episodes import make_episode
from test_transcript import make_timeline, speak

from audio_builder.diagnostics.report import check
from audio_builder.errors import ScriptErrors
from audio_builder.languages.catalogue import catalogue
from audio_builder.languages.formats import decimal, enumerated, length_in_words, long_date, megabytes
from audio_builder.languages.negotiation import negotiated
from audio_builder.languages.pace import calm_words_a_minute, letter_length
from audio_builder.library.captions import captions
from audio_builder.library.show_notes import (
    ABOUT_SILENCE,
    notes_html,
    notes_markdown,
    short_description,
)
from audio_builder.pictures.sheet import cue_sheet_html
from audio_builder.podcast.channel import Channel, Entry, episode_files
from audio_builder.podcast.feed import first_page
from audio_builder.podcast.page import show_page
from audio_builder.podcast.show import Show
from audio_builder.request import Workspace
from audio_builder.script.load import load
from audio_builder.script.parse.sentences import split_sentences
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.takes.sheet import reading_sheet

ENTRY = '[knee]\nshort = "Knee."\nfull = "Knee in full."\n'


def _finder(folder, language, *cautions):
    """Return a finder of the folders `0`, `1` and so on, with a script in the first and cautions in each."""
    folders = []
    for number, text in enumerate(cautions):
        (folder / str(number)).mkdir()
        (folder / str(number) / "cautions.toml").write_text(text, "utf-8")
        folders.append(folder / str(number))
    front = f"title: Abend\nlanguage: {language}\nvoice: tone\ncautions: [knee]"
    (folder / "0" / "abend.md").write_text(f"---\n{front}\n---\n\n[cautions]\n\nRuhe. [5m..]\n", "utf-8")
    return ScriptFinder(tuple(folders))


def _cautions(folder, language, *cautions):
    return [(one.short, one.language) for one in load("abend", _finder(folder, language, *cautions)).cautions]


@pytest.mark.parametrize(
    ("language", "short", "found"),
    [
        ("de", "Knie.", "de"),
        ("de-AT", "Knie.", "de"),
        ("de-CH", "Chnü.", "de-ch"),
        ("DE", "Knie.", "de"),
        ("en-GB", "Knee.", "en"),
        ("fr", "Knee.", "en"),
    ],
)
def test_a_caution_is_in_the_language_of_the_script_if_it_is_translated(language, short, found, tmp_path):
    text = ENTRY + '[knee.de]\nshort = "Knie."\nfull = "."\n[knee.de-CH]\nshort = "Chnü."\nfull = "."\n'
    assert _cautions(tmp_path, language, text) == [(short, found)]


def test_an_entry_with_only_translations_adds_them_and_any_other_entry_replaces(tmp_path):
    german = '[knee.de]\nshort = "Knie."\nfull = "Knie."\n'
    french = '[knee.fr]\nshort = "Genou."\nfull = "Genou."\n'
    for number, (mine, expected) in enumerate(
        [
            (french, ("Knie.", "de")),
            (ENTRY, ("Knee.", "en")),
            (german.replace("Knie", "Mein"), ("Mein.", "de")),
        ]
    ):
        (tmp_path / str(number)).mkdir()
        assert _cautions(tmp_path / str(number), "de", mine, ENTRY + german) == [expected]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + 'shrt = "x"\n', '4:1: [knee]: unknown key "shrt"; did you mean "short"?'),
        (ENTRY + '[knee.de]\nshort = "Knie."\n', '4:1: [knee.de]: "full" is missing; write short = "…"'),
        (ENTRY + '[knee.german]\nshort = "Knie."\nfull = "."\n', '4:1: [knee]: unknown key "german"; write'),
        (ENTRY + 'de = "Knie."\n', '4:1: [knee]: unknown key "de"; write short'),
        ("[knee]\n", '1:1: [knee]: "short" is missing; write'),
        ('knee = "Knee."\n', "1:1: [knee]: is not a table; write [knee], and below it short"),
        ('[knee]\nshort = 3\nfull = " "\n', '2:1: [knee]: "short" is not text; put it in quotes'),
        ('[knee]\nshort = 3\nfull = " "\n', '3:1: [knee]: "full" is empty'),
        ("[knee\n", "1:6: Not valid TOML"),
    ],
)
def test_every_mistake_in_the_texts_of_cautions_is_reported_at_its_line(text, message, tmp_path):
    with pytest.raises(ScriptErrors) as found:
        _cautions(tmp_path, "de", text)
    said = [f"{one.location}: {one.message}; {one.hint}" for one in found.value.problems]
    assert any(f"cautions.toml:{message}" in one for one in said), said


def test_check_lists_the_cautions_that_are_not_in_the_language_of_the_script(tmp_path):
    text = ENTRY + '[back]\nshort = "Back."\nfull = "."\n[back.de]\nshort = "Rücken."\nfull = "."\n'
    for number, (language, expected) in enumerate([("de", "knee"), ("fr", "knee, back"), ("en-GB", "")]):
        (tmp_path / str(number)).mkdir()
        report = check("abend", Workspace(_finder(tmp_path / str(number), language, text)))
        assert report.errors == ()
        found = [one for one in report.advice if "these cautions" in one.message]
        assert [one.message.rpartition(": ")[2] for one in found] == ([expected] if expected else [])
        assert all(f"[knee.{language}]" in one.hint for one in found)


def test_check_names_what_is_in_another_language_than_its_session(tmp_path):
    """A position around which the session is English, and a session with a position and an include in German."""
    body = "\n---\n\n# Ruhe\n\nRuhe. [10s..]\n"
    voice = "\nvoice: pyttsx3"
    (tmp_path / "liegen.md").write_text(
        f"---\ntitle: Liegen\nkind: position\nlanguage: de{voice}{body}", "utf-8"
    )
    (tmp_path / "ende.md").write_text(f"---\ntitle: Ende\nlanguage: de-AT{body}", "utf-8")
    session = (
        f"---\ntitle: A\npositions: [liegen]{voice}\n---\n\nLie down. [5s]\n\n[positions]\n\n[include ende]\n"
    )
    (tmp_path / "evening.md").write_text(session, "utf-8")
    finder = ScriptFinder((tmp_path, shipped_folder()))

    def found(name):
        report = check(name, Workspace(finder))
        assert report.errors == ()
        return [
            one.message for one in report.advice if "the language" in one.message and " is in " in one.message
        ]

    assert found("liegen") == ['this position is in the language "de", but the session around it is in "en"']
    assert found("evening") == [
        'ende is in the language "de-AT", but this session is in "en"',
        'liegen is in the language "de", but this session is in "en"',
    ]


def test_pages_say_in_which_direction_they_are_read_and_what_is_in_english(tmp_path):
    sheet = reading_sheet(load("abend", _finder(tmp_path, "ar", ENTRY)), [])
    assert '<html lang="ar" dir="rtl">' in sheet
    assert '<div class="how" lang="en" dir="ltr">' in sheet
    cues = cue_sheet_html(replace(make_timeline((0, 1000, speak("استرح."))), language="ar"))
    assert '<html lang="ar" dir="rtl">' in cues
    assert '<div class="facts" lang="en"' in cues
    show = Show(title="Show", author="A", description="D", categories=["Education"], language="he")
    channel = Channel(show=show, guid="g", base="", changed=datetime(2026, 3, 5, tzinfo=UTC))
    assert b'<html lang="he" dir="rtl">' in show_page(channel, [])


@pytest.mark.parametrize("language", ["de-AT", "fr", "es", "it", "nl", "pt-BR"])
def test_show_notes_feed_and_page_have_no_english_phrases_in_another_language(language):
    """Short words do not count: some are the same in both languages."""
    show = Show(title="Show", author="A", description="D", categories=["Education"], language=language)
    channel = Channel(
        show=show, guid="g", base="https://example.org/", changed=datetime(2026, 3, 5, tzinfo=UTC)
    )
    episode = make_episode(language=language)
    entry = Entry(
        episode=episode,
        title="Evening",
        guid="g",
        date=datetime(2026, 3, 5, tzinfo=UTC),
        files=episode_files(episode, "evening-20m", lambda suffix: f"evening-20m{suffix}"),
        replaces=datetime(2026, 3, 4, tzinfo=UTC),
    )
    notes = notes_markdown(entry.episode) + notes_html(entry.episode) + short_description(entry.episode)
    shown = unescape(notes + show_page(channel, [entry]).decode() + first_page(channel, [entry]).decode())
    words = catalogue(language)
    for english in PHRASES:
        assert words.gettext(english).partition("{")[0] in shown
        assert english.partition("{")[0] not in shown
    assert long_date(date(2026, 3, 4), language) in shown


PHRASES = (
    ABOUT_SILENCE,
    "The narration is spoken by a synthetic voice.",
    "If any of these applies to you, ask first. The ones at the top matter most in this session.",
    "This is a new edition. It replaces the episode of {date}.",
    "Spoken by a synthetic voice.",
    "Listen in your podcast app",
    "Choose your app, or paste this address into any other.",
    "Before you begin",
)


def test_check_names_the_phrases_that_a_language_lacks(tmp_path):
    for number, (language, count) in enumerate([("sv", 1), ("xx", 1), ("it", 1), ("de", 0), ("en", 0)]):
        (tmp_path / str(number)).mkdir()
        report = check("abend", Workspace(_finder(tmp_path / str(number), language, ENTRY)))
        found = [one for one in report.advice if "these phrases of show notes and page" in one.message]
        assert len(found) == count
        assert all(f"locale/{language}/LC_MESSAGES/messages.po" in one.hint for one in found)
        if language == "xx":
            assert '"Chapters"' in found[0].message or "more" in found[0].message
        if language == "it":
            assert '"Time to lie down"' in found[0].message
            assert '"Chapters"' not in found[0].message


def test_check_names_the_drawings_that_have_no_description_in_a_language(tmp_path):
    for number, (language, expected) in enumerate([("sv", "knees-bent, lying-down"), ("de", "")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        body = "# A {figure lying-down}\n\nRuhe.\n\n# B {figure knees-bent}\n\nRuhe. [5m..]\n"
        (folder / "a.md").write_text(
            f"---\ntitle: A\nlanguage: {language}\nvoice: tone\n---\n\n{body}", "utf-8"
        )
        report = check("a", Workspace(ScriptFinder((folder,))))
        found = [one.message.rpartition(": ")[2] for one in report.advice if "these drawings" in one.message]
        assert found == ([expected] if expected else [])


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_every_caution_of_the_program_is_in_the_languages_of_the_page(language):
    finder = ScriptFinder((shipped_folder(),))
    entries = tomllib.loads((ROOT / "scripts" / "cautions.toml").read_text("utf-8"))
    script = load("rest-frame", finder)
    assert {caution.id for caution in script.cautions} == set(entries)
    words = catalogue(language)
    for caution in script.cautions:
        for text in (caution.short, " ".join(caution.full.split())):
            assert words.has(text), (caution.id, text)


def test_a_caution_of_the_program_is_translated_unless_the_author_wrote_another_text(tmp_path):
    shipped = (ROOT / "scripts" / "cautions.toml").read_text("utf-8")
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "cautions.toml").write_text(shipped, "utf-8")
    text = "---\ntitle: A\nlanguage: de\nvoice: tone\ncautions: [vertigo, clots]\n---\n\n[cautions]\n\nRuhe. [5m..]\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    own = '[vertigo]\nshort = "Mine."\nfull = "Mine."\n'
    (tmp_path / "cautions.toml").write_text(own, "utf-8")
    cautions = {c.id: c for c in load("a", ScriptFinder((tmp_path, tmp_path / "shipped"))).cautions}
    assert (cautions["vertigo"].short, cautions["vertigo"].language) == ("Mine.", "en")
    assert cautions["clots"].language == "de"
    assert cautions["clots"].short.startswith("Nach einem Blutgerinnsel")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("de", "de"),
        ("de-AT, de;q=0.9, en;q=0.8", "de"),
        ("en-GB, de", "en"),
        ("nl, fr;q=0.5", "fr"),
        ("en;q=0.1, es-419", "es"),
        ("ES", "es"),
        ("de;q=0, fr;q=0.001", "fr"),
        ("zh-Hant-TW, *;q=0.5", "en"),
        ("*", "en"),
        ("", "en"),
        ("nl", "en"),
        (";;q=x, , fr ; q = 0.3", "fr"),
        ("de;q=7", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_the_language_of_a_page_is_the_one_that_the_browser_wants_most(header, found):
    assert negotiated(header, ("en", "de", "es", "fr"), "en") == found


@pytest.mark.parametrize(
    ("language", "things", "day", "length", "number", "size"),
    [
        ("en", "a, b and iris", "4 March 2026", "1 hour and 5 minutes", "1.25", "12 MB"),
        ("en-US", "a, b, and iris", "March 4, 2026", "1 hour and 5 minutes", "1.25", "12 MB"),
        ("de-AT", "a, b und iris", "4. März 2026", "1 Stunde und 5 Minuten", "1,25", "12 MB"),
        ("es", "a, b e iris", "4 de marzo de 2026", "1 hora y 5 minutos", "1,25", "12 MB"),
        ("fr", "a, b et iris", "4 mars 2026", "1 heure et 5 minutes", "1,25", "12 Mo"),
        ("tlh", "a, b, iris", "2026-03-04", "1 hour, 5 minutes", "1.25", "12 MB"),
    ],
)
def test_lists_dates_lengths_and_numbers_are_written_as_the_language_does(
    language, things, day, length, number, size
):
    assert enumerated(["a", "b", "iris"], language) == things
    assert long_date(date(2026, 3, 4), language) == day
    assert length_in_words(3_900_000, language).replace("\xa0", " ") == length
    assert decimal(1.25, language) == number
    assert megabytes(12_345_678, language).replace("\u202f", " ").replace("\xa0", " ") == size
    assert enumerated(["a"], language) == "a"
    assert enumerated([], language) == ""


def test_a_language_with_longer_words_has_fewer_of_them_in_a_minute():
    assert calm_words_a_minute("en-GB") == calm_words_a_minute("xx") == (95, 110)
    assert [calm_words_a_minute(one) for one in ("de", "es", "fr")] == [(75, 86), (91, 105), (81, 94)]
    assert [round(letter_length(one), 2) for one in ("en", "de", "es", "fr")] == [1.0, 1.07, 1.0, 0.99]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("de", ["Leg z. B. ein Kissen unter, d. h. ganz weich.", "Dann ruh dich aus."]),
        ("de", ["Das dauert ca. 5 Minuten.", "Dr. Weiß sagt: Nr. 5, usw.", "Weiter."]),
        ("de", ["Am 3. Mai ruhen wir.", "Spür den 2. Atemzug.", "Zähle bis 10.", "Atme aus."]),
        ("de", ["„Gut.“", "Weiter.", "»Atme.«", "Dann ruh."]),
        ("es", ["¿Estás bien?", "¡Sí!", "La Sra. López y el Sr. Ruiz viven en EE. UU.", "Respira."]),
        ("es", ["Son las 8 a. m. y respiras.", "Trae p. ej. una manta.", "«Respira.»", "Ahora suelta."]),
        ("fr", ["M. Dupont, p. ex. allongé, respire.", "Sentez-vous le sol ?", "Oui !"]),
        ("fr", ["« Respirez. »", "Puis reposez-vous, c.-à-d. sans effort.", "Mme Roy dort."]),
        ("en", ["Dr. Weiss says approx. 3.5 litres, e.g. of air.", "See No. 5.", "Rest."]),
    ],
)
def test_sentences_end_where_the_language_ends_them(language, sentences):
    text = " ".join(sentences)
    assert [text[a:b] for a, b in split_sentences(text, language)] == sentences


def test_a_caption_never_begins_with_a_sign_that_french_sets_apart():
    words = "Est-ce que vous sentez vraiment bien comme il faut le sol ? Oui, tout à fait ; puis le reste : voilà !"
    timeline = make_timeline((0, 20_000, speak(words)), length=300_000)
    lines = [line for caption in captions(replace(timeline, language="fr")) for line in caption.lines]
    assert " ".join(lines) == words
    assert not any(line[0] in "?!:;»" for line in lines)
