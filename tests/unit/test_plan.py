"""A timeline lasts exactly as long as asked, keeps what is fixed, and holds each position within its bounds."""

from dataclasses import replace
from itertools import pairwise

import pytest
from common import examples
from hypothesis import Phase, assume, given
from hypothesis import strategies as st
from strategies import scripts

from audio_builder.errors import DoesNotFit, ScriptErrors
from audio_builder.planning.estimate import estimate
from audio_builder.planning.gaps import gap_after
from audio_builder.planning.plan import default_length, plan, ranges
from audio_builder.planning.statistics import spoken_text
from audio_builder.planning.timeline import BellStroke, BreathTone, Utterance
from audio_builder.planning.wording import sounds
from audio_builder.script.load import load
from audio_builder.script.model import Include, Line, Pattern, Positions, Section
from audio_builder.script.parse.parse import parse
from audio_builder.script.search import script_finder
from audio_builder.units import LONGEST, SHORTEST, Ms, whole_seconds

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking a session takes minutes


@st.composite
def sessions(draw):
    """Draw a session with up to three positions."""
    frame = draw(scripts())
    frame = replace(
        frame, front=replace(frame.front, kind="session", language="en", minimum=None, maximum=None)
    )
    positions = []
    for number in range(draw(st.integers(0, 3))):
        script = draw(scripts())
        minimum = draw(st.sampled_from((None, 60_000, 300_000)))
        maximum = draw(st.sampled_from((None, 1_200_000, 7_200_000)))
        front = replace(
            script.front,
            kind="position",
            language="en",
            minimum=minimum,
            maximum=maximum,
            title=f"Position {number}",
        )
        positions.append(replace(script, name=f"position-{number}", front=front))
    if positions:
        marker = Section(("Positions",), 1, paragraphs=((Positions(),),))
        at = draw(st.integers(1, len(frame.sections)))
        sections = (*frame.sections[:at], marker, *frame.sections[at:])
        # so that the rest of the frame does not become part of the chapter of the positions
        sections = tuple(replace(section, level=1, title=section.title or ("First",)) for section in sections)
        frame = replace(frame, sections=sections, parts=tuple(positions), exact=draw(st.booleans()))
    return frame


@st.composite
def spoken_sessions(draw):
    """Draw a session, the lengths of its lines, an ending, and the lengths that the session can have."""
    script = draw(sessions())
    seed = draw(st.integers(0, 1000))
    lengths = {sound: Ms(200 + (seed * 7919 + 331 * n) % 9000) for n, sound in enumerate(sounds(script))}
    ending = draw(st.sampled_from(("wake", "sleep")))
    try:
        possible = ranges(script, lengths, ending)
    except (ScriptErrors, DoesNotFit):  # a position cannot be held, or a word is too long for its breath
        assume(False)
    return script, lengths, ending, possible


@pytest.mark.no_cover
@examples(15, phases=UNSHRUNK)
@given(spoken_sessions(), st.data())
def test_a_timeline_exists_for_every_possible_length_and_no_other(session, data):
    script, lengths, ending, possible = session
    for low, high in possible:
        for target in {low, high, data.draw(st.integers(low, high))}:
            _check(plan(script, lengths, Ms(target), ending), lengths, target, script)
    edges = {low - 1 for low, _ in possible} | {high + 1 for _, high in possible} | {SHORTEST, LONGEST}
    for target in edges:
        if not any(low <= target <= high for low, high in possible):
            with pytest.raises(DoesNotFit):
                plan(script, lengths, Ms(target), ending)


def _check(timeline, lengths, target, script):
    """Assert everything that is promised about every timeline."""
    assert timeline.length == target
    without_bells = [cue for cue in timeline.cues if not isinstance(cue.content, BellStroke)]
    starts = [cue.start for cue in timeline.cues]
    assert starts == sorted(starts)
    if timeline.cues:
        assert starts[0] >= 2000
        assert max(cue.end for cue in timeline.cues) <= target - 3000
    for before, after in pairwise(without_bells):
        assert before.end <= after.start, "only bells ring on under other sounds"
    for cue in timeline.cues:
        if isinstance(cue.content, Utterance):
            assert cue.length == lengths[cue.content.line]
        if isinstance(cue.content, BreathTone):
            assert cue.length >= 1000
    if timeline.chapters:
        assert timeline.chapters[0].start == 0
        assert sum(chapter.length for chapter in timeline.chapters) == target
        assert len({chapter.title for chapter in timeline.chapters}) == len(timeline.chapters)
        assert all(chapter.length > 0 for chapter in timeline.chapters)
    fronts = {position.name: position.front for position in script.parts}
    for hold in timeline.holds:
        front = fronts.get(hold.position)
        if front and front.minimum:
            assert hold.length >= front.minimum
        if front and front.maximum:
            assert hold.length <= front.maximum
    for name in {hold.position for hold in timeline.holds}:
        sides = [hold.length for hold in timeline.holds if hold.position == name and hold.side]
        assert len(set(sides)) <= 1, "both sides are held equally long"


