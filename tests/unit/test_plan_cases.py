"""Golden timelines: tests/cases/plan-*.md hold a script and, for lengths and endings, what must come of it.

A word lasts half a second. `UPDATE_CASES=1` writes what comes instead; read the difference before you keep it.
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

CASES = sorted((Path(__file__).parents[1] / "cases").glob("plan-*.md"))
KEPT = Path(__file__).parents[1] / "cases"


def _at(ms):
    seconds, rest = divmod(ms, 1000)
    hours, seconds = divmod(seconds, 3600)
    head = f"{hours}:{seconds // 60:02}" if hours else str(seconds // 60)
    return f"{head}:{seconds % 60:02}.{rest:03}"


def half_a_second_a_word(script):
    return {s: Ms(500 * len(s.text.split())) if isinstance(s, Line) else Ms(10_000) for s in sounds(script)}


def _happening(timeline):
    """The moments of a plan as lines, in order."""
    moments = [(c.start, 0, f"# {c.title}") for c in timeline.chapters]
    for span in timeline.elastic_gaps:
        kind = f"{span.cycles} breaths" if span.kind == "breathe" else span.kind
        moments.append((span.start, 1, f"~ {kind} {_at(span.length)}"))
    for cue in timeline.cues:
        match cue.what:
            case Utterance(line=line):
                moments.append((cue.start, 2, line.text))
            case BellStroke(audible=audible):
                moments.append((cue.start, 2, "o bell" if audible else "o silent bell"))
            case BreathTone(phase=phase, nth=0):
                moments.append((cue.start, 2, f"{phase} for {_at(cue.length)}"))
    last = max([c.end for c in timeline.cues] + [s.start + s.length for s in timeline.elastic_gaps])
    return [f"{_at(start)} {what}" for start, _, what in sorted(moments)] + [f"{_at(last)} end of sound"]


def _outcome(script, length, ending):
    lengths = half_a_second_a_word(script)
    try:
        return _happening(plan(script, lengths, duration(length), ending))
    except AudioBuilderError as error:
        return [f"refused: {error}"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_timeline_is_as_written(path, tmp_path):
    text, *expected = path.read_text("utf-8").split("\n=== ")
    (tmp_path / path.name).write_text(text + "\n", "utf-8")
    for other in KEPT.glob("part-*.md"):
        (tmp_path / other.name).write_bytes(other.read_bytes())
    script = load(str(tmp_path / path.name), ScriptFinder((tmp_path,)))
    blocks = []
    for number, block in enumerate(expected):
        asked, *_ = block.splitlines()
        length, ending = asked.split()
        lines = _outcome(script, length, ending)
        if number == 0:
            found = ranges(script, half_a_second_a_word(script), ending)
            lines = [f"possible {' and '.join(f'{_at(a)} to {_at(b)}' for a, b in found)}", *lines]
        blocks.append("\n".join([asked, *lines]))
    actual = "\n=== ".join([text, *blocks]) + "\n"
    if os.environ.get("UPDATE_CASES"):
        path.write_text(actual, "utf-8")
    assert actual == path.read_text("utf-8")
