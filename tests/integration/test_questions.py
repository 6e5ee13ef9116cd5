"""`check` questions what would be read aloud by mistake, at its exact place, and fixes what has one right answer."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_builder.build import speak
from audio_builder.diagnostics.questions import fix, questions
from audio_builder.diagnostics.report import check, spoken_sentences
from audio_builder.errors import AudioBuilderError, ScriptErrors
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace, resolve
from audio_builder.script.parse.parse import parse
from audio_builder.script.search import ScriptFinder, script_template

FIELD = Path(__file__).parent.parent / "cases" / "field"
HEAD = "---\ntitle: Case\nlength: 6m\n---\n\n"
TAIL = "\n\n[rest 2m..]\n- Rest.\n\n# Up {fixed}\n\nNow stand up slowly on both feet.\n"


def spoken(name):
    """Return what the voice says of one of the field files, without the lines that all of them have."""
    sentences = [one.spoken for one in spoken_sentences(str(FIELD / name), Workspace())]
    return [
        one for one in sentences if one not in ("Begin here.", "Rest.", "Now stand up slowly on both feet.")
    ]


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        (
            "F01-half.md",
            [
                "Take half a pillow, and rest two and a half minutes.",
                "Turn a third of the way.",
                "You need two square metres of floor.",
                "The muscle is deep.",
            ],
        ),
        (
            "F03-countdown.md",
            [
                "Count five, four, three, two, one.",
                "Inhale one, two, three, four and hold.",
                "Count ten, nine, eight, seven, six, five, four, three, two, one.",
            ],
        ),
        (
            "F04-capitals.md",
            [
                "Relax your hips and your feet.",
                "It is fine to go.",
                "Just be.",
                "Breathe in and breathe out.",
                "Rest at ease.",
                "Oh, yes.",
                "This is yoga nidra.",
            ],
        ),
        ("F16-tai-chi.md", ["Move like slow tai chi."]),
        (
            "F20-metres.md",
            [
                "Stay two metres away.",
                "A ten metre (thirty-two feet) passage.",
                "Rest for one hour thirty minutes.",
            ],
        ),
        ("F21-double-hyphen.md", ["Rest — or do not.", "Rest — or do not."]),
        (
            "F29-ranges.md",
            [
                "Count five, four, three, two, one.",
                "Rest in the ninety ninety position.",
                "Your pain is three out of ten.",
                "Take in more C.O. two.",
            ],
        ),
    ],
)
def test_numbers_and_capitals_are_spoken_as_people_say_them(name, sentences):
    assert spoken(name) == sentences
    assert check(str(FIELD / name)).errors == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (
            "F02-round-pauses.md",
            [
                (10, "(pause)", "[4s]"),
                (12, "(long pause)", "[10s]"),
                (14, "(Pause for 10 seconds)", "[10s]"),
                (16, "(10 second pause)", "[10s]"),
                (18, "(hold for 5 seconds)", "[5s]"),
                (20, "— pause —", "[4s]"),
                (22, "*pause*", "[4s]"),
                (24, "Narrator:", "remove"),
                (26, "(Sound of gentle music)", "<!-- Sound of gentle music -->"),
            ],
        ),
        (
            "F06-obsidian.md",
            [
                (10, "==Soften==", "Soften"),
                (12, "~~very~~", "remove"),
                (14, "%% a note to myself %%", "remove"),
                (16, "#relax", "remove"),
                (16, "#psoas", "remove"),
                (18, "^block-id", "remove"),
            ],
        ),
        ("F14-caret.md", [(11, "10s", "[10s]")]),
        ("F24-advice-hidden.md", [(6, "/2s", "[2s]"), (8, "(10 seconds)", "[10s]")]),
    ],
)
def test_advice_names_the_exact_words_at_their_place_with_what_to_write(name, found):
    text = (FIELD / name).read_text("utf-8")
    rows = text.splitlines()
    asked = [question.problem for question in questions(text, name)]
    assert [(one.location.line, one.location.column) for one in asked] == [
        (line, rows[line - 1].index(written) + 1) for line, written, _ in found
    ]
    for problem, (_, written, hint) in zip(asked, found, strict=True):
        assert f'"{written}"' in problem.message
        assert hint in problem.hint
        column = problem.location.column - 1
        assert problem.source[column : column + problem.width].strip() in (written, f"{written}.")
    advice = check(str(FIELD / name)).advice
    assert {one.location.line for one in asked} <= {one.location.line for one in advice}


@pytest.mark.parametrize("sign", ["•", "·", "–", "—", "➢", "✓"])
def test_a_list_with_another_sign_becomes_a_list(sign):
    text = f"{HEAD}[rest 2m.. sparse]\n{sign} Let go.\n{sign} And rest.{TAIL}"
    found = [one.problem.message for one in questions(text, "a.md")]
    assert found == [f'"{sign}" will be read out: lists are written with -'] * 2
    assert fix(text, "a.md")[0] == text.replace(f"{sign} ", "- ")


@pytest.mark.parametrize("line", ["— Breathe out.", "— pause —\n— pause —", "– 10 –"])
def test_a_dash_that_begins_no_list_stays(line):
    found = [one.problem.message for one in questions(f"{HEAD}# Rest\n\n{line}{TAIL}", "a.md")]
    assert not any("lists are written" in one for one in found), found


@pytest.mark.parametrize(
    "body",
    [
        "Lie down. <!-- slow -->\nClose your eyes. <!-- soft -->\nLet go. <!-- low -->",
        "Right hand thumb [5s]\nSecond finger [5s]\nThird finger [5s]",
        "[rest 2m.. sparse]\n- Let go.\n- One breath.\n- Let go (pause 5 seconds).\n- And rest.",
        "Inhale, *hold for 5 seconds*, and let it go.",
        "Stay here — three breaths — then let go.",
        "Your only job is to *rest*.",
        "Three slow breaths.",
        "· · ·",
        "Use 1 / 2 a cup.",
    ],
)
def test_fixing_changes_nothing_that_is_right_or_that_a_listener_may_be_meant_by(body):
    text = f"{HEAD}# Rest\n\n{body}{TAIL}"
    assert fix(text, "a.md")[0] == text


def test_errors_of_other_notations_say_what_to_write():
    report = check(str(FIELD / "F09-cures.md"))
    hints = {problem.location.line: problem.hint for problem in report.errors}
    assert "[3s]" in hints[10]
    assert "[4s]" in hints[12]
    assert "[10s]" in hints[14]
    assert "[2.5s]" in hints[18]
    assert "[5s]" in hints[20]
    assert 16 not in hints  # [10s...] is elastic: ten seconds or more


def test_lines_without_full_stops_are_questioned_together():
    text = (FIELD / "F11-lines.md").read_text("utf-8")
    fixed, found = fix(text, "lines.md")
    assert [question.problem.location.line for question in found] == [10, 11, 12, 13, 15, 16, 17]
    assert "Right hand thumb.\nSecond finger.\n" in fixed
    assert questions(fixed, "lines.md") == []


@pytest.mark.parametrize("word", ["21st", "24th", "approx.", "Savasana", "piriformis", "10 cm", "MRI", "½ a"])
def test_words_that_are_said_right_are_not_advised_against(word, tmp_path):
    script = tmp_path / "a.md"
    script.write_text(f"{HEAD}Use {word} cushion.{TAIL}", "utf-8")
    assert not [
        one for one in check(str(script)).advice if "guess" in one.message or "read out" in one.message
    ]


def test_fixing_changes_only_what_has_one_right_answer(audio_builder, tmp_path):
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    path = scripts / "a.md"
    path.write_bytes(
        f"{HEAD}Lie down (pause 5 seconds). Wait (pause). #tag".replace("\n", "\r\n").encode() + TAIL.encode()
    )
    result = audio_builder("check", "scripts/a.md", "--fix", folder=tmp_path)
    assert result.status == 0
    assert b"Lie down. [5s] Wait (pause)." in path.read_bytes()
    assert b"length: 6m\r\n" in path.read_bytes()
    once = path.read_bytes()
    audio_builder("check", "scripts/a.md", "--fix", folder=tmp_path)
    assert b"#tag" not in path.read_bytes()
    assert len(path.read_bytes()) <= len(once)


PAUSE_NOTATIONS = [
    "[pause:2.5s]", "[PAUSE=3]", "[pause for 5 seconds]", "[10 second pause]", "[silence 1m]",
    "{silence: 1s}", "{pause 5}", '<break time="3s"/>', "<break time='500ms' />", "*[Pause=4]*",
]  # fmt: skip


@pytest.mark.parametrize("notation", PAUSE_NOTATIONS)
def test_an_error_about_a_pause_names_what_fixing_writes(notation):
    text = f"{HEAD}Let go. {notation} Rest here.{TAIL}"
    with pytest.raises(ScriptErrors) as refused:
        parse(text, "a")
    fixed, (question,) = fix(text, "a.md")
    assert refused.value.problems[0].hint.startswith(question.problem.hint)
    parse(fixed, "a")


def test_spoken_shows_each_sentence_as_the_voice_is_given_it(audio_builder, tmp_path):
    (tmp_path / "a.md").write_text(f"{HEAD}Rest for 1h 30m.{TAIL}", "utf-8")
    result = audio_builder("check", "a.md", "--spoken", folder=tmp_path)
    assert "a.md:6:1: Rest for one hour thirty minutes." in result.out


def test_a_comment_hides_neither_questions_nor_itself():
    text = f"{HEAD}Lie down (pause 5 seconds). <!-- slowly -->{TAIL}"
    assert [question.problem.location.line for question in questions(text, "a.md")] == [6]
    assert fix(text, "a.md")[0] == text


def test_a_template_that_was_not_finished_is_questioned():
    text = script_template("my-evening")
    assert ["template" in question.problem.message for question in questions(text, "a.md")] == [True]


ALPHABET = "aBcé ñ½²5°%$&.,-–—'\"()\nжה你ß\u0301Ⅷ①٣"


@given(st.text(alphabet=ALPHABET, max_size=30) | st.text(max_size=20))
def test_what_check_passes_the_voice_can_say(text):
    """The other direction of what can be built: no text passes `check` that the default voice then refuses."""
    import tempfile

    from audio_builder.speech.engines.hibari import _refuse_unsayable
    from audio_builder.speech.narrate import as_given

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.md"
        path.write_text(f"{HEAD}Lie down. {text}{TAIL}", "utf-8", errors="surrogatepass", newline="")
        workspace = Workspace(ScriptFinder((Path(folder),)))
        if check(str(path), workspace).errors:
            return
        for sentence in spoken_sentences(str(path), workspace):
            from audio_builder.script.model import Line

            given_texts = as_given(Line(sentence.written), {}, "hibari")
            assert any(char.isalnum() for one in given_texts for char in one)
            for one in given_texts:
                _refuse_unsayable(one, set())


def test_build_refuses_with_the_words_of_check(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(f"{HEAD}Now 你好 rest.{TAIL}", "utf-8")
    workspace = Workspace(ScriptFinder((tmp_path,)))
    (problem,) = check(str(path), workspace).errors
    with pytest.raises(AudioBuilderError) as refused:
        speak(resolve(str(path), BuildOptions(), workspace.finder), workspace)
    assert str(problem) in str(refused.value)
    assert "你好" in problem.message


def test_a_word_that_comes_often_before_a_colon_is_asked_about_and_never_removed():
    text = HEAD + "Inhale: let the ribs widen.\n\nExhale: let them fall.\n\n" * 3 + TAIL
    asked = [one for one in questions(text, "a.md") if "may say who speaks" in one.problem.message]
    assert len(asked) == 6
    assert fix(text, "a.md") == (text, [])


def test_the_label_of_a_speaker_is_removed():
    text = f"{HEAD}Narrator: Lie down.\n\nANNA (V.O.): Rest.{TAIL}"
    assert fix(text, "a.md")[0] == f"{HEAD}Lie down.\n\nRest.{TAIL}"
