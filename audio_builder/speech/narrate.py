"""Speak the lines of a script: each once, in parallel, and only those that are not cached."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import soxr
from numpy.typing import NDArray

from ..audio import level
from ..audio.clip import Clip, clip_length
from ..audio.pcm import wav_file
from ..cache import Cache
from ..errors import Location, Problem, VoiceFailed
from ..script.model import Line
from ..spoken.form import spoken_form
from ..units import MS_SAMPLES, Ms
from .crew import open_crew
from .pieces import PIECE_GAP, colon_gap, gap_within, has_letters, pieces
from .pronunciation import NO_PRONUNCIATION, Pronunciation, pronounce
from .registry import installed_engines
from .shape import SHAPE_VERSION, speak_and_shape
from .voice import Voice
from .worker import Worker

PIECE_TIMEOUT = 30.0
"""Seconds for one piece, including the loading of a model, before a voice counts as hung."""
_ATTEMPTS = 3
_LINES_PER_WORKER = 8
"""Fewer lines than this are not worth another process: loading a model takes as long as speaking them."""
_SHOWN_CHARACTERS = 80


def narrate(
    lines: Mapping[Line, Location],
    voice: Voice,
    cache: Cache,
    pronunciation: Pronunciation = NO_PRONUNCIATION,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    timeout: float = PIECE_TIMEOUT,
    language: str = "en",
) -> dict[Line, Clip]:
    """Return a clip for every line, in the order of `lines`. Speak only those that the cache lacks, each once.

    `language` is the BCP 47 tag of the lines. `progress` is called with the number of lines spoken so far and the
    number to speak: first with (0, n), and again while a voice takes its time. What it raises ends the work. The
    samples do not depend on the number of workers. Raise VoiceFailed with the line that the voice could not say.
    """
    texts = {line: as_given(line, pronunciation, voice.engine, language) for line in lines}
    facts = voice_facts(voice)
    keys = {line: _clip_key(facts, text) for line, text in texts.items()}
    clips = {key: clip for key in dict.fromkeys(keys.values()) if (clip := _cached_clip(cache, key))}
    name = f"the voice {voice.engine}:{voice.name}"
    jobs: dict[str, _Job] = {}
    for line, location in lines.items():
        if (key := keys[line]) not in clips:
            jobs.setdefault(key, _Job(key, texts[line], f"{location}: {name}"))

    cached = len(clips)

    def report() -> None:
        if progress is not None:
            progress(len(clips) - cached, len(jobs))

    report()
    size = min(workers or os.cpu_count() or 1, -(-len(jobs) // _LINES_PER_WORKER))
    with open_crew(size) as crew:
        for job, clip in crew.run(partial(_speak, voice, cache, timeout), jobs.values(), report):
            clips[job.key] = clip
            report()
    return {line: clips[key] for line, key in keys.items()}


def cached_clips(
    lines: Iterable[Line],
    voice: Voice,
    cache: Cache,
    pronunciation: Pronunciation = NO_PRONUNCIATION,
    language: str = "en",
) -> dict[Line, Clip]:
    """Return the clips of those lines that are in the cache. No voice is loaded."""
    keys = clip_keys(lines, voice, pronunciation, language)
    return {line: clip for line, key in keys.items() if (clip := _cached_clip(cache, key))}


def clip_keys(
    lines: Iterable[Line],
    voice: Voice,
    pronunciation: Pronunciation = NO_PRONUNCIATION,
    language: str = "en",
) -> dict[Line, str]:
    """Return the key in the cache of the clip of each line. No voice is loaded."""
    facts = voice_facts(voice)
    return {line: _clip_key(facts, as_given(line, pronunciation, voice.engine, language)) for line in lines}


def as_given(line: Line, pronunciation: Pronunciation, engine: str, language: str = "en") -> tuple[str, ...]:
    """Return the pieces of a line as an engine is given them: in their spoken form, with respelled words."""
    keep = (*pronunciation, *(word for word, _ in line.say))
    text = spoken_form(line.text, language, keep)
    return tuple(pronounce(Line(piece, line.say), pronunciation, engine) for piece in pieces(text))


def unsayable(
    lines: Mapping[Line, Location],
    voice: Voice,
    pronunciation: Pronunciation = NO_PRONUNCIATION,
    language: str = "en",
) -> list[Problem]:
    """Return a problem for each line that the voice cannot say. `check` and `build` both ask this function."""
    found = []
    for line, location in lines.items():
        given = as_given(line, pronunciation, voice.engine, language)
        why = (
            "has no words"
            if not any(map(has_letters, given))
            else installed_engines().refusal(voice.engine, given)
        )
        if why:
            message = f"the voice {voice.engine} {why}"
            found.append(
                Problem(location, message, line.text, hint="write it differently, or use another voice")
            )
    return found


@dataclass(frozen=True, slots=True)
class _Job:
    """A line to speak. `texts` are its pieces, and `subject` begins messages: its location and the voice."""

    key: str
    texts: tuple[str, ...]
    subject: str


def voice_facts(voice: Voice) -> list[object]:
    """Return everything but its text that a clip depends on. Reading package versions takes milliseconds."""
    gaps = [PIECE_GAP, colon_gap(voice.speed)]
    shaping = [SHAPE_VERSION, level.HEADROOM_DB, voice.gain, gaps, np.__version__, soxr.__version__]
    return ["clip", shaping, voice.engine, voice.identity]


def _clip_key(facts: list[object], texts: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps([*facts, texts]).encode()).hexdigest()


def _speak(voice: Voice, cache: Cache, timeout: float, job: _Job, worker: Worker) -> Clip:
    """Speak a line into the cache, and measure its level. The process of the worker does all that takes time."""
    samples = _speak_line(job, voice, worker, timeout)
    entry = cache.put(job.key, ".wav", wav_file(samples))
    clip = Clip(entry.seal, entry.path, Ms(len(samples) // MS_SAMPLES))
    level.store_level(clip, worker.call(timeout, level.measure_clip, clip), cache)
    return clip


def _speak_line(job: _Job, voice: Voice, worker: Worker, timeout: float) -> NDArray[np.int16]:
    if not any(map(has_letters, job.texts)):
        raise VoiceFailed(f"{job.subject} was given no words")
    parts: list[NDArray[np.int16]] = []
    for text in job.texts:
        gap = np.zeros(MS_SAMPLES * gap_within(text, voice.speed), np.int16)
        parts += [_speak_piece(text, job.subject, voice, worker, timeout), gap]
    return np.concatenate(parts[:-1])


def _speak_piece(text: str, subject: str, voice: Voice, worker: Worker, timeout: float) -> NDArray[np.int16]:
    for _ in range(_ATTEMPTS):
        try:
            return worker.call(timeout, speak_and_shape, voice, text)
        except VoiceFailed as error:
            problem = str(error)
    quoted = text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
    raise VoiceFailed(
        f"{subject} {problem} for “{quoted}” ({_ATTEMPTS} attempts). Reword it, or use another --voice."
    )


def _cached_clip(cache: Cache, key: str) -> Clip | None:
    """Return the clip, or None if it is not in the cache."""
    entry = cache.find(key, ".wav")
    length = clip_length(entry.path, 1) if entry else None
    # the seal depends on the samples too, not only on the text: speech on another machine may differ in a bit
    return Clip(entry.seal, entry.path, length) if entry and length else None