def _unconditional(script):
    """Return the script without the conditions that depend on the length."""
    sections = tuple(
        replace(section, marks=replace(section.marks, least=None, below=None, spare=False))
        for section in script.sections
    )
    return replace(script, sections=sections, parts=tuple(map(_unconditional, script.parts)), exact=True)


def _without_elastic_time(timeline):
    """Return the cues outside elastic gaps, each with its start less the elastic time before it."""
    cues = []
    for cue in timeline.cues:
        if not any(gap.start <= cue.start < gap.end for gap in timeline.elastic_gaps):
            elastic = sum(gap.length for gap in timeline.elastic_gaps if gap.start < cue.start)
            line = getattr(cue.content, "line", None)
            cues.append((cue.start - elastic, cue.length, type(cue.content), line))
    return cues


@pytest.mark.no_cover
@examples(10, phases=UNSHRUNK)
@given(spoken_sessions(), st.data())
def test_only_elastic_time_changes_with_the_length(session, data):
    script, lengths, ending, _ = session
    script = _unconditional(script)
    try:
        possible = ranges(script, lengths, ending)
    except (ScriptErrors, DoesNotFit):  # a word may be too long for a breath that is now heard
        assume(False)
    assume(possible)
    ((low, high),) = possible
    short = plan(script, lengths, Ms(low), ending)
    long = plan(script, lengths, Ms(data.draw(st.integers(low, high))), ending)
    assert _without_elastic_time(short) == _without_elastic_time(long)
    assert [gap.kind for gap in short.elastic_gaps] == [gap.kind for gap in long.elastic_gaps]


