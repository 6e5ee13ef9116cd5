"""The whole program on one page: from a script to a session in the library.

request  = resolve(name, options)          a script with every option resolved
clips    = speak(request)                  each sentence as sound: spoken once and cached, or a person's take
timeline = arrange(request, lengths)       cues in whole milliseconds that sum to the length asked for
session  = Session(timeline, clips, ...)   the MP3 as a virtual file: any part can be rendered alone
built    = store(session)                  in the library with its sidecars, atomically
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace as with_fields

from .assets import load_loops, plain_style, prepare_assets, session_labels
from .audio import level, recordings
from .audio.clip import Clip, check_clips
from .audio.mix.gain import session_gain
from .cast.speak import (
    CLEANING,
    SPEAKING,
    cached_lines,
    estimated_lengths,
    filled_count,
    lengths_of,
    missing_lines,
    require_takes,
    speak_lines,
)
from .errors import AudioBuilderError, ClipGone
from .library import storage
from .library.additions import build_additions, plan_additions, with_additions
from .library.chapters import picture_files
from .library.manifest import Episode
from .library.sidecars import describe, sidecars
from .library.transactions import ChangedMeanwhile, content_of, recover, transaction
from .options import BuildOptions
from .planning.choices import KnownChoices
from .planning.plan import default_length, plan
from .planning.preroll import with_preroll
from .planning.timeline import Timeline, lines_of
from .planning.wording import sounds
from .request import BuildRequest, Workspace, resolve
from .script.model import Line, Recording, Sound
from .session.session import Session
from .session.tag import id3_tag
from .units import Ms

ENCODING = "Encoding"
"""The stage of a build that encodes and reports progress, after those of `cast`."""
_TRIES = 4


@dataclass(frozen=True)
class Built:
    """A session in the library. `unchanged` if it was there already and is intact; `spoken` is the number of sentences
    that had to be spoken for it, `cleaned` the number of takes that are new, and `filled` the number of sentences that
    the voice `fill` speaks in place of a recorded one."""

    episode: Episode
    path: Path
    unchanged: bool
    spoken: int
    filled: int = 0
    cleaned: int = 0


def build(name: str, options: BuildOptions | None = None, workspace: Workspace | None = None) -> Built:
    """Build a session into the library. `name` is the slug or the path of a script. Raises AudioBuilderError.

    >>> import audio_builder
    >>> options = audio_builder.BuildOptions.parse(length="5m", voice="tone", ambience="none")
    >>> built = audio_builder.build("pillow-under-knees", options)
    >>> built.path.name
    'pillow-under-knees-5m-tone-no-ambience.mp3'
    >>> built.episode.length_ms
    300000
    """
    workspace = workspace or Workspace()
    return build_request(resolve(name, options or BuildOptions(), workspace.finder), workspace)


def open_session(
    name: str, options: BuildOptions | None = None, workspace: Workspace | None = None
) -> Session:
    """Return a session as a virtual file, of which any part can be read without rendering the rest.

    Speaks the sentences that the cache lacks. Raises AudioBuilderError.

    >>> import audio_builder
    >>> options = audio_builder.BuildOptions.parse(length="2h", voice="tone")
    >>> session = audio_builder.open_session("psoas-release", options)
    >>> last = session.read(session.size - 4096, 4096)
    >>> len(last)
    4096
    """
    workspace = workspace or Workspace()
    return open_request(resolve(name, options or BuildOptions(), workspace.finder), workspace)


def plan_session(
    name: str, options: BuildOptions | None = None, workspace: Workspace | None = None
) -> Timeline:
    """Return the timeline of a session without speaking: exact if all was spoken before, or else estimated.

    Public as `audio_builder.plan`. Raises AudioBuilderError.

    >>> import audio_builder
    >>> options = audio_builder.BuildOptions.parse(length="12m30s", voice="tone")
    >>> timeline = audio_builder.plan("legs-on-chair", options)
    >>> timeline.length
    750000
    >>> [chapter.title for chapter in timeline.chapters][-1]
    'Getting up'
    """
    workspace = workspace or Workspace()
    return preview(resolve(name, options or BuildOptions(), workspace.finder), workspace)


def build_request(request: BuildRequest, workspace: Workspace) -> Built:
    """Build the session of a request into the library. Raises AudioBuilderError."""
    for _ in range(_TRIES - 1):
        with suppress(ClipGone):  # the cache was deleted meanwhile: speak again what is missing
            return _build(request, workspace)
    return _build(request, workspace)


def _build(request: BuildRequest, workspace: Workspace) -> Built:
    totals: dict[str, int] = {}

    def progress(stage: str, done: int, total: int) -> None:
        totals[stage] = total
        workspace.progress(stage, done, total)

    with ThreadPoolExecutor(1) as background:
        background.submit(prepare_assets, request, workspace)  # an error in it is raised again below
        session = open_request(request, replace(workspace, progress=progress))
        filled = filled_count(request.cast, lines_of(session.timeline))
        built = store(request, session, totals.get(SPEAKING, 0), workspace)
        return replace(built, filled=filled, cleaned=totals.get(CLEANING, 0))


def open_request(
    request: BuildRequest,
    workspace: Workspace,
    clips: Mapping[Sound, Clip] | None = None,
    known: KnownChoices | None = None,
) -> Session:
    """Return the session of a request as a virtual file, after speaking what the cache lacks.

    Every way to a session leads through here: builds, streams, previews and the Python API. `clips` are those of the
    script if it was spoken before, and `known` what was planned with them. Raises AudioBuilderError.
    """
    clips = speak(request, workspace) if clips is None else clips
    load_loops(request, workspace)  # a build synthesises them in the background while it speaks
    timeline = arrange(request, lengths_of(request.cast, clips), known=known)
    require_takes(request.cast, lines_of(timeline))
    style = replace(plain_style(request, workspace), gain_db=_gain(request, timeline, clips, workspace))
    id3 = id3_tag(timeline, session_labels(request, timeline, workspace), style)
    return Session(timeline, clips, style, id3, store=workspace.cache)


def speak(request: BuildRequest, workspace: Workspace) -> dict[Sound, Clip]:
    """Return a clip for everything that the script may say at any length, speaking what the cache lacks.

    Sentences that a person still has to record are left out. A session that needs one cannot be opened.
    """
    wanted = sounds(request.script)
    lines = {sound: place for sound, place in wanted.items() if isinstance(sound, Line)}
    clips: dict[Sound, Clip] = {
        s: recordings.recording_clip(s, workspace.cache) for s in wanted if isinstance(s, Recording)
    }
    spoken = speak_lines(request.cast, lines, workspace.cache, workspace.workers, workspace.progress)
    return clips | dict(spoken.items())


def intact_clips(request: BuildRequest, workspace: Workspace) -> dict[Sound, Clip]:
    """Return the clips as `speak` does, after checking each one. Those that are damaged are spoken again."""
    for _ in range(_TRIES - 1):
        with suppress(ClipGone):
            clips = speak(request, workspace)
            check_clips(clips.values())
            return clips
    return speak(request, workspace)


class ClipLengths(NamedTuple):
    """How long each sound of a script lasts, in milliseconds. `estimated` if not every sentence was spoken yet.

    Sentences that a person still has to record have estimates, which other sentences do not depend on.
    """

    lengths: Mapping[Sound, Ms]
    estimated: bool


def clip_lengths(request: BuildRequest, workspace: Workspace) -> ClipLengths:
    """Return the true length of everything if all of it was spoken before, or else estimates. Loads no voice."""
    wanted = sounds(request.script)
    lines = {sound: place for sound, place in wanted.items() if isinstance(sound, Line)}
    clips = cached_lines(request.cast, lines, workspace.cache)
    missing = missing_lines(request.cast, lines)
    estimated = len(clips) + len(missing) < len(lines)
    lengths: dict[Sound, Ms] = dict(estimated_lengths(request.cast, lines if estimated else missing).items())
    if not estimated:
        lengths.update({line: clip.length for line, clip in clips.items()})
    lengths.update(
        {s: recordings.recording_clip(s, workspace.cache).length for s in wanted if isinstance(s, Recording)}
    )
    return ClipLengths(lengths, estimated)


def arrange(
    request: BuildRequest,
    lengths: Mapping[Sound, Ms],
    estimated: bool = False,
    known: KnownChoices | None = None,
) -> Timeline:
    """Return the timeline of the length asked for, or else of the script's own. Raises DoesNotFit."""
    ending, breath = request.options.ending, request.breath
    target = request.options.length
    if target is None:
        target = default_length(request.script, lengths, ending, breath)
    timeline = plan(request.script, lengths, target, ending, breath, estimated, request.variation, known)
    return with_preroll(timeline, request.options.preroll)


