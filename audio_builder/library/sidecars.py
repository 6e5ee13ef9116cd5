"""The files next to an MP3 in the library: manifest, transcripts, chapters, show notes, cover and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from msgspec.structs import replace as with_fields

from .. import __version__
from ..cache import Cache
from ..cast.speak import recorded_by_people, spoken_by_engine, uses_test_voice
from ..options import manifest_values
from ..pictures.cover import LARGE_SIZE, cached_cover
from ..pictures.custom import custom_cover
from ..planning.timeline import (
    BellStroke,
    BreathTone,
    Cue,
    PlayedRecording,
    Timeline,
    Utterance,
    lines_of,
)
from ..request import BuildRequest
from ..script.model import Script
from ..script.walk import script_figure, scripts_in
from ..session.fingerprint import fingerprint
from ..session.session import Session
from ..speech.voices import is_test_voice
from . import storage, transcript
from .chapters import chapter_records, chapters_json
from .manifest import CautionRecord, CueRecord, Episode, ScriptRecord
from .session_files import MANIFEST, SIDECARS
from .show_notes import notes_html, notes_markdown


def sidecars(request: BuildRequest, timeline: Timeline, episode: Episode, cache: Cache) -> dict[str, bytes]:
    """Return the content of every file next to the MP3, by suffix. The manifest, which is last, records the others."""
    suffixes = [file.suffix for file in SIDECARS if file is not MANIFEST]
    files = {suffix: sidecar(request, timeline, episode, suffix, cache) for suffix in suffixes}
    manifest = with_fields(episode, files=storage.file_digests(files))
    return {**files, MANIFEST.suffix: storage.manifest_bytes(manifest)}


def sidecar(request: BuildRequest, timeline: Timeline, episode: Episode, suffix: str, cache: Cache) -> bytes:
    """Return the content of the file with that suffix. Raises ValueError for an unknown one."""
    match suffix:
        case ".vtt":
            return transcript.webvtt(timeline).encode()
        case ".srt":
            return transcript.srt(timeline).encode()
        case ".txt":
            return transcript.plain_transcript(timeline).encode()
        case ".chapters.json":
            return chapters_json(episode)
        case ".jpg":
            image = request.script.front.image
            if image:
                return custom_cover(Path(image))
            return cached_cover(timeline.title, cache, LARGE_SIZE, script_figure(request.script))
        case ".notes.md":
            return notes_markdown(episode).encode()
        case ".notes.html":
            return notes_html(episode).encode()
    raise ValueError(f"no sidecar ends in {suffix}")


def describe(request: BuildRequest, session: Session, cache: Cache) -> Episode:
    """Return the manifest of a session that is not rendered yet: without `sha256` and `guid`."""
    timeline, script = session.timeline, request.script
    front = script.front
    return Episode(
        name=request.file_name(timeline.length),
        script=script.name,
        title=front.title,
        summary=front.summary,
        language=front.language,
        length_ms=timeline.length,
        bytes=session.size,
        sha256="",
        fingerprint=fingerprint(session),
        version=__version__,
        options=manifest_values(request.options),
        positions=timeline.positions,
        props=timeline.props,
        cautions=caution_records(script, timeline.cautions),
        chapters=tuple(chapter_records(timeline, cache)),
        cues=tuple(map(_record, timeline.cues)),
        show_notes=front.notes,
        draft=request.options.draft,
        id=front.id or script.name,
        variant=request.variant,
        date=request.options.date or front.date,
        season=front.season,
        number=front.episode,
        synthetic=_is_synthetic(request, timeline),
        recorded=recorded_by_people(request.cast, lines_of(timeline)),
        test_voice=is_test_voice(request.options.voice) or uses_test_voice(request.cast, lines_of(timeline)),
        scripts=tuple(_script_records(script, timeline)),
    )


def _script_records(script: Script, timeline: Timeline) -> Iterator[ScriptRecord]:
    """Yield a record of each file that the script of a timeline was read from, once."""
    heard = [part for part in script.parts if part.name in timeline.positions]
    for file in dict.fromkeys(member.read_from for member in scripts_in(script, heard)):
        if file is not None:
            yield ScriptRecord(*file)


def _is_synthetic(request: BuildRequest, timeline: Timeline) -> bool:
    return spoken_by_engine(request.cast, lines_of(timeline)) and not is_test_voice(request.options.voice)


def caution_records(script: Script, named: tuple[str, ...]) -> tuple[CautionRecord, ...]:
    """Return every caution in full: first those that concern the session, then the others."""
    ordered = sorted(script.cautions, key=lambda c: named.index(c.id) if c.id in named else len(named))
    return tuple(CautionRecord(c.id, " ".join(c.full.split()), c.id in named, c.short) for c in ordered)


def _record(cue: Cue) -> CueRecord:
    match cue.content:
        case Utterance(line=line):
            kind, text = "speech", line.text
        case PlayedRecording(words=words):
            kind, text = "recording", words
        case BreathTone(phase=phase):
            kind, text = phase, ""
        case BellStroke(audible=audible):
            kind, text = "bell" if audible else "silent bell", ""
        case _:
            assert_never(cue.content)
    return CueRecord(cue.start, cue.length, kind, text)
