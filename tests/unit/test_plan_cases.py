"""Golden timelines: each tests/cases/plan-*.md holds a script and its timeline for several lengths and endings.

Every word lasts half a second. `UPDATE_CASES=1` rewrites the files; read the difference before you commit it.
"""

import os
from pathlib import Path

import pytest

from audio_builder.errors import AudioBuilderError
from audio_builder.planning.plan import plan, ranges
from audio_builder.planning.timeline import BellStroke, BreathTone, Utterance
from audio_builder.planning.wording import sounds
from audio_builder.script.load import load
from audio_builder.script.model import Line
from audio_builder.script.search import ScriptFinder
from audio_builder.units import Ms, duration

FOLDER = Path(__file__).parents[1] / "cases"
CASES = sorted(FOLDER.glob("plan-*.md"))


def _moment(ms):
    seconds, ms = divmod(ms, 1000)
    hours, seconds = divmod(seconds, 3600)
    minutes = f"{hours}:{seconds // 60:02}" if hours else str(seconds // 60)
    return f"{minutes}:{seconds % 60:02}.{ms:03}"


def _half_a_second_a_word(script):
    return {
        sound: Ms(500 * len(sound.text.split())) if isinstance(sound, Line) else Ms(10_000)
        for sound in sounds(script)
    }


def _lines(timeline):
    """Return a line for each chapter, elastic gap and cue of a timeline, in order of time."""
    entries = [(chapter.start, 0, f"# {chapter.title}") for chapter in timeline.chapters]
    for gap in timeline.elastic_gaps:
        kind = f"{gap.cycles} breaths" if gap.kind == "breathe" else gap.kind
        entries.append((gap.start, 1, f"~ {kind} {_moment(gap.length)}"))
    for cue in timeline.cues:
        match cue.content:
            case Utterance(line=line):
                entries.append((cue.start, 2, line.text))
            case BellStroke(audible=audible):
                entries.append((cue.start, 2, "o bell" if audible else "o silent bell"))
            case BreathTone(phase=phase, cycle=0):
                entries.append((cue.start, 2, f"{phase} for {_moment(cue.length)}"))
    end = max(part.end for part in (*timeline.cues, *timeline.elastic_gaps))
    return [f"{_moment(start)} {text}" for start, _, text in sorted(entries)] + [
        f"{_moment(end)} end of sound"
    ]


def _outcome(script, lengths, target, ending):
    try:
        return _lines(plan(script, lengths, duration(target), ending))
    except AudioBuilderError as error:
        return [f"refused: {error}"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_timeline_is_the_one_in_the_golden_file(path, tmp_path):
    text, *expected = path.read_text("utf-8").split("\n=== ")
    (tmp_path / path.name).write_text(text + "\n", "utf-8")
    for position in FOLDER.glob("part-*.md"):
        (tmp_path / position.name).write_bytes(position.read_bytes())
    script = load(str(tmp_path / path.name), ScriptFinder((tmp_path,)))
    lengths = _half_a_second_a_word(script)
    blocks = []
    for number, block in enumerate(expected):
        heading, *_ = block.splitlines()
        target, ending = heading.split()
        lines = _outcome(script, lengths, target, ending)
        if number == 0:
            found = ranges(script, lengths, ending)
            lines = [
                f"possible {' and '.join(f'{_moment(a)} to {_moment(b)}' for a, b in found)}",
                *lines,
            ]
        blocks.append("\n".join([heading, *lines]))
    actual = "\n=== ".join([text, *blocks]) + "\n"
    if os.environ.get("UPDATE_CASES"):
        path.write_text(actual, "utf-8")
    assert actual == path.read_text("utf-8")
