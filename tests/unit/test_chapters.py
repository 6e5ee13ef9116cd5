"""Chapters for podcast apps: JSON in seconds, and pictures that fit into the tag whatever their number."""

import json
from io import BytesIO

import pytest
from episodes import make_episode
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image

from audio_builder.cache import Cache
from audio_builder.errors import BadPicture
from audio_builder.figures.library import Figure, figure, mirrored, names
from audio_builder.library.chapters import PICTURE_NAME, chapters_json, is_intact_picture, picture_alts
from audio_builder.library.manifest import ChapterRecord
from audio_builder.library.show_notes import notes_html, notes_markdown
from audio_builder.pictures.chapter import FILE_SIZE, TAG_BUDGET, TAG_SIZES, chapter_picture, tag_pictures

EVERY = [make for name in names() for make in (figure(name), mirrored(figure(name)))]
NAME = "figure.0123456789ab.png"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Cache:
    return Cache(tmp_path_factory.mktemp("pictures"))


def pixels(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def test_chapters_are_podcasting_2_0_json_in_seconds():
    episode = make_episode(
        chapters=(ChapterRecord(0, 60_500, "Arrive"), ChapterRecord(60_500, 339_623, "Rest"))
    )
    document = json.loads(chapters_json(episode))
    assert document["version"] == "1.2.0"
    assert document["chapters"] == [
        {"startTime": 0, "endTime": 60.5, "title": "Arrive"},
        {"startTime": 60.5, "endTime": 400.123, "title": "Rest"},
    ]
    assert json.loads(chapters_json(make_episode(chapters=())))["chapters"] == []


def test_chapters_name_the_addresses_of_their_pictures():
    chapter = ChapterRecord(0, 60_500, "Arrive", NAME, 'Lying on the back, "at rest".')
    episode = make_episode(chapters=(chapter, replace(chapter, title="Rest"), ChapterRecord(0, 1, "Get up")))
    images = [one.get("img") for one in json.loads(chapters_json(episode))["chapters"]]
    assert images == [NAME, NAME, None]
    images = [
        one.get("img")
        for one in json.loads(chapters_json(episode, "https://x.test/{}?a=b".format))["chapters"]
    ]
    assert images == [f"https://x.test/{NAME}?a=b"] * 2 + [None]
    assert picture_alts(episode) == {NAME: chapter.alt}


def test_show_notes_show_each_picture_once_where_its_address_is_known():
    chapter = ChapterRecord(0, 60_500, "Arrive", NAME, 'On the back, "at rest" & <warm>.')
    episode = make_episode(chapters=(chapter, replace(chapter, title="Rest")))
    html = notes_html(episode, {NAME: "https://x.test/a.png?b=1&c=2"})
    shown = (
        'src="https://x.test/a.png?b=1&amp;c=2" alt="On the back, &quot;at rest&quot; &amp; &lt;warm&gt;."'
    )
    assert html.count("<img") == html.count(shown) == 1
    assert "<img" not in notes_html(episode) + notes_markdown(episode)


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.file_name)
def test_every_figure_is_a_small_square_picture_that_is_the_same_every_time(each, pictures, tmp_path):
    drawn = chapter_picture(each, pictures)
    assert pixels(drawn.content).size == (FILE_SIZE, FILE_SIZE)
    assert len(drawn.content) < 25_000
    assert PICTURE_NAME.fullmatch(drawn.file_name)
    assert chapter_picture(each, Cache(tmp_path)) == chapter_picture(each, pictures) == drawn


@given(st.lists(st.sampled_from([None, *EVERY[:6]]), max_size=120))
def test_pictures_in_a_tag_keep_to_the_budget_whatever_the_chapters(pictures, figures):
    found = tag_pictures(figures, pictures)
    assert sum(len(picture.content) for picture in found if picture) <= TAG_BUDGET
    assert len({pixels(picture.content).size for picture in found if picture}) <= 1
    assert [picture is None for picture in found] == [each is None for each in figures]


def test_a_few_chapters_have_large_pictures_and_too_many_have_none(pictures):
    few = tag_pictures([EVERY[0]] * 20, pictures)
    assert {pixels(picture.content).width for picture in few} == {TAG_SIZES[0]}
    assert tag_pictures([EVERY[0]] * 1000, pictures) == [None] * 1000


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_an_authors_photo_is_shown_whole(suffix, tmp_path, pictures):
    path = tmp_path / f"mine{suffix}"
    Image.new("RGB", (900, 300), "#ff0000").save(path)
    drawn = chapter_picture(Figure(file=str(path)), pictures)
    image = pixels(drawn.content)
    assert (drawn.mime_type, image.size) == ("image/jpeg", (FILE_SIZE, FILE_SIZE))
    assert image.getpixel((5, 500))[0] > 240 > 30 > image.getpixel((5, 500))[1]
    assert min(image.getpixel((500, 5))) > 200


def test_an_authors_drawing_has_no_picture(tmp_path, pictures):
    (tmp_path / "mine.svg").write_text("<svg/>", "utf-8")
    assert chapter_picture(Figure(file=str(tmp_path / "mine.svg")), pictures) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"not a picture", "save it as JPEG or PNG"),
        (b"", "save it as JPEG or PNG"),
    ],
)
def test_a_photo_that_cannot_be_read_is_named(content, said, tmp_path, pictures):
    path = tmp_path / "mine.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadPicture, match=f"mine.png: .*{said}"):
        chapter_picture(Figure(file=str(path)), pictures)


def test_a_picture_of_too_many_pixels_is_refused_before_it_takes_memory(tmp_path, pictures):
    path = tmp_path / "huge.png"
    Image.new("1", (9000, 9000)).save(path)
    with pytest.raises(BadPicture, match="9000 x 9000 pixels; make it smaller"):
        chapter_picture(Figure(file=str(path)), pictures)


def test_a_picture_file_is_intact_only_with_the_content_that_its_name_says(tmp_path, pictures):
    drawn = chapter_picture(EVERY[0], pictures)
    path = tmp_path / drawn.file_name
    assert not is_intact_picture(path)
    path.write_bytes(drawn.content)
    assert is_intact_picture(path)
    path.write_bytes(drawn.content + b"x")
    assert not is_intact_picture(path)
