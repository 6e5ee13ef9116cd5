"""What listeners hear and read is in the language of the script, or `check` says what is not."""

import tomllib

import pytest
from conftest import ROOT

from audio_builder.diagnostics.report import check
from audio_builder.errors import AudioBuilderError
from audio_builder.request import Workspace
from audio_builder.script.load import load
from audio_builder.script.search import ScriptFinder

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


def test_every_caution_of_the_program_is_in_german():
    entries = tomllib.loads((ROOT / "scripts" / "cautions.toml").read_text("utf-8"))
    assert [name for name, entry in entries.items() if set(entry["de"]) != {"short", "full"}] == []
