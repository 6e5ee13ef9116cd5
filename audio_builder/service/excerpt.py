"""A part of a session, from a place in its script on, as it will sound. Speaks only what is heard in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..assets import load_loops, plain_style
from ..audio import level, recordings
from ..audio.clip import Clip
from ..audio.mix.gain import session_gain
from ..build import arrange, clip_lengths, open_request
from ..cast.speak import require_takes, speak_lines
from ..errors import AudioBuilderError, Location
from ..planning.timeline import Cue, PlayedRecording, Timeline, Utterance
from ..request import BuildRequest, Workspace
from ..script.model import Line, Recording, Sound
from ..session.session import Session
from ..units import FRAME_MS, Ms

EXCERPT_LENGTH = Ms(60_000)
_BEFORE = Ms(400)
_AROUND = Ms(1000)
"""The encoder hears a little before and after what it encodes."""
_TRIES = 5


def excerpt(request: BuildRequest, workspace: Workspace, place: Location) -> bytes:
    """Return a minute of a session as an MP3 without a tag, from the sentence at a place in a script on.

    As long as not every sentence was spoken, rests can differ a little from those of the finished session. Raises
    AudioBuilderError.
    """
    lengths, estimated = clip_lengths(request, workspace)
    if not estimated:
        session = open_request(request, workspace)
        return session.frames(*_frames(session, place))
    load_loops(request, workspace)
    for _ in range(_TRIES):  # the true lengths of what is spoken move what is heard
        timeline = arrange(request, lengths, estimated)
        session = Session(timeline, {}, plain_style(request, workspace))
        start, stop = _frames(session, place)
        heard = _heard(session, start, stop)
        clips = _clips(request, workspace, heard)
        known = {sound: clip.length for sound, clip in clips.items()}
        if all(lengths[sound] == length for sound, length in known.items()):
            break
        lengths = {**lengths, **known}
    else:
        raise AudioBuilderError("This part cannot be heard yet. Build the session first.")
    ceiling = level.speech_ceiling(request.options.quality == "stereo")
    timeline = replace(timeline, cues=tuple(heard))
    gain = session_gain(timeline, lambda sound: level.speech_level(clips[sound], workspace.cache), ceiling)
    return replace(session, clips=clips, style=replace(session.style, gain_db=gain)).frames(start, stop)


def _frames(session: Session, place: Location) -> tuple[int, int]:
    """Return the first frame to play, shortly before what is written at a place, and the frame after the last."""
    begin = max(0, moment_of(session.timeline, place) - _BEFORE)
    return begin // FRAME_MS, min(-(-(begin + EXCERPT_LENGTH) // FRAME_MS), session.frame_count)


def moment_of(timeline: Timeline, place: Location) -> Ms:
    """Return when what is written at a place in a script, or next after it, is first heard.

    After the last sentence, it is when that one is heard; and 0 if the session has nothing of that script.
    """
    found = [
        (where.line, cue.start)
        for cue in timeline.cues
        if (where := _written_at(cue)) and where.file == place.file
    ]
    line = min((line for line, _ in found if line >= place.line), default=max(found, default=(0, 0))[0])
    return Ms(min((start for each, start in found if each == line), default=0))


def _written_at(cue: Cue) -> Location | None:
    return cue.content.location if isinstance(cue.content, Utterance | PlayedRecording) else None


def _heard(session: Session, start: int, stop: int) -> list[Cue]:
    """Return the cues that rendering these frames needs: all of the chunks that hold them."""
    chunks = [chunk for chunk in session.chunks if chunk.start < stop and chunk.stop > start]
    first, last = chunks[0].start * FRAME_MS - _AROUND, chunks[-1].stop * FRAME_MS + _AROUND
    return [cue for cue in session.timeline.cues if cue.start < last and cue.end > first]


def _clips(request: BuildRequest, workspace: Workspace, cues: Sequence[Cue]) -> Mapping[Sound, Clip]:
    """Return a clip for each sentence and recording, speaking what the cache lacks."""
    lines: dict[Line, Location] = {}
    clips: dict[Sound, Clip] = {}
    for cue in cues:
        match cue.content:
            case Utterance(line=line, location=location):
                lines.setdefault(line, location)
            case PlayedRecording(recording=Recording() as recording):
                clips[recording] = recordings.recording_clip(recording, workspace.cache)
    require_takes(request.cast, lines)
    spoken = speak_lines(request.cast, lines, workspace.cache, workspace.workers, workspace.progress)
    return clips | dict(spoken.items())
