"""What the bytes of a session follow from, as one hash: equal recipes are equal files."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from .session import Session
from .timeline import Played, Speech

_RENDERERS = ("mix.py", "encode.py", "session.py", "units.py", "sound")
_PACKAGES = ("numpy", "pydub", "imageio-ffmpeg")


def recipe(session: Session) -> str:
    """SHA-256 in hex over the head, the plan, the clips that it uses, the style, and the code that renders them."""
    digest = hashlib.sha256(_renderer().encode())
    for fact in (session.plan, session.style):
        digest.update(repr(fact).encode())
    for cue in session.plan.cues:
        if isinstance(cue.what, Speech):
            digest.update(session.clips[cue.what.line].key.encode())
        elif isinstance(cue.what, Played):
            digest.update(session.clips[cue.what.recording].key.encode())
    digest.update(session.head)
    return digest.hexdigest()


@cache
def _renderer() -> str:
    """The rendering code and the packages that it stands on: another version may make other bytes."""
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in _PACKAGES).encode())
    for name in _RENDERERS:
        path = Path(__file__).parent / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()
