"""What an import keeps of a text, and what it asks its author about."""

import pytest

from audio_builder.errors import AudioBuilderError
from audio_builder.importing.script import ImportOptions, import_script
from audio_builder.script.parse.parse import parse
from audio_builder.script.walk import script_items, sentences_of


def imported(text, name="evening.txt"):
    return import_script(text if isinstance(text, bytes) else text.encode(), name)


def spoken(text, name="evening.txt"):
    """Return the sentences of the script that a text becomes."""
    script = parse(imported(text, name).text, "script")
    return ["".join(map(str, say.words)) for item in script_items(script) for say in sentences_of(item)]


def front(text, name="evening.txt"):
    return parse(imported(text, name).text, "script").front


def questions(text, name="evening.txt"):
    return [(one.line, one.message) for one in imported(text, name).questions]


@pytest.mark.parametrize(
    "first",
    [
        "Welcome.\n\nClose your eyes.",
        "- Lie down.\n- Rest.",
        "title: Rest\nClose your eyes.",
        "  indented words",
        "# Arrival\n\nLie down.",
    ],
)
def test_a_first_line_of_hyphens_is_a_rule_unless_all_up_to_the_next_is_front_matter(first):
    with_rule = spoken(f"---\n{first}\n---\nBreathe.")
    assert with_rule == spoken(f"{first}\n\nBreathe.")
    assert with_rule[-1] == "Breathe."


def test_front_matter_of_another_program_is_never_spoken_nor_lost():
    text = (
        "---\ntitle: >\n  Evening\n  rest\ntags:\n  - yoga\n  - sleep\naliases: [night, bed]\n"
        "props:\n- pillow\n- blanket\n\n---\nBreathe.\n"
    )
    assert spoken(text, "a.md") == ["Breathe."]
    assert (front(text, "a.md").title, front(text, "a.md").props) == ("Evening rest", ("pillow", "blanket"))
    assert "tags: yoga, sleep" in imported(text, "a.md").text
    assert "aliases: night, bed" in imported(text, "a.md").text


def test_unknown_keys_of_front_matter_are_kept_as_notes_and_asked_about():
    text = "---\ntags: sleep\nInhale: let go.\n---\nBreathe.\n"
    assert "<!-- import: Inhale: let go. -->" in imported(text).text
    assert [line for line, _ in questions(text)] == [3]


def test_a_word_that_comes_often_before_a_colon_is_spoken_and_asked_about():
    text = "Inhale: four counts.\nExhale: through the nose.\n" * 3
    assert spoken(text) == ["Inhale: four counts.", "Exhale: through the nose."] * 3
    asked = questions(text)
    assert [line for line, _ in asked] == [1, 2, 3, 4, 5, 6]
    assert all("may say who speaks" in message for _, message in asked)


def test_names_in_capitals_that_come_often_are_left_out_and_asked_about():
    text = "ANNA: Lie down.\n" * 3
    assert spoken(text) == ["Lie down."] * 3
    assert len(questions(text)) == 3


def test_speakers_are_left_out_without_asking():
    text = "Narrator: Lie down.\nANNA (V.O.): Rest.\nGuide 2: Breathe.\n"
    assert spoken(text) == ["Lie down.", "Rest.", "Breathe."]
    assert questions(text) == []


CUE = "00:00:{0:02}.000 --> 00:00:{1:02}.000\n"


def test_captions_are_spoken_whatever_word_they_begin_with():
    captions = [
        "Note the weight of your heels.",
        "Style your breath.",
        "NOTE how calm it is.",
        "Kind: be so.",
    ]
    text = "\n".join(CUE.format(n, n + 1) + f"{caption}\n" for n, caption in enumerate(captions))
    assert spoken(f"WEBVTT\n\n{text}", "a.vtt") == captions
    assert spoken(text, "a.srt") == captions


def test_captions_that_are_numbers_are_spoken_but_not_the_numbers_of_captions():
    text = "".join(f"{n}\n{CUE.format(n, n + 1)}{11 - n}\n\n" for n in (1, 2, 3))
    assert spoken(text, "a.srt") == ["10.", "9.", "8."]
    assert spoken(f"WEBVTT\n\n{text}", "a.vtt") == ["10.", "9.", "8."]


def test_blocks_of_webvtt_that_are_not_captions_are_not_spoken():
    text = (
        "WEBVTT - Evening\nKind: captions\nLanguage: en\n\nNOTE\nThe first draft\nof the teacher.\n\n"
        "STYLE\n::cue {\n  color: white;\n}\n\nREGION\nid:top\nwidth:40%\n\n"
        f"welcome\n{CUE.format(1, 2)}Lie down.\n\nNOTE all is well\n\n{CUE.format(2, 3)}Rest.\n"
    )
    assert spoken(text, "a.vtt") == ["Lie down.", "Rest."]


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("Lie down.\n\nRest.", "🌙 rest.txt", "Rest"),
        ("Lie down.\n\nRest.", "🌙.txt", "Untitled"),
        ("Title: Rest 🌙\n\nLie down.", "a.txt", "Rest"),
        ("Title: 🌙\n\nLie down.", "a.txt", "A"),
        (f"Title: *Evening* rest\x07\n\nLie down.{' Rest.' * 20}", "a.txt", "Evening rest"),
        ("# Evening 🌙 \\ moon\n\nLie down.", "a.txt", "Evening \\ moon"),
        ("Rest under the moon 🌙\n\nLie down.", "a.txt", "Rest under the moon"),
        ("---\ntitle: Rest 🌙\n---\n\nLie down.", "a.txt", "Rest"),
    ],
)
def test_a_title_has_no_signs_that_voices_cannot_say(text, name, title):
    assert front(text, name).title == title
    assert spoken(text, name)[0] == "Lie down."


def test_summary_and_props_have_no_signs_that_voices_cannot_say():
    text = (
        f"Summary: **Calm** down 🌙\x1b\nProps: pillow 🛏, a mat, 🌙 and a mat\n\nLie down.{' Rest.' * 20}\n"
    )
    found = front(text)
    assert (found.summary, found.props) == ("Calm down", ("pillow", "a mat"))
    assert any("left out 🌙" in one.message for one in imported(text).decisions)


@pytest.mark.parametrize("title", ["Rest 🌙", "Rest\n\x07", "*Rest*"])
def test_a_title_that_is_asked_for_is_cleaned_too(title):
    text = import_script(b"Lie down.", "a.txt", ImportOptions(title=title)).text
    assert parse(text, "script").front.title == "Rest"


@pytest.mark.parametrize("language", ["no such language", "x", "de\n[bell]", '"', "🌙"])
def test_an_invalid_language_is_named_in_the_message(language):
    with pytest.raises(AudioBuilderError, match=r"^Invalid language: .*; write"):
        import_script(b"Lie down.", "a.txt", ImportOptions(language=language))


@pytest.mark.parametrize(
    ("words", "encoding"), [("Лягте на спину.", "cp1251"), ("Schließ die Augen.", "cp1252")]
)
@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.srt"])
def test_a_guessed_encoding_is_for_the_author_to_check(words, encoding, name):
    assert [line for line, message in questions(words.encode(encoding), name) if "UTF-8" in message] == [1]
    for known in ("utf-8", "utf-8-sig", "utf-16"):
        assert questions(words.encode(known), name) == []


def test_a_guess_reads_western_european():
    assert spoken("Schließ die Augen.".encode("cp1252")) == ["Schließ die Augen."]
