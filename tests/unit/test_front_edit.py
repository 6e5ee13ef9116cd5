"""Copies and renamed scripts differ from their originals in title and id only."""

import pytest

from audio_builder.script.parse.parse import parse
from audio_builder.service.front_edit import as_copy, with_id

TEXT = "---\n{}\nlength: 6m\n---\n\n# Lie down\n\ntitle: Lie down.\n\n[rest 2m..]\n- Rest.\n"
TITLES = {
    "title: Mine": "Mine (copy)",
    'title: "Mine"': "Mine (copy)",
    "title: 'Ana''s rest'": "Ana's rest (copy)",
    'title: "Say \\"rest\\": now"': 'Say "rest": now (copy)',
    "title: >\n  Evening\n  rest": "Evening rest (copy)",
    "title: |\n  Evening\n\n  rest\n": "Evening rest (copy)",
    "title: Evening\n  rest": "Evening rest (copy)",
    '"title": Mine': "Mine (copy)",
    "title:\n  Mine": "Mine (copy)",
    "title: Mine # a comment": "Mine (copy)",
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("title", "expected"), TITLES.items())
@pytest.mark.parametrize("before", ["", "\n\n"])
def test_a_copy_has_the_title_with_copy_after_it_and_no_id(title, expected, end, before):
    text = (before + TEXT.format(f"id: the-one\n{title}\nsummary: A rest.")).replace("\n", end)
    copied = as_copy(text)
    script = parse(copied, "a")
    assert (script.front.title, script.front.id) == (expected, None)
    assert script.front.summary == "A rest."
    assert copied.partition("# Lie down")[2] == text.replace(end, "\n").partition("# Lie down")[2]


def test_a_copy_of_a_script_with_errors_keeps_what_it_cannot_read():
    assert as_copy("Lie down.\n") == "Lie down.\n"
    assert as_copy("") == ""
    assert as_copy("---\ntitle: [a]\n---\nRest.\n") == "---\ntitle: [a]\n---\nRest.\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("before", ["", "\n"])
def test_an_id_is_added_to_the_front_matter_once(end, before):
    text = (before + TEXT.format("title: Mine")).replace("\n", end)
    once = with_id(text, "mine")
    assert parse(once, "a").front.id == "mine"
    assert with_id(once, "other") == once
