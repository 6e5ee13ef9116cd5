"""Sessions that share a script and its voices, and therefore every sentence: they are loaded and spoken once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..script.model import Script
from ..service.speech_queue import SpeechJob
from .planned import PlannedSession

ScriptKey = tuple[str, tuple[str, ...] | None]
"""The name or path of a script, and the positions that were asked for."""
Scripts = Mapping[ScriptKey, Script]
"""Scripts that were read before."""
Groups = dict[SpeechJob, list[PlannedSession]]
"""Sessions by what has to be spoken for them."""


def grouped(sessions: Iterable[PlannedSession]) -> Groups:
    """Return sessions by their script and the options that decide what is said and how, in the order of the first."""
    groups: Groups = {}
    for planned in sessions:
        groups.setdefault(speech_of(planned), []).append(planned)
    return groups


def speech_of(planned: PlannedSession) -> SpeechJob:
    """Return what has to be spoken for a session."""
    return SpeechJob.of(planned.script, planned.options)
