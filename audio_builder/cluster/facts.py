"""Compare this machine with the workers: files are equal only if everything that renders them is equal."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from .. import __version__
from ..session.fingerprint import renderer_versions
from ..speech.narrate import voice_facts
from ..speech.voice import Voice
from ..speech.voices import open_voice
from .records import VoiceSpec

PACKAGE = "audio-builder"
"""The first fact that is compared, and the one that a message names alone if it differs."""

_FILES = "files of audio-builder"
SCHEDULER_FACTS = (PACKAGE, _FILES, "dask", "distributed", "Python")
"""What a scheduler must have in common with this machine: it unpacks tasks, and renders nothing."""
_PACKAGES = ("babel", "dask", "distributed", "jinja2", "markdown-it-py", "msgspec", "pillow")
"""What sidecars and pictures depend on, besides what frames do, and what carries the tasks."""
_FOLDER = Path(__file__).parents[1]


@cache
def own_facts() -> dict[str, str]:
    """Return what every machine of a cluster must have in common, by name, with the value that this one has."""
    return {
        PACKAGE: __version__,
        _FILES: _digest_of_package(),
        "the renderer": renderer_versions(),
        **{name: version(name) for name in _PACKAGES},
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "the system": f"{platform.system()} {platform.machine()}",
    }


def differences(theirs: Mapping[str, str], subject: str, names: Iterable[str] | None = None) -> list[str]:
    """Return what differs on another machine, in one sentence each. If the version differs, nothing else counts."""
    ours = own_facts()
    different = [name for name in names or ours if theirs.get(name) != ours[name]]
    if PACKAGE in different:
        different = [PACKAGE]
    elif _FILES in different:
        return [f"{subject} has other files of {PACKAGE} {__version__} than this machine"]
    return [
        f"{subject} has {_named(name, theirs.get(name))}, this machine {ours[name]}" for name in different
    ]


def facts_of_voice(voice: Voice) -> str:
    """Return everything that the clips of a voice depend on but their text."""
    return repr(voice_facts(voice))


def spec_of(voice: Voice, language: str) -> VoiceSpec:
    """Return how another machine opens a voice, and what it must find."""
    return VoiceSpec(f"{voice.engine}:{voice.name}", voice.speed, language, facts_of_voice(voice))


def differing_voices(wanted: Iterable[VoiceSpec]) -> list[str]:
    """Return the names of those voices that are others on this machine. Raises VoiceMissing."""
    return [
        spec.option
        for spec in wanted
        if facts_of_voice(open_voice(spec.option, spec.speed, spec.language)) != spec.facts
    ]


def _named(name: str, value: str | None) -> str:
    if value is None:
        return f"no {name}"
    return f"{name} {value}"


def _digest_of_package() -> str:
    """Return a digest of the package's own files, wherever they are installed."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and "shipped" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(_FOLDER).as_posix()} {content}\n".encode())
    return digest.hexdigest()
