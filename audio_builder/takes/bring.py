"""Import takes from a folder with one file for each sentence, and judge single takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import AudioBuilderError, BadSound
from ..files import SOUND_SUFFIXES
from ..planning.estimate import estimate
from ..script.model import Line
from ..text import short_slug
from ..units import RATE
from .clean import clean_take, length_problem
from .sentences import ReadSentence
from .sound import TakeSound, flac, read_take
from .store import NewTake

_OTHER_LENGTH = 2.2  # times longer or shorter than the others: perhaps another sentence

TakeOutcome = Literal["added", "unsure", "refused", "not found"]


@dataclass(frozen=True, slots=True)
class ImportedTake:
    """What became of a sentence: the place of its recording, a reason or advice, and the takes to add."""

    sentence: ReadSentence
    outcome: TakeOutcome
    place: str = ""
    note: str = ""
    takes: tuple[NewTake, ...] = ()


def import_folder(folder: Path, sentences: Sequence[ReadSentence]) -> tuple[list[ImportedTake], list[str]]:
    """Return what becomes of each sentence that a folder has a file of, and the names of files of none.

    The name of a file begins with the number of its sentence, or is its text. Nothing is written. Raises
    AudioBuilderError if no file is of a sentence, or two are of the same.
    """
    files, strange = _named(folder, sentences)
    sounds: dict[int, TakeSound] = {}
    found: list[ImportedTake] = []
    for n, path in files.items():
        try:
            sounds[n] = read_take(path)
        except BadSound as error:
            found.append(ImportedTake(sentences[n], "refused", path.name, _reason(error, path.name)))
    paces = {n: len(sound.samples) / RATE / natural_seconds(sentences[n]) for n, sound in sounds.items()}
    usual = float(np.median([*paces.values()])) if paces else 1.0
    for n, sound in sounds.items():
        is_other = max(paces[n] / usual, usual / paces[n]) > _OTHER_LENGTH
        doubt = "it is much longer or shorter than the others; is it another sentence?" if is_other else ""
        found.append(judge_take(sentences[n], sound, files[n].name, doubt))
    return sorted(found, key=lambda one: one.sentence.number), strange


def judge_take(sentence: ReadSentence, sound: TakeSound, place: str = "", doubt: str = "") -> ImportedTake:
    """Return what becomes of a take of a sentence. With a `doubt` it is unsure. Nothing is written."""
    try:
        cleaned = clean_take(sound)
    except BadSound as error:
        return ImportedTake(sentence, "refused", place, str(error))
    if problem := length_problem(cleaned.heard, sentence.text):
        return ImportedTake(sentence, "refused", place, problem)
    note = f"unsure: {doubt}" if doubt else "; ".join(cleaned.advice)
    take = NewTake(sentence.text, flac(sound.own, sound.rate), note, bool(doubt))
    return ImportedTake(sentence, "unsure" if doubt else "added", place, doubt or note, (take,))


def natural_seconds(sentence: ReadSentence) -> float:
    """Return about how many seconds a sentence takes at a natural pace."""
    return sum(estimate([Line(sentence.text)], 1.0).values()) / 1000


def _named(folder: Path, sentences: Sequence[ReadSentence]) -> tuple[dict[int, Path], list[str]]:
    """Return the file of each sentence by its index, and the names of files that are of no sentence."""
    by_slug: dict[str, list[int]] = {}
    for n, sentence in enumerate(sentences):
        by_slug.setdefault(short_slug(sentence.text), []).append(n)
    files: dict[int, Path] = {}
    strange: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SOUND_SUFFIXES or path.name.startswith("."):
            continue
        n = _sentence_of(path.stem, by_slug)
        if not 0 <= n < len(sentences):
            strange.append(path.name)
        elif n in files:
            raise AudioBuilderError(
                f"{files[n].name} and {path.name} are both of sentence {n + 1}. Remove one of them."
            )
        else:
            files[n] = path
    if not files:
        raise AudioBuilderError(
            f"{folder} has no sound files whose names begin with the number of a sentence, e.g. 012.wav"
        )
    return files, strange


def _sentence_of(stem: str, by_slug: Mapping[str, Sequence[int]]) -> int:
    """Return the index of the sentence that the name of a file means, or one that there is not, such as -1.

    Its text decides, and its number among sentences whose names would be the same.
    """
    number = re.match(r"\D{0,12}?0*(\d{1,4})(?!\d)", stem)
    numbered = int(number[1]) - 1 if number else -1
    for words in (stem, re.sub(r"^\d+\W*", "", stem)):
        same = by_slug.get(short_slug(words), ()) if words else ()
        if len(same) == 1:
            return same[0]
        if same:
            return numbered if numbered in same else -1
    return numbered


def _reason(error: BadSound, name: str) -> str:
    return str(error).removeprefix(f"{name}: ")
