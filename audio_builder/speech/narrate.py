"""Speaks the lines of a script that are not cached, in parallel, each once."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import wave
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from ..audio import level, recordings
from ..audio.clip import Clip
from ..audio.pcm import wav
from ..cache import Cache
from ..errors import Location, VoiceFailed
from ..script.model import Line
from ..units import MS_SAMPLES, RATE, Ms
from .pieces import PIECE_GAP, colon_gap, gap_within, pieces
from .pronunciation import NONE, Pronunciation, pronounce
from .shape import RECIPE, shape, trouble
from .voice import Speech, Voice
from .worker import Worker

PATIENCE = 30.0
"""Seconds for one piece, the loading of a model included, before a voice counts as hung."""
TRIES = 3
LINES_A_WORKER = 8
"""Fewer lines than this are not worth another process: loading a model takes as long as speaking them."""


def narrate(
    lines: Mapping[Line, Location],
    voice: Voice,
    cache: Cache,
    pronunciation: Pronunciation = NONE,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    patience: float = PATIENCE,
) -> dict[Line, Clip]:
    """A clip for every line, in the lines' order; only those that the cache lacks are spoken, each once.

    `progress` gets (spoken, to be spoken): first (0, n), and with everything cached only (0, 0). The samples are the
    same with any number of workers. Raises VoiceFailed naming the line that the voice could not say.
    """
    texts = {line: as_given(line, pronunciation, voice.engine) for line in lines}
    recipe = _recipe(voice)
    keys = {line: _key(recipe, given) for line, given in texts.items()}
    clips = {key: clip for key in dict.fromkeys(keys.values()) if (clip := _cached(cache, key))}
    missing: dict[str, Line] = {}
    for line, key in keys.items():
        if key not in clips:
            missing.setdefault(key, line)
    if progress:
        progress(0, len(missing))

    def speak(key: str, worker: Worker) -> Clip:
        line = missing[key]
        samples = _speak(texts[line], voice, worker, patience, f"{lines[line]}: the voice {_title(voice)}")
        clip = _clip(cache.put(key, ".wav", wav(samples)), samples.tobytes())
        recordings.words(clip, cache)  # while others speak
        return clip

    with _crew(min(workers or os.cpu_count() or 1, -(-len(missing) // LINES_A_WORKER))) as run:
        for done, (key, clip) in enumerate(run(speak, missing), 1):
            clips[key] = clip
            if progress:
                progress(done, len(missing))
    return {line: clips[key] for line, key in keys.items()}


def spoken(
    lines: Iterable[Line], voice: Voice, cache: Cache, pronunciation: Pronunciation = NONE
) -> dict[Line, Clip]:
    """The clips of those lines that were spoken before; no voice is loaded."""
    recipe = _recipe(voice)
    keys = {line: _key(recipe, as_given(line, pronunciation, voice.engine)) for line in lines}
    return {line: clip for line, key in keys.items() if (clip := _cached(cache, key))}


def as_given(line: Line, pronunciation: Pronunciation, engine: str) -> tuple[str, ...]:
    """The pieces of a line as a voice is given them."""
    return tuple(pronounce(Line(piece, line.say), pronunciation, engine) for piece in pieces(line.text))


def _recipe(voice: Voice) -> list[object]:
    """Everything but its words that a clip's samples depend on."""
    gaps = [PIECE_GAP, colon_gap(voice.speed)]
    made = [RECIPE, level.HEADROOM, voice.gain, gaps, np.__version__, soxr.__version__]
    return ["clip", made, voice.engine, voice.identity]


def _key(recipe: list[object], texts: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps([*recipe, texts]).encode()).hexdigest()


def _title(voice: Voice) -> str:
    return f"{voice.engine}:{voice.name}" if voice.engine in ("pyttsx3", "tone") else voice.engine


def _speak(
    texts: tuple[str, ...], voice: Voice, worker: Worker, patience: float, who: str
) -> NDArray[np.int16]:
    if not any(sign.isalnum() for text in texts for sign in text):
        raise VoiceFailed(f"{who} was given no words")
    parts: list[NDArray[np.int16]] = []
    for text in texts:
        gap = np.zeros(MS_SAMPLES * gap_within(text, voice.speed), np.int16)
        parts += [_piece(text, voice, worker, patience, who), gap]
    return np.concatenate(parts[:-1])


def _piece(text: str, voice: Voice, worker: Worker, patience: float, who: str) -> NDArray[np.int16]:
    shown = text if len(text) <= 80 else f"{text[:79]}…"
    for _ in range(TRIES):
        try:
            spoken: Speech = worker.call(patience, voice.speak, text)
            wrong = trouble(spoken, text, voice.speed)
        except VoiceFailed as error:
            wrong = str(error)
        if not wrong:
            return level.limited(shape(spoken), voice.gain - level.HEADROOM, -0.1)
    raise VoiceFailed(
        f"{who} {wrong} for: “{shown}” ({TRIES} tries); write it otherwise, or take another --voice"
    )


def _cached(cache: Cache, key: str) -> Clip | None:
    path = cache.get(key, ".wav")
    if path is None:
        return None
    try:
        with wave.open(str(path)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames, data = file.getnframes(), file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error):
        return None
    whole = form == (1, 2, RATE) and frames and frames % MS_SAMPLES == 0 and len(data) == 2 * frames
    return _clip(path, data) if whole else None


def _clip(path: Path, data: bytes) -> Clip:
    """The clip's key is of its samples, not of its text: another machine's speech may differ by a bit."""
    return Clip(hashlib.sha256(data).hexdigest(), path, Ms(len(data) // 2 // MS_SAMPLES))


Job = Callable[[str, Worker], Clip]


@contextmanager
def _crew(count: int) -> Iterator[Callable[[Job, Iterable[str]], Iterator[tuple[str, Clip]]]]:
    """Runs jobs on so many worker processes; all of them are ended on leaving, whatever happened."""
    workers = [Worker() for _ in range(count)]
    free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in workers:
        free.put(worker)
    pool = ThreadPoolExecutor(max(1, count))

    def run(job: Job, keys: Iterable[str]) -> Iterator[tuple[str, Clip]]:
        def one(key: str) -> tuple[str, Clip]:
            worker = free.get()
            try:
                return key, job(key, worker)
            finally:
                free.put(worker)

        for future in as_completed([pool.submit(one, key) for key in keys]):
            yield future.result()

    try:
        yield run
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.close()
        pool.shutdown()
