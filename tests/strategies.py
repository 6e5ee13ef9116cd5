"""Hypothesis strategies for scripts as `parse` returns them."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from audio_builder.figures.library import Figure, figure, names
from audio_builder.figures.pose import Leg, Pose, Support, Trunk
from audio_builder.options import BuildOptions
from audio_builder.script.model import (
    Bell,
    Breathe,
    ElasticPause,
    Front,
    Item,
    Marks,
    Pattern,
    Pause,
    Play,
    Rest,
    Say,
    Script,
    Section,
    Slot,
    Vary,
    Words,
)
from audio_builder.units import Ms

# Signs that mean something in Markdown or YAML, and letters of several writing systems.
SIGNS = "*_[]{}<>#&`\\|~=+-:;,'\"()%/°€—’"
LETTERS = string.ascii_letters + string.digits + "äßéñСтшאבمرहि背部"

_cores = st.text(LETTERS + SIGNS + "  ", min_size=0, max_size=30)
_names = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
_endings = st.sampled_from((".", "!", "?", "…", ".”", "?)", "?!"))


def sentences(slots: Sequence[Slot] = (Slot.PROPS,)) -> SearchStrategy[Say]:
    """Return sentences that begin with a capital letter and end with a full stop or the like, with slots inside."""
    middles = st.lists(st.one_of(_cores, *map(st.just, slots)), max_size=3)
    return st.builds(_say, st.sampled_from("ABCEGÄÉСא背"), middles, _endings)


def _say(first: str, middle: list[str | Slot], end: str) -> Say:
    # the last word is not an abbreviation or an initial, so that the sentence ends there
    return Say(tidy((f"{first}x ", *middle, f" rest{end}")))


def tidy(words: Sequence[str | Slot]) -> Words:
    """Return the words with single spaces and neighbouring strings joined, as the parser returns them."""
    slots = {chr(0xE000 + index): slot for index, slot in enumerate(Slot)}
    chars = {slot: char for char, slot in slots.items()}
    text = " ".join("".join(chars[w] if isinstance(w, Slot) else w for w in words).split())
    parts = re.split(f"([{''.join(slots)}])", text)
    return tuple(slots.get(part, part) for part in parts if part)


@cache
def lengths(low: int = 1, high: int = 600_000) -> SearchStrategy[Ms]:
    """Return lengths in milliseconds, most of them whole seconds."""
    whole = st.integers(-(-low // 1000), high // 1000).map(lambda s: s * 1000)
    return st.one_of(whole, st.integers(low, high)).map(Ms)


@st.composite
def ranges(draw: st.DrawFn, low: int = 1, high: int = 600_000) -> tuple[Ms, Ms | None]:
    """Draw the bounds of an elastic item."""
    least = draw(lengths(low, high))
    return least, draw(st.none() | st.integers(least, high + least).map(Ms))


@st.composite
def patterns(draw: st.DrawFn, shortest: int = 1000) -> Pattern:
    """Draw breath patterns in tenths of seconds."""
    breath = st.integers(shortest // 100, 100).map(lambda n: Ms(n * 100))
    hold = st.sampled_from((0, 0, 0, 500, 2000)).map(Ms)
    return Pattern(draw(breath), draw(hold), draw(breath), draw(hold))


@st.composite
def breaths(draw: st.DrawFn) -> Breathe:
    """Draw both forms of [breathe], always with room for whole cycles."""
    aloud = draw(st.booleans())
    pattern = draw(patterns(2000 if aloud else 1000))
    if draw(st.booleans()):
        return Breathe(pattern, draw(st.integers(1, 30)), aloud=aloud)
    low, high = draw(ranges())
    least = -(-low // pattern.cycle) * pattern.cycle
    return Breathe(pattern, 0, low, None if high is None else Ms(max(high, least)), aloud)


@st.composite
def rests(draw: st.DrawFn, slots: Sequence[Slot]) -> Rest:
    """Draw rests of some minutes, with and without items."""
    low, high = draw(ranges(10_000, 300_000))
    return Rest(low, high, tuple(draw(_list_items(tuple(slots)))), draw(st.booleans()))


@cache  # building a strategy takes longer than drawing from it
def _list_items(slots: tuple[Slot, ...], least: int = 0) -> SearchStrategy[list[tuple[Say, ...]]]:
    sayings = st.lists(sentences(slots), min_size=1, max_size=2).map(tuple)
    return st.lists(sayings, min_size=least, max_size=4)


@cache
def _items(slots: tuple[Slot, ...], fixed: bool) -> SearchStrategy[list[Item]]:
    exact: list[SearchStrategy[Item]] = [
        sentences(slots),
        sentences(slots),
        st.builds(Pause, lengths()),
        st.builds(Bell, st.integers(1, 12)),
        _list_items(slots, 2).map(lambda items: Vary(tuple(items))),
    ]
    elastic: list[SearchStrategy[Item]] = [
        breaths(),
        ranges().map(lambda bounds: ElasticPause(*bounds)),
        rests(slots),
    ]
    return st.lists(st.one_of(*exact, *([] if fixed else elastic)), min_size=1, max_size=6)


@st.composite
def paragraphs(draw: st.DrawFn, slots: Sequence[Slot], fixed: bool = False) -> tuple[Item, ...]:
    """Draw paragraphs of items that need no other file, none of them elastic if `fixed`."""
    items = draw(_items(tuple(slots), fixed))
    # a list ends its paragraph
    lists = (i for i, item in enumerate(items, 1) if isinstance(item, Rest | Vary) and item.items)
    end = next(lists, len(items))
    return tuple(items[:end])


@st.composite
def headings(draw: st.DrawFn, slots: Sequence[Slot], sided: bool) -> tuple[Words, Marks]:
    """Draw titles with all kinds of signs, and marks that do not exclude each other."""
    words = tidy(
        (draw(_cores), *draw(st.lists(st.sampled_from(list(slots) or [""]), max_size=1)), f" {draw(_names)}")
    )
    least = draw(st.none() | lengths(1000))
    below = draw(st.none() | st.integers((least or 0) + 1, 900_000).map(Ms))
    marks = Marks(
        fixed=draw(st.booleans()),
        least=least,
        below=below,
        ending=draw(st.sampled_from((None, "wake", "sleep"))),
        side=draw(st.sampled_from((None, "first", "second"))) if sided else None,
        spare=draw(st.booleans()),
        once=draw(st.booleans()),
        figure=draw(st.none() | st.sampled_from(names()).map(figure)),
        voice=draw(st.sampled_from(("", "tone", "recorded:ana"))),
    )
    return words, marks if draw(st.booleans()) else Marks()


_texts = st.builds(lambda name, core: " ".join(f"{name}{core}".split()), _names, _cores)
_text_lists = st.lists(_texts, unique=True, max_size=3).map(tuple)
_slugs = st.lists(_names, unique=True, max_size=3).map(tuple)
_respellings = st.dictionaries(_texts, _texts, max_size=2)


_POSED = Figure(
    poses=(
        Pose("On the side, {curled}.", Trunk.SIDE, bend=20.5, legs=Leg(hip=90), supports=(Support.PILLOW,)),
    )
)


@st.composite
def fronts(draw: st.DrawFn, sided: bool) -> Front:
    """Draw front matter with values that need no other file."""
    position = draw(st.booleans())
    minimum = draw(st.none() | lengths(60_000)) if position else None
    return Front(
        title=draw(_texts),
        summary=draw(st.just("") | _texts),
        kind="position" if position else "session",
        minimum=minimum,
        maximum=draw(st.none() | st.integers(minimum or 1, 28_800_000).map(Ms)) if position else None,
        frame=draw(st.none() | _names) if position else None,
        sides=draw(st.sampled_from((("right", "left"), ("left side", "no")))) if sided else None,
        props=draw(_text_lists),
        cautions=draw(_slugs),
        options=BuildOptions(
            length=draw(st.none() | st.integers(300_000, 28_800_000).map(Ms)),
            voice=draw(st.sampled_from((None, "hibari", "piper:joe"))),
            speed=draw(st.none() | st.integers(50, 150).map(lambda n: n / 100)),
            ambience=draw(st.sampled_from((None, "none", "rain"))),
            bell=draw(st.sampled_from((None, "bowl"))),
            ambience_level=draw(st.sampled_from((None, -6.0, 0.0, 1.5))),
            bell_level=draw(st.sampled_from((None, -12.0, 3.0))),
            breath=draw(st.sampled_from((None, "none", "4-6"))),
            ending=draw(st.sampled_from((None, "wake", "sleep"))),
            quality=draw(st.sampled_from((None, "stereo", "mono"))),
            preroll=draw(st.none() | st.integers(0, 600_000).map(Ms)),
        ),
        say=tuple(draw(_respellings).items()),
        language=draw(st.sampled_from(("en", "de-CH", "zh-Hans"))),
        id=draw(st.none() | _names),
        date=draw(st.sampled_from((None, "2025-03-31", "2025-03-31T08:00+01:00"))),
        season=draw(st.none() | st.integers(1, 99)),
        episode=draw(st.none() | st.integers(1, 999)),
        image=draw(st.sampled_from((None, "cover.jpg"))),
        figure=draw(st.sampled_from((None, Figure(file="my drawing.svg"), figure("leg-across"), _POSED))),
        notes=draw(st.sampled_from(("", "One line.", 'Two: *lines*\n\n- "quoted" \\ and # more'))),
    )


@st.composite
def scripts(draw: st.DrawFn, sided: bool | None = None) -> Script:
    """Draw scripts without [include] and [positions] that have words to speak and use their sides if they have any."""
    sided = draw(st.booleans()) if sided is None else sided
    front = draw(fronts(sided))
    slots = [Slot.SIDE, Slot.OTHER] if sided else []
    spoken = [*slots, Slot.PROPS] if front.props else slots
    sections: list[Section] = []
    for index in range(draw(st.integers(1, 4))):
        level = draw(st.sampled_from((0, 1) if index == 0 else (1, 1, 2)))
        title, marks = ((), Marks()) if level == 0 else draw(headings(slots, sided))
        below = draw(st.lists(paragraphs(spoken, marks.fixed), min_size=int(index == 0), max_size=3))
        sections.append(Section(title, level, marks, tuple(below)))
    # so that every script speaks and uses its sides
    last: Words = ("Turn to the ", Slot.SIDE, " now.") if sided else ("Rest now.",)
    sections.append(Section(("Last",), 1, Marks(), ((Say(last),),)))
    return Script(draw(_names), front, tuple(sections))


def recordings() -> SearchStrategy[Play]:
    """Return [play] items, whose files do not exist."""
    words = _cores.map(lambda text: " ".join(text.split()))
    return st.builds(Play, _names.map(lambda name: f"{name}.wav"), words, st.booleans())
