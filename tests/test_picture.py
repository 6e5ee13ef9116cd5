"""The cover and the timeline picture."""

from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image
from sounds import session

from audio_builder.picture.cover import COVER, cover
from audio_builder.picture.timeline import timeline_svg
from audio_builder.timeline import Chapter, Plan
from audio_builder.units import Ms

PLAIN = "Psoas release"


@pytest.mark.parametrize(
    "title",
    [PLAIN, "x", "A pillow under your knees – a long bedtime session for falling asleep", "x" * 300, ""],
)
def test_a_cover_is_a_square_jpeg_small_enough_to_come_first_in_a_stream(title: str):
    made = cover(title)
    image = Image.open(BytesIO(made))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (COVER, COVER))
    assert len(made) < 120_000


def test_the_same_title_is_the_same_cover():
    first = cover(PLAIN)
    cover.cache_clear()
    assert cover(PLAIN) == first


@pytest.mark.parametrize("title", ["Liberación", "שחרור", "放松"])
def test_letters_that_the_font_lacks_are_left_out_rather_than_boxes(title: str):
    image = Image.open(BytesIO(cover(title))).convert("L")
    where = (100, COVER - 300, COVER - 100, COVER - 20)
    assert max(image.crop(where).tobytes()) < 120
    assert max(Image.open(BytesIO(cover(PLAIN))).convert("L").crop(where).tobytes()) > 200


def test_a_timeline_is_xml_with_a_row_for_the_whole_and_each_chapter(tmp_path):
    plan, _ = session(tmp_path, 700_000, played=9000)
    plan = replace(plan, title='<script>alert("1")</script> & \x0b', estimated=True)
    drawn = timeline_svg(plan)
    tree = ElementTree.fromstring(drawn)
    rows = tree.findall("{http://www.w3.org/2000/svg}g")
    assert len(rows) == 1 + len(plan.chapters)
    assert not tree.findall(".//{http://www.w3.org/2000/svg}script")
    kinds = {path.get("class") for path in rows[0]}
    assert {"speech", "tone", "bell", "recording"} <= kinds
    assert "prefers-color-scheme" in drawn
    assert "estimated" in drawn


@pytest.mark.parametrize("length", [60_000, 300_000, 1_800_000, 28_800_000])
def test_the_axis_has_round_times_that_do_not_crowd(length: int):
    plan = Plan(
        "Empty",
        Ms(length),
        "wake",
        (),
        (Chapter(Ms(0), Ms(length), "Longer than the room " * 3),),
    )
    drawn = timeline_svg(plan)
    assert 2 <= drawn.count('class="grid"') <= 11
    assert "…" in drawn
