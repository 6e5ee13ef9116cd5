"""Open sessions for many listeners at once, at any length, and keep the latest ones ready."""

from __future__ import annotations

import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..assets import plain_style, prepare_assets
from ..audio.clip import Clip
from ..build import intact_clips, open_request
from ..cache import GRACE_SECONDS
from ..diagnostics.report import script_facts
from ..errors import AudioBuilderError
from ..library.manifest import Episode
from ..library.sidecars import describe
from ..memory_cache import MemoryCache
from ..options import BuildOptions
from ..planning.choices import KnownChoices
from ..planning.wording import named_files
from ..request import BuildRequest, Workspace, resolve
from ..script.model import Script, Sound
from ..session.repeating import preload_ambience
from ..session.session import Session
from ..takes.index import INDEX_FILE
from ..takes.voice import FOLDER as TAKES
from ..text import did_you_mean
from .group import ServerGroup
from .render_queue import KEPT_BYTES, RenderQueue
from .speech_queue import SpeechJob, SpeechQueue
from .stream import SessionStream

PATIENCE = 60.0
"""Seconds that a request waits for sentences to be spoken."""
_REMEMBERED_SCRIPTS = 16
_CACHED_SESSIONS = 48  # each is its timeline, about 2 MB


class Unknown(AudioBuilderError):
    """There is nothing with that name."""


_FileState = tuple[str, int, int]
"""The path of a file, the time of its last change, and its size in bytes."""


@dataclass(frozen=True)
class OpenSession:
    """A session at a length, with its request and its manifest. Equal fingerprints in manifests mean equal bytes."""

    request: BuildRequest
    session: Session
    episode: Episode
    clip_paths: tuple[str, ...]
    files: tuple[_FileState, ...]


class Spoken(NamedTuple):
    """A script and the clips of everything that it may say, which sessions of any length share."""

    script: Script
    clips: Mapping[Sound, Clip]
    clip_paths: tuple[str, ...]
    known: KnownChoices
    files: tuple[_FileState, ...]


