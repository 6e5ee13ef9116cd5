"""A position that is built alone gets an opening and an end that suit it."""

import pytest

from audio_builder.diagnostics.report import check
from audio_builder.planning.wording import sounds
from audio_builder.request import Workspace
from audio_builder.script.load import load
from audio_builder.script.model import Line
from audio_builder.script.search import ScriptFinder, script_template, shipped_folder

MESSAGE = "built alone, this position is placed in psoas-release, which explains the psoas"


def _finder(folder, text):
    (folder / "mine.md").write_text(text, "utf-8")
    return ScriptFinder((folder, shipped_folder()))


def _position(words, frame="", title="Arms wide"):
    front = f"kind: position\ntitle: {title}\nminimum: 5m\ncautions: [recent-surgery]\n{frame}"
    rest = "[rest 2m..]\n- Let your hands be heavy.\n- There is nothing to do.\n"
    return f"---\n{front}---\n\n# Wide\n\n{words} Rest for a while, and I will speak again.\n\n{rest}"


def _spoken(script):
    return " ".join(sound.text for sound in sounds(script) if isinstance(sound, Line))


def test_in_the_rest_frame_a_position_hears_nothing_about_the_psoas_nor_of_a_chair(tmp_path):
    position = _position("Open your arms.", "frame: rest-frame\n")
    words = _spoken(load("mine", _finder(tmp_path, position))).lower()
    assert "open your arms" in words
    assert [word for word in ("psoas", "muscle", "chair", "towel", "pillow", "hip") if word in words] == []
    for needed in (
        "don't listen to this while driving",
        "you can stop at any time",
        "get medical help now",
        "slowly stand",
    ):
        assert needed in words


@pytest.mark.parametrize(
    ("words", "frame", "is_advised"),
    [
        ("Open your arms.", "", True),
        ("Open your arms. Let the ship go.", "", True),
        ("Open your arms. Let your hips be wide.", "", False),
        ("Think of the psoas.", "", False),
        ("Open your arms.", "frame: rest-frame\n", False),
        ("Open your arms.", "frame: psoas-release\n", False),
    ],
)
def test_check_advises_a_position_whose_frame_is_about_something_else(words, frame, is_advised, tmp_path):
    report = check("mine", Workspace(_finder(tmp_path, _position(words, frame))))
    assert report.errors == ()
    found = [problem for problem in report.advice if problem.message == MESSAGE]
    assert len(found) == is_advised
    assert all("frame: rest-frame" in problem.hint for problem in found)


def test_the_title_counts_and_a_frame_of_the_author_that_explains_nothing_is_fine(tmp_path):
    finder = _finder(tmp_path, _position("Open your arms.", title="A psoas rest"))
    assert MESSAGE not in [problem.message for problem in check("mine", Workspace(finder)).advice]
    finder = _finder(tmp_path, _position("Open your arms."))
    (tmp_path / "psoas-release.md").write_text("---\ntitle: Mine\n---\n\nLie down.\n\n[positions]\n", "utf-8")
    assert MESSAGE not in [problem.message for problem in check("mine", Workspace(finder)).advice]


def test_a_new_position_chooses_the_frame_that_suits_any_position(tmp_path):
    finder = _finder(tmp_path, script_template("mine", position=True))
    assert "psoas" not in _spoken(load("mine", finder))
