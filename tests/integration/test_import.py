"""Texts that people already have become scripts: nothing is spoken by mistake, and nothing is lost or overwritten."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from word_files import word_file

from audio_builder.diagnostics.report import check
from audio_builder.errors import AudioBuilderError
from audio_builder.importing.convert import ConvertOptions
from audio_builder.importing.script import Imported, ImportOptions, import_script
from audio_builder.request import Workspace
from audio_builder.script.model import Pause
from audio_builder.script.parse.parse import parse
from audio_builder.script.walk import script_items, sentences_of
from audio_builder.spoken.form import spoken_form
from audio_builder.units import Ms

CASES = Path(__file__).parent.parent / "cases" / "import"
TEXTS = sorted(path for path in CASES.iterdir() if path.suffix != ".expect")


def spoken(script):
    """Return all that a voice would say of a script, in its spoken form."""
    says = (say for item in script_items(script) for say in sentences_of(item))
    return " ".join(spoken_form("".join(map(str, say.words))) for say in says)


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_sixteen_notations_become_scripts_as_their_authors_meant(path):
    """The .expect file beside each text has what is never spoken, what is spoken, and the exact pauses in order."""
    script = parse(import_script(path.read_bytes(), path.name).text, "text")
    heard = spoken(script).lower()
    pauses = iter([item.length for item in script_items(script) if isinstance(item, Pause)])
    for line in path.with_name(f"{path.name}.expect").read_text("utf-8").splitlines():
        kind, _, value = line.partition(": ")
        words = value.lower().rstrip(".")
        if kind == "never":
            assert not re.search(rf"(?<!\w){re.escape(words)}(?!\w)", heard), line
        elif kind == "says":
            assert words in heard, line
        elif kind == "pause":
            expected = float(value.split()[0]) * 1000
            assert any(abs(pause - expected) < 1 for pause in pauses), line


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_an_imported_text_has_no_errors(path, tmp_path):
    script = tmp_path / "imported.md"
    script.write_text(import_script(path.read_bytes(), path.name).text, "utf-8")
    assert check(str(script)).errors == ()


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_with_stretch_an_imported_text_can_have_many_lengths(path, tmp_path):
    script = tmp_path / "imported.md"
    script.write_text(import_script(path.read_bytes(), path.name, ImportOptions(stretch=True)).text, "utf-8")
    ((shortest, longest),) = check(str(script)).lengths
    assert shortest <= 10 * 60_000
    assert longest == 8 * 3_600_000


def test_every_decision_names_its_line_and_what_was_done():
    text = "(soft music)\n\nNarrator: Lie down. (pause 5 seconds)\n\n(Repeat on the other side)\n"
    imported = import_script(text.encode(), "evening.txt")
    assert [(one.line, one.is_certain) for one in imported.decisions] == [
        (1, True),
        (3, True),
        (3, True),
        (5, True),
    ]
    assert "soft music" in imported.decisions[0].message


def test_what_is_uncertain_is_a_note_and_a_question():
    imported = import_script(b"Hello [name], lie down.\n", "evening.txt")
    assert "<!-- import: name -->" in imported.text
    assert [question.line for question in imported.questions] == [1]


def test_blank_lines_can_be_pauses():
    options = ImportOptions(ConvertOptions(blank_line=Ms(8000)))
    script = parse(import_script(b"Lie down.\n\nRest.\n\nStay.", "a.txt", options).text, "a")
    assert [item.length for item in script_items(script) if isinstance(item, Pause)] == [8000, 8000]


def test_numbered_steps_become_paragraphs_and_countdowns_keep_their_numbers():
    steps = parse(import_script(b"1. Lie down.\n2. Rest.\n", "a.txt").text, "a")
    count = parse(import_script(b"3. so heavy\n2. so calm\n1. at rest\n", "a.txt").text, "a")
    assert spoken(steps) == "Lie down. Rest."
    assert spoken(count) == "Three… so heavy. Two… so calm. One… at rest."


def test_nothing_is_dropped_without_a_word():
    """A last line in capitals, a line of wavy signs, a pause between two lines, and the silences of subtitles."""
    text = "Evening\n\nLie down,\n== 10 ==\nand rest.\n\n~~~ 20 seconds ~~~\n\nNAMASTE SHANTI\n"
    imported = import_script(text.encode(), "a.txt")
    for kept in ("[10s]", "and rest", "[20s]"):
        assert kept in imported.text, imported.text
    assert any("Namaste" in one.message for one in imported.decisions if not one.is_certain)
    times = ((0, 2), (4.5, 6), (81, 83), (143, 144))
    blocks = [
        f"{n}\n00:0{int(a) // 60}:{a % 60:06.3f} --> 00:0{int(b) // 60}:{b % 60:06.3f}\nLine {n}."
        for n, (a, b) in enumerate(times, 1)
    ]
    subtitles = import_script(
        "\n\n".join(blocks).replace(".000", ",000").replace(".500", ",500").encode(), "a.srt"
    )
    assert [pause for pause in ("[2.5s]", "[1m15s]", "[1m]") if pause not in subtitles.text] == [], (
        subtitles.text
    )


@pytest.mark.parametrize(
    ("pauses", "rest"),
    [
        (("(pause 2 minutes)", "(pause 30 seconds)", "(pause 5 seconds)"), "[rest 2m..]"),
        (("(pause 30 seconds)", "(pause 5 seconds)", "(pause 2 minutes)"), "[rest 2m..]"),
        (("(pause 30 seconds)", "\n\n(pause 30 seconds)\n\n", ""), "[rest 30s..]\n\nThree."),
        (("(pause 4 seconds)", "", "(pause 3 seconds)"), "[rest 1m..]"),
        (("(pause 30 seconds)", "\n\n(pause 5 minutes)\n\n", ""), "[rest 5m..]"),
    ],
)
def test_with_stretch_the_longest_silence_becomes_the_rest_or_the_last_of_several(pauses, rest):
    one, two, three = pauses
    text = f"Evening\n\nOne. {one}\nTwo. {two}\nThree. {three}\nFour.\n"
    script = import_script(text.encode(), "a.txt", ImportOptions(stretch=True)).text
    assert script.count("[rest ") == 1
    assert rest in script, script


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Yoga Nidra for Tired Hips - 20 min\n\nLie down.", "Yoga Nidra for Tired Hips"),
        ("# Evening\n\nLie down.", "Evening"),
        ("Title: Evening rest\n\nLie down.", "Evening rest"),
        ("Lie down.\n\nRest.", "My text"),
    ],
)
def test_the_title_is_where_authors_put_it(text, title):
    script = parse(import_script(text.encode(), "my-text.txt").text, "a")
    assert script.front.title == title


@pytest.mark.parametrize("line", ["**[Pause]**", "**(pause)**", "# (pause)", "**Pause**", "[Pause]"])
def test_a_pause_that_looks_like_a_heading_is_a_pause(line):
    script = parse(import_script(f"Lie down.\n\n{line}\n\nRest.".encode(), "a.txt").text, "a")
    assert [item.length for item in script_items(script) if isinstance(item, Pause)] == [4000]


def test_the_words_of_a_table_are_spoken_with_the_pauses_beside_them():
    table = "| Time | Cue | Wait | Notes |\n|---|---|---|---|\n| 0:30 | Soften your forehead | 10 sec | dim lights |\n"
    imported = import_script(f"Lie down.\n\n{table}| 1:00 | Soften your jaw. | 20 | |\n".encode(), "a.txt")
    script = parse(imported.text, "a")
    assert spoken(script) == "Lie down. Soften your forehead. Soften your jaw."
    assert [item.length for item in script_items(script) if isinstance(item, Pause)] == [
        Ms(10_000),
        Ms(20_000),
    ]
    assert "<!-- import: dim lights -->" in imported.text
    assert [question.line for question in imported.questions] == [3]


def test_what_stands_before_or_beside_the_words_is_not_spoken():
    text = (
        "[00:00] Narrator: Welcome.\n00:20 VO: Lie down.\n\nHost [smiling]: Good.\n\nANNA (V.O.): Rest.\n\n"
        "*Instructor: walk around the room*\n\n*long pause, let them settle*\n\n<!-- remember to smile -->\n"
    )
    imported = import_script(text.encode(), "a.txt")
    assert spoken(parse(imported.text, "a")) == "Welcome. Lie down. Good. Rest."
    assert "<!-- remember to smile -->" in imported.text
    assert "<!-- import: long pause, let them settle --> [10s]" in imported.text


def test_check_asks_to_complete_a_sentence_that_lost_its_placeholder(tmp_path):
    imported = import_script(b"Welcome to {studio name}.\n\nRest (slowly). Let go.\n", "a.txt")
    path = tmp_path / "a.md"
    path.write_text(imported.text, "utf-8")
    asked = [p.message for p in check(str(path), Workspace()).advice if "may lack" in p.message]
    assert asked == ['the sentence may lack "studio name"']


def test_a_heading_that_differs_from_the_title_stays():
    imported = import_script(b"---\ntitle: Legs up\n---\n\n# Viparita Karani\n\nLie down.\n", "a.md")
    assert "# Viparita Karani" in imported.text
    same = import_script(b"---\ntitle: Legs up\n---\n\n# Legs up\n\nLie down.\n", "a.md")
    assert "# Legs up" not in same.text


def test_tasks_are_kept_as_notes():
    imported = import_script(b"Lie down.\n\n- [ ] check the audio\n", "a.txt")
    assert spoken(parse(imported.text, "a")) == "Lie down."
    assert "<!-- import: - [ ] check the audio -->" in imported.text


def test_lines_after_a_list_do_not_run_into_its_last_item():
    script = parse(import_script(b"- Soften the jaw\nRest now.\n", "a.txt").text, "a")
    assert spoken(script) == "Soften the jaw. Rest now."


def test_a_word_file_becomes_a_script():
    script = parse(import_script(word_file("Lie down. (pause)", "Rest here."), "evening.docx").text, "a")
    assert spoken(script) == "Lie down. Rest here."
    assert [item.length for item in script_items(script) if isinstance(item, Pause)] == [4000]


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"%PDF-1.7", "a.pdf", "is a PDF"),
        (b"{\\rtf1 Hello}", "a.rtf", "is an RTF file"),
        (b"\xd0\xcf\x11\xe0", "a.doc", "old Word file"),
        (b"PK\x03\x04broken", "a.docx", "as a Word file"),
        (b"\0\1\2\3" * 100, "a.txt", "is not a text"),
        (b"", "a.txt", "no words to speak"),
        (b"(soft music)", "a.txt", "no words to speak"),
        (b"_", "a.txt", "no words to speak"),
        (b"** **", "a.txt", "no words to speak"),
        (b"<b>" * 5000, "a.html", "nested too deeply"),
        (b"<speak>" * 5000, "a.ssml", "nested too deeply|no words to speak"),
        (b"word " * 210_000, "a.txt", "too large"),
    ],
)
def test_what_is_not_a_text_gets_a_clear_message(data, name, message):
    with pytest.raises(AudioBuilderError, match=message):
        import_script(data, name)


@given(
    st.binary() | st.text().map(str.encode), st.sampled_from(["a.txt", "a.md", "a.html", "a.ssml", "a.srt"])
)
def test_any_bytes_become_a_script_or_a_message(data, name):
    try:
        imported = import_script(data, name)
    except AudioBuilderError:
        return
    assert isinstance(imported, Imported)
    parse(imported.text, "a")


def test_the_command_writes_a_script_once_and_never_over_another(audio_builder, tmp_path):
    (tmp_path / "old.txt").write_text("Lie down. (pause 5 seconds)\n\nRest here.\n", "utf-8")
    (tmp_path / "scripts").mkdir()
    first = audio_builder("import", "old.txt", "--output", "scripts/evening.md", "--stretch", folder=tmp_path)
    assert (first.status, "audio-builder check" in first.out) == (0, True)
    before = (tmp_path / "scripts" / "evening.md").read_bytes()
    second = audio_builder("import", "old.txt", "--output", "scripts/Evening.md", folder=tmp_path)
    assert (second.status, "exists already" in second.err) == (1, True)
    assert (tmp_path / "scripts" / "evening.md").read_bytes() == before


def test_the_command_says_whether_a_length_is_possible(audio_builder, tmp_path):
    (tmp_path / "old.txt").write_text("Lie down. (pause 5 seconds)\n\nRest here.\n", "utf-8")
    fixed = audio_builder("import", "old.txt", "--length", "20m", folder=tmp_path)
    assert (fixed.status, "cannot last 20:00" in fixed.err, "--stretch" in fixed.err) == (1, True, True)
    assert audio_builder("import", "old.txt", "--length", "20m", "--stretch", folder=tmp_path).status == 0


def test_the_command_prints_one_json_document(audio_builder, tmp_path):
    (tmp_path / "old.txt").write_text("Narrator: Lie down. [name]\n", "utf-8")
    result = audio_builder("import", "old.txt", "--json", folder=tmp_path)
    document = json.loads(result.out)
    assert [decision["certain"] for decision in document["decisions"]] == [True, False]
    assert document["errors"] == []
    assert list(tmp_path.iterdir()) == [tmp_path / "old.txt"]
