"""Choose a take by the number of its sentence, and give takes back as files."""

from __future__ import annotations

from pathlib import Path

from ..errors import AudioBuilderError
from ..files import write_atomically
from ..text import short_slug
from .clips import read_take_file
from .plan import RecordingPlan
from .state import states
from .store import choose_take


def parse_choice(written: str) -> tuple[int, int]:
    """Return the number of a sentence and of its take from `N` or `N:TAKE`; 0 means the last take.

    Raises AudioBuilderError.
    """
    sentence, _, take = written.partition(":")
    if not sentence.isdecimal() or (take and not take.isdecimal()) or len(written) > 12:
        raise AudioBuilderError(
            f'Invalid --use "{written[:20]}": write the number of a sentence, e.g. 12 or 12:1'
        )
    return int(sentence), int(take or 0)


def use_take(plan: RecordingPlan, number: int, take: int) -> None:
    """Let sessions use a take of a sentence, counted from 1, the oldest; 0 is the last. Raises AudioBuilderError."""
    if not 1 <= number <= len(plan.sentences):
        raise AudioBuilderError(f"There is no sentence {number}: use 1 to {len(plan.sentences)}")
    sentence = plan.sentences[number - 1]
    (state,) = states(plan, [sentence])
    if not state.takes:
        raise AudioBuilderError(f"Sentence {number} has no take yet: “{sentence.text[:80]}”")
    if take > len(state.takes):
        raise AudioBuilderError(f"Sentence {number} has no take {take}: use 1 to {len(state.takes)}")
    choose_take(plan.voice, sentence.text, state.takes[take - 1].file)


def export_takes(plan: RecordingPlan, folder: Path) -> int:
    """Copy the takes in use into a folder, each named after its sentence, and return their number.

    `import_folder` reads them back. Raises AudioBuilderError.
    """
    number = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for state in states(plan):
            if state.use:
                name = f"{state.sentence.number:03} {short_slug(state.sentence.text)}.flac"
                write_atomically(folder / name, read_take_file(plan.voice.folder / state.use))
                number += 1
    except OSError as error:
        raise AudioBuilderError(f"Cannot write into {folder}: {error.strerror}") from None
    return number
