"""Names that come from texts fit into the file names of every system, in bytes too."""

import pytest

from audio_builder.errors import AudioBuilderError
from audio_builder.service.scripts import check_name
from audio_builder.text import short_slug

LONGEST_FILE_NAME = 255
TEMPORARY = 60
"""Bytes that the name of a partial file may have more."""


@pytest.mark.parametrize("char", ["a", "é", "吸", "𠀀"])
def test_a_short_slug_leaves_room_in_the_name_of_a_file(char):
    slug = short_slug(char * 200)
    assert 0 < len(slug) <= 80
    assert len(f"0001 {slug}.0a1b2c3d.1.flac".encode()) + TEMPORARY <= LONGEST_FILE_NAME
    assert short_slug(slug) == slug


def test_a_short_slug_never_ends_in_a_hyphen_or_within_a_character():
    assert short_slug("let go", 4) == "let"
    assert set(short_slug("𠀀" * 200)) == {"𠀀"}
    assert short_slug("Let go…") == "let-go"


@pytest.mark.parametrize("name", ["a" * 80, "é" * 80, "吸" * 60])
def test_a_script_may_have_a_name_that_fits(name):
    check_name(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [("a" * 81, "lower-case"), ("吸" * 80, "too long"), ("con", "Windows"), ("A", "lower-case")],
)
def test_a_script_may_not_have_a_name_that_a_file_cannot_have(name, why):
    with pytest.raises(AudioBuilderError, match=f"Invalid script name .*{why}"):
        check_name(name)
