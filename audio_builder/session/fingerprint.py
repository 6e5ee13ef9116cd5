"""Everything that the bytes of a session follow from, as one hash: equal fingerprints mean equal files."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from typing import assert_never

from ..audio.clip import Clip
from ..audio.mix.mix import MIX_VERSION
from ..audio.mix.style import Style
from ..audio.synthesis_cache import SYNTHESIS_VERSION
from ..mp3.encode import ENCODING_VERSION
from ..mp3.encoder import encoder_version
from ..planning.timeline import BellStroke, BreathTone, Cue, ElasticGap, PlayedRecording, Utterance
from .segments import SEGMENTS_VERSION
from .session import Session

_PACKAGES = ("numpy", "pydub", "soxr", "imageio-ffmpeg")


def fingerprint(session: Session) -> str:
    """Return the SHA-256, in hex, of what sounds when, the clips, the style, the tag and the versions of what renders.

    It does not depend on the location of a script on the disk, nor on the line of a sentence in it.
    """
    timeline = session.timeline
    lines = [
        renderer_versions(),
        f"length {timeline.length} {timeline.ending}",
        _style(session.style),
        *map(_gap, timeline.elastic_gaps),
        *(_cue(cue, session) for cue in timeline.cues),
    ]
    return hashlib.sha256("\n".join(lines).encode() + b"\n" + session.head).hexdigest()


def _style(style: Style) -> str:
    ambience, bell = (
        sound.key if isinstance(sound, Clip) else sound for sound in (style.ambience, style.bell)
    )
    # sessions at the standard levels keep the fingerprints of 0.1
    levels = f" {style.ambience_db} {style.bell_db}" if style.ambience_db or style.bell_db else ""
    return f"style {ambience} {bell} {style.breath_tones} {style.stereo} {style.gain_db}{levels}"


def _gap(gap: ElasticGap) -> str:
    pattern = gap.pattern
    breath = f" {pattern.inhale} {pattern.full} {pattern.exhale} {pattern.empty}" if pattern else ""
    return f"{gap.kind} {gap.start} {gap.length}{breath}"


def _cue(cue: Cue, session: Session) -> str:
    match cue.content:
        case Utterance(line=line):
            sound = session.clips[line].key
        case PlayedRecording(recording=recording):
            sound = session.clips[recording].key
        case BellStroke(audible=audible):
            sound = f"stroke {audible}"
        case BreathTone(phase, cycle, cycles, counting):
            sound = f"tone {phase} {cycle} {cycles} {counting}"
        case _:
            assert_never(cue.content)
    return f"cue {cue.start} {cue.length} {sound}"


@cache
def renderer_versions() -> str:
    """Return the versions of everything that renders. Another version may give other bytes."""
    packages = [f"{name} {version(name)}" for name in _PACKAGES]
    own = [SYNTHESIS_VERSION, MIX_VERSION, ENCODING_VERSION, SEGMENTS_VERSION]
    return " ".join([encoder_version(), *packages, *own])
