"""Values at the edge of what a format can say are refused with the name of their file, and never end in a crash."""

import os

import pytest
from episodes import add_to_library, make_episode

SCRIPT = "---\ntitle: Small\nvoice: tone\n{front}---\n\nRest. {body} [rest 2m..]\n"
SHOW = 'title = "Rest"\nauthor = "The floor"\ndescription = "Rest."\ncategories = ["Education"]\n'
PUBLISHED = """[[episode]]
guid = "{guid}"
script = "evening"
length = "{length}"
date = {date}
number = {number}
"""
DIGITS = "9" * 5000
DEEP = "[" * 5000 + "]" * 5000
FEED = ["feed", "--base-url", "https://example.net/"]


def published(guid="a", length="20m", date="2026-01-01T00:00:00Z", number="1"):
    return PUBLISHED.format(guid=guid, length=length, date=date, number=number)


SCRIPTS = {
    "a long number": ("length: " + DIGITS, ""),
    "a long number of a position": ("number: " + DIGITS, ""),
    "deep brackets": ("positions: " + DEEP, ""),
    "deep braces": ("say: " + "{a: " * 3000 + "}" * 3000, ""),
    "a NUL in a picture": ("image: a\0b.png", ""),
    "a NUL in an escape": ('image: "a\\0b.png"', ""),
    "a NUL in a name": ("", "[include a\0b]"),
    "a NUL in a recording": ("", "[play a\0b.wav: Hello.]"),
    "a long pause": ("", f"[{DIGITS}s]"),
    "many breaths": ("", f"[breathe 4-6 x{DIGITS}]"),
    "long breaths": ("", f"[breathe {DIGITS}-6 x5]"),
    "a long rest": ("", f"[rest {DIGITS}m..]"),
    "an impossible day": ("date: 2027-02-30", ""),
    "the year zero": ("date: 0000-01-01", ""),
    "a name that is too long": ("", f"[include {'a' * 5000}]"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_refused(name, audio_builder, tmp_path):
    front, body = SCRIPTS[name]
    (tmp_path / "small.md").write_text(SCRIPT.format(front=f"{front}\n" if front else "", body=body), "utf-8")
    for command in (["check", "small.md"], ["build", "small.md", "--length", "5m"]):
        result = audio_builder(*command, folder=tmp_path)
        assert result.status == 1, result.out
        assert "small.md" in result.out + result.err


TABLES = {
    "a long number in the show": ("show.toml", SHOW + f"season = {DIGITS}\n"),
    "deep lists in the show": ("show.toml", SHOW + f"categories = {DEEP}\n"),
    "deep tables in the show": ("show.toml", SHOW + "x = " + "{a = " * 3000 + "1" + "}" * 3000),
    "a NUL in the picture of the show": ("show.toml", SHOW + 'image = "a\\u0000b.png"\n'),
    "the first day of time": (
        "show.toml",
        SHOW + '[[episode]]\nname = "evening-20m"\ndate = 0001-01-01T00:00:00+14:00\n',
    ),
    "the last day of time": (
        "show.toml",
        SHOW + '[[episode]]\nname = "evening-20m"\ndate = 9999-12-31T23:59:59-14:00\n',
    ),
    "a negative number": ("show.toml", SHOW + '[[episode]]\nname = "evening-20m"\nnumber = -3\n'),
    "a long number in the episodes": ("episodes.toml", published(number=DIGITS)),
    "deep lists in the episodes": ("episodes.toml", f"x = {DEEP}\n"),
    "equal guids": ("episodes.toml", published() + published(length="30m", number="2")),
    "a negative number of an episode": ("episodes.toml", published(number="-1")),
    "a first day in the episodes": ("episodes.toml", published(date="0001-01-01T00:00:00+14:00")),
    "a last day in the episodes": ("episodes.toml", published(date="9999-12-31T23:59:59-14:00")),
    "deep lists in the cautions": ("cautions.toml", f"x = {DEEP}\n"),
    "a long number in the cautions": ("cautions.toml", f"x = {DIGITS}\n"),
    "deep lists in the pronunciation": ("pronunciation.toml", f"x = {DEEP}\n"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_refused(name, audio_builder, tmp_path):
    file, content = TABLES[name]
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "small.md").write_text(SCRIPT.format(front="", body=""), "utf-8")
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    (tmp_path / "scripts" / file).write_text(content, "utf-8")
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    before = sorted(tmp_path.rglob("*"))
    result = audio_builder(
        *(FEED if file in ("show.toml", "episodes.toml") else ["plan", "small"]), folder=tmp_path
    )
    assert result.status == 1, result.out
    assert file in result.err
    assert sorted(tmp_path.rglob("*")) == before


MANIFESTS = {
    "deep lists": '{"x": ' + DEEP + "}",
    "a long number": '{"length_ms": ' + DIGITS + "}",
    "a number for a list": '{"chapters": 5}',
    "nothing": "",
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_cannot_be_read_is_reported(name, audio_builder, tmp_path):
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    (tmp_path / "output" / "evening-20m.json").write_text(MANIFESTS[name], "utf-8")
    assert audio_builder("library", folder=tmp_path).status == 0
    result = audio_builder("library", "verify", folder=tmp_path)
    assert result.status == 1


def test_a_folder_that_was_deleted_is_named(audio_builder_process, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    before = os.open(".", os.O_RDONLY)
    os.chdir(gone)
    gone.rmdir()
    try:
        result = audio_builder_process("scripts", folder=None)
    finally:
        os.fchdir(before)
        os.close(before)
    assert result.status == 1
    assert "current folder" in result.err
