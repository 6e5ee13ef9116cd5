"""Text to episode on one page.

script   = load(name)                       what is said, with everything it names
clips    = narrate(sounds(script))          every sentence as sound, from the cache where it was said before
timeline = plan(script, lengths(clips))     cues at whole milliseconds, summing to the length asked for
session  = Session(timeline, clips, style)  the MP3 as a virtual file: any part of it can be made alone
built    = store(session)                   in the library with its companions, all or nothing
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import options
from .audio import beds, chimes, level, recordings
from .audio.clip import Clip
from .audio.mix.gain import gain
from .audio.mix.style import Style
from .errors import ClipGone, Location
from .library import storage
from .library.manifest import Episode
from .library.sidecars import describe, sidecars
from .options import BuildOptions
from .pictures.cover import COVER, LARGE, cached_cover
from .pictures.custom import custom_cover, smaller
from .planning.estimate import estimate
from .planning.plan import default_length, plan
from .planning.preroll import with_preroll
from .planning.timeline import Timeline
from .planning.wording import sounds
from .request import BuildRequest, Workspace, resolve
from .script.model import Line, Recording, Sound
from .session import fingerprint
from .session.session import Session
from .session.tag import tag
from .speech import narrate
from .speech.pronunciation import pronunciation
from .units import Ms

_TRIES = 4


@dataclass(frozen=True)
class Built:
    """An episode in the library; `kept` when it was there already, whole and unchanged. `spoken` counts the
    sentences that had to be spoken for it."""

    episode: Episode
    path: Path
    kept: bool
    spoken: int


def build(name: str, wish: BuildOptions, workspace: Workspace) -> Built:
    """The session that is wished for, in the library."""
    return build_request(resolve(name, wish, workspace.finder), workspace)


def build_request(order: BuildRequest, workspace: Workspace) -> Built:
    """An order's session, in the library."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(ClipGone):  # a cache is deleted meanwhile: what is missing is spoken again
            return _made(order, workspace)
    return _made(order, workspace)


def _made(order: BuildRequest, workspace: Workspace) -> Built:
    with ThreadPoolExecutor(1) as aside:
        aside.submit(ahead, order, workspace)  # a fault of it comes again where it matters
        clips, spoken = speak(order, workspace)
        timeline = arrange(order, {sound: clip.length for sound, clip in clips.items()})
        session = open_session(order, timeline, clips, workspace)
        return store(order, session, spoken, workspace)


def ahead(order: BuildRequest, workspace: Workspace) -> None:
    """What a session needs besides its words, made while they are spoken or from the cache: bed, bell and covers."""
    loops(order, workspace)
    if not order.script.front.image:
        for size in (COVER, LARGE):
            cached_cover(order.script.front.title, workspace.cache, size)


def loops(order: BuildRequest, workspace: Workspace) -> None:
    """The program's own bed and bell brought into memory, if they are the ones."""
    if order.ambience is None:
        beds.loop(order.choice.ambience, workspace.cache)
    if order.bell is None:
        chimes.stroke(order.choice.bell, workspace.cache)


def speak(order: BuildRequest, workspace: Workspace) -> tuple[dict[Sound, Clip], int]:
    """A clip for everything that the script may say at any length, and how many had to be spoken for it."""
    wanted = sounds(order.script)
    lines: dict[Line, Location] = {s: location for s, location in wanted.items() if isinstance(s, Line)}
    clips: dict[Sound, Clip] = {
        s: recordings.clip(s, workspace.cache) for s in wanted if isinstance(s, Recording)
    }
    spoken = 0

    def progress(done: int, of: int) -> None:
        nonlocal spoken
        spoken = of
        workspace.progress("Speaking", done, of)

    words = pronunciation(order.script, workspace.finder)
    clips.update(
        narrate.narrate(lines, order.voice, workspace.cache, words, workspace.workers, progress).items()
    )
    return clips, spoken


