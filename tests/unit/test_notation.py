"""The notations of pauses, directions and labels that people already use."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_builder.notation.lines import read_line
from audio_builder.notation.marks import apply_marks, find_marks
from audio_builder.notation.pauses import PauseLengths, read_pause, read_pause_line
from audio_builder.units import Ms

PAUSES = {
    "(pause 5 seconds)": "[5s]",
    "(10 second pause)": "[10s]",
    "(10-second pause)": "[10s]",
    "[pause 2s]": "[2s]",
    "[PAUSE=3]": "[3s]",
    "[pause:2.5s]": "[2.5s]",
    "[pause: 2500ms]": "[2.5s]",
    "*[Pause 4 seconds]*": "[4s]",
    "*(Pause 4 seconds)*": "[4s]",
    "(Pause for 10 seconds)": "[10s]",
    "(pause for about 10 seconds)": "[10s]",
    "(pause for ten seconds)": "[10s]",
    "(pause for half a minute)": "[30s]",
    "(pause for one minute)": "[1m]",
    "(hold for 5 seconds)": "[5s]",
    "(30 seconds of silence)": "[30s]",
    "(two minutes of silence)": "[2m]",
    "[5 sec pause]": "[5s]",
    "[5 seconds]": "[5s]",
    "(10s)": "[10s]",
    "(pause 5-10 seconds)": "[5s..10s]",
    "(pause for 3 breaths)": "[30s]",
    "(pause 0:30)": "[30s]",
    "— pause 6 seconds —": "[6s]",
    "/2s": "[2s]",
    "/ 5 sec": "[5s]",
    "[2, 3]": "[2s]",
    "[2, 3, 4]": "[3s]",
    "{silence: 1s}": "[1s]",
    "{pause 3}": "[3s]",
    "<pause 5s>": "[5s]",
    "<#2.5#>": "[2.5s]",
    "[[Pause: 5]]": "[5s]",
    "{{pause 5}}": "[5s]",
    "#pause 5s#": "[5s]",
    "~10 sec~": "[10s]",
    "//pause//": "[4s]",
    "[[slnc 2000]]": "[2s]",
    '<break time="3s"/>': "[3s]",
    '<break time="1500ms" />': "[1.5s]",
    "<break time='2s'></break>": "[2s]",
    '<break strength="x-strong"/>': "[10s]",
    '<break strength="weak"/>': "[2s]",
    "<break/>": "[4s]",
    "(a long pause)": "[10s]",
    "(eine lange Pause)": "[10s]",
    "(una pausa larga)": "[10s]",
    "(a pause of 3 seconds)": "[3s]",
    "[1m30s]": "[1m30s]",
    "[2s500ms]": "[2.5s]",
    "(Pause 10 Sekunden)": "[10s]",
    "(zehn Sekunden Pause)": "[10s]",
    "[Stille, 1 Minute]": "[1m]",
    "(kurze Pause)": "[2s]",
    "(3 Atemzüge Pause)": "[30s]",
    "(10 secondes de silence)": "[10s]",
    "(pause de vingt secondes)": "[20s]",
    "(pause longue)": "[10s]",
    "[pausa 10 segundos]": "[10s]",
    "(silencio de treinta segundos)": "[30s]",
    "(pausa corta)": "[2s]",
    "(silenzio, 10 secondi)": "[10s]",
    "(pause)": "[4s]",
    "(PAUSE)": "[4s]",
    "(long pause)": "[10s]",
    "[short pause]": "[2s]",
    "[pause briefly]": "[2s]",
    "— pause —": "[4s]",
    "-- pause --": "[4s]",
    "~ pause ~": "[4s]",
    "*pause*": "[4s]",
    "_long pause_": "[10s]",
    "<pause 3>": "[3s]",
    "<pause: 12>": "[12s]",
    "[pause 1 1/2 min]": "[1m30s]",
    "(Pause for 1/2 minute)": "[30s]",
    "[pause one minute and a half]": "[1m30s]",
    "(pause for a minute or two)": "[1m..2m]",
    "[pause for 3 full breaths]": "[30s]",
    "(pasue 5s)": "[5s]",
    "[5]": "[5s]",
    "[P]": "[4s]",
    "(LP)": "[10s]",
    "[Count to ten]": "[10s]",
    "[breathe]": "[10s]",
    "#pause": "[4s]",
    "⏸ 10": "[10s]",
    "⏱️ 30s": "[30s]",
    "⏸️": "[4s]",
    "...": "[4s]",
    "…": "[4s]",
    "* * *": "[4s]",
}
WHOLE_LINES = {
    "PAUSE (10 sec)": "[10s]",
    "PAUSE 20 SECONDS": "[20s]",
    "Pause for 1 minute.": "[1m]",
    "||": "[4s]",
    "5s": "[5s]",
    "10 seconds.": "[10s]",
    "ten seconds": "[10s]",
    "P A U S E": "[4s]",
    "Hold (5)": "[5s]",
    "Wait 10 seconds": "[10s]",
    "(10)": "[10s]",
    "(1'30\")": "[1m30s]",
    "(take 3 breaths here)": "[30s]",
    "(…)": "[4s]",
    "🔔": "[bell]",
    "(Pause 5, then bell)": "<!-- import: Pause 5, then bell --> [5s]",
}
AFTER_A_SENTENCE = {
    "PAUSE": "[4s]",
    "PAUSE (5)": "[5s]",
    "Pause 10s": "[10s]",
    "Pause...": "[4s]",
    "Wait 10 seconds.": "[10s]",
    "... 10 sec": "[10s]",
    "– 5s": "[5s]",
    "(5)": "[5s]",
    "(P)": "[4s]",
}
SPOKEN = [
    "Breathe, pause, and rest.",
    "Rest.",
    "Hold.",
    "Rest here for two minutes.",
    "Relax (your jaw, your tongue).",
    "Rest for a while (about ten minutes).",
    "At 7:30 we begin.",
    "It may be flat – or curved – and either is welcome.",
    "Use a towel and/or a cushion.",
    "Let the pause after the breath grow longer.",
    "Your pain is 3/10.",
    "If you like (and only then), turn your head.",
    "Breathe in for four, hold for seven, out for eight (4-7-8).",
    "The five (5) senses.",
    "Wait.",
    "Hold the breath for 5 seconds and let it go.",
    "Hold here. Rest for 5 minutes.",
]


@pytest.mark.parametrize(("written", "directive"), PAUSES.items())
def test_a_notation_of_a_pause_becomes_a_directive_alone_and_in_a_sentence(written, directive):
    assert apply_marks(written, find_marks(written)) == directive
    if written not in ("...", "…", "* * *"):
        text = f"Feel your feet {written} and your legs."
        assert apply_marks(text, find_marks(text)) == f"Feel your feet. {directive} and your legs."


@pytest.mark.parametrize(("line", "directive"), WHOLE_LINES.items())
def test_a_line_that_is_only_a_pause_is_one(line, directive):
    assert apply_marks(line, find_marks(line)) == directive


@pytest.mark.parametrize(("written", "directive"), AFTER_A_SENTENCE.items())
def test_a_pause_after_a_sentence_is_one(written, directive):
    text = f"Rest a little. {written}"
    assert apply_marks(text, find_marks(text)).replace("....", ".") == f"Rest a little. {directive}"


@pytest.mark.parametrize("text", SPOKEN)
def test_words_for_listeners_are_not_marks(text):
    assert find_marks(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Feel your feet (pause).", "Feel your feet. [4s]"),
        ("(soft music) Welcome.", "<!-- import: soft music --> Welcome."),
        ("Say it (whispering).", "Say it. <!-- import: whispering -->"),
        ("(ring bell three times)", "[bell 3]"),
        ("[bell]", "[bell]"),
        ("==Soften== your ~~left~~ jaw. #relax", "Soften your jaw."),
        ("Rest now. %% a note %%", "Rest now."),
        ("See [[a note|the note]].", "See the note."),
        ("00:30 Welcome here.", "Welcome here."),
        ("5... 4... 3", "5. [2s] 4. [2s] 3"),
        ("<p>Hello <emphasis>you</emphasis>.</p>", "Hello you."),
    ],
)
def test_marks_are_replaced_by_what_scripts_have_for_them(text, expected):
    assert apply_marks(text, find_marks(text)) == expected


@pytest.mark.parametrize("text", ["(Repeat on the other side)", "Hello [name], rest.", "(if you like, stay)"])
def test_what_is_uncertain_is_for_the_author_to_decide(text):
    assert [mark.kind in ("direction", "placeholder") for mark in find_marks(text)] == [True]


@pytest.mark.parametrize(
    "text", ["Thumb / finger", "Rest (20 min)", "Feel [5]", "Wait 5 seconds", "Lie down. Pause."]
)
def test_what_may_be_a_pause_is_for_the_author_to_decide(text):
    assert [(mark.kind, mark.is_certain) for mark in find_marks(text)] == [("pause", False)]


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("Body scan (20 min)", "heading", "Body scan"),
        ("1. Arrival (2 min)", "heading", "Arrival"),
        ("BREATH AWARENESS (approx. 3 mins)", "heading", "Breath awareness"),
        ("3. Closing", "heading", "Closing"),
        ("o\tLet the jaw soften", "item", "Let the jaw soften"),
        ("   a. Sit or lie down.", "item", "Sit or lie down."),
        ("2.1 Soften the hands.", "item", "Soften the hands."),
        ("2.5 metres of floor", "words", "2.5 metres of floor"),
        ("SFX: ocean waves fade up", "fact", "ocean waves fade up"),
        (
            "Note: If you are pregnant, lie on your side.",
            "words",
            "Note: If you are pregnant, lie on your side.",
        ),
        ("Note: read slowly.", "fact", "read slowly."),
        ("NOTE TO SELF: dim lights", "aside", "NOTE TO SELF: dim lights"),
        ("FADE OUT.", "aside", "FADE OUT."),
        ("TURN PAGE >>>", "aside", "TURN PAGE >>>"),
        ("TODO write the ending", "aside", "TODO write the ending"),
        ("By Marta", "aside", "By Marta"),
        ("[^1]: From a book.", "aside", "[^1]: From a book."),
        ("// too long? cut", "aside", "// too long? cut"),
        ("By now your legs are heavy.", "words", "By now your legs are heavy."),
    ],
)
def test_a_line_is_what_its_author_meant(line, kind, words):
    found = read_line(line, is_alone=False)
    assert (found.kind, found.words) == (kind, words)


def test_lengths_of_pauses_without_a_number_are_options():
    lengths = PauseLengths(plain=Ms(1000), short=Ms(500), long=Ms(7000), breath=Ms(8000))
    written = ("pause", "short pause", "long pause", "pause for 2 breaths")
    assert [read_pause(one, lengths).low for one in written] == [1000, 500, 7000, 16_000]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("INTRODUCTION", "heading"),
        ("Part 2: The breath", "heading"),
        ("**Body scan**", "heading"),
        ("(Induction)", "heading"),
        ("**Duration:** 15-20 minutes", "fact"),
        ("Written by: a teacher", "fact"),
        ("Subject: FWD: the script", "fact"),
        ("---", "rule"),
        ("END OF SCRIPT", "aside"),
        ("♪ slow piano ♪", "aside"),
        ("1. Lie down.", "item"),
        ("- Lie down.", "item"),
        ("Lie down.", "words"),
        ("Remember: you can stop.", "words"),
        ("— pause —", "words"),
    ],
)
def test_the_kind_of_a_line_is_told_by_how_it_is_written(line, kind):
    assert read_line(line, is_alone=True).kind == kind


@given(st.text())
def test_marks_lie_within_any_line_in_order_and_apart(text):
    marks = find_marks(text)
    bounds = [edge for mark in marks for edge in (mark.start, mark.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= edge <= len(text) for edge in bounds)
    apply_marks(text, marks)


@pytest.mark.parametrize("piece", ["==a ", "_a ", "/ ", "[[a ", "<a ", "(a ", " ", "~~a "])
def test_marks_of_a_long_line_are_those_of_its_parts(piece):
    """Long lines are searched in parts, so that the time grows with the length and not with its square."""
    text = f"{'Rest now. ' * 1000}(pause 5 seconds) {'Rest now. ' * 1000}"
    assert apply_marks(text, find_marks(text)).count("[5s]") == 1
    marks = find_marks(piece * 20_000)
    assert all(first.end <= second.start for first, second in pairwise(marks))


def test_a_slash_after_a_number_is_a_pause_only_with_a_unit():
    for text, written in (
        ("Breathe in for 4 /2s and out.", ["[2s]"]),
        ("Use 1 / 2 a cup.", []),
        ("Let go / 2 and rest.", ["[2s]"]),
    ):
        assert [mark.replacement for mark in find_marks(text) if mark.is_certain] == written, text


def test_a_comment_and_a_long_row_of_signs_are_no_pause():
    for line in ("<!-- rest -->", "<!-- 10 -->", "_" * 97 + "a" + "_" * 100 + "b", "=" * 199, "* " * 99):
        assert read_pause_line(line) is None


@pytest.mark.parametrize(
    "sign", ["[[]]", "//", "==", "=== ===", "~", "|", "#", "--", "— —", "* * * * * *", "<<>>"]
)
def test_a_line_with_signs_around_a_length_is_a_pause_in_whatever_signs(sign):
    """If it is a number alone, the author is asked: it may be that of a page."""
    before, after = sign[: (len(sign) + 1) // 2], sign[len(sign) // 2 :]
    for words, pause, is_certain in (
        ("10", "[10s]", False),
        ("20 seconds", "[20s]", True),
        ("pause", "[4s]", True),
    ):
        line = f"{before}{words}{after}"
        assert read_line(line, True).kind == "words", line
        (mark,) = find_marks(line)
        assert (mark.replacement, mark.is_certain) == (pause, is_certain), line
    for line in ("10", f"{before}let go{after}", f"{before}2026{after}"):
        assert not any(mark.kind == "pause" for mark in find_marks(line)), line


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<x " + 'a="b" ' * 60, True),
        ("<x " + 'a="b" ' * 30 + "c " + 'd="e" ' * 30 + ">", True),
        ("<x " + "a='b' " * 60, True),
        ("<x " + 'a="b" ' * 60 + ">", False),
        ("<x a=b c='d'/>", False),
    ],
)
def test_a_tag_is_found_at_once_however_many_attributes_it_has(written, kept):
    """If attributes could be read in several ways, such a line would take longer than anyone waits."""
    tags = [mark for mark in find_marks(f"Rest. {written} Now.") if mark.message == "is markup"]
    assert (tags == []) is kept
