"""Reading any text takes time that grows with its length, not with the square of it."""

import time
from contextlib import suppress

import pytest

from audio_builder.diagnostics.questions import questions
from audio_builder.errors import AudioBuilderError
from audio_builder.importing.script import import_script

PIECES = [
    "word ", "1, ", "/ ", "<a ", "==a ", ". ", "a: ", "~~a ", '<a b="', "A", "5'6\" 3/4 - ", "%% a ", "[[a ",
    "&a ", "_a "," ", "short ", "<!-- a ", "a --> ", "{a ", '"a ', "`a ", "<b>a ", "http://a ", "![a ", "[a](b ",
    "#a ", "<break ",
    "<speak>", "&#65; ", "a\n", "a\n\n", "(pause ", "> ", "- a\n", "|a", "1:00 ", "<?xml ",
]  # fmt: skip
NAMES = ["a.md", "a.txt", "a.html", "a.ssml"]


def seconds(text, name):
    begin = time.process_time()
    if name == "check":
        questions(f"---\ntitle: A\n---\n\n{text}", "a.md")
    else:
        with suppress(AudioBuilderError):
            import_script(text.encode(), name)
    return time.process_time() - begin


@pytest.mark.parametrize("name", ["check", *NAMES])
@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_takes_at_most_ten_times_as_long(piece, name):
    """The square would be sixteen times. The first second is not counted: it is lost among other things."""
    short, long = piece * (25_000 // len(piece)), piece * (100_000 // len(piece))
    assert seconds(long, name) < 1 + 10 * min(seconds(short, name) for _ in range(2))