SHIPPED = (
    "psoas-release",
    "legs-on-chair",
    "knees-together",
    "leg-across",
    "six-habits",
    "pillow-under-knees",
)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("ending", ["wake", "sleep"])
def test_shipped_scripts_keep_every_promise_from_their_shortest_to_their_longest_length(name, ending):
    """13 lengths, closer together where conditions change: planning takes the same path at those in between."""
    script = load(name, script_finder())
    lengths = estimate(sounds(script), 0.8)
    possible = ranges(script, lengths, ending)
    shortest, longest = possible[0][0], possible[-1][1]
    targets = [shortest + (longest - shortest) * n * n // (12 * 12) for n in range(13)]
    targets = [target for target in targets if any(low <= target <= high for low, high in possible)]
    assert len(targets) > 10
    for target in targets:
        _check(plan(script, lengths, Ms(target), ending), lengths, target, script)


@pytest.mark.parametrize(
    ("bounds", "elastic", "message"),
    [
        ("minimum: 5m", "[10s..20s]", "can be held for at most 23s"),
        ("maximum: 30s", "[40s..]", "it lasts at least 43s"),
    ],
)
def test_a_position_that_cannot_be_held_within_its_bounds_is_an_error_in_the_script(bounds, elastic, message):
    script = load("legs-on-chair", script_finder())
    text = f"---\nkind: position\ntitle: Small\n{bounds}\n---\n\n# In\n\nRest now. {elastic}\n"
    broken = replace(script, parts=(parse(text, "small"),))
    lengths = {sound: Ms(3000) for sound in sounds(broken)}
    with pytest.raises(ScriptErrors, match=message):
        ranges(broken, lengths)
    with pytest.raises(ScriptErrors, match=message):
        plan(broken, lengths, Ms(900_000))


@pytest.mark.parametrize("after", ["first", "second"])
def test_a_position_keeps_its_bounds_on_both_sides_of_its_session(after: str):
    """A natural gap of 4 s follows the position on one side only, so one hold is longer by that."""
    frame = "---\ntitle: Frame\npositions: [p]\nsides: [right, left]\n---\n\n# To the {side}\n\nTurn to the {side}.\n\n"
    frame += f"[positions]\n\n# Still {{side}} {{{after}}}\n\nStay.\n\n# Rest\n\n[5s]\n\nRest on the {{side}}. [1s..]\n"
    held = "---\nkind: position\ntitle: P\nminimum: 3m\nmaximum: 4m\n---\n\n# Hold\n\nHold. [10s..]\n\nAnd rest.\n"
    script = replace(parse(frame, "frame"), parts=(parse(held, "p"),))
    lengths = {sound: Ms(3000) for sound in sounds(script)}
    ((low, high),) = ranges(script, lengths)
    held_for = {}
    for target in (low, (low + high) // 2, high):
        timeline = plan(script, lengths, Ms(target))
        _check(timeline, lengths, target, script)
        held_for[target] = sorted(hold.length for hold in timeline.holds if hold.position == "p")
    assert held_for[low] == [180_000, 184_000]
    assert held_for[high] == [236_000, 240_000]


def test_positions_whose_shares_are_too_small_are_left_out():
    """Next to q, the conditions of p leave too little time to hold it. Alone it can be held."""
    frame = "---\ntitle: Frame\npositions: [p, q]\n---\n\n[positions]\n\n# Rest {spare}\n\nRest. [1s..]\n"
    one = "---\nkind: position\ntitle: P\nminimum: 5m\n---\n\n# Long {from 5m}\n\nHold. [10s..]\n\n"
    one += "# Short {to 5m}\n\nHold. [10s..20s]\n"
    two = "---\nkind: position\ntitle: Q\nminimum: 5m\n---\n\n# Hold\n\nStay. [10s..]\n"
    script = replace(parse(frame, "frame"), parts=(parse(one, "p"), parse(two, "q")))
    lengths = {sound: Ms(1000) for sound in sounds(script)}
    assert plan(script, lengths, Ms(400_000)).positions == ("p",)
    assert plan(script, lengths, Ms(700_000)).positions == ("p", "q")


@pytest.mark.parametrize("sides", ["", "sides: [right, left]\n"])
def test_what_is_said_once_is_said_by_the_first_position_and_on_its_first_side_only(sides):
    frame = "---\ntitle: Frame\npositions: [p, q]\n---\n\n[positions]\n\n# Rest {spare}\n\nRest. [1s..]\n"
    text = "---\nkind: position\ntitle: {name}\nminimum: 5m\nmaximum: 9m\n{sides}---\n\n"
    text += "# Hold {name}{side}\n\nHold. [10s..]\n\n"
    text += "## Dizzy {{once}}\n\nIf you get dizzy, {name}, breathe normally. [5s..20s]\n\n"
    text += "## Go on\n\nStay. [10s..]\n"
    named = {"sides": sides, "side": " {side}" if sides else ""}
    parts = tuple(parse(text.format(name=name, **named), name) for name in ("p", "q"))
    script = replace(parse(frame, "frame"), parts=parts)
    lengths = {sound: Ms(2000 + 100 * n) for n, sound in enumerate(sounds(script))}
    ((low, high),) = ranges(replace(script, exact=True), lengths)
    for target in (low, (low + high) // 2, high):
        timeline = plan(replace(script, exact=True), lengths, Ms(target))
        _check(timeline, lengths, target, script)
        told = [spoken_text(cue) for cue in timeline.cues if "dizzy" in spoken_text(cue)]
        assert told == ["If you get dizzy, p, breathe normally."]
    alone = replace(script, parts=parts[1:], exact=True)
    told = [spoken_text(cue) for cue in plan(alone, lengths, Ms(1_500_000)).cues]
    assert told.count("If you get dizzy, q, breathe normally.") == 1


def test_conditions_of_an_included_script_look_at_the_share_of_its_position():
    """Two positions with the same minimum share a session equally, so "from 10m" means from 20 minutes on."""
    frame = "---\ntitle: Frame\npositions: [p, q]\n---\n\n[positions]\n"
    inner = parse("---\ntitle: Inner\n---\n\n# Long {from 10m}\n\nMore. [400s..]\n", "inner")
    one = parse("---\nkind: position\ntitle: P\nminimum: 5m\n---\n\n# Hold\n\nHold. [10s..5m]\n", "p")
    section = replace(one.sections[0], paragraphs=(*one.sections[0].paragraphs, (Include("inner", inner),)))
    two = parse("---\nkind: position\ntitle: Q\nminimum: 5m\n---\n\n# Hold\n\nStay. [10s..8m]\n", "q")
    script = replace(parse(frame, "frame"), parts=(two, replace(one, sections=(section,))))
    lengths = {sound: Ms(1000) for sound in sounds(script)}
    possible = ranges(script, lengths)
    seen = set()
    for target in range(300_000, 3_600_000, 47_000):
        if any(low <= target <= high for low, high in possible):
            timeline = plan(script, lengths, Ms(target))
            assert timeline.length == target
            if timeline.positions == ("q", "p"):
                included = any(spoken_text(cue) == "More." for cue in timeline.cues)
                assert included is (target >= 1_200_000)
                seen.add(included)
        else:
            with pytest.raises(DoesNotFit):
                plan(script, lengths, Ms(target))
    assert seen == {True, False}


def test_a_breath_pattern_that_the_listener_gives_fills_blocks_with_whole_cycles():
    script = load("legs-on-chair", script_finder())
    lengths = estimate(sounds(script), 1.0)
    breath = Pattern(Ms(5000), Ms(0), Ms(7000), Ms(0))
    timeline = plan(script, lengths, Ms(900_000), pattern=breath)
    blocks = [gap for gap in timeline.elastic_gaps if gap.kind == "breathe"]
    assert blocks
    assert all(gap.pattern == breath and gap.length == gap.cycles * 12_000 for gap in blocks)


def test_a_breath_pattern_too_long_for_its_block_is_an_error():
    script = load("legs-on-chair", script_finder())
    lengths = estimate(sounds(script), 1.0)
    with pytest.raises(DoesNotFit, match="no whole breath"):
        plan(script, lengths, Ms(900_000), pattern=Pattern(Ms(59_000), Ms(60_000), Ms(60_000), Ms(60_000)))


def test_a_word_that_is_longer_than_its_breath_is_an_error():
    script = load("legs-on-chair", script_finder())
    lengths = estimate(sounds(script), 1.0)
    lengths[Line("Breathe in.")] = Ms(4100)
    with pytest.raises(DoesNotFit, match=r'"Breathe in\." takes 4\.1 s'):
        plan(script, lengths, Ms(900_000))


def _without_length(script):
    return replace(script, front=replace(script.front, options=replace(script.front.options, length=None)))


def test_a_script_without_any_possible_length_is_an_error():
    script = load("six-habits", script_finder())
    lengths = {sound: Ms(3_600_000) for sound in sounds(script)}
    with pytest.raises(DoesNotFit, match="nor any other length"):
        plan(script, lengths, Ms(900_000))
    with pytest.raises(DoesNotFit, match="nor any other length"):
        default_length(_without_length(script), lengths)


def test_the_default_length_is_ten_minutes_or_the_nearest_possible_length():
    script = load("six-habits", script_finder())
    lengths = estimate(sounds(script), 1.0)
    open_length = _without_length(script)
    assert default_length(open_length, lengths) == 600_000
    long = {sound: Ms(length * 6) for sound, length in lengths.items()}
    assert default_length(open_length, long) == whole_seconds(ranges(open_length, long)[0])[0]


def test_breathing_aloud_in_a_language_without_words_for_it_is_an_error():
    script = load("legs-on-chair", script_finder())
    part = replace(script.parts[0], front=replace(script.parts[0].front, language="fi"))
    with pytest.raises(ScriptErrors, match='missing for the language "fi"'):
        sounds(replace(script, parts=(part,)))


def test_the_error_names_the_positions_that_would_fit_alone():
    script = load("psoas-release", script_finder(), ("legs-on-chair", "knees-together"))
    lengths = estimate(sounds(script), 0.8)
    with pytest.raises(DoesNotFit, match=r"--positions .* cannot last .*; with legs-on-chair alone it can"):
        plan(script, lengths, Ms(10 * 60_000))


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("Let it rest.", 1500),
        ("Where does it rest?", 3000),
        ("Is it heavy?!", 3000),
        ("“Is it heavy?”", 3000),
        ("(And the other one? …)", 3000),
        ("هل هو ثقيل؟", 3000),
        ("重吗？", 3000),
        ("“Is it heavy?” you may ask.", 1500),
        ("Ask: is it heavy?", 3000),
        ("Have these by you:", 900),
        ("(as follows:)", 900),
        ("请准备：", 900),
        ("Note: it rests.", 1500),
        ("At 12:30", 1500),
        ("", 1500),
    ],
)
def test_the_gap_after_a_question_is_longer_and_after_a_colon_shorter(text, gap):
    assert gap_after(text) == gap