def preview(request: BuildRequest, workspace: Workspace) -> Timeline:
    """Return the timeline of a request without speaking: exact if all was spoken before, or else estimated."""
    return arrange(request, *clip_lengths(request, workspace))


def _gain(
    request: BuildRequest, timeline: Timeline, clips: Mapping[Sound, Clip], workspace: Workspace
) -> float:
    """Return the one gain, in dB, of all speech of a session."""
    ceiling = level.speech_ceiling(request.options.quality == "stereo")
    try:
        return session_gain(
            timeline, lambda sound: level.speech_level(clips[sound], workspace.cache), ceiling
        )
    except ClipGone:
        check_clips(clips.values())  # all at once: each damaged one would stop a try
        raise


def store(request: BuildRequest, session: Session, spoken: int, workspace: Workspace) -> Built:
    """Put a session and its sidecars into the library, atomically. A file that is intact and unchanged stays.

    If another command changes the session meanwhile, it is done again, so that nothing of that command's is lost.
    Raises AudioBuilderError.
    """
    for _ in range(_TRIES):
        with suppress(ChangedMeanwhile):
            return _store(request, session, spoken, workspace)
    name = request.file_name(session.timeline.length)
    raise AudioBuilderError(f"Other commands keep changing {name}. Try again when they have finished.")


