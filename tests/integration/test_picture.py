"""Covers are what podcast directories accept; the timeline picture shows what the timeline holds."""

import json
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import pytest
from lxml import html
from PIL import Image, ImageChops
from sounds import session

from audio_builder.errors import BadPicture
from audio_builder.figures.library import figure
from audio_builder.pictures.cover import EMBEDDED_SIZE, LARGE_SIZE, MAX_COVER_BYTES, cover, draw_cover
from audio_builder.pictures.custom import custom_cover, resize_to_embed
from audio_builder.pictures.timeline import timeline_svg
from audio_builder.planning.timeline import Chapter, Timeline
from audio_builder.units import Ms

SHORT_TITLE = "Psoas release"
LONG_TITLE = "A pillow under your knees – a long bedtime session for falling asleep"


@pytest.mark.parametrize("title", [SHORT_TITLE, "x", LONG_TITLE, "x" * 300, ""])
def test_an_embedded_cover_is_a_small_square_jpeg(title: str):
    """A player reads the cover before it plays the first sound of a stream."""
    content = cover(title)
    image = Image.open(BytesIO(content))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (EMBEDDED_SIZE, EMBEDDED_SIZE))
    assert len(content) < 120_000


def test_the_same_title_always_gives_the_same_cover():
    assert draw_cover(SHORT_TITLE) == draw_cover(SHORT_TITLE) == cover(SHORT_TITLE)


def test_different_titles_give_different_covers():
    assert cover(SHORT_TITLE) != cover(LONG_TITLE)


def _brightest_pixel_of_the_nearest_hill(title: str) -> int:
    """The title is set there in a bright colour."""
    image = Image.open(BytesIO(cover(title))).convert("L")
    return max(image.crop((100, EMBEDDED_SIZE - 300, EMBEDDED_SIZE - 100, EMBEDDED_SIZE - 20)).tobytes())


@pytest.mark.parametrize(
    "title", [SHORT_TITLE, "Liberación", "Отдых", "Ανάπαυση", "שחרור", "راحة", "Rest 🌙"]
)
def test_a_cover_shows_its_title(title: str):
    assert _brightest_pixel_of_the_nearest_hill(title) > 200


@pytest.mark.parametrize("title", ["放松", "🌙", "x" * 300, ""])
def test_a_cover_has_no_title_if_the_fonts_cannot_spell_it_or_it_is_too_long(title: str):
    assert _brightest_pixel_of_the_nearest_hill(title) < 120


@pytest.mark.parametrize("title", [SHORT_TITLE, LONG_TITLE])
def test_a_large_cover_passes_the_check_for_directories(title: str, tmp_path):
    path = tmp_path / "cover.jpg"
    content = cover(title, LARGE_SIZE)
    path.write_bytes(content)
    image = Image.open(BytesIO(content))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (3000, 3000))
    assert len(content) < MAX_COVER_BYTES
    assert custom_cover(path) == content
    assert Image.open(BytesIO(resize_to_embed(content))).size == (EMBEDDED_SIZE, EMBEDDED_SIZE)


def write_picture(path, kind="JPEG", mode="RGB", size=(1400, 1400), **options):
    noise = 5 if kind == "JPEG" else 0.1
    Image.effect_noise(size, noise).convert(mode).save(path, kind, **options)
    return path


def test_a_png_by_the_author_becomes_a_jpeg(tmp_path):
    content = custom_cover(write_picture(tmp_path / "cover.png", "PNG"))
    assert Image.open(BytesIO(content)).format == "JPEG"
    assert len(content) < MAX_COVER_BYTES


def test_a_jpeg_by_the_author_is_used_unchanged(tmp_path):
    path = write_picture(tmp_path / "cover.jpg")
    assert custom_cover(path) == path.read_bytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_a_phone_stored_turned_is_turned_upright(kind, orientation, tmp_path):
    """EXIF says where the top of the stored picture belongs, and apps that show covers do not read it."""
    stored_as = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0)]
    upright = Image.new("RGB", (2, 2))
    upright.putdata(colours)
    upright = upright.resize((1400, 1400), Image.Resampling.NEAREST)
    stored = upright
    if orientation in stored_as:
        stored = stored.transpose(stored_as[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"cover.{'jpg' if kind == 'JPEG' else 'png'}"
    stored.save(path, kind, exif=exif)
    content = custom_cover(path)
    shown = Image.open(BytesIO(content))
    corners = [shown.getpixel(place) for place in ((350, 350), (1050, 350), (350, 1050), (1050, 1050))]
    assert [tuple(100 * round(value / 100) for value in corner) for corner in corners] == colours
    assert (content == path.read_bytes()) == (kind == "JPEG" and orientation == 1)
    assert shown.getexif().get(0x0112, 1) == 1


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_a_jpeg_with_damaged_exif_data_is_used_unchanged(tmp_path):
    path = write_picture(tmp_path / "cover.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12junk")
    assert custom_cover(path) == path.read_bytes()
    path = write_picture(tmp_path / "cover.jpg", exif=b"Exif\0\0junk")
    assert custom_cover(path) == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "picture", "message"),
    [
        (
            "a.jpg",
            {"size": (1400, 1500)},
            "a cover must be square, but this one is 1400 x 1500 pixels; crop it",
        ),
        (
            "a.jpg",
            {"size": (1399, 1399)},
            "a cover must have 1400 to 3000 pixels on each side, .* 1399 x 1399",
        ),
        (
            "a.jpg",
            {"size": (3001, 3001)},
            "a cover must have 1400 to 3000 pixels on each side, .* 3001 x 3001",
        ),
        ("a.jpg", {"mode": "L"}, "a cover must be RGB without transparency, but this one is L"),
        ("a.jpg", {"mode": "CMYK"}, "this one is CMYK"),
        ("a.png", {"kind": "PNG", "mode": "RGBA"}, "this one is RGBA"),
        ("a.png", {}, "this is a JPEG file; rename it to end in .jpg"),
        ("a.gif", {"kind": "GIF"}, "a cover cannot be GIF; save it as JPEG or PNG"),
        ("a.jpg", {"size": (3000, 3000), "quality": 100}, "at most 512 kB, .* save it with more compression"),
    ],
)
def test_a_cover_that_directories_would_refuse_is_an_error(name, picture, message, tmp_path):
    with pytest.raises(BadPicture, match=message) as error:
        custom_cover(write_picture(tmp_path / name, **picture))
    assert str(error.value).startswith(str(tmp_path / name))


