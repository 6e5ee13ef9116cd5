"""Import one long recording of a sheet: find its sentences, and ask about those that are not sure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr

from ..audio.pcm import Floats
from ..errors import BadSound
from ..units import RATE, clock
from .alignment import Aligned, Evidence, Place, align
from .bring import ImportedTake, natural_seconds
from .clean import clean_take, length_problem
from .likeness import repeats
from .listen import Heard
from .passages import Passage, passages, recording_pieces
from .sentences import ReadSentence
from .sound import TakeSound, flac, sound_format
from .store import NewTake
from .words import Recogniser

FINDING, CHECKING = "Finding pauses", "Finding sentences"
"""The stages that report progress."""
_MARGIN = 0.4  # s of silence that a take keeps on either side
_NEIGHBOURS = 6  # sentences before and after that a part is compared with
_WORDS_AGREE, _WORDS_DIFFER = (
    math.log(0.9),
    math.log(0.05),
)  # how often a recogniser agrees, and confuses two sentences


class _Cut(NamedTuple):
    """A part of a long recording from passage `first` to passage `last`, in seconds."""

    first: int
    last: int
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class _Part:
    """What was found in a part of a recording: a take as FLAC, or why it cannot be one.

    `words` is the index of the sentence that a recogniser heard."""

    cut: _Cut
    content: bytes = b""
    heard: Heard | None = None
    advice: str = ""
    problem: str = ""
    words: int | None = None


def import_recording(
    path: Path,
    sentences: Sequence[ReadSentence],
    recogniser: Recogniser | None = None,
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _total: None,
) -> list[ImportedTake]:
    """Return what becomes of each sentence of a sheet in one long recording of it. Nothing is written.

    `progress` receives a stage, and how much of it is done. Raises BadSound if the recording cannot be used at all.
    """
    rate, channels = sound_format(path)
    progress(FINDING, 0, 1)
    found, sound = passages(path)
    progress(FINDING, 1, 1)
    expected = [natural_seconds(sentence) for sentence in sentences]
    repeated = repeats(found, sound, [sentence.text for sentence in sentences])
    aligned = align(found, expected, repeats=repeated)
    cuts, owners = _cuts(found, aligned), _owners(aligned)
    parts: dict[tuple[int, int], _Part] = {}
    for cut, own in _cut_out(path, rate, cuts):
        progress(CHECKING, len(parts), len(cuts))
        samples = own if rate == RATE else soxr.resample(own, rate, RATE, quality="HQ")
        words = _words(recogniser, samples, sentences, owners[cut.first, cut.last]) if recogniser else None
        parts[cut.first, cut.last] = _part(cut, TakeSound(samples, own, rate, channels), words)
    progress(CHECKING, len(cuts), len(cuts))
    if recogniser:
        aligned = align(found, expected, _evidence(aligned, parts), repeated)
    return _doubted([_judged(sentences, n, one, parts) for n, one in enumerate(aligned)])


def _doubted(found: list[ImportedTake]) -> list[ImportedTake]:
    """Return what was found, with nothing sure if most of a recording is not: it may have another order."""
    if 2 * sum(one.outcome == "added" for one in found) >= len(found):
        return found
    doubt = "little of this recording suits the sheet; was it read in another order?"
    return [
        replace(one, outcome="unsure", note=doubt, takes=_unsure(one, doubt))
        if one.outcome == "added"
        else one
        for one in found
    ]


def _unsure(one: ImportedTake, doubt: str) -> tuple[NewTake, ...]:
    return tuple(replace(take, unsure=True, note=f"unsure: {doubt} ({one.place})") for take in one.takes)


def _part(cut: _Cut, sound: TakeSound, words: int | None) -> _Part:
    try:
        cleaned = clean_take(sound)
    except BadSound as error:
        return _Part(cut, problem=str(error), words=words)
    return _Part(cut, flac(sound.own, sound.rate), cleaned.heard, "; ".join(cleaned.advice), words=words)


def _judged(
    sentences: Sequence[ReadSentence],
    n: int,
    aligned: Aligned,
    parts: dict[tuple[int, int], _Part],
) -> ImportedTake:
    """Return what becomes of sentence `n`, given where it may be."""
    sentence = sentences[n]
    known = [
        (place, parts[place.first, place.last])
        for place in aligned.places
        if (place.first, place.last) in parts
    ]
    if not known:
        return ImportedTake(sentence, "not found")
    problems = [_problem(part, sentence) for _, part in known]
    usable = [pair for pair, problem in zip(known, problems, strict=True) if not problem]
    if not usable:
        return ImportedTake(sentence, "refused", _at(known[0][1]), problems[0])
    doubt = _doubt([place for place, _ in usable], aligned)
    if not doubt:
        part = usable[0][1]
        other = "it sounds like other words; listen to it" if part.words not in (None, n) else ""
        advice = "; ".join(filter(None, (other, part.advice)))
        take = NewTake(sentence.text, part.content, advice)
        return ImportedTake(sentence, "added", _at(part), advice, (take,))
    usable.sort(
        key=lambda pair: pair[0][:2]
    )  # in the order of the recording, so that the last take was read last
    takes = tuple(
        NewTake(sentence.text, part.content, f"unsure: {doubt} ({_at(part)})", True) for _, part in usable
    )
    return ImportedTake(
        sentence, "unsure", " or ".join(dict.fromkeys(_at(part) for _, part in usable)), doubt, takes
    )


def _problem(part: _Part, sentence: ReadSentence) -> str:
    return part.problem or (length_problem(part.heard, sentence.text) if part.heard else "")


def _doubt(places: Sequence[Place], aligned: Aligned) -> str:
    if aligned.is_sure and places[0] == aligned.places[0]:
        return ""
    if aligned.is_twice and len(places) > 1:
        return "read twice; choose one"
    if len(places) == 1:
        return "it may be another sentence"
    if len({place.first for place in places}) == 1:
        return "with or without what follows it"
    return "one of several places"


def _owners(aligned: Sequence[Aligned]) -> dict[tuple[int, int], int]:
    """Return the sentence that each part most probably is."""
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for n, one in enumerate(aligned):
        for first, last, probability in one.places:
            best[first, last] = max(best.get((first, last), (0.0, 0)), (probability, n))
    return {part: n for part, (_, n) in best.items()}


def _words(recogniser: Recogniser, samples: Floats, sentences: Sequence[ReadSentence], n: int) -> int | None:
    """Return the sentence that is heard in a part, among those near to sentence `n`."""
    near = range(max(0, n - _NEIGHBOURS), min(len(sentences), n + 1 + _NEIGHBOURS))
    heard = recogniser.which(samples, [sentences[k].text for k in near])
    return None if heard is None else near[heard]


def _evidence(aligned: Sequence[Aligned], parts: dict[tuple[int, int], _Part]) -> Evidence:
    return {
        (n, place.first, place.last): _WORDS_AGREE if part.words == n else _WORDS_DIFFER
        for n, one in enumerate(aligned)
        for place in one.places
        if (part := parts.get((place.first, place.last))) and part.words is not None
    }


def _cuts(found: Sequence[Passage], aligned: Sequence[Aligned]) -> list[_Cut]:
    """Return each part that may be a sentence, once, in the order of their beginnings."""
    places = {
        (place.first, place.last) for one in aligned for place in one.places[: 1 if one.is_sure else None]
    }
    cuts = []
    for first, last in sorted(places):
        start, stop = found[first].start, found[last].stop
        before = found[first - 1].stop if first else 0.0
        after = found[last + 1].start if last + 1 < len(found) else np.inf
        begin = max(0.0, start - min(_MARGIN, (start - before) * 0.75))
        cuts.append(_Cut(first, last, begin, stop + min(_MARGIN, (after - stop) * 0.75)))
    return cuts


def _cut_out(path: Path, rate: int, cuts: Sequence[_Cut]) -> Iterator[tuple[_Cut, Floats]]:
    """Yield each part of a recording, while the recording is read once."""
    waiting, at = list(cuts), 0
    open_cuts: list[tuple[_Cut, list[Floats]]] = []
    for piece in recording_pieces(path, rate):
        end, still_open = at + len(piece), []
        while waiting and waiting[0].start * rate < end:
            open_cuts.append((waiting.pop(0), []))
        for cut, parts in open_cuts:
            parts.append(piece[max(0, round(cut.start * rate) - at) : max(0, round(cut.stop * rate) - at)])
            if round(cut.stop * rate) <= end:
                yield cut, np.concatenate(parts)
            else:
                still_open.append((cut, parts))
        open_cuts, at = still_open, end
    for cut, parts in open_cuts:
        yield cut, np.concatenate(parts)


def _at(part: _Part) -> str:
    """Return where a part begins, such as `12:04.5`."""
    return f"{clock(round(part.cut.start * 1000))}.{int(part.cut.start * 10) % 10}"
