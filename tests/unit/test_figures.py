"""Figures: bodies stay whole and touch the floor, and every chapter of the program's own scripts has one."""

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_builder.build import plan_session
from audio_builder.errors import ScriptErrors
from audio_builder.figures.draw import svg
from audio_builder.figures.library import Figure, figure, figure_alt, mirrored, names, poses
from audio_builder.figures.pose import Arm, Leg, Pose, Support, Trunk
from audio_builder.figures.scene import Role, hull, scene
from audio_builder.figures.skeleton import FOREARM, SHANK, THIGH, UPPER_ARM, balls, body
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.parse.parse import parse
from audio_builder.script.search import shipped_folder

SCRIPTS = sorted(path.stem for path in shipped_folder().glob("*.md"))
_degrees = st.floats(-180, 180)
_legs = st.builds(Leg, *[_degrees] * 5)
_arms = st.builds(Arm, *[_degrees] * 4)
any_pose = st.builds(
    Pose,
    alt=st.text(max_size=20),
    trunk=st.sampled_from(Trunk),
    lean=_degrees,
    tilt=_degrees,
    bend=_degrees,
    nod=_degrees,
    right_leg=st.none() | _legs,
    left_leg=st.none() | _legs,
    arms=st.none() | _arms,
    supports=st.lists(st.sampled_from(Support), max_size=3).map(tuple),
    from_feet=_degrees,
    from_above=_degrees,
)


@given(any_pose)
def test_limbs_keep_their_lengths_and_nothing_is_below_the_floor(pose):
    found = body(pose)
    for leg in found.legs:
        assert math.dist(leg.upper[0].centre, leg.upper[1].centre) == pytest.approx(THIGH)
        assert math.dist(leg.lower[0].centre, leg.lower[1].centre) == pytest.approx(SHANK)
    for arm in found.arms:
        assert math.dist(arm.upper[0].centre, arm.upper[1].centre) == pytest.approx(UPPER_ARM)
        assert math.dist(arm.lower[0].centre, arm.lower[1].centre) == pytest.approx(FOREARM)
    assert min(ball.centre[2] - ball.radius for ball in balls(found)) == pytest.approx(0)


@given(any_pose)
def test_any_pose_can_be_drawn(pose):
    layers = scene(pose)
    assert {Role.SKIN, Role.SHIRT, Role.TROUSERS} <= {
        shape.role for layer in layers for shape in layer.shapes
    }
    drawn = ElementTree.fromstring(svg(Figure(poses=(pose,))))
    left, top, width, height = map(int, drawn.attrib["viewBox"].split())
    for path in drawn.iter("{http://www.w3.org/2000/svg}path"):
        for x, y in re.findall(r"M(-?\d+) (-?\d+)", path.attrib["d"]):
            assert left <= int(x) <= left + width
            assert top <= int(y) <= top + height


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3))
def test_a_hull_contains_its_points_and_turns_one_way(points):
    outline = hull(points)
    for a, b in zip(outline, (*outline[1:], outline[0]), strict=True):
        for x, y in points if len(outline) > 2 else ():
            assert (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0


@pytest.mark.parametrize("name", names())
def test_each_figure_has_words_and_is_small_enough_for_a_phone(name):
    drawn = svg(figure(name))
    assert len(drawn) < 10_000 * len(figure(name).poses)
    assert ElementTree.fromstring(drawn).attrib["aria-label"] == figure_alt(figure(name), "en")
    assert len(figure_alt(figure(name), "en").split()) >= 8


@pytest.mark.parametrize("name", sorted(poses()))
def test_whatever_carries_the_body_touches_it(name):
    """In the built-in poses that lie on something: the calves on the seat, the knees on the pillow."""
    found = body(poses()[name])
    supports = poses()[name].supports
    if Support.CHAIR in supports:
        assert all(0.2 < leg.lower[0].centre[2] < 0.4 for leg in found.legs)
    if found.face[2] > 0.9:  # on the back: the pelvis is on the floor
        assert min(ball.centre[2] - ball.radius for ball in found.pelvis) < 0.02


def test_left_is_right_mirrored():
    right = figure("leg-across")
    left = mirrored(right)
    assert mirrored(left) == right
    assert "right leg rests on the left thigh" in figure_alt(right, "en")
    assert "left leg rests on the right thigh" in figure_alt(left, "en")
    sizes = [ElementTree.fromstring(svg(one)).attrib["viewBox"].split()[2:] for one in (right, left)]
    assert sizes[0] == sizes[1]
    own = Figure(file="drawing.svg")
    assert mirrored(own) is own


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("ending", ["wake", "sleep"])
def test_every_chapter_of_the_programs_own_scripts_shows_a_figure(script, ending):
    options = BuildOptions(voice="tone", ending=ending, length=3_600_000)
    timeline = plan_session(script, options, Workspace())
    assert [chapter.title for chapter in timeline.chapters if chapter.figure is None] == []


def test_each_side_shows_its_own_leg():
    timeline = plan_session("leg-across", BuildOptions(voice="tone"), Workspace())
    sides = [(c.title, c.figure.mirrored) for c in timeline.chapters if c.figure.name == "leg-across"]
    assert all(mirrors == ("left" in title) for title, mirrors in sides)
    assert {mirrors for _, mirrors in sides} == {True, False}


def test_time_to_lie_down_shows_the_first_figure():
    timeline = plan_session("leg-across", BuildOptions(voice="tone", preroll=60_000), Workspace())
    assert timeline.chapters[0].figure == timeline.chapters[1].figure


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("legs-on-chiar", 'no figure named "legs-on-chiar"'),
        ("{alt: x, legs: {hip: 500}}", "legs.hip: expected a number of degrees up to 180"),
        ("{alt: x, legs: {hipp: 5}}", 'legs: there is an unknown field "hipp"'),
        ("{legs: {hip: 5}}", 'missing required field "alt"'),
        (
            "{alt: x, trunk: sideways}",
            'trunk: "sideways" is not "on the back", "on the side", "face down" or "upright"',
        ),
        ('{alt: "a\\u0007b"}', "U+0007"),
        ("[legs-on-chair]", "the pose cannot be drawn"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_an_error_at_its_place(written, message):
    with pytest.raises(ScriptErrors) as caught:
        parse(f"---\ntitle: A\nfigure: {written}\n---\n\nLie down.\n".encode(), "a", "a.md")
    assert message in str(caught.value)
    assert caught.value.problems[0].location.line == 3


def test_an_authors_own_drawing_must_be_next_to_the_script(tmp_path):
    script = tmp_path / "a.md"
    script.write_text("---\ntitle: A\nlength: 6m\nfigure: mine.svg\n---\n\nLie down. [rest 1m..]\n", "utf-8")
    with pytest.raises(ScriptErrors, match=r'no picture named "mine\.svg"'):
        plan_session(str(script), BuildOptions(voice="tone"), Workspace())
    (tmp_path / "mine.svg").write_text("<svg/>", "utf-8")
    timeline = plan_session(str(script), BuildOptions(voice="tone"), Workspace())
    assert timeline.chapters[0].figure == Figure(file=str(tmp_path.resolve() / "mine.svg"))
