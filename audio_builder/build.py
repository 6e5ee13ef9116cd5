"""Text to episode on one page.

script   = load(name)                       what is said, with everything it names
clips    = narrate(sounds(script))          every sentence as sound, from the cache where it was said before
timeline = plan(script, lengths(clips))     cues at whole milliseconds, summing to the length asked for
session  = Session(timeline, clips, style)  the MP3 as a virtual file: any part of it can be made alone
built    = store(session)                   in the library with its companions, all or nothing
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from . import __version__, library, narrate, options, recipe, transcript
from .cache import Cache
from .clip import Clip
from .episode import Choice, Episode, Mark, Notice, Sounding
from .errors import ClipGone, Place
from .load import load, pronunciation
from .mix.gain import gain
from .notes import html, markdown
from .options import Wish
from .picture.cover import COVER, LARGE, kept_cover
from .picture.own import own_cover, smaller
from .plan import bounded, default_length, plan, sounds
from .plan.estimate import estimate
from .script import Line, Recording, Script, Sound
from .session import Session
from .shelf import Shelf, shelf
from .sound import beds, chimes, files, level
from .tags import tag
from .timeline import Plan, Played, Speech, Stroke, Style, Tone
from .units import Ms
from .voices import Voice, open_voice

Watch = Callable[[str, int, int], None]
"""Told of progress: what is being done, how much is done, of how much."""
_TRIES = 4


def _unwatched(_what: str, _done: int, _of: int) -> None:
    pass


@dataclass(frozen=True)
class Desk:
    """Where a build works: scripts on the shelf, sessions into `out`, clips in the cache, on so many cores."""

    shelf: Shelf = field(default_factory=shelf)
    out: Path = Path("output")
    cache: Cache = field(default_factory=Cache)
    workers: int = 1
    watch: Watch = _unwatched


@dataclass(frozen=True)
class Order:
    """A script with every option settled and its voice opened (not yet loaded)."""

    script: Script
    wish: Wish
    voice: Voice
    plain: Choice
    choice: Choice

    @property
    def variant(self) -> str:
        """Its options that differ from the script's own, as file names have them."""
        return options.variant(self.plain, self.choice, self.wish)

    @property
    def ambience(self) -> Path | None:
        """The author's own bed."""
        return options.own_sound("ambience", self.wish.ambience or self.script.front.ambience or "")

    @property
    def bell(self) -> Path | None:
        """The author's own bell."""
        return options.own_sound("bell", self.wish.bell or self.script.front.bell or "")


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
    order = prepare(name, wish, desk.shelf)
    for _ in range(_TRIES - 1):
        with contextlib.suppress(
            ClipGone
        ):  # somebody deletes the cache meanwhile: what is missing is spoken again
            return made(order, desk)
    return made(order, desk)


def made(order: Order, desk: Desk) -> Built:
    """An order carried out."""
    clips, spoken = speak(order, desk)
    timeline = arrange(order, {sound: clip.length for sound, clip in clips.items()})
    session = perform(order, timeline, clips, desk)
    return store(order, session, spoken, desk)


def prepare(name: str, wish: Wish, shelf: Shelf) -> Order:
    """The script with its options settled, or what is wrong with them."""
    if wish.length is not None:
        bounded(wish.length)
    script = load(name, shelf, wish.positions)
    front = script.front
    spec = wish.voice or front.voice or options.DEFAULT_VOICE
    voice = open_voice(spec, front.speed if wish.speed is None else wish.speed, front.language)
    plain = options.own(front, open_voice(spec, None, front.language).speed)
    choice = options.settle(plain, wish, voice.speed, beds.BEDS, chimes.BELLS)
    order = Order(script, wish, voice, plain, choice)
    _ = order.ambience, order.bell  # what cannot be used is told before a voice speaks
    if front.image:
        own_cover(Path(front.image))
    return order


def speak(order: Order, desk: Desk) -> tuple[dict[Sound, Clip], int]:
    """A clip for everything that the script may say at any length, and how many had to be spoken for it."""
    wanted = sounds(order.script)
    lines: dict[Line, Place] = {s: place for s, place in wanted.items() if isinstance(s, Line)}
    clips: dict[Sound, Clip] = {s: files.clip(s, desk.cache) for s in wanted if isinstance(s, Recording)}
    spoken = 0
    words = pronunciation(order.script, desk.shelf)
    with ThreadPoolExecutor(1) as aside:

        def progress(done: int, of: int) -> None:
            nonlocal spoken
            if of and not spoken:
                aside.submit(_ahead, order, desk)  # a fault of it comes again where it matters
            spoken = of
            desk.watch("Speaking", done, of)

        said = narrate.narrate(lines, order.voice, desk.cache, words, desk.workers, progress)
        clips.update(said.items())
    return clips, spoken


def _ahead(order: Order, desk: Desk) -> None:
    """What a session needs besides its words, made while they are spoken."""
    if order.ambience is None:
        beds.loop(order.choice.ambience)
    if order.bell is None:
        chimes.stroke(order.choice.bell)
    if not order.script.front.image:
        for size in (COVER, LARGE):
            kept_cover(order.script.front.title, desk.cache, size)


def arrange(order: Order, lengths: Mapping[Sound, Ms], estimated: bool = False) -> Plan:
    """The timeline of the length asked for, or of the script's own."""
    ending, pattern = order.choice.ending, options.pattern(order.choice.breath)
    target = order.wish.length
    if target is None:
        target = default_length(order.script, lengths, ending, pattern)
    return plan(order.script, lengths, target, ending, pattern, estimated)