class SessionService:
    """Opens sessions of any script at any length. Thread-safe."""

    def __init__(
        self, workspace: Workspace, patience: float = PATIENCE, group: ServerGroup | None = None
    ) -> None:
        self.workspace, self.group = workspace, group
        self._patience = patience
        self._open: OrderedDict[tuple[object, ...], OpenSession] = OrderedDict()
        self._spoken: OrderedDict[tuple[SpeechJob, object], Spoken] = OrderedDict()
        self._facts: MemoryCache[object, list[dict[str, Any]]] = MemoryCache(1)
        kept = group.share(KEPT_BYTES) if group else KEPT_BYTES
        self._renders = RenderQueue(max(2, workspace.workers), kept)
        self._planning = threading.Lock()
        self._lock = threading.Lock()
        self._speech = SpeechQueue(workspace, self._warm_up, group)
        self._stopped = threading.Event()

    def start(self, names: Iterable[str]) -> None:
        """Start to speak these scripts ahead, one after another."""
        self._speech.start(names)
        threading.Thread(target=self._mark_clips, name="marking", daemon=True).start()

    def stop(self) -> None:
        """Stop speaking and rendering."""
        self._stopped.set()
        self._speech.stop()
        self._renders.stop()

    @property
    def waiting(self) -> int:
        """The number of scripts that are not spoken yet."""
        return self._speech.waiting

    @property
    def chunks_to_render(self) -> int:
        """The number of chunks that clients of this process wait for."""
        return self._renders.waiting

    def take_speaking_seconds(self) -> float:
        """Return for how many seconds this process has spoken scripts since the last call."""
        return self._speech.take_speaking_seconds()

    def require_script(self, name: str) -> str:
        """Return the name of a script. Raises Unknown if no script has it: requests over HTTP must not name paths."""
        slugs = self.workspace.finder.scripts()
        if name not in slugs:
            raise Unknown(f'No session or script named "{name[:80]}". {did_you_mean(name[:80], slugs)}')
        return name

    def script_list(self) -> list[dict[str, Any]]:
        """Return every script with the lengths it can have, or with what is wrong with it."""

        def rows() -> list[dict[str, Any]]:
            facts = [script_facts(*item, self.workspace) for item in self.workspace.finder.scripts().items()]
            return [{key: value for key, value in row.items() if key != "file"} for row in facts]

        return self._facts.get((self.scripts_state(), self.waiting), rows)

    def session(self, name: str, options: BuildOptions, deadline: float = math.inf) -> OpenSession:
        """Return a session of a script.

        Raises NotYet if its sentences are not spoken within the service's patience, or until a `deadline` of the
        monotonic clock, and AudioBuilderError as a build would.
        """
        if (found := self.find(name, options)) is not None:
            return found
        state = self.scripts_state()
        key, job = (name, options, state), SpeechJob.of(name, options)
        spoken = self._spoken_before((job, state))
        request = resolve(name, options, self.workspace.finder, spoken.script if spoken else None)
        if spoken is None:
            self._speech.wait_for(request, job, min(self._patience, deadline - time.monotonic()))
            spoken = self._remember(request, state)
        files = _states(_named_files(request))
        with self._planning, self._renders.paused():  # the next thread in line finds the session open
            with self._lock:
                if key in self._open:
                    return self._open[key]
            session = open_request(request, self.workspace, spoken.clips, spoken.known)
            _ = session.chunks  # now, and not while it is sent
            own_sounds = [s for s in (session.style.ambience, session.style.bell) if isinstance(s, Clip)]
            opened = OpenSession(
                request,
                session,
                describe(request, session, self.workspace.cache),
                _paths([*session.clips.values(), *own_sounds]),
                files,
            )
            with self._lock:
                self._open[key] = opened
                while len(self._open) > _CACHED_SESSIONS:
                    self._open.popitem(last=False)
        return opened

    def find(self, name: str, options: BuildOptions) -> OpenSession | None:
        """Return a session if it is open, its clips are still cached, and the files that it names are as they were, or
        None. It takes a millisecond."""
        key = (name, options, self.scripts_state())
        with self._lock:
            found = self._open.get(key)
            if found is None:
                return None
            if all(map(os.path.exists, found.clip_paths)) and found.files == _states(_paths_of(found.files)):
                self._open.move_to_end(key)
                return found
            del self._open[key]
            return None

    def stream(self, opened: OpenSession, client: str) -> SessionStream:
        """Return the stream of a session to a client, which is identified by its address."""
        return SessionStream(opened.session, opened.episode.fingerprint, self._renders, client)

    def scripts_state(self) -> tuple[tuple[str, int, int], ...]:
        """Return a value that changes whenever a script, a file next to it, or a recorded voice was edited."""
        found = []
        for folder in filter(Path.is_dir, self.workspace.finder.folders):
            for index in folder.glob(f"{TAKES}/*/{INDEX_FILE}"):  # it changes with every take
                with suppress(OSError):
                    facts = index.stat()
                    found.append((str(index), facts.st_mtime_ns, facts.st_size))
            with os.scandir(folder) as entries:
                for entry in entries:
                    with suppress(OSError):  # editors replace files between two looks
                        if entry.is_file():
                            facts = entry.stat()
                            found.append((entry.path, facts.st_mtime_ns, facts.st_size))
        return tuple(sorted(found))

    def _spoken_before(self, key: tuple[SpeechJob, object]) -> Spoken | None:
        """Return a script that was opened before at any length, if the cache still has its sound."""
        with self._lock:
            spoken = self._spoken.get(key)
            if spoken is None:
                return None
            if all(map(os.path.exists, spoken.clip_paths)) and spoken.files == _states(
                _paths_of(spoken.files)
            ):
                self._spoken.move_to_end(key)
                return spoken
            del self._spoken[key]
            return None

    def _remember(self, request: BuildRequest, state: object) -> Spoken:
        """Check the clips of a script, and keep them for sessions of other lengths. A stream could not start over.

        `state` is that of the scripts before this one was loaded.
        """
        files = _states(_named_files(request))
        clips = intact_clips(request, self.workspace)
        spoken = Spoken(request.script, clips, _paths(clips.values()), KnownChoices(), files)
        with self._lock:
            self._spoken[SpeechJob.of(request.script.name, request.asked), state] = spoken
            while len(self._spoken) > _REMEMBERED_SCRIPTS:
                self._spoken.popitem(last=False)
        return spoken

    def _mark_clips(self) -> None:
        """Mark the clips of open sessions as used now and then, so that no process removes them."""
        while not self._stopped.wait(GRACE_SECONDS / 3):
            with self._lock:
                paths = {path for opened in self._open.values() for path in opened.clip_paths}
            for path in paths:
                with suppress(OSError):
                    os.utime(path, ns=(time.time_ns(), Path(path).stat().st_mtime_ns))

    def _warm_up(self, request: BuildRequest) -> None:
        """Draw the cover and encode the ambience, so that the first listener waits for neither."""
        with suppress(AudioBuilderError):  # a request for the session gets the error
            prepare_assets(request, self.workspace)
            state = self.scripts_state()
            if resolve(request.script.name, request.asked, self.workspace.finder).script == request.script:
                self._remember(request, state)  # otherwise it was edited meanwhile
            preload_ambience(plain_style(request, self.workspace), self.workspace.cache)


def _paths(clips: Iterable[Clip]) -> tuple[str, ...]:
    """Return the paths of clips as strings, which are several times faster to look up than `Path` objects."""
    return tuple(str(clip.path) for clip in clips)


def _named_files(request: BuildRequest) -> set[str]:
    """Return the path of every file that a session is made of, besides its scripts."""
    sounds = {str(path) for path in (request.custom_ambience, request.custom_bell) if path}
    return named_files(request.script) | sounds


def _paths_of(files: tuple[_FileState, ...]) -> list[str]:
    return [path for path, _, _ in files]


def _states(paths: Iterable[str]) -> tuple[_FileState, ...]:
    """Return what changes whenever one of these files was replaced."""
    found = []
    for path in sorted(paths):
        try:
            facts = Path(path).stat()
            found.append((path, facts.st_mtime_ns, facts.st_size))
        except OSError:
            found.append((path, -1, -1))
    return tuple(found)
