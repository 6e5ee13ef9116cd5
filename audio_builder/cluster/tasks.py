"""What workers do: speak sentences, render segments of long sessions, and build sessions, all into the store.

Each task finds its inputs in the store and leaves its results there, so that it can be done again at any time, on any
worker. What it returns is a small record.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from msgspec.structs import replace as with_fields

from ..audio import level
from ..audio.clip import Clip, check_clips
from ..build import open_request, speak
from ..cache import default_folder, seal
from ..cast.speak import assign, clip_keys_of, speak_lines
from ..errors import AudioBuilderError, ClipGone
from ..files import is_folder, is_sound_path, reason
from ..library.additions import build_additions, plan_additions, with_additions
from ..library.chapters import picture_files
from ..library.manifest import Episode
from ..library.session_files import MANIFEST
from ..library.sidecars import describe, sidecars
from ..memory_cache import MemoryCache
from ..options import BuildOptions
from ..planning.choices import KnownChoices
from ..planning.wording import sounds
from ..request import BuildRequest, Workspace, resolve
from ..script.model import Line, Script, Sound
from ..script.search import ScriptFinder
from ..service.speech_queue import SpeechJob
from ..session.session import Session
from .places import manifest_name, picture_name, sidecar_name
from .records import ScriptRef, SegmentTask, SessionTask, SpeakTask, StorePlace, TaskResult
from .scripts import SCRIPTS_FOLDER, copy_scripts
from .shared_cache import SharedCache
from .sound import put_segment, put_sound, remove_segments
from .store import SharedStore, StoreFailed

_TRIES = 4
_GROUPS = 4
_copies: MemoryCache[StorePlace, tuple[Path, ScriptFinder]] = MemoryCache(8)
_opened: MemoryCache[SessionTask, Session] = MemoryCache(2)


class _Group(NamedTuple):
    """What sessions of a script in the same voices share: the script, its clips, and what was planned with them."""

    script: Script
    clips: Mapping[Sound, Clip]
    known: KnownChoices


_groups: MemoryCache[tuple[StorePlace, ScriptRef, BuildOptions], _Group] = MemoryCache(_GROUPS)


def speak_task(task: SpeakTask) -> TaskResult:
    """Speak the sentences into the store, or clean the takes."""

    def work() -> TaskResult:
        workspace = _workspace(task.place)
        request = _request(task.place, task.script, task.options, workspace)
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
            _again_if_clips_are_gone(partial(_build, task, store))
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
        session = _opened.get(session_task, lambda: _open(session_task, _workspace(session_task.place))[1])
        return TaskResult(segment=put_segment(session, task.number, task.count, store))

    return _reported(session_task.place, work)


def scripts_of(place: StorePlace) -> tuple[Path, ScriptFinder]:
    """Return this worker's copy of the scripts, which is checked once, and a finder for it. Raises StoreFailed."""

    def fetched() -> tuple[Path, ScriptFinder]:
        return copy_scripts(place.scripts, SharedStore(place.store), default_folder())

    found = _copies.get(place, fetched)
    if not is_folder(found[0]):  # the cache was cleared
        _copies.clear()
        _groups.clear()
        found = _copies.get(place, fetched)
    with suppress(OSError):
        os.utime(found[0])  # in use: other batches remove copies that are not
    return found


def _reported(place: StorePlace, work: Callable[[], TaskResult]) -> TaskResult:
    """Return the result of the work, or its error without the paths of this machine."""
    try:
        return work()
    except StoreFailed as error:
        return TaskResult("store", f"{platform.node()}: {error}")
    except AudioBuilderError as error:
        return TaskResult("failed", str(error).replace(str(scripts_of(place)[0]), SCRIPTS_FOLDER))
    except OSError as error:  # such as a disk that is full
        return TaskResult("failed", f"{platform.node()}: {reason(error)}")


def _again_if_clips_are_gone(work: Callable[[], TaskResult]) -> TaskResult:
    for _ in range(_TRIES - 1):
        with suppress(ClipGone):  # another program trimmed the cache meanwhile
            return work()
        _opened.clear()
        _groups.clear()
    return work()


def _workspace(place: StorePlace) -> Workspace:
    return Workspace(scripts_of(place)[1], cache=SharedCache(SharedStore(place.store)))


def _request(
    place: StorePlace,
    ref: ScriptRef,
    options: BuildOptions,
    workspace: Workspace,
    script: Script | None = None,
) -> BuildRequest:
    copy = scripts_of(place)[0]
    name = ref.slug if ref.folder is None else str(copy / str(ref.folder) / ref.slug)
    sound_files = {
        option: value.replace(SCRIPTS_FOLDER, str(copy))
        for option in ("ambience", "bell")
        if (value := getattr(options, option)) is not None and is_sound_path(value)
    }
    return resolve(name, replace(options, **sound_files), workspace.finder, script)


def _open(task: SessionTask, workspace: Workspace) -> tuple[BuildRequest, Session]:
    spoken = SpeechJob.of(task.script.slug, task.options).options
    group = _groups.get(
        (task.place, task.script, spoken), lambda: _spoken(task.place, task.script, spoken, workspace)
    )
    request = _request(task.place, task.script, task.options, workspace, group.script)
    return request, open_request(request, workspace, group.clips, group.known).as_one_of_many()


def _spoken(place: StorePlace, script: ScriptRef, options: BuildOptions, workspace: Workspace) -> _Group:
    """Fetch the clips of a script and their levels, many at a time, and speak what the store lacks."""
    request, cache = _request(place, script, options, workspace), workspace.cache
    assert isinstance(cache, SharedCache)
    lines = {each: where for each, where in sounds(request.script).items() if isinstance(each, Line)}
    cache.fetch_all((key, ".wav") for key in clip_keys_of(request.cast, assign(request.cast, lines)).values())
    clips = speak(request, workspace)
    cache.fetch_all((level.level_key(clip), level.LEVEL_SUFFIX) for clip in clips.values())
    return _Group(request.script, clips, KnownChoices())


def _build(task: SessionTask, store: SharedStore) -> TaskResult:
    workspace = _workspace(task.place)
    request, session = _open(task, workspace)
    episode = describe(request, session, workspace.cache)
    check_clips(session.clips.values())  # all at once: a damaged one stops this try
    digest = put_sound(session, episode.fingerprint, task.segments, store)
    episode = with_fields(episode, sha256=digest)
    for file, content in picture_files(session.timeline, workspace.cache).items():
        if store.size(picture_name(file)) != len(content):
            store.write(picture_name(file), content)
    episode = _put_additions(task, request, session, episode, store)
    files = sidecars(request, session.timeline, episode, workspace.cache)
    manifest, name = files.pop(MANIFEST.suffix), manifest_name(task.key)
    for suffix, content in files.items():
        store.write(sidecar_name(task.key, suffix), content)
    store.write(name, manifest + seal(name, manifest))
    return TaskResult()


def _put_additions(
    task: SessionTask, request: BuildRequest, session: Session, episode: Episode, store: SharedStore
) -> Episode:
    """Write the other formats of a session into the store. Return its manifest with them."""
    workspace = _workspace(task.place)
    with TemporaryDirectory(prefix="audio-builder-") as folder:
        additions = plan_additions(request.options, episode, None, Path(folder))
        added = build_additions(additions, request, session, episode.name, Path(folder), workspace)
        for suffix in added:
            store.write(sidecar_name(task.key, suffix), Path(folder) / f"{episode.name}{suffix}")
    return with_additions(episode, added)
