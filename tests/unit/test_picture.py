"""The cover and the timeline picture."""

from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image
from sounds import session

from audio_builder.errors import BadPicture
from audio_builder.memory_cache import MemoryCache
from audio_builder.pictures.cover import COVER, LARGE, WEIGHT, cover
from audio_builder.pictures.custom import custom_cover, smaller
from audio_builder.pictures.timeline import timeline_svg
from audio_builder.planning.timeline import Chapter, Timeline
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


def test_the_same_title_is_the_same_cover(monkeypatch: pytest.MonkeyPatch):
    first = cover(PLAIN)
    monkeypatch.setattr("audio_builder.pictures.cover._drawn", MemoryCache(8))
    assert cover(PLAIN) == first


def _brightest(title: str) -> int:
    """Of the hill that a title is set on."""
    image = Image.open(BytesIO(cover(title))).convert("L")
    return max(image.crop((100, COVER - 300, COVER - 100, COVER - 20)).tobytes())


@pytest.mark.parametrize("title", [PLAIN, "Liberación", "Отдых", "Ανάπαυση", "שחרור", "راحة", "Rest 🌙"])
def test_a_title_is_set_in_the_letters_of_its_language(title: str):
    assert _brightest(title) > 200


@pytest.mark.parametrize("title", ["放松", "🌙", "x" * 300, ""])
def test_what_the_fonts_cannot_set_is_left_out_rather_than_drawn_as_boxes(title: str):
    assert _brightest(title) < 120


@pytest.mark.parametrize(
    "title", [PLAIN, "A pillow under your knees – a long bedtime session for falling asleep"]
)
def test_a_large_cover_is_what_directories_take(title: str, tmp_path):
    (tmp_path / "drawn.jpg").write_bytes(cover(title, LARGE))
    image = Image.open(BytesIO((tmp_path / "drawn.jpg").read_bytes()))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (3000, 3000))
    assert len(cover(title, LARGE)) < WEIGHT
    assert custom_cover(tmp_path / "drawn.jpg") == cover(title, LARGE)
    assert Image.open(BytesIO(smaller(cover(title, LARGE)))).size == (COVER, COVER)


def picture(path, kind="JPEG", mode="RGB", size=(1400, 1400), **more):
    Image.effect_noise(size, 5 if kind == "JPEG" else 0.1).convert(mode).save(path, kind, **more)
    return path


def test_an_authors_png_becomes_a_jpeg(tmp_path):
    made = custom_cover(picture(tmp_path / "own.png", "PNG"))
    assert Image.open(BytesIO(made)).format == "JPEG"
    assert len(made) < WEIGHT


@pytest.mark.parametrize(
    ("name", "how", "said"),
    [
        ("a.jpg", {"size": (1400, 1500)}, "1400 x 1500 pixels; a cover is square"),
        ("a.jpg", {"size": (1399, 1399)}, "has 1400 to 3000 on each side"),
        ("a.jpg", {"size": (3001, 3001)}, "has 1400 to 3000 on each side"),
        ("a.jpg", {"mode": "L"}, "its colours are L; directories want RGB"),
        ("a.jpg", {"mode": "CMYK"}, "its colours are CMYK"),
        ("a.png", {"kind": "PNG", "mode": "RGBA"}, "its colours are RGBA"),
        ("a.png", {}, "it is a JPEG whatever its name says; rename it to end in .jpg"),
        ("a.gif", {"kind": "GIF"}, "it is GIF; save it as JPEG or PNG"),
        ("a.jpg", {"size": (3000, 3000), "quality": 100}, "save it with more compression, under 512 kB"),
    ],
)
def test_an_authors_cover_is_held_to_the_same_rules(name, how, said, tmp_path):
    with pytest.raises(BadPicture, match=said) as told:
        custom_cover(picture(tmp_path / name, **how))
    assert str(told.value).startswith(str(tmp_path / name))


def test_what_is_no_picture_is_told(tmp_path):
    (tmp_path / "a.jpg").write_text("no picture")
    for name, said in (("a.jpg", "no picture that can be read"), ("b.jpg", "No such file")):
        with pytest.raises(BadPicture, match=said):
            custom_cover(tmp_path / name)


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
    plan = Timeline(
        "Empty",
        Ms(length),
        "wake",
        (),
        (Chapter(Ms(0), Ms(length), "Longer than the room " * 3),),
    )
    drawn = timeline_svg(plan)
    assert 2 <= drawn.count('class="grid"') <= 11
    assert "…" in drawn
