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
from .errors import ClipGone, Place
from .library import storage
from .library.manifest import Episode
from .library.sidecars import companions, describe
from .options import Wish
from .pictures.cover import COVER, LARGE, kept_cover
from .pictures.custom import own_cover, smaller
from .planning.estimate import estimate
from .planning.plan import default_length, plan
from .planning.preroll import delayed
from .planning.timeline import Plan
from .planning.wording import sounds
from .request import Desk, Order, prepare
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


def build(name: str, wish: Wish, desk: Desk) -> Built:
    """The session that is wished for, in the library."""
    return carried_out(prepare(name, wish, desk.shelf), desk)


def carried_out(order: Order, desk: Desk) -> Built:
    """An order's session, in the library."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(ClipGone):  # a cache is deleted meanwhile: what is missing is spoken again
            return _made(order, desk)
    return _made(order, desk)


def _made(order: Order, desk: Desk) -> Built:
    with ThreadPoolExecutor(1) as aside:
        aside.submit(ahead, order, desk)  # a fault of it comes again where it matters
        clips, spoken = speak(order, desk)
        timeline = arrange(order, {sound: clip.length for sound, clip in clips.items()})
        session = perform(order, timeline, clips, desk)
        return store(order, session, spoken, desk)


def ahead(order: Order, desk: Desk) -> None:
    """What a session needs besides its words, made while they are spoken or from the cache: bed, bell and covers."""
    loops(order, desk)
    if not order.script.front.image:
        for size in (COVER, LARGE):
            kept_cover(order.script.front.title, desk.cache, size)


def loops(order: Order, desk: Desk) -> None:
    """The program's own bed and bell brought into memory, if they are the ones."""
    if order.ambience is None:
        beds.loop(order.choice.ambience, desk.cache)
    if order.bell is None:
        chimes.stroke(order.choice.bell, desk.cache)


def speak(order: Order, desk: Desk) -> tuple[dict[Sound, Clip], int]:
    """A clip for everything that the script may say at any length, and how many had to be spoken for it."""
    wanted = sounds(order.script)
    lines: dict[Line, Place] = {s: place for s, place in wanted.items() if isinstance(s, Line)}
    clips: dict[Sound, Clip] = {s: recordings.clip(s, desk.cache) for s in wanted if isinstance(s, Recording)}
    spoken = 0

    def progress(done: int, of: int) -> None:
        nonlocal spoken
        spoken = of
        desk.watch("Speaking", done, of)

    words = pronunciation(order.script, desk.shelf)
    clips.update(narrate.narrate(lines, order.voice, desk.cache, words, desk.workers, progress).items())
    return clips, spoken


def arrange(order: Order, lengths: Mapping[Sound, Ms], estimated: bool = False) -> Plan:
    """The timeline of the length asked for, or of the script's own."""
    ending, pattern = order.choice.ending, options.pattern(order.choice.breath)
    target = order.wish.length
    if target is None:
        target = default_length(order.script, lengths, ending, pattern)
    return delayed(plan(order.script, lengths, target, ending, pattern, estimated), order.wish.lead)


def known_lengths(order: Order, desk: Desk) -> dict[Sound, Ms] | None:
    """The true length of everything, where all of it was spoken before; loads no voice."""
    wanted = sounds(order.script)
    lines = [s for s in wanted if isinstance(s, Line)]
    clips = narrate.spoken(lines, order.voice, desk.cache, pronunciation(order.script, desk.shelf))
    if len(clips) < len(lines):
        return None
    lengths: dict[Sound, Ms] = {line: clip.length for line, clip in clips.items()}
    lengths.update({s: recordings.clip(s, desk.cache).length for s in wanted if isinstance(s, Recording)})
    return lengths


def guess(order: Order, desk: Desk) -> dict[Sound, Ms]:
    """How long everything would last, without a voice; recordings have their true lengths."""
    wanted = sounds(order.script)
    lengths = estimate(wanted, order.voice.speed)
    lengths.update({s: recordings.clip(s, desk.cache).length for s in wanted if isinstance(s, Recording)})
    return lengths


def perform(order: Order, timeline: Plan, clips: Mapping[Sound, Clip], desk: Desk) -> Session:
    """The session as a virtual file."""
    front, how = order.script.front, style(order, timeline, clips, desk)
    small = smaller(own_cover(Path(front.image))) if front.image else kept_cover(front.title, desk.cache)
    return Session(timeline, clips, how, tag(timeline, front.summary, small, style=how), store=desk.cache)


def style(order: Order, timeline: Plan, clips: Mapping[Sound, Clip], desk: Desk) -> Style:
    """How the session sounds: its bed and bell, and the one gain that all its speech is given."""
    choice = order.choice
    stereo = choice.quality == "stereo"
    words = {sound: recordings.words(clip, desk.cache) for sound, clip in clips.items()}
    return Style(
        recordings.bed(order.ambience, desk.cache, 2 if stereo else 1) if order.ambience else choice.ambience,
        recordings.bell(order.bell, desk.cache) if order.bell else choice.bell,
        choice.breath != "none",
        stereo,
        gain(timeline, words, level.ceiling(stereo)),
    )


def store(order: Order, session: Session, spoken: int, desk: Desk) -> Built:
    """The session in the library. What is there already, whole and unchanged, is left as it is."""
    name = options.file_name(order.script.name, session.plan.length, order.variant, order.wish)
    path, made_of = desk.out / f"{name}.mp3", fingerprint.recipe(session)
    before = storage.read(desk.out / f"{name}.json")
    digest, guid = "", before.guid if before else None
    if before and before.recipe == made_of and storage.sound_whole(desk.out, before):
        digest = before.sha256
        episode = describe(order, session, name, made_of, digest, guid)
        if storage.same(desk.out, name, companions(order, session.plan, episode, desk.cache)):
            return Built(episode, path, True, spoken)
    with storage.together(desk.out) as aside:
        if not digest:
            digest = session.write(aside / path.name, desk.workers, partial(desk.watch, "Encoding"))
        episode = describe(order, session, name, made_of, digest, guid)
        for ending, content in companions(order, session.plan, episode, desk.cache).items():
            (aside / f"{name}{ending}").write_bytes(content)
    return Built(episode, path, False, spoken)
