"""What the bytes of a session follow from, as one hash: equal recipes are equal files."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version

from ..audio.clip import Clip
from ..audio.mix.mix import MIX_VERSION
from ..audio.synthesised import SYNTHESIS_VERSION
from ..mp3.encode import ENCODING_VERSION, encoder
from ..planning.timeline import PlayedRecording, Utterance
from .segments import SEGMENTS_VERSION
from .session import Session

_PACKAGES = ("numpy", "pydub", "soxr", "imageio-ffmpeg")


def recipe(session: Session) -> str:
    """SHA-256 in hex over the head, what sounds when, the clips, the style, and the code that renders them.

    Where a sentence stands in a script, and where the script lies, changes nothing."""
    timeline = session.timeline
    digest = hashlib.sha256(_renderer().encode())
    style = session.style
    sounds = [part.key if isinstance(part, Clip) else part for part in (style.ambience, style.bell)]
    digest.update(
        repr((timeline.length, timeline.ending, *sounds, style.tones, style.stereo, style.gain)).encode()
    )
    digest.update(
        repr([(span.start, span.length, span.kind, span.pattern) for span in timeline.elastic_gaps]).encode()
    )
    for cue in timeline.cues:
        match cue.what:
            case Utterance(line=line):
                what = session.clips[line].key
            case PlayedRecording(recording=recording):
                what = session.clips[recording].key
            case tone_or_stroke:
                what = repr(tone_or_stroke)
        digest.update(f"{cue.start} {cue.length} {what}\n".encode())
    digest.update(session.head)
    return digest.hexdigest()


@cache
def _renderer() -> str:
    """Return the versions of everything that renders: another one may give other bytes."""
    packages = [f"{name} {version(name)}" for name in _PACKAGES]
    own = [SYNTHESIS_VERSION, MIX_VERSION, ENCODING_VERSION, SEGMENTS_VERSION]
    return " ".join([encoder(), *packages, *own])