def _store(request: BuildRequest, session: Session, spoken: int, workspace: Workspace) -> Built:
    episode = describe(request, session, workspace.cache)
    folder, name = workspace.out, episode.name
    path, manifest = folder / f"{name}.mp3", folder / f"{name}.json"
    recover(folder)
    pictures = picture_files(session.timeline, workspace.cache)
    based_on = {manifest.name: content_of(manifest)}
    before = storage.read_manifest(manifest)
    episode = with_fields(episode, guid=before.guid if before else None)
    additions = plan_additions(request.options, episode, before, folder)
    if before and before.fingerprint == episode.fingerprint and storage.is_intact(folder, before):
        episode = with_additions(with_fields(episode, sha256=before.sha256), additions.kept)
        files = _named(name, sidecars(request, session.timeline, episode, workspace.cache))
        if not additions.missing and storage.has_same_files(folder, pictures | files):
            return Built(episode, path, True, spoken)
    with transaction(folder, based_on) as staging:
        if not episode.sha256 or additions.missing:
            check_clips(session.clips.values())  # all at once: a damaged one stops this try
        if not episode.sha256:
            digest = session.write(
                staging / path.name, workspace.workers, partial(workspace.progress, ENCODING)
            )
            episode = with_fields(episode, sha256=digest)
        added = build_additions(additions, request, session, name, staging, workspace)
        episode = with_additions(episode, added)
        files = _named(name, sidecars(request, session.timeline, episode, workspace.cache))
        for file, content in (pictures | files).items():
            (staging / file).write_bytes(content)
    return Built(episode, path, False, spoken)


def _named(name: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the content of a session's files by name, given by suffix."""
    return {f"{name}{suffix}": content for suffix, content in files.items()}
