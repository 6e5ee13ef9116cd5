"""Estimate what a batch takes before it starts: sentences, sound, room on the disk and time."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..files import is_folder
from ..request import Workspace
from ..units import FRAME_MS
from .planned import PlannedSession
from .prepare import PreparedBatch
from .previews import Preview
from .schedule import date_of

SPEAKING_SECONDS = {"tone": 0.03, "pyttsx3": 0.1, "hibari": 0.25, "piper": 0.7}
"""Seconds that one core takes for a sentence, by engine, cleaned and stored. From speaking the 452 sentences of
psoas-release on two cores that had other work too, rounded down; piper's follow from nine times real time."""
SLOWEST_SPEAKING = max(SPEAKING_SECONDS.values())
"""Seconds for a sentence of an engine that was not measured."""
ENCODING_SECONDS = {False: 0.25, True: 0.08}
"""Seconds that one core takes to mix and encode a minute of a session, over an ambience and over silence, where most
sentences are encoded once for all sessions. From a thousand sessions of 20 minutes, rounded up; on a busy machine it
takes several times as long."""
SESSION_SECONDS = 0.5
"""Seconds that a session takes in any case: for its tags, its pictures, and to be on the disk before its name is."""
_TAG_BYTES = 260_000  # cover, words and cue sheet inside the MP3, measured
_FORMAT_BYTES = {"m4b": (12, 8), "opus": (6, 4), "flac": (31, 20)}
"""Bytes that a millisecond takes in other formats, in stereo and in mono; of FLAC, with the ambience `room`."""
_FORMAT_SECONDS = {"m4b": (1.7, 0.8), "opus": (0.9, 0.8), "flac": (0.25, 0.2)}
"""Seconds that one core takes to mix and encode a minute in other formats, in stereo and in mono: docs/formats.md."""
_FRAME_BYTES = {False: 384, True: 192}  # 128 kbit/s in stereo, 64 kbit/s in mono


@dataclass(frozen=True, slots=True)
class Forecast:
    """What building a batch takes.

    `current` counts the sessions that need nothing, and `missing` those that will be built. The rest cannot be. The
    sound of those to be built lasts `sound_ms` and has about `bytes`, of which `replaced` take the place of earlier
    files, and building them takes about `seconds`. `room` are the bytes that are free where the library is. `first` and
    `last` are the dates of all sessions that have one.
    """

    total: int
    current: int
    missing: int
    sentences: int
    sound_ms: int
    bytes: int
    replaced: int
    seconds: float
    room: int
    first: datetime | None
    last: datetime | None
    to_build: frozenset[PlannedSession]

    @property
    def needed(self) -> int:
        """About how many bytes have to be free."""
        return self.bytes - self.replaced


def forecast(
    batch: PreparedBatch, workspace: Workspace, current_sessions: Container[PlannedSession]
) -> Forecast:
    """Return what building a batch takes, given the sessions that need nothing. Writes nothing."""
    possible = {
        planned: preview
        for planned, preview in zip(batch.sessions, batch.previews, strict=True)
        if not preview.problem
    }
    current = {planned for planned in possible if planned in current_sessions}
    build = {planned: preview for planned, preview in possible.items() if planned not in current}
    sound_ms = sum(preview.length for preview in build.values())
    size = sum(map(_bytes_of, build.values()))
    speaking = _sentences(batch, build)
    dates = [date for planned in batch.sessions if (date := date_of(planned))]
    return Forecast(
        total=len(batch.sessions),
        current=len(current),
        missing=len(build),
        sentences=sum(speaking.values()),
        sound_ms=sound_ms,
        bytes=size,
        replaced=sum(_bytes_there(workspace.out, preview) for preview in build.values()),
        seconds=(_speaking_seconds(speaking) + sum(map(_building_seconds, build.values())))
        / workspace.workers,
        room=_free_bytes(workspace.out),
        first=min(dates, default=None),
        last=max(dates, default=None),
        to_build=frozenset(build),
    )


def _bytes_of(preview: Preview) -> int:
    """Return about how many bytes a session takes, with its other formats."""
    others = sum(_FORMAT_BYTES[name][preview.is_mono] for name in preview.formats) * preview.length
    return preview.length // FRAME_MS * _FRAME_BYTES[preview.is_mono] + _TAG_BYTES + others


def _bytes_there(folder: Path, preview: Preview) -> int:
    """Return how many bytes the MP3 of a session has that is in the library already."""
    try:
        return (folder / f"{preview.name}.mp3").stat().st_size if preview.name else 0
    except OSError:
        return 0


def _sentences(batch: PreparedBatch, build: Container[PlannedSession]) -> Counter[str]:
    """Return how many sentences each engine has to speak. One that several sessions have is spoken once."""
    lists = {
        id(unspoken): unspoken  # sessions of a script and a voice share one, however many they are
        for planned, unspoken in zip(batch.sessions, batch.unspoken, strict=True)
        if planned in build
    }
    sentences = {
        (voice.engine, voice.identity, line) for unspoken in lists.values() for voice, line in unspoken
    }
    return Counter(engine for engine, _, _ in sentences)


def _speaking_seconds(unspoken: Mapping[str, int]) -> float:
    """Return about how long one core takes to speak a number of sentences of each engine."""
    return sum(number * SPEAKING_SECONDS.get(engine, SLOWEST_SPEAKING) for engine, number in unspoken.items())


def _building_seconds(preview: Preview) -> float:
    """Return about how long one core takes to build a session once its sentences are spoken."""
    others = sum(_FORMAT_SECONDS[name][preview.is_mono] for name in preview.formats)
    return preview.length / 60_000 * (ENCODING_SECONDS[preview.is_over_silence] + others) + SESSION_SECONDS


def _free_bytes(folder: Path) -> int:
    """Return the free bytes on the disk of a folder, which need not exist yet."""
    place = folder.resolve()
    while not is_folder(place) and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free
