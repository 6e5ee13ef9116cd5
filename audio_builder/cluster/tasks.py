"""What workers do: speak sentences, render segments of long sessions, and build sessions, all into the store.

Each task finds its inputs in the store and leaves its results there, so that it can be done again at any time, on any
worker. What it returns is a small record.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from msgspec.structs import replace as with_fields

from ..audio import level
from ..audio.clip import check_clips
from ..build import open_request, speak
from ..cache import default_folder, seal
from ..cast.speak import assign, speak_lines, spoken_keys
from ..errors import AudioBuilderError, ClipGone
from ..files import is_sound_path
from ..library.chapters import picture_files
from ..library.session_files import MANIFEST
from ..library.sidecars import describe, sidecars
from ..memory_cache import MemoryCache
from ..options import BuildOptions
from ..planning.wording import sounds
from ..request import BuildRequest, Workspace, resolve
from ..script.model import Line
from ..script.search import ScriptFinder
from ..session.session import Session
from .places import manifest_name, picture_name, sidecar_name
from .records import Place, ScriptRef, SegmentTask, SessionTask, SpeakTask, TaskResult
from .scripts import SCRIPTS_FOLDER, copy_scripts
from .shared_cache import SharedCache
from .sound import put_segment, put_sound, remove_segments
from .store import SharedStore, StoreFailed

_TRIES = 4
_copies: MemoryCache[Place, tuple[Path, ScriptFinder]] = MemoryCache(8)
_opened: MemoryCache[SessionTask, Session] = MemoryCache(2)


def speak_task(task: SpeakTask) -> TaskResult:
    """Speak the sentences into the store, or clean the takes."""

    def work() -> TaskResult:
        request, workspace = _request(task.place, task.script, task.options)
        wanted = [(each, place) for each, place in sounds(request.script).items() if isinstance(each, Line)]
        lines = dict(wanted[number] for number in task.lines)
        speak_lines(request.cast, lines, workspace.cache, 1, workspace.progress)
        return TaskResult()

    return _reported(task.place, work)


def session_task(task: SessionTask) -> TaskResult:
    """Build a session into the store: its sound, its pictures, its sidecars, and the manifest last."""

    def work() -> TaskResult:
        store = SharedStore(task.place.store)
        if store.size(manifest_name(task.key)) is None:
            request, workspace = _request(task.place, task.script, task.options)
            _again_if_clips_are_gone(partial(_build, task, request, workspace, store))
        remove_segments(task.segments, store)
        return TaskResult()

    return _reported(task.place, work)


def segment_task(task: SegmentTask) -> TaskResult:
    """Render a part of a long session into the store. Returns no segment if the whole session is there already."""
    session_task = task.session

    def work() -> TaskResult:
        store = SharedStore(session_task.place.store)
        return _again_if_clips_are_gone(lambda: render(store))

    def render(store: SharedStore) -> TaskResult:
        session = _opened.get(session_task, partial(_open_for_segments, session_task))
        try:
            return TaskResult(segment=put_segment(session, task.number, task.count, store))
        except ClipGone:
            _opened.clear()
            raise

    return _reported(session_task.place, work)


def scripts_of(place: Place) -> tuple[Path, ScriptFinder]:
    """Return this worker's copy of the scripts, which is checked once, and a finder for it. Raises StoreFailed."""
    return _copies.get(place, lambda: copy_scripts(place.scripts, SharedStore(place.store), default_folder()))


def _reported(place: Place, work: Callable[[], TaskResult]) -> TaskResult:
    """Return the result of the work, or its error without the paths of this machine."""
    try:
        return work()
    except StoreFailed as error:
        return TaskResult("store", f"{platform.node()}: {error}")
    except AudioBuilderError as error:
        return TaskResult("failed", str(error).replace(str(scripts_of(place)[0]), SCRIPTS_FOLDER))


def _again_if_clips_are_gone(work: Callable[[], TaskResult]) -> TaskResult:
    for _ in range(_TRIES - 1):
        with suppress(ClipGone):  # another program trimmed the cache meanwhile
            return work()
    return work()


def _request(place: Place, script: ScriptRef, options: BuildOptions) -> tuple[BuildRequest, Workspace]:
    copy, finder = scripts_of(place)
    name = script.slug if script.folder is None else str(copy / str(script.folder) / script.slug)
    sound_files = {
        option: value.replace(SCRIPTS_FOLDER, str(copy))
        for option in ("ambience", "bell")
        if (value := getattr(options, option)) is not None and is_sound_path(value)
    }
    workspace = Workspace(finder, cache=SharedCache(SharedStore(place.store)))
    return resolve(name, replace(options, **sound_files), finder), workspace


def _open(request: BuildRequest, workspace: Workspace) -> Session:
    """Open a session after fetching its clips and their levels, many at a time."""
    cache = workspace.cache
    assert isinstance(cache, SharedCache)
    lines = {each: place for each, place in sounds(request.script).items() if isinstance(each, Line)}
    cache.fetch_all((key, ".wav") for key in spoken_keys(request.cast, assign(request.cast, lines)).values())
    clips = speak(request, workspace)
    cache.fetch_all((level.level_key(clip), level.LEVEL_SUFFIX) for clip in clips.values())
    return open_request(request, workspace, clips)


def _open_for_segments(task: SessionTask) -> Session:
    return _open(*_request(task.place, task.script, task.options))


def _build(task: SessionTask, request: BuildRequest, workspace: Workspace, store: SharedStore) -> TaskResult:
    session = _open(request, workspace)
    episode = describe(request, session, workspace.cache)
    check_clips(session.clips.values())  # all at once: a damaged one stops this try
    digest = put_sound(session, episode.fingerprint, task.segments, store)
    episode = with_fields(episode, sha256=digest)
    for file, content in picture_files(session.timeline, workspace.cache).items():
        if store.size(picture_name(file)) != len(content):
            store.write(picture_name(file), content)
    files = sidecars(request, session.timeline, episode, workspace.cache)
    manifest, name = files.pop(MANIFEST.suffix), manifest_name(task.key)
    for suffix, content in files.items():
        store.write(sidecar_name(task.key, suffix), content)
    store.write(name, manifest + seal(name, manifest))
    return TaskResult()