def arrange(order: BuildRequest, lengths: Mapping[Sound, Ms], estimated: bool = False) -> Timeline:
    """The timeline of the length asked for, or of the script's own."""
    ending, pattern = order.choice.ending, options.pattern(order.choice.breath)
    target = order.wish.length
    if target is None:
        target = default_length(order.script, lengths, ending, pattern)
    return with_preroll(plan(order.script, lengths, target, ending, pattern, estimated), order.wish.preroll)


def known_lengths(order: BuildRequest, workspace: Workspace) -> dict[Sound, Ms] | None:
    """The true length of everything, where all of it was spoken before; loads no voice."""
    wanted = sounds(order.script)
    lines = [s for s in wanted if isinstance(s, Line)]
    clips = narrate.spoken(lines, order.voice, workspace.cache, pronunciation(order.script, workspace.finder))
    if len(clips) < len(lines):
        return None
    lengths: dict[Sound, Ms] = {line: clip.length for line, clip in clips.items()}
    lengths.update(
        {s: recordings.clip(s, workspace.cache).length for s in wanted if isinstance(s, Recording)}
    )
    return lengths


def guess(order: BuildRequest, workspace: Workspace) -> dict[Sound, Ms]:
    """How long everything would last, without a voice; recordings have their true lengths."""
    wanted = sounds(order.script)
    lengths = estimate(wanted, order.voice.speed)
    lengths.update(
        {s: recordings.clip(s, workspace.cache).length for s in wanted if isinstance(s, Recording)}
    )
    return lengths


def open_session(
    order: BuildRequest, timeline: Timeline, clips: Mapping[Sound, Clip], workspace: Workspace
) -> Session:
    """The session as a virtual file."""
    front, how = order.script.front, style(order, timeline, clips, workspace)
    small = (
        smaller(custom_cover(Path(front.image)))
        if front.image
        else cached_cover(front.title, workspace.cache)
    )
    return Session(
        timeline, clips, how, tag(timeline, front.summary, small, style=how), store=workspace.cache
    )


def style(
    order: BuildRequest, timeline: Timeline, clips: Mapping[Sound, Clip], workspace: Workspace
) -> Style:
    """How the session sounds: its bed and bell, and the one gain that all its speech is given."""
    choice = order.choice
    stereo = choice.quality == "stereo"
    words = {sound: recordings.words(clip, workspace.cache) for sound, clip in clips.items()}
    return Style(
        recordings.bed(order.ambience, workspace.cache, 2 if stereo else 1)
        if order.ambience
        else choice.ambience,
        recordings.bell(order.bell, workspace.cache) if order.bell else choice.bell,
        choice.breath != "none",
        stereo,
        gain(timeline, words, level.ceiling(stereo)),
    )


def store(order: BuildRequest, session: Session, spoken: int, workspace: Workspace) -> Built:
    """The session in the library. What is there already, whole and unchanged, is left as it is."""
    name = options.file_name(order.script.name, session.timeline.length, order.variant, order.wish)
    path, made_of = workspace.out / f"{name}.mp3", fingerprint.recipe(session)
    before = storage.read(workspace.out / f"{name}.json")
    digest, guid = "", before.guid if before else None
    if before and before.recipe == made_of and storage.sound_whole(workspace.out, before):
        digest = before.sha256
        episode = describe(order, session, name, made_of, digest, guid)
        if storage.same(workspace.out, name, sidecars(order, session.timeline, episode, workspace.cache)):
            return Built(episode, path, True, spoken)
    with storage.transaction(workspace.out) as aside:
        if not digest:
            digest = session.write(
                aside / path.name, workspace.workers, partial(workspace.progress, "Encoding")
            )
        episode = describe(order, session, name, made_of, digest, guid)
        for ending, content in sidecars(order, session.timeline, episode, workspace.cache).items():
            (aside / f"{name}{ending}").write_bytes(content)
    return Built(episode, path, False, spoken)
