"""What travels through a scheduler: small records. Sound never does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..options import BuildOptions

Trouble = Literal["", "failed", "store"]
"""Why a task has no result: the session cannot be built, or the store did not do what was asked."""


@dataclass(frozen=True, slots=True)
class VoiceSpec:
    """A voice of an engine, as another machine opens it, and the `facts` that must be the same there."""

    option: str
    speed: float
    language: str
    facts: str


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where tasks find everything: the address of the store, and the digest of the scripts in it."""

    store: str
    scripts: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a worker must have in common with this machine, beyond its own facts, before it gets work.

    `resource` is the abstract resource that such a worker offers to the scheduler, and that every task needs.
    """

    place: StorePlace
    voices: tuple[VoiceSpec, ...]
    resource: str


@dataclass(frozen=True, slots=True)
class ScriptRef:
    """A script among those in the store: its slug, or the folder and the name of its file if it was given by path."""

    slug: str
    folder: int | None = None


@dataclass(frozen=True, slots=True)
class SpeakTask:
    """Sentences of a script to speak, or takes to clean: `lines` counts them in the order of the script."""

    place: StorePlace
    script: ScriptRef
    options: BuildOptions
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SessionTask:
    """A session to build into the store. `key` names it there. `segments` are those that were rendered before."""

    place: StorePlace
    script: ScriptRef
    options: BuildOptions
    key: str
    segments: tuple[SegmentDone, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentTask:
    """The part `number` of `count` equal ones of a long session, to render into the store."""

    session: SessionTask
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class SegmentDone:
    """An object with frames of a session, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What became of a task. `error` is for the user; paths in it begin with SCRIPTS_FOLDER where the scripts are."""

    trouble: Trouble = ""
    error: str = ""
    segment: SegmentDone | None = None
