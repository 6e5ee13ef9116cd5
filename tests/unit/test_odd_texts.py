"""Lines that nobody would write are read as fast as others, and never end an import with an internal error."""

import time

import pytest

from audio_builder.diagnostics.questions import questions
from audio_builder.importing.script import import_script
from audio_builder.notation.lines import read_line, split_label
from audio_builder.notation.marks import find_marks, time_length
from audio_builder.notation.pauses import read_bracketed_pause, read_pause
from audio_builder.units import LONGEST

SIZE = 20_000
SLOWER = 60
"""An odd line may take this many times as long as plain words. Time that grew with the square would be over 500."""
READERS = {
    "line": lambda text: read_line(text, True),
    "label": lambda text: split_label(text, {}),
    "time": time_length,
    "pause": read_pause,
    "bracketed pause": read_bracketed_pause,
    "marks": find_marks,
    "import": lambda text: import_script(f"Lie down.\n\n{text}\n\nRest.".encode(), "a.txt"),
    "questions": lambda text: questions(f"---\ntitle: A\n---\n\n{text}\n", "a.md"),
}
ODD = [
    ("Breathe", " ", "in"),
    ("# a", " ", "b"),
    ("# a", "#", "b"),
    ("## Part (", "9", "!"),
    ("Narrator", " ", "in"),
    ("0:00", " ", ""),
    ("", "9", "½"),
    ("", "A", "a"),
    ("", "_", "in"),
    ("", "_ ", "in"),
    ("1. ", "_ ", "in"),
    ("", "-", "in"),
    ("---", " ", "in"),
    ("Rest", ".", "in"),
    ("Rest", ",", "in"),
    ("Rest.", '"', "in"),
    ("![](", " ", "in"),
    ("<x ", 'a="b" ', "in"),
    ("<x ", 'a="b" ', "c>"),
    ("", "<!-- import:", ""),
    ("", "(", "in"),
    ("", "[5s] ", "in"),
    ("Title: a", " ", "b"),
]


def seconds(read, text):
    """Return the least time of the processor that reading takes."""
    found = []
    for _ in range(3):
        start = time.process_time()
        read(text)
        found.append(time.process_time() - start)
    return min(found)


@pytest.fixture(scope="module")
def usual():
    plain = ("Let your jaw soften, and let it rest here. " * SIZE)[:SIZE]
    return {name: max(seconds(read, plain), 0.0005) for name, read in READERS.items()}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(("start", "filling", "end"), ODD)
def test_the_time_for_a_line_grows_with_its_length_and_not_with_its_square(start, filling, end, name, usual):
    odd = f"{start}{(filling * SIZE)[:SIZE]}{end}"
    assert seconds(READERS[name], odd) < SLOWER * usual[name]


@pytest.mark.parametrize("digits", [7, 310, 5000])
@pytest.mark.parametrize(
    "line", ["({}½ minutes)", "({} 1/2 min)", "[pause {}s]", "# Rest {}½", "[{}]", "⏸ {}", "(bell {})", "{}"]
)
def test_a_number_may_have_any_number_of_digits(line, digits):
    written = line.format("9" * digits)
    text = import_script(f"Lie down.\n\n{written}\n\nRest.\n".encode(), "a.txt").text
    assert "Lie down." in text
    pause = read_pause(written.strip("()[]# "))
    assert pause is None or 0 < pause.low <= pause.high <= LONGEST


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.ssml"])
def test_a_reference_of_html_may_have_any_number_of_digits(name):
    text = f"<p>Lie down &#{'9' * 5000}; and rest.</p>"
    assert "and rest." in import_script(text.encode(), name).text
