"""Look at many sessions without building them: each script is read once, and its sentences are looked up once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from ..build import ClipLengths, arrange, clip_lengths
from ..cache import Cache, FoundEntry
from ..cast.speak import assign, cached_lines, missing_lines, require_takes, unsayable_lines, unspoken_lines
from ..errors import AudioBuilderError, ScriptErrors
from ..options import BuildOptions
from ..planning.choices import KnownChoices
from ..planning.plan import check_fit, default_length
from ..planning.timeline import lines_of
from ..planning.wording import sounds
from ..podcast.registry import SessionKey
from ..request import BuildRequest, Workspace, resolve, with_options
from ..script.load import load
from ..script.model import Line, Script
from ..speech.voice import Voice
from ..units import Ms, show
from .groups import ScriptKey, Scripts
from .planned import PlannedSession

_K = TypeVar("_K")
_T = TypeVar("_T")
Unspoken = tuple[tuple[Voice, Line], ...]
"""The sentences that an engine has to speak before a session can be built, each with its voice."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What is known of a session before it is built: its name, length and key in the feed, whether it has one channel
    and no ambience, or its `problem`.

    A problem that only concerns its length or its takes leaves the others known. If `is_estimated`, its length is about
    that of a script that is not spoken yet.
    """

    name: str = ""
    length: Ms = Ms(0)
    key: SessionKey | None = None
    is_mono: bool = False
    is_over_silence: bool = False
    formats: tuple[str, ...] = ()
    problem: str = ""
    is_estimated: bool = False


@dataclass
class _Narration:
    """The sentences of a script as some voices speak them, for sessions of any length."""

    request: BuildRequest
    lengths: ClipLengths
    has_missing_takes: bool
    unspoken: Unspoken
    known: KnownChoices = field(default_factory=KnownChoices)
    defaults: dict[object, Ms] = field(default_factory=dict)


class Previews:
    """Previews of the sessions of a workspace. Nothing is spoken, and nothing is written."""

    def __init__(self, workspace: Workspace) -> None:
        """Use the cache of the workspace only to read, if it comes from `read_only`."""
        self._workspace = workspace
        self._scripts: dict[ScriptKey, Script | AudioBuilderError] = {}
        self._narrations: dict[object, _Narration | AudioBuilderError] = {}

    @property
    def scripts(self) -> Scripts:
        """The scripts that were read so far."""
        return {key: script for key, script in self._scripts.items() if isinstance(script, Script)}

    def preview(self, planned: PlannedSession) -> Preview:
        """Return the preview of a session."""
        try:
            narration = self._narration(planned)
            request = with_options(narration.request, planned.options)
            length = request.options.length or self._default_length(request, narration)
        except AudioBuilderError as error:
            return Preview(problem=str(error))
        whole = Ms(length + request.options.preroll)
        front = request.script.front
        found = Preview(
            request.file_name(whole),
            whole,
            SessionKey(front.id or request.script.name, show(whole), request.variant),
            request.options.quality == "mono",
            request.options.ambience == "none",
            request.options.format or (),
            is_estimated=narration.lengths.estimated and not request.options.length,
        )
        try:
            self._check(request, narration, length)
        except AudioBuilderError as error:
            return replace(found, problem=str(error))
        return found

    def unspoken(self, planned: PlannedSession) -> Unspoken:
        """Return the sentences that have to be spoken for a session without problems."""
        return self._narration(planned).unspoken

    def _narration(self, planned: PlannedSession) -> _Narration:
        """Return the sentences of a session's script as its voices speak them. Raises AudioBuilderError."""
        options = planned.options
        key = planned.script, options.positions, options.voice, options.speed, options.fill
        return _remembered(self._narrations, key, lambda: self._read_narration(self._request(*key)))

    def _request(
        self,
        name: str,
        positions: tuple[str, ...] | None,
        voice: str | None,
        speed: float | None,
        fill: str | None,
    ) -> BuildRequest:
        """Return a request with only the options that the voices depend on."""
        finder = self._workspace.finder
        script = _remembered(self._scripts, (name, positions), lambda: load(name, finder, positions))
        given = {"positions": positions, "voice": voice, "speed": speed, "fill": fill}
        return resolve(name, BuildOptions(**given), finder, script)  # type: ignore[arg-type]  # None is not given

    def _read_narration(self, request: BuildRequest) -> _Narration:
        lines = {s: place for s, place in sounds(request.script).items() if isinstance(s, Line)}
        if problems := unsayable_lines(request.cast, assign(request.cast, lines)):
            raise ScriptErrors(problems)
        lengths = clip_lengths(request, self._workspace)
        clips = cached_lines(request.cast, lines, self._workspace.cache) if lengths.estimated else lines
        return _Narration(
            request,
            lengths,
            bool(missing_lines(request.cast, lines)),
            tuple(unspoken_lines(request.cast, lines, clips)) if lengths.estimated else (),
        )

    def _default_length(self, request: BuildRequest, narration: _Narration) -> Ms:
        key = request.options.ending, request.breath
        if key not in narration.defaults:
            lengths = narration.lengths.lengths
            narration.defaults[key] = default_length(request.script, lengths, *key)
        return narration.defaults[key]

    def _check(self, request: BuildRequest, narration: _Narration, length: Ms) -> None:
        lengths, estimated = narration.lengths
        check_fit(request.script, lengths, length, request.options.ending, request.breath, narration.known)
        if narration.has_missing_takes:
            timeline = arrange(request, lengths, estimated)
            require_takes(request.cast, lines_of(timeline))


def _remembered(memory: dict[_K, _T | AudioBuilderError], key: _K, read: Callable[[], _T]) -> _T:
    """Return what was read for this key, or raise the error that it gave, now or before."""
    if key not in memory:
        try:
            memory[key] = read()
        except AudioBuilderError as error:
            memory[key] = error
    found = memory[key]
    if isinstance(found, AudioBuilderError):
        raise found
    return found


class _ReadOnlyCache(Cache):
    """A cache whose new entries go into a temporary folder, and which never removes any."""

    def __init__(self, cache: Cache) -> None:
        super().__init__(cache.folder, cache.limit)
        self._temporary: Path | None = None

    def _path(self, key: str, suffix: str) -> Path:
        path = super()._path(key, suffix)
        if self._temporary is None or path.exists():
            return path
        return self._temporary / path.relative_to(self.folder)

    def _put(self, key: str, suffix: str, pieces: Iterable[bytes], ephemeral: bool = False) -> FoundEntry:
        if self._temporary is None:
            try:
                self._temporary = Path(tempfile.mkdtemp(prefix="audio-builder-"))
            except OSError as error:
                raise AudioBuilderError(f"Cannot write to the temporary folder: {error.strerror}") from None
        return super()._put(key, suffix, pieces, ephemeral)

    def trim(self, grace: float = 0.0) -> None:
        del grace

    def forget(self) -> None:
        """Remove the temporary folder."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


@contextmanager
def read_only(workspace: Workspace) -> Iterator[Workspace]:
    """Yield the workspace with a cache that is only read: what it lacks goes into a temporary folder."""
    cache = _ReadOnlyCache(workspace.cache)
    try:
        yield replace(workspace, cache=cache)
    finally:
        cache.forget()