def test_a_file_that_is_not_a_picture_or_not_there_is_an_error(tmp_path):
    (tmp_path / "a.jpg").write_text("words")
    for name, message in (("a.jpg", "not a picture that can be read"), ("b.jpg", "No such file")):
        with pytest.raises(BadPicture, match=message):
            custom_cover(tmp_path / name)


def test_the_timeline_picture_is_valid_xml_with_a_row_for_the_whole_and_each_chapter(tmp_path):
    timeline, _ = session(tmp_path, 700_000, played=9000)
    timeline = replace(timeline, title='<script>alert("1")</script> & \x0b', estimated=True)
    picture = timeline_svg(timeline)
    tree = ElementTree.fromstring(picture)
    rows = tree.findall("{http://www.w3.org/2000/svg}g")
    assert len(rows) == 1 + len(timeline.chapters)
    assert not tree.findall(".//{http://www.w3.org/2000/svg}script")
    classes = {path.get("class") for path in rows[0]}
    assert {"speech", "tone", "bell", "recording"} <= classes
    assert "prefers-color-scheme" in picture
    assert "estimated" in picture


@pytest.mark.parametrize("length", [60_000, 300_000, 1_800_000, 28_800_000])
def test_the_axis_of_the_timeline_picture_has_2_to_11_times(length: int):
    chapter = Chapter(Ms(0), Ms(length), "A chapter")
    picture = timeline_svg(Timeline("Empty", Ms(length), "wake", (), (chapter,)))
    assert 2 <= picture.count('class="grid"') <= 11


def test_the_name_of_a_chapter_is_cut_at_the_width_of_its_column():
    chapter = Chapter(Ms(0), Ms(300_000), "Longer than the column " * 3)
    picture = timeline_svg(Timeline("Empty", Ms(300_000), "wake", (), (chapter,)))
    assert ">Longer than the column Longer tha…<" in picture


def test_a_cue_sheet_has_all_words_in_order_and_a_figure_where_it_changes(audio_builder, tmp_path):
    sheet = tmp_path / "sheet.html"
    result = audio_builder("plan", "psoas-release", "--voice", "tone", "--sheet", str(sheet), folder=tmp_path)
    assert result.status == 0, result.err
    page = html.fromstring(sheet.read_text("utf-8"))
    planned = json.loads(
        audio_builder("plan", "psoas-release", "--voice", "tone", "--json", folder=tmp_path).out
    )
    words = [cue["text"] for cue in planned["cues"] if cue["text"]]
    written = [row.text_content() for row in page.xpath("//p[not(@class)]/span")]
    assert written == words
    assert [one.text for one in page.xpath("//h2")] == [one["title"] for one in planned["chapters"]]
    figures = [one["figure"]["file"] for one in planned["chapters"] if one["figure"]]
    changes = sum(before != after for before, after in zip([None, *figures], figures, strict=False))
    assert len(page.xpath("//section/div/svg")) == changes
    assert not page.xpath("//@src | //@href | //script")


def test_a_cue_sheet_shows_words_with_markup_as_text(audio_builder, tmp_path):
    (tmp_path / "scripts").mkdir()
    text = (
        '---\ntitle: "<b>Bold</b>"\nfigure: mine.png\n---\n\n# \\<i>Rest\n\nLie down \\<here>. [rest 4m..]\n'
    )
    (tmp_path / "scripts" / "bold.md").write_text(text, "utf-8")
    Image.new("RGB", (8, 8)).save(tmp_path / "scripts" / "mine.png")
    result = audio_builder("plan", "bold", "--voice", "tone", "--sheet", "bold.html", folder=tmp_path)
    assert result.status == 0, result.err
    written = (tmp_path / "bold.html").read_text("utf-8")
    assert '<h1 dir="auto">&lt;b&gt;Bold&lt;/b&gt;</h1>' in written
    assert "<b>" not in written and "<i>" not in written and "<here>" not in written
    assert 'src="data:image/png;base64,' in written
    result = audio_builder("plan", "bold", "--voice", "tone", "--sheet", "bold.txt", folder=tmp_path)
    assert result.status == 1
    assert "Use a name that ends in .html" in result.err


@pytest.mark.parametrize("name", ["legs-on-chair", "getting-up"])
def test_a_cover_shows_the_figure_of_its_session(name):
    plain, drawn = draw_cover("Rest", 700), draw_cover("Rest", 700, figure(name))
    assert draw_cover("Rest", 700, figure(name)) == drawn
    changed = ImageChops.difference(*(Image.open(BytesIO(one)).convert("RGB") for one in (plain, drawn)))
    left, top, right, bottom = changed.convert("L").point(lambda value: 255 * (value > 40)).getbbox()
    assert right - left > 250
    assert bottom < 700 * 0.75, "the title stays free"
    assert top > 50
