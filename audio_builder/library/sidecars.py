"""What lies in the library beside an MP3: its manifest, transcripts, chapters, notes and cover."""

from __future__ import annotations

from pathlib import Path

from .. import __version__
from ..cache import Cache
from ..pictures.cover import LARGE, cached_cover
from ..pictures.custom import custom_cover
from ..planning.timeline import BellStroke, BreathTone, PlayedRecording, Timeline, Utterance
from ..request import BuildRequest
from ..script.model import Script
from ..session.session import Session
from ..units import Ms
from . import storage, transcript
from .manifest import CautionRecord, ChapterRecord, CueRecord, Episode
from .show_notes import html, markdown


def sidecars(order: BuildRequest, timeline: Timeline, episode: Episode, cache: Cache) -> dict[str, bytes]:
    """Everything that lies beside the MP3, by ending."""
    endings = (".json", *storage.SIDECARS[1:])
    return {ending: sidecar(order, timeline, episode, ending, cache) for ending in endings}


def sidecar(order: BuildRequest, timeline: Timeline, episode: Episode, ending: str, cache: Cache) -> bytes:
    """What lies beside the MP3 under this ending."""
    match ending:
        case ".vtt":
            return transcript.webvtt(timeline).encode()
        case ".srt":
            return transcript.srt(timeline).encode()
        case ".txt":
            return transcript.text(timeline).encode()
        case ".chapters.json":
            return transcript.chapters_json(timeline).encode()
        case ".jpg":
            image = order.script.front.image
            return custom_cover(Path(image)) if image else cached_cover(timeline.title, cache, LARGE)
        case ".notes.md":
            return markdown(episode).encode()
        case ".notes.html":
            return html(episode).encode()
        case ".json":
            return storage.manifest(episode)
    raise ValueError(f"nothing ends in {ending}")


def describe(
    order: BuildRequest, session: Session, name: str, made_of: str, digest: str, guid: str | None = None
) -> Episode:
    """The manifest of a session; `guid` is what the podcast gave it."""
    timeline, front = session.timeline, order.script.front
    return Episode(
        name=name,
        script=order.script.name,
        title=front.title,
        summary=front.summary,
        language=front.language,
        length_ms=timeline.length,
        bytes=session.size,
        sha256=digest,
        recipe=made_of,
        version=__version__,
        choice=order.choice,
        positions=timeline.positions,
        props=timeline.props,
        cautions=notices(order.script, timeline.cautions),
        chapters=tuple(ChapterRecord(c.start, c.length, c.title) for c in timeline.chapters),
        cues=tuple(_sounding(cue.start, cue.length, cue.what) for cue in timeline.cues),
        notes=front.notes,
        draft=order.wish.draft,
        id=front.id or order.script.name,
        variant=order.variant,
        date=front.date,
        season=front.season,
        number=front.episode,
        guid=guid,
        synthetic=any(isinstance(cue.what, Utterance) for cue in timeline.cues)
        and order.choice.voice != "tone",
    )


def notices(script: Script, named: tuple[str, ...]) -> tuple[CautionRecord, ...]:
    """Every caution there is, in full: those that the session names, then the others."""
    ordered = sorted(script.cautions, key=lambda c: named.index(c.id) if c.id in named else len(named))
    return tuple(CautionRecord(c.id, " ".join(c.full.split()), c.id in named) for c in ordered)


def _sounding(
    start: Ms, length: Ms, what: Utterance | PlayedRecording | BellStroke | BreathTone
) -> CueRecord:
    match what:
        case Utterance(line=line):
            return CueRecord(start, length, "speech", line.text)
        case PlayedRecording(words=words):
            return CueRecord(start, length, "recording", words)
        case BreathTone(phase=phase):
            return CueRecord(start, length, phase)
        case BellStroke(audible=audible):
            return CueRecord(start, length, "bell" if audible else "silent bell")