def known_lengths(order: Order, desk: Desk) -> dict[Sound, Ms] | None:
    """The true length of everything, where all of it was spoken before; loads no voice."""
    wanted = sounds(order.script)
    lines = [s for s in wanted if isinstance(s, Line)]
    clips = narrate.spoken(lines, order.voice, desk.cache, pronunciation(order.script, desk.shelf))
    if len(clips) < len(lines):
        return None
    lengths: dict[Sound, Ms] = {line: clip.length for line, clip in clips.items()}
    lengths.update({s: files.clip(s, desk.cache).length for s in wanted if isinstance(s, Recording)})
    return lengths


def guess(order: Order, desk: Desk) -> dict[Sound, Ms]:
    """How long everything would last, without a voice; recordings have their true lengths."""
    wanted = sounds(order.script)
    lengths = estimate(wanted, order.voice.speed)
    lengths.update({s: files.clip(s, desk.cache).length for s in wanted if isinstance(s, Recording)})
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
    words = {sound: files.words(clip, desk.cache) for sound, clip in clips.items()}
    return Style(
        files.bed(order.ambience, desk.cache, 2 if stereo else 1) if order.ambience else choice.ambience,
        files.bell(order.bell, desk.cache) if order.bell else choice.bell,
        choice.breath != "none",
        stereo,
        gain(timeline, words, level.ceiling(stereo)),
    )


def store(order: Order, session: Session, spoken: int, desk: Desk) -> Built:
    """The session in the library. What is there already, whole and unchanged, is left as it is."""
    name = options.file_name(order.script.name, session.plan.length, order.variant, order.wish)
    path, made_of = desk.out / f"{name}.mp3", recipe.recipe(session)
    before = library.read(desk.out / f"{name}.json")
    digest, guid = "", before.guid if before else None
    if before and before.recipe == made_of and library.sound_whole(desk.out, before):
        digest = before.sha256
        episode = describe(order, session, name, made_of, digest, guid)
        if library.same(desk.out, name, companions(order, session.plan, episode, desk.cache)):
            return Built(episode, path, True, spoken)
    with library.together(desk.out) as aside:
        if not digest:
            digest = session.write(aside / path.name, desk.workers, partial(desk.watch, "Encoding"))
        episode = describe(order, session, name, made_of, digest, guid)
        for ending, content in companions(order, session.plan, episode, desk.cache).items():
            (aside / f"{name}{ending}").write_bytes(content)
    return Built(episode, path, False, spoken)


def companions(order: Order, timeline: Plan, episode: Episode, cache: Cache) -> dict[str, bytes]:
    """Everything that lies beside the MP3, by ending."""
    endings = (".json", *library.SIDECARS[1:])
    return {ending: companion(order, timeline, episode, ending, cache) for ending in endings}


def companion(order: Order, timeline: Plan, episode: Episode, ending: str, cache: Cache) -> bytes:
    """What lies beside the MP3 under this ending."""
    match ending:
        case ".vtt":
            return transcript.webvtt(timeline).encode()
        case ".srt":
            return transcript.srt(timeline).encode()
        case ".txt":
            return transcript.text(timeline).encode()
        case ".chapters.json":
            return transcript.chapters_json(timeline).encode()
        case ".jpg":
            image = order.script.front.image
            return own_cover(Path(image)) if image else kept_cover(timeline.title, cache, LARGE)
        case ".notes.md":
            return markdown(episode).encode()
        case ".notes.html":
            return html(episode).encode()
        case ".json":
            return library.manifest(episode)
    raise ValueError(f"nothing ends in {ending}")


def describe(
    order: Order, session: Session, name: str, made_of: str, digest: str, guid: str | None = None
) -> Episode:
    """The manifest of a session; `guid` is what the podcast gave it."""
    timeline, front = session.plan, order.script.front
    return Episode(
        name=name,
        script=order.script.name,
        title=front.title,
        summary=front.summary,
        language=front.language,
        length_ms=timeline.length,
        bytes=session.size,
        sha256=digest,
        recipe=made_of,
        version=__version__,
        choice=order.choice,
        positions=timeline.positions,
        props=timeline.props,
        cautions=_notices(order.script, timeline.cautions),
        chapters=tuple(Mark(c.start, c.length, c.title) for c in timeline.chapters),
        cues=tuple(_sounding(cue.start, cue.length, cue.what) for cue in timeline.cues),
        notes=front.notes,
        draft=order.wish.draft,
        id=front.id or order.script.name,
        variant=order.variant,
        date=front.date,
        season=front.season,
        number=front.episode,
        guid=guid,
        synthetic=any(isinstance(cue.what, Speech) for cue in timeline.cues) and order.choice.voice != "tone",
    )


def _notices(script: Script, named: tuple[str, ...]) -> tuple[Notice, ...]:
    """Every caution there is, in full: those that the session names, then the others."""
    ordered = sorted(script.cautions, key=lambda c: named.index(c.id) if c.id in named else len(named))
    return tuple(Notice(c.id, " ".join(c.full.split()), c.id in named) for c in ordered)


def _sounding(start: Ms, length: Ms, what: Speech | Played | Stroke | Tone) -> Sounding:
    match what:
        case Speech(line=line):
            return Sounding(start, length, "speech", line.text)
        case Played(words=words):
            return Sounding(start, length, "recording", words)
        case Tone(phase=phase):
            return Sounding(start, length, phase)
        case Stroke(audible=audible):
            return Sounding(start, length, "bell" if audible else "silent bell")
