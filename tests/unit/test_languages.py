"""What listeners hear and read is in the language of the script, or `check` says what is not."""

import re
import tomllib
from datetime import UTC, datetime
from html import unescape

import pytest
from common import ROOT
from episodes import make_episode
from msgspec.structs import astuple

from audio_builder.diagnostics.report import check
from audio_builder.errors import AudioBuilderError
from audio_builder.library.phrases import all_phrases, phrases
from audio_builder.library.show_notes import notes_html, notes_markdown, short_description
from audio_builder.podcast.channel import Channel, Entry, episode_files
from audio_builder.podcast.feed import first_page
from audio_builder.podcast.page import show_page
from audio_builder.podcast.show import Show
from audio_builder.request import Workspace
from audio_builder.script.load import load
from audio_builder.script.search import ScriptFinder, shipped_folder

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
        (ENTRY + 'shrt = "x"\n', r"unknown field `shrt`, in \[knee\]"),
        (ENTRY + '[knee.de]\nshort = "Knie."\n', r"missing required field `full`, in \[knee.de\]"),
        (ENTRY + '[knee.german]\nshort = "Knie."\nfull = "."\n', r"unknown field `german`, in \[knee\]"),
        ("[knee]\n", r"missing required field `short`, in \[knee\]"),
        ('knee = "Knee."\n', "Expected `object`"),
    ],
)
def test_a_field_that_is_unknown_or_missing_is_an_error(text, message, tmp_path):
    with pytest.raises(AudioBuilderError, match=rf"Cannot read .*cautions.toml: .*{message}"):
        _cautions(tmp_path, "de", text)


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


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl", "pt"])
def test_every_phrase_is_in_every_language(language):
    """A missing or unknown phrase cannot be read. What is filled in is the same everywhere."""
    translated, english = astuple(all_phrases()[language]), astuple(all_phrases()["en"])
    assert [re.findall(r"{.*?}", text) for text in translated] == [
        re.findall(r"{.*?}", text) for text in english
    ]
    assert all(text.strip() == text != "" for text in translated)


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
    for english in astuple(phrases("en")):
        if len(english) > 12 and "{" not in english:
            assert english not in shown
    for text in (phrases(language).silence, phrases(language).synthetic, phrases(language).cautions):
        assert text in shown
    assert phrases(language).new_edition.format(date="2026-03-04") in shown


def test_check_reports_a_language_without_phrases(tmp_path):
    for number, (language, count) in enumerate([("sv", 1), ("de", 0), ("en", 0)]):
        (tmp_path / str(number)).mkdir()
        report = check("abend", Workspace(_finder(tmp_path / str(number), language, ENTRY)))
        found = [one for one in report.advice if "headings and notices" in one.message]
        assert len(found) == count
        assert all("phrases.toml has [sv]" in one.hint for one in found)


def test_every_caution_of_the_program_is_in_german():
    entries = tomllib.loads((ROOT / "scripts" / "cautions.toml").read_text("utf-8"))
    assert [name for name, entry in entries.items() if set(entry["de"]) != {"short", "full"}] == []
